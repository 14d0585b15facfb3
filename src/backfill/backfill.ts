/**
 * One full pass over an account: every listing, what it proves to be gone, then the single objects.
 * Interrupted anywhere it goes on from its checkpoints.
 */
import type { AccountSession } from '../account-session.js';
import { closeAbandonedRuns, finishRun, saveCompletion, startRun } from '../db/checkpoints.js';
import { inTransaction, query } from '../db/database.js';
import { messageOf, SyncError } from '../errors.js';
import { ApiError, type Me } from '../sparkhire/client.js';
import { confirmDeletions, type Limits } from './deletions.js';
import {
  countDue,
  type DetailsResult,
  makeAllDue,
  makeDoubtfulDue,
  noDetails,
  pullDetails,
} from './details.js';
import { type KeyView, pullCompany, pullPlan, readKeyView, readMe, rememberKeyView } from './facts.js';
import { concernsOne } from './failures.js';
import { endPass, forgetPass, type Pass, resumePass, type Seen, savePass } from './pass.js';
import { addCounts, noCounts, type Progress, type ResourceCounts } from './progress.js';
import {
  type DetailedName,
  detailedNames,
  type ListedName,
  type ResourceName,
  rangedResources,
  resourceNames,
  wholeResources,
} from './resources.js';
import { forgetStoredWell } from './stored-well.js';
import { completeSweep, type SweepResult, sweepRanged, sweepWhole } from './sweep.js';
import { doubtUnlisted } from './unlisted.js';

export interface BackfillOptions {
  resources: readonly ResourceName[];
  details: boolean;
  /** Forget unfinished work, and read every single object again. */
  fresh: boolean;
  detailConcurrency: number;
  limits: Limits;
  progress: Progress;
}

export interface BackfillResult {
  account: string;
  ok: boolean;
  /** Whether every listing was proven to have been read whole. */
  complete: boolean;
  requests: number;
  rateLimited: number;
  seconds: number;
  resources: Record<string, ResourceCounts>;
  pushed: Record<'created' | 'updated' | 'canceled' | 'adopted' | 'conflicts' | 'rejected' | 'held', number>;
  error?: { code: string; message: string; remedy?: string };
  /** What a reader should know although nothing failed. */
  notes: string[];
  /** Conflicts that are open now. */
  openConflicts: number;
}

function emptyResult(account: string): BackfillResult {
  return {
    account,
    ok: true,
    complete: true,
    requests: 0,
    rateLimited: 0,
    seconds: 0,
    resources: {},
    pushed: { created: 0, updated: 0, canceled: 0, adopted: 0, conflicts: 0, rejected: 0, held: 0 },
    notes: [],
    openConflicts: 0,
  };
}

/** The result of a backfill that could not begin. */
export function failedBackfill(account: string, error: unknown): BackfillResult {
  const result = emptyResult(account);
  fail(result, error);
  return result;
}

export async function backfill(session: AccountSession, options: BackfillOptions): Promise<BackfillResult> {
  const started = performance.now();
  const result = emptyResult(session.account.name);
  let run: string | undefined;
  try {
    await closeAbandonedRuns(session.db, session.account.name);
    run = await startRun(session.db, session.account.name, 'backfill', null);
    await runPass(session, options, result);
  } catch (error) {
    fail(result, session.signal.aborted ? session.signal.reason : error);
  }
  result.requests = session.sent.requests;
  result.rateLimited = session.sent.rateLimited;
  result.seconds = Math.round((performance.now() - started) / 10) / 100;
  try {
    result.openConflicts = await openConflicts(session);
    if (run !== undefined) await finishPass(session, run, result);
  } catch (error) {
    // The database went away: what is committed stands, and the next backfill closes the run.
    fail(result, error);
  }
  return result;
}

async function finishPass(session: AccountSession, run: string, result: BackfillResult): Promise<void> {
  const sum = noCounts();
  for (const counts of Object.values(result.resources)) addCounts(sum, counts);
  const outcome = result.ok ? 'succeeded' : session.signal.aborted ? 'interrupted' : 'failed';
  const counts = { ...sum, requests: result.requests, rateLimited: result.rateLimited };
  await finishRun(session.db, run, outcome, counts, result.error?.message ?? null);
}

function fail(result: BackfillResult, error: unknown): void {
  result.ok = false;
  result.complete = false;
  if (result.error !== undefined) return;
  result.error =
    error instanceof SyncError
      ? { code: error.code, message: error.message, remedy: error.remedy }
      : { code: 'INTERNAL', message: messageOf(error) };
}

async function openConflicts(session: AccountSession): Promise<number> {
  const [row] = await query<{ open: number }>(
    session.db,
    'select count(*)::int as open from sync.conflicts where account = $1 and resolved_at is null',
    [session.account.name],
  );
  return row!.open;
}

async function runPass(
  session: AccountSession,
  options: BackfillOptions,
  result: BackfillResult,
): Promise<void> {
  const me = await readMe(session);
  const names = resourceNames.filter((name) => options.resources.includes(name));
  if (options.fresh) {
    await forgetPass(session, names);
    await doubtUnlisted(session, names);
    if (options.details) for (const name of detailedOf(names)) await makeAllDue(session, name);
  }
  const view = await readKeyView(session, me);
  const pass = await resumePass(session, names, view);
  for (const name of names) {
    if (pass.done[name] !== undefined) {
      result.resources[name] = noCounts();
      if (pass.done[name] === 'unproven') {
        result.complete = false;
        result.notes.push(`${name}: read before the interruption, but not proven to be complete`);
      }
      continue;
    }
    const seen = await pullResource(session, name, options, pass, me, view, result);
    if (seen === null) continue;
    pass.done[name] = seen;
    await savePass(session, pass);
  }
  if (resourceNames.every((name) => pass.done[name] === 'whole')) await rememberKeyView(session, view);
  if (options.details) {
    for (const name of detailedOf(names)) await detailsRun(session, name, options, pass, result);
  }
  await endPass(session, result.ok);
}

function detailedOf(names: readonly ResourceName[]): DetailedName[] {
  return detailedNames.filter((name) => (names as readonly string[]).includes(name));
}

/** Runs a piece of work as a recorded run. Its error is recorded, noted in the result, and answered. */
async function recorded(
  session: AccountSession,
  kind: string,
  resource: string,
  counts: ResourceCounts,
  result: BackfillResult,
  work: () => Promise<void>,
): Promise<unknown> {
  const id = await startRun(session.db, session.account.name, kind, resource);
  const before = { ...session.sent };
  let failure: unknown = null;
  try {
    await work();
  } catch (error) {
    failure = session.signal.aborted ? session.signal.reason : error;
  }
  const outcome = failure === null ? 'succeeded' : session.signal.aborted ? 'interrupted' : 'failed';
  await finishRun(
    session.db,
    id,
    outcome,
    {
      ...counts,
      requests: session.sent.requests - before.requests,
      rateLimited: session.sent.rateLimited - before.rateLimited,
    },
    failure === null ? null : messageOf(failure),
  );
  if (failure !== null) {
    session.log[outcome === 'interrupted' ? 'warn' : 'error'](
      { event: `run_${outcome}`, run: id, kind, resource, code: (failure as { code?: string }).code },
      messageOf(failure),
    );
    fail(result, failure);
    if (!concernsOne(failure)) throw failure;
  }
  return failure;
}

/** @returns how much of the resource was seen; null if that failed */
async function pullResource(
  session: AccountSession,
  name: ResourceName,
  options: BackfillOptions,
  pass: Pass,
  me: Me,
  view: KeyView,
  result: BackfillResult,
): Promise<Seen | null> {
  const counts = noCounts();
  result.resources[name] = counts;
  let seen: Seen = 'whole';
  const failure = await recorded(session, 'sweep', name, counts, result, async () => {
    try {
      if (name === 'companies') addCounts(counts, await pullCompany(session, me));
      else if (name === 'plans') addCounts(counts, await pullPlan(session, me));
      else seen = await pullListing(session, name, options, pass, view, counts, result);
    } catch (error) {
      if (!unavailable(name, error)) throw error;
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

/** Parts of Spark Hire a plan or a key may lack. Without users, jobs and interviews there is no mirror. */
function unavailable(name: ResourceName, error: unknown): boolean {
  const optional: ResourceName[] = ['question_sets', 'share_links', 'companies', 'plans'];
  const codes = ['FORBIDDEN', 'PAYMENT_REQUIRED', 'NOT_FOUND', 'METHOD_NOT_ALLOWED'];
  return error instanceof ApiError && optional.includes(name) && codes.includes(error.code);
}

async function pullListing(
  session: AccountSession,
  name: ListedName,
  options: BackfillOptions,
  pass: Pass,
  view: KeyView,
  counts: ResourceCounts,
  result: BackfillResult,
): Promise<Seen> {
  const { progress, limits } = options;
  const swept = await sweepListing(session, name, pass, progress);
  addCounts(counts, swept.counts);
  if (counts.quarantined > 0) {
    result.notes.push(`${name}: ${counts.quarantined} rows could not be stored, see sync.quarantine`);
  }
  if (swept.unproven !== null) {
    result.complete = false;
    result.notes.push(`${name}: not proven to be complete (${swept.unproven}); nothing was deleted`);
    await completeSweep(session, name, false);
    progress.end(name, 'sweep', 'not proven complete');
    return 'unproven';
  }
  const outcome = await confirmDeletions(session, name, swept.startedAt, limits, view, progress);
  counts.deleted += outcome.deleted;
  counts.updated += outcome.updated;
  if (name === 'interviews') addQuestions(result, outcome.questions);
  await forgetStoredWell(session, name, swept.startedAt);
  await completeSweep(session, name, outcome.held);
  progress.end(name, 'sweep', 'complete');
  if (outcome.failures.failed > 0) throw outcome.failures.first;
  if (!outcome.held) return 'whole';
  result.notes.push(
    `${name}: too many rows are missing at once; nothing was deleted, see sparkhire-sync conflicts`,
  );
  return 'partly';
}

function sweepListing(
  session: AccountSession,
  name: ListedName,
  pass: Pass,
  progress: Progress,
): Promise<SweepResult> {
  switch (name) {
    case 'jobs':
      return sweepRanged(session, rangedResources.jobs, pass, progress);
    case 'interviews':
      return sweepRanged(session, rangedResources.interviews, pass, progress);
    case 'users':
      return sweepWhole(session, wholeResources.users, progress);
    case 'question_sets':
      return sweepWhole(session, wholeResources.question_sets, progress);
    case 'share_links':
      return sweepWhole(session, wholeResources.share_links, progress);
  }
}

/** Questions come with single interviews only: there is nothing to say where none was read. */
function addQuestions(result: BackfillResult, questions: ResourceCounts): void {
  if (questions.read + questions.deleted === 0) return;
  result.resources.interview_questions ??= noCounts();
  addCounts(result.resources.interview_questions, questions);
}

/** Details complete rows that the listing has just written: those are not counted as updated a second time. */
function addDetails(result: BackfillResult, name: DetailedName, details: DetailsResult): void {
  const sum = result.resources[name] ?? noCounts();
  result.resources[name] = sum;
  sum.updated += details.updated;
  sum.unchanged = Math.max(0, sum.unchanged - details.updated);
  sum.quarantined += details.counts.quarantined;
  sum.details += details.counts.read;
  if (name === 'interviews') addQuestions(result, details.questions);
  if (details.hidden > 0) {
    result.notes.push(`${name}: ${details.hidden} objects of the listing could not be read by themselves`);
  }
}

async function detailsRun(
  session: AccountSession,
  name: DetailedName,
  options: BackfillOptions,
  pass: Pass,
  result: BackfillResult,
): Promise<void> {
  await makeDoubtfulDue(session, name);
  const due = await countDue(session, name, pass);
  if (due === 0) return;
  const details = noDetails();
  options.progress.begin(name, 'details', due, 0);
  try {
    await recorded(session, 'details', name, details.counts, result, async () => {
      await pullDetails(session, name, options.detailConcurrency, options.progress, details, pass);
      if (details.failures.failed > 0) throw details.failures.first;
    });
  } finally {
    addDetails(result, name, details);
  }
  if (details.failures.failed > 0) return;
  options.progress.end(name, 'details', 'done');
  await inTransaction(session.db, (tx) => saveCompletion(tx, session.account.name, name, 'details'));
}
