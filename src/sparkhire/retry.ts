/**
 * Whether a failed attempt is repeated, and when. Pure.
 *
 *   what happened                     GET, PUT, DELETE        POST, replay of a webhook
 *   -------------                     ----------------        -------------------------
 *   429                               wait, again (12 in all) wait, again (12 in all)
 *   never left this machine           backoff, again          backoff, again
 *   5xx, timeout, broken connection   backoff, again          stop: it may have been done
 *   answer that cannot be read        GET: backoff, again     stop: it was probably done
 *   2xx without a usable body         PUT, DELETE: accepted   stop: the same
 *   any other status                  stop                    stop
 */
import type { ErrorCode } from '../errors.js';
import type { Outcome } from './api-error.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

export interface RetryPolicy {
  /** Attempts in all, those that met a 429 not counted. */
  attempts: number;
  /** The first backoff; it doubles each time up to `capMs`, and a random part of it is waited. */
  baseMs: number;
  capMs: number;
  /** 429 answers in a row until RATE_LIMITED. */
  rateLimitedAttempts: number;
  /** Backoff after a 429 that does not say how long. */
  rateLimitedBaseMs: number;
  rateLimitedCapMs: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  attempts: 5,
  baseMs: 500,
  capMs: 30_000,
  rateLimitedAttempts: 12,
  rateLimitedBaseMs: 1_000,
  rateLimitedCapMs: 60_000,
};

/** What a server says in a 429 is believed up to this. */
const longestWaitMs = 3_600_000;
/** A 503 may name a wait too; beyond this the work is better failed and taken up by the next run. */
const longestUnavailableMs = 120_000;

export interface FailedAttempt {
  method: Method;
  /** False for a request with an effect that must not happen twice: every POST, and a GET that sends. */
  repeatable: boolean;
  code: ErrorCode;
  outcome: Outcome;
  /** What the answer asks to wait; null if nothing was said. */
  retryAfterMs: number | null;
  /** Failed attempts so far without the 429 answers, this one included. */
  failures: number;
  /** 429 answers in a row, this one included. */
  rateLimited: number;
}

const passing: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'REMOTE_FAILED',
  'REMOTE_UNREACHABLE',
  'REMOTE_TIMEOUT',
  'ANSWER_UNREADABLE',
]);

/** @param random a number from 0 up to 1 */
export function decideRetry(
  failed: FailedAttempt,
  policy: RetryPolicy,
  random: number,
): { wait: number } | 'stop' {
  if (failed.code === 'RATE_LIMITED') {
    if (failed.rateLimited >= policy.rateLimitedAttempts) return 'stop';
    return { wait: rateLimitWait(failed, policy, random) };
  }
  if (!passing.has(failed.code) || failed.failures >= policy.attempts) return 'stop';
  if (!failed.repeatable && failed.outcome !== 'not_sent') return 'stop';
  const wait = backoff(failed.failures, policy.baseMs, policy.capMs, random);
  return { wait: Math.max(wait, Math.min(failed.retryAfterMs ?? 0, longestUnavailableMs)) };
}

function rateLimitWait(failed: FailedAttempt, policy: RetryPolicy, random: number): number {
  const own = (attempt: number) =>
    backoff(attempt, policy.rateLimitedBaseMs, policy.rateLimitedCapMs, random);
  if (failed.retryAfterMs === null) return own(failed.rateLimited);
  // What is said may be rounded down to nothing; and where it proves wrong again and again, own judgement adds.
  const said = Math.max(failed.retryAfterMs, policy.rateLimitedBaseMs) + random * 100;
  const floor = failed.rateLimited > 3 ? own(failed.rateLimited - 3) : 0;
  return Math.min(Math.max(said, floor), longestWaitMs);
}

/** Exponential, between half and the whole of the step. */
function backoff(attempt: number, baseMs: number, capMs: number, random: number): number {
  const step = Math.min(capMs, baseMs * 2 ** Math.min(attempt - 1, 30));
  return step / 2 + (step / 2) * random;
}

/**
 * How long an answer asks to wait, in milliseconds: X-Rate-Limit-Try-Again-Seconds, else Retry-After (seconds
 * or a date); null if it says nothing usable.
 */
export function retryAfterMs(headers: Record<string, string | undefined>, now: number): number | null {
  for (const name of ['x-rate-limit-try-again-seconds', 'retry-after']) {
    const value = headers[name]?.trim();
    if (value === undefined || value === '') continue;
    if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
    const date = /[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
    if (Number.isFinite(date)) return Math.max(0, date - now);
  }
  return null;
}
