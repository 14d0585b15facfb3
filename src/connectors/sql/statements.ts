/**
 * The statements that read stage_entries. Each reads it once. Whatever types its columns have, they are read as text and
 * times; times without a zone are UTC. A row that does not say yet whose entry into what it is, or whether that is active,
 * is left out: loaders fill one table after the other.
 */
import { pendingIn } from '../../interview-status.js';
import { isSent, isWanted } from '../standing-rows.js';
import { type ColumnName, type Columns, textColumns } from './columns.js';

export interface EntryRow {
  entry_id: string;
  application_id: string;
  stage: string;
  entered_at: Date | null;
  is_active: boolean;
  is_current: boolean;
  candidate_id: string | null;
  candidate_name: string | null;
  candidate_email: string | null;
  job_id: string | null;
  job_title: string | null;
  /** The row of ats.users with the recruiter's address, else the address. */
  requested_by: string | null;
  url: string | null;
  /** How many rows have the key. */
  copies: number;
  /** Has no time, and was not there at the first reading. */
  is_fresh?: boolean;
}

export interface RoundRow extends EntryRow {
  is_new: boolean;
  /** Was skipped for something that is no longer so. */
  is_again: boolean;
  is_left: boolean;
  /** The job is not as ats.jobs has it. */
  is_job: boolean;
}

export interface JobRow {
  job_id: string;
  job_title: string | null;
  job_state: 'open' | 'draft' | 'closed';
  city: string | null;
  region: string | null;
  country: string | null;
  description: string | null;
}

const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Of a name what is compared in the database: never less than what is the same to this program. */
const coarse = (text: string) =>
  `regexp_replace(translate(${text}, '${upper}', '${upper.toLowerCase()}') collate "C", '[^a-z0-9]', '', 'g')`;

/** The same of a stage of the settings; letters with marks may be written in two ways. */
export function coarseNames(names: readonly string[]): string[] {
  const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');
  return [...new Set(names.flatMap((name) => [plain(name.normalize('NFC')), plain(name.normalize('NFD'))]))];
}

const stageId = `coalesce(job_id, '') || '/' || stage`;

/** @param source what comes after `from` */
export function statementsOf(source: string, columns: Columns) {
  const text = (name: ColumnName) =>
    columns.has(name) ? `nullif(btrim(e.${name}::text), '')` : 'null::text';
  const word = (name: ColumnName) => `lower(${text(name)})`;
  const entries = `select n.*, is_active and left_at is null as is_current from (
    select ${textColumns.map((name) => `${text(name)} as ${name}`).join(', ')},
      e.entered_at::timestamptz as entered_at,
      ${columns.has('left_at') ? 'e.left_at::timestamptz' : 'null::timestamptz'} as left_at,
      ${columns.has('status') ? `${word('status')} = 'active'` : 'true'} as is_active,
      ${columns.has('job_status') ? `case when ${word('job_status')} in ('open', 'draft') then ${word('job_status')} when ${text('job_status')} is not null then 'closed' end` : `'open'`} as job_state
    from ${source} e) n
    where entry_id is not null and application_id is not null and stage is not null and is_active is not null`;
  const ranked = `select a.*, row_number() over (partition by entry_id, is_wanted order by entered_at nulls last, left_at nulls first, application_id) as nth,
      count(*) over (partition by entry_id, is_wanted)::int as copies`;
  const shown = `r.entry_id, r.application_id, r.stage, r.entered_at, r.is_active, r.is_current, r.candidate_id, r.candidate_name,
      r.candidate_email, r.job_id, r.job_title, r.url, r.copies,
      coalesce((select u.ats_id from ats.users u where u.account = $1 and u.deleted_at is null
        and lower(u.email) = lower(r.recruiter_email) order by u.ats_id limit 1), lower(r.recruiter_email)) as requested_by`;
  // Who was skipped for something else than the time was met after the first reading.
  const isFresh = `r.entered_at is null and coalesce(s.reason <> 'before_from', false) as is_fresh`;
  const skipped = `left join sync.ats_skipped s on s.account = $1 and s.source = 'sql' and s.entry_id = r.entry_id`;

  return {
    /** What differs from what is known. $2 coarse stages, $3 ids of stages, $4 since when past entries are told, $5 until when
     *  entries count or null, $6 whether what was sent is taken back, $7 whether every open job counts. */
    round: `with r as (${ranked} from (select a.*, coalesce(${coarse('stage')} = any($2::text[]) or ${stageId} = any($3::text[]), false) as is_wanted
          from (${entries}) a) a where is_wanted or $7::boolean),
      d as (select ${shown},
        coalesce(r.is_wanted and (i.ats_id is null and k.entry_id is null and s.entry_id is null or ${reasonIsGone}
            and (i.ats_id is null and k.entry_id is null or i.source = 'sql' and i.desired = 'canceled' and i.deleted_at is null and not ${isSent}))
          and case when r.is_current then r.job_state is distinct from 'closed' or r.entered_at >= $4
            else coalesce(r.left_at, r.entered_at) >= $4 end
          and ($5::timestamptz is null or r.entered_at is null or r.entered_at <= $5), false) as is_new,
        s.entry_id is not null as is_again,
        coalesce(r.is_wanted and not r.is_current and i.source = 'sql' and ${isWanted}
          and not exists (select from sync.links l left join sparkhire.interviews m on m.account = l.account and m.uuid = l.uuid
            where l.account = $1 and l.resource = 'interviews' and l.ats_id = i.ats_id
              and (not $6::boolean or not ${pendingIn('m.status')})), false) as is_left,
        case when j.ats_id is null then $7::boolean and r.job_id is not null and r.job_state = 'open'
          else (coalesce(r.job_title, j.title), coalesce(r.job_state, j.status), coalesce(r.city, j.city), coalesce(r.region, j.region), coalesce(r.country, j.country))
            is distinct from (j.title, j.status, j.city, j.region, j.country) end as is_job
        from r
        left join ats.interviews i on i.account = $1 and i.ats_id = 'sq-' || r.entry_id
        left join sync.ats_entries k on k.account = $1 and k.source = 'sql' and k.entry_id = r.entry_id
        ${skipped}
        left join ats.jobs j on j.account = $1 and j.source = 'sql' and j.deleted_at is null and j.ats_id = r.job_id
        where r.nth = 1)
      select d.*, d.entered_at is null and not exists (select from sync.ats_skipped b where b.account = $1 and b.source = 'sql'
        and b.application_id = d.application_id and b.reason = 'before_from') as is_fresh
      from d where is_new or is_left or is_job`,
    /** Who stands in stages. $2: their ids. */
    standing: `select ${shown}, ${isFresh}
      from (${ranked} from (select a.*, true as is_wanted from (${entries}) a where ${stageId} = any($2::text[])) a) r
      ${skipped} where r.nth = 1 and r.is_current`,
    /** $2: ids of applications. */
    applications: `select ${shown}, ${isFresh} from (${ranked} from (select a.*, true as is_wanted from (${entries}) a
      where application_id = any($2::text[])) a) r ${skipped} where r.nth = 1`,
    /** $2: their ids; null: all that are open. What is not said is as it was. */
    jobs: `select r.job_id, coalesce(r.job_title, j.title) as job_title, coalesce(r.job_state, j.status, 'open') as job_state,
        coalesce(r.city, j.city) as city, coalesce(r.region, j.region) as region, coalesce(r.country, j.country) as country,
        coalesce(r.description, j.description) as description
      from (select distinct on (job_id) * from (${entries}) a
        where case when $2::text[] is null then job_id is not null else job_id = any($2) end
        order by job_id, entered_at desc nulls last, entry_id) r
      left join ats.jobs j on j.account = $1 and j.source = 'sql' and j.deleted_at is null and j.ats_id = r.job_id
      where $2::text[] is not null or r.job_state = 'open'`,
    stages: `select coalesce(job_id, '') as job_id, stage, max(job_title) as job_title, count(*) filter (where is_current)::int as standing
      from (${entries}) a where $1::text is not null and job_state is distinct from 'closed' group by 1, 2 order by 3, 1, 2`,
    /** What `ats check` tells of the rows. */
    counts: `with a as (select ${columns.has('status') ? text('status') : `'active'`} as status, ${text('entry_id')} as entry_id,
          ${text('application_id')} as application_id, ${text('stage')} as stage, e.entered_at::timestamptz as entered_at,
          ${word('job_status')} as job_status
        from ${source} e)
      select count(*)::int as rows, max(entered_at) as latest,
        (count(*) filter (where entry_id is null or application_id is null or stage is null or status is null))::int as incomplete,
        (count(*) filter (where entered_at is null))::int as untimed,
        (count(entry_id) - count(distinct entry_id))::int as copies,
        (select string_agg(distinct a.job_status, ', ') from a where a.job_status not in ('open', 'draft', 'closed')) as odd_jobs,
        (count(*) filter (where entered_at > now() + interval '5 minutes'))::int as future
      from a where $1::text is not null`,
  };
}

export type SqlStatements = ReturnType<typeof statementsOf>;

/** Who was skipped is looked at again once the reason is gone. */
const reasonIsGone = `case s.reason
            when 'no_email' then r.candidate_email is not null
            when 'anonymized' then r.candidate_name is not null
            when 'not_active' then r.is_active
            when 'left_stage' then r.is_current
            when 'prospect' then r.job_id is not null
            else false end`;
