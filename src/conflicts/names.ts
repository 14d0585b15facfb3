/** What conflicts are about, in the words of people: title of a job, name of a user or candidate; and the invitations that hang on a question. */
import { type Database, query } from '../db/database.js';
import { asksForOne } from '../interview-status.js';
import { candidates } from './choices.js';
import type { ConflictRow } from './conflicts.js';

/** By the number of the conflict. */
export interface Named {
  /** Title or name; null if nothing of it is known. */
  name: string | null;
  /** Of an interview: the title of its job, or the key of that. */
  job: string | null;
  /** Of a mass disappearance: some of the missing, by title or name. */
  missing: string[];
}

/** A conflict, or anything else that is about a row or an object, with a number of its own. */
export type Nameable = Pick<ConflictRow, 'id' | 'account' | 'resource' | 'ats_id' | 'uuid'> &
  Partial<Pick<ConflictRow, 'kind' | 'sparkhire_value'>>;

/** One statement, a look into an index for each. */
export async function namesOf(db: Database, rows: readonly Nameable[]): Promise<Map<number, Named>> {
  if (rows.length === 0) return new Map();
  const ats = (resource: string, columns: string) =>
    `left join lateral (select ${columns} from ats.${resource}
       where k.resource = '${resource}' and account = k.account and ats_id = k.ats_id limit 1) a_${resource} on true`;
  const mirrored = (resource: string, columns: string) =>
    `left join lateral (select ${columns} from sparkhire.${resource}
       where k.resource = '${resource}' and account = k.account and uuid = coalesce(k.uuid, l.uuid) limit 1) m_${resource} on true`;
  const missing = (resource: string, name: string) =>
    `select coalesce(${name}, uuid::text) as name, n from unnest(k.examples) with ordinality e(uuid, n)
       join sparkhire.${resource} using (uuid) where k.resource = '${resource}' and account = k.account`;
  const read = await query<Named & { id: number }>(
    db,
    `select k.id::int as id,
       coalesce(a_users.name, a_jobs.title, a_interviews.candidate_name, m_users.name, m_jobs.title,
         m_interviews.candidate_name, m_share_links.reviewer_name) as name,
       coalesce(j.title, m_interviews.job_title, a_interviews.job_ats_id) as job, coalesce(gone.names, '{}') as missing
     from jsonb_to_recordset($1::jsonb) as k(id bigint, account text, resource text, ats_id text, uuid uuid, examples uuid[])
     left join lateral (select uuid from sync.links
       where account = k.account and resource = k.resource and ats_id = k.ats_id limit 1) l on true
     ${ats('users', 'name')}
     ${ats('jobs', 'title')}
     ${ats('interviews', 'candidate_name, job_ats_id')}
     left join lateral (select title from ats.jobs
       where account = k.account and ats_id = a_interviews.job_ats_id limit 1) j on true
     ${mirrored('users', 'name')}
     ${mirrored('jobs', 'title')}
     ${mirrored('interviews', 'candidate_name, job_title')}
     ${mirrored('share_links', 'reviewer_name')}
     left join lateral (select array_agg(name order by n) as names from (
       ${[missing('users', 'name'), missing('jobs', 'title'), missing('interviews', 'candidate_name'), missing('question_sets', 'name'), missing('share_links', 'reviewer_name')].join(' union all ')}
       ) each_missing) gone on true`,
    [
      JSON.stringify(
        rows.map((row) => ({
          id: row.id,
          account: row.account,
          resource: row.resource,
          ats_id: row.ats_id,
          uuid: row.uuid,
          examples: examplesIn(row),
        })),
      ),
    ],
  );
  return new Map(read.map(({ id, ...named }) => [id, named]));
}

function examplesIn({ kind, sparkhire_value: seen }: Nameable): string[] {
  const { examples } = (seen ?? {}) as { examples?: unknown };
  return kind === 'mass_disappearance' && Array.isArray(examples) ? examples.map(String) : [];
}

/** `interviews I-3 · Ada Lake · Baker`; the uuid where no row is named. */
export function nameOf({ resource, ats_id: atsId, uuid }: Nameable, named: Named | undefined): string {
  const { name = null, job = null } = named ?? {};
  return [`${resource} ${atsId ?? uuid ?? ''}`.trim(), name, job].filter((part) => part !== null).join(' · ');
}

/** So many rows are named. */
const mostNamed = 10;

/**
 * Who decides about a job should know what e-mails follow.
 * @returns a sentence for a question whether a job is made, if invitations wait for it; else null. One statement at most.
 */
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
