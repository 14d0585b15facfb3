/** All rows that are not in step, grouped by what is at the beginning of their waiting. */
import { type Database, query } from '../db/database.js';
import type { RowState } from '../reconcile/types.js';
import {
  type AlikeRows,
  type CauseGroup,
  groupByCause,
  heldPlan,
  idOf,
  saidAlike,
  spoken,
} from './causes.js';
import { remedyOf } from './remedies.js';
import { lookUp, reasonsIn, saidOf, type Told, waitsForOthers } from './said.js';
import {
  causeOf,
  readStandstills,
  readUnprocessed,
  type Standstill,
  type Unprocessed,
} from './standstill.js';
import { writersOf } from './writers.js';

/** What is not in step: these, and rows with an action that a held plan keeps. */
export const issueStates = ['held', 'rejected', 'conflict', 'in_flight', 'pending'] as const;

export interface IssuesFilter {
  /** Only of this account. */
  account?: string;
  /** Only rows in this state. */
  state?: (typeof issueStates)[number];
  /** All rows of each group, not just the oldest. */
  all?: boolean;
}

/** A group as `issues --json` prints it. */
export interface IssueGroup {
  account: string;
  /** Code of the issue at the beginning; IN_FLIGHT of a write that is on its way, or whose answer was lost. */
  code: string;
  root: {
    /** Table of schema ats, share_links for those of requests, plan, or account: its rounds fail. */
    resource: string;
    /** null: it is about no single row. */
    ats_id: string | null;
    /** Title of a job, name of a user or candidate. */
    name: string | null;
    field: string | null;
    /** null: the row is only named by others, and nothing is wrong with it, or it is not there. */
    state: RowState | null;
    /** Number of the conflict that is to be decided. */
    conflict: number | null;
  };
  /** How many rows are at the beginning; `root` is the oldest of them. */
  roots: number;
  message: string;
  remedy: string;
  waits_for: 'person' | 'itself';
  /** Since when the oldest row waits. RFC 3339, UTC. */
  since: string;
  /** How many rows it keeps, those at the beginning too. */
  count: number;
  /** The oldest of them; all with `all`. `message` where it differs from that of the group. */
  rows: Array<{ resource: string; ats_id: string; state: RowState; since: string; message?: string }>;
}

/** So many rows of a group are named unless all are asked for. */
const mostNamed = 20;

/**
 * Groups, oldest first; what keeps a whole account before them. Five statements, and one more for each link of the longest
 * chain, and where the rounds of an account fail.
 */
export async function readIssues(db: Database, filter: IssuesFilter = {}): Promise<IssueGroup[]> {
  const most = filter.all === true ? null : mostNamed;
  const read = await readAlike(db, filter, most);
  const first = ({ account, resource, rows }: AlikeRecord) => ({ account, resource, atsId: rows[0]!.ats_id });
  const found = await lookUp(db, read.filter(needsLook).map(first));
  const alike = read.flatMap((record): AlikeRows[] => {
    const { rows, state, count, since } = record;
    const key = first(record);
    const known = needsLook(record) ? found.get(idOf(key))?.said : null;
    // It came into step between two statements.
    if (known === null && needsLook(record)) return [];
    const said = known ?? { key, state, name: null, reasons: reasonsIn(rows[0]!.told ?? []), conflicts: [] };
    return [{ ...said, count, since, rows: rows.map(asRow) }];
  });
  const groups = groupByCause(alike, saidOf(found), most ?? undefined);
  const roots = await lookUp(
    db,
    groups.flatMap(({ root: { row, name } }) => (name === null && row.resource !== heldPlan ? [row] : [])),
  );
  const writers = await writersOf(
    db,
    groups.map(({ root }) => root.row),
  );
  const causes = groups.map((group) => {
    const id = idOf(group.root.row);
    return told(group, group.root.name ?? roots.get(id)?.name ?? null, writers.get(id) ?? null);
  });
  const isAsked = filter.state === undefined || filter.state === 'pending';
  const still = isAsked ? await readStandstills(db, filter.account ?? null) : [];
  const names = still.map(({ account }) => account);
  const kept = still.length === 0 ? [] : await readUnprocessed(db, names, most);
  return [...kept.map((rows) => ofAccount(still[names.indexOf(rows.account)]!, rows)), ...causes];
}

/** Rows that nobody looks at as long as the account's rounds fail. */
function ofAccount(still: Standstill, { count, rows }: Unprocessed): IssueGroup {
  const cause = causeOf(still);
  return {
    ...cause,
    account: still.account,
    root: { ...cause.root, state: null },
    roots: 1,
    since: still.since.toISOString(),
    count,
    rows: rows.map((row) => ({ ...row, state: 'pending' })),
  };
}

interface AlikeRecord {
  account: string;
  resource: string;
  state: RowState;
  codes: string[];
  count: number;
  since: Date;
  rows: Array<{ ats_id: string; since: Date; told: Told | null }>;
}

/** Whether the row waits for others, or has a conflict or a write: of its own values all is told already. */
function needsLook({ codes, state }: AlikeRecord): boolean {
  return state === 'in_flight' || codes.some((code) => code === 'DECISION_NEEDED' || waitsForOthers(code));
}

function asRow({ ats_id: atsId, since, told }: AlikeRecord['rows'][number]) {
  return { atsId, since, messages: (told ?? []).map(([, , message]) => message) };
}

interface ReadRow extends Omit<AlikeRecord, 'rows' | 'codes'> {
  alike: string;
  ats_id: string;
  told: Told | null;
}

/**
 * Rows by what is said of them, the oldest first. What is wrong with a row's own values is told with these, so only code and
 * column count there: as numbers, which cost half of what texts do. What is said is gathered for the rows that are named alone.
 */
async function readAlike(
  db: Database,
  { account, state }: IssuesFilter,
  most: number | null,
): Promise<AlikeRecord[]> {
  const rows = await query<ReadRow>(
    db,
    `with said as (
       select account, resource, ats_id, min(opened_at) as since,
         bit_xor(hashtextextended(code || ' ' || coalesce(field, '') || ' ' || case when code = any($4) then message else '' end
           || case when code = 'DECISION_NEEDED' and resource in ('users', 'jobs') then ats_id else '' end, 0)) as mark
       from sync.issues where resolved_at is null and ($1::text is null or account = $1)
       group by account, resource, ats_id)
     select r.*, w.told
     from (
       select q.*, row_number() over (partition by alike order by since, ats_id collate "C") as place,
         count(*) over (partition by alike)::int as count
       from (
         select d.account, d.resource, d.ats_id, d.state, coalesce(s.since, d.updated_at) as since,
           hashtextextended(d.state || ' ' || d.resource || ' ' || d.account, coalesce(s.mark, 0)) as alike
         from sync.desired_rows d
         left join said s on s.account = d.account and s.resource = d.resource and s.ats_id = d.ats_id
         where d.state in ('pending', 'held', 'rejected', 'conflict', 'in_flight')
           and ($1::text is null or d.account = $1) and ($2::text is null or d.state = $2)
           and (s.mark is not null or d.state <> 'pending')) q
     ) r
     left join lateral (
       select array_agg(array[i.code, coalesce(i.field, ''), i.message] order by coalesce(i.field, ''), i.id) as told
       from sync.issues i
       where i.account = r.account and i.resource = r.resource and i.ats_id = r.ats_id and i.resolved_at is null) w on true
     where $3::int is null or r.place <= $3
     order by r.alike, r.place`,
    [account ?? null, state ?? null, most, [...saidAlike]],
  );
  const alike = new Map<string, AlikeRecord>();
  for (const { alike: key, ats_id, told, ...row } of rows) {
    const record = alike.get(key) ?? { ...row, codes: (told ?? []).map(([code]) => code), rows: [] };
    alike.set(key, record);
    record.rows.push({ ats_id, since: row.since, told });
  }
  return [...alike.values()];
}

function told(
  { root, roots, since, count, rows }: CauseGroup,
  name: string | null,
  source: string | null,
): IssueGroup {
  const { text, waitsFor } = remedyOf(root, roots, source);
  return {
    account: root.row.account,
    code: root.code,
    root: {
      resource: root.row.resource,
      ats_id: root.row.atsId === '' ? null : root.row.atsId,
      name,
      field: root.field,
      state: root.state,
      conflict: root.conflict?.id ?? null,
    },
    roots,
    message: spoken(root),
    remedy: text,
    waits_for: waitsFor,
    since: since.toISOString(),
    count,
    rows: rows.map(({ resource, atsId, state, since: at, message }) => ({
      resource,
      ats_id: atsId,
      state,
      since: at.toISOString(),
      ...(message === null ? {} : { message }),
    })),
  };
}
