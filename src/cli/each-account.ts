/** Commands that do the same for each account and end with a result for each. */
import { type BackfillResult, failedBackfill } from '../backfill/backfill.js';
import { type Account, chooseAccounts, type Settings } from '../config.js';
import { SyncError } from '../errors.js';
import {
  type CommonOptions,
  commandLog,
  type DatabaseHandle,
  exitCodes,
  settingsFor,
  stopSignal,
  withDatabase,
} from './runtime.js';
import { summary } from './summary.js';

export type OnAccount = (
  account: Account,
  settings: Settings,
  handle: DatabaseHandle,
  signal: AbortSignal,
) => Promise<BackfillResult>;

/** Works on the chosen accounts one after the other, shows their results, and answers the exit code. */
export async function eachAccount(flags: CommonOptions, work: OnAccount): Promise<number> {
  const settings = settingsFor(flags);
  const accounts = chooseAccounts(settings, flags.account);
  const signal = stopSignal();
  const results = await withDatabase(settings, commandLog(settings), signal, async (handle) => {
    const done: BackfillResult[] = [];
    for (const account of accounts) done.push(await work(account, settings, handle, signal));
    return done;
  }).catch((error: unknown): BackfillResult[] => {
    // A program that reads the lines gets one an account also when there is no database.
    if (!flags.json || !(error instanceof SyncError)) throw error;
    return accounts.map(({ name }) => failedBackfill(name, error));
  });
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(accounts.length === 1 ? results[0] : results)}\n`);
  } else {
    process.stdout.write(results.map(summary).join('\n'));
  }
  for (const { error } of results) {
    if (error) {
      process.stderr.write(`${error.code}: ${error.message}${error.remedy ? `\n→ ${error.remedy}` : ''}\n`);
    }
  }
  if (results.some((result) => !result.ok)) return exitCodes.failed;
  return results.some(waits) ? exitCodes.waits : exitCodes.done;
}

/** Whether something waits for a person: a conflict, a held plan, rows that cannot be carried over as they are. */
function waits({ openConflicts, planHeld, pushed }: BackfillResult): boolean {
  return openConflicts > 0 || planHeld !== undefined || pushed.rejected > 0;
}
