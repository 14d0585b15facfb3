/** What a reading of a connected ATS works with. */
import type { Clock } from '../../clock.js';
import type { Database } from '../../db/database.js';
import type { Logger } from '../../log.js';
import type { Connector } from '../connector.js';
import type { SettingsOfEach } from '../settings-of-each.js';

export interface PullSession {
  db: Database;
  account: string;
  connector: Connector;
  settings: SettingsOfEach;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  /** Whether somebody waits for the answer: the stages of the settings are looked up at once, not in their turn. */
  isAsked?: boolean;
  /** A fresh sign that the account may be worked on here. */
  fence(): Promise<void>;
}
