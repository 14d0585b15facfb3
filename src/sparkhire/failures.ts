/** From what went wrong in one attempt to a coded error with its remedy. */
import type { ErrorCode } from '../errors.js';
import type { HttpAnswer, TransportFailure } from '../http/transport.js';
import { ApiError, type Outcome } from './api-error.js';
import { isObject } from './fields.js';
import { retryAfterMs } from './retry.js';

/** What an error may say about its request, and what it must not. */
export interface RequestFacts {
  route: string;
  /** The origin, for remedies about the connection. */
  origin: string;
  /** Strings that must not appear in any error: the key, and the key as it is sent. */
  secrets: readonly string[];
}

const remedies: Partial<Record<ErrorCode, string>> = {
  KEY_REFUSED:
    'Check the API key; it also stops working when its user is disabled. A new one is made in the settings of Spark Hire.',
  PAYMENT_REQUIRED: 'Check the plan and its billing in Spark Hire.',
  FORBIDDEN: "Use the key of a user who may do this (often an administrator), or check the plan's features.",
  NOT_FOUND: 'Check that the object still exists and that the user of this key may see it.',
  METHOD_NOT_ALLOWED: 'Check the base URL; this route does not offer this method.',
  REQUEST_REFUSED: 'Correct what Spark Hire names, then send it again.',
  RATE_LIMITED:
    'Lower the rate limit of this account, or find out what else uses its API; the work can be repeated later.',
  REMOTE_FAILED: 'Nothing to change here: try again later, and ask Spark Hire if it continues.',
  REMOTE_TIMEOUT: 'Try again later; if it continues, raise the request timeout.',
  ANSWER_UNREADABLE:
    'Check that the base URL leads to the Spark Hire API and to no proxy or login page; try again later.',
};

function codeOf(status: number): ErrorCode {
  if (status === 401) return 'KEY_REFUSED';
  if (status === 402) return 'PAYMENT_REQUIRED';
  if (status === 403) return 'FORBIDDEN';
  if (status === 404 || status === 410) return 'NOT_FOUND';
  if (status === 405) return 'METHOD_NOT_ALLOWED';
  if (status === 408) return 'REMOTE_TIMEOUT';
  if (status === 429) return 'RATE_LIMITED';
  if (status >= 500) return 'REMOTE_FAILED';
  return status >= 400 ? 'REQUEST_REFUSED' : 'ANSWER_UNREADABLE';
}

/** An answer with a status other than 2xx. */
export function refusal(answer: HttpAnswer, facts: RequestFacts, now: number): ApiError {
  const { status } = answer;
  const code = codeOf(status);
  const said = explanation(answer, facts.secrets);
  const { apiCode } = said;
  // What is said of a key may hold it.
  const reason = facts.route.endsWith('/integration_key') ? null : said.reason;
  const redirected = status >= 300 && status < 400;
  // Some servers' whole page is the status once more.
  const told = [reason === String(status) ? null : reason, apiCode === null ? null : `(${apiCode})`];
  const words = told.filter((part) => part !== null).join(' ');
  return new ApiError(code, `${facts.route} answered ${status}${words === '' ? '' : `: ${words}`}`, {
    status,
    apiCode,
    reason,
    retryAfterMs: status === 429 || status >= 500 ? retryAfterMs(answer.headers, now) : null,
    route: facts.route,
    outcome: status >= 500 || status === 408 ? 'unknown' : 'refused',
    remedy: redirected ? `Set the base URL that ${facts.origin} redirects to.` : remedies[code],
  });
}

/** A 2xx whose body is not what is documented. */
export function unreadable(status: number, problem: string, outcome: Outcome, facts: RequestFacts): ApiError {
  return new ApiError('ANSWER_UNREADABLE', `${facts.route} answered ${status}, but ${problem}`, {
    status,
    apiCode: null,
    reason: null,
    retryAfterMs: null,
    route: facts.route,
    outcome,
    remedy: remedies.ANSWER_UNREADABLE,
  });
}

export function transportError(failure: TransportFailure, timeoutMs: number, facts: RequestFacts): ApiError {
  const outcome: Outcome = failure.sent ? 'unknown' : 'not_sent';
  const base = { status: null, apiCode: null, reason: null, retryAfterMs: null, route: facts.route, outcome };
  if (failure.kind === 'too_large')
    return unreadable(failure.status ?? 0, 'the answer is too large', outcome, facts);
  if (failure.kind === 'timeout') {
    const message = `${facts.route}: no complete answer within ${timeoutMs / 1000} s`;
    return new ApiError('REMOTE_TIMEOUT', message, { ...base, remedy: remedies.REMOTE_TIMEOUT });
  }
  if (failure.kind === 'aborted') {
    const how = failure.sent ? 'was stopped while it was under way' : 'was stopped before it was sent';
    return new ApiError('ABORTED', `${facts.route} ${how}`, { ...base, cause: failure.cause });
  }
  const detail = withoutSecrets(describe(failure.cause), facts.secrets);
  const message = failure.sent
    ? `${facts.route}: the connection broke before the answer was complete (${detail})`
    : `${facts.route}: no connection to ${facts.origin} (${detail})`;
  return new ApiError('REMOTE_UNREACHABLE', message, {
    ...base,
    remedy: `Check the network, the base URL and that ${facts.origin} is up.`,
  });
}

/** Code and message of a network error; happy eyeballs gathers several in one. */
function describe(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return describe(error.errors[0]);
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  return code !== undefined && !error.message.includes(code) ? `${code}: ${error.message}` : error.message;
}

function explanation(answer: HttpAnswer, secrets: readonly string[]) {
  const text = new TextDecoder().decode(answer.body.subarray(0, 65_536));
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    // HTML, text or nothing.
  }
  const clean = (value: unknown, length: number) =>
    typeof value === 'string' ? shorten(withoutSecrets(withoutMarkup(value), secrets), length) : null;
  if (isObject(body)) {
    const reason = typeof body.reason === 'string' ? body.reason : textsIn(body).join(' ');
    return { reason: clean(reason, 300), apiCode: clean(body.code, 100) };
  }
  return { reason: body === undefined ? clean(text, 200) : null, apiCode: null };
}

/** What an error says that has another form than the documented one, such as a list of what is wrong by field. */
function textsIn(value: unknown, depth = 3): string[] {
  if (typeof value === 'string') return [value];
  if (depth === 0 || typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    name === 'code' || name === 'lang' ? [] : textsIn(part, depth - 1),
  );
}

function withoutMarkup(text: string): string {
  return text
    .replace(/<(script|style|head)\b[\s\S]*?(<\/\1\s*>|$)/gi, ' ')
    .replace(/<[^>]*>?/g, ' ')
    .replace(/[\s\x00-\x1f\x7f]+/g, ' ')
    .trim();
}

function shorten(text: string, length: number): string | null {
  if (text === '') return null;
  return text.length > length ? `${text.slice(0, length)}…` : text;
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  // Something shorter is no real key, and to blot it out would leave nothing to read.
  secrets = secrets.filter((secret) => secret.length >= 4);
  const clean = secrets.reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), text);
  return clean.replace(/[\w+/-]{6,}={0,2}/g, (token) => (encodes(token, secrets) ? '[redacted]' : token));
}

/** In base64 of either alphabet, as a part of it too, or in hexadecimal. */
function encodes(token: string, secrets: readonly string[]): boolean {
  const readings = [0, 1, 2, 3].map((from) => Buffer.from(token.slice(from), 'base64').toString('latin1'));
  for (const from of [0, 1]) readings.push(Buffer.from(token.slice(from), 'hex').toString('latin1'));
  return secrets.some((secret) => readings.some((reading) => reading.includes(secret)));
}
