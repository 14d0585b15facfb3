/** Greenhouse, by Harvest v3. */
import { z } from 'zod';
import type { Clock } from '../../clock.js';
import type { Database } from '../../db/database.js';
import type { EncryptionKeys } from '../../encryption.js';
import { SyncError } from '../../errors.js';
import type { Connector } from '../connector.js';
import { createAtsHttp } from '../http.js';
import { tokenStore } from '../token-store.js';
import { checkGreenhouse } from './check.js';
import { greenhouseClient, id, within } from './client.js';
import { entrySchema, readApplications } from './read-applications.js';
import { readJobs, readStages, readStagesOf, readUsers } from './read-jobs.js';
import type { GreenhouseSettings } from './settings.js';
import { greenhouseAccess } from './token.js';
import { greenhouseWriter } from './write.js';

export interface ConnectorOptions<Settings> {
  db: Database;
  account: string;
  settings: Settings;
  /** What tokens are stored with. */
  encryption: EncryptionKeys | null;
  clock: Clock;
}

/** Greenhouse counts in windows of 30 seconds; its answers tell how many requests one holds. */
const limits = { requests: 50, windowMs: 30_000, concurrent: 4 };

const changedSchema = z.object({ id });

export function greenhouse(options: ConnectorOptions<GreenhouseSettings>): Connector {
  const { settings, clock, db, account, encryption } = options;
  const credential = { id: settings.clientId, secret: settings.clientSecret };
  const store = tokenStore({ db, account, source: settings.kind, credential, encryption });
  const access = greenhouseAccess(settings, store, clock);
  const http = createAtsHttp({ title: 'Greenhouse', limits, authorize: access.authorize, clock });
  const client = greenhouseClient(http, settings.baseUrl, clock);

  /** Lists show nothing at all to a user who is no Site Admin: that is no news of what they held. */
  async function seen<T extends { size: number }>(found: T, asked: number, signal: AbortSignal): Promise<T> {
    if (asked === 0 || found.size > 0) return found;
    for await (const users of client.list('/users', changedSchema, { per_page: 1 }, signal))
      if (users.length > 0) return found;
    throw new SyncError(
      'ATS_FORBIDDEN',
      'Greenhouse shows nothing at all to this credential, not even a user.',
      {
        remedy:
          'Its user has to be a Site Admin in Greenhouse; `sparkhire-sync ats check` tells when it is. Nothing was withdrawn.',
      },
    );
  }

  return {
    kind: 'greenhouse',
    prefix: 'gh',
    title: 'Greenhouse',
    requests: () => http.requests() + access.requests(),
    aheadMs: http.aheadMs,
    check: (signal) => checkGreenhouse(client, settings, signal),
    stages: (signal) => readStages(client, signal),
    stagesOf: (ids, signal) => readStagesOf(client, ids, signal),
    entries: (window, signal) =>
      client.list('/application_stages', entrySchema, { updated_at: within(window) }, signal),
    standing: (stageIds, signal) =>
      client.listOf(
        '/application_stages',
        entrySchema,
        'job_interview_stage_ids',
        stageIds,
        { current: true },
        signal,
      ),
    applications: async (ids, signal) =>
      seen(await readApplications(client, ids, signal), ids.length, signal),
    jobs: async (wanted, signal) =>
      seen(await readJobs(client, wanted, signal), wanted === 'open' ? 1 : wanted.length, signal),
    users: (ids, signal) => readUsers(client, ids, signal),
    async changed(what, window, signal) {
      const ids: string[] = [];
      for await (const page of client.list(
        `/${what}`,
        changedSchema,
        { updated_at: within(window) },
        signal,
      )) {
        ids.push(...page.map((row) => row.id));
      }
      return ids;
    },
    writer: greenhouseWriter(client, settings, seen),
    async close() {
      await Promise.all([http.close(), access.close()]);
    },
  };
}
