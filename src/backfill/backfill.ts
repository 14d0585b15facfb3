/**
 * One full pass over an account: every listing, what it proves to be gone, then the single objects.
 * Interrupted anywhere it goes on from its checkpoints.
 */
import type { AccountSession } from '../account-session.js';
import {
  closeAbandonedRuns,
  finishRun,
  forgetPositions,
  readCheckpoint,
  saveCompletion,
  savePosition,
  startRun,
} from '../db/checkpoints.js';
import { inTransaction, query } from '../db/database.js';
import { messageOf, SyncError } from '../errors.js';
import { ApiError, type Me } from '../sparkhire/client.js';
import { confirmDeletions, type Limits } from './deletions.js';
import { countDue, type DetailsResult, makeAllDue, noDetails, pullDetails } from './details.js';
import { type KeyView, pullCompany, pullPlan, readKeyView, readMe, rememberKeyView } from './facts.js';
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
import { completeSweep, type SweepResult, sweepRanged, sweepWhole } from './sweep.js';

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

interface PassPosition {
  startedAt: string;
  resources: string[];
  done: string[];
}

/** A pass that was cut off longer ago than this is not continued: what it finished may be stale. */
const passLifetimeMs = 24 * 3600_000;
const passName = 'account';

export async function backfill(session: AccountSession, options: BackfillOptions): Promise<BackfillResult> {
  const started = performance.now();
  const result: BackfillResult = {
    account: session.account.name,
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
  let run: string | undefined;
  try {
    await closeAbandonedRuns(session.db, session.account.name);
    run = await startRun(session.db, session.account.name, 'backfill', null);
    await pass(session, options, result);
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

async function pass(
  session: AccountSession,
  options: BackfillOptions,
  result: BackfillResult,
): Promise<void> {
  const me = await readMe(session);
  const names = resourceNames.filter((name) => options.resources.includes(name));
  if (options.fresh) {
    await forgetPositions(session.db, session.account.name, [...names, passName]);
    if (options.details) for (const name of detailedOf(names)) await makeAllDue(session, name);
  }
  const position = await resumePass(session, names);
  const view = await readKeyView(session, me);
  let whole = true;
  for (const name of names) {
    if (position.done.includes(name)) {
      result.resources[name] = noCounts();
      continue;
    }
    const proven = await pullResource(session, name, options, me, view, result);
    whole &&= proven;
    if (!result.ok) continue;
    position.done.push(name);
    await savePass(session, position);
  }
  if (result.ok && whole && names.length === resourceNames.length) await rememberKeyView(session, view);
  if (options.details && result.ok) {
    for (const name of detailedOf(names)) await detailsRun(session, name, options, result);
  }
  if (result.ok) {
    await inTransaction(session.db, (tx) => saveCompletion(tx, session.account.name, passName, 'sweep'));
  }
}

function detailedOf(names: readonly ResourceName[]): DetailedName[] {
  return detailedNames.filter((name) => (names as readonly string[]).includes(name));
}

async function resumePass(session: AccountSession, names: readonly ResourceName[]): Promise<PassPosition> {
  const checkpoint = await readCheckpoint(session.db, session.account.name, passName, 'sweep');
  const found = checkpoint?.position as PassPosition | null | undefined;
  const usable =
    found &&
    found.resources.join() === names.join() &&
    Date.now() - Date.parse(found.startedAt) < passLifetimeMs;
  if (usable) {
    if (found.done.length > 0) {
      session.log.info(
        { event: 'backfill_resumed', done: found.done },
        'going on with the interrupted backfill; what it finished is not read again',
      );
    }
    return found;
  }
  const position: PassPosition = { startedAt: new Date().toISOString(), resources: [...names], done: [] };
  await savePass(session, position);
  return position;
}

async function savePass(session: AccountSession, position: PassPosition): Promise<void> {
  await inTransaction(session.db, (tx) =>
    savePosition(tx, session.account.name, passName, 'sweep', position),
  );
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
    if (stopsEverything(failure)) throw failure;
  }
  return failure;
}

/** Failures of one listing leave the others their chance; a refused key or a dead connection does not. */
function stopsEverything(error: unknown): boolean {
  const oneListing = ['REMOTE_FAILED', 'ANSWER_UNREADABLE', 'REQUEST_REFUSED', 'FORBIDDEN', 'NOT_FOUND'];
  return !(error instanceof ApiError && oneListing.includes(error.code));
}

/** @returns whether the resource was seen whole */
async function pullResource(
  session: AccountSession,
  name: ResourceName,
  options: BackfillOptions,
  me: Me,
  view: KeyView,
  result: BackfillResult,
): Promise<boolean> {
  const counts = noCounts();
  result.resources[name] = counts;
  let seenWhole = true;
  const failure = await recorded(session, 'sweep', name, counts, result, async () => {
    try {
      if (name === 'companies') addCounts(counts, await pullCompany(session, me));
      else if (name === 'plans') addCounts(counts, await pullPlan(session, me));
      else seenWhole = await pullListing(session, name, options, view, counts, result);
    } catch (error) {
      if (!unavailable(name, error)) throw error;
      seenWhole = false;
      result.notes.push(`${name}: not available to this key (${messageOf(error)})`);
    }
  });
  return failure === null && seenWhole;
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
  view: KeyView,
  counts: ResourceCounts,
  result: BackfillResult,
): Promise<boolean> {
  const swept = await sweepListing(session, name, options.progress);
  addCounts(counts, swept.counts);
  if (counts.quarantined > 0) {
    result.notes.push(`${name}: ${counts.quarantined} rows could not be stored, see sync.quarantine`);
  }
  let held = false;
  if (swept.unproven === null) {
    const outcome = await confirmDeletions(
      session,
      name,
      swept.startedAt,
      options.limits,
      view,
      options.progress,
    );
    counts.deleted += outcome.deleted;
    held = outcome.held;
    if (held) {
      result.notes.push(
        `${name}: too many rows are missing at once; nothing was deleted, see sync.conflicts`,
      );
    }
  } else {
    result.complete = false;
    result.notes.push(`${name}: not proven to be complete (${swept.unproven}); nothing was deleted`);
  }
  await completeSweep(session, name);
  options.progress.end(name, 'sweep', swept.unproven === null ? 'complete' : 'not proven complete');
  return swept.unproven === null && !held;
}

function sweepListing(session: AccountSession, name: ListedName, progress: Progress): Promise<SweepResult> {
  switch (name) {
    case 'jobs':
      return sweepRanged(session, rangedResources.jobs, progress);
    case 'interviews':
      return sweepRanged(session, rangedResources.interviews, progress);
    case 'users':
      return sweepWhole(session, wholeResources.users, progress);
    case 'question_sets':
      return sweepWhole(session, wholeResources.question_sets, progress);
    case 'share_links':
      return sweepWhole(session, wholeResources.share_links, progress);
  }
}

/** Details complete rows that the listing has just written: those are not counted as updated a second time. */
function addDetails(result: BackfillResult, name: DetailedName, details: DetailsResult): void {
  const sum = result.resources[name] ?? noCounts();
  result.resources[name] = sum;
  const updated = Math.max(0, details.counts.updated - sum.created - sum.updated);
  sum.updated += updated;
  sum.unchanged = Math.max(0, sum.unchanged - updated);
  sum.quarantined += details.counts.quarantined;
  sum.details += details.counts.read;
  if (name === 'interviews') {
    result.resources.interview_questions ??= noCounts();
    addCounts(result.resources.interview_questions, details.questions);
  }
  if (details.hidden > 0) {
    result.notes.push(`${name}: ${details.hidden} objects of the listing could not be read by themselves`);
  }
}

async function detailsRun(
  session: AccountSession,
  name: DetailedName,
  options: BackfillOptions,
  result: BackfillResult,
): Promise<void> {
  const due = await countDue(session, name);
  if (due === 0) return;
  const details = noDetails();
  options.progress.begin(name, 'details', due, 0);
  try {
    await recorded(session, 'details', name, details.counts, result, async () => {
      await pullDetails(session, name, options.detailConcurrency, options.progress, details);
      if (details.failed > 0) throw details.firstError;
    });
  } finally {
    addDetails(result, name, details);
  }
  if (details.failed > 0) return;
  options.progress.end(name, 'details', 'done');
  await inTransaction(session.db, (tx) => saveCompletion(tx, session.account.name, name, 'details'));
}
