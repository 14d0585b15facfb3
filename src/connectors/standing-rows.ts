/** What schema ats and the bookkeeping have of a connector's entries already. */
import { type Database, query } from '../db/database.js';
import { endedIn, pendingIn } from '../interview-status.js';

export interface OfConnector {
  account: string;
  source: string;
  prefix: string;
}

export interface KnownEntries {
  /** Entries that have a row, or had one. */
  invited: Set<string>;
  /** Those that were skipped. */
  skipped: Set<string>;
  /** Of those, who entered before it counted. */
  before: Set<string>;
  /** Those whose row was taken back by this program before anything left: they are invited by it if nothing speaks against it any more. */
  takenBack: Set<string>;
}

/** Of a row `i` of ats.interviews: whether it asks for an invitation. */
export const isWanted = `(i.deleted_at is null and coalesce(i.desired, 'invited') <> 'canceled')`;

/** Of a row `i` of ats.interviews: whether an invitation has left, or may have. */
export const isSent = `(exists (select from sync.links l where l.account = i.account and l.resource = 'interviews' and l.ats_id = i.ats_id)
  or exists (select from sync.intents n where n.account = i.account and n.resource = 'interviews'
    and n.ats_id = i.ats_id and n.state in ('sent', 'unknown', 'confirmed')))`;

/** @param entries their ids */
export async function knownEntries(
  db: Database,
  of: OfConnector,
  entries: readonly string[],
): Promise<KnownEntries> {
  if (entries.length === 0)
    return { invited: new Set(), skipped: new Set(), before: new Set(), takenBack: new Set() };
  const rows = await query<{ entry: string; is: 'withdrawn' | 'invited' | 'skipped' | 'before' }>(
    db,
    `select substr(ats_id, length($3) + 2) as entry,
       case when i.desired = 'canceled' and i.deleted_at is null and not ${isSent} then 'withdrawn' else 'invited' end as is
     from ats.interviews i
     where account = $1 and source = $2 and ats_id = any(select $3 || '-' || e from unnest($4::text[]) e)
     union all
     select entry_id, 'invited' from sync.ats_entries where account = $1 and source = $2 and entry_id = any($4)
     union all
     select entry_id, case reason when 'before_from' then 'before' else 'skipped' end from sync.ats_skipped where account = $1 and source = $2 and entry_id = any($4)`,
    [of.account, of.source, of.prefix, entries],
  );
  const ids = (of: string) => new Set(rows.filter(({ is }) => is === of).map(({ entry }) => entry));
  const before = ids('before');
  const skipped = new Set([...ids('skipped'), ...before]);
  // What a person canceled was never told as skipped.
  const takenBack = new Set([...ids('withdrawn')].filter((entry) => skipped.has(entry)));
  const invited = new Set([...ids('invited'), ...ids('withdrawn')].filter((entry) => !takenBack.has(entry)));
  return { invited, skipped, before, takenBack };
}

/** Of such a row: whether its interview may still be completed. What the mirror does not have counts as such. */
const isPending = `(not exists (
    select from sync.links l join sparkhire.interviews m on m.account = l.account and m.uuid = l.uuid
    where l.account = i.account and l.resource = 'interviews' and l.ats_id = i.ats_id
      and (${endedIn('m.status')} or m.deleted_at is not null))
  and (${isWanted} or ${isSent}))`;
/** A time of Spark Hire's; one without an offset may be local, and half a day later than it is taken for. */
const atTheLatest = (
  column: string,
) => `m.${column} + case when m.raw ->> '${column}' ~ '[Tt ]\\d\\d:?\\d\\d(:?\\d\\d([.,]\\d+)?)?$'
    then interval '12 hours' else interval '0' end`;
/** When it ended, at the latest. Of what was not completed Spark Hire tells no time: its deadline, or when it was last changed. */
const endedAt = `(select coalesce(${atTheLatest('completed_at')}, case when m.status = 'expired' then ${atTheLatest('scheduled_at')} end,
    m.deleted_at, ${atTheLatest('updated_at')})
  from sync.links l join sparkhire.interviews m on m.account = l.account and m.uuid = l.uuid
  where l.account = i.account and l.resource = 'interviews' and l.ats_id = i.ats_id)`;

/** A row that invited somebody: not where it was taken back before anything left. */
export interface InvitedRow {
  ats_id: string;
  job: string;
  package: string;
  /** Its interview may still be completed. */
  pending: boolean;
  /** False where it is being canceled. */
  wanted: boolean;
  /** An invitation has left, or may have. */
  sent: boolean;
  /** Where it is not pending: when its interview ended, as far as that is known. */
  ended: Date | null;
}

/** Because of which entry somebody was invited. */
export interface InvitedEntry extends InvitedRow {
  entry_id: string;
  application_id: string;
  stage: string;
  entered_at: Date | null;
}

const shownRow = `i.ats_id, i.job_ats_id as job, i.package, ${isPending} as pending, ${isWanted} as wanted, ${isSent} as sent,
  ${endedAt} as ended`;

/** Entries of these applications whose people were invited. */
export function everInvited(
  db: Database,
  of: OfConnector,
  applications: readonly string[],
): Promise<InvitedEntry[]> {
  if (applications.length === 0) return Promise.resolve([]);
  return query<InvitedEntry>(
    db,
    `select e.entry_id, e.application_id, e.stage, e.entered_at, ${shownRow} from ats.interviews i
     join sync.ats_entries e on e.account = i.account and e.source = i.source and e.entry_id = i.extra ->> 'entry_id'
     where i.account = $1 and i.source is not null and i.source = $2 and i.extra ->> 'application_id' = any($3::text[])
       and (coalesce(i.desired, 'invited') <> 'canceled' or exists (select from sync.links l
         where l.account = i.account and l.resource = 'interviews' and l.ats_id = i.ats_id))`,
    [of.account, of.source, applications],
  );
}

/** An address and a job, as one text. */
export const personKey = (job: string, email: string) => JSON.stringify([job, email.trim().toLowerCase()]);

/** Rows that invited these addresses, whoever asked for it, by {@link personKey}. */
export async function addressesInvited(
  db: Database,
  account: string,
  emails: readonly string[],
): Promise<Map<string, InvitedRow[]>> {
  const found = new Map<string, InvitedRow[]>();
  if (emails.length === 0) return found;
  const rows = await query<InvitedRow & { email: string }>(
    db,
    `select i.candidate_email as email, ${shownRow} from ats.interviews i
     where i.account = $1 and lower(left(i.candidate_email, 300)) = any(select lower(left(e, 300)) from unnest($2::text[]) e)
       and i.job_ats_id is not null and i.package is not null
       and (${isWanted} or exists (select from sync.links l
         where l.account = i.account and l.resource = 'interviews' and l.ats_id = i.ats_id))`,
    [account, emails],
  );
  for (const { email, ...row } of rows) noteInvited(found, email, row);
  return found;
}

export function noteInvited(found: Map<string, InvitedRow[]>, email: string, row: InvitedRow): void {
  const key = personKey(row.job, email);
  found.set(key, [...(found.get(key) ?? []), row]);
}

/** Of these rows those whose interview is over, or is not asked for any more; `sent`: it was asked for in Spark Hire. */
export async function overRows(
  db: Database,
  account: string,
  rows: readonly string[],
): Promise<Map<string, { sent: boolean }>> {
  if (rows.length === 0) return new Map();
  const over = await query<{ row: string; sent: boolean }>(
    db,
    `select k.row, coalesce(${isSent}, false) as sent from unnest($2::text[]) as k(row)
     left join ats.interviews i on i.account = $1 and i.ats_id = k.row where i.ats_id is null or not ${isPending}`,
    [account, rows],
  );
  return new Map(over.map(({ row, sent }) => [row, { sent }]));
}

/** People who are skipped for what may be mended, and whom a reading looks at again: those looked at longest ago first. */
export function mendable(
  db: Database,
  { account, source }: OfConnector,
  most: number,
): Promise<Array<{ entry_id: string; application_id: string }>> {
  return query(
    db,
    `with due as (
       select entry_id, application_id from sync.ats_skipped
       where account = $1 and source = $2
         and reason in ('unread', 'confidential_job', 'private', 'may_not_email', 'no_email', 'unmapped_package', 'draft_job', 'another_writer')
       order by seen_at limit $3)
     update sync.ats_skipped s set seen_at = clock_timestamp() from due
     where s.account = $1 and s.source = $2 and s.entry_id = due.entry_id
     returning s.entry_id, s.application_id`,
    [account, source, most],
  );
}

/** A row whose interview is wanted and not over yet. */
export interface LivingRow {
  atsId: string;
  entryId: string;
  applicationId: string;
  /** Whether an invitation has left, or may have. */
  isSent: boolean;
}

/** @param wanted of these entries or applications; all of them unless given */
export function livingRows(
  db: Database,
  of: OfConnector,
  wanted: { entries: readonly string[]; applications: readonly string[] } | null,
): Promise<LivingRow[]> {
  if (wanted !== null && wanted.entries.length + wanted.applications.length === 0) return Promise.resolve([]);
  return query<LivingRow>(
    db,
    `select i.ats_id as "atsId", i.extra ->> 'entry_id' as "entryId", i.extra ->> 'application_id' as "applicationId",
       ${isSent} as "isSent"
     from ats.interviews i
     left join sync.links l on l.account = i.account and l.resource = 'interviews' and l.ats_id = i.ats_id
     left join sparkhire.interviews m on m.account = l.account and m.uuid = l.uuid
     where i.account = $1 and i.source = $2 and ${isWanted}
       and (m.uuid is null or ${pendingIn('m.status')})
       and ($4::text[] is null or i.ats_id = any(select $3 || '-' || e from unnest($4::text[]) e)
         or i.extra ->> 'application_id' = any($5::text[]))`,
    [of.account, of.source, of.prefix, wanted?.entries ?? null, wanted?.applications ?? null],
  );
}

/** Of these users or jobs those that the connector has written; jobs with their owner. */
export async function ownRows(
  db: Database,
  { account, source }: OfConnector,
  table: 'users' | 'jobs',
  ids: readonly string[],
): Promise<Map<string, string | null>> {
  if (ids.length === 0) return new Map();
  const rows = await query<{ id: string; owner: string | null }>(
    db,
    `select ats_id as id, ${table === 'jobs' ? 'owner_ats_id' : 'null'} as owner from ats.${table}
     where account = $1 and source = $2 and ats_id = any($3) and deleted_at is null`,
    [account, source, ids],
  );
  return new Map(rows.map(({ id, owner }) => [id, owner]));
}

/** One of the jobs that the connector has written; null: there is none. */
export async function anyJob(db: Database, { account, source }: OfConnector): Promise<string | null> {
  const [row] = await query<{ id: string }>(
    db,
    'select ats_id as id from ats.jobs where account = $1 and source = $2 and deleted_at is null limit 1',
    [account, source],
  );
  return row?.id ?? null;
}

/** Jobs whose rows are rejected for what they say. */
export async function rejectedJobs(db: Database, { account, source }: OfConnector): Promise<string[]> {
  const rows = await query<{ id: string }>(
    db,
    `select j.ats_id as id from sync.desired_rows d join ats.jobs j on j.account = d.account and j.ats_id = d.ats_id
     where d.account = $1 and d.resource = 'jobs' and d.state = 'rejected' and j.source = $2 and j.deleted_at is null`,
    [account, source],
  );
  return rows.map(({ id }) => id);
}

/** Of these keys those that a row of another writer has, withdrawn or not. */
export async function othersKeys(
  db: Database,
  { account, source }: OfConnector,
  table: 'jobs' | 'interviews',
  keys: readonly string[],
): Promise<Set<string>> {
  if (keys.length === 0) return new Set();
  const rows = await query<{ key: string }>(
    db,
    `select ats_id as key from ats.${table} where account = $1 and source is distinct from $2 and ats_id = any($3)`,
    [account, source, keys],
  );
  return new Set(rows.map(({ key }) => key));
}

/** Whether anything of the connector's waits to be invited, or for somebody. */
export async function anyUnsent(db: Database, { account, source }: OfConnector): Promise<boolean> {
  const [row] = await query<{ there: boolean }>(
    db,
    `select exists (select from sync.desired_rows d
       join ats.interviews i on i.account = d.account and i.ats_id = d.ats_id and i.source = $2
       where d.account = $1 and d.resource = 'interviews' and d.state in ('pending', 'held', 'rejected', 'conflict')) as there`,
    [account, source],
  );
  return row!.there;
}

/** The packages that rows may use, whoever wrote them. */
export async function packagesThere(db: Database, account: string): Promise<Set<string>> {
  const rows = await query<{ package: string }>(
    db,
    'select package from ats.packages where account = $1 and deleted_at is null',
    [account],
  );
  return new Set(rows.map((row) => row.package));
}
