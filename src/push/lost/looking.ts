/** Reading what was made lately, to find what a write of unknown outcome may have made. */
import type { AccountSession } from '../../account-session.js';
import { concernsOne } from '../../backfill/failures.js';
import { listedResource, type RangedResource, rangedResources } from '../../backfill/resources.js';
import { readSingle } from '../../backfill/singles.js';
import { learnRanges } from '../../backfill/sweep/ranges.js';
import { storeListed } from '../../backfill/sweep/sweep.js';
import { query } from '../../db/database.js';
import { inMirrorTransaction } from '../../mirror/store.js';
import type { PushResource } from '../../reconcile/types.js';
import {
  type AdvancedShareLink,
  ApiError,
  type CallOptions,
  type Client,
  type Interview,
  type Job,
  type Read,
  type Row,
  type User,
} from '../../sparkhire/client.js';
import { isLocalTime, type JsonObject } from '../../sparkhire/fields.js';
import { isPastTheEnd } from '../../sparkhire/paging/paginate.js';
import { readNewest } from '../../sparkhire/paging/paginate-newest.js';
import type { Looker } from '../acting.js';
import type { Answered } from '../send/answered.js';
import { serverClockOf } from '../send/sending.js';
import { mayBeSince, type Seen, westernmostMs } from './judge-looks.js';

/** Listings without a usable order are read to their end; longer ones tell nothing. */
const mostPages = 5000;

export interface Look {
  seen: Seen[];
  /** Of these `user`s everything that their key may see and that was made since is certainly among `seen`. */
  complete: ReadonlySet<string | null>;
  /** Has the mirror know these, as they were listed: what is linked is deleted one day, and only there that shows. */
  store(uuids: readonly string[]): Promise<void>;
}

interface Found {
  seen: Seen;
  row: Row<{ uuid: string }>;
}

/** What was made since, seen with any of the keys. The first one has to succeed. */
export async function lookFor(
  session: AccountSession,
  lookers: readonly Looker[],
  resource: PushResource,
  since: number,
): Promise<Look> {
  const found = new Map<string, Found>();
  const complete = new Set<string | null>();
  for (const [index, { client, user }] of lookers.entries()) {
    try {
      const read = await listSince(session, client, resource, since, (one) => found.set(one.seen.uuid, one));
      if (read) complete.add(user);
    } catch (error) {
      if (index === 0 || !(error instanceof ApiError)) throw error;
      session.log.debug({ event: 'look_failed', code: error.code }, 'another user could not look');
    }
  }
  const known = await knownSince(session, resource, [...found.keys()]);
  return {
    seen: [...found.values()].map(({ seen }) => ({ ...seen, knownSince: known.get(seen.uuid) ?? null })),
    complete,
    async store(uuids) {
      const rows = uuids.flatMap((uuid) => found.get(uuid)?.row ?? []);
      await inMirrorTransaction(session.db, session.account.name, (tx) =>
        storeListed(tx, listedResource(resource), rows),
      );
    },
  };
}

/** With which change the mirror came to know each of these; those of which no change is kept are left out. */
async function knownSince(
  { db, account }: AccountSession,
  resource: PushResource,
  uuids: readonly string[],
): Promise<Map<string, number>> {
  const rows = await query<{ uuid: string; seq: number }>(
    db,
    `select uuid, min(seq)::float8 as seq from sync.changes
     where account = $1 and resource = $2 and uuid = any($3::uuid[]) group by uuid`,
    [account.name, resource, uuids],
  );
  return new Map(rows.map(({ uuid, seq }) => [uuid, seq]));
}

async function listSince(
  session: AccountSession,
  client: Client,
  resource: PushResource,
  since: number,
  keep: (found: Found) => void,
): Promise<boolean> {
  const options: CallOptions = { lane: 'write', signal: session.signal };
  if (resource === 'users') {
    for (const row of (await client.users.list(options)).rows) if (row.ok) keep({ seen: seenUser(row), row });
    return true;
  }
  const take = (seen: Seen, row: Found['row']) => {
    if (seen.createdAt === null || mayBeSince(since, seen)) keep({ seen, row });
  };
  if (resource === 'share_links') {
    const { rows } = await client.shareLinks.list(options);
    for (const row of rows) if (row.ok) take(seenShareLink(row), row);
    return true;
  }
  await learnRanges(session, options.lane);
  const pageSize = Math.max(2, session.account.pageSize);
  const reading = <T extends { uuid: string }>(listed: RangedResource<T>, seenOf: (row: Read<T>) => Seen) =>
    readDown(listed, client, options, pageSize, since, (row) => {
      if (row.ok) take(seenOf(row), row);
    });
  return resource === 'jobs'
    ? reading(rangedResources.jobs, seenJob)
    : reading(rangedResources.interviews, seenInterview);
}

/** A new object was updated when it was made, so the listing by updates has it above that moment. */
async function readDown<T extends { uuid: string }>(
  listed: RangedResource<T>,
  client: Client,
  options: CallOptions,
  pageSize: number,
  since: number,
  take: (row: Row<T>) => void,
): Promise<boolean> {
  const source = {
    list: ({ order, range }: { order: 'asc' | 'desc'; range: [number, number] }) =>
      listed.listUpdated(client, order, range, options),
    sortKey: (value: T, raw: JsonObject) => {
      const key = listed.updatedKey(value);
      const later = laterMsOf(raw.updated_at ?? raw.created_at);
      return key === null || later === 0 ? key : new Date(Date.parse(key) + later).toISOString();
    },
    uuid: (value: T) => value.uuid,
    pageSize,
  };
  let unordered = false;
  let unproven = false;
  for await (const { rows, state } of readNewest(source, { key: since, inclusive: true })) {
    rows.forEach(take);
    unordered = state.unordered !== null;
    unproven = state.unproven !== null;
  }
  return unordered ? readAll(listed, client, options, pageSize, take) : !unproven;
}

async function readAll<T extends { uuid: string }>(
  listed: RangedResource<T>,
  client: Client,
  options: CallOptions,
  pageSize: number,
  take: (row: Row<T>) => void,
): Promise<boolean> {
  let next = 1;
  for (let page = 0; page < mostPages; page += 1) {
    const range: [number, number] = [next, next + pageSize - 1];
    try {
      const { rows } = await listed.list(client, range, options);
      if (rows.length === 0) return true;
      rows.forEach(take);
      if (rows.length > pageSize) return true;
      next += rows.length;
    } catch (error) {
      if (isPastTheEnd(error, page, range)) return true;
      throw error;
    }
  }
  return false;
}

/** The object as any of the keys may read it; `gone` if none of them finds it. */
export async function readObject(
  session: AccountSession,
  lookers: readonly Looker[],
  resource: PushResource,
  uuid: string,
): Promise<Answered | 'gone' | 'hidden'> {
  let told: 'gone' | 'hidden' = 'gone';
  for (const [index, { client }] of lookers.entries()) {
    const read = await readSingle(client, listedResource(resource), uuid, {
      lane: 'write',
      signal: session.signal,
    });
    if (read.state === 'there') return read.read as Answered;
    if (read.state === 'hidden') told = 'hidden';
    // The key of somebody who acted may not work any more.
    else if (read.state !== 'gone' && (index === 0 || read.error.code !== 'KEY_REFUSED')) throw read.error;
  }
  return told;
}

/** Spark Hire's clock less the database's now, in milliseconds; null if its answers carry no date. */
export async function measureSkew(session: AccountSession): Promise<number | null> {
  const clock = serverClockOf(session);
  const [row] = await query<{ at: number }>(
    session.db,
    'select extract(epoch from clock_timestamp())::float8 * 1000 as at',
  );
  clock.databaseSays(row!.at, performance.now());
  clock.skewMs = null;
  const told = session.client.observed(({ serverDate }) => clock.serverSays(serverDate, performance.now()));
  try {
    await told.me.get({ lane: 'write', signal: session.signal });
  } catch (error) {
    // An error has a date too. Without one, it is looked further back.
    if (session.signal.aborted || !concernsOne(error)) throw error;
  }
  return clock.skewMs;
}

const laterMsOf = (time: unknown) => (isLocalTime(time) ? westernmostMs : 0);

/** @param fields where it tells when it was made, the best first */
function made(
  { value, raw }: Read<{ created_at: string | null; updated_at: string | null }>,
  fields: ReadonlyArray<'created_at' | 'updated_at'> = ['created_at'],
): Pick<Seen, 'createdAt' | 'laterMs'> {
  const field = fields.find((name) => value[name] !== null);
  if (field === undefined) return { createdAt: null };
  return { createdAt: Date.parse(value[field]!), laterMs: laterMsOf(raw[field]) };
}

function seenUser(row: Read<User>): Seen {
  const { uuid, name, email, active } = row.value;
  return { uuid, name, email, active, jobUuid: null, title: null, status: null, ...made(row) };
}

function seenJob(row: Read<Job>): Seen {
  const { uuid, title, status } = row.value;
  const when = made(row, ['created_at', 'updated_at']);
  return { uuid, name: null, email: null, active: null, jobUuid: null, title, status, ...when };
}

function seenShareLink(row: Read<AdvancedShareLink>): Seen {
  const { uuid, reviewer, status, interviews } = row.value;
  return {
    uuid,
    name: reviewer?.name ?? null,
    email: reviewer?.email ?? null,
    active: null,
    jobUuid: null,
    title: null,
    status,
    interviewUuids: interviews?.map((interview) => interview.uuid) ?? null,
    ...made(row),
  };
}

function seenInterview(row: Read<Interview>): Seen {
  const { uuid, status, job, assigned_to: person } = row.value;
  return {
    uuid,
    name: person?.name ?? null,
    email: person?.email ?? null,
    active: null,
    jobUuid: job?.uuid ?? null,
    title: job?.title ?? null,
    status,
    ...made(row, ['created_at', 'updated_at']),
  };
}
