/** A company in Ashby, a database, and the connector between them. */
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import {
  type Application,
  type AshbyEmulator,
  type AshbyOptions,
  startAshbyEmulator,
} from '#emulators/ats-emulator/ashby/index';
import { systemClock } from '../../../../src/clock.js';
import { loadSettings } from '../../../../src/config.js';
import { ashby as connectTo } from '../../../../src/connectors/ashby/connector.js';
import type { AshbySettings } from '../../../../src/connectors/ashby/settings.js';
import type { Connector, Finding } from '../../../../src/connectors/connector.js';
import { type PullResult, pull } from '../../../../src/connectors/pull/pull.js';
import type { PullSession } from '../../../../src/connectors/pull/session.js';
import { type Database, openDatabase, query } from '../../../../src/db/database.js';
import { createTestDatabase } from '../../../support/database.js';

export interface AshbyConnected {
  db: Database;
  ashby: AshbyEmulator;
  connector: Connector;
  session: PullSession;
  pull(hints?: string[]): Promise<PullResult>;
  check(): Promise<Finding[]>;
  /** Settings of the connector as variables would have them, in place of those before; another process has them. */
  reconnect(variables?: Record<string, string>): void;
  rows<Row = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Keys with what is wanted, in order. */
  invited(): Promise<string[]>;
  /** Entries with their reasons, in order. */
  skipped(): Promise<string[]>;
  /** Requests since the last call. */
  asked(): string[];
}

export async function connectAshby(
  options: AshbyOptions = {},
  variables: Record<string, string> = {},
): Promise<AshbyConnected> {
  const database = await createTestDatabase();
  const db = openDatabase(database.url);
  const ashby = await startAshbyEmulator({ candidates: 0, rateLimit: 100_000, ...options });
  let seen = 0;
  const open: Connector[] = [];
  onTestFinished(async () => {
    await Promise.all(open.map((one) => one.close()));
    await ashby.close();
    await db.destroy();
    await database.drop();
  });
  const connected = {
    db,
    ashby,
    reconnect(more: Record<string, string> = {}) {
      const settings = loadSettings({
        environment: {
          SPARKHIRE_API_KEY: 'k',
          ATS_KIND: 'ashby',
          ATS_BASE_URL: ashby.url,
          ATS_API_KEY: ashby.apiKey,
          ATS_LAG_SECONDS: '0',
          ATS_STAGE: 'Video interview',
          ATS_PACKAGE: 'standard',
          ...variables,
          ...more,
        },
      }).accounts[0]!.ats as AshbySettings;
      const common = { db, account: 'default', clock: systemClock };
      connected.connector = connectTo({ ...common, settings, encryption: null });
      open.push(connected.connector);
      connected.session = {
        ...common,
        connector: connected.connector,
        settings: { ...settings, packages: [{ name: 'standard', type: 'one_way', deadline_days: 7 }] },
        log: pino({ level: 'silent' }),
        signal: new AbortController().signal,
        fence: async () => {},
      };
    },
    pull: (hints?: string[]) => pull(connected.session, hints),
    check: () => connected.connector.check(connected.session.signal),
    rows: <Row>(sql: string, values?: unknown[]) => query<Row>(db, sql, values),
    async invited() {
      const found = await query<{ row: string }>(
        db,
        `select ats_id || ' ' || coalesce(desired, 'invited') as row from ats.interviews order by ats_id`,
      );
      return found.map(({ row }) => row);
    },
    async skipped() {
      const found = await query<{ row: string }>(
        db,
        `select entry_id || ' ' || reason as row from sync.ats_skipped order by entry_id`,
      );
      return found.map(({ row }) => row);
    },
    asked() {
      const fresh = ashby.requests.slice(seen);
      seen = ashby.requests.length;
      return fresh.map(({ path }) => path.slice(1));
    },
  } as unknown as AshbyConnected;
  connected.reconnect();
  return connected;
}

/** Somebody who can be invited, in the stage of the settings. */
export function applicant({ ashby }: AshbyConnected, more: object = {}): Application {
  return ashby.act.apply({ name: 'Ann Baker', email: 'ann@home.test', stage: 'Video interview', ...more });
}

/** The entry of an application that stands last. */
export const lastEntry = ({ ashby }: AshbyConnected, id: string) =>
  ashby.state.applications.one(id).history.at(-1)!.id;
