/** A backfill in the test's own process, through the function that the command calls. */
import pg from 'pg';
import type { BackfillResult } from '../../src/backfill/backfill.js';
import type { ResourceName } from '../../src/backfill/resources.js';
import { backfillAccount } from '../../src/cli/backfill.js';
import { loadSettings } from '../../src/config.js';
import { type Database, openDatabase } from '../../src/db/database.js';
import type { Emulator } from '../../src/emulator/index.js';
import { createTestDatabase } from './database.js';
import { differences, expectedMirror, type StoredMirror, storedMirror } from './mirror-oracle.js';
import { openInvocation } from './program.js';

export interface PullOptions {
  account?: string;
  key?: string;
  pageSize?: number;
  details?: boolean;
  fresh?: boolean;
  resource?: ResourceName[];
  requestTimeoutSeconds?: number;
  signal?: AbortSignal;
  /** However much is missing at once, it is asked for. */
  anyAbsence?: boolean;
}

export interface TestMirror {
  url: string;
  client: pg.Pool;
  db: Database;
  pull(emulator: Emulator, options?: PullOptions): Promise<BackfillResult>;
  stored(account?: string): Promise<StoredMirror>;
  /** In what the mirror differs from what it must be; empty if it is right. */
  wrong(emulator: Emulator, options?: { account?: string; details?: boolean }): Promise<string[]>;
  rows<Row = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** A migrated database of its own, and backfills into it. Nothing is limited or logged. */
export async function openTestMirror(): Promise<TestMirror> {
  const { url, drop } = await createTestDatabase();
  const db = openDatabase(url);
  const client = new pg.Pool({ connectionString: url, max: 4 });
  // The end of the test server is no news.
  client.on('error', () => {});
  const stored = (account?: string) => storedMirror(client, account);
  return {
    url,
    client,
    db,
    stored,
    pull(emulator, options = {}) {
      const settings = loadSettings({
        environment: {
          DATABASE_URL: url,
          SPARKHIRE_BASE_URL: emulator.url,
          SPARKHIRE_API_KEY: options.key ?? emulator.adminKey,
          SPARKHIRE_RATE_LIMIT: '1000000',
          SPARKHIRE_PAGE_SIZE: String(options.pageSize ?? 100),
          SPARKHIRE_REQUEST_TIMEOUT_SECONDS: String(options.requestTimeoutSeconds ?? 30),
          LOG_LEVEL: 'silent',
        },
      });
      if (options.anyAbsence) settings.mirror.massDisappearance.share = 1;
      const account = { ...settings.accounts[0]!, name: options.account ?? 'default' };
      const flags = {
        details: options.details ?? true,
        fresh: options.fresh ?? false,
        ...(options.resource ? { resource: options.resource } : {}),
      };
      const { invocation } = openInvocation({}, options.signal);
      return backfillAccount(flags, { invocation, account, settings, handle: { url, db } });
    },
    async wrong(emulator, { account, details } = {}) {
      return differences(expectedMirror(emulator, { details }), await stored(account));
    },
    async rows<Row>(sql: string, values: unknown[] = []) {
      return (await client.query(sql, values)).rows as Row[];
    },
    async close() {
      await client.end();
      await db.destroy();
      await drop();
    },
  };
}
