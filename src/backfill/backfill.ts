/**
 * One full pass over an account: every listing, what it proves to be gone, then the single objects.
 * Interrupted anywhere it goes on from its checkpoints.
 *
 * In come listings and single objects, by way of sparkhire/; out go rows of the mirror, checkpoints, and a run with its
 * counts. Nothing here writes to Spark Hire, and nothing reads rows of the ATS.
 */
import type { AccountSession } from '../account-session.js';
import { saveCheckpoint } from '../db/checkpoints.js';
import { byThemselves, query } from '../db/database.js';
import { messageOf } from '../errors.js';
import type { Me } from '../sparkhire/client.js';
import { makeAllDue, makeDoubtfulDue, makeOldDue } from './details.js';
import { detailsRun } from './details-run.js';
import {
  type KeyView,
  noteKeyView,
  checkCompanyOfKey,
  pullCompany,
  pullPlan,
  readKeyView,
  readMe,
  rememberKeyView,
} from './facts.js';
import { addCounts, noCounts, type Progress, type ResourceCounts } from './progress.js';
import { recorded, recordedWork } from './recorded.js';
import {
  type DetailedName,
  detailedNames,
  type ListedName,
  type ResourceName,
  rangedResources,
  resourceNames,
  seldomNames,
  wholeResources,
} from './resources.js';
import { addQuestions, type BackfillResult, emptyResult, isUnavailable } from './result.js';
import { bothProgress } from './run.js';
import { confirmDeletions, type Limits } from './sweep/deletions.js';
import { endPass, forgetPass, type Pass, resumePass, type Seen, savePass } from './sweep/pass.js';
import { learnRanges } from './sweep/ranges.js';
import { forgetStoredWell } from './sweep/stored-well.js';
import { completeSweep, type SweepResult, sweepRanged, sweepWhole } from './sweep/sweep.js';
import { doubtUnlisted } from './sweep/unlisted.js';
import { dropAnchor } from './watermark.js';

export { type BackfillResult, failedBackfill } from './result.js';

export interface BackfillOptions {
  resources: readonly ResourceName[];
  details: boolean;
  /** Forget unfinished work, and read every single object again. */
  fresh: boolean;
  detailConcurrency: number;
  /** So many objects of each resource are read again although their listing shows no change. */
  detailsAgain: number;
  limits: Limits;
  progress: Progress;
}

export async function backfill(session: AccountSession, options: BackfillOptions): Promise<BackfillResult> {
  const result = emptyResult(session.account.name);
  await recordedWork(session, 'backfill', result, (told) =>
    runPass(session, { ...options, progress: bothProgress(options.progress, told) }, result),
  );
  return result;
}

/** What all parts of a pass go by, and add to. */
interface Work {
  session: AccountSession;
  options: BackfillOptions;
  pass: Pass;
  me: Me;
  view: KeyView;
  result: BackfillResult;
}

async function runPass(
  session: AccountSession,
  options: BackfillOptions,
  result: BackfillResult,
): Promise<void> {
  const me = await readMe(session);
  await checkCompanyOfKey(session, me);
  const names = resourceNames.filter((name) => options.resources.includes(name));
  if (options.fresh) {
    await forgetPass(session, names);
    await doubtUnlisted(session, names);
    if (options.details) for (const name of detailedOf(names)) await makeAllDue(session, name);
  }
  const view = await readKeyView(session, me);
  await noteKeyView(session, view);
  if (names.includes('jobs') || names.includes('interviews'))
    await learnRanges(session, 'sweep', options.fresh);
  const pass = await resumePass(session, names, view);
  const work: Work = { session, options, pass, me, view, result };
  for (const name of names) {
    if (pass.done[name] !== undefined) {
      result.resources[name] = noCounts();
      if (pass.done[name] === 'unproven') {
        result.complete = false;
        result.notes.push(
          `${name}: read before the interruption, but it could not be verified that nothing is missing`,
        );
      }
      continue;
    }
    const seen = await pullResource(work, name);
    if (seen === null) continue;
    pass.done[name] = seen;
    await savePass(session, pass);
    await looked(session, name);
  }
  if (resourceNames.every((name) => pass.done[name] === 'whole')) await rememberKeyView(session, view);
  await makeOldDue(session, detailedOf(names), options.detailsAgain);
  if (options.details) {
    for (const name of detailedOf(names)) {
      await makeDoubtfulDue(session, name);
      await detailsRun(session, name, options, pass, result);
    }
  }
  await endPass(session, result.ok);
}

/** What ticks look at only now and then has had its turn. */
async function looked(session: AccountSession, name: ResourceName): Promise<void> {
  if (!(seldomNames as readonly string[]).includes(name)) return;
  await saveCheckpoint(byThemselves(session.db), session.account.name, name, 'incremental', {
    completed: true,
  });
}

function detailedOf(names: readonly ResourceName[]): DetailedName[] {
  return detailedNames.filter((name) => (names as readonly string[]).includes(name));
}

/** @returns how much of the resource was seen; null if that failed */
async function pullResource(work: Work, name: ResourceName): Promise<Seen | null> {
  const { session, options, me, result } = work;
  const counts = noCounts();
  result.resources[name] = counts;
  let seen: Seen = 'whole';
  const part = { kind: 'sweep', resource: name, counts, progress: options.progress } as const;
  const failure = await recorded(session, part, result, async (progress) => {
    try {
      if (name === 'companies') addCounts(counts, await pullCompany(session, me));
      else if (name === 'plans') addCounts(counts, await pullPlan(session, me));
      else seen = await pullListing(work, name, counts, progress);
    } catch (error) {
      if (!isUnavailable(name, error)) throw error;
      // What nobody has seen yet cannot be missed.
      seen = (await isMirrored(session, name)) ? 'partly' : 'whole';
      result.notes.push(`${name}: not available to this key (${messageOf(error)})`);
    }
  });
  return failure === null ? seen : null;
}

async function isMirrored(session: AccountSession, name: ResourceName): Promise<boolean> {
  const rows = await query(
    session.db,
    `select from sparkhire.${name} where account = $1 and deleted_at is null limit 1`,
    [session.account.name],
  );
  return rows.length > 0;
}

async function pullListing(
  work: Work,
  name: ListedName,
  counts: ResourceCounts,
  progress: Progress,
): Promise<Seen> {
  const { session, view, result } = work;
  const swept = await sweepListing(work, name, counts, progress);
  if (counts.quarantined > 0) {
    result.notes.push(`${name}: ${counts.quarantined} rows could not be stored, see sync.quarantine`);
  }
  if (swept.unproven !== null) {
    result.complete = false;
    result.notes.push(
      `${name}: it could not be verified that nothing is missing (${swept.unproven}); nothing was marked deleted`,
    );
    await completeSweep(session, name, false);
    progress.end(name, 'sweep', 'not proven complete');
    return 'unproven';
  }
  const outcome = await confirmDeletions(session, name, swept.startedAt, work.options.limits, view, progress);
  counts.deleted += outcome.deleted;
  counts.updated += outcome.updated;
  if (name === 'interviews') addQuestions(result, outcome.questions);
  await forgetStoredWell(session, name, swept.startedAt);
  await completeSweep(session, name, outcome.held);
  progress.end(name, 'sweep', 'complete');
  if (outcome.failures.failed > 0) throw outcome.failures.first;
  if (!outcome.held) return 'whole';
  result.notes.push(
    `${name}: rows are missing that a person has to look at; nothing was deleted, see sparkhire-sync conflicts`,
  );
  return 'partly';
}

async function sweepListing(
  { session, pass }: Work,
  name: ListedName,
  counts: ResourceCounts,
  progress: Progress,
): Promise<SweepResult> {
  switch (name) {
    case 'jobs':
      await dropAnchor(session, rangedResources.jobs);
      return sweepRanged(session, rangedResources.jobs, pass, counts, progress);
    case 'interviews':
      await dropAnchor(session, rangedResources.interviews);
      return sweepRanged(session, rangedResources.interviews, pass, counts, progress);
    case 'users':
      return sweepWhole(session, wholeResources.users, counts, progress);
    case 'question_sets':
      return sweepWhole(session, wholeResources.question_sets, counts, progress);
    case 'share_links':
      return sweepWhole(session, wholeResources.share_links, counts, progress);
  }
}
