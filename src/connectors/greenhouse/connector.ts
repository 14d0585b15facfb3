/** Greenhouse, by Harvest v3. */
import { z } from 'zod';
import { SyncError } from '../../errors.js';
import type { Connector, ConnectorOptions, Window } from '../connector.js';
import { id, wholeList } from '../decoded.js';
import { createAtsHttp } from '../http.js';
import { listedApplications } from '../listed.js';
import { tokenStore } from '../token-store.js';
import { checkGreenhouse } from './check.js';
import { greenhouseClient, within } from './client.js';
import { fieldProofs } from './field-proof.js';
import { listedEntrySchema, readApplications } from './read-applications.js';
import { readJobs, readStages, readStagesOf, readUsers } from './read-jobs.js';
import type { GreenhouseSettings } from './settings.js';
import { greenhouseAccess } from './token.js';
import { greenhouseWriter } from './write.js';

/** Greenhouse counts in windows of 30 seconds; its answers tell how many requests one holds. */
const limits = { limit: 50, windowMs: 30_000, maxConcurrent: 4 };

const stays = '/application_stages';
const current = { current: true };
const changedSchema = z.object({ id });

export function greenhouse(options: ConnectorOptions<GreenhouseSettings>): Connector {
  const { settings, clock, db, account, encryption, wait } = options;
  const credential = { id: settings.clientId, secret: settings.clientSecret };
  const store = tokenStore({ db, account, source: settings.kind, credential, encryption });
  const access = greenhouseAccess(settings, store, clock);
  const http = createAtsHttp({ title: 'Greenhouse', limits, authorize: access.authorize, wait, clock });
  const client = greenhouseClient(http, settings.baseUrl, clock);
  const listed = listedApplications();
  const proofs = fieldProofs(db, account, settings.kind);

  /** Lists show nothing at all to a user who is no Site Admin: that is no news of what they held. */
  async function prove(signal: AbortSignal): Promise<void> {
    for await (const users of client.list('/users', changedSchema, { per_page: 1 }, signal))
      if (users.length > 0) return;
    throw new SyncError(
      'ATS_FORBIDDEN',
      'Greenhouse shows nothing at all to this credential, not even a user.',
      {
        remedy:
          'Its user must be a Site Admin in Greenhouse; `sparkhire-sync ats check` shows whether it is. Nothing was withdrawn; changes made meanwhile are read then.',
      },
    );
  }

  async function seen<T extends { size: number }>(found: T, asked: number, signal: AbortSignal): Promise<T> {
    if (asked > 0 && found.size === 0) await prove(signal);
    return found;
  }

  async function changed(path: string, window: Window, signal: AbortSignal): Promise<string[]> {
    const pages = client.list(path, changedSchema, { updated_at: within(window) }, signal);
    return (await wholeList(pages)).map((row) => row.id);
  }

  return {
    kind: 'greenhouse',
    prefix: 'gh',
    title: 'Greenhouse',
    requests: () => http.requests() + access.requests(),
    aheadMs: http.aheadMs,
    insist: http.insist,
    check: (signal) => checkGreenhouse(client, settings, proofs, signal),
    stages: (signal) => readStages(client, signal),
    stagesOf: (ids, signal) => readStagesOf(client, ids, signal),
    async *entries(window, signal) {
      const parameters = { updated_at: within(window) };
      for await (const rows of client.list(stays, listedEntrySchema, parameters, signal))
        yield listed.readable(rows);
    },
    async *standing(stageIds, signal) {
      const filter = 'job_interview_stage_ids';
      for await (const rows of client.listOf(stays, listedEntrySchema, filter, stageIds, current, signal))
        yield listed.readable(rows);
    },
    applications: async (ids, signal) =>
      seen(await readApplications(client, ids, listed, signal), ids.length, signal),
    jobs: async (wanted, signal) =>
      seen(await readJobs(client, wanted, signal), wanted === 'open' ? 1 : wanted.length, signal),
    users: (ids, signal) => readUsers(client, ids, signal),
    changed: (what, window, signal) => changed(`/${what}`, window, signal),
    stagesChanged: async (window, signal) =>
      (await changed('/job_interview_stages', window, signal)).length > 0,
    sight: { rows: client.rows, prove },
    listed,
    writer: greenhouseWriter({ client, settings, proofs, clock, seen }),
    async close() {
      await Promise.all([http.close(), access.close()]);
    },
  };
}
