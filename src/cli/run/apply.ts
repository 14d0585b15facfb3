import { Command } from 'commander';
import { type AccountWork, workOnAccount } from '../account-work.js';
import { withCommonFlags } from '../common-flags.js';
import { eachAccount, pushedTogether } from '../each-account.js';
import type { Invocation } from '../invocation.js';
import { personOf, type ReasonFlag, withReason } from '../person.js';
import type { CommonOptions } from '../runtime.js';

interface ApplyFlags extends CommonOptions, ReasonFlag {
  approve?: string;
}

export function applyCommand(invocation: Invocation): Command {
  return withReason(withCommonFlags(new Command('apply')))
    .option('--approve <checksum>', 'release a plan that a safety limit holds, if nothing changed since')
    .action(async (flags: ApplyFlags) => {
      const wanted = flags.approve === undefined ? {} : { approve: flags.approve, by: personOf(flags) };
      const work = (around: AccountWork) => workOnAccount('apply', wanted, around);
      invocation.exitCode = await eachAccount(invocation, flags, work, pushedTogether);
    });
}
