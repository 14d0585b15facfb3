/** What `ats check` finds out of Workable: access, rights, stages of the settings, and what nobody can see. */
import { z } from 'zod';
import { SyncError } from '../../errors.js';
import { type Finding, failed, type Stage, type User } from '../connector.js';
import { id } from '../decoded.js';
import { provesSingles } from '../listed.js';
import { triggerFindings } from '../pull/triggers.js';
import type { WorkableClient } from './client.js';
import { readMembers } from './read-jobs.js';
import type { WorkableSettings } from './settings.js';

const anyRow = z.object({ id });

export async function checkWorkable(
  client: WorkableClient,
  settings: WorkableSettings,
  stages: (signal: AbortSignal) => Promise<Stage[]>,
  signal: AbortSignal,
): Promise<Finding[]> {
  let members: Map<string, User>;
  try {
    members = await readMembers(client, signal);
  } catch (error) {
    signal.throwIfAborted();
    return [failedFor('r_jobs', 'ats_access', error)];
  }
  if (members.size === 0) {
    const detail = 'the token works, but Workable shows it nothing, not even a member';
    return [{ check: 'ats_access', level: 'failed', detail, remedy: lacking('r_jobs') }];
  }
  const findings: Finding[] = [
    { check: 'ats_access', level: 'ok', detail: `Workable answers at ${settings.baseUrl}`, remedy: null },
  ];
  try {
    findings.push(await rights(client, settings, signal));
  } catch (error) {
    signal.throwIfAborted();
    return [...findings, failedFor('r_candidates', 'ats_rights', error)];
  }
  findings.push(...writers(settings, members));
  try {
    findings.push(...triggerFindings(settings.triggers, await stages(signal)));
  } catch (error) {
    signal.throwIfAborted();
    findings.push(failedFor('r_jobs', 'ats_stages', error));
  }
  findings.push({
    check: 'ats_unseen',
    level: 'ok',
    detail:
      'people whom Workable made up as samples are left out, and people who were sourced unless `include.sourced` says so',
    remedy: null,
  });
  return findings;
}

async function rights(
  client: WorkableClient,
  settings: WorkableSettings,
  signal: AbortSignal,
): Promise<Finding> {
  const check = 'ats_rights';
  for await (const page of client.list('/candidates', 'candidates', anyRow, { limit: 3 }, signal)) {
    // Each by itself, as readings ask for them.
    await provesSingles({
      title: 'Workable',
      right: 'r_candidates',
      shown: null,
      listed: page.map(({ id }) => `/candidates/${encodeURIComponent(id)}`),
      read: async (path) =>
        (await client.one(path, 'candidate', anyRow, signal)) &&
        (await client.listOf(`${path}/activities`, 'activities', anyRow, signal)),
    });
    if (page.length === 0) {
      const detail = 'Workable shows no candidate at all: there is none yet, or the token may not see them';
      return { check, level: 'warning', detail, remedy: lacking('r_candidates') };
    }
    break;
  }
  const detail = writesAny(settings)
    ? 'everything that is read can be read; whether comments may be written (w_candidates) no read can tell'
    : 'everything that is read can be read';
  return { check, level: 'ok', detail, remedy: null };
}

/** Everything that is written names a member. */
function writers({ memberId, writeBack }: WorkableSettings, members: ReadonlyMap<string, User>): Finding[] {
  if (!writesAny({ writeBack })) return [];
  const check = 'ats_writer';
  if (memberId === null) {
    const detail = 'comments are from whoever moved the candidate; `ats.memberId` names one member for all';
    return [{ check, level: 'ok', detail, remedy: null }];
  }
  const member = memberOf(memberId, members);
  if (member?.isActive === true)
    return [{ check, level: 'ok', detail: `comments are from member ${member.id}`, remedy: null }];
  return [
    {
      check,
      level: 'failed',
      detail: `Workable has no active member “${memberId}”, whom \`ats.memberId\` names`,
      remedy: 'Set `ats.memberId` to the id or the e-mail address of a member who is active.',
    },
  ];
}

/** @param wanted an id or an e-mail address */
export function memberOf(wanted: string, members: ReadonlyMap<string, User>): User | undefined {
  const address = wanted.toLowerCase();
  return members.get(wanted) ?? [...members.values()].find(({ email }) => email?.toLowerCase() === address);
}

function writesAny({
  writeBack: { invited, completed, expired, move },
}: Pick<WorkableSettings, 'writeBack'>) {
  return [invited, completed, expired].includes('note') || Object.keys(move).length > 0;
}

function failedFor(scope: string, check: string, error: unknown): Finding {
  const finding = failed(check, error);
  const isForbidden = error instanceof SyncError && error.code === 'ATS_FORBIDDEN';
  return isForbidden ? { ...finding, remedy: lacking(scope) } : finding;
}

function lacking(scope: string): string {
  return `In Workable, Settings, Integrations, Apps, make an access token with the scope ${scope}, and give it to the settings.`;
}
