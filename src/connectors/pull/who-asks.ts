/**
 * Whom rows of jobs and interviews name. Only somebody who can act: the ATS shows them, active and with an address, and their
 * row is there or is written along. A row that names anybody else would wait for ever for one that nobody writes.
 */
import { type Database, query } from '../../db/database.js';
import type { Job, User } from '../connector.js';
import type { OfConnector } from '../standing-rows.js';
import type { PullSession } from './session.js';

export interface People {
  /** Those who may be named and have no row yet. */
  users: Map<string, User>;
  /** All who may be named. */
  named: ReadonlySet<string>;
  /** Those of them who see every job in Spark Hire. */
  administrators: ReadonlySet<string>;
}

interface UserRow {
  id: string;
  email: string | null;
  isOwn: boolean;
  isActive: boolean;
}

/** @param ids users of the ATS; those without a row are asked for */
export async function peopleOf(
  { connector, db, signal }: PullSession,
  of: OfConnector,
  ids: ReadonlyArray<string | null>,
): Promise<People> {
  const wanted = [...new Set(ids.flatMap((id) => id ?? []))];
  const rows = new Map((await userRows(db, of, wanted)).map((row) => [row.id, row]));
  const emails = new Map<string, string>();
  for (const { id, email, isOwn, isActive } of rows.values())
    if (isOwn && isActive) emails.set(id, email ?? '');
  const unknown = wanted.filter((id) => rows.get(id)?.isOwn !== true);
  const shown = unknown.length === 0 ? new Map<string, User>() : await connector.users(unknown, signal);
  const users = new Map<string, User>();
  for (const user of shown.values()) {
    if (!user.isActive || user.email === null || user.name === null) continue;
    const row = rows.get(user.id);
    if (row === undefined) users.set(user.id, user);
    // A row of another writer that has the same key by chance is somebody else.
    else if (!row.isActive || fold(row.email) !== fold(user.email)) continue;
    emails.set(user.id, user.email);
  }
  return { users, named: new Set(emails.keys()), administrators: await administrators(db, of, emails) };
}

const fold = (email: string | null) => email?.trim().toLowerCase();

/**
 * The recruiter where they see the job in Spark Hire: as its owner, or as an administrator. Else its owner, else nobody: then
 * the administrator's key writes.
 */
export function whoAsks(recruiter: string | null, owner: string | null, people: People): string | null {
  if (recruiter !== null && recruiter !== owner && people.administrators.has(recruiter)) return recruiter;
  return owner !== null && people.named.has(owner) ? owner : null;
}

/** Jobs without owners who cannot act, and the users whose rows they need. */
export function ownedJobs(
  jobs: ReadonlyMap<string, Job>,
  { named, users }: People,
): { jobs: Map<string, Job>; users: Map<string, User> } {
  const owned = [...jobs.values()].map((job) => ({
    ...job,
    ownerId: job.ownerId !== null && named.has(job.ownerId) ? job.ownerId : null,
  }));
  return {
    jobs: new Map(owned.map((job) => [job.id, job])),
    users: only(
      users,
      owned.map(({ ownerId }) => ownerId),
    ),
  };
}

export function only(users: ReadonlyMap<string, User>, ids: ReadonlyArray<string | null>): Map<string, User> {
  const wanted = new Set(ids);
  return new Map([...users].filter(([id]) => wanted.has(id)));
}

function userRows(
  db: Database,
  { account, source }: OfConnector,
  ids: readonly string[],
): Promise<UserRow[]> {
  if (ids.length === 0) return Promise.resolve([]);
  return query<UserRow>(
    db,
    `select ats_id as id, email, source is not distinct from $2 as "isOwn",
       deleted_at is null and active is not false as "isActive"
     from ats.users where account = $1 and ats_id = any($3)`,
    [account, source, ids],
  );
}

async function administrators(
  db: Database,
  { account }: OfConnector,
  emails: ReadonlyMap<string, string>,
): Promise<Set<string>> {
  if (emails.size === 0) return new Set();
  const rows = await query<{ id: string }>(
    db,
    `select k.id from unnest($2::text[], $3::text[]) as k(id, email)
     where exists (select from ats.users u where u.account = $1 and u.ats_id = k.id and u.deleted_at is null
         and lower(btrim(u.role)) = 'administrator')
       or exists (select from sparkhire.users m where m.account = $1 and lower(m.email) = lower(btrim(k.email))
         and m.active is not false and m.deleted_at is null
         and (lower(m.role) = 'administrator' or m.uuid = (select key_user_uuid from sync.accounts where account = $1)))`,
    [account, [...emails.keys()], [...emails.values()]],
  );
  return new Set(rows.map(({ id }) => id));
}
