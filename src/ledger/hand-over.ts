/** An object passes from one row to another: the ATS gave its row another key. One statement for each side, over all tables. */
import type { Transaction } from '../db/database.js';
import { leftOver } from '../reconcile/kin/kin.js';
import { isRowOf, requestOf, tableNameOf } from '../reconcile/kinds/share-keys.js';
import type { PushResource } from '../reconcile/types.js';
import { byItself, causeIsGone, isAsked } from './conflicts.js';
import { isOpen } from './intents.js';
import { enqueue } from './queue.js';
import { movingRows, type RowKey } from './rows.js';

/**
 * Ends the link of a row that is gone from its table, or invites somebody else by now, and what was told of it, unless
 * something of it is under way. Where the row that takes over has an object, the former one gets that instead. What a person is
 * asked about the object, or has decided and is not carried out yet, goes on under the key of the row that gets it; so does
 * what became of objects of a job that were deleted, since its invitations may still be there. An answer that it is what a
 * lost write had made is put aside.
 * @param said the address or title of what takes over: the former row may be there, and mean somebody else
 */
export async function handOver(
  tx: Transaction,
  { account, resource, atsId }: RowKey & { resource: PushResource },
  { formerId, uuid, said }: { formerId: string; uuid: string; said: string | null },
): Promise<void> {
  // It may be there and mean somebody else.
  const column = { users: 'email', jobs: 'title', interviews: 'candidate_email', share_links: null }[
    resource
  ];
  // Two rows of one candidate are two wishes where their jobs are two.
  const ofSameJob = `and a.job_ats_id = (select t.job_ats_id from ats.interviews t where t.account = $1 and t.ats_id = $5)`;
  // A link is known by what it shows: the former request names that still, if it says what the row says.
  const shown = (request: string) => `(select array_agg(distinct i order by i) from unnest(${request}) i)`;
  const meant =
    column === null
      ? `and ${shown('a.interview_ats_ids')} = (select ${shown('t.interview_ats_ids')} from ats.share_requests t
          where t.account = $1 and t.ats_id = ${requestOf('$5::text')})`
      : `and sync.likeness(a.${column}) = sync.likeness($6) ${resource === 'interviews' ? ofSameJob : ''}`;
  const isOther = `exists (select from ats.${tableNameOf(resource)} a where a.account = $1 and ${isRowOf(resource, '$3::text')} and a.deleted_at is null)`;
  const goes = `case when d.hash is null or d.resource = 'share_links' and not ${isOther} then 'gone' else 'pending' end`;
  const ended = await tx.query(
    `with ended as (
       delete from sync.links l where l.account = $1 and l.resource = $2 and l.ats_id = $3 and l.uuid = $4
         and not exists (select from ats.${tableNameOf(resource)} a where a.account = $1 and ${isRowOf(resource, '$3::text')} and a.deleted_at is null ${meant})
         and not exists (select from sync.intents i where i.account = $1 and i.resource = $2 and i.ats_id = $3
           and ${isOpen('i.')})
       returning account, resource, ats_id),
     told as (
       update sync.issues t set resolved_at = now() from ended
       where t.account = $1 and t.resource = $2 and t.ats_id = ended.ats_id and t.resolved_at is null),
     asked as (
       update sync.conflicts c set ats_id = $5 from ended
       where c.account = $1 and c.resource = $2 and c.ats_id = ended.ats_id
         and (c.uuid = $4 and ${isAsked('c.')}
           or c.resource = 'jobs' and c.kind = 'remote_deleted' and c.resolved_at is not null)
         and not (c.resolved_at is null and exists (select from sync.conflicts n
           where n.account = $1 and n.resource = $2 and n.ats_id = $5 and n.kind = c.kind and n.uuid = c.uuid
             and n.field is not distinct from c.field and n.resolved_at is null))),
     done as (
       update sync.conflicts c set acted_at = now(), carried_out = false from ended
       where c.account = $1 and c.resource = $2 and c.ats_id = ended.ats_id and c.kind = 'unknown_outcome'
         and c.resolution = 'link:' || $4::text and c.acted_at is null and c.uuid is distinct from $4),
     twice as (
       update sync.conflicts c set resolved_at = now(), resolution = '${causeIsGone}', resolved_by = '${byItself}' from ended
       where c.account = $1 and c.resource = $2 and c.ats_id = ended.ats_id and c.uuid = $4 and c.resolved_at is null
         and exists (select from sync.conflicts n
           where n.account = $1 and n.resource = $2 and n.ats_id = $5 and n.kind = c.kind and n.uuid = c.uuid
             and n.field is not distinct from c.field and n.resolved_at is null))
     ${movingRows('handed_over', 'ended', goes)} returning d.ats_id`,
    [account, resource, formerId, uuid, atsId, ...(column === null ? [] : [said])],
  );
  if (ended.length === 0) return;
  await tx.query(
    `with exchanged as (
       update sync.links l set ats_id = $4, base = l.base || jsonb_build_object('${leftOver}',
           jsonb_build_object('ats', coalesce(l.base #> '{email,ats}', l.base #> '{title,ats}', 'true'), 'sparkhire', null))
       where l.account = $1 and l.resource = $2 and l.ats_id = $3
         and not exists (select from sparkhire.${resource} m where m.account = $1 and m.uuid = l.uuid and m.deleted_at is not null)
       returning account, resource, ats_id, uuid),
     asked as (
       update sync.conflicts c set ats_id = $4 from exchanged
       where c.account = $1 and c.resource = $2 and c.ats_id = $3 and c.uuid = exchanged.uuid and c.resolved_at is null)
     ${movingRows('exchanged', 'exchanged')}`,
    [account, resource, atsId, formerId],
  );
  // A share link that is settled shows whom the rows meant that its request names: they mean others now.
  if (resource === 'interviews')
    await enqueue(
      tx,
      account,
      `select distinct 'share_requests', ${requestOf('l.ats_id')} from sparkhire.share_links s
       join sync.links l on l.account = $1 and l.resource = 'share_links' and l.uuid = s.uuid
       where s.account = $1 and s.interview_uuids && array(select $2::uuid union all
         select uuid from sync.links where account = $1 and resource = 'interviews' and ats_id = $3)`,
      [uuid, formerId],
    );
}
