/** What a piece of work on an account came to, as --json shows it. */
import type { AccountSession } from '../account-session.js';
import { query } from '../db/database.js';
import { messageOf, SyncError } from '../errors.js';
import { ApiError } from '../sparkhire/client.js';
import { addCounts, noCounts, type ResourceCounts } from './progress.js';
import type { ResourceName } from './resources.js';

export interface BackfillResult {
  account: string;
  ok: boolean;
  /** Whether everything that was to be read was proven to have been read. */
  complete: boolean;
  requests: number;
  rateLimited: number;
  seconds: number;
  resources: Record<string, ResourceCounts>;
  pushed: Record<'created' | 'updated' | 'canceled' | 'adopted' | 'conflicts' | 'rejected' | 'held', number>;
  /** How many of the rows held wait for nothing but the API key of who is to act; left out where none does. */
  withoutKey?: number;
  /** How many for nothing but their user, who is disabled or gone in Spark Hire; likewise. */
  withoutUser?: number;
  /** A plan that waits for a person to release it. */
  planHeld?: { reason: string; checksum: string };
  /** What was read of a connected ATS; left out where there is none, or it could not be read. */
  ats?: Record<'requests' | 'entries' | 'invited' | 'canceled' | 'skipped' | 'jobs' | 'users', number> & {
    readUntil: string;
  };
  /** Results that were carried back to it; left out where there is none, or it could not be written to. */
  writtenBack?: Record<'written' | 'refused' | 'waiting', number>;
  error?: { code: string; message: string; remedy?: string };
  /** What a reader should know although nothing failed. */
  notes: string[];
  /** Conflicts that are open now. */
  openConflicts: number;
}

export function emptyResult(account: string): BackfillResult {
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

/** Notes an error in the result; the first one is the one that is shown. */
export function fail(result: BackfillResult, error: unknown): void {
  result.ok = false;
  result.complete = false;
  if (result.error !== undefined) return;
  result.error =
    error instanceof SyncError
      ? { code: error.code, message: error.message, remedy: error.remedy }
      : { code: 'INTERNAL', message: messageOf(error) };
}

/** Adds the result of more work on the same account, done after the first. */
export function mergeResult(sum: BackfillResult, more: BackfillResult): void {
  sum.ok &&= more.ok;
  sum.complete &&= more.complete;
  sum.error ??= more.error;
  sum.requests += more.requests;
  sum.rateLimited += more.rateLimited;
  sum.seconds = Math.round((sum.seconds + more.seconds) * 100) / 100;
  for (const [name, counts] of Object.entries(more.resources)) {
    sum.resources[name] ??= noCounts();
    addCounts(sum.resources[name], counts);
  }
  for (const key of Object.keys(sum.pushed) as Array<keyof BackfillResult['pushed']>) {
    sum.pushed[key] += more.pushed[key];
  }
  sum.notes.push(...more.notes);
  sum.openConflicts = more.openConflicts;
}

export async function countOpenConflicts(session: AccountSession): Promise<number> {
  const [row] = await query<{ open: number }>(
    session.db,
    'select count(*)::int as open from sync.conflicts where account = $1 and resolved_at is null',
    [session.account.name],
  );
  return row!.open;
}

/** Questions come with single interviews only: there is nothing to say where none was read. */
export function addQuestions(result: BackfillResult, questions: ResourceCounts): void {
  if (questions.read + questions.deleted === 0) return;
  result.resources.interview_questions ??= noCounts();
  addCounts(result.resources.interview_questions, questions);
}

/** Parts of Spark Hire a plan or a key may lack. Without users, jobs and interviews there is no mirror. */
export function isUnavailable(name: ResourceName, error: unknown): boolean {
  const optional: ResourceName[] = ['question_sets', 'share_links', 'companies', 'plans'];
  const codes = ['FORBIDDEN', 'PAYMENT_REQUIRED', 'NOT_FOUND', 'METHOD_NOT_ALLOWED'];
  return error instanceof ApiError && optional.includes(name) && codes.includes(error.code);
}
