import { Command } from 'commander';
import { workOnAccount } from './account-work.js';
import { chosenBy, forAccounts, printJson } from './each-account.js';
import { type CommonOptions, describeCoded, exitCodes } from './runtime.js';

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
  const chosen = chosenBy(flags);
  const nameOf = (index: number) => chosen.accounts[index]!.name;
  const results = await forAccounts(chosen, (around) => workOnAccount('plan', {}, around));
  if (flags.json) {
    printJson(results.map(({ plan, error }, index) => plan ?? { account: nameOf(index), error }));
  } else {
    for (const [index, { text, ok }] of results.entries()) {
      if (results.length > 1) process.stdout.write(`Account ${nameOf(index)}\n`);
      if (ok) process.stdout.write(`${text.trimEnd()}\n`);
    }
  }
  for (const { error } of results) if (error) process.stderr.write(`${describeCoded(error)}\n`);
  if (results.some(({ ok }) => !ok)) return exitCodes.failed;
  return results.some(({ waits }) => waits) ? exitCodes.waits : exitCodes.done;
}
