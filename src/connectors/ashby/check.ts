/** What `ats check` finds out of Ashby: access, rights, stages of the settings, and what nobody can see. */
import { z } from 'zod';
import { SyncError } from '../../errors.js';
import { type Finding, failed } from '../connector.js';
import { provesSingles } from '../listed.js';
import { triggerFindings } from '../pull/triggers.js';
import { tellings } from '../write-back/results.js';
import type { AshbyClient } from './client.js';
import { readStages } from './read-jobs.js';
import type { AshbySettings } from './settings.js';

/** What reading an application by itself takes. */
export const singleRight = 'Candidates: read';

/** Each list that is read, with the permission it takes, as Ashby's pages call it. */
const lists = [
  ['application.list', singleRight],
  ['job.list', 'Jobs: read'],
  ['interviewPlan.list', 'Interviews: read'],
] as const;

const anything = z.unknown();
const keySchema = z.object({ scopes: z.array(z.string()).nullish() });

const isRight = (error: unknown): error is SyncError =>
  error instanceof SyncError && error.code === 'ATS_FORBIDDEN';

export async function checkAshby(
  client: AshbyClient,
  settings: AshbySettings,
  signal: AbortSignal,
): Promise<Finding[]> {
  const refused: string[] = [];
  try {
    if ((await client.first('user.list', anything, {}, signal)).length === 0) {
      return [
        {
          check: 'ats_access',
          level: 'failed',
          detail: 'the API key works, but Ashby shows it nothing, not even a user',
          remedy: lacking(['Organization: read']),
        },
      ];
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!isRight(error)) return [failed('ats_access', error)];
    refused.push('Organization: read');
  }
  const findings: Finding[] = [
    { check: 'ats_access', level: 'ok', detail: `Ashby answers at ${settings.baseUrl}`, remedy: null },
  ];
  for (const [endpoint, permission] of lists) {
    try {
      await client.first(endpoint, anything, {}, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isRight(error)) return [...findings, failed('ats_rights', error)];
      refused.push(permission);
    }
  }
  try {
    if (refused.length === 0) refused.push(...(await refusedSingles(client, signal)));
  } catch (error) {
    signal.throwIfAborted();
    return [...findings, failed('ats_rights', error)];
  }
  const writes = tellings(settings.writeBack).length > 0;
  const mayWrite = writes ? await mayWriteNotes(client, signal) : true;
  if (mayWrite === false) refused.push('Candidates: write');
  if (refused.length > 0) {
    const detail = `the API key lacks permissions: ${refused.join(', ')}`;
    return [...findings, { check: 'ats_rights', level: 'failed', detail, remedy: lacking(refused) }];
  }
  findings.push({
    check: 'ats_rights',
    level: 'ok',
    detail:
      mayWrite === null
        ? 'everything that is read can be read; whether results may be written (Candidates: write) this key cannot tell'
        : 'everything that is needed is allowed',
    remedy: null,
  });
  try {
    findings.push(...triggerFindings(settings.triggers, await readStages(client, signal)));
  } catch (error) {
    signal.throwIfAborted();
    findings.push(failed('ats_stages', error));
  }
  findings.push({
    check: 'ats_unseen',
    level: 'ok',
    detail:
      'Ashby shows confidential jobs, and who applied for them, only to a key that was given access to them',
    remedy: null,
  });
  return findings;
}

const oneApplication = z.object({ candidate: z.object({ id: z.string() }) });

/** What is asked for of single ones, tried with those that are listed first. @throws SyncError where none of these is shown */
async function refusedSingles(client: AshbyClient, signal: AbortSignal): Promise<string[]> {
  const rows = await client.first('application.list', z.object({ id: z.string() }), { limit: 3 }, signal);
  let candidateId: string | undefined;
  const lacksRight = async (endpoint: string, call: () => Promise<unknown>): Promise<string[]> => {
    try {
      await call();
      return [];
    } catch (error) {
      signal.throwIfAborted();
      if (!isRight(error)) throw error;
      return [`${singleRight} (${endpoint})`];
    }
  };
  const refused = await lacksRight('application.info', () =>
    provesSingles({
      title: 'Ashby',
      right: singleRight,
      shown: null,
      listed: rows.map(({ id }) => id),
      async read(applicationId) {
        const one = await client.info('application.info', oneApplication, { applicationId }, signal);
        candidateId = one?.candidate.id;
        return one;
      },
    }),
  );
  if (candidateId === undefined) return refused;
  return lacksRight('candidate.listNotes', () =>
    client.first('candidate.listNotes', anything, { candidateId }, signal),
  );
}

/** null: the key may not tell its own permissions. */
async function mayWriteNotes(client: AshbyClient, signal: AbortSignal): Promise<boolean | null> {
  try {
    const key = await client.info('apiKey.info', keySchema, {}, signal);
    return key?.scopes ? key.scopes.includes('candidatesWrite') : null;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SyncError) return null;
    throw error;
  }
}

function lacking(permissions: readonly string[]): string {
  return `In Ashby, Admin, Integrations, API Keys: give the key ${permissions.join(', ')}.`;
}
