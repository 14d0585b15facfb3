/** What `ats check` finds out of Greenhouse: access, rights, stages of the settings, and what nobody can see. */
import { z } from 'zod';
import { SyncError } from '../../errors.js';
import { type Finding, failed } from '../connector.js';
import { id } from '../decoded.js';
import { triggerFindings } from '../pull/triggers.js';
import type { GreenhouseClient } from './client.js';
import type { FieldProofs } from './field-proof.js';
import { readStages } from './read-jobs.js';
import type { GreenhouseSettings } from './settings.js';
import { fieldFindings } from './write-field.js';

/** Each list that is read, with the scope it takes. */
const lists = [
  ['/application_stages', 'harvest:application_stages:list'],
  ['/applications', 'harvest:applications:list'],
  ['/candidates', 'harvest:candidates:list'],
  ['/jobs', 'harvest:jobs:list'],
  ['/job_interview_stages', 'harvest:job_interview_stages:list'],
  ['/job_owners', 'harvest:job_owners:list'],
  ['/job_posts', 'harvest:job_posts:list'],
  ['/offices', 'harvest:offices:list'],
] as const;

const anyRow = z.object({ id });

/** Whether the list has anything: one row tells. */
async function hasRows(client: GreenhouseClient, path: string, signal: AbortSignal): Promise<boolean> {
  for await (const rows of client.list(path, anyRow, { per_page: 1 }, signal)) return rows.length > 0;
  return false;
}

export async function checkGreenhouse(
  client: GreenhouseClient,
  settings: GreenhouseSettings,
  proofs: FieldProofs,
  signal: AbortSignal,
): Promise<Finding[]> {
  try {
    if (!(await hasRows(client, '/users', signal))) {
      return [
        {
          check: 'ats_access',
          level: 'failed',
          detail: 'the credential works, but Greenhouse shows it nothing, not even a user',
          remedy: 'Make its user a Site Admin in Greenhouse: others see empty lists.',
        },
      ];
    }
  } catch (error) {
    signal.throwIfAborted();
    const finding = failed('ats_access', error);
    const isScope = error instanceof SyncError && error.code === 'ATS_FORBIDDEN';
    return [isScope ? { ...finding, remedy: lacking(['harvest:users:list']) } : finding];
  }
  const findings: Finding[] = [
    { check: 'ats_access', level: 'ok', detail: `Greenhouse answers at ${settings.baseUrl}`, remedy: null },
  ];
  const refused: string[] = [];
  const wanted = [...lists, ...(writesNotes(settings) ? ([['/notes', 'harvest:notes:list']] as const) : [])];
  for (const [path, scope] of wanted) {
    try {
      await hasRows(client, path, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof SyncError && error.code === 'ATS_FORBIDDEN'))
        return [...findings, failed('ats_rights', error)];
      refused.push(scope);
    }
  }
  if (refused.length > 0) {
    const detail = `the credential may not read all it takes: ${refused.join(', ')}`;
    return [...findings, { check: 'ats_rights', level: 'failed', detail, remedy: lacking(refused) }];
  }
  findings.push({
    check: 'ats_rights',
    level: 'ok',
    detail: writesNotes(settings)
      ? 'everything that is read can be read; no read shows whether notes may be written (harvest:notes:create)'
      : 'everything that is read can be read',
    remedy: null,
  });
  try {
    findings.push(...triggerFindings(settings.triggers, await readStages(client, signal)));
  } catch (error) {
    signal.throwIfAborted();
    findings.push(failed('ats_stages', error));
  }
  findings.push(...(await fieldFindings(client, proofs, settings.writeBack.field, signal)));
  findings.push({
    check: 'ats_unseen',
    level: 'ok',
    detail:
      'Greenhouse never shows confidential jobs whose hiring team the user of the credential is not in, nor their candidates',
    remedy: null,
  });
  return findings;
}

function writesNotes({ writeBack: { invited, completed, expired } }: GreenhouseSettings): boolean {
  return [invited, completed, expired].includes('note');
}

function lacking(scopes: readonly string[]): string {
  return `In Greenhouse, Configure, Dev Center, API Credential Management: give the credential ${scopes.join(', ')}.`;
}
