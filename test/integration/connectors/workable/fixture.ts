/** A company in Workable, a database, and the connector between them. */
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import {
  startWorkableEmulator,
  type WorkableEmulator,
  type WorkableOptions,
} from '#emulators/ats-emulator/workable/index';
import type { Connector } from '../../../../src/connectors/connector.js';
import { type PullResult, pull } from '../../../../src/connectors/pull/pull.js';
import type { PullSession } from '../../../../src/connectors/pull/session.js';
import { atsSchema, readAtsSettings } from '../../../../src/connectors/settings.js';
import { workable as connectTo } from '../../../../src/connectors/workable/connector.js';
import type { WorkableSettings } from '../../../../src/connectors/workable/settings.js';
import { type Database, openDatabase, query } from '../../../../src/db/database.js';
import { createTestDatabase } from '../../../support/database.js';
import { generousClock } from '../../../support/hasty-clock.js';

export const video = 'Video interview';

export interface ConnectedWorkable {
  db: Database;
  workable: WorkableEmulator;
  settings: WorkableSettings;
  connector: Connector;
  session: PullSession;
  pull(hints?: string[]): Promise<PullResult>;
  /** As another process would begin, with other settings. */
  reconnect(ats?: object): void;
  rows<Row = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<Row[]>;
  invited(): Promise<string[]>;
  /** Reasons, in the order of entries. */
  skipped(): Promise<string[]>;
  /** Requests since the last call. */
  asked(): string[];
}

export async function connectWorkable(
  options: WorkableOptions = {},
  ats: object = {},
): Promise<ConnectedWorkable> {
  const database = await createTestDatabase();
  const db = openDatabase(database.url);
  const workable = await startWorkableEmulator({ candidates: 0, jobs: 2, rateLimit: 100_000, ...options });
  let seen = 0;
  const open: Connector[] = [];
  onTestFinished(async () => {
    await Promise.all(open.map((one) => one.close()));
    await workable.close();
    await db.destroy();
    await database.drop();
  });
  const scene = {
    db,
    workable,
    reconnect(more: object = {}) {
      const parsed = atsSchema.parse({
        kind: 'workable',
        baseUrl: workable.url,
        lagSeconds: 0,
        triggers: [{ stage: video, package: 'standard' }],
        ...ats,
        ...more,
      });
      const packages = [{ name: 'standard', type: 'one_way' as const, deadline_days: 7 }];
      scene.settings = readAtsSettings(parsed, packages, {
        needed: () => workable.access.token,
        optional: () => null,
      }) as WorkableSettings;
      scene.connector = connectTo({
        db,
        account: 'default',
        settings: scene.settings,
        encryption: null,
        clock: generousClock,
      });
      open.push(scene.connector);
      scene.session = {
        db,
        account: 'default',
        connector: scene.connector,
        settings: scene.settings,
        clock: generousClock,
        log: pino({ level: 'silent' }),
        signal: new AbortController().signal,
        fence: async () => {},
      };
    },
    pull: (hints?: string[]) => pull(scene.session, hints),
    rows: <Row>(sql: string, values?: unknown[]) => query<Row>(db, sql, values),
    async invited() {
      const rows = await query<{ row: string }>(
        db,
        `select candidate_email || ' ' || coalesce(desired, 'invited') as row from ats.interviews order by 1`,
      );
      return rows.map(({ row }) => row);
    },
    async skipped() {
      const rows = await query<{ reason: string }>(
        db,
        'select reason from sync.ats_skipped order by entry_id',
      );
      return rows.map(({ reason }) => reason);
    },
    asked() {
      const fresh = workable.requests.slice(seen);
      seen = workable.requests.length;
      return fresh.map(({ method, path }) => `${method === 'GET' ? '' : `${method} `}${path.slice(7)}`);
    },
  } as unknown as ConnectedWorkable;
  scene.reconnect();
  return scene;
}

/** As if all that happened so far had happened an hour before. */
export function anHourAgo({ state }: WorkableEmulator): void {
  for (const row of [...state.candidates.values(), ...state.activities.values()]) {
    row.created_at -= 3_600_000;
    if ('updated_at' in row) row.updated_at -= 3_600_000;
  }
}
