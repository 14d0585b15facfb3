import { Command, InvalidArgumentError } from 'commander';
import { type BackfillResult, failedBackfill } from '../backfill/backfill.js';
import { type ResourceName, resourceNames } from '../backfill/resources.js';
import type { Account, Settings } from '../config.js';
import { workOnAccount } from './account-work.js';
import { eachAccount } from './each-account.js';
import type { CommonOptions, DatabaseHandle } from './runtime.js';

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

export function backfillCommand(): Command {
  return new Command('backfill')
    .description('read the whole Spark Hire account into the mirror once, then exit')
    .option('--account <name>', 'only this account (default: all)')
    .option('--config <file>', 'settings over config/default.yaml')
    .option('--resource <name>', 'only this resource; may be repeated', resourceArgument)
    .option('--no-details', 'leave out what needs a request an object (descriptions, questions, share links)')
    .option('--fresh', 'start over instead of resuming, and read every single object again')
    .option('--json', 'one line of JSON on stdout')
    .action(async (flags: BackfillFlags) => {
      process.exitCode = await runBackfill(flags);
    });
}

function runBackfill(flags: BackfillFlags): Promise<number> {
  return eachAccount(flags, (account, settings, handle, signal) =>
    backfillAccount(account, settings, flags, handle, signal),
  );
}

/** One account's backfill with its progress; also what the demo runs. What goes wrong is in the result. */
export async function backfillAccount(
  account: Account,
  settings: Settings,
  flags: Pick<BackfillFlags, 'resource' | 'details' | 'fresh'>,
  handle: DatabaseHandle,
  signal: AbortSignal,
): Promise<BackfillResult> {
  const wanted = {
    resources: [...(flags.resource ?? resourceNames)],
    details: flags.details,
    fresh: flags.fresh === true,
  };
  try {
    return await workOnAccount('backfill', wanted, { account, settings, handle, signal });
  } catch (error) {
    // It never began: another process had the account until this one was stopped, or the database went away.
    return failedBackfill(account.name, signal.aborted ? signal.reason : error);
  }
}
