import { type ErrorCode, SyncError } from '../errors.js';

/**
 * What is known about the effect of a request that failed: `not_sent` (it never left this machine), `refused`
 * (Spark Hire said no), `unknown` (it may have been carried out), `done` (accepted with a 2xx, but the answer
 * cannot be used).
 */
export type Outcome = 'not_sent' | 'refused' | 'unknown' | 'done';

export interface ApiErrorDetails {
  /** HTTP status; null if no answer came. */
  status: number | null;
  /** Spark Hire's own `code`, such as api.key_not_set. */
  apiCode: string | null;
  /** Spark Hire's own words, shortened, without markup. */
  reason: string | null;
  /** How long the answer asks to wait; null if it does not say. */
  retryAfterMs: number | null;
  /** Method and path template, such as `GET /jobs/:uuid`; never an identifier. */
  route: string;
  outcome: Outcome;
  remedy?: string;
  cause?: unknown;
}

/** A request to Spark Hire that failed. Neither its message nor its fields hold a key. */
export class ApiError extends SyncError {
  readonly status: number | null;
  readonly apiCode: string | null;
  readonly reason: string | null;
  readonly retryAfterMs: number | null;
  readonly route: string;
  readonly outcome: Outcome;

  constructor(code: ErrorCode, message: string, details: ApiErrorDetails) {
    super(code, message, { remedy: details.remedy, cause: details.cause });
    this.name = 'ApiError';
    this.status = details.status;
    this.apiCode = details.apiCode;
    this.reason = details.reason;
    this.retryAfterMs = details.retryAfterMs;
    this.route = details.route;
    this.outcome = details.outcome;
  }

  /** The same error with another verdict on the effect. */
  withOutcome(outcome: Outcome): ApiError {
    const { code, message, status, apiCode, reason, retryAfterMs, route, remedy, cause } = this;
    return new ApiError(code, message, {
      status,
      apiCode,
      reason,
      retryAfterMs,
      route,
      outcome,
      remedy,
      cause,
    });
  }
}
