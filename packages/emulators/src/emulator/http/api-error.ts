import type { Switches } from '../switches.js';

/** Refusals whose status the document leaves open are named; the rest have their number. */
export type Refusal = number | 'validation' | 'conflict' | 'gone' | 'invisible' | 'slot' | 'seat';

/** What a handler throws to refuse a request. */
export class ApiError extends Error {
  readonly refusal: Refusal;
  readonly code: string;
  readonly headers: Record<string, string>;

  constructor(refusal: Refusal, code: string, reason: string, headers: Record<string, string> = {}) {
    super(reason);
    this.name = 'ApiError';
    this.refusal = refusal;
    this.code = code;
    this.headers = headers;
  }

  status(switches: Switches): number {
    switch (this.refusal) {
      case 'validation':
        return Number(switches.validationStatus);
      case 'conflict':
        return Number(switches.conflictStatus);
      case 'gone':
        return Number(switches.gone);
      case 'invisible':
        return Number(switches.invisible);
      case 'slot':
        return Number(switches.slotError);
      case 'seat':
        return switches.seatError === 'charged' ? 402 : Number(switches.seatError);
      default:
        return this.refusal;
    }
  }
}

export const invalid = (code: string, reason: string) => new ApiError('validation', code, reason);
export const conflict = (code: string, reason: string) => new ApiError('conflict', code, reason);
export const forbidden = (code: string, reason: string) => new ApiError(403, code, reason);
export const unknownObject = (what: string) =>
  new ApiError(404, 'api.not_found', `No ${what} with this uuid could be found.`);
export const deletedObject = (what: string) =>
  new ApiError('gone', 'api.not_found', `This ${what} has been deleted.`);
export const invisibleObject = (what: string) =>
  new ApiError('invisible', 'api.not_found', `No ${what} with this uuid could be found.`);
