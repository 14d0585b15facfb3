/** What the routes work with. */
import type { Clock } from '../clock.js';
import { type Account, accountUnknown, type Settings } from '../config.js';
import type { Database } from '../db/database.js';
import type { Logger } from '../log.js';

export interface ConsoleContext {
  db: Database;
  databaseUrl: string;
  settings: Settings;
  /** Those this process works for, as owner or standby. */
  accounts: readonly Account[];
  clock: Clock;
  log: Logger;
  /** Aborts when the process stops. */
  signal: AbortSignal;
}

/**
 * @param name unless given, all of this service are meant: others of the database are none of its business
 * @throws SyncError ACCOUNT_UNKNOWN
 */
export function namesAsked(
  { accounts }: Pick<ConsoleContext, 'accounts'>,
  name: string | undefined,
): string[] {
  return name === undefined ? accounts.map((account) => account.name) : [accountOf({ accounts }, name).name];
}

/** @throws SyncError ACCOUNT_UNKNOWN */
export function accountOf({ accounts }: Pick<ConsoleContext, 'accounts'>, name: string): Account {
  const found = accounts.find((account) => account.name === name);
  if (found !== undefined) return found;
  const names = accounts.map((account) => account.name).join(', ');
  throw accountUnknown(name, `This service works for ${names}.`);
}
