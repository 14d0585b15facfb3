/** What is said of rows of the ATS, looked up by their keys, and of the rows that they wait for. */
import { type Database, query } from '../db/database.js';
import type { RowState } from '../reconcile/types.js';
import { idOf, type NamedRow, type OpenConflict, type Reason, type RowKey, type Said } from './causes.js';

/** Code, column or '', message: as PostgreSQL gathers the open issues of a row. */
export type Told = Array<[code: string, field: string, message: string]>;

export interface LookedUp {
  key: RowKey;
  isThere: boolean;
  isLinked: boolean;
  name: string | null;
  said: Said | null;
}

interface Record {
  account: string;
  resource: string;
  ats_id: string;
  state: RowState | null;
  told: Told | null;
  linked: boolean;
  there: boolean;
  name: string | null;
  job: string | null;
  person: string | null;
  package: string | null;
  shown: string[] | null;
  action: string | null;
  sent: string | null;
  conflicts: OpenConflict[] | null;
}

const unsettled: ReadonlySet<string> = new Set(['pending', 'held', 'rejected', 'conflict', 'in_flight']);

/**
 * Looks rows up with all that they wait for, however long the chain: one statement for each link of it.
 * @returns by `idOf`
 */
export async function lookUp(db: Database, keys: readonly RowKey[]): Promise<Map<string, LookedUp>> {
  const found = new Map<string, LookedUp>();
  const records: Record[] = [];
  let next = [...new Map(keys.map((key) => [idOf(key), key])).values()];
  while (next.length > 0) {
    const read = await readRows(db, next);
    for (const record of read) {
      const key = { account: record.account, resource: record.resource, atsId: record.ats_id };
      found.set(idOf(key), {
        key,
        isThere: record.there,
        isLinked: record.linked,
        name: record.name,
        said: null,
      });
    }
    records.push(...read);
    const named = read.flatMap((record) => (isWaiting(record) ? refsOf(record).map(({ key }) => key) : []));
    next = [...new Map(named.map((key) => [idOf(key), key])).values()].filter((key) => !found.has(idOf(key)));
  }
  for (const record of records) {
    if (!isWaiting(record)) continue;
    const one = found.get(
      idOf({ account: record.account, resource: record.resource, atsId: record.ats_id }),
    )!;
    one.said = {
      key: one.key,
      state: record.state!,
      name: record.name,
      reasons: reasonsOf(record, found),
      conflicts: record.conflicts ?? [],
    };
  }
  return found;
}

const isWaiting = ({ state }: Record) => state !== null && unsettled.has(state);

/** What is said of those that were looked up, as `rootsOf` wants it. */
export function saidOf(found: ReadonlyMap<string, LookedUp>): Map<string, Said> {
  return new Map([...found].flatMap(([id, { said }]) => (said === null ? [] : [[id, said] as const])));
}

async function readRows(db: Database, keys: readonly RowKey[]): Promise<Record[]> {
  // Each limit holds the planner to one look into an index for each row.
  const ats = (table: string, resource: string, columns: string) =>
    `left join lateral (select true as there, ${columns} from ats.${table} where k.resource = '${resource}'
       and account = k.account and ats_id = k.ats_id limit 1) ${table} on true`;
  return query<Record>(
    db,
    `select k.account, k.resource, k.ats_id, d.state, l.there is true as linked, w.told, c.conflicts, t.action, t.sent,
       (users.there or jobs.there or interviews.there or packages.there or share_requests.there) is true as there,
       coalesce(users.name, jobs.title, interviews.candidate_name) as name,
       interviews.job_ats_id as job, coalesce(interviews.requested_by_ats_id, jobs.owner_ats_id) as person,
       interviews.package, share_requests.interview_ats_ids as shown
     from unnest($1::text[], $2::text[], $3::text[]) as k(account, resource, ats_id)
     left join lateral (select state from sync.desired_rows
       where account = k.account and resource = k.resource and ats_id = k.ats_id limit 1) d on true
     left join lateral (select true as there from sync.links
       where account = k.account and resource = k.resource and ats_id = k.ats_id limit 1) l on true
     left join lateral (select array_agg(array[i.code, coalesce(i.field, ''), i.message] order by coalesce(i.field, ''), i.id) as told from sync.issues i
       where i.account = k.account and i.resource = k.resource and i.ats_id = k.ats_id and i.resolved_at is null) w on true
     left join lateral (select jsonb_agg(jsonb_build_object('id', id, 'kind', kind, 'field', field) order by id) as conflicts
       from sync.conflicts where account = k.account and resource = k.resource and ats_id = k.ats_id and resolved_at is null) c on true
     left join lateral (select action, state as sent from sync.intents where d.state = 'in_flight'
       and account = k.account and resource = k.resource and ats_id = k.ats_id
       and state in ('prepared', 'sent', 'unknown') limit 1) t on true
     ${ats('users', 'users', 'name')}
     ${ats('jobs', 'jobs', 'title, owner_ats_id')}
     ${ats('interviews', 'interviews', 'candidate_name, job_ats_id, requested_by_ats_id, package')}
     left join lateral (select true as there from ats.packages where k.resource = 'packages'
       and account = k.account and package = k.ats_id limit 1) packages on true
     left join lateral (select true as there, interview_ats_ids from ats.share_requests where k.resource = 'share_links'
       and account = k.account and ats_id = regexp_replace(k.ats_id, '/[^/]*$', '') limit 1) share_requests on true`,
    [keys.map((key) => key.account), keys.map((key) => key.resource), keys.map((key) => key.atsId)],
  );
}

interface Ref {
  /** Column that names it; null: no column does. */
  field: string | null;
  key: RowKey;
  /** How messages call it. */
  called: string;
}

function refsOf({ account, resource, job, person, package: named, shown, told }: Record): Ref[] {
  const refs: Ref[] = [];
  const add = (field: string | null, of: string, atsId: string | null, noun: string) => {
    if (atsId !== null && atsId !== '')
      refs.push({ field, key: { account, resource: of, atsId }, called: `${noun} ${atsId}` });
  };
  add('job_ats_id', 'jobs', job, 'job');
  add(resource === 'jobs' ? 'owner_ats_id' : 'requested_by_ats_id', 'users', person, 'user');
  add('package', 'packages', named, 'package');
  for (const atsId of shown ?? []) add('interview_ats_ids', 'interviews', atsId, 'interview');
  // Rows that may be the same under another key, or have the same address.
  for (const [, , message] of told ?? []) {
    const [, other] = /\bwaits for (?:the user of )?row (.+?)(?:,|:)/i.exec(message) ?? [];
    if (other !== undefined)
      add(null, resource, resource === 'share_links' && !other.includes('/') ? `${other}/` : other, 'row');
  }
  return refs;
}

/** Whether an issue says that the row waits for what it names; others are about its own values. */
export const waitsForOthers = (code: string) => code === 'UNKNOWN_REFERENCE' || code === 'PLAN_LIMIT';

/** Issues as reasons. @param needsOf rows that one of them names; none unless given */
export function reasonsIn(
  told: Told,
  needsOf: (field: string | null, message: string) => NamedRow[] = () => [],
): Reason[] {
  return told.map(([code, column, message]) => {
    const field = column === '' ? null : column;
    const needs = waitsForOthers(code) ? needsOf(field, message) : [];
    return { code: code as Reason['code'], field, message, needs };
  });
}

function reasonsOf(record: Record, found: ReadonlyMap<string, LookedUp>): Reason[] {
  const refs = refsOf(record);
  const reasons = reasonsIn(record.told ?? [], (field, message) =>
    refs.filter((ref) => isMeant(ref, field, message)).flatMap(({ key }) => named(found.get(idOf(key)))),
  );
  if (record.action !== null && reasons.length === 0)
    reasons.push({ code: 'IN_FLIGHT', field: null, message: inFlight(record), needs: [] });
  return reasons;
}

function named(row: LookedUp | undefined): NamedRow[] {
  return row === undefined
    ? []
    : [{ ...row.key, isThere: row.isThere, isLinked: row.isLinked, name: row.name }];
}

/** A column names one row; what is said of no column, or of a list, names the rows that are meant. */
function isMeant({ field, called }: Ref, column: string | null, message: string): boolean {
  if (column !== null && column !== 'interview_ats_ids') return field === column;
  if (column !== null && field !== column) return false;
  const at = message.toLowerCase().indexOf(called.toLowerCase());
  return at >= 0 && !/^[\p{L}\p{N}_-]/u.test(message.slice(at + called.length));
}

function inFlight({ action, sent }: Record): string {
  return sent === 'unknown'
    ? `The answer to "${action}" was lost: what became of it is being looked for.`
    : `"${action}" is being sent to Spark Hire.`;
}
