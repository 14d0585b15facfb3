/** Which users the last tick saw, for as long as the account is worked on here. No word on others: they may be hidden. */
import type { AccountSession } from '../account-session.js';
import type { Limiter } from '../sparkhire/client.js';

export interface ListedUsers {
  uuids: ReadonlySet<string>;
  /** When the listing was asked for, by the database's clock: it tells nothing of users that came later. */
  at: Date;
}

const lastListed = new WeakMap<Limiter, ListedUsers>();

export function noteListedUsers({ limiter }: AccountSession, listed: ListedUsers): void {
  lastListed.set(limiter, listed);
}

/** @returns null before the first tick */
export function listedUsers({ limiter }: AccountSession): ListedUsers | null {
  return lastListed.get(limiter) ?? null;
}
