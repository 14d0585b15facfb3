/** The one way out to Spark Hire: every call passes through here, and every attempt through the limiter. */
import { type Clock, sleep } from '../clock.js';
import { type ErrorCode, SyncError } from '../errors.js';
import type { Lane, Limiter } from '../http/limiter.js';
import { type HttpAnswer, type Transport, TransportFailure } from '../http/transport.js';
import type { Logger } from '../log.js';
import { ApiError, type Outcome } from './api-error.js';
import { type RequestFacts, refusal, transportError, unreadable } from './failures.js';
import { ShapeProblem } from './reading.js';
import { decideRetry, type Method, type RetryPolicy } from './retry.js';

/** The last argument of every call. */
export interface CallOptions {
  /** How urgent it is; reads are `interactive` and writes `write` unless given. */
  lane?: Lane;
  /** Gives the call up: it rejects with ABORTED at once. */
  signal?: AbortSignal;
  /**
   * Awaited before each attempt (1 is the first), once it is its turn: waiting for the rate limit does not age what
   * it finds out. If it rejects, the attempt is not sent and the call rejects with ABORTED, its error as the cause.
   */
  beforeSend?: (attempt: number) => Promise<void>;
  /** Asked at the very moment the attempt would leave, when it has its connection; false: it is not sent. */
  mayLeave?: () => boolean;
}

/** One attempt, for metrics and logs. Holds no secret and no identifier. */
export interface RequestEvent {
  /** Method and path template. */
  route: string;
  method: Method;
  /** null if no answer came. */
  status: number | null;
  /** What the attempt failed with; null if it succeeded. */
  code: ErrorCode | null;
  lane: Lane;
  /** From the start of the attempt to the end of the answer, without the waiting before. */
  durationMs: number;
  /** Whether the answer was a 429. */
  rateLimited: boolean;
  /** 1 for the first. */
  attempt: number;
  /** The answer's Date header. */
  serverDate: Date | null;
}

export interface RequestSpec {
  method: Method;
  /** Path template, such as /jobs/:uuid. */
  template: string;
  /** Values for the template's placeholders, in order. */
  params?: readonly string[];
  /** Encoded query without the question mark. */
  query?: string;
  /** Sent as JSON. */
  body?: unknown;
  /** A GET that must not be sent twice, since it has an effect. */
  once?: boolean;
}

/** A successful (2xx) answer. */
export interface Answer {
  status: number;
  /** The parsed body; undefined if it is empty, and of a change that was accepted with a body of another kind. */
  json: unknown;
  serverDate: Date | null;
}

export interface RequestContext {
  /** Without a slash at its end. */
  baseUrl: string;
  key: string;
  /** Other keys that no error may show. */
  hides?: readonly string[];
  userAgent: string;
  timeoutMs: number;
  leaveWithinMs?: number;
  transport: Transport;
  limiter: Limiter;
  clock: Clock;
  retry: RetryPolicy;
  random: () => number;
  /** Aborts when the client is closed. */
  closing: AbortSignal;
  onRequest?: (event: RequestEvent) => void;
  log?: Logger;
}

export type Send = <T>(
  spec: RequestSpec,
  read: (answer: Answer) => T,
  options: CallOptions | undefined,
) => Promise<T>;

export function createSend(context: RequestContext): Send {
  const { clock, limiter, log, retry } = context;
  const credentials = Buffer.from(`${context.key}:x`).toString('base64');
  const keys = [context.key, ...(context.hides ?? [])];
  const secrets = [credentials, ...keys.flatMap((key) => [key, encodeURIComponent(key)])];
  const origin = new URL(context.baseUrl).origin;

  return async function send(spec, read, options = {}) {
    const lane = options.lane ?? (spec.method === 'GET' ? 'interactive' : 'write');
    const facts: RequestFacts = { route: `${spec.method} ${spec.template}`, origin, secrets };
    const repeatable = spec.method !== 'POST' && spec.once !== true;
    let failures = 0;
    let rateLimited = 0;
    let unclear = false;

    for (let attempt = 1; ; attempt += 1) {
      let error: ApiError;
      let status = 0;
      try {
        const answer = await attemptOnce(spec, facts, lane, attempt, rateLimited, options);
        status = answer.status;
        return read(answer);
      } catch (thrown) {
        if (thrown instanceof ShapeProblem) {
          error = unreadable(status, thrown.message, unreadableOutcome(spec.method), facts);
        } else if (thrown instanceof ApiError) {
          error = thrown;
        } else {
          throw thrown;
        }
      }
      // What an earlier attempt may have done is not undone by a later one that never left.
      if (unclear && error.outcome === 'not_sent') error = error.withOutcome('unknown');
      // The first try may have deleted it before its answer was lost.
      if (spec.method === 'DELETE' && unclear && error.code === 'NOT_FOUND') {
        return read({ status: error.status ?? 404, json: undefined, serverDate: null });
      }
      if (error.code === 'RATE_LIMITED') {
        rateLimited += 1;
      } else {
        rateLimited = 0;
        failures += 1;
        unclear ||= error.outcome === 'unknown';
      }
      const decision = decideRetry(
        {
          method: spec.method,
          repeatable,
          code: error.code,
          outcome: error.outcome,
          retryAfterMs: error.retryAfterMs,
          failures,
          rateLimited,
        },
        retry,
        context.random(),
      );
      if (decision === 'stop') throw error;
      log?.debug(
        { route: facts.route, code: error.code, status: error.status, attempt },
        'request is repeated',
      );
      // After a 429 the limiter itself holds everything back, this request included.
      if (error.code !== 'RATE_LIMITED' && !(await waited(decision.wait, options.signal))) {
        throw stopped(facts, unclear ? 'unknown' : 'not_sent', options.signal?.reason);
      }
    }
  };

  async function attemptOnce(
    spec: RequestSpec,
    facts: RequestFacts,
    lane: Lane,
    attempt: number,
    rateLimitedBefore: number,
    { signal, beforeSend, mayLeave }: CallOptions,
  ): Promise<Answer> {
    let started = 0;
    let answer: HttpAnswer | null = null;
    let error: ApiError | null = null;
    let objection: { cause: unknown } | null = null;
    try {
      answer = await limiter.schedule(
        lane,
        async () => {
          try {
            await beforeSend?.(attempt);
          } catch (cause) {
            // To the limiter it is no request without an answer: nothing is on its way.
            objection = { cause };
            return null;
          }
          started = clock.monotonic();
          const received = await context.transport.exchange({
            method: spec.method,
            url: urlOf(context.baseUrl, spec),
            headers: headersOf(spec),
            body: spec.body === undefined ? null : JSON.stringify(spec.body),
            timeoutMs: context.timeoutMs,
            signal,
            mayLeave,
            leaveWithinMs: context.leaveWithinMs,
          });
          // Before this request gives its place to the next one.
          if (received.status === 429) pauseFor(received, facts, spec, rateLimitedBefore + 1);
          return received;
        },
        signal,
      );
      if (answer === null) {
        throw stopped(facts, 'not_sent', (objection as { cause: unknown } | null)?.cause);
      }
      if (answer.status < 200 || answer.status >= 300) throw refusal(answer, facts, clock.now());
      return {
        status: answer.status,
        json: spec.method === 'DELETE' || spec.once ? undefined : parsed(answer, spec, facts),
        serverDate: dateOf(answer),
      };
    } catch (thrown) {
      if (thrown instanceof TransportFailure) {
        error = transportError(thrown, context.timeoutMs, facts);
        // The rest of the answer could say no more than that.
        if (isAccepted(thrown, spec)) return { status: thrown.status!, json: undefined, serverDate: null };
      } else if (thrown instanceof ApiError) error = thrown;
      else if (thrown instanceof SyncError && thrown.code === 'ABORTED')
        error = stopped(facts, 'not_sent', thrown);
      else throw thrown;
      throw error;
    } finally {
      if (started > 0) {
        observe({
          route: facts.route,
          method: spec.method,
          status: answer?.status ?? null,
          code: error?.code ?? null,
          lane,
          durationMs: clock.monotonic() - started,
          rateLimited: answer?.status === 429,
          attempt,
          serverDate: answer === null ? null : dateOf(answer),
        });
      }
    }
  }

  function pauseFor(answer: HttpAnswer, facts: RequestFacts, spec: RequestSpec, rateLimited: number): void {
    const error = refusal(answer, facts, clock.now());
    const decision = decideRetry(
      {
        method: spec.method,
        repeatable: true,
        code: error.code,
        outcome: error.outcome,
        retryAfterMs: error.retryAfterMs,
        failures: 0,
        rateLimited,
      },
      { ...retry, rateLimitedAttempts: Number.POSITIVE_INFINITY },
      context.random(),
    );
    if (decision !== 'stop') limiter.pause(clock.now() + decision.wait);
  }

  function headersOf(spec: RequestSpec): Record<string, string> {
    const headers: Record<string, string> = {
      authorization: `Basic ${credentials}`,
      accept: 'application/json',
      'user-agent': context.userAgent,
    };
    if (spec.method === 'POST' || spec.method === 'PUT') headers['content-type'] = 'application/json';
    return headers;
  }

  /** False if the wait was given up, by the caller or by closing the client. */
  async function waited(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
    const sources = signal === undefined ? [context.closing] : [context.closing, signal];
    if (sources.some(({ aborted }) => aborted)) return false;
    const either = new AbortController();
    const giveUp = () => either.abort();
    for (const source of sources) source.addEventListener('abort', giveUp, { once: true });
    try {
      await sleep(clock, ms, either.signal);
      return true;
    } catch {
      return false;
    } finally {
      for (const source of sources) source.removeEventListener('abort', giveUp);
    }
  }

  function observe(event: RequestEvent): void {
    log?.debug({ ...event, serverDate: undefined }, 'request');
    try {
      context.onRequest?.(event);
    } catch (error) {
      log?.warn({ err: error, route: event.route }, 'an observer of requests failed');
    }
  }
}

function stopped(facts: RequestFacts, outcome: Outcome, cause: unknown): ApiError {
  const what =
    outcome === 'not_sent' ? 'was stopped before it was sent' : 'was stopped before it was repeated';
  return new ApiError('ABORTED', `${facts.route} ${what}`, {
    status: null,
    apiCode: null,
    reason: null,
    retryAfterMs: null,
    route: facts.route,
    outcome,
    cause,
  });
}

function urlOf(baseUrl: string, spec: RequestSpec): URL {
  let next = 0;
  const path = spec.template.replaceAll(/:[a-z_]+/g, () => encodeURIComponent(spec.params?.[next++] ?? ''));
  return new URL(`${baseUrl}${path}${spec.query ? `?${spec.query}` : ''}`);
}

/** Whether a change was accepted by what came of its answer: to repeat it might mail a candidate again. */
function isAccepted({ kind, status }: TransportFailure, { method }: RequestSpec): boolean {
  const isChange = method === 'PUT' || method === 'DELETE';
  return isChange && kind !== 'aborted' && status !== null && status >= 200 && status < 300;
}

/** What a 2xx with an unusable body says: a PUT or DELETE was accepted, of a POST nobody knows the object. */
function unreadableOutcome(method: Method): Outcome {
  return method === 'PUT' || method === 'DELETE' ? 'done' : 'unknown';
}

/** Strict JSON in strict UTF-8; a byte order mark is skipped. An empty body is undefined. */
function parsed(answer: HttpAnswer, spec: RequestSpec, facts: RequestFacts): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(answer.body);
    return text.trim() === '' ? undefined : JSON.parse(text);
  } catch {
    // Accepted is accepted, in whatever words: the object is read afterwards.
    if (spec.method === 'PUT') return undefined;
    // The parser's own message would quote the body.
    throw unreadable(answer.status, 'its body is not JSON', unreadableOutcome(spec.method), facts);
  }
}

function dateOf(answer: HttpAnswer): Date | null {
  const time = Date.parse(answer.headers.date ?? '');
  return Number.isNaN(time) ? null : new Date(time);
}
