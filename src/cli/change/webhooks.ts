import { Command, Option } from 'commander';
import { SyncError } from '../../errors.js';
import { type WebhookEvent, webhookEvents } from '../../sparkhire/client.js';
import { workOnAccount } from '../account-work.js';
import { withCommonFlags } from '../common-flags.js';
import { chosenBy, forAccounts, printJson, printLines } from '../each-account.js';
import { exitCodes, type Invocation } from '../invocation.js';
import { personOf, type ReasonFlag, withReason } from '../person.js';
import type { CommonOptions } from '../runtime.js';

type Action = 'list' | 'register' | 'unregister' | 'test';

interface WebhookFlags extends CommonOptions, ReasonFlag {
  event?: WebhookEvent;
  seconds?: string;
  other?: string;
}

export function webhooksCommand(invocation: Invocation): Command {
  const command = new Command('webhooks').description(
    'list, register, remove and test the webhooks of this service',
  );
  const add = (action: Action, description: string) =>
    command.addCommand(
      withCommonFlags(new Command(action))
        .description(description)
        .action(async (flags: WebhookFlags) => {
          invocation.exitCode = await onAccounts(invocation, action, flags);
        }),
    );
  add('list', 'list the webhooks of the API key, and which of them are ours');
  add('register', 'register our webhook where it is missing or wrong, and remove old ones of ours');
  add('unregister', 'remove our webhooks; those of other programs are never touched');
  for (const changing of command.commands.slice(-2)) withReason(changing);
  command.commands
    .at(-1)!
    .option('--other <uuid>', 'only this one, which another installation of sparkhire-sync has left behind');
  add('test', 'ask Spark Hire to send the last event again, and wait until it has arrived');
  command.commands
    .at(-1)!
    .addOption(
      new Option('--event <type>', 'the type of event (default: one that was seen before)').choices(
        webhookEvents,
      ),
    )
    .option('--seconds <n>', 'how long to wait for it', '20');
  return command;
}

async function onAccounts(invocation: Invocation, action: Action, flags: WebhookFlags): Promise<number> {
  const chosen = chosenBy(invocation, flags);
  const seconds = Number(flags.seconds ?? 20);
  if (!(seconds > 0 && seconds <= 600)) {
    throw new SyncError('USAGE', '--seconds must be a number from 1 to 600.', {
      remedy: 'Leave it out for 20.',
    });
  }
  const wanted = {
    action,
    timeoutMs: seconds * 1000,
    by: personOf(flags),
    ...(flags.event ? { event: flags.event } : {}),
    ...(flags.other ? { other: flags.other } : {}),
  };
  const results = await forAccounts(chosen, (around) => workOnAccount('webhooks', wanted, around));
  if (flags.json) {
    printJson(
      invocation,
      results.map((result, index) => ({ account: chosen.accounts[index]!.name, ...result })),
    );
  } else {
    printLines(invocation, chosen.accounts, results);
  }
  return exitCodes.done;
}
