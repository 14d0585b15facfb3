import { Command, Option } from 'commander';
import { chooseAccounts } from '../../config.js';
import { nouns } from '../../reconcile/types.js';
import { count, counted, utc, wrapped } from '../../status/render/words.js';
import { type IssueGroup, type IssuesFilter, issueStates, readIssues } from '../../story/issues.js';
import { readUnprocessed } from '../../story/standstill.js';
import { naturally } from '../../text/natural-order.js';
import { withCommonFlags } from '../common-flags.js';
import { exitCodes, type Invocation } from '../invocation.js';
import { widthOf } from '../report/terminal.js';
import { type CommonOptions, settingsFor, withDatabase } from '../runtime.js';

type Flags = CommonOptions & Pick<IssuesFilter, 'state' | 'all'>;

export function issuesCommand(invocation: Invocation): Command {
  return withCommonFlags(new Command('issues'), 'only of this account (default: all)')
    .addOption(new Option('--state <state>', 'only rows in this state').choices(issueStates))
    .option('--all', 'name every row, not only the oldest of each group')
    .action(async (flags: Flags) => {
      invocation.exitCode = await showIssues(invocation, flags);
    });
}

async function showIssues(invocation: Invocation, flags: Flags): Promise<number> {
  const { account, state, all, json } = flags;
  // Looking needs the database only, no key.
  const settings = settingsFor(invocation, flags, false);
  const { groups, unprocessed } = await withDatabase(invocation, settings, async ({ db }) => {
    const read = await readIssues(db, { account, state, all });
    const isTold = json || read.length > 0 || state !== undefined;
    if (isTold) return { groups: read, unprocessed: 0 };
    const names = account === undefined ? settings.accounts.map(({ name }) => name) : [account];
    const waiting = await readUnprocessed(db, names, 0);
    return { groups: read, unprocessed: waiting.reduce((all, { count }) => all + count, 0) };
  });
  if (groups.length === 0 && account !== undefined && settings.accounts.length > 0)
    chooseAccounts(settings, account);
  const columns = widthOf(invocation.stdout) ?? Number.POSITIVE_INFINITY;
  invocation.stdout.write(
    json ? `${JSON.stringify(groups)}\n` : renderIssues(groups, state, columns, unprocessed),
  );
  return groups.some((group) => group.waits_for === 'person') ? exitCodes.waits : exitCodes.done;
}

function renderIssues(
  groups: readonly IssueGroup[],
  state: string | undefined,
  columns: number,
  unprocessed: number,
): string {
  if (unprocessed > 0)
    return `${counted(unprocessed, 'row')} ${unprocessed === 1 ? 'is' : 'are'} not processed yet: the running service does so within a minute, or \`sparkhire-sync sync\`.\nEvery other row is in step.\n`;
  if (groups.length === 0)
    return state === undefined ? 'Every row is in step.\n' : `No row is ${state.replace('_', ' ')}.\n`;
  const accounts = new Set(groups.map(({ account }) => account));
  const blocks = groups.map((group) => block(group, accounts.size > 1, columns));
  const hint = 'Why one row is not further: sparkhire-sync explain ROW';
  return `${[...blocks, hint].join('\n\n')}\n`;
}

function block(group: IssueGroup, withAccount: boolean, columns: number): string {
  const { code, message, remedy, since, count: rows, waits_for: waitsFor } = group;
  const head = [
    ...(withAccount ? [`account ${group.account}`] : []),
    counted(rows, 'row'),
    `since ${utc(since).slice(0, 16)} UTC`,
    ...(waitsFor === 'person' ? [] : ['continues automatically']),
    `${rootName(group)} ${code}`.trim(),
  ].join(' · ');
  return [
    ...wrapped(head, columns),
    ...indented(message, columns),
    ...indented(`→ ${remedy}`, columns),
    ...indented(rowNames(group), columns),
  ].join('\n');
}

const indented = (text: string, columns: number) => wrapped(text, columns - 2).map((line) => `  ${line}`);

const rowNouns: Readonly<Record<string, string>> = { ...nouns, packages: 'package' };

function rootName({ root: { resource, ats_id: atsId, name }, roots }: IssueGroup): string {
  if (atsId === null) return '';
  if (roots > 1) return `${count(roots)} ${resource.replace('_', ' ')}`;
  return `${rowNouns[resource] ?? resource} ${atsId}${name === null ? '' : ` (${name})`}`;
}

/** Keys by resource, as far as they are known. */
function rowNames({ rows, count: all }: IssueGroup): string {
  const byResource = new Map<string, string[]>();
  for (const { resource, ats_id: atsId } of rows)
    byResource.set(resource, [...(byResource.get(resource) ?? []), atsId]);
  const names = [...byResource].map(
    ([resource, keys]) => `${resource.replace('_', ' ')} ${keys.sort(naturally).join(', ')}`,
  );
  const rest = all - rows.length;
  return `${names.join('; ')}${rest > 0 ? `; ${count(rest)} more (--all)` : ''}`;
}
