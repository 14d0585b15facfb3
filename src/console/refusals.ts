/** What the API refuses, and with which status: said once, for the answers and for their description. */
import { type ErrorCode, errorCodes } from '../errors.js';

/** Codes that only the console has. */
export const consoleCodes = {
  SIGN_IN: 'Nobody is signed in, or the token opens nothing.',
  CONSOLE_OFF: 'Neither SYNC_ADMIN_TOKEN nor SYNC_VIEWER_TOKEN is set.',
  OTHER_SITE: 'A page of another site asked for it.',
  VIEWER: 'The session may only look.',
  ADDRESS_UNKNOWN: 'There is nothing at this address.',
  TOO_LARGE: 'The body is larger than 64 kB.',
  NOT_JSON: 'The body is not of type application/json.',
  TOO_MANY_GUESSES: 'Too many wrong tokens came from there; Retry-After says how many seconds to wait.',
} as const;

export type Refusal = ErrorCode | keyof typeof consoleCodes;

const statuses: Partial<Record<Refusal, number>> = {
  USAGE: 400,
  SIGN_IN: 401,
  CONSOLE_OFF: 401,
  OTHER_SITE: 403,
  VIEWER: 403,
  ADDRESS_UNKNOWN: 404,
  ACCOUNT_UNKNOWN: 404,
  CONFLICT_UNKNOWN: 404,
  CONFLICT_CHANGED: 409,
  CONFLICT_RESOLVED: 409,
  PLAN_CHANGED: 409,
  DATABASE_MOVED: 409,
  TOO_LARGE: 413,
  NOT_JSON: 415,
  TOO_MANY_GUESSES: 429,
  INTERNAL: 500,
  MIGRATIONS_PENDING: 503,
  ABORTED: 503,
};

/** @returns 503 for whatever the database has, 502 for what Spark Hire or the ATS refused, or did not answer */
export function statusOf(code: Refusal): number {
  return statuses[code] ?? (code.startsWith('DATABASE_') ? 503 : 502);
}

const meanings: Readonly<Record<number, string>> = {
  500: 'A fault of the service: its log has more.',
  502: 'Spark Hire or the ATS refused it, or did not answer: the code and the message say what.',
  503: 'The database is not there or not as it should be, or the service is being stopped.',
};

export interface RefusedWith {
  status: number;
  description: string;
  /** null where there are many. */
  codes: string[] | null;
}

/** @param codes of a route, by status */
export function byStatus(codes: readonly Refusal[]): RefusedWith[] {
  const words: Readonly<Record<string, string>> = { ...errorCodes, ...consoleCodes };
  const found = new Map<number, Refusal[]>();
  for (const code of codes) found.set(statusOf(code), [...(found.get(statusOf(code)) ?? []), code]);
  return [...found]
    .sort(([one], [other]) => one - other)
    .map(([status, own]) => ({
      status,
      description: meanings[status] ?? own.map((code) => `${code}: ${words[code]}`).join(' '),
      codes: status in meanings ? null : own,
    }));
}
