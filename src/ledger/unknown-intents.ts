/** Intents whose outcome is unknown, in the database: what is due, what ends, what a person has to decide. */
import { type Database, inTransaction, query } from '../db/database.js';
import { byPerson, endConflicts, openConflicts } from './conflicts.js';
import { fenceMs, type Intent, isOpenToSparkHire, toSparkHire } from './intents.js';
import { type Books, tellConflict } from './journal.js';
import { moveRow, movingRows } from './rows.js';

export interface OpenIntent extends Intent {
  state: 'prepared' | 'sent' | 'unknown';
  uuid: string | null;
  looked: number;
  /** Whether it is unknown and to be looked at now. */
  due: boolean;
  /** By the database's clock, in milliseconds. */
  sentAtMs: number | null;
  nowMs: number;
  /** For how long it surely has not been able to leave any more. */
  ageMs: number;
}

/** Every open intent of the account: those that are not due explain what a look sees. */
export async function openIntents(db: Database, account: string): Promise<OpenIntent[]> {
  const rows = await query<Omit<OpenIntent, 'atsId' | 'ageMs'> & { ats_id: string }>(
    db,
    `select id, resource, ats_id, action, detail, state, uuid, looked,
       state = 'unknown' and look_at <= clock_timestamp() as due,
       extract(epoch from sent_at)::float8 * 1000 as "sentAtMs",
       extract(epoch from clock_timestamp())::float8 * 1000 as "nowMs"
     from sync.intents where account = $1 and ${isOpenToSparkHire} order by id`,
    [account],
  );
  return rows.map(({ ats_id, ...row }) => ({
    ...row,
    due: row.due === true,
    atsId: ats_id,
    ageMs: row.nowMs - (row.sentAtMs ?? row.nowMs) - (row.detail.leftWithinMs ?? fenceMs),
  }));
}

/** Whether it says what is to be looked for. What was written by hand, or emptied, does not. */
export function canBeSought({ action, uuid, detail }: OpenIntent): boolean {
  const isThere = [detail.look, detail.expects, detail.settles].every(
    (part) => typeof part === 'object' && part !== null,
  );
  return isThere && (action === 'create' || uuid !== null);
}

/** Plans the next look. A look that proved nothing does not count. */
export async function planNextLook(
  db: Database,
  { id }: Intent,
  settleMs: number,
  counts: boolean,
): Promise<void> {
  await query(
    db,
    `update sync.intents set looked = looked + $3::integer, updated_at = clock_timestamp(),
       look_at = greatest(clock_timestamp() + $2 / 2 * interval '1 ms',
         case when looked + $3::integer >= 2 then sent_at
           + ($2 + coalesce((detail ->> 'leftWithinMs')::float8, ${fenceMs})) * interval '1 ms' end)
     where id = $1 and state = 'unknown'`,
    [id, settleMs, counts ? 1 : 0],
  );
}

/** It was not done: the row is to be decided again. @returns how many were ended, 0 or 1 */
export async function endIntent(db: Database, { id }: Intent, error: string): Promise<number> {
  const rows = await query(
    db,
    `with ended as (
       update sync.intents set state = 'rejected', error = $2, look_at = null, updated_at = clock_timestamp()
       where id = $1 and state = 'unknown' returning account, resource, ats_id),
     freed as (${movingRows('absent', 'ended')})
     select 1 from ended`,
    [id, error],
  );
  return rows.length;
}

const emailColumns = {
  users: 'email',
  interviews: 'candidate_email',
  share_links: 'reviewer_email',
} as const;

/** What may be what the write made, as far as it is told. `createdAt`: milliseconds since the epoch. */
export interface Candidate {
  uuid: string;
  email: string | null;
  name: string | null;
  title: string | null;
  status: string | null;
  createdAt: number | null;
}

/** Opens the conflict that asks a person; nobody looks any more until it is decided. */
export async function openUnclear(
  session: Books,
  intent: Intent,
  { candidates, reason }: { candidates: readonly Candidate[]; reason: string },
): Promise<void> {
  const listed = candidates.map((seen) => ({
    uuid: seen.uuid,
    ...(intent.resource === 'jobs'
      ? { title: seen.title }
      : { name: seen.name, [emailColumns[intent.resource]]: seen.email }),
    status: seen.status,
    created_at: seen.createdAt === null ? null : new Date(seen.createdAt).toISOString(),
  }));
  const account = session.account.name;
  const told = await inTransaction(session.db, async (tx) => {
    const asked = await tx.query(
      `update sync.intents set look_at = null, looked = looked + 1, updated_at = clock_timestamp()
       where id = $1 and state = 'unknown' returning id`,
      [intent.id],
    );
    if (asked.length === 0) return [];
    await moveRow(tx, { account, ...intent }, 'asked');
    const { resource, atsId, detail } = intent;
    const asks = {
      kind: 'unknown_outcome',
      ats: detail.identity ?? null,
      sparkhire: listed,
      reason,
    } as const;
    return openConflicts(tx, account, [{ ...asks, resource, ats_id: atsId }]);
  });
  for (const conflict of told) tellConflict(session, conflict);
}

/**
 * Ends intents whose conflict a person resolved: what they chose is carried out by deciding the row again. One whose
 * conflict closed otherwise is looked for again, as is one of which a person was asked before the account had the key or the
 * rights that it has now: it may see more.
 */
export async function endResolved(db: Database, account: string): Promise<number> {
  const asked = await query<{ id: string; resource: string; atsId: string; choice: string | null }>(
    db,
    `select i.id, i.resource, i.ats_id as "atsId", (
       select c.resolution from sync.conflicts c
       where (c.account, c.resource, c.ats_id, c.kind) = (i.account, i.resource, i.ats_id, 'unknown_outcome')
         and c.resolved_at is not null and c.opened_at >= i.created_at
         and ${byPerson('c.')}
       order by c.id desc limit 1) as choice
     from sync.intents i
     where i.account = $1 and ${toSparkHire} and i.state = 'unknown' and i.look_at is null and not exists (
       select from sync.conflicts c where c.resolved_at is null
         and (c.account, c.resource, c.ats_id, c.kind) = (i.account, i.resource, i.ats_id, 'unknown_outcome')
         and not exists (select from sync.accounts a where a.account = $1
           and a.key_demoted_at is null and a.key_changed_at > c.opened_at))`,
    [account],
  );
  let ended = 0;
  for (const { id, resource, atsId, choice } of asked) {
    if (choice !== null) {
      ended += await endIntent(db, { id } as Intent, `a person decided: ${choice}`);
      continue;
    }
    await inTransaction(db, async (tx) => {
      await endConflicts(tx, account, { kind: 'unknown_outcome', resource, atsId });
      await tx.query(
        "update sync.intents set look_at = clock_timestamp() where id = $1 and state = 'unknown'",
        [id],
      );
    });
  }
  return ended;
}

export async function waitingIntents(
  db: Database,
  account: string,
): Promise<{ waiting: number; unclear: number; nextLookInMs: number | null }> {
  const [row] = await query<{ waiting: number; unclear: number; next: number | null }>(
    db,
    `select count(look_at)::integer as waiting, (count(*) - count(look_at))::integer as unclear,
       greatest(0, extract(epoch from min(look_at) - clock_timestamp())::float8 * 1000) as next
     from sync.intents where account = $1 and ${toSparkHire} and state = 'unknown'`,
    [account],
  );
  const { waiting, unclear, next } = row!;
  return { waiting, unclear, nextLookInMs: waiting === 0 ? null : next };
}
