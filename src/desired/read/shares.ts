/** What share links depend on: the interviews they are to show, and the plan. */
import type { Transaction } from '../../db/database.js';
import { leftOver } from '../../reconcile/kin/kin.js';
import type { SharedInterview, ShareFacts } from '../../reconcile/types.js';
import { onceForList } from '../../reconcile/values/shared-lists.js';
import type { ReadRow } from '../known-row.js';
import { means } from './kin/former-sql.js';

interface InterviewRecord {
  ats_id: string;
  known: boolean;
  uuid: string | null;
  status: string | null;
  unsettled: boolean;
}

/** By ats_id of the row; only of rows that are wanted and usable. Two statements. */
export async function readShareFacts(
  tx: Transaction,
  account: string,
  rows: readonly ReadRow[],
): Promise<Map<string, ShareFacts>> {
  const wanted = rows.flatMap(({ judged }) =>
    judged.wanted && judged.values?.resource === 'share_links'
      ? [{ atsId: judged.atsId, interviewAtsIds: judged.values.interviewAtsIds }]
      : [],
  );
  if (wanted.length === 0) return new Map();
  const interviews = await readInterviews(tx, account, [
    ...new Set([...new Set(wanted.map(({ interviewAtsIds }) => interviewAtsIds))].flat()),
  ]);
  const [plan] = await tx.query<{ allowed: string | null }>(
    `select features ->> 'advanced_share_links' as allowed from sparkhire.plans where account = $1`,
    [account],
  );
  const inPlan = plan?.allowed === 'true' ? true : plan?.allowed === 'false' ? false : null;
  const sharedOf = onceForList((ids: readonly string[]) => ids.map((id) => interviews.get(id)!));
  return new Map(
    wanted.map(({ atsId, interviewAtsIds }) => [atsId, { inPlan, interviews: sharedOf(interviewAtsIds) }]),
  );
}

/** The objects of the interviews that requests name, as they are written, by ats_id of the request. One statement. */
export async function readNamedInterviews(
  tx: Transaction,
  account: string,
  requests: readonly string[],
): Promise<Map<string, string[]>> {
  if (requests.length === 0) return new Map();
  const records = await tx.query<{ ats_id: string; uuids: string[] }>(
    `select k.ats_id, array_agg(l.uuid::text) as uuids from unnest($2::text[]) as k(ats_id)
     cross join lateral (select interview_ats_ids as ids from ats.share_requests
       where account = $1 and ats_id = k.ats_id limit 1) s
     cross join unnest(s.ids) as i(ats_id)
     cross join lateral (select uuid from sync.links
       where account = $1 and resource = 'interviews' and ats_id = i.ats_id limit 1) l
     group by 1`,
    [account, requests],
  );
  return new Map(records.map(({ ats_id: atsId, uuids }) => [atsId, uuids]));
}

/** The row `a` says the interview `m` of its link `l` to the letter, as most do: whether it means that takes looks into other tables. */
const saysAll = `coalesce(a.candidate_email = m.candidate_email and a.job_ats_id = l.base #>> '{job,ats}'
  and l.base #>> '{${leftOver},ats}' is distinct from 'true', false)`;

async function readInterviews(
  tx: Transaction,
  account: string,
  keys: readonly string[],
): Promise<Map<string, SharedInterview>> {
  // The limits hold the planner to looks into indexes, also before it has statistics.
  const records = await tx.query<InterviewRecord>(
    `select k.ats_id, l.uuid, l.uuid is not null or (a.there
         and (coalesce(d.state, '') not in ('rejected', 'gone') or exists (select from sync.desired_queue q
           where q.account = $1 and q.resource = 'interviews' and q.ats_id = k.ats_id))) as known,
       case when m.deleted_at is not null then 'deleted' else m.status end as status,
       coalesce(a.there and l.uuid is not null and not (${saysAll}) and not ${means('interviews')}, false) as unsettled
     from unnest($2::text[]) as k(ats_id)
     left join lateral (select true as there, candidate_email, job_ats_id from ats.interviews
       where account = $1 and ats_id = k.ats_id and deleted_at is null limit 1) a on true
     left join lateral (select state from sync.desired_rows
       where account = $1 and resource = 'interviews' and ats_id = k.ats_id limit 1) d on true
     left join lateral (select * from sync.links
       where account = $1 and resource = 'interviews' and ats_id = k.ats_id limit 1) l on true
     left join lateral (select * from sparkhire.interviews
       where account = $1 and uuid = l.uuid limit 1) m on true`,
    [account, keys],
  );
  return new Map(
    records.map(({ ats_id: atsId, known, uuid, status, unsettled }) => [
      atsId,
      {
        ...{ atsId, known: known === true, uuid, observedStatus: status },
        ...(unsettled ? { unsettled: true as const } : {}),
      },
    ]),
  );
}
