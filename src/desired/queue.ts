/**
 * Which rows of the ATS need a look. Triggers queue what the ATS writes; this adds what Spark Hire changed and what
 * went past the triggers.
 *
 * Rows that are not settled are looked at every time, so what they wait for (a parent, a package, an object to adopt,
 * an invitation of the same candidate that ends) need not queue them. Of settled rows none depends on a parent, but for
 * pending interviews, whose job may be deleted, and share links, whose interviews may go over to other rows (`handOver`).
 */
import { saveCheckpoint } from '../db/checkpoints.js';
import { byThemselves, type Database, inTransaction, query, type Transaction } from '../db/database.js';
import { type AtsTableName, atsTables } from '../db/objects/ats-tables.js';
import { pendingIn } from '../interview-status.js';
import { isAnswered } from '../ledger/conflicts.js';
import { enqueue } from '../ledger/queue.js';
import { noteArrivals, noteRead } from '../ledger/rows.js';
import { type PushResource, pushResources } from '../reconcile/types.js';
import { contentHash } from './ats-rows.js';
import { takeShareRequests } from './share-requests.js';

/** Changes of other accounts are looked past again with each look, until there are so many since the last one noted. */
const lookedPast = 1000;

/**
 * From what a statement with the account as $1 sees whether anything changed: `newest` change of all, `since` which they
 * were looked at, and `news`: one is of the account, or it is time to note that none is. No index has changes by account.
 */
export const newsOfChanges = `(select coalesce(max(seq), 0) as newest from sync.changes) n
  cross join lateral (select coalesce((select (position ->> 'seq')::bigint from sync.checkpoints
    where account = $1 and resource = 'push' and kind = 'incremental'), 0) as since) s
  cross join lateral (select newest - since > ${lookedPast} or (select seq from sync.changes
    where account = $1 and seq > since order by seq limit 1) is not null as news) c`;

/**
 * Queues the rows whose linked objects changed in the mirror since the last time, or whose interviews are pending on a job
 * that was deleted or is back, and puts queued rows down as arrived.
 * Packages are nothing to be carried to Spark Hire: their entries end here. Share requests become a row for each of
 * their reviewers. A fixed number of statements, whatever changed, but for those requests: some for a thousand; a
 * single one where nothing did.
 */
export async function enqueueObserved(db: Database, account: string): Promise<void> {
  const [found] = await query<{ seq: string; since: string; isNew: boolean; queued: boolean }>(
    db,
    `select newest::text as seq, since::text, news as "isNew",
       exists (select from sync.desired_queue where account = $1) as queued
     from ${newsOfChanges}`,
    [account],
  );
  const { seq, since, isNew, queued } = found!;
  if (!isNew && !queued) return;
  await inTransaction(db, async (tx) => {
    if (isNew) await enqueueChanges(tx, account, since, seq);
    await takeShareRequests(tx, account);
    await noteArrivals(tx, account, pushResources);
    await takePackages(tx, account);
  });
}

/** @param since no change up to this one is looked at, none after `seq` */
async function enqueueChanges(tx: Transaction, account: string, since: string, seq: string): Promise<void> {
  await enqueue(
    tx,
    account,
    `select l.resource, l.ats_id
     from sync.changes c join sync.links l on l.account = c.account and l.resource = c.resource and l.uuid = c.uuid
     where c.account = $1 and c.seq > $2 and c.seq <= $3 and c.resource = any($4)
     union
     select l.resource, l.ats_id
     from sync.changes c
     join sparkhire.interviews m on m.account = c.account and m.job_uuid = c.uuid and m.deleted_at is null
       and ${pendingIn('m.status')}
     join sync.links l on l.account = m.account and l.resource = 'interviews' and l.uuid = m.uuid
     where c.account = $1 and c.seq > $2 and c.seq <= $3 and c.resource = 'jobs' and c.change in ('deleted', 'restored')`,
    [since, seq, pushResources],
  );
  // No smaller number is ever committed later: see sync.order_changes.
  await saveCheckpoint(tx, account, 'push', 'incremental', { position: { seq }, completed: true });
}

/** Rows that wait for a package are looked at anyway; rows that were sent are done with it. */
async function takePackages(tx: Transaction, account: string): Promise<void> {
  const taken = await tx.query<{ atsId: string; hash: string | null; isThere: boolean }>(
    `with taken as (
       delete from sync.desired_queue where account = $1 and resource = 'packages' returning ats_id)
     select k.ats_id as "atsId", ${contentHash(atsTables.packages, 'p')} as hash,
       p.package is not null and p.deleted_at is null as "isThere"
     from (select distinct ats_id from taken) k
     left join ats.packages p on p.account = $1 and p.package = k.ats_id`,
    [account],
  );
  await noteRead(tx, account, 'packages', taken);
}

/** Rows that were queued, by table. */
export type Scanned = Record<AtsTableName, number>;

/**
 * Queues what went past the triggers: rows whose content is not what was last judged, rows nobody has seen, and rows
 * that are gone. One statement a table. Rows that are not settled or queued are looked at anyway.
 * @param since only rows written by this transaction or later ones are compared; all of them unless given
 */
export async function scanByHash(
  db: Database,
  account: string,
  since: string | null = null,
): Promise<Scanned> {
  const scanned: Scanned = { packages: 0, users: 0, jobs: 0, interviews: 0, share_requests: 0 };
  for (const table of Object.values(atsTables)) {
    const { name } = table;
    scanned[name] = await enqueue(
      byThemselves(db),
      account,
      `select '${name}', c.ats_id from (
         select t.${table.key} as ats_id from ats.${name} t
         left join sync.desired_rows d on d.account = t.account and d.resource = '${name}' and d.ats_id = t.${table.key}
         where t.account = $1 and ($2::xid8 is null or age(t.xmin) <= age($2::xid8::xid))
           and (d.ats_id is null
             or d.state in ('synced', 'gone') and d.hash is distinct from ${contentHash(table, 't')})
         union all
         select d.ats_id from sync.desired_rows d
         where d.account = $1 and d.resource = '${name}' and d.state = 'synced'
           and not exists (select from ats.${name} t where t.account = d.account and t.${table.key} = d.ats_id)) c
       where not exists (select from sync.desired_queue q
         where q.account = $1 and q.resource = '${name}' and q.ats_id = c.ats_id)`,
      [since],
    );
  }
  return scanned;
}

/** As stored in the checkpoint of the last look past the triggers. */
interface Look {
  /** The oldest transaction that may have been under way then: whatever it or a later one wrote is looked at. */
  since: string;
  /** Since when the server runs, and which tables there are: elsewhere, transactions are numbered anew. */
  of: string;
}

/**
 * The same for whoever comes often: only rows written since the last look are compared, which takes PostgreSQL 8 ms for
 * 100,000 of them, and 33 ms to see that none is gone; to compare all takes 340 ms. That is done where the server was
 * started since, or a table was put in another's place.
 */
export async function scanSince(db: Database, account: string): Promise<Scanned> {
  const oids = Object.keys(atsTables).map((name) => `'ats.${name}'::regclass::oid`);
  const [found] = await query<Look & { last: Look | null }>(
    db,
    `select pg_snapshot_xmin(pg_current_snapshot())::text as since,
       concat_ws(' ', extract(epoch from pg_postmaster_start_time()), ${oids.join(', ')}) as of,
       (select position from sync.checkpoints where account = $1 and resource = 'ats' and kind = 'scan') as last`,
    [account],
  );
  const { last, ...now } = found!;
  const scanned = await scanByHash(db, account, last?.of === now.of ? last.since : null);
  await saveCheckpoint(byThemselves(db), account, 'ats', 'scan', {
    position: now,
    completed: true,
    onlyIfNew: true,
  });
  return scanned;
}

// ---- the keys of these rows

/** Rows that are looked at each time. */
export const unsettled = `and state in ('pending', 'held', 'rejected', 'conflict', 'in_flight')`;

/** In the order of ats_id; those that are given, where they are. */
export async function* keyChunks(
  db: Database,
  account: string,
  resource: PushResource,
  size: number,
  chosen: readonly string[] | undefined,
): AsyncGenerator<string[]> {
  if (chosen !== undefined) {
    const keys = [...new Set(chosen)].sort();
    for (let from = 0; from < keys.length; from += size) yield keys.slice(from, from + size);
    return;
  }
  let last: string | null = null;
  for (;;) {
    const keys: string[] = await keysAfter(db, account, resource, last, size);
    if (keys.length > 0) yield keys;
    if (keys.length < size) return;
    last = keys.at(-1)!;
  }
}

/** Of which resources rows need a look: mostly of none. One statement. */
export async function resourcesToLookAt(db: Database, account: string): Promise<Set<PushResource>> {
  const isAny = (from: string, condition = '') => `coalesce((select true from ${from}
    where account = $1 and resource = r.resource ${condition} limit 1), false)`;
  const found = await query<{ resource: PushResource }>(
    db,
    `select r.resource from unnest($2::text[]) as r(resource)
     where ${isAny('sync.desired_queue')} or ${isAny('sync.desired_rows', unsettled)}
       or ${isAny('sync.conflicts', `and ${isAnswered()}`)}`,
    [account, pushResources],
  );
  return new Set(found.map(({ resource }) => resource));
}

async function keysAfter(
  db: Database,
  account: string,
  resource: PushResource,
  last: string | null,
  size: number,
): Promise<string[]> {
  const source = (from: string, condition = '') => `(select distinct ats_id from ${from}
    where account = $1 and resource = $2 ${last === null ? '' : 'and ats_id > $4'} ${condition} order by ats_id limit $3)`;
  const rows = await query<{ ats_id: string }>(
    db,
    `${source('sync.desired_queue')} union
     ${source('sync.desired_rows', unsettled)} union
     ${source('sync.conflicts', `and ${isAnswered()}`)} order by ats_id limit $3`,
    last === null ? [account, resource, size] : [account, resource, size, last],
  );
  return rows.map(({ ats_id }) => ats_id);
}
