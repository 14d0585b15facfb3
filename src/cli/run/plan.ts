import { Command, InvalidArgumentError, Option } from 'commander';
import { actionOrder } from '../../reconcile/plan/plan.js';
import type { PlanFilter } from '../../reconcile/plan/render.js';
import { pushResources } from '../../reconcile/types.js';
import { fitted } from '../../status/render/words.js';
import { workOnAccount } from '../account-work.js';
import { withCommonFlags } from '../common-flags.js';
import { chosenBy, forAccounts, printJson } from '../each-account.js';
import { exitCodes, type Invocation } from '../invocation.js';
import { describeCoded } from '../report/report.js';
import { widthOf } from '../report/terminal.js';
import type { CommonOptions } from '../runtime.js';

type PlanFlags = CommonOptions & PlanFilter;

export function planCommand(invocation: Invocation): Command {
  return withCommonFlags(new Command('plan'))
    .addOption(new Option('--resource <resource>', 'only of this kind').choices(pushResources))
    .option('--row <key>', 'only this row, by its ats_id', rowArgument)
    .addOption(new Option('--action <action>', 'only actions of this kind').choices(actionOrder))
    .action(async (flags: PlanFlags) => {
      invocation.exitCode = await showPlans(invocation, flags);
    });
}

function rowArgument(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('A row has a key: its ats_id.');
}

async function showPlans(invocation: Invocation, flags: PlanFlags): Promise<number> {
  const { stdout, stderr } = invocation;
  const chosen = chosenBy(invocation, flags);
  const nameOf = (index: number) => chosen.accounts[index]!.name;
  const { resource, row, action } = flags;
  const results = await forAccounts(chosen, (around) =>
    workOnAccount('plan', { resource, row, action }, around),
  );
  if (flags.json) {
    printJson(
      invocation,
      results.map(({ plan, error }, index) => plan ?? { account: nameOf(index), error }),
    );
  } else {
    for (const [index, { text, ok }] of results.entries()) {
      if (results.length > 1) stdout.write(`Account ${nameOf(index)}\n`);
      if (ok) stdout.write(`${fitted(text.trimEnd(), widthOf(stdout))}\n`);
    }
  }
  for (const { error } of results) if (error) stderr.write(`${describeCoded(error)}\n`);
  if (results.some(({ ok }) => !ok)) return exitCodes.failed;
  return results.some(({ waits }) => waits) ? exitCodes.waits : exitCodes.done;
}
