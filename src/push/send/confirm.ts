/** Recording that a write was done: mirror, link, intent and row in one transaction. */
import type { AccountSession } from '../../account-session.js';
import { listedResource } from '../../backfill/resources.js';
import { markGone, storeSingles } from '../../backfill/singles.js';
import type { Transaction } from '../../db/database.js';
import type { Intent } from '../../ledger/intents.js';
import { openIssue, resolveRefusals } from '../../ledger/issues.js';
import { tellRejected, tellWritten } from '../../ledger/journal.js';
import { byItself } from '../../ledger/record.js';
import { tableOf } from '../../ledger/row-keys.js';
import { inMirrorTransaction } from '../../mirror/store.js';
import { isRowOf } from '../../reconcile/share-keys.js';
import type { Issue, Link } from '../../reconcile/types.js';
import { type Answered, isWhole, observedOf, settledByCreation, settledPairs } from './answered.js';

export interface Confirmation {
  uuid: string;
  /** The object as it was last read; null if nothing usable was. */
  read: Answered | null;
  how: Link['how'];
  /** It was deleted and cannot be read any more. */
  gone?: boolean;
  /** The row that is linked to the object and hands it over, provided the ATS does not have it any more. */
  formerRow?: string | undefined;
  /** It was found out afterwards: the row may have been decided about meanwhile, and is decided again. */
  later?: boolean;
}

/** `id` is null for what needed no write: an adoption. */
export type Confirmable = Omit<Intent, 'id'> & { id: string | null };

/**
 * @returns `overtaken` if the intent was ended by somebody else; `taken` if another row is linked to that object:
 * then the row is rejected as a duplicate
 */
export async function confirm(
  session: Pick<AccountSession, 'db' | 'account' | 'journal'>,
  intent: Confirmable,
  confirmation: Confirmation,
): Promise<Confirmed> {
  const told = await recordConfirmed(session, intent, confirmation);
  if (told === 'confirmed') tellWritten(session, intent, confirmation.uuid);
  if (told === 'taken') tellRejected(session, intent, [{ code: 'DUPLICATE', field: null }]);
  return told;
}

type Confirmed = 'confirmed' | 'overtaken' | 'taken';

function recordConfirmed(
  session: Pick<AccountSession, 'db' | 'account'>,
  intent: Confirmable,
  { uuid, read, how, gone = false, formerRow, later = false }: Confirmation,
): Promise<Confirmed> {
  const { resource, atsId, detail } = intent;
  const account = session.account.name;
  return inMirrorTransaction(session.db, account, async (tx) => {
    if (read !== null && isWhole(resource, read)) await storeSingles(tx, listedResource(resource), [read]);
    if (gone) await markGone(tx, resource, [uuid]);
    const ownerOf = async () => {
      const sql =
        'select ats_id from sync.links where account = $1 and resource = $2 and uuid = $3 and ats_id <> $4';
      return (await tx.query<{ ats_id: string }>(sql, [account, resource, uuid, atsId]))[0];
    };
    let owner = await ownerOf();
    if (formerRow !== undefined && owner !== undefined) {
      await handOver(tx, account, intent, owner.ats_id, uuid);
      owner = await ownerOf();
    }
    if (intent.id !== null) {
      const ended = await tx.query(
        `update sync.intents set state = $2, uuid = $3, error = $4, look_at = null, updated_at = clock_timestamp()
         where id = $1 and state in ('prepared', 'sent', 'unknown') returning id`,
        [
          intent.id,
          owner ? 'rejected' : 'confirmed',
          uuid,
          owner ? `row ${owner.ats_id} has this object` : null,
        ],
      );
      if (ended.length === 0) return 'overtaken';
    }
    if (owner !== undefined) {
      await openIssue(tx, { account, resource, ats_id: atsId, ...duplicateOf(owner.ats_id) });
      await setState(tx, account, intent, 'rejected');
      return 'taken';
    }
    const observed = read === null ? null : observedOf(resource, read);
    const isPartial = read !== null && !isWhole(resource, read);
    const { base, differs } =
      intent.action === 'create'
        ? settledByCreation(detail.settles, observed, isPartial)
        : { base: settledPairs(detail.settles, observed, isPartial), differs: false };
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
    if (intent.id !== null) {
      await resolveRefusals(tx, account, resource, atsId, detail.stillWaits === true);
    }
    await setState(tx, account, intent, later || differs ? 'pending' : detail.final);
    return 'confirmed';
  });
}

/**
 * Ends the link of a row that is gone from its table, or invites somebody else by now, and what was told of it, unless
 * something of it is under way. Where the row that takes over has an object, the former one gets that instead. What a person is
 * asked about the object, or has decided and is not carried out yet, goes on under the key of the row that gets it; so does
 * what became of objects of a job that were deleted, since its invitations may still be there. A decision that it is what a
 * lost answer had made is done with.
 */
async function handOver(
  tx: Transaction,
  account: string,
  { resource, atsId, detail }: Confirmable,
  formerId: string,
  uuid: string,
): Promise<void> {
  // It may be there and mean somebody else.
  const column = { users: 'email', jobs: 'title', interviews: 'candidate_email', share_links: null }[
    resource
  ];
  const meant = column === null ? '' : `and sync.likeness(a.${column}) = sync.likeness($6)`;
  const said = column === null ? [] : [detail.look.email ?? detail.look.title];
  const ended = await tx.query(
    `with ended as (
       delete from sync.links l where l.account = $1 and l.resource = $2 and l.ats_id = $3 and l.uuid = $4
         and not exists (select from ats.${tableOf(resource)} a where a.account = $1 and ${isRowOf(resource, '$3::text')} and a.deleted_at is null ${meant})
         and not exists (select from sync.intents i where i.account = $1 and i.resource = $2 and i.ats_id = $3
           and i.state in ('prepared', 'sent', 'unknown'))
       returning ats_id),
     told as (
       update sync.issues t set resolved_at = now() from ended
       where t.account = $1 and t.resource = $2 and t.ats_id = ended.ats_id and t.resolved_at is null),
     asked as (
       update sync.conflicts c set ats_id = $5 from ended
       where c.account = $1 and c.resource = $2 and c.ats_id = ended.ats_id
         and (c.uuid = $4 and (c.resolved_at is null or c.acted_at is null and c.resolved_by <> '${byItself}')
           or c.resource = 'jobs' and c.kind = 'remote_deleted' and c.resolved_at is not null)
         and not (c.resolved_at is null and exists (select from sync.conflicts n
           where n.account = $1 and n.resource = $2 and n.ats_id = $5 and n.kind = c.kind and n.uuid = c.uuid
             and n.field is not distinct from c.field and n.resolved_at is null))),
     done as (
       update sync.conflicts c set acted_at = now() from ended
       where c.account = $1 and c.resource = $2 and c.ats_id = ended.ats_id and c.kind = 'unknown_outcome'
         and c.resolution = 'link:' || $4::text and c.acted_at is null and c.uuid is distinct from $4),
     twice as (
       update sync.conflicts c set resolved_at = now(), resolution = 'its cause is gone', resolved_by = '${byItself}' from ended
       where c.account = $1 and c.resource = $2 and c.ats_id = ended.ats_id and c.uuid = $4 and c.resolved_at is null
         and exists (select from sync.conflicts n
           where n.account = $1 and n.resource = $2 and n.ats_id = $5 and n.kind = c.kind and n.uuid = c.uuid
             and n.field is not distinct from c.field and n.resolved_at is null))
     update sync.desired_rows d set state = case when d.hash is null or $2 = 'share_links' then 'gone' else 'pending' end, updated_at = now() from ended
     where d.account = $1 and d.resource = $2 and d.ats_id = ended.ats_id returning d.ats_id`,
    [account, resource, formerId, uuid, atsId, ...said],
  );
  if (ended.length === 0) return;
  await tx.query(
    `with exchanged as (
       update sync.links l set ats_id = $4 where l.account = $1 and l.resource = $2 and l.ats_id = $3
         and not exists (select from sparkhire.${resource} m where m.account = $1 and m.uuid = l.uuid and m.deleted_at is not null)
       returning uuid),
     asked as (
       update sync.conflicts c set ats_id = $4 from exchanged
       where c.account = $1 and c.resource = $2 and c.ats_id = $3 and c.uuid = exchanged.uuid and c.resolved_at is null)
     update sync.desired_rows d set state = 'pending', updated_at = now() from exchanged
     where d.account = $1 and d.resource = $2 and d.ats_id = $4`,
    [account, resource, atsId, formerId],
  );
}

function duplicateOf(atsId: string): Issue {
  return {
    code: 'DUPLICATE',
    field: null,
    message: `Row ${atsId} already stands for this object of Spark Hire. Withdraw one of the two.`,
  };
}

async function setState(
  tx: { query(sql: string, values?: unknown[]): Promise<unknown> },
  account: string,
  { resource, atsId }: Confirmable,
  state: string,
): Promise<void> {
  await tx.query(
    `insert into sync.desired_rows (account, resource, ats_id, state, synced_at)
     values ($1, $2, $3, $4, case when $4 in ('synced', 'gone') then now() end)
     on conflict (account, resource, ats_id) do update set state = excluded.state, updated_at = now(),
       synced_at = coalesce(excluded.synced_at, desired_rows.synced_at)`,
    [account, resource, atsId, state],
  );
}
