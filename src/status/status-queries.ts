/** The queries behind `status`: one for all accounts each. */
import type { Statements, Transaction } from '../db/database.js';
import { type KnownOddField, oddFieldsDays } from '../db/odd-fields.js';
import { type CountedEntries, countConnected } from './connected-ats.js';
import { successes } from './freshness.js';

/** Accounts there is anything of. */
export async function knownAccounts(tx: Transaction): Promise<string[]> {
  const rows = await tx.query<{ account: string }>(
    `select account from sync.checkpoints union select account from sync.activities
     union select account from sync.accounts order by 1`,
  );
  return rows.map(({ account }) => account);
}

export interface ResourceRow {
  account: string;
  resource: string;
  lastSuccessAt: Date | null;
  incrementalAt: Date | null;
  sweptAt: Date | null;
  detailsAt: Date | null;
  watermark: Date | null;
  sweepAt: Date | null;
  sweepRead: number | null;
}

const tables = ['users', 'companies', 'plans', 'interview_questions'];
const detailedTables = ['jobs', 'interviews', 'question_sets', 'share_links'];

/** How many rows there are: of everything that `status` tells, what takes longer the more there are. */
export interface Counts {
  /** Of the mirror, without deleted ones. `detailsDue`: null where there is no such thing. */
  mirror: Array<{ account: string; resource: string; rows: number; detailsDue: number | null }>;
  /** Of the ATS (users, jobs, interviews, share links), by what became of them. */
  states: Array<{ account: string; state: string; rows: number }>;
  /** Of connected ATSs. */
  connected: CountedEntries[];
}

export async function readCounts(tx: Statements, accounts: readonly string[]): Promise<Counts> {
  const each = [
    ...tables.map((name) => countOf(name, 'null::int')),
    ...detailedTables.map((name) => countOf(name, 'count(*) filter (where details_due)::int')),
  ];
  return {
    mirror: await tx.query(each.join(' union all '), [accounts]),
    states: await tx.query(
      `select account, state, count(*)::int as rows from sync.desired_rows
       where account = any($1) and resource in ('users', 'jobs', 'interviews', 'share_links') group by 1, 2 order by 2`,
      [accounts],
    ),
    connected: await countConnected(tx, accounts),
  };
}

/** What `counts` has of a resource. */
export function countedOf(
  { mirror }: Counts,
  { account, resource }: { account: string; resource: string },
): { rows: number; detailsDue: number | null } {
  const found = mirror.find((one) => one.account === account && one.resource === resource);
  return found ?? { rows: 0, detailsDue: detailedTables.includes(resource) ? 0 : null };
}

export function readResources(tx: Transaction, accounts: readonly string[]): Promise<ResourceRow[]> {
  // Companies and plans have no checkpoints: that they were read is in the runs. Questions come with interviews.
  return tx.query<ResourceRow>(
    `with names as (select account, resource from unnest($1::text[]) account,
       unnest($2::text[]) resource),
     sweeps as (
       select account, resource, max(finished_at) as at from sync.runs
       where account = any($1) and kind = 'sweep' and outcome = 'succeeded' group by 1, 2),
     latest as (
       select account, resource, max(at) as at from (
         ${successes}
         union all
         select account, resource, at from sweeps
         union all
         select account, 'interview_questions', completed_at from sync.checkpoints
         where kind = 'details' and resource = 'interviews') s
       group by 1, 2),
     marks as (
       select account, resource, max(completed_at) filter (where kind = 'incremental') as incremental_at,
         max(completed_at) filter (where kind = 'sweep') as swept_at,
         max(completed_at) filter (where kind = 'details') as details_at, max(watermark) as watermark,
         max(updated_at) filter (where kind = 'sweep' and position is not null) as sweep_at,
         max(case when kind = 'sweep' and jsonb_typeof(position -> 'read') = 'number'
           then (position ->> 'read')::float8 end) as sweep_read
       from sync.checkpoints where account = any($1) group by 1, 2)
     select n.account, n.resource, l.at as "lastSuccessAt", m.incremental_at as "incrementalAt", coalesce(m.swept_at, w.at) as "sweptAt",
       m.details_at as "detailsAt", m.watermark, m.sweep_at as "sweepAt", m.sweep_read as "sweepRead"
     from names n left join latest l using (account, resource)
     left join marks m using (account, resource) left join sweeps w using (account, resource)`,
    [accounts, [...tables, ...detailedTables]],
  );
}

function countOf(name: string, due: string): string {
  return `select account, '${name}' as resource, count(*)::int as rows, ${due} as "detailsDue"
    from sparkhire.${name} where account = any($1) and deleted_at is null group by account`;
}

export interface ActivityRow {
  account: string;
  activity: string;
  startedAt: Date | null;
  succeededAt: Date | null;
  failures: number;
  failingSince: Date | null;
  errorCode: string | null;
  error: string | null;
  remedy: string | null;
  retryAt: Date | null;
}

export function readActivities(tx: Transaction, accounts: readonly string[]): Promise<ActivityRow[]> {
  return tx.query<ActivityRow>(
    `select account, activity, started_at as "startedAt", succeeded_at as "succeededAt", failures,
       failing_since as "failingSince", error_code as "errorCode", error, remedy, retry_at as "retryAt"
     from sync.activities where account = any($1) order by activity`,
    [accounts],
  );
}

export interface RunRow {
  account: string;
  id: string;
  kind: string;
  resource: string | null;
  startedAt: Date;
  finishedAt: Date | null;
  outcome: string;
  requests: number;
  rateLimited: number;
  rowsRead: string;
  rowsCreated: string;
  rowsUpdated: string;
  rowsDeleted: string;
  error: string | null;
}

/** The latest run of each kind and resource; or those under way alone, however many there were. */
export function readRuns(
  tx: Transaction,
  accounts: readonly string[],
  only: 'latest' | 'running',
): Promise<RunRow[]> {
  return tx.query<RunRow>(
    `select r.account, r.id, r.kind, r.resource, r.started_at as "startedAt", r.finished_at as "finishedAt",
       r.outcome, r.requests, r.rate_limited as "rateLimited", r.rows_read as "rowsRead",
       r.rows_created as "rowsCreated", r.rows_updated as "rowsUpdated", r.rows_deleted as "rowsDeleted", r.error
     from (select distinct on (account, kind, resource) * from sync.runs
       where account = any($1) ${only === 'running' ? "and outcome = 'running'" : ''} order by account, kind, resource, started_at desc, id desc) r
     order by r.started_at desc, r.id desc`,
    [accounts],
  );
}

/** The limit that whoever last worked on each account kept to. */
export function readLimits(
  tx: Transaction,
  accounts: readonly string[],
): Promise<Array<{ account: string; limit: number; windowMs: number }>> {
  return tx.query(
    `select account, rate_limit as "limit", rate_window_ms as "windowMs" from sync.accounts
     where account = any($1) and rate_limit is not null`,
    [accounts],
  );
}

/** Requests booked in the account's current window. */
export function readBudgets(
  tx: Transaction,
  accounts: readonly string[],
  windowsMs: readonly number[],
): Promise<Array<{ account: string; used: number }>> {
  return tx.query(
    `select w.account, coalesce(sum(b.units), 0)::int as used
     from unnest($1::text[], $2::float8[]) w (account, ms)
     left join sync.request_blocks b on b.account = w.account
       and b.booked_at > clock_timestamp() - w.ms * interval '1 ms'
     group by 1`,
    [accounts, windowsMs],
  );
}

export function readConflicts(
  tx: Transaction,
  accounts: readonly string[],
): Promise<Array<{ account: string; kind: string; open: number }>> {
  return tx.query(
    `select account, kind, count(*)::int as open from sync.conflicts
     where resolved_at is null and account = any($1) group by 1, 2 order by 1, 2`,
    [accounts],
  );
}

export function readQuarantined(
  tx: Transaction,
  accounts: readonly string[],
): Promise<Array<{ account: string; rows: number }>> {
  return tx.query(
    'select account, count(*)::int as rows from sync.quarantine where account = any($1) group by 1',
    [accounts],
  );
}

interface Counted {
  account: string;
  rows: number;
}

/** Rows of the ATS that changed since somebody looked at them, and what is open of all. */
export async function readAts(
  tx: Transaction,
  accounts: readonly string[],
): Promise<{ queued: Counted[]; issues: Counted[] }> {
  return {
    queued: await tx.query(
      `select q.account, count(*)::int as rows
       from (select distinct account, resource, ats_id from sync.desired_queue where account = any($1)) q
       where (select d.state from sync.desired_rows d
         where d.account = q.account and d.resource = q.resource and d.ats_id = q.ats_id) is distinct from 'pending'
       group by 1`,
      [accounts],
    ),
    issues: await tx.query(
      `select account, count(*)::int as rows from sync.issues
       where account = any($1) and resolved_at is null group by 1`,
      [accounts],
    ),
  };
}

/** Since when the account's own key is known to have lost its administrator right. */
export function readDemotions(
  tx: Transaction,
  accounts: readonly string[],
): Promise<Array<{ account: string; at: Date }>> {
  return tx.query(
    `select account, key_demoted_at as at from sync.accounts where account = any($1) and key_demoted_at is not null`,
    [accounts],
  );
}

/** Accounts whose database is somewhere else than before, or for which another installation works. */
export function readPlaces(
  tx: Transaction,
  accounts: readonly string[],
): Promise<Array<{ account: string; movedAt: Date | null; others: Array<string | null> }>> {
  return tx.query(
    `select account, moved_at as "movedAt",
       coalesce(jsonb_path_query_array(others, '$[*].url'), '[]') as others
     from sync.accounts where account = any($1) and (moved_at is not null or others is not null)`,
    [accounts],
  );
}

/** Stored keys of users, each in one of these. @param keyIds encryption keys that can be read with */
export function readUserKeys(
  tx: Transaction,
  accounts: readonly string[],
  keyIds: readonly string[],
): Promise<Array<{ account: string; usable: number; refused: number; unreadable: number; idle: number }>> {
  return tx.query(
    `select account, count(*) filter (where what = 'usable')::int as usable,
       count(*) filter (where what = 'refused')::int as refused,
       count(*) filter (where what = 'unreadable')::int as unreadable,
       count(*) filter (where what = 'idle')::int as idle
     from (select k.account, case
         when not k.key_id = any($2) then 'unreadable'
         when k.state = 'refused' then 'refused'
         when m.deleted_at is not null or m.active = false then 'idle'
         else k.state end as what
       from sync.user_keys k left join sparkhire.users m on m.account = k.account and m.uuid = k.user_uuid
       where k.account = any($1) and k.state in ('usable', 'refused')) k
     group by 1`,
    [accounts, keyIds],
  );
}

/** Fields that came in another form than promised, of late; what cannot be read first. */
export function readOddFields(
  tx: Transaction,
  accounts: readonly string[],
): Promise<Array<KnownOddField & { account: string; lastSeenAt: Date }>> {
  return tx.query(
    `select account, route, field, sample, read_as as "readAs", last_seen_at as "lastSeenAt"
     from sync.odd_fields where account = any($1) and last_seen_at > now() - $2 * interval '1 day'
     order by account, read_as is not null, field <> 'updated_at', route, field`,
    [accounts, oddFieldsDays],
  );
}

export interface WebhookRow {
  account: string;
  registered: boolean;
  url: string | null;
  registeredAt: Date | null;
  waiting: number;
  oldestWaitingAt: Date | null;
  lastReceivedAt: Date | null;
}

export function readWebhooks(tx: Transaction, accounts: readonly string[]): Promise<WebhookRow[]> {
  return tx.query<WebhookRow>(
    `with waiting as (
       select account, count(*)::int as events, min(received_at) as oldest
       from sync.webhook_events where state = 'waiting' group by 1),
     ours as (
       select distinct on (account) account, url, registered_at, uuid is not null and registered_at is not null as there
       from sync.webhooks where ended_at is null order by account, registered_at desc nulls last)
     select a.account, coalesce(o.there, false) as registered, o.url, o.registered_at as "registeredAt",
       coalesce(w.events, 0) as waiting, w.oldest as "oldestWaitingAt", r.latest as "lastReceivedAt"
     from unnest($1::text[]) a (account) left join ours o using (account) left join waiting w using (account)
     left join lateral (select received_at as latest from sync.webhook_events
       where account = a.account order by received_at desc limit 1) r on true`,
    [accounts],
  );
}
