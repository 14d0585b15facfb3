/**
 * Commands by which a person changes something: keys, webhooks, the connected ATS, who is forgotten. Each hands its work to
 * whoever owns the account.
 */
import { Command } from 'commander';
import { SyncError } from '../../errors.js';
import type { Check } from '../../status/checks/check.js';
import { renderChecks } from '../../status/render/checks.js';
import type { AtsArguments, AtsResult, AtsStage } from '../../work/ats-work.js';
import { type AccountWork, workOnAccount } from '../account-work.js';
import { withCommonFlags } from '../common-flags.js';
import { type Chosen, chosenBy, forAccounts, printJson, printLines } from '../each-account.js';
import { exitCodes, type Invocation } from '../invocation.js';
import { describeCoded } from '../report/report.js';
import { widthOf } from '../report/terminal.js';
import type { CommonOptions } from '../runtime.js';

type Action = AtsArguments['action'];

export function atsCommand(invocation: Invocation): Command {
  const command = new Command('ats').description('check and read the connected ATS');
  const add = (action: Action, description: string) =>
    command.addCommand(
      withCommonFlags(new Command(action), 'only this account (default: all that have an ATS)')
        .description(description)
        .action(async (flags: CommonOptions) => {
          invocation.exitCode = await onAccounts(invocation, action, flags);
        }),
    );
  add('check', 'check access, rights, and the stages of the settings');
  add('stages', 'list its jobs with their stages and ids, to write triggers from');
  add('pull', 'read it now and write the rows of schema ats; nothing is sent to Spark Hire');
  return command;
}

async function onAccounts(invocation: Invocation, action: Action, flags: CommonOptions): Promise<number> {
  const chosen = connectedOnly(chosenBy(invocation, flags), flags.account);
  const { accounts } = chosen;
  const work = (around: AccountWork) => workOnAccount('ats', { action }, around);
  if (action === 'check') return showChecks(invocation, await forAccounts(chosen, work), flags);
  const results = await forAccounts(chosen, work, (_, error) => {
    // Of several accounts one that cannot be read keeps no other from being read.
    if (accounts.length > 1 && error instanceof SyncError && !invocation.stopSignal().aborted) return error;
    throw error;
  });
  if (flags.json) {
    const told = results.map((result, index) => {
      const account = accounts[index]!.name;
      if (result instanceof SyncError) {
        const { code, message, remedy } = result;
        return { account, ok: false, error: { code, message, remedy } };
      }
      return result.stages ?? { account, ok: true, ...result.pull };
    });
    printJson(invocation, told);
  } else {
    const told = results.map((result) => ({
      lines: result instanceof SyncError ? describeCoded(result).split('\n') : linesOf(result),
    }));
    printLines(invocation, accounts, told);
  }
  return results.some((result) => result instanceof SyncError) ? exitCodes.failed : exitCodes.done;
}

/** Accounts without an ATS are left out where others have one. */
function connectedOnly(chosen: Chosen, named: string | undefined): Chosen {
  const accounts = chosen.accounts.filter(({ ats }) => ats !== undefined);
  if (accounts.length > 0) return { ...chosen, accounts };
  const whose = named === undefined ? '' : ` to account ${named}`;
  throw new SyncError('ATS_NOT_CONNECTED', `No ATS is connected${whose}.`, {
    remedy: 'Set ATS_KIND and what it needs, or `ats` in the settings: docs/greenhouse.md shows how.',
  });
}

function showChecks(invocation: Invocation, results: readonly AtsResult[], flags: CommonOptions): number {
  const checks: Check[] = results.flatMap((result) => result.checks ?? []);
  invocation.stdout.write(
    flags.json ? `${JSON.stringify(checks)}\n` : renderChecks(checks, widthOf(invocation.stdout)),
  );
  return checks.every(({ ok }) => ok) ? exitCodes.done : exitCodes.failed;
}

function linesOf({ pull, stages }: AtsResult): string[] {
  if (stages !== undefined) return stageLines(stages);
  const { entries, invited, skipped, canceled, jobs, users, requests, readUntil, notes } = pull!;
  return [
    `Read up to ${readUntil}, in ${requests} ${requests === 1 ? 'request' : 'requests'}.`,
    `${entries} new ${entries === 1 ? 'entry' : 'entries'} into the stages of the settings: ${invited} to be invited, ${skipped} skipped; ${canceled} taken back; ${jobs} ${jobs === 1 ? 'job' : 'jobs'} and ${users} ${users === 1 ? 'user' : 'users'} written.`,
    ...notes.map((note) => `! ${note}`),
    ...(invited > 0 ? ['`sparkhire-sync plan` shows what would be sent.'] : []),
  ];
}

function stageLines(stages: readonly AtsStage[]): string[] {
  if (stages.length === 0) return ['No job that is open has a stage.'];
  return [...grouped(stages).values()].flatMap((of) => [
    `${of[0]!.job ?? '(no title)'}  (job ${of[0]!.job_id})`,
    ...of.map(
      ({ stage, stage_id, package: name }) =>
        `  ${stage}  (stage ${stage_id})${name === null ? '' : `  → package ${name}`}`,
    ),
  ]);
}

function grouped(stages: readonly AtsStage[]): Map<string, AtsStage[]> {
  const jobs = new Map<string, AtsStage[]>();
  for (const stage of stages) jobs.set(stage.job_id, [...(jobs.get(stage.job_id) ?? []), stage]);
  return jobs;
}
