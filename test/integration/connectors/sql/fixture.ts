/** A table of entries into stages that somebody keeps in the database, and the connector that reads it. */
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../../../src/clock.js';
import type { Connector, Finding } from '../../../../src/connectors/connector.js';
import { type PullResult, pull } from '../../../../src/connectors/pull/pull.js';
import type { PullSession } from '../../../../src/connectors/pull/session.js';
import { atsSchema, readAtsSettings } from '../../../../src/connectors/settings.js';
import { sql as connectTo } from '../../../../src/connectors/sql/connector.js';
import type { SqlSettings } from '../../../../src/connectors/sql/settings.js';
import { type Database, openDatabase, query } from '../../../../src/db/database.js';
import { createTestDatabase } from '../../../support/database.js';

export const everyColumn = `entry_id text, application_id text, stage text, entered_at timestamptz, left_at timestamptz, status text,
  candidate_id text, candidate_name text, candidate_email text, candidate_phone text, job_id text, job_title text, job_status text,
  city text, region text, country text, description text, recruiter_email text, url text`;

export interface SqlConnected {
  db: Database;
  url: string;
  connector: Connector;
  pull(): Promise<PullResult>;
  check(): Promise<Finding[]>;
  /** Other settings, in another process. */
  reconnect(ats: Record<string, unknown>): void;
  rows<Row = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  /** Rows of hr.stage_entries: somebody who is active in the stage, but for what is given. */
  enter(...entries: Array<Record<string, unknown>>): Promise<void>;
  /** The same in another table. */
  enterInto(table: string, ...entries: Array<Record<string, unknown>>): Promise<void>;
  session: PullSession;
  /** Keys with what is wanted, in order. */
  invited(): Promise<string[]>;
  skipped(): Promise<string[]>;
}

export async function connectSql(
  ats: Record<string, unknown> = {},
  columns: string | null = everyColumn,
): Promise<SqlConnected> {
  const database = await createTestDatabase();
  const db = openDatabase(database.url);
  onTestFinished(async () => {
    await db.destroy();
    await database.drop();
  });
  await query(db, 'create schema hr');
  if (columns !== null) await query(db, `create table hr.stage_entries (${columns})`);
  const connected = {
    db,
    url: database.url,
    pull: () => pull(connected.session),
    check: () => connected.connector.check(connected.session.signal),
    reconnect(more: Record<string, unknown>) {
      const parsed = atsSchema.parse({
        kind: 'sql',
        sql: { view: 'hr.stage_entries' },
        from: 'all',
        triggers: [{ stage: 'Video interview', package: 'standard' }],
        ...ats,
        ...more,
      });
      const packages = [{ name: 'standard', type: 'one_way' as const, deadline_days: 7 }];
      const settings = readAtsSettings(parsed, packages, { needed: () => undefined, optional: () => null });
      const options = { db, account: 'default', encryption: null, clock: systemClock };
      connected.connector = connectTo({ ...options, settings: settings as SqlSettings });
      connected.session = {
        ...options,
        settings,
        connector: connected.connector,
        log: pino({ level: 'silent' }),
        signal: new AbortController().signal,
        fence: async () => {},
      };
    },
    rows: <Row>(sql: string, values?: unknown[]) => query<Row>(db, sql, values),
    enter: (...entries: Array<Record<string, unknown>>) =>
      connected.enterInto('hr.stage_entries', ...entries),
    async enterInto(table: string, ...entries: Array<Record<string, unknown>>) {
      const all = entries.map((entry, at) => ({
        entry_id: `e${at + 1}`,
        application_id: `a${at + 1}`,
        stage: 'Video interview',
        entered_at: '2026-11-01T09:00:00Z',
        status: 'active',
        candidate_id: 'c1',
        candidate_name: 'Ann Baker',
        candidate_email: `${entry.application_id ?? `a${at + 1}`}@home.test`,
        job_id: 'j1',
        job_title: 'Miller',
        job_status: 'open',
        city: 'Basel',
        region: 'BS',
        country: 'CH',
        ...entry,
      }));
      await query(db, `insert into ${table} select * from jsonb_populate_recordset(null::${table}, $1)`, [
        JSON.stringify(all),
      ]);
    },
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
  } as unknown as SqlConnected;
  connected.reconnect({});
  return connected;
}
