/**
 * The one way to an ATS: its limits, what is tried again, and what an answer that is none becomes. A read is tried again
 * after a failure; a write never is, unless the ATS refused it before it did anything (401, 429).
 */
import { type Clock, sleep } from '../clock.js';
import { type ErrorCode, SyncError } from '../errors.js';
import { createLimiter, type LimiterOptions } from '../http/limiter.js';
import { createTransport, type HttpAnswer, TransportFailure } from '../http/transport.js';

export interface AtsRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: URL;
  /** Sent as JSON. */
  body?: unknown;
  /** Where an ATS is read by other methods than GET. */
  isRead?: boolean;
  /** Waited for just before it leaves, each time that it does; if it throws, nothing leaves. */
  leaving?: () => Promise<void>;
  signal: AbortSignal;
}

/** Who asks; `refused`: what was sent last and not accepted. */
export type Authorize = (refused: string | null, signal: AbortSignal) => Promise<string>;

export interface AtsHttpOptions {
  /** How messages call the ATS. */
  title: string;
  /** What the ATS allows, as far as its answers do not say otherwise. */
  limits: Required<Pick<LimiterOptions, 'limit' | 'windowMs' | 'maxConcurrent'>>;
  authorize: Authorize;
  /** What an answer means; null: it is one, whatever its status. undefined: what its status says. */
  codeOf?: ((answer: HttpAnswer) => ErrorCode | null | undefined) | undefined;
  /** Where a long wait that the ATS asked for is kept, so that no other process asks meanwhile. */
  wait?: AskedWait | undefined;
  clock: Clock;
}

export interface AskedWait {
  /** Milliseconds that are left of it. */
  left(): Promise<number>;
  /** From now on, in milliseconds; 0: it is over. */
  ask(ms: number): Promise<void>;
}

export interface AtsHttp {
  /** @returns an answer of 2xx or 404. @throws SyncError ATS_…; a write whose outcome is unknown is a LostWrite */
  send(request: AtsRequest): Promise<HttpAnswer>;
  requests(): number;
  /** The next request leaves in spite of a wait. Its answer ends the wait, or begins another. */
  insist(): void;
  /** How far the clock of the ATS is ahead of this machine's; null before the first answer. Seconds of difference are none. */
  aheadMs(): number | null;
  close(): Promise<void>;
}

/** A write that left and was not answered: whether it arrived is found out by looking. */
export class LostWrite extends SyncError {}

const readTimeoutMs = 10_000;
const writeTimeoutMs = 15_000;
const tries = 3;
const waits = 5;
/** Longer ones are told, and nothing is asked until they are over. */
const longestWaitMs = 90_000;
/** A longer one is a mistake. */
const mostWaitMs = 86_400_000;
/** A date header has whole seconds, and the answer takes its time. */
const noticedSkewMs = 5_000;

export function createAtsHttp({ title, limits, authorize, codeOf, wait, clock }: AtsHttpOptions): AtsHttp {
  const transport = createTransport({
    clock,
    connections: limits.maxConcurrent,
    connectTimeoutMs: 5_000,
    maxAnswerBytes: 64 * 1024 * 1024,
  });
  const limiter = createLimiter({ ...limits, clock });
  let sent = 0;
  let ahead: number | null = null;
  /** By the monotonic clock; null: what other processes were asked for is not known yet. */
  let waitsUntil: number | null = wait === undefined ? 0 : null;
  let insists = false;

  async function obeyWait(): Promise<void> {
    waitsUntil ??= clock.monotonic() + (await wait!.left());
    if (waitsUntil > clock.monotonic() && !insists) throw mustWait(title, inWords(waitsUntil));
  }

  const inWords = (until: number) => new Date(clock.now() + until - clock.monotonic());
  const askedMs = ({ headers }: HttpAnswer) => waitMs(headers, clock.now() + (ahead ?? 0));

  async function waitFor(ms: number): Promise<SyncError> {
    const bounded = Math.min(ms, mostWaitMs);
    waitsUntil = clock.monotonic() + bounded;
    insists = false;
    await wait?.ask(bounded);
    return mustWait(title, inWords(waitsUntil));
  }

  async function endWait(): Promise<void> {
    insists = false;
    if (waitsUntil === null || waitsUntil <= clock.monotonic()) return;
    waitsUntil = 0;
    await wait?.ask(0);
  }

  function heed({ headers }: HttpAnswer): void {
    const said = (what: 'limit' | 'remaining' | 'reset') => wholeNumber(saidOfLimit(headers, what));
    const reset = said('reset');
    const resetMs = reset === null ? null : Math.max(0, reset * 1000 - clock.now() - (ahead ?? 0));
    limiter.heed({ limit: said('limit'), remaining: said('remaining'), resetMs });
  }

  async function attempt(request: AtsRequest, isRead: boolean, authorization: string): Promise<HttpAnswer> {
    const { method, url, body, signal } = request;
    // It may have been asked for since this one began to wait for its turn.
    await obeyWait();
    await request.leaving?.();
    sent += 1;
    const began = clock.now();
    const answer = await transport.exchange({
      method,
      url,
      headers: {
        authorization,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      timeoutMs: isRead ? readTimeoutMs : writeTimeoutMs,
      signal,
    });
    const date = Date.parse(answer.headers.date ?? '');
    if (!Number.isNaN(date)) {
      const difference = date - (began + clock.now()) / 2;
      ahead = Math.abs(difference) < noticedSkewMs ? 0 : Math.round(difference);
    }
    heed(answer);
    return answer;
  }

  async function send(request: AtsRequest): Promise<HttpAnswer> {
    const { method, url, signal } = request;
    const isRead = request.isRead ?? method === 'GET';
    const what = `${title}: ${method} ${url.pathname}`;
    let refused: string | null = null;
    let failures = 0;
    let told = 0;
    for (;;) {
      signal.throwIfAborted();
      await obeyWait();
      const authorization = await authorize(refused, signal);
      let answer: HttpAnswer;
      try {
        answer = await limiter.schedule(
          isRead ? 'sweep' : 'write',
          () => attempt(request, isRead, authorization),
          signal,
        );
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof TransportFailure)) throw error;
        failures += 1;
        if (!isRead && error.sent) throw lost(what, error);
        if (failures >= tries) throw broken(what, url, error);
        await sleep(clock, pauseMs(failures), signal);
        continue;
      }
      const meant = codeOf?.(answer);
      const code = meant === undefined ? codeOfStatus(answer.status) : meant;
      if (code === null) {
        if (insists) await endWait();
        return answer;
      }
      if (answer.status === 401 && refused === null) {
        refused = authorization;
        continue;
      }
      if (code === 'ATS_RATE_LIMITED') {
        told += 1;
        const asked = askedMs(answer) ?? unsaidWaitMs(limits.windowMs, told);
        if (asked > longestWaitMs && saysWhen(answer)) throw await waitFor(asked);
        limiter.pause(clock.now() + Math.min(asked, longestWaitMs));
        if (told < waits && asked <= longestWaitMs) continue;
      }
      if (code === 'ATS_FAILED' || code === 'ATS_TIMEOUT') {
        failures += 1;
        if (!isRead) throw lost(what, answer.status);
        const asked = askedMs(answer) ?? pauseMs(failures);
        if (asked > longestWaitMs && saysWhen(answer)) throw await waitFor(asked);
        if (failures < tries) {
          await sleep(clock, Math.min(asked, longestWaitMs), signal);
          continue;
        }
      }
      throw refusal(title, what, answer, code);
    }
  }

  return {
    send,
    requests: () => sent,
    insist() {
      insists = true;
    },
    aheadMs: () => ahead,
    async close() {
      limiter.stop();
      await transport.close();
    },
  };
}

/** The end of a window may be told in any unit: a long wait counts only where it is asked for. */
const saysWhen = ({ headers }: HttpAnswer) => headers['retry-after'] !== undefined;

function mustWait(title: string, until: Date): SyncError {
  const at = `${until.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return new SyncError('ATS_RATE_LIMITED', `${title} asks for no more requests until ${at}.`, {
    remedy:
      'Nothing is asked before, by no process, and nothing is lost. `sparkhire-sync ats check` asks all the same, which ends the wait if it is answered. If it comes again, see what else uses the ATS with this credential.',
  });
}

const pauseMs = (failures: number) => Math.min(8_000, 500 * 2 ** (failures - 1));

/** Retry-After, or the end of the window, in milliseconds from now; a second more, since both are whole seconds. */
export function waitMs(headers: HttpAnswer['headers'], now: number): number | null {
  const after = headers['retry-after'];
  if (after !== undefined) {
    const seconds = Number(after);
    if (Number.isFinite(seconds)) return Math.max(0, seconds) * 1000 + 50;
    const at = Date.parse(after);
    if (!Number.isNaN(at)) return Math.max(0, at - now) + 1000;
  }
  const reset = Number(saidOfLimit(headers, 'reset') ?? Number.NaN);
  return Number.isFinite(reset) ? Math.max(0, reset * 1000 - now) + 1000 : null;
}

/**
 * Where a refusal says nothing of when to come back: a whole window, then two, then as long as anything is waited for.
 * Somebody else may use up the same limit.
 * @param told how often the request was refused so far
 */
export function unsaidWaitMs(windowMs: number, told: number): number {
  return Math.min(longestWaitMs, windowMs * 2 ** (told - 1));
}

/** Both spellings are in use. */
function saidOfLimit(headers: HttpAnswer['headers'], what: 'limit' | 'remaining' | 'reset') {
  return headers[`x-ratelimit-${what}`] ?? headers[`x-rate-limit-${what}`];
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : null;
}

export function broken(what: string, { host }: URL, failure: TransportFailure): SyncError {
  const code: ErrorCode =
    failure.kind === 'timeout'
      ? 'ATS_TIMEOUT'
      : failure.kind === 'too_large'
        ? 'ATS_ANSWER_UNREADABLE'
        : 'ATS_UNREACHABLE';
  const why = failure.kind === 'too_large' ? 'the answer is too large' : reasonOfBreak(failure.cause);
  const how = failure.kind === 'timeout' ? 'was not answered in time' : 'got no complete answer';
  return new SyncError(code, `${what} ${how} from ${host}${why === null ? '' : `: ${why}`}.`, {
    remedy: failure.sent ? tryAgain : `Check \`ats.baseUrl\` and \`ats.tokenUrl\` if it goes on. ${tryAgain}`,
    cause: failure,
  });
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection is refused',
  ENOTFOUND: 'there is no such name',
  EAI_AGAIN: 'the name could not be looked up',
  ECONNRESET: 'the connection was broken off',
  UND_ERR_SOCKET: 'the connection was broken off',
  UND_ERR_CONNECT_TIMEOUT: 'nothing answers there',
};

/** By the code that the system or the TLS library gave; what else it says may be anything. */
function reasonOfBreak(cause: unknown): string | null {
  const { code, cause: inner } = (cause ?? {}) as { code?: unknown; cause?: unknown };
  if (typeof code !== 'string') return inner === undefined ? null : reasonOfBreak(inner);
  const isCertificate = /CERT|^ERR_TLS|^ERR_SSL|ALTNAME/.test(code);
  const words = reasons[code] ?? (isCertificate ? 'its certificate is not accepted' : null);
  return words === null ? code : `${words} (${code})`;
}

function lost(what: string, cause: unknown): LostWrite {
  return new LostWrite('ATS_FAILED', `${what} was not answered: whether it arrived has to be looked for.`, {
    cause,
  });
}

const tryAgain = 'It is tried again automatically; nothing is lost meanwhile.';

const remedies: Partial<Record<ErrorCode, string>> = {
  ATS_ACCESS_REFUSED:
    'Make a new credential in the ATS and give it to the settings; `sparkhire-sync ats check` shows whether it works.',
  ATS_FORBIDDEN: 'Give the credential the right for it; `sparkhire-sync ats check` says which are missing.',
  ATS_REQUEST_REFUSED: 'Run `sparkhire-sync ats check`; report it if that finds nothing.',
};

/** null for success, and for 404: what is not there is an answer. */
function codeOfStatus(status: number): ErrorCode | null {
  if ((status >= 200 && status < 300) || status === 404) return null;
  if (status === 401) return 'ATS_ACCESS_REFUSED';
  if (status === 403) return 'ATS_FORBIDDEN';
  if (status === 429) return 'ATS_RATE_LIMITED';
  if (status === 408) return 'ATS_TIMEOUT';
  if (status >= 500) return 'ATS_FAILED';
  return status >= 400 ? 'ATS_REQUEST_REFUSED' : 'ATS_ANSWER_UNREADABLE';
}

/** An answer that is no success. @param code what it means, where its status says something else */
export function refusal(
  title: string,
  what: string,
  answer: HttpAnswer,
  code: ErrorCode = codeOfStatus(answer.status) ?? 'ATS_REQUEST_REFUSED',
): SyncError {
  const { status } = answer;
  const said = reasonOf(answer);
  return new SyncError(code, `${what} was answered with ${status}${said === null ? '' : `: ${said}`}.`, {
    remedy: remedies[code] ?? `${tryAgain} If it continues, ask ${title}.`,
  });
}

/** The first text that explains, in the shapes that are known: a field may be anything else. Nothing that is somebody's. */
function reasonOf({ body }: HttpAnswer): string | null {
  try {
    const told = JSON.parse(Buffer.from(body).toString('utf8')) as Record<string, unknown>;
    const [first] = Array.isArray(told.errors) ? (told.errors as unknown[]) : [];
    const inner = (first as { message?: unknown } | undefined)?.message ?? first;
    const info = told.errorInfo as { message?: unknown } | null | undefined;
    const text = [info?.message, inner, told.message, told.error_description, told.error].find(
      (one) => typeof one === 'string',
    );
    if (typeof text !== 'string') return null;
    return [...text.replace(/\s+/g, ' ').replace(/[.\s]+$/, '')].slice(0, 200).join('');
  } catch {
    return null;
  }
}
