/** What was decided about rows, recorded: issues, conflicts, pairs, states, and the end of their turns in the queue. */
import type { Transaction } from '../db/database.js';
import { type HeldFor, toldOf } from '../reconcile/parents.js';
import { isRowOf } from '../reconcile/share-keys.js';
import { type ConflictDraft, type Decision, type PushResource, pushResources } from '../reconcile/types.js';
import type { OpenedConflict } from './journal.js';
import { tableOf } from './row-keys.js';

export interface RecordOptions {
  /** Entries of sync.desired_queue that these decisions answer. */
  queueIds: readonly (string | number)[];
  /** Hash of each row's content as it was judged, by ats_id; a row without one keeps the hash it has. */
  hashes?: ReadonlyMap<string, string | null>;
  /**
   * Why the plan waits for a person: what was found out is told (issues, conflicts, states), and nothing that cannot be
   * taken back is done. What the ATS wants now may be a mistake, and is put right before anybody approves it.
   */
  held?: HeldFor | null;
}

/** Who closes conflicts by itself; people have other names. */
export const byItself = 'sparkhire-sync';

/** What is new with it, for the log. */
export interface Recorded {
  conflicts: OpenedConflict[];
  /** Rows that were not rejected before. */
  rejected: Decision[];
}

/** Records a chunk of decisions about rows of one resource, one a row. What is recorded already is not written again. */
export async function recordDecisions(
  tx: Transaction,
  account: string,
  decided: readonly Decision[],
  { queueIds, hashes, held = null }: RecordOptions,
): Promise<Recorded> {
  const recorded: Recorded = { conflicts: [], rejected: [] };
  const decisions = await withoutAnswered(tx, account, held !== null ? decided.map(withheld) : decided);
  if (decisions.length > 0) {
    const rows = JSON.stringify(decisions.map(({ resource, atsId }) => ({ resource, ats_id: atsId })));
    await recordIssues(tx, account, rows, decisions, held);
    recorded.conflicts = await recordConflicts(tx, account, rows, decisions);
    await recordOverwritten(tx, account, decisions);
    await settle(tx, account, decisions);
    recorded.rejected = await recordStates(tx, account, decisions, hashes);
  }
  if (queueIds.length > 0) {
    await tx.query('delete from sync.desired_queue where account = $1 and id = any($2::bigint[])', [
      account,
      queueIds,
    ]);
  }
  return recorded;
}

/**
 * As long as the plan is held no link ends, no decision of a person is used up, and nothing is settled because a row
 * was withdrawn. Such a row stays pending, so that it is decided again.
 */
function withheld(decision: Decision): Decision {
  const { state, next, settles, unlink } = decision;
  const ends = next === 'gone' && (unlink || Object.keys(settles).length > 0);
  return {
    ...decision,
    state: ends && state === 'gone' ? 'pending' : state,
    settles: next === 'gone' ? {} : settles,
    overwritten: [],
    resolved: [],
    unlink: false,
  };
}

async function recordIssues(
  tx: Transaction,
  account: string,
  rows: string,
  decisions: readonly Decision[],
  held: HeldFor | null,
): Promise<void> {
  const issues = new Map<string, object>();
  for (const decision of decisions) {
    const { resource, atsId } = decision;
    for (const { code, field, message } of toldOf(decision, held)) {
      const key = JSON.stringify([resource, atsId, field]);
      if (!issues.has(key)) issues.set(key, { resource, ats_id: atsId, field, code, message });
    }
  }
  const wanted = JSON.stringify([...issues.values()]);
  const shape = 'resource text, ats_id text, field text, code text, message text';
  await tx.query(
    `update sync.issues i set resolved_at = now()
     from jsonb_to_recordset($2::jsonb) as r(resource text, ats_id text)
     where i.account = $1 and i.resource = r.resource and i.ats_id = r.ats_id and i.resolved_at is null
       and not exists (select from jsonb_to_recordset($3::jsonb) as w(${shape})
         where w.resource = i.resource and w.ats_id = i.ats_id and w.field is not distinct from i.field
           and w.code = i.code)`,
    [account, rows, wanted],
  );
  if (issues.size === 0) return;
  await tx.query(
    `insert into sync.issues (account, resource, ats_id, field, code, message)
     select $1, w.resource, w.ats_id, w.field, w.code, w.message
     from jsonb_to_recordset($2::jsonb) as w(${shape})
     on conflict (account, resource, ats_id, coalesce(field, '')) where resolved_at is null
     do update set message = excluded.message where issues.message is distinct from excluded.message`,
    [account, wanted],
  );
}

const draftShape = `resource text, ats_id text, kind text, uuid uuid, field text, base jsonb, ats jsonb,
  sparkhire jsonb, reason text, policy text, former text`;

type Asked = ConflictDraft & { resource: string; ats_id: string };

/** The objects of a question, in their order. */
const shownIn = (column: string) => `jsonb_path_query_array(${column}, '$[*].uuid')`;

/** If it is of this resource, its row is gone from its table. */
const isGoneFrom = (
  resource: PushResource,
) => `(c.resource <> '${resource}' or (select true from ats.${tableOf(resource)} a
    where a.account = $1 and ${isRowOf(resource, 'c.ats_id')} and a.deleted_at is null limit 1) is null)`;

/**
 * What a person decided about a row that is gone, and nobody has carried out yet, holds for the row that may be the same under
 * another key, however often it gets one: the decision goes on under that one, which carries it out next. Where something is
 * made again for it, it has to be what the person saw; where it is what is there, no other row may ask about the same. To make
 * another beside what is there is asked again.
 * @returns the questions that are left
 */
async function undecided(tx: Transaction, account: string, asked: readonly Asked[]): Promise<Asked[]> {
  const follows = ({ kind, former }: Asked) => former !== undefined || kind === 'possible_duplicate';
  if (!asked.some(follows)) return [...asked];
  const decided = await tx.query<{ resource: string; ats_id: string; kind: string; uuid: string | null }>(
    `with w as materialized (select * from jsonb_to_recordset($2::jsonb) as w(${draftShape}))
     update sync.conflicts c set ats_id = w.ats_id, ats_value = w.ats from w
     where c.account = $1 and c.resource = w.resource and c.kind = w.kind and c.uuid is not distinct from w.uuid
       and c.ats_id <> w.ats_id and c.resolved_at is not null and c.acted_at is null and c.resolved_by <> '${byItself}'
       and case w.kind
         when 'remote_deleted' then w.former is not null and (c.ats_value = w.ats or c.resolution = 'sparkhire')
         when 'possible_duplicate' then c.resolution like 'link%'
           and ${shownIn('c.sparkhire_value')} = ${shownIn('w.sparkhire')} and ${pushResources.map(isGoneFrom).join(' and ')}
           and not exists (select from w o where o.resource = w.resource and o.kind = w.kind and o.ats_id <> w.ats_id
             and ${shownIn('o.sparkhire')} = ${shownIn('w.sparkhire')})
         else false end
     returning c.resource, c.ats_id, c.kind, c.uuid`,
    [account, JSON.stringify(asked)],
  );
  const isDecided = (one: Asked) =>
    decided.some(
      ({ resource, ats_id, kind, uuid }) =>
        resource === one.resource && ats_id === one.ats_id && kind === one.kind && uuid === one.uuid,
    );
  return asked.filter((one) => !isDecided(one));
}

/** A row whose questions all have an answer by now waits for nobody: the next pass carries it out. */
async function withoutAnswered(
  tx: Transaction,
  account: string,
  decisions: readonly Decision[],
): Promise<readonly Decision[]> {
  const asked = drafts(decisions, 'conflicts');
  const open = await undecided(tx, account, asked);
  if (open.length === asked.length) return decisions;
  return decisions.map((decision): Decision => {
    const { resource, atsId, state, keeps } = decision;
    const conflicts = decision.conflicts.filter(({ kind, uuid }) =>
      open.some(
        (one) => one.resource === resource && one.ats_id === atsId && one.kind === kind && one.uuid === uuid,
      ),
    );
    const isAnswered = state === 'conflict' && conflicts.length + keeps.length === 0;
    return { ...decision, conflicts, state: isAnswered ? 'pending' : state };
  });
}

function drafts(decisions: readonly Decision[], list: 'conflicts' | 'overwritten'): Asked[] {
  const all = new Map<string, Asked>();
  for (const decision of decisions) {
    for (const draft of decision[list]) {
      const key = JSON.stringify([decision.resource, decision.atsId, draft.kind, draft.uuid, draft.field]);
      all.set(key, { ...draft, resource: decision.resource, ats_id: decision.atsId });
    }
  }
  return [...all.values()];
}

async function recordConflicts(
  tx: Transaction,
  account: string,
  rows: string,
  decisions: readonly Decision[],
): Promise<OpenedConflict[]> {
  const open = drafts(decisions, 'conflicts');
  const wanted = JSON.stringify(open);
  const keeps = decisions.flatMap((decision) => decision.keeps);
  // What became of a write is no matter of the row's values: it is asked for as long as its intent is open.
  await tx.query(
    `update sync.conflicts c
     set resolved_at = now(), resolution = 'its cause is gone', resolved_by = '${byItself}'
     from jsonb_to_recordset($2::jsonb) as r(resource text, ats_id text)
     where c.account = $1 and c.resource = r.resource and c.ats_id = r.ats_id and c.resolved_at is null
       and not c.id = any($4::bigint[])
       and not exists (select from jsonb_to_recordset($3::jsonb) as w(${draftShape})
         where w.resource = c.resource and w.ats_id = c.ats_id and w.kind = c.kind
           and w.uuid is not distinct from c.uuid and w.field is not distinct from c.field)
       and not (c.kind = 'unknown_outcome' and exists (select from sync.intents i
         where (i.account, i.resource, i.ats_id, i.state) = (c.account, c.resource, c.ats_id, 'unknown')))`,
    [account, rows, wanted, keeps],
  );
  let opened: OpenedConflict[] = [];
  if (open.length > 0) {
    const told = await tx.query<OpenedConflict & { opened: boolean }>(
      `insert into sync.conflicts (account, resource, kind, ats_id, uuid, field, base_value, ats_value,
         sparkhire_value, reason, policy)
       select $1, w.resource, w.kind, w.ats_id, w.uuid, w.field, w.base, w.ats, w.sparkhire, w.reason, w.policy
       from jsonb_to_recordset($2::jsonb) as w(${draftShape})
       on conflict (account, resource, kind, coalesce(ats_id, ''), coalesce(uuid::text, ''), coalesce(field, ''))
         where resolved_at is null
       do update set base_value = excluded.base_value, ats_value = excluded.ats_value,
         sparkhire_value = excluded.sparkhire_value, reason = excluded.reason, policy = excluded.policy
       where (conflicts.base_value, conflicts.ats_value, conflicts.sparkhire_value, conflicts.reason,
           conflicts.policy)
         is distinct from (excluded.base_value, excluded.ats_value, excluded.sparkhire_value, excluded.reason,
           excluded.policy)
       returning xmax = 0 as opened, id, kind, resource, ats_id, uuid, field`,
      [account, wanted],
    );
    opened = told.filter((one) => one.opened);
  }
  // What somebody decided is kept until it was done: the decision after the write finds that it was.
  const resolved = decisions.flatMap(({ action, resolved }) => (action === null ? resolved : []));
  if (resolved.length > 0) {
    await tx.query(
      `update sync.conflicts set acted_at = now()
       where account = $1 and id = any($2::bigint[]) and acted_at is null`,
      [account, resolved],
    );
  }
  return opened;
}

/** History of what a policy decided: once for each time, however often the write is put off. */
async function recordOverwritten(
  tx: Transaction,
  account: string,
  decisions: readonly Decision[],
): Promise<void> {
  const overwritten = drafts(decisions, 'overwritten');
  if (overwritten.length === 0) return;
  await tx.query(
    `insert into sync.conflicts (account, resource, kind, ats_id, uuid, field, base_value, ats_value,
       sparkhire_value, reason, policy, resolved_at, resolution, resolved_by, acted_at)
     select $1, w.resource, w.kind, w.ats_id, w.uuid, w.field, w.base, w.ats, w.sparkhire, w.reason, w.policy,
       now(), 'policy ' || coalesce(w.policy, 'ats'), '${byItself}', now()
     from jsonb_to_recordset($2::jsonb) as w(${draftShape})
     where not exists (select from sync.conflicts c
       where c.account = $1 and c.resource = w.resource and c.kind = w.kind and c.ats_id = w.ats_id
         and c.uuid is not distinct from w.uuid and c.field is not distinct from w.field
         and c.ats_value is not distinct from w.ats and c.sparkhire_value is not distinct from w.sparkhire
         and c.resolved_by = '${byItself}' and c.resolution = 'policy ' || coalesce(w.policy, 'ats')
         and c.opened_at >= coalesce((select max(i.updated_at) from sync.intents i
           where (i.account, i.resource, i.ats_id, i.state) = ($1, w.resource, w.ats_id, 'confirmed')),
           '-infinity'))`,
    [account, JSON.stringify(overwritten)],
  );
}

async function settle(tx: Transaction, account: string, decisions: readonly Decision[]): Promise<void> {
  const settling = decisions
    .filter(({ settles, unlink }) => !unlink && Object.keys(settles).length > 0)
    .map(({ resource, atsId, settles }) => ({ resource, ats_id: atsId, settles }));
  if (settling.length > 0) {
    await tx.query(
      `update sync.links l set base = l.base || s.settles
       from jsonb_to_recordset($2::jsonb) as s(resource text, ats_id text, settles jsonb)
       where l.account = $1 and l.resource = s.resource and l.ats_id = s.ats_id
         and l.base is distinct from l.base || s.settles`,
      [account, JSON.stringify(settling)],
    );
  }
  const unlinked = decisions
    .filter(({ unlink }) => unlink)
    .map(({ resource, atsId }) => ({ resource, ats_id: atsId }));
  if (unlinked.length > 0) {
    await tx.query(
      `delete from sync.links l using jsonb_to_recordset($2::jsonb) as u(resource text, ats_id text)
       where l.account = $1 and l.resource = u.resource and l.ats_id = u.ats_id`,
      [account, JSON.stringify(unlinked)],
    );
  }
}

async function recordStates(
  tx: Transaction,
  account: string,
  decisions: readonly Decision[],
  hashes: RecordOptions['hashes'],
): Promise<Decision[]> {
  const states = decisions.map(({ resource, atsId, state }) => {
    const hashed = hashes?.has(atsId) === true;
    return { resource, ats_id: atsId, state, hashed, hash: hashes?.get(atsId) ?? null };
  });
  const rejected = await tx.query<{ ats_id: string }>(
    `with written as (
     insert into sync.desired_rows as d (account, resource, ats_id, state, hash, synced_at, missing_since)
     select $1, s.resource, s.ats_id, s.state, case when s.hashed then s.hash else known.hash end,
       case when s.state in ('synced', 'gone') then now() end,
       case when not s.hashed then known.missing_since when s.hash is null then coalesce(known.missing_since,
         (select min(queued_at) from sync.desired_queue q
           where q.account = $1 and q.resource = s.resource and q.ats_id = s.ats_id), now()) end
     from jsonb_to_recordset($2::jsonb)
       as s(resource text, ats_id text, state text, hash uuid, hashed boolean)
     left join sync.desired_rows known
       on known.account = $1 and known.resource = s.resource and known.ats_id = s.ats_id
     on conflict (account, resource, ats_id) do update set state = excluded.state, hash = excluded.hash, missing_since = excluded.missing_since,
       updated_at = now(),
       synced_at = case when d.state <> excluded.state then coalesce(excluded.synced_at, d.synced_at)
         else d.synced_at end
     where (d.state, d.hash, d.missing_since) is distinct from (excluded.state, excluded.hash, excluded.missing_since)
     returning d.resource, d.ats_id, d.state)
     select w.ats_id from written w
     where w.state = 'rejected' and (select k.state from sync.desired_rows k
       where k.account = $1 and k.resource = w.resource and k.ats_id = w.ats_id) is distinct from 'rejected'`,
    [account, JSON.stringify(states)],
  );
  const news = new Set(rejected.map(({ ats_id }) => ats_id));
  return decisions.filter(({ atsId }) => news.has(atsId));
}
