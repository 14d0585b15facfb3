import { describe, expect, it } from 'vitest';
import {
  decideRetry,
  defaultRetryPolicy,
  type FailedAttempt,
  type RetryPolicy,
  retryAfterMs,
} from '../../../src/sparkhire/retry.js';

const failed = (over: Partial<FailedAttempt>): FailedAttempt => ({
  method: 'GET',
  repeatable: true,
  code: 'REMOTE_FAILED',
  outcome: 'unknown',
  retryAfterMs: null,
  failures: 1,
  rateLimited: 0,
  ...over,
});
const decide = (over: Partial<FailedAttempt>, random = 1, policy: RetryPolicy = defaultRetryPolicy) =>
  decideRetry(failed(over), policy, random);
const post = { method: 'POST', repeatable: false } as const;

describe('what is repeated', () => {
  it.each(['REMOTE_FAILED', 'REMOTE_TIMEOUT', 'REMOTE_UNREACHABLE', 'ANSWER_UNREADABLE'] as const)(
    'point 3: %s is repeated for a GET, never for a POST that may have been done',
    (code) => {
      expect(decide({ code })).toEqual({ wait: 500 });
      expect(decide({ ...post, code })).toBe('stop');
    },
  );

  it('point 3: a POST that never left this machine is repeated', () => {
    expect(decide({ ...post, code: 'REMOTE_UNREACHABLE', outcome: 'not_sent' })).toEqual({ wait: 500 });
    expect(decide({ ...post, code: 'REMOTE_TIMEOUT', outcome: 'not_sent' })).toEqual({ wait: 500 });
  });

  it('point 27: the replay of a webhook is repeated no more than a POST', () => {
    expect(decide({ method: 'GET', repeatable: false })).toBe('stop');
  });

  it.each([
    'KEY_REFUSED',
    'FORBIDDEN',
    'PAYMENT_REQUIRED',
    'NOT_FOUND',
    'METHOD_NOT_ALLOWED',
    'REQUEST_REFUSED',
    'ABORTED',
  ] as const)('point 3: %s is final', (code) => {
    expect(decide({ code, outcome: 'refused' })).toBe('stop');
  });

  it('five attempts in all', () => {
    expect(decide({ failures: 4 })).not.toBe('stop');
    expect(decide({ failures: 5 })).toBe('stop');
  });

  it('twelve 429 in a row, whatever failed otherwise, also for a POST', () => {
    const limited = { code: 'RATE_LIMITED', outcome: 'refused' } as const;
    expect(decide({ ...post, ...limited, rateLimited: 11, failures: 4 })).not.toBe('stop');
    expect(decide({ ...post, ...limited, rateLimited: 12 })).toBe('stop');
  });
});

describe('how long is waited', () => {
  it('doubles from 500 ms to 30 s, between half and the whole of it', () => {
    const policy = { ...defaultRetryPolicy, attempts: 100 };
    expect([1, 2, 3, 6, 7, 8, 99].map((failures) => decide({ failures }, 1, policy))).toEqual(
      [500, 1000, 2000, 16_000, 30_000, 30_000, 30_000].map((wait) => ({ wait })),
    );
    expect(decide({ failures: 3 }, 0)).toEqual({ wait: 1000 });
    expect(decide({ failures: 3 }, 0.5)).toEqual({ wait: 1500 });
  });

  it('a server that is overloaded may ask for longer, up to two minutes', () => {
    expect(decide({ retryAfterMs: 20_000 })).toEqual({ wait: 20_000 });
    expect(decide({ retryAfterMs: 900_000 })).toEqual({ wait: 120_000 });
    expect(decide({ retryAfterMs: 10 })).toEqual({ wait: 500 });
  });

  const limited = (over: Partial<FailedAttempt>, random = 0) =>
    decide({ code: 'RATE_LIMITED', outcome: 'refused', failures: 0, rateLimited: 1, ...over }, random);

  it('point 1: after a 429 it waits what the answer says, an hour at most', () => {
    expect(limited({ retryAfterMs: 45_000 })).toEqual({ wait: 45_000 });
    expect(limited({ retryAfterMs: 7_200_000 })).toEqual({ wait: 3_600_000 });
  });

  it('point 1: "0 seconds" is a rounded-down rest of a second', () => {
    expect(limited({ retryAfterMs: 0 })).toEqual({ wait: 1000 });
  });

  it('point 1: what proves wrong again and again is waited longer', () => {
    expect(limited({ retryAfterMs: 1000, rateLimited: 3 })).toEqual({ wait: 1000 });
    expect(limited({ retryAfterMs: 1000, rateLimited: 8 })).toEqual({ wait: 8000 });
  });

  it('point 1: without a word it backs off from 1 s to 60 s', () => {
    expect([1, 2, 6, 7, 11].map((rateLimited) => limited({ rateLimited }, 1))).toEqual(
      [1000, 2000, 32_000, 60_000, 60_000].map((wait) => ({ wait })),
    );
    expect(limited({ rateLimited: 2 }, 0)).toEqual({ wait: 1000 });
  });
});

describe('point 1: what an answer asks to wait', () => {
  const now = Date.parse('2031-01-01T00:00:00Z');
  it.each([
    [{ 'x-rate-limit-try-again-seconds': '12' }, 12_000],
    [{ 'x-rate-limit-try-again-seconds': '12', 'retry-after': '99' }, 12_000],
    [{ 'x-rate-limit-try-again-seconds': 'soon', 'retry-after': '7' }, 7000],
    [{ 'x-rate-limit-try-again-seconds': '', 'retry-after': '7' }, 7000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': 'Wed, 01 Jan 2031 00:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Tue, 31 Dec 2030 00:00:00 GMT' }, 0],
    [{ 'retry-after': '-5' }, null],
    [{ 'retry-after': 'later' }, null],
    [{}, null],
  ])('%j', (headers, expected) => {
    expect(retryAfterMs(headers, now)).toBe(expected);
  });
});
