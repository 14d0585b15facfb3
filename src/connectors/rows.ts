/**
 * What a connector writes into schema ats. Rows of other writers are never touched, and a row that says the same already is
 * not written: each write makes work for the rest of the program.
 */
import type { Statements } from '../db/database.js';
import type { Application, Job, User } from './connector.js';
import type { SkipReason } from './pull/judge.js';
import type { PackageSettings } from './settings-of-each.js';
import { isSent, isWanted } from './standing-rows.js';

export interface InvitationRow {
  ats_id: string;
  job_ats_id: string;
  candidate_name: string;
  candidate_email: string;
  package: string;
  requested_by_ats_id: string | null;
  extra: {
    connector: string;
    application_id: string;
    candidate_id: string;
    entry_id: string;
    /** Whom the ATS names; `requested_by_ats_id` is who of them can ask in Spark Hire. */
    requested_by: string | null;
    url: string | null;
  };
}

/** For people: because of which stage a row is there. */
export interface EntryRow {
  entry_id: string;
  application_id: string;
  stage: string;
  package: string;
  entered_at: Date | null;
}

export interface SkippedRow {
  entry_id: string;
  application_id: string;
  reason: SkipReason;
  message: string;
}

interface Of {
  account: string;
  source: string;
}

/** @param columns all that are written, with the types that JSON is read as; the first is the key */
async function upsert(
  at: Statements,
  { account, source }: Of,
  table: string,
  columns: ReadonlyArray<readonly [name: string, type: string]>,
  rows: readonly object[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const names = columns.map(([name]) => name);
  const [key, ...others] = names;
  const written = await at.query(
    `insert into ats.${table} as t (account, source, ${names.join(', ')})
     select $1, $2, ${names.map((name) => `r.${name}`).join(', ')}
     from jsonb_to_recordset($3::jsonb) as r(${columns.map(([name, type]) => `${name} ${type}`).join(', ')})
     on conflict (account, ${key}) do update set ${others.map((name) => `${name} = excluded.${name}`).join(', ')}, deleted_at = null
     where t.source = excluded.source
       and (${others.map((name) => `t.${name}`).join(', ')}, t.deleted_at)
         is distinct from (${others.map((name) => `excluded.${name}`).join(', ')}, null::timestamptz)
     returning 1`,
    [account, source, JSON.stringify(rows)],
  );
  return written.length;
}

const text = (names: string) => names.split(' ').map((name) => [name, 'text'] as const);

export function writeJobs(at: Statements, of: Of, jobs: readonly Job[]): Promise<number> {
  const rows = jobs.map((job) => ({
    ats_id: job.id,
    title: job.title,
    description: job.description,
    status: job.status,
    city: job.city,
    region: job.region,
    country: job.country,
    owner_ats_id: job.ownerId,
  }));
  return upsert(
    at,
    of,
    'jobs',
    text('ats_id title description status city region country owner_ats_id'),
    rows,
  );
}

export function writeUsers(at: Statements, of: Of, users: readonly User[]): Promise<number> {
  const rows = users.map(({ id, name, email, isActive }) => ({ ats_id: id, name, email, active: isActive }));
  return upsert(at, of, 'users', [...text('ats_id name email'), ['active', 'boolean']], rows);
}

/** Those that the settings do not have any more are withdrawn. */
export async function writePackages(
  at: Statements,
  of: Of,
  packages: readonly PackageSettings[],
): Promise<void> {
  const rows = packages.map(({ name, ...rest }) => ({ package: name, ...rest }));
  const columns = [
    ...text('package type question_set_uuid'),
    ['questions', 'jsonb'],
    ['deadline_days', 'numeric'],
    ...text('email_message timezone'),
  ] as const;
  await upsert(at, of, 'packages', columns, rows);
  await at.query(
    `update ats.packages set deleted_at = now()
     where account = $1 and source = $2 and deleted_at is null and not package = any($3)`,
    [of.account, of.source, packages.map(({ name }) => name)],
  );
}

/** An invitation is written once: who it is for cannot change once it was sent. One that was taken back before it left is asked for again as it would be now. No telephone number: no ATS tells whether its owner agreed to text messages. */
export async function writeInvitations(
  at: Statements,
  { account, source }: Of,
  rows: readonly InvitationRow[],
  entries: readonly EntryRow[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const columns = [
    ...text('ats_id job_ats_id candidate_name candidate_email package requested_by_ats_id'),
    ['extra', 'jsonb'],
  ] as const;
  const names = columns.map(([name]) => name);
  const written = await at.query(
    `insert into ats.interviews as i (account, source, ${names.join(', ')})
     select $1, $2, ${names.map((name) => `r.${name}`).join(', ')}
     from jsonb_to_recordset($3::jsonb) as r(${columns.map(([name, type]) => `${name} ${type}`).join(', ')})
     on conflict (account, ats_id) do update set ${names
       .slice(1)
       .map((name) => `${name} = excluded.${name}`)
       .join(', ')}, desired = null
     where i.source = excluded.source and i.desired = 'canceled' and i.deleted_at is null and not ${isSent}
     returning 1`,
    [account, source, JSON.stringify(rows)],
  );
  await at.query(
    `insert into sync.ats_entries (account, source, entry_id, application_id, stage, package, entered_at)
     select $1, $2, r.entry_id, r.application_id, r.stage, r.package, r.entered_at
     from jsonb_to_recordset($3::jsonb) as r(entry_id text, application_id text, stage text, package text, entered_at timestamptz)
     on conflict do nothing`,
    [account, source, JSON.stringify(entries)],
  );
  await at.query('delete from sync.ats_skipped where account = $1 and source = $2 and entry_id = any($3)', [
    account,
    source,
    entries.map(({ entry_id }) => entry_id),
  ]);
  return written.length;
}

/** What a row that was not sent says of its person. */
export type MendedRow = Pick<InvitationRow, 'ats_id' | 'candidate_name' | 'candidate_email'>;

export async function mendInvitations(
  at: Statements,
  { account, source }: Of,
  rows: readonly MendedRow[],
): Promise<void> {
  if (rows.length === 0) return;
  await at.query(
    `update ats.interviews i set candidate_name = r.candidate_name, candidate_email = r.candidate_email
     from jsonb_to_recordset($3::jsonb) as r(ats_id text, candidate_name text, candidate_email text)
     where i.account = $1 and i.source = $2 and i.ats_id = r.ats_id
       and ${isWanted} and not ${isSent}`,
    [account, source, JSON.stringify(rows)],
  );
}

/** Of whom nothing is to be known any more. */
const nameless: ReadonlySet<SkipReason> = new Set(['anonymized', 'forgotten']);

/**
 * Of several words on one entry the last one counts.
 * @param read what was read of applications: who the candidates are. Who is not in it stays known as they were
 */
export async function writeSkipped(
  at: Statements,
  { account, source }: Of,
  rows: readonly SkippedRow[],
  read: ReadonlyMap<string, Application>,
): Promise<void> {
  if (rows.length === 0) return;
  const each = new Map(
    rows.map((row) => {
      const candidate = read.get(row.application_id)?.candidate;
      const isNameless = nameless.has(row.reason);
      const who = isNameless ? {} : { candidate_id: candidate?.id, email: candidate?.email };
      return [row.entry_id, { ...row, ...who, nameless: isNameless }];
    }),
  );
  await at.query(
    `with r as (
       select r.*, sync.address_mark(r.email) as address, s.candidate_id as was, s.address as address_was
       from jsonb_to_recordset($3::jsonb) as r(entry_id text, application_id text, reason text, message text,
         candidate_id text, email text, nameless boolean)
       left join sync.ats_skipped s on s.account = $1 and s.source = $2 and s.entry_id = r.entry_id)
     insert into sync.ats_skipped as s (account, source, entry_id, application_id, reason, message, candidate_id, address)
     select $1, $2, r.entry_id, r.application_id, r.reason, r.message,
       case when not r.nameless then coalesce(r.candidate_id, r.was) end,
       case when not r.nameless then coalesce(r.address, r.address_was) end
     from r
     on conflict (account, source, entry_id) do update
       set reason = excluded.reason, message = excluded.message, candidate_id = excluded.candidate_id, address = excluded.address,
         seen_at = clock_timestamp()
     where (s.reason, s.message, s.candidate_id, s.address)
       is distinct from (excluded.reason, excluded.message, excluded.candidate_id, excluded.address)`,
    [account, source, JSON.stringify([...each.values()])],
  );
}

/** @returns how many became so now */
export async function cancelInvitations(
  at: Statements,
  { account, source }: Of,
  rows: readonly string[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const canceled = await at.query(
    `update ats.interviews set desired = 'canceled'
     where account = $1 and source = $2 and ats_id = any($3) and desired is distinct from 'canceled' and deleted_at is null
     returning 1`,
    [account, source, rows],
  );
  return canceled.length;
}
