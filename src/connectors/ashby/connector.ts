/**
 * Ashby. It has no windows of time: a list gives a token at its end, and by that token the next listing has only what changed
 * since. Whom an application is of, and through which stages it went, only its own page tells: a request for each.
 */
import { SyncError } from '../../errors.js';
import { basicKey } from '../api-key.js';
import type { Application, Connector, ConnectorOptions, Entry, Stage, Window } from '../connector.js';
import { byId } from '../decoded.js';
import { createAtsHttp } from '../http.js';
import { listedApplications, provesSingles, readSingles } from '../listed.js';
import { triggerOf } from '../pull/triggers.js';
import { changeReader } from './changes.js';
import { checkAshby, singleRight } from './check.js';
import { ashbyClient, codeOfAnswer } from './client.js';
import {
  type ApplicationRow,
  applicationOf,
  applicationSchema,
  isActive,
  type Listed,
  listedIdSchema,
  stageKey,
} from './read-applications.js';
import {
  describeJobs,
  readJobs,
  readOpenJobs,
  readStageName,
  readStages,
  userOf,
  userSchema,
} from './read-jobs.js';
import type { AshbySettings } from './settings.js';
import { ashbySubscriptions } from './subscriptions.js';
import { ashbyWriter } from './write.js';

/** Ashby publishes no limit: what it says with a 429 is kept to. */
const limits = { limit: 100, windowMs: 10_000, maxConcurrent: 4 };
/** Of people who are looked at again in one reading: a request each. */
const atOnce = 50;
/**
 * Of applications that changed and stand in no stage of the settings, in one reading: they may have passed through one. When
 * more change at once, as when many are archived together, those who were invited are looked at all the same, in their turn.
 */
const mostPassing = 200;
/** What was read of an application counts for the reading it belongs to. */
const freshMs = 60_000;

export function ashby(options: ConnectorOptions<AshbySettings>): Connector {
  const { settings, clock, wait } = options;
  const authorize = basicKey(settings.apiKey);
  const http = createAtsHttp({ title: 'Ashby', limits, authorize, codeOf: codeOfAnswer, wait, clock });
  const client = ashbyClient(http, settings.baseUrl);
  const listed = listedApplications();
  const changes = changeReader(client, clock, listed);
  /** By the key of a stage of a job. */
  const stages = new Map<string, Stage>();
  /** Of this reading, by their own ids: what had to be asked for. */
  const names = new Map<string, string | null>();
  /** What this reading has read of applications already; each is answered once. */
  const read = new Map<string, { row: ApplicationRow; at: number }>();

  function learn(jobId: string, jobTitle: string | null, sharedId: string, name: string): Stage {
    const id = stageKey(jobId, sharedId);
    const stage = { id, sharedId, name, jobId, jobTitle, isActive: true };
    stages.set(id, stage);
    return stage;
  }

  /** Not every list shows how a stage is called. */
  async function stageOf(
    { job, currentInterviewStage: stage }: Listed,
    signal: AbortSignal,
  ): Promise<Stage | null> {
    if (!stage) return null;
    if (stage.title !== null) return learn(job.id, job.title, stage.id, stage.title);
    if (!names.has(stage.id)) names.set(stage.id, await readStageName(client, stage.id, signal));
    const name = names.get(stage.id) ?? null;
    return name === null ? null : learn(job.id, job.title, stage.id, name);
  }

  async function readOne(applicationId: string, signal: AbortSignal): Promise<ApplicationRow | null> {
    const row = await client.info('application.info', applicationSchema, { applicationId }, signal);
    if (row === null) return null;
    for (const { stageId, title } of row.applicationHistory)
      if (title !== null) learn(row.job.id, row.job.title, stageId, title);
    return row;
  }

  function readAll(ids: readonly string[], signal: AbortSignal): AsyncIterable<ApplicationRow[]> {
    const read = (id: string) => readOne(id, signal);
    const prove = async (shown: ApplicationRow | null) =>
      provesSingles({
        title: 'Ashby',
        right: singleRight,
        shown: shown?.id ?? null,
        listed: (await someListed(signal)).map(({ id }) => id),
        read,
      });
    return readSingles({ ids, atOnce, read, prove, listed });
  }

  async function* entriesOf(
    ids: readonly string[],
    tells: (entry: Entry, row: ApplicationRow) => boolean,
    signal: AbortSignal,
  ): AsyncIterable<Entry[]> {
    for await (const rows of readAll(ids, signal)) {
      const at = clock.monotonic();
      for (const row of rows) read.set(row.id, { row, at });
      yield rows.flatMap((row) => applicationOf(row).entries.filter((entry) => tells(entry, row)));
    }
  }

  async function isWanted(row: Listed, signal: AbortSignal): Promise<boolean> {
    if (!isActive(row)) return false;
    const stage = await stageOf(row, signal);
    return stage !== null && triggerOf(settings.triggers, stage) !== null;
  }

  /** Where nothing at all is shown and something was before, that is no news of what is asked for. */
  async function someListed(signal: AbortSignal): Promise<Array<{ id: string }>> {
    const rows = await client.first('application.list', listedIdSchema, { limit: 3 }, signal);
    if (rows.length > 0) changes.shown();
    else if (changes.wasShown())
      throw new SyncError(
        'ATS_FORBIDDEN',
        'Ashby shows no application at all to this API key, and did before.',
        {
          remedy:
            'See whether the key still has access to confidential jobs; `sparkhire-sync ats check` shows more. Nothing was withdrawn; changes made meanwhile are read then.',
        },
      );
    return rows;
  }

  const prove = async (signal: AbortSignal) => void (await someListed(signal));

  /** What stands in a stage of the settings by a list, and was not read by itself. */
  function unread(standing: readonly string[]): void {
    for (const id of standing) if (!read.has(id)) listed.isUnread(id);
  }

  return {
    kind: 'ashby',
    prefix: 'ab',
    title: 'Ashby',
    atOnce,
    requests: http.requests,
    aheadMs: http.aheadMs,
    insist: http.insist,
    check: (signal) => checkAshby(client, settings, signal),
    async stages(signal) {
      const all = await readStages(client, signal);
      for (const stage of all) stages.set(stage.id, stage);
      return all;
    },

    async stagesOf(ids, signal) {
      const found: Stage[] = [];
      for (const id of ids) {
        const [jobId, sharedId] = id.split(' ') as [string, string];
        const name = stages.has(id) ? null : await readStageName(client, sharedId, signal);
        const stage = stages.get(id) ?? (name === null ? null : learn(jobId, null, sharedId, name));
        if (stage !== null) found.push(stage);
      }
      return found;
    },

    async *entries({ from }: Window, signal) {
      read.clear();
      names.clear();
      const { rows, isFull, since } = await changes.applications(signal);
      const standing: string[] = [];
      const passing: string[] = [];
      const isKnown = ({ updatedAt }: Listed) =>
        isFull && since !== null && updatedAt != null && updatedAt < since;
      for (const row of rows) {
        // Who stands in a stage is read all the same: they may not have been shown before, such as of a confidential job.
        if (await isWanted(row, signal)) standing.push(row.id);
        else {
          listed.passes(row.id);
          if (!isKnown(row)) passing.push(row.id);
        }
      }
      const looked = isFull || passing.length > mostPassing ? [] : passing;
      const tells = ({ isCurrent }: Entry, row: ApplicationRow) => isCurrent || leftSince(row, from);
      yield* entriesOf([...standing, ...looked], tells, signal);
      unread(standing);
    },

    async *standing(stageIds, signal) {
      read.clear();
      const wanted = new Set(stageIds);
      const { rows } = await changes.everything(signal);
      const there = rows.filter(
        (row) =>
          isActive(row) &&
          row.currentInterviewStage &&
          wanted.has(stageKey(row.job.id, row.currentInterviewStage.id)),
      );
      const standing = there.map((row) => row.id);
      yield* entriesOf(standing, ({ isCurrent }) => isCurrent, signal);
      unread(standing);
    },

    async applications(ids, signal) {
      const found = new Map<string, Application>();
      for (const id of ids) {
        const known = read.get(id);
        if (known === undefined || clock.monotonic() - known.at > freshMs) continue;
        // Once each: whoever asks later asks for how it is then.
        read.delete(id);
        found.set(id, applicationOf(known.row));
      }
      const others = ids.filter((id) => !found.has(id));
      for await (const rows of readAll(others, signal))
        for (const row of rows) found.set(row.id, applicationOf(row));
      return found;
    },

    jobs: async (wanted, signal) =>
      wanted === 'open'
        ? describeJobs(client, await readOpenJobs(client, signal), signal)
        : readJobs(client, wanted, changes.jobRows(), signal),

    async users(ids, signal) {
      const rows = await Promise.all(
        ids.map((userId) => client.info('user.info', userSchema, { userId }, signal)),
      );
      return byId(rows.map((row) => row && userOf(row)));
    },

    changed: (what, _, signal) => changes.idsOf(what, signal),
    sight: { rows: client.rows, prove },
    listed,
    marks: changes.marks,
    writer: ashbyWriter({ client, settings, prove }),
    ...(settings.webhookSecret === null
      ? {}
      : { subscriptions: ashbySubscriptions(client, settings.webhookSecret) }),
    close: http.close,
  };
}

/** Whether it left a stage lately: what is long over is no news. */
function leftSince({ applicationHistory }: ApplicationRow, from: Date): boolean {
  return applicationHistory.some(({ leftStageAt }) => leftStageAt != null && leftStageAt >= from);
}
