/** What `ats check` finds out of Lever: access, rights, stages of the settings, in whose name is written, and what nobody can see. */
import { z } from 'zod';
import { SyncError } from '../../errors.js';
import { type Finding, failed } from '../connector.js';
import { wholeList } from '../decoded.js';
import { provesSingles } from '../listed.js';
import { triggerFindings } from '../pull/triggers.js';
import type { LeverAccount } from './account.js';
import { id, type LeverClient } from './client.js';
import { jobOf, postingSchema, userSchema } from './postings.js';
import type { LeverSettings } from './settings.js';

/** Each list that is read, as Lever's page of keys calls it. */
const lists = [
  ['/opportunities', 'List all opportunities'],
  ['/opportunities/deleted', 'List deleted opportunities'],
  ['/postings', 'List all postings'],
  ['/stages', 'List all stages'],
] as const;
export const singleRight = 'Retrieve a single opportunity';
/** Without it, who is deleted is noticed once a day. */
const spared: ReadonlySet<string> = new Set(['/opportunities/deleted']);

const anyRow = z.object({ id: id.nullish().catch(null) });

async function rowsOf(client: LeverClient, path: string, signal: AbortSignal) {
  for await (const rows of client.list(path, anyRow, { limit: 3 }, signal)) return rows;
  return [];
}

/** Each by itself, as readings ask for them. @throws SyncError where none can be read */
async function provesOpportunities(
  client: LeverClient,
  rows: ReadonlyArray<z.output<typeof anyRow>>,
  signal: AbortSignal,
): Promise<void> {
  await provesSingles({
    title: 'Lever',
    right: singleRight,
    shown: null,
    listed: rows.flatMap(({ id: own }) => own ?? []),
    read: (own) => client.one(`/opportunities/${encodeURIComponent(own)}`, anyRow, {}, signal),
  });
}

const isForbidden = (error: unknown) => error instanceof SyncError && error.code === 'ATS_FORBIDDEN';

const lacking = (rights: readonly string[]) =>
  `In Lever, Settings, Integrations and API, API Credentials: make a key with ${rights.map((one) => `“${one}”`).join(', ')}.`;

export async function checkLever(
  client: LeverClient,
  settings: LeverSettings,
  known: LeverAccount,
  signal: AbortSignal,
): Promise<Finding[]> {
  let users: z.output<typeof userSchema>[];
  try {
    users = await wholeList(client.list('/users', userSchema, {}, signal));
  } catch (error) {
    signal.throwIfAborted();
    const finding = failed('ats_access', error);
    return [isForbidden(error) ? { ...finding, remedy: lacking(['List all users']) } : finding];
  }
  if (users.length === 0) {
    const detail = 'the key works, but Lever shows it nothing, not even a user';
    return [{ check: 'ats_access', level: 'failed', detail, remedy: lacking(['List all users']) }];
  }
  const access: Finding = {
    check: 'ats_access',
    level: 'ok',
    detail: `Lever answers at ${settings.baseUrl}`,
    remedy: null,
  };
  try {
    return [
      access,
      ...(await rightFindings(client, signal)),
      ...(await stageFindings(client, settings, known, signal)),
      ...performerFindings(settings, users),
      unseen,
    ];
  } catch (error) {
    signal.throwIfAborted();
    return [access, failed('ats_rights', error)];
  }
}

/** @throws SyncError where one of them fails otherwise */
async function rightFindings(client: LeverClient, signal: AbortSignal): Promise<Finding[]> {
  const refused: string[] = [];
  const missed: string[] = [];
  let opportunities = 0;
  for (const [path, right] of lists) {
    try {
      const rows = await rowsOf(client, path, signal);
      if (path === '/opportunities') {
        opportunities = rows.length;
        await provesOpportunities(client, rows, signal).catch((error: unknown) => {
          signal.throwIfAborted();
          if (!isForbidden(error)) throw error;
          refused.push(singleRight);
        });
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!isForbidden(error)) throw error;
      (spared.has(path) ? missed : refused).push(right);
    }
  }
  if (refused.length > 0) {
    const detail = `the key may not read all that is needed: ${refused.join(', ')}`;
    return [{ check: 'ats_rights', level: 'failed', detail, remedy: lacking(refused) }];
  }
  const findings: Finding[] = [];
  if (opportunities === 0) {
    findings.push({
      check: 'ats_rights',
      level: 'warning',
      detail: 'Lever shows not one opportunity: there is none yet, or the key may not see any',
      remedy: 'Look into Lever. If it has some: give the key the right to list opportunities.',
    });
  }
  if (missed.length > 0) {
    findings.push({
      check: 'ats_rights',
      level: 'warning',
      detail:
        'the key may not list deleted opportunities: that one was deleted is noticed within a day, not within minutes',
      remedy: lacking(missed),
    });
  }
  if (findings.length > 0) return findings;
  const detail = 'everything that is read can be read; no read shows whether it may be written';
  return [{ check: 'ats_rights', level: 'ok', detail, remedy: null }];
}

async function stageFindings(
  client: LeverClient,
  settings: LeverSettings,
  known: LeverAccount,
  signal: AbortSignal,
): Promise<Finding[]> {
  try {
    const stages = await known.stages(signal);
    const postings = await wholeList(client.list('/postings', postingSchema, {}, signal));
    const open = postings.map(jobOf).filter(({ status }) => status !== 'closed');
    return triggerFindings(
      settings.triggers,
      open.flatMap((job) => stages.map((stage) => known.stageOf(job.id, stage, job.title))),
    );
  } catch (error) {
    signal.throwIfAborted();
    // The rights have told it.
    return isForbidden(error) ? [] : [failed('ats_stages', error)];
  }
}

function performerFindings(
  { performAs, writeBack: { invited, completed, expired, move } }: LeverSettings,
  users: readonly z.output<typeof userSchema>[],
): Finding[] {
  const writes =
    [invited, completed, expired].some((told) => told !== 'none') || Object.keys(move).length > 0;
  if (performAs === null || !writes) return [];
  const user = users.find(
    ({ id: own, email }) => own === performAs || email?.toLowerCase() === performAs.toLowerCase(),
  );
  if (user !== undefined && user.deactivatedAt == null)
    return [
      { check: 'ats_writes', level: 'ok', detail: 'the user of `ats.performAs` is there', remedy: null },
    ];
  return [
    {
      check: 'ats_writes',
      level: 'failed',
      detail:
        'Lever has no active user with the id or address of `ats.performAs`, in whose name is to be written',
      remedy: 'Correct `ats.performAs`.',
    },
  ];
}

const unseen: Finding = {
  check: 'ats_unseen',
  level: 'ok',
  detail:
    'Lever shows confidential postings and people only to a key that was made with the right to confidential data',
  remedy: null,
};
