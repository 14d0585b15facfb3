/** A company in Lever, a database, and the connector between them. */
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import {
  type LeverEmulator,
  type LeverOptions,
  startLeverEmulator,
} from '#emulators/ats-emulator/lever/index';
import { systemClock } from '../../../../src/clock.js';
import { loadSettings } from '../../../../src/config.js';
import type { Connector } from '../../../../src/connectors/connector.js';
import { lever as connectTo } from '../../../../src/connectors/lever/connector.js';
import type { LeverSettings } from '../../../../src/connectors/lever/settings.js';
import { type PullResult, pull } from '../../../../src/connectors/pull/pull.js';
import type { PullSession } from '../../../../src/connectors/pull/session.js';
import { type Database, openDatabase, query } from '../../../../src/db/database.js';
import { createTestDatabase } from '../../../support/database.js';

export interface ConnectedLever {
  db: Database;
  lever: LeverEmulator;
  connector: Connector;
  session: PullSession;
  pull(hints?: string[]): Promise<PullResult>;
  /** Settings of the connector as variables would have them, over those before; another process has them. */
  reconnect(variables?: Record<string, string>, more?: Partial<LeverSettings>): void;
  rows<Row = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** What was asked since the last call: path and query. */
  asked(): string[];
}

export async function connectLever(
  options: LeverOptions = {},
  variables: Record<string, string> = {},
  settings: Partial<LeverSettings> = {},
): Promise<ConnectedLever> {
  const database = await createTestDatabase();
  const db = openDatabase(database.url);
  const lever = await startLeverEmulator({
    opportunities: 0,
    rateLimit: 1_000_000,
    ...options,
    // So the client hears of the limit.
    switches: { rateHeaders: 'all', ...options.switches },
  });
  const open: Connector[] = [];
  let seen = 0;
  onTestFinished(async () => {
    await Promise.all(open.map((one) => one.close()));
    await lever.close();
    await db.destroy();
    await database.drop();
  });
  const settingsOf = (more: Record<string, string>) =>
    loadSettings({
      environment: {
        SPARKHIRE_API_KEY: 'k',
        ATS_KIND: 'lever',
        ATS_BASE_URL: lever.url,
        ATS_API_KEY: lever.access.key,
        ATS_LAG_SECONDS: '0',
        ATS_STAGE: 'Video interview',
        ATS_PACKAGE: 'standard',
        ...variables,
        ...more,
      },
    }).accounts[0]!.ats as LeverSettings;
  const connected = {
    db,
    lever,
    reconnect(more: Record<string, string> = {}, also: Partial<LeverSettings> = {}) {
      const packages = [{ name: 'standard', type: 'one_way' as const, deadline_days: 7 }];
      const all = { ...settingsOf(more), ...settings, ...also, packages };
      const clock = systemClock;
      connected.connector = connectTo({ db, account: 'default', settings: all, encryption: null, clock });
      open.push(connected.connector);
      connected.session = {
        db,
        account: 'default',
        connector: connected.connector,
        settings: all,
        clock,
        log: pino({ level: 'silent' }),
        signal: new AbortController().signal,
        fence: async () => {},
      };
    },
    pull: (hints?: string[]) => pull(connected.session, hints),
    rows: <Row>(sql: string, values?: unknown[]) => query<Row>(db, sql, values),
    asked() {
      const fresh = lever.requests.slice(seen);
      seen = lever.requests.length;
      return fresh.map(
        ({ path, query: asked }) => `${path}${asked === '' ? '' : '?'}${decodeURIComponent(asked)}`,
      );
    },
  } as unknown as ConnectedLever;
  connected.reconnect();
  return connected;
}

/** As if what has its turn only now and then were due. */
export async function hasten({ rows }: Pick<ConnectedLever, 'rows'>, turn: string): Promise<void> {
  await rows(
    `update sync.ats_cursors set position = jsonb_set(position, array['turns', $1],
       to_jsonb(to_char(now() - interval '2 days', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))`,
    [turn],
  );
}
