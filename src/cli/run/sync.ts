import { Command } from 'commander';
import { workOnAccount } from '../account-work.js';
import { eachAccount } from '../each-account.js';
import type { Invocation } from '../invocation.js';
import type { CommonOptions } from '../runtime.js';

export function syncCommand(invocation: Invocation): Command {
  return new Command('sync')
    .option('--account <name>', 'only this account (default: all)')
    .option('--config <file>', 'settings over config/default.yaml')
    .option('--json', 'one line of JSON on stdout')
    .action(async (flags: CommonOptions) => {
      invocation.exitCode = await eachAccount(invocation, flags, (around) =>
        workOnAccount('sync', {}, around),
      );
    });
}
