import { Command } from 'commander';
import { workOnAccount } from './account-work.js';
import { eachAccount } from './each-account.js';
import type { CommonOptions } from './runtime.js';

interface ApplyFlags extends CommonOptions {
  approve?: string;
}

export function applyCommand(): Command {
  return new Command('apply')
    .description('carry the plan out: what the ATS wants, written to Spark Hire')
    .option('--approve <checksum>', 'release a plan that a safety limit holds, if nothing changed since')
    .option('--account <name>', 'only this account (default: all)')
    .option('--config <file>', 'settings over config/default.yaml')
    .option('--json', 'one line of JSON on stdout')
    .action(async (flags: ApplyFlags) => {
      const wanted = flags.approve === undefined ? {} : { approve: flags.approve };
      process.exitCode = await eachAccount(flags, (around) => workOnAccount('apply', wanted, around));
    });
}
