import { Command, InvalidArgumentError, Option } from 'commander';
import { chooseAccounts } from '../../config.js';
import {
  type ConflictRow,
  type Decidable,
  decidedOf,
  distinct,
  findConflict,
  listConflicts,
  resolveConflicts,
} from '../../conflicts/conflicts.js';
import { invitationsBehind, type Named, namesOf } from '../../conflicts/names.js';
import type { Database } from '../../db/database.js';
import { SyncError } from '../../errors.js';
import { conflictKinds } from '../../reconcile/conflict-kinds.js';
import { refuseUnknown, withCommonFlags } from '../common-flags.js';
import { exitCodes, type Invocation } from '../invocation.js';
import { personOf, type ReasonFlag, userName, withReason } from '../person.js';
import { describeCoded } from '../report/report.js';
import { widthOf } from '../report/terminal.js';
import { type CommonOptions, settingsFor, withDatabase } from '../runtime.js';
import { listWords, resolvedWords, showWords } from './conflicts-words.js';

export function conflictsCommand(invocation: Invocation): Command {
  const list = subcommand('list')
    .description('decisions waiting for you (default)')
    .option('--all', 'resolved ones too')
    // Of `conflicts x` commander would speak of `list`, which nobody named.
    .allowExcessArguments()
    .hook('preAction', ({ args, parent }) => {
      if (args.length > 0) refuseUnknown(parent!, args);
    })
    .action((flags) => listAction(invocation, flags));
  const show = subcommand('show')
    .description('show one conflict: what happened, and your choices')
    .argument('<id>', 'its number', idArgument)
    .action((id, flags) => showAction(invocation, id, flags));
  const resolve = withReason(subcommand('resolve'))
    .description('decide one conflict, or several the same way')
    .argument('[id...]', 'numbers, or number.revision as the list names them', severalArgument)
    .addOption(new Option('--kind <kind>', 'all open ones of this kind').choices(Object.keys(conflictKinds)))
    .option('--resource <resource>', 'with --kind: only of these, such as interviews')
    .requiredOption('--take <choice>', 'ats, sparkhire, or another choice that `show` names')
    .action((ids: Decidable[] | undefined, flags) => resolveAction(invocation, ids ?? [], flags));
  return new Command('conflicts')
    .description('decisions waiting for you: list, show, resolve')
    .addCommand(list, { isDefault: true })
    .addCommand(show)
    .addCommand(resolve);
}

function subcommand(name: string): Command {
  return withCommonFlags(new Command(name), 'only of this account (default: all)');
}

function decidedArgument(text: string): Decidable {
  const decided = decidedOf(text);
  if (decided !== null) return decided;
  throw new InvalidArgumentError('A conflict has a whole number; `sparkhire-sync conflicts` lists them.');
}

function idArgument(text: string): number {
  return decidedArgument(text).id;
}

function severalArgument(text: string, before: Decidable[] = []): Decidable[] {
  return [...before, decidedArgument(text)];
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
  const all = flags.all === true;
  const [rows, names] = await inDatabase(invocation, flags, async (db) => {
    const found = await listConflicts(db, { accounts: accountsIn(flags), all });
    return [found, await namesFor(db, found, flags)] as const;
  });
  if (rows.length === 0 && flags.account !== undefined) {
    const settings = settingsFor(invocation, flags, false);
    if (settings.accounts.length > 0) chooseAccounts(settings, flags.account);
  }
  print(invocation, rows, flags, () => listWords(rows, names, all, widthOf(invocation.stdout)));
}

async function showAction(invocation: Invocation, id: number, flags: CommonOptions): Promise<void> {
  const [row, names, behind] = await inDatabase(invocation, flags, async (db) => {
    const found = await findConflict(db, id, accountsIn(flags));
    return [found, await namesFor(db, [found], flags), await invitationsBehind(db, found)] as const;
  });
  print(invocation, [row], flags, () => showWords(row, names.get(row.id), behind));
}

const accountsIn = ({ account }: CommonOptions) => (account === undefined ? undefined : [account]);

/** Names are for people: programs get the rows of the table. */
function namesFor(
  db: Database,
  rows: readonly ConflictRow[],
  { json }: CommonOptions,
): Promise<Map<number, Named>> {
  return json ? Promise.resolve(new Map()) : namesOf(db, rows);
}

type ResolveFlags = CommonOptions & ReasonFlag & { take: string; kind?: string; resource?: string };

async function resolveAction(
  invocation: Invocation,
  named: readonly Decidable[],
  flags: ResolveFlags,
): Promise<void> {
  const { take, kind, resource } = flags;
  if (kind === undefined && resource !== undefined) {
    throw new SyncError('USAGE', '`--resource` narrows `--kind`, which is missing.', {
      remedy: 'Give a kind as well, or name conflicts by their numbers alone.',
    });
  }
  if (kind === undefined && named.length === 0) {
    throw new SyncError('USAGE', 'No conflict is named, and no kind of them.', {
      remedy:
        'Name their numbers, or all of a kind with `--kind KIND`; `sparkhire-sync conflicts` lists them.',
    });
  }
  const answer = { take, by: userName(), person: personOf(flags), accounts: accountsIn(flags) };
  const { resolved, refused } = await inDatabase(invocation, flags, async (db) => {
    // Of a kind those are meant whose values are as they were when they were opened: others have to be named.
    const ofKind = kind === undefined ? [] : await openOfKind(db, kind, flags);
    return resolveConflicts(db, distinct([...named, ...ofKind]), answer);
  });
  // One by itself fails as any command does.
  const [only] = refused;
  if (only !== undefined && named.length === 1 && kind === undefined) throw only.error;
  const told = refused.map(({ id, error: { code, message, remedy } }) => ({
    id,
    error: { code, message, remedy },
  }));
  if (flags.json) invocation.stdout.write(`${JSON.stringify([...resolved, ...told])}\n`);
  else if (resolved.length > 0) invocation.stdout.write(`${resolvedWords(resolved)}\n`);
  else if (refused.length === 0) invocation.stdout.write(`No conflict of the kind ${kind} is open.\n`);
  for (const { error } of refused) invocation.stderr.write(`${describeCoded(error)}\n`);
  if (refused.length > 0) invocation.exitCode = exitCodes.failed;
}

async function openOfKind(db: Database, wanted: string, flags: ResolveFlags): Promise<Decidable[]> {
  const { resource: of } = flags;
  const open = await listConflicts(db, { accounts: accountsIn(flags) });
  return open.flatMap(({ id, kind, resource }) =>
    kind === wanted && (of === undefined || resource === of) ? [{ id }] : [],
  );
}
