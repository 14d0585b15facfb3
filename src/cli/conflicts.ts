import { Command, InvalidArgumentError } from 'commander';
import { chooseAccounts } from '../config.js';
import { invitationsBehind } from '../conflicts/behind.js';
import { explain } from '../conflicts/choices.js';
import {
  type ConflictRow,
  type Decision,
  decidableName,
  findConflict,
  listConflicts,
  resolveConflict,
  sentence,
} from '../conflicts/conflicts.js';
import type { Database } from '../db/database.js';
import type { Invocation } from './invocation.js';
import { personOf, type ReasonFlag, userName, withReason } from './person.js';
import { type CommonOptions, settingsFor, withDatabase } from './runtime.js';

export function conflictsCommand(invocation: Invocation): Command {
  const list = subcommand('list')
    .description('decisions waiting for you (default)')
    .option('--all', 'resolved ones too')
    .action((flags) => listAction(invocation, flags));
  const show = subcommand('show')
    .description('one conflict: what happened, and what can be decided')
    .argument('<id>', 'its number', idArgument)
    .action((id, flags) => showAction(invocation, id, flags));
  const resolve = withReason(subcommand('resolve'))
    .description('decide one conflict')
    .argument('<id>', 'its number, or number.revision as `show` names it', decidedArgument)
    .requiredOption('--take <choice>', 'ats, sparkhire, or another choice that `show` names')
    .action((id, flags) => resolveAction(invocation, id, flags));
  return new Command('conflicts')
    .description('decisions waiting for you: list, show, resolve')
    .addCommand(list, { isDefault: true })
    .addCommand(show)
    .addCommand(resolve);
}

function subcommand(name: string): Command {
  return new Command(name)
    .option('--account <name>', 'only of this account (default: all)')
    .option('--config <file>', 'settings over config/default.yaml')
    .option('--json', "the table's rows as JSON on stdout");
}

function idArgument(text: string): number {
  const id = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(id)) {
    throw new InvalidArgumentError('A conflict has a whole number; `sparkhire-sync conflicts` lists them.');
  }
  return id;
}

/** The number alone stands for the values it was opened with. */
function decidedArgument(text: string): Pick<Decision, 'id' | 'revision'> {
  const [number, revision] = /^(.*)\.(\d+)$/.exec(text)?.slice(1) ?? [text];
  const id = idArgument(number!);
  return revision === undefined ? { id } : { id, revision: Number(revision) };
}

function inDatabase<T>(
  invocation: Invocation,
  flags: CommonOptions,
  work: (db: Database) => Promise<T>,
): Promise<T> {
  // Looking and deciding needs the database only, no key.
  const settings = settingsFor(invocation, flags, false);
  return withDatabase(invocation, settings, ({ db }) => work(db));
}

function print({ stdout }: Invocation, rows: ConflictRow[], flags: CommonOptions, words: () => string): void {
  stdout.write(flags.json ? `${JSON.stringify(rows)}\n` : `${words()}\n`);
}

async function listAction(invocation: Invocation, flags: CommonOptions & { all?: boolean }): Promise<void> {
  const rows = await inDatabase(invocation, flags, (db) =>
    listConflicts(db, { account: flags.account, all: flags.all === true }),
  );
  if (rows.length === 0 && flags.account !== undefined) {
    const settings = settingsFor(invocation, flags, false);
    if (settings.accounts.length > 0) chooseAccounts(settings, flags.account);
  }
  print(invocation, rows, flags, () => tableOf(rows, flags.all === true));
}

async function showAction(invocation: Invocation, id: number, flags: CommonOptions): Promise<void> {
  const [row, behind] = await inDatabase(invocation, flags, async (db) => {
    const found = await findConflict(db, id, flags.account);
    return [found, await invitationsBehind(db, found)] as const;
  });
  print(invocation, [row], flags, () => describe(row, behind));
}

async function resolveAction(
  invocation: Invocation,
  decided: Pick<Decision, 'id' | 'revision'>,
  flags: CommonOptions & ReasonFlag & { take: string },
): Promise<void> {
  const row = await inDatabase(invocation, flags, (db) =>
    resolveConflict(db, {
      ...decided,
      take: flags.take,
      by: userName(),
      person: personOf(flags),
      account: flags.account,
    }),
  );
  print(invocation, [row], flags, () => {
    const { next } = explanationOf(row);
    const was = sentence(`It was: ${row.reason ?? row.kind}`);
    return `Conflict ${row.id} is resolved: ${row.resolution}, by ${row.resolved_by}. ${was}\n${next}`;
  });
}

function explanationOf({ kind, resource, field, sparkhire_value, ats_value }: ConflictRow) {
  return explain({ kind, resource, field, seen: sparkhire_value, wanted: ats_value });
}

function time(text: string): string {
  return `${new Date(text).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function tableOf(rows: readonly ConflictRow[], all: boolean): string {
  if (rows.length === 0) return all ? 'There are no conflicts, and there were none.' : 'No open conflicts.';
  const head = [
    'id',
    'revision',
    'account',
    'resource',
    'kind',
    'opened',
    ...(all ? ['resolved'] : []),
    'reason',
  ];
  const cells = rows.map((row) => [
    String(row.id),
    String(row.revision),
    row.account,
    row.resource,
    row.kind,
    time(row.opened_at),
    ...(all ? [row.resolved_at === null ? 'open' : `${row.resolution} (${row.resolved_by})`] : []),
    row.reason ?? '',
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map((line) => line[i]!.length)));
  const lines = [head, ...cells].map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
  const open = rows.filter((row) => row.resolved_at === null);
  const hint = `What each means and what can be decided: sparkhire-sync conflicts show ${open[0]?.id}`;
  return [...lines, ...(open.length > 0 ? ['', hint] : [])].join('\n');
}

/** @param behind what hangs on it, as a sentence */
function describe(row: ConflictRow, behind: string | null): string {
  const { meaning, waiting, choices, next } = explanationOf(row);
  const facts: Array<[string, string | null]> = [
    ['account', row.account],
    ['resource', row.resource],
    ['ATS id', row.ats_id],
    ['uuid', row.uuid],
    ['field', row.field],
    ['opened', time(row.opened_at)],
    ['revision', row.revision === 1 ? null : `${row.revision}: its values have changed since`],
    ['reason', row.reason],
    ['seen', row.sparkhire_value === null ? null : JSON.stringify(row.sparkhire_value)],
    ['ATS value', row.ats_value === null ? null : JSON.stringify(row.ats_value)],
    ['base', row.base_value === null ? null : JSON.stringify(row.base_value)],
    [
      'resolved',
      row.resolved_at === null ? null : `${time(row.resolved_at)}, ${row.resolution}, by ${row.resolved_by}`,
    ],
  ];
  const lines = [`Conflict ${row.id}: ${row.kind}`, ''];
  for (const [name, value] of facts) if (value !== null) lines.push(`  ${name.padEnd(10)} ${value}`);
  lines.push('', ...meaning, ...(behind === null ? [] : [behind]));
  if (row.resolved_at !== null) return lines.join('\n');
  lines.push('', `Waiting: ${waiting}`);
  if (choices.length === 0) return lines.join('\n');
  lines.push('', 'To decide:');
  for (const { take, does } of choices) {
    lines.push(`  sparkhire-sync conflicts resolve ${decidableName(row)} --take ${take}`, `      ${does}`);
  }
  return [...lines, '', next].join('\n');
}
