/** A company in Greenhouse, a database, and the connector between them. */
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import {
  type GreenhouseEmulator,
  type GreenhouseOptions,
  startGreenhouseEmulator,
} from '#emulators/ats-emulator/greenhouse/index';
import { systemClock } from '../../../src/clock.js';
import { type Account, loadSettings } from '../../../src/config.js';
import type { Connector } from '../../../src/connectors/connector.js';
import { greenhouse as connectTo } from '../../../src/connectors/greenhouse/connector.js';
import type { GreenhouseSettings } from '../../../src/connectors/greenhouse/settings.js';
import { askedWait } from '../../../src/connectors/pull/cursor.js';
import { type PullResult, pull } from '../../../src/connectors/pull/pull.js';
import type { PullSession } from '../../../src/connectors/pull/session.js';
import { type Database, openDatabase, query } from '../../../src/db/database.js';
import { encryptionKeys } from '../../../src/encryption.js';
import { createTestDatabase } from '../../support/database.js';

export const encryptionKey = Buffer.alloc(32, 7).toString('base64');

export interface Connected {
  db: Database;
  greenhouse: GreenhouseEmulator;
  connector: Connector;
  session: PullSession;
  pull(hints?: string[]): Promise<PullResult>;
  /** Settings of the connector as variables would have them, in place of those before; another process has them. */
  reconnect(variables?: Record<string, string>): void;
  rows<Row = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  interviews(): Promise<Array<{ ats_id: string; candidate_email: string; package: string; desired: string }>>;
  /** Reasons, in the order of entries. */
  skipped(): Promise<string[]>;
  /** Requests since the last call, without those for tokens. */
  asked(): string[];
}

export async function connect(
  options: GreenhouseOptions = {},
  variables: Record<string, string> = {},
): Promise<Connected> {
  const database = await createTestDatabase();
  const db = openDatabase(database.url);
  const greenhouse = await startGreenhouseEmulator({ rateLimit: 100_000, ...options });
  let seen = 0;
  const open: Connector[] = [];
  onTestFinished(async () => {
    await Promise.all(open.map((one) => one.close()));
    await greenhouse.close();
    await db.destroy();
    await database.drop();
  });
  const account = (more: Record<string, string>): Account =>
    loadSettings({
      environment: {
        SPARKHIRE_API_KEY: 'k',
        ATS_KIND: 'greenhouse',
        ATS_BASE_URL: greenhouse.url,
        ATS_TOKEN_URL: greenhouse.tokenUrl,
        ATS_CLIENT_ID: greenhouse.clientId,
        ATS_CLIENT_SECRET: greenhouse.clientSecret,
        ATS_LAG_SECONDS: '0',
        ATS_STAGE: 'Video interview',
        ATS_PACKAGE: 'standard',
        ...more,
      },
    }).accounts[0]!;
  const connected = {
    db,
    greenhouse,
    reconnect(more: Record<string, string> = {}) {
      const settings = account({ ...variables, ...more }).ats as GreenhouseSettings;
      connected.connector = connectTo({
        db,
        account: 'default',
        settings,
        encryption: encryptionKeys({ encryptionKey }),
        wait: askedWait(db, 'default', 'greenhouse'),
        clock: systemClock,
      });
      open.push(connected.connector);
      connected.session = {
        db,
        account: 'default',
        connector: connected.connector,
        settings: { ...settings, packages: [{ name: 'standard', type: 'one_way', deadline_days: 7 }] },
        clock: systemClock,
        log: pino({ level: 'silent' }),
        signal: new AbortController().signal,
        fence: async () => {},
      };
    },
    pull: (hints?: string[]) => pull(connected.session, hints),
    rows: <Row>(sql: string, values?: unknown[]) => query<Row>(db, sql, values),
    interviews: () =>
      query(
        db,
        `select ats_id, candidate_email, package, coalesce(desired, 'invited') as desired from ats.interviews order by ats_id`,
      ),
    async skipped() {
      const rows = await query<{ reason: string }>(
        db,
        'select reason from sync.ats_skipped order by entry_id',
      );
      return rows.map(({ reason }) => reason);
    },
    asked() {
      const fresh = greenhouse.requests.slice(seen).filter(({ path }) => path !== '/token');
      seen = greenhouse.requests.length;
      return fresh.map(({ path, query: asked }) => `${path}?${decodeURIComponent(asked)}`);
    },
  } as unknown as Connected;
  connected.reconnect();
  return connected;
}

/** Somebody who can be invited, in the stage of the settings. */
export function applicant(
  { greenhouse }: Connected,
  more: object = {},
): { id: number; candidate_id: number } {
  const job = [...greenhouse.state.jobs.values()].find(
    ({ status, confidential }) => status === 'open' && !confidential,
  )!;
  return greenhouse.act.apply({
    job_id: job.id,
    stage: 'Video interview',
    first_name: 'Ann',
    last_name: 'Baker',
    email_addresses: [{ value: 'ann@home.test', type: 'personal' }],
    can_email: true,
    ...more,
  }) as { id: number; candidate_id: number };
}

/** As if the last look at changed applications, or at others that have their turn, were long past. */
export async function lookAtApplications(
  scene: Pick<Connected, 'rows'>,
  turn = 'applications',
): Promise<void> {
  await scene.rows(
    `update sync.ats_cursors set position = jsonb_set(position, array['turns', $1],
       to_jsonb(to_char(now() - interval '10 minutes', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))`,
    [turn],
  );
}

/** As if every row that is wanted had been sent, and Spark Hire had it in this status. */
export async function sent({ rows }: Pick<Connected, 'rows'>, status = 'requested'): Promise<void> {
  await rows(
    `insert into sync.links (resource, ats_id, uuid, how) select 'interviews', ats_id, gen_random_uuid(), 'created' from ats.interviews
     on conflict do nothing`,
  );
  await rows(
    `insert into sparkhire.interviews (uuid, raw, type, status, rating)
     select uuid, '{}', 'one_way', $1, 0 from sync.links on conflict (account, uuid) do update set status = excluded.status`,
    [status],
  );
}
