/** Commands that do the same for each account, and those that end with a result of what was read and written. */
import { type BackfillResult, failedBackfill } from '../backfill/result.js';
import { type Account, chooseAccounts, type Settings } from '../config.js';
import { SyncError } from '../errors.js';
import type { AccountWork } from './account-work.js';
import {
  type CommonOptions,
  commandLog,
  describeCoded,
  exitCodes,
  settingsFor,
  stopSignal,
  withDatabase,
} from './runtime.js';
import { summary } from './summary.js';

/** Settings and accounts of a command, as its flags have them. @throws SettingsError, ACCOUNT_UNKNOWN */
export interface Chosen {
  settings: Settings;
  accounts: Account[];
}

export function chosenBy(flags: CommonOptions): Chosen {
  const settings = settingsFor(flags);
  return { settings, accounts: chooseAccounts(settings, flags.account) };
}

/** Works on the chosen accounts one after the other, with one database; a result for each, in their order. */
export function forAccounts<T>(
  { settings, accounts }: Chosen,
  work: (around: AccountWork) => Promise<T>,
): Promise<T[]> {
  const signal = stopSignal();
  return withDatabase(settings, commandLog(settings), signal, async (handle) => {
    const done: T[] = [];
    for (const account of accounts) done.push(await work({ account, settings, handle, signal }));
    return done;
  });
}

/** A program that reads the lines gets one value for one account, an array for several. */
export function printJson(results: readonly unknown[]): void {
  process.stdout.write(`${JSON.stringify(results.length === 1 ? results[0] : results)}\n`);
}

/** Lines for people, under the account's name where there are several. */
export function printLines(accounts: readonly Account[], results: ReadonlyArray<{ lines: string[] }>): void {
  for (const [index, { lines }] of results.entries()) {
    if (accounts.length > 1) process.stdout.write(`Account ${accounts[index]!.name}\n`);
    process.stdout.write(`${lines.join('\n')}\n`);
  }
}

/** Works on the chosen accounts, shows what was read and written, and answers the exit code. */
export async function eachAccount(
  flags: CommonOptions,
  work: (around: AccountWork) => Promise<BackfillResult>,
): Promise<number> {
  const chosen = chosenBy(flags);
  const results = await forAccounts(chosen, (around) => resultOf(work, around)).catch(
    (error: unknown): BackfillResult[] => {
      // A program that reads the lines gets one an account also when there is no database.
      if (!flags.json || !(error instanceof SyncError)) throw error;
      return chosen.accounts.map(({ name }) => failedBackfill(name, error));
    },
  );
  if (flags.json) printJson(results);
  else process.stdout.write(results.map(summary).join('\n'));
  for (const { error } of results) if (error) process.stderr.write(`${describeCoded(error)}\n`);
  if (results.some((result) => !result.ok)) return exitCodes.failed;
  return results.some(waits) ? exitCodes.waits : exitCodes.done;
}

/** What goes wrong is in the result. */
export async function resultOf(
  work: (around: AccountWork) => Promise<BackfillResult>,
  around: AccountWork,
): Promise<BackfillResult> {
  try {
    return await work(around);
  } catch (error) {
    // It never began: another process had the account until this one was stopped, or the database went away.
    return failedBackfill(around.account.name, around.signal.aborted ? around.signal.reason : error);
  }
}

/** Whether something waits for a person: a conflict, a held plan, rows that cannot be carried over as they are. */
function waits({ openConflicts, planHeld, pushed }: BackfillResult): boolean {
  return openConflicts > 0 || planHeld !== undefined || pushed.rejected > 0;
}
