/** A backfill in the test's own process, through the function that the command calls. */
import pg from 'pg';
import type { Emulator } from '#emulators/emulator/index';
import type { BackfillResult } from '../../src/backfill/backfill.js';
import type { ResourceName } from '../../src/backfill/resources.js';
import { backfillAccount } from '../../src/cli/run/backfill.js';
import { type Account, loadSettings, type Settings } from '../../src/config.js';
import { type Database, openDatabase } from '../../src/db/database.js';
import { createTestDatabase } from './database.js';
import { hastyClock } from './hasty-clock.js';
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

let loaded: Settings | undefined;

/** The settings as they are by default, and an account at an emulator. They are loaded once: that takes 10 ms. */
export function emulatedSettings(
  emulator: Emulator,
  options: Pick<PullOptions, 'account' | 'key' | 'pageSize' | 'requestTimeoutSeconds'> = {},
): { settings: Settings; account: Account } {
  loaded ??= loadSettings({
    environment: {
      SPARKHIRE_API_KEY: 'none',
      SPARKHIRE_RATE_LIMIT: '1000000',
      LOG_LEVEL: 'silent',
    },
  });
  const settings = structuredClone(loaded);
  const account = {
    ...settings.accounts[0]!,
    name: options.account ?? 'default',
    apiKey: options.key ?? emulator.adminKey,
    baseUrl: emulator.url,
    pageSize: options.pageSize ?? 100,
    requestTimeoutMs: (options.requestTimeoutSeconds ?? 30) * 1000,
  };
  return { settings, account };
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

/** A migrated database of its own, and backfills into it. Nothing is limited, waited for or logged. */
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
      const { settings, account } = emulatedSettings(emulator, options);
      if (options.anyAbsence) settings.mirror.massDisappearance.share = 1;
      const flags = {
        details: options.details ?? true,
        fresh: options.fresh ?? false,
        ...(options.resource ? { resource: options.resource } : {}),
      };
      const { invocation } = openInvocation({}, options.signal);
      const clock = hastyClock(account.requestTimeoutMs);
      return backfillAccount(flags, { invocation, account, settings, handle: { url, db }, clock });
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
