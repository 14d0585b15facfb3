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
    /** Table of schema ats, share_links for those of requests, or plan. */
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

/** Groups, oldest first. Three statements, and one more for each link of the longest chain. */
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
    return [{ ...said, count, since: new Date(since), rows: rows.map(asRow) }];
  });
  const groups = groupByCause(alike, saidOf(found), most ?? undefined);
  const roots = await lookUp(
    db,
    groups.flatMap(({ root: { row, name } }) => (name === null && row.resource !== heldPlan ? [row] : [])),
  );
  return groups.map((group) => told(group, group.root.name ?? roots.get(idOf(group.root.row))?.name ?? null));
}

interface AlikeRecord {
  account: string;
  resource: string;
  state: RowState;
  codes: string[];
  count: number;
  since: string;
  rows: Array<{ ats_id: string; since: string; told: Told | null }>;
}

/** Whether the row waits for others, or has a conflict or a write: of its own values all is told already. */
function needsLook({ codes, state }: AlikeRecord): boolean {
  return state === 'in_flight' || codes.some((code) => code === 'DECISION_NEEDED' || waitsForOthers(code));
}

function asRow({ ats_id: atsId, since, told }: AlikeRecord['rows'][number]) {
  return { atsId, since: new Date(since), messages: (told ?? []).map(([, , message]) => message) };
}

/**
 * Rows by what is said of them. What is wrong with a row's own values is told with these, so only code and column count
 * there.
 */
function readAlike(
  db: Database,
  { account, state }: IssuesFilter,
  most: number | null,
): Promise<AlikeRecord[]> {
  return query<AlikeRecord>(
    db,
    `with told as (
       select account, resource, ats_id, array_agg(array[code, coalesce(field, ''), message]) as told,
         min(opened_at) as since, array_agg(code) as codes,
         md5(string_agg(concat_ws(' ', code, field, case when code = any($4) then message end,
           case when code = 'DECISION_NEEDED' and resource in ('users', 'jobs') then ats_id end), ' '))::uuid as alike
       from sync.issues where resolved_at is null and ($1::text is null or account = $1)
       group by account, resource, ats_id)
     select account, resource, state, min(coalesce(codes, '{}')) as codes, count(*)::int as count, min(since) as since,
       jsonb_agg(jsonb_build_object('ats_id', ats_id, 'since', since, 'told', told) order by place)
         filter (where $3::int is null or place <= $3) as rows
     from (
       select d.account, d.resource, d.ats_id, d.state, t.told, t.alike, t.codes, coalesce(t.since, d.updated_at) as since,
         row_number() over (partition by t.alike, d.state collate "C", d.resource collate "C", d.account collate "C"
           order by coalesce(t.since, d.updated_at), d.ats_id collate "C") as place
       from sync.desired_rows d
       left join told t on t.account = d.account and t.resource = d.resource and t.ats_id = d.ats_id
       where d.state in ('pending', 'held', 'rejected', 'conflict', 'in_flight')
         and ($1::text is null or d.account = $1) and ($2::text is null or d.state = $2)
         and (t.told is not null or d.state <> 'pending')
     ) waiting
     group by account, resource, state, alike`,
    [account ?? null, state ?? null, most, [...saidAlike]],
  );
}

function told({ root, roots, since, count, rows }: CauseGroup, name: string | null): IssueGroup {
  const { text, waitsFor } = remedyOf(root, roots);
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
