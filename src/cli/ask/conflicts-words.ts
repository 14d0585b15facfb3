/** Conflicts for people: the list, one by itself, and what became of answers. Pure. */
import type { Choice } from '../../conflicts/choices.js';
import {
  type ConflictGroup,
  type ConflictRow,
  decidableName,
  explanationOf,
  groupConflicts,
  sentence,
} from '../../conflicts/conflicts.js';
import { type Named, nameOf } from '../../conflicts/names.js';
import { counted, wrapped } from '../../status/render/words.js';

type Names = ReadonlyMap<number, Named>;

const time = (text: string) => `${new Date(text).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** @param width columns of the terminal; null where it is none */
export function listWords(
  rows: readonly ConflictRow[],
  names: Names,
  all: boolean,
  width: number | null,
): string {
  if (rows.length === 0) return all ? 'There are no conflicts, and there were none.' : 'No open conflicts.';
  const withAccount = new Set(rows.map(({ account }) => account)).size > 1;
  const blocks = groupConflicts(rows).map((group) => groupLines(group, names, withAccount, width).join('\n'));
  const open = rows.filter((row) => row.resolved_at === null);
  const hint = `For details and choices: sparkhire-sync conflicts show ${open[0]?.id}`;
  return [...blocks, ...(open.length > 0 ? [broken(hint, width).join('\n')] : [])].join('\n\n');
}

const broken = (text: string, width: number | null, indent = 0) =>
  (width === null ? [text] : wrapped(text, Math.max(20, width - indent))).map(
    (line) => ' '.repeat(indent) + line,
  );

function groupLines(
  { account, resource, kind, field, reason, since, rows }: ConflictGroup,
  names: Names,
  withAccount: boolean,
  width: number | null,
): string[] {
  const head = [
    ...(withAccount ? [`account ${account}`] : []),
    counted(rows.length, 'conflict'),
    `${resource}: ${kind}${field === null ? '' : ` (${field})`}`,
    `since ${time(since)}`,
  ].join(' · ');
  const ids = Math.max(...rows.map((row) => decidableName(row).length));
  const lines = rows.flatMap((row) => {
    const [first, ...more] = broken(rowWords(row, names.get(row.id)), width, ids + 4);
    return [`  ${decidableName(row).padEnd(ids)}${first!.slice(ids + 2)}`, ...more];
  });
  return [
    ...broken(head, width),
    ...(reason === null ? [] : broken(reason, width, 2)),
    ...lines,
    ...decideLines(rows, width),
  ];
}

const longestValue = 40;
function value(side: unknown): string {
  const text = side === null ? '–' : JSON.stringify(side);
  return text.length <= longestValue ? text : `${text.slice(0, longestValue)}…`;
}

function rowWords(row: ConflictRow, named: Named | undefined): string {
  const { kind, resolved_at: done, ats_value: ats, sparkhire_value: seen } = row;
  const values =
    kind === 'field_diverged' ? ` · ATS ${value(ats)}, Spark Hire ${value(seen)}` : missingWords(named);
  const outcome = done === null ? '' : ` · ${row.resolution} (${row.resolved_by})`;
  return `${nameOf(row, named)}${values}${outcome}`;
}

function missingWords(named: Named | undefined): string {
  return named === undefined || named.missing.length === 0 ? '' : ` · missing: ${named.missing.join(', ')}`;
}

const mostNamed = 30;

/** What can be decided about all of them at once. */
function decideLines(rows: readonly ConflictRow[], width: number | null): string[] {
  const open = rows.filter((row) => row.resolved_at === null);
  if (open.length < 2 || open.length > mostNamed) return [];
  const takes = open.map((row) => explanationOf(row).choices.map(({ take }) => take));
  const common = takes[0]!.filter((take) => takes.every((one) => one.includes(take)));
  if (common.length === 0) return [];
  const command = `sparkhire-sync conflicts resolve ${open.map(decidableName).join(' ')} --take ${common.join('|')}`;
  return broken(`All at once: ${command}`, width, 2);
}

/** @param behind what hangs on it, as a sentence */
export function showWords(row: ConflictRow, named: Named | undefined, behind: string | null): string {
  const { meaning, waiting, choices, next } = explanationOf(row);
  const missing = named?.missing ?? [];
  const facts: Array<[string, string | null]> = [
    ['account', row.account],
    ['resource', row.resource],
    ['ATS id', row.ats_id],
    ['name', named?.name ?? null],
    ['job', named?.job ?? null],
    ['uuid', row.uuid],
    ['field', row.field],
    ['opened', time(row.opened_at)],
    ['revision', row.revision === 1 ? null : `${row.revision}: its values have changed since`],
    ['reason', row.reason],
    ['missing', missing.length === 0 ? null : missing.join(', ')],
    ['seen', row.sparkhire_value === null ? null : JSON.stringify(row.sparkhire_value)],
    ['ATS value', row.ats_value === null ? null : JSON.stringify(row.ats_value)],
    ['base', row.base_value === null ? null : JSON.stringify(row.base_value)],
    [
      'resolved',
      row.resolved_at === null ? null : `${time(row.resolved_at)}, ${row.resolution}, by ${row.resolved_by}`,
    ],
    [endOf(row), row.acted_at === null ? null : time(row.acted_at)],
  ];
  const lines = [`Conflict ${row.id}: ${row.kind}`, ''];
  for (const [name, text] of facts) if (text !== null) lines.push(`  ${name.padEnd(10)} ${text}`);
  lines.push('', ...meaning, ...(behind === null ? [] : [behind]));
  if (row.resolved_at !== null) return lines.join('\n');
  lines.push('', `Waiting: ${waiting}`, ...choiceLines(row, choices));
  return [...lines, '', next].join('\n');
}

/** What is said of when its answer ended. */
const endOf = ({ carried_out: carriedOut }: ConflictRow) =>
  carriedOut === null ? 'done with' : carriedOut ? 'done' : 'put aside';

function choiceLines(row: ConflictRow, choices: readonly Choice[]): string[] {
  if (choices.length === 0) return [];
  return [
    '',
    'To decide:',
    ...choices.flatMap(({ take, does }) => [
      `  sparkhire-sync conflicts resolve ${decidableName(row)} --take ${take}`,
      `      ${does}`,
    ]),
  ];
}

/** What was decided; what comes next is told once for those for which it is the same. */
export function resolvedWords(rows: readonly ConflictRow[]): string {
  const told = rows.map((row) => {
    const was = sentence(`It was: ${row.reason ?? row.kind}`);
    return `Conflict ${row.id} is resolved: ${row.resolution}, by ${row.resolved_by}. ${was}`;
  });
  return [...told, ...new Set(rows.map((row) => explanationOf(row).next))].join('\n');
}
