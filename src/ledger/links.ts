/** The table sync.links: which row stands for which object, and what both sides last agreed on. */
import type { Statements, Transaction } from '../db/database.js';
import { leftOver } from '../reconcile/kin/kin.js';
import type { Base, Decision, Link } from '../reconcile/types.js';
import type { RowKey } from './rows.js';

/** The row that stands for the object, if it is another one; and whether it was only left with it when keys moved. */
export async function otherOwner(
  tx: Statements,
  { account, resource, atsId }: RowKey,
  uuid: string,
): Promise<{ atsId: string; isLeft: boolean } | null> {
  const [owner] = await tx.query<{ atsId: string; isLeft: boolean }>(
    `select ats_id as "atsId", base #>> '{${leftOver},ats}' is not null as "isLeft" from sync.links
     where account = $1 and resource = $2 and uuid = $3 and ats_id <> $4`,
    [account, resource, uuid, atsId],
  );
  return owner ?? null;
}

/** Which of the objects a row stands for. */
export async function linkedAmong(
  tx: Statements,
  account: string,
  resource: string,
  uuids: readonly string[],
): Promise<Set<string>> {
  const rows = await tx.query<{ uuid: string }>(
    'select uuid from sync.links where account = $1 and resource = $2 and uuid = any($3::uuid[])',
    [account, resource, uuids],
  );
  return new Set(rows.map(({ uuid }) => uuid));
}

/** From now on the row stands for the object. What was agreed on about another one is forgotten. */
export async function linkRow(
  tx: Statements,
  { account, resource, atsId }: RowKey,
  { uuid, base, how }: Pick<Link, 'uuid' | 'base' | 'how'>,
): Promise<void> {
  await tx.query(
    `insert into sync.links (account, resource, ats_id, uuid, base, how, results_to)
     values ($1, $2, $3, $4, $5, $6,
       (select to_jsonb(a) ->> 'source' from ats.interviews a where $2 = 'interviews' and a.account = $1 and a.ats_id = $3))
     on conflict (account, resource, ats_id) do update set uuid = excluded.uuid,
       base = case when links.uuid = excluded.uuid then links.base || excluded.base else excluded.base end,
       how = case when links.uuid = excluded.uuid then links.how else excluded.how end,
       linked_at = case when links.uuid = excluded.uuid then links.linked_at else now() end,
       results_to = case when links.uuid = excluded.uuid then links.results_to else excluded.results_to end`,
    [account, resource, atsId, uuid, JSON.stringify(base), how],
  );
}

/** What was settled without a write, and links that end. */
export async function settleLinks(
  tx: Transaction,
  account: string,
  decisions: readonly Decision[],
): Promise<void> {
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

/**
 * Of an update that Spark Hire accepted and did not carry out as a whole: what it shows is agreed on, and the intent, which
 * ends in vain, stands for the rest.
 */
export async function settleShown(
  tx: Statements,
  account: string,
  { intent, fingerprint, uuid, base }: { intent: string; fingerprint: string; uuid: string; base: Base },
): Promise<void> {
  await tx.query(
    `with left_over as (
       update sync.intents set fingerprint = $5 where id = $4 and state = 'unknown' returning account, resource, ats_id)
     update sync.links l set base = l.base || $1::jsonb from left_over o
     where (l.account, l.resource, l.ats_id) = (o.account, o.resource, o.ats_id) and l.uuid = $2 and l.account = $3`,
    [JSON.stringify(base), uuid, account, intent, fingerprint],
  );
}

/** All results of these interviews are told to the ATS, or none of them was to be. */
export async function closeResults(
  tx: Statements,
  account: string,
  atsIds: readonly string[],
): Promise<void> {
  await tx.query(
    `update sync.links set results_to = null where account = $1 and resource = 'interviews' and ats_id = any($2)`,
    [account, atsIds],
  );
}
