import { Command } from 'commander';
import { chooseAccounts } from '../config.js';
import type { PlanResult } from '../work/push-work.js';
import { workOnAccount } from './account-work.js';
import {
  type CommonOptions,
  commandLog,
  exitCodes,
  settingsFor,
  stopSignal,
  withDatabase,
} from './runtime.js';

export function planCommand(): Command {
  return new Command('plan')
    .description('what would be written to Spark Hire, as a readable diff; writes nothing')
    .option('--account <name>', 'only this account (default: all)')
    .option('--config <file>', 'settings over config/default.yaml')
    .option('--json', 'one line of JSON on stdout')
    .action(async (flags: CommonOptions) => {
      process.exitCode = await showPlans(flags);
    });
}

async function showPlans(flags: CommonOptions): Promise<number> {
  const settings = settingsFor(flags);
  const accounts = chooseAccounts(settings, flags.account);
  const signal = stopSignal();
  const results = await withDatabase(settings, commandLog(settings), signal, async (handle) => {
    const done: PlanResult[] = [];
    for (const account of accounts) {
      done.push(await workOnAccount('plan', {}, { account, settings, handle, signal }));
    }
    return done;
  });
  if (flags.json) {
    const shown = results.map(({ plan, error }, index) => plan ?? { account: accounts[index]!.name, error });
    process.stdout.write(`${JSON.stringify(shown.length === 1 ? shown[0] : shown)}\n`);
  } else {
    for (const [index, { text, ok }] of results.entries()) {
      if (accounts.length > 1) process.stdout.write(`Account ${accounts[index]!.name}\n`);
      if (ok) process.stdout.write(`${text.trimEnd()}\n`);
    }
  }
  for (const { error } of results) {
    if (error) {
      process.stderr.write(`${error.code}: ${error.message}${error.remedy ? `\n→ ${error.remedy}` : ''}\n`);
    }
  }
  if (results.some(({ ok }) => !ok)) return exitCodes.failed;
  return results.some(({ plan }) => plan?.held) ? exitCodes.waits : exitCodes.done;
}
