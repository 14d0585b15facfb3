import { Command } from 'commander';
import { workOnAccount } from '../account-work.js';
import { withCommonFlags } from '../common-flags.js';
import { eachAccount, pushedTogether } from '../each-account.js';
import type { Invocation } from '../invocation.js';
import type { CommonOptions } from '../runtime.js';

export function syncCommand(invocation: Invocation): Command {
  return withCommonFlags(new Command('sync')).action(async (flags: CommonOptions) => {
    invocation.exitCode = await eachAccount(
      invocation,
      flags,
      (around) => workOnAccount('sync', {}, around),
      pushedTogether,
    );
  });
}
