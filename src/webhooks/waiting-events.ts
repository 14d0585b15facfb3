/** The account's waiting events in sync.webhook_events, and what the mirror knows of the objects they are about. */
import { type Database, query, type Transaction } from '../db/database.js';
import { namesForgotten } from '../forgotten/content.js';
import type { Forgotten } from '../forgotten/hashes.js';
import type { JsonObject } from '../sparkhire/fields.js';
import type { HintedName } from './hint.js';
import type { Known } from './judge.js';
import { type EndedEvent, mostAttempts, type PostponedEvent } from './outcomes.js';

export interface WaitingEvent {
  id: string;
  event: string | null;
  payload_type: string | null;
  body: string;
}

const mostCharacters = 16_000_000;
const columns = 'id, event, payload_type, body';

const longestPause = "interval '15 min'";

/** What waits for longer than any pause was told so by a clock set back since. */
const due = `(retry_at is null or retry_at <= clock_timestamp() or retry_at > clock_timestamp() + ${longestPause})`;

/** Whether any event of the account is due. */
export async function anyDue(db: Database, account: string): Promise<boolean> {
  const [row] = await query(
    db,
    `select from sync.webhook_events where account = $1 and state = 'waiting' and ${due} limit 1`,
    [account],
  );
  return row !== undefined;
}

/** The oldest that are due, after `after`. */
export function loadDue(
  db: Database,
  account: string,
  after: string,
  limit: number,
): Promise<WaitingEvent[]> {
  return query<WaitingEvent>(
    db,
    `select ${columns} from (
       select w.*, sum(octet_length(body)) over (order by id) as bytes, row_number() over (order by id) as place
       from (
         select ${columns} from sync.webhook_events
         where account = $1 and state = 'waiting' and id > $2 and ${due}
         order by id limit $3
       ) w
     ) b where bytes <= ${mostCharacters} or place = 1 order by id`,
    [account, after, limit],
  );
}

/** Some events again, in the order they came in. */
export function loadAgain(db: Database, account: string, ids: readonly string[]): Promise<WaitingEvent[]> {
  return query<WaitingEvent>(
    db,
    `select ${columns} from sync.webhook_events
     where account = $1 and state = 'waiting' and id = any($2::bigint[]) order by id`,
    [account, ids],
  );
}

/** Which of these uuids are jobs or interviews that are mirrored. */
export async function findMirrored(
  db: Database,
  account: string,
  uuids: readonly string[],
): Promise<Map<string, HintedName>> {
  if (uuids.length === 0) return new Map();
  const rows = await query<{ resource: HintedName; uuid: string }>(
    db,
    `select 'jobs' as resource, uuid from sparkhire.jobs where account = $1 and uuid = any($2::uuid[])
     union all
     select 'interviews', uuid from sparkhire.interviews where account = $1 and uuid = any($2::uuid[])`,
    [account, uuids],
  );
  return new Map(rows.map(({ resource, uuid }) => [uuid, resource]));
}

export function objectKey(resource: HintedName, uuid: string): string {
  return `${resource} ${uuid}`;
}

interface KnownRow {
  uuid: string;
  raw: JsonObject | null;
  deleted: boolean;
  at: string | null;
  gone: boolean;
}

/** What is known of these objects, by `objectKey`; objects of which nothing is known are left out. */
export async function loadKnown(
  tx: Transaction,
  account: string,
  objects: ReadonlyArray<{ resource: HintedName; uuid: string }>,
): Promise<Map<string, Known>> {
  const known = new Map<string, Known>();
  for (const resource of ['jobs', 'interviews'] as const) {
    const uuids = objects.filter((object) => object.resource === resource).map(({ uuid }) => uuid);
    if (uuids.length === 0) continue;
    const rows = await tx.query<KnownRow>(
      `select s.uuid, r.raw, r.deleted_at is not null as deleted,
         (extract(epoch from coalesce(r.updated_at, r.created_at)) * 1000000)::bigint::text as at,
         coalesce((select true from sync.webhook_events
           where account = $1 and object_uuid = s.uuid and outcome = 'gone' limit 1), false) as gone
       from unnest($2::uuid[]) as s(uuid)
       left join lateral (select * from sparkhire.${resource} where account = $1 and uuid = s.uuid limit 1) r on true`,
      [account, uuids],
    );
    for (const { uuid, raw, deleted, at, gone } of rows) {
      const stored = raw === null ? null : { raw, deleted, at: at === null ? null : BigInt(at) };
      if (stored !== null || gone) known.set(objectKey(resource, uuid), { stored, gone });
    }
  }
  return known;
}

/** @param forgotten those who were erased from the account: nothing of what tells of them is kept */
export async function recordEnds(
  tx: Transaction,
  ended: readonly EndedEvent[],
  forgotten: Forgotten | null,
): Promise<void> {
  if (ended.length === 0) return;
  if (forgotten !== null) await emptyThoseOf(tx, ended, forgotten);
  await tx.query(
    `update sync.webhook_events w
     set state = 'done', done_at = clock_timestamp(), outcome = e.outcome, resource = e.resource,
       object_uuid = e.uuid, error = e.error, retry_at = null
     from unnest($1::bigint[], $2::text[], $3::text[], $4::uuid[], $5::text[])
       as e(id, outcome, resource, uuid, error)
     where w.id = e.id and w.state = 'waiting'`,
    [
      ended.map(({ id }) => id),
      ended.map(({ outcome }) => outcome),
      ended.map(({ resource }) => resource),
      ended.map(({ uuid }) => uuid),
      ended.map(({ error }) => error ?? null),
    ],
  );
}

async function emptyThoseOf(
  tx: Transaction,
  ended: readonly EndedEvent[],
  forgotten: Forgotten,
): Promise<void> {
  const bodies = await tx.query<{ id: string; body: string }>(
    'select id, body from sync.webhook_events where id = any($1::bigint[])',
    [ended.map(({ id }) => id)],
  );
  const theirs: string[] = [];
  for (const { id, body } of bodies) if (await namesForgotten(forgotten, contentOf(body))) theirs.push(id);
  if (theirs.length === 0) return;
  await tx.query(`update sync.webhook_events set body = '{}' where id = any($1::bigint[])`, [theirs]);
}

function contentOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

/**
 * Leaves events for later: 5 s, twice as long each time, up to 15 minutes. Those that failed for a reason that
 * does not pass by itself are given up after a while. @returns how those ended that were given up
 */
export async function postpone(
  tx: Transaction,
  events: readonly PostponedEvent[],
): Promise<Array<keyof typeof mostAttempts>> {
  if (events.length === 0) return [];
  const rows = await tx.query<{ outcome: keyof typeof mostAttempts | null }>(
    `update sync.webhook_events w
     set attempts = w.attempts + 1, error = e.error, resource = e.resource, object_uuid = e.uuid,
       state = case when w.attempts + 1 >= e.most then 'done' else 'waiting' end,
       outcome = case when w.attempts + 1 >= e.most then e.ends end,
       done_at = case when w.attempts + 1 >= e.most then clock_timestamp() end,
       retry_at = clock_timestamp() + least(${longestPause}, interval '5 s' * 2 ^ least(w.attempts, 10))
     from unnest($1::bigint[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::integer[])
       as e(id, resource, uuid, error, ends, most)
     where w.id = e.id and w.state = 'waiting'
     returning w.outcome`,
    [
      events.map(({ id }) => id),
      events.map(({ resource }) => resource),
      events.map(({ uuid }) => uuid),
      events.map(({ error }) => error),
      events.map(({ ends }) => ends),
      events.map(({ ends }) => (ends === null ? null : mostAttempts[ends])),
    ],
  );
  return rows.flatMap(({ outcome }) => outcome ?? []);
}
