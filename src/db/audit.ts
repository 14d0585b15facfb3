/** sync.audit: what people change by commands. Written in the transaction of the change, where the database has one. */
import type { Statements } from './database.js';

/** Who acts, and why. */
export interface Person {
  /** The user and the machine, as `jane@ops1`. */
  who: string;
  reason?: string | undefined;
}

/** Characters of a reason. */
export const longestReason = 500;

export interface Act {
  account: string;
  /** The command, as `keys set`. */
  what: string;
  /** What it was done to: a conflict, a user, a table. */
  target?: string | null;
  /** What was there, and what is there now. Never a secret. */
  before?: unknown;
  after?: unknown;
}

export async function audit(on: Statements, { who, reason }: Person, act: Act): Promise<void> {
  await on.query(
    `insert into sync.audit (account, who, what, target, before, after, reason)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      act.account,
      who,
      act.what,
      act.target ?? null,
      act.before === undefined ? null : JSON.stringify(act.before),
      act.after === undefined ? null : JSON.stringify(act.after),
      reason ?? null,
    ],
  );
}
