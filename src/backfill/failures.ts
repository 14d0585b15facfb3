/** Which failures are the account's, and which may be those of one listing or one object alone. */
import { ApiError } from '../sparkhire/client.js';

const ofOne = new Set([
  'REMOTE_FAILED',
  'REMOTE_TIMEOUT',
  'REMOTE_UNREACHABLE',
  'ANSWER_UNREADABLE',
  'REQUEST_REFUSED',
  'PAYMENT_REQUIRED',
  'FORBIDDEN',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
]);

/**
 * Whether the rest gets its chance all the same. Not where nobody can be reached, the key is refused, the rate
 * limit is never free, the work is stopped, or the failure is the database's or our own.
 */
export function concernsOne(error: unknown): error is ApiError {
  if (!(error instanceof ApiError) || !ofOne.has(error.code)) return false;
  const silent = error.code === 'REMOTE_TIMEOUT' || error.code === 'REMOTE_UNREACHABLE';
  return !(silent && error.outcome === 'not_sent');
}

/** So many objects in a row that cannot be read are no accident. */
const mostInARow = 10;

/** Counts objects that could not be read; gives up where none can be. */
export class ObjectFailures {
  failed = 0;
  first: unknown = null;
  #inARow = 0;

  /** @throws the error if it concerns more than this object */
  add(error: unknown): void {
    if (!concernsOne(error) || ++this.#inARow >= mostInARow) throw error;
    this.failed++;
    this.first ??= error;
  }

  succeeded(): void {
    this.#inARow = 0;
  }
}
