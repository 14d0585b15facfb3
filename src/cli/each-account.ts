/** Commands that do the same for each account, and those that end with a result of what was read and written. */
import { type BackfillResult, failedBackfill } from '../backfill/result.js';
import { type Account, chooseAccounts, type Settings } from '../config.js';
import { SyncError } from '../errors.js';
import type { AccountWork } from './account-work.js';
import { exitCodes, type Invocation } from './invocation.js';
import { describeCoded } from './report/report.js';
import { summary } from './report/summary.js';
import { widthOf } from './report/terminal.js';
import { type CommonOptions, settingsFor, withDatabase } from './runtime.js';

/** Settings and accounts of a command, as its flags have them. @throws SettingsError, ACCOUNT_UNKNOWN */
export interface Chosen {
  invocation: Invocation;
  settings: Settings;
  accounts: Account[];
}

export function chosenBy(invocation: Invocation, flags: CommonOptions): Chosen {
  const settings = settingsFor(invocation, flags);
  return { invocation, settings, accounts: chooseAccounts(settings, flags.account) };
}

/**
 * Works on the chosen accounts with one database; a result for each, in their order.
 * @param failed what stands for the result of one that went wrong; unless given, it rejects and ends the others
 * @param together on how many at once
 */
export function forAccounts<T, Failed = never>(
  { invocation, settings, accounts }: Chosen,
  work: (around: AccountWork) => Promise<T>,
  failed: (account: Account, error: unknown) => Failed = raised,
  together = 1,
): Promise<Array<T | Failed>> {
  return withDatabase(invocation, settings, async (handle) => {
    const done: Array<T | Failed> = [];
    const left = accounts.entries();
    const workOff = async () => {
      for (const [index, account] of left)
        done[index] = await work({ invocation, account, settings, handle }).catch((error) =>
          failed(account, error),
        );
    };
    await Promise.all(Array.from({ length: together }, workOff));
    return done;
  });
}

function raised(_: Account, error: unknown): never {
  throw error;
}

/** The result of work that never began: another process had the account until this one was stopped, or the database went away. */
export function notBegun({ stopSignal }: Invocation, { name }: Account, error: unknown): BackfillResult {
  const signal = stopSignal();
  return failedBackfill(name, signal.aborted ? signal.reason : error);
}

/** A program that reads the lines gets one value for one account, an array for several. */
export function printJson({ stdout }: Invocation, results: readonly unknown[]): void {
  stdout.write(`${JSON.stringify(results.length === 1 ? results[0] : results)}\n`);
}

/** Lines for people, under the account's name where there are several. */
export function printLines(
  { stdout }: Invocation,
  accounts: readonly Account[],
  results: ReadonlyArray<{ lines: string[] }>,
): void {
  for (const [index, { lines }] of results.entries()) {
    if (accounts.length > 1) stdout.write(`Account ${accounts[index]!.name}\n`);
    stdout.write(`${lines.join('\n')}\n`);
  }
}

/** An account that pushes may wait minutes for what a lost answer has made: the others do not wait with it. */
export const pushedTogether = 4;

/**
 * Works on the chosen accounts, shows what was read and written, and answers the exit code.
 * @param together on how many at once, where no bars are shown: a terminal has room for those of one
 */
export async function eachAccount(
  invocation: Invocation,
  flags: CommonOptions,
  work: (around: AccountWork) => Promise<BackfillResult>,
  together = 1,
): Promise<number> {
  const { stdout, stderr } = invocation;
  const chosen = chosenBy(invocation, flags);
  const failed = (account: Account, error: unknown) => notBegun(invocation, account, error);
  const results = await forAccounts(chosen, work, failed, stderr.isTTY ? 1 : together).catch(
    (error: unknown): BackfillResult[] => {
      // A program that reads the lines gets one an account also when there is no database.
      if (!flags.json || !(error instanceof SyncError)) throw error;
      return chosen.accounts.map(({ name }) => failedBackfill(name, error));
    },
  );
  if (flags.json) printJson(invocation, results);
  else stdout.write(results.map((result) => summary(result, widthOf(stdout))).join('\n'));
  for (const { error } of results) if (error) stderr.write(`${describeCoded(error)}\n`);
  if (results.some((result) => !result.ok)) return exitCodes.failed;
  return results.some(waits) ? exitCodes.waits : exitCodes.done;
}

/** Whether something waits for a person: a conflict, a held plan, rows that are wrong or lack a key, or a user who is enabled. */
function waits({
  openConflicts,
  planHeld,
  pushed,
  withoutKey = 0,
  withoutUser = 0,
}: BackfillResult): boolean {
  const lacking = withoutKey + withoutUser;
  return openConflicts > 0 || planHeld !== undefined || pushed.rejected > 0 || lacking > 0;
}
