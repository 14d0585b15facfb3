/** What becomes of a delivery or an order as it comes in, and what its sender is told. */

/** Nothing is kept then. */
export type BodyRefusal = 'too_large' | 'unavailable' | 'invalid';
export type RefusedOutcome = BodyRefusal | 'unauthorized' | 'unknown_account' | 'unknown';
/** `ignored`: proven, and of no use here, such as a ping; nothing of it is kept either. */
export type ReceiveOutcome = 'stored' | 'ignored' | RefusedOutcome;
/** `refused`: by the protocol, in its own words; nothing of it is kept either. */
export type OrderOutcome = 'taken' | 'refused' | RefusedOutcome;

export interface Refusal {
  status: number;
  headers?: Readonly<Record<string, string>>;
  /** To a sender who reads more than the status. */
  says: string;
}

/** A row an outcome. What is taken is answered as its sender expects it. */
export const refusals: Readonly<Record<RefusedOutcome, Refusal>> = {
  /** No such account, or it takes no such deliveries. */
  unknown_account: { status: 404, says: '' },
  /** No such call, or no such account. */
  unknown: { status: 404, says: '' },
  unauthorized: { status: 401, says: 'The secret is missing, or is not that of the settings.' },
  too_large: { status: 413, says: 'This is larger than 1 MiB.' },
  /** It may have broken off, too. */
  invalid: { status: 400, says: 'This is no JSON.' },
  /** Should it be stored after all, it comes twice. */
  unavailable: {
    status: 503,
    headers: { 'retry-after': '5' },
    says: 'This could not be stored just now. Try again in a few minutes.',
  },
};

export const isRefused = (outcome: ReceiveOutcome | OrderOutcome): outcome is RefusedOutcome =>
  Object.hasOwn(refusals, outcome);
