import { Command } from 'commander';
import { noProgress } from '../../backfill/progress.js';
import { type Account, chooseAccounts, type Settings, SettingsError } from '../../config.js';
import type { Database } from '../../db/database.js';
import type { Logger } from '../../log.js';
import { type Check, checksOf } from '../../status/checks/check.js';
import { examine, withoutDatabase } from '../../status/doctor.js';
import { renderChecks } from '../../status/render/checks.js';
import { performWork } from '../../work/hand-over.js';
import { withCommonFlags } from '../common-flags.js';
import { exitCodes, type Invocation } from '../invocation.js';
import { commandLog } from '../report/command-log.js';
import { widthOf } from '../report/terminal.js';
import { type CommonOptions, type FoundDatabase, findDatabase, settingsFor } from '../runtime.js';

export function doctorCommand(invocation: Invocation): Command {
  return withCommonFlags(new Command('doctor')).action(async (flags: CommonOptions) => {
    const { checks, usable } = await checkAll(invocation, flags);
    invocation.stdout.write(
      flags.json ? `${JSON.stringify(checks)}\n` : renderChecks(checks, widthOf(invocation.stdout)),
    );
    if (!usable) invocation.exitCode = exitCodes.usage;
    else invocation.exitCode = checks.every(({ ok }) => ok) ? exitCodes.done : exitCodes.failed;
  });
}

const general = checksOf(null);

/** `usable`: whether the settings are. */
async function checkAll(
  invocation: Invocation,
  flags: CommonOptions,
): Promise<{ checks: Check[]; usable: boolean }> {
  let settings: Settings;
  let problem: Check | null = null;
  try {
    settings = settingsFor(invocation, flags);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    problem = general.failed('settings', error.problems.join('\n'), error.remedy ?? '');
    try {
      // A missing key does not keep the database from being looked at.
      settings = settingsFor(invocation, flags, false);
    } catch {
      const blocked = general.blocked('database', 'cannot be checked before the settings can be used');
      return { checks: [problem, blocked, ...withoutDatabase()], usable: false };
    }
  }
  const accounts = problem === null ? chooseAccounts(settings, flags.account) : settings.accounts;
  const checks = [problem ?? general.passed('settings', described(accounts))];
  const signal = invocation.stopSignal();
  const log = await commandLog(invocation, settings);
  let database: FoundDatabase;
  try {
    database = await findDatabase(settings, log, signal);
  } catch (error) {
    signal.throwIfAborted();
    return {
      checks: [...checks, general.threw('database', error), ...withoutDatabase()],
      usable: problem === null,
    };
  }
  try {
    const databaseUrl = database.url;
    const found = await examine({
      databaseUrl,
      migrateEmpty: settings.database.migrateAtStart,
      accounts,
      runAccountChecks: (account, db) => askSparkHire(account, { db, databaseUrl, settings, signal, log }),
    });
    signal.throwIfAborted();
    return { checks: [...checks, ...found], usable: problem === null };
  } finally {
    await database.release();
  }
}

function described(accounts: readonly Account[]): string {
  const names = accounts.map(({ name }) => name);
  const shown = names.length > 5 ? `${names.slice(0, 5).join(', ')} …` : names.join(', ');
  return names.length === 1 ? `account ${shown}` : `${names.length} accounts: ${shown}`;
}

interface Surroundings {
  db: Database;
  databaseUrl: string;
  settings: Settings;
  signal: AbortSignal;
  log: Logger;
}

/** Asked by whoever owns the account, so that the rate limit holds; an owner that is busy otherwise is let be. */
async function askSparkHire(account: Account, around: Surroundings): Promise<Check[]> {
  const { signal } = around;
  const busy = new AbortController();
  try {
    return await performWork({
      ...around,
      account,
      kind: 'doctor',
      arguments: {},
      progress: { ...noProgress, budget: null },
      signal: AbortSignal.any([signal, busy.signal]),
      onWait(who) {
        if (who === 'busy') busy.abort();
      },
    });
  } catch (error) {
    signal.throwIfAborted();
    if (!busy.signal.aborted) throw error;
    return [
      checksOf(account.name).omitted(
        'spark_hire',
        'another command works on this account now; Spark Hire was not asked, so that the rate limit holds',
      ),
    ];
  }
}
