import { Command } from 'commander';
import { workOnAccount } from './account-work.js';
import { eachAccount } from './each-account.js';
import type { CommonOptions } from './runtime.js';

export function syncCommand(): Command {
  return new Command('sync')
    .description(
      'one tick: what is new at Spark Hire into the mirror, what the ATS wants to Spark Hire; then exit',
    )
    .option('--account <name>', 'only this account (default: all)')
    .option('--config <file>', 'settings over config/default.yaml')
    .option('--json', 'one line of JSON on stdout')
    .action(async (flags: CommonOptions) => {
      process.exitCode = await eachAccount(flags, (around) => workOnAccount('sync', {}, around));
    });
}
