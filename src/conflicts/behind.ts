/** The invitations that hang on a question about a job: who decides should know what e-mails follow. */
import { type Database, query } from '../db/database.js';
import { asksForOne } from '../interview-status.js';
import { candidates } from './choices.js';
import type { ConflictRow } from './conflicts.js';

/** So many rows are named. */
const mostNamed = 10;

/** @returns a sentence for a question whether a job is made, if invitations wait for it; else null. One statement at most. */
export async function invitationsBehind(db: Database, row: ConflictRow): Promise<string | null> {
  const { account, resource, kind, ats_id: atsId, uuid, sparkhire_value: seen, resolved_at: done } = row;
  if (resource !== 'jobs' || !['possible_duplicate', 'remote_deleted'].includes(kind) || done !== null)
    return null;
  const objects = uuid === null ? candidates(seen) : [uuid, ...candidates(seen)];
  const [found] = await query<{ waiting: number; again: number; named: string[] | null }>(
    db,
    `select count(*)::int as waiting, count(*) filter (where m.is_there)::int as again,
       (array_agg(i.ats_id order by i.ats_id collate "C") filter (where m.is_there))[1:${mostNamed}] as named
     from ats.interviews i
     cross join lateral (select exists (select from sparkhire.interviews s
       where s.account = $1 and s.job_uuid = any($3::uuid[]) and s.deleted_at is null
         and sync.likeness(s.candidate_email) = sync.likeness(i.candidate_email)) as is_there) m
     where i.account = $1 and i.job_ats_id = $2 and ${asksForOne('i')}
       and not exists (select from sync.links l
         where l.account = $1 and l.resource = 'interviews' and l.ats_id = i.ats_id)`,
    [account, atsId, objects],
  );
  const { waiting, again, named } = found!;
  if (waiting === 0) return null;
  const [wait, are] = waiting === 1 ? ['1 invitation waits', 'is'] : [`${waiting} invitations wait`, 'are'];
  const names = named?.join(', ') ?? '';
  const rows = again > mostNamed ? `${names} and ${again - mostNamed} more` : names;
  const them =
    again === 0
      ? ''
      : ` In ${again} of them the candidate has an interview of the job in Spark Hire already (rows ${rows}).`;
  return `${wait} for this row; if another job is made, all that can be sent ${are} sent to it.${them}`;
}
