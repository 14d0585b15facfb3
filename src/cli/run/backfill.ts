import { Command, InvalidArgumentError } from 'commander';
import { type ResourceName, resourceNames } from '../../backfill/resources.js';
import type { BackfillResult } from '../../backfill/result.js';
import { type AccountWork, workOnAccount } from '../account-work.js';
import { withCommonFlags } from '../common-flags.js';
import { eachAccount, notBegun } from '../each-account.js';
import type { Invocation } from '../invocation.js';
import type { CommonOptions } from '../runtime.js';

interface BackfillFlags extends CommonOptions {
  resource?: ResourceName[];
  details: boolean;
  fresh?: boolean;
}

function resourceArgument(value: string, previous: ResourceName[] = []): ResourceName[] {
  const names = value.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !(resourceNames as readonly string[]).includes(name));
  if (wrong !== undefined) throw new InvalidArgumentError(`Known resources: ${resourceNames.join(', ')}.`);
  return [...previous, ...(names as ResourceName[])];
}

export function backfillCommand(invocation: Invocation): Command {
  return withCommonFlags(new Command('backfill'))
    .option('--resource <name>', 'only this resource; may be repeated', resourceArgument)
    .option(
      '--no-details',
      'skip what costs a request for each object (descriptions, questions, share links)',
    )
    .option('--fresh', 'start over instead of resuming, and read every single object again')
    .action(async (flags: BackfillFlags) => {
      invocation.exitCode = await eachAccount(invocation, flags, backfill(flags));
    });
}

type Wanted = Pick<BackfillFlags, 'resource' | 'details' | 'fresh'>;

const backfill = (flags: Wanted) => (around: AccountWork) =>
  workOnAccount(
    'backfill',
    {
      resources: [...(flags.resource ?? resourceNames)],
      details: flags.details,
      fresh: flags.fresh === true,
    },
    around,
  );

/** One account's backfill with its progress, as the demo runs it. What goes wrong is in the result. */
export function backfillAccount(flags: Wanted, around: AccountWork): Promise<BackfillResult> {
  return backfill(flags)(around).catch((error) => notBegun(around.invocation, around.account, error));
}
