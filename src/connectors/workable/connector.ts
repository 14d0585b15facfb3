/** Workable, by its API v3. */
import { SyncError } from '../../errors.js';
import { bearerKey } from '../api-key.js';
import type { Application, Connector, ConnectorOptions, Entry, Stage, Window } from '../connector.js';
import { byId, wholeList } from '../decoded.js';
import { createAtsHttp } from '../http.js';
import { listedApplications, provesSingles, readEach, readSingles, shownOnly } from '../listed.js';
import { foldName, unmatched } from '../pull/triggers.js';
import { checkWorkable } from './check.js';
import { workableClient } from './client.js';
import type { History } from './history.js';
import { type CandidateRow, candidateReader } from './read-candidates.js';
import {
  beginnings,
  changedJobSchema,
  isUnderWay,
  type ListedJob,
  listJobs,
  type PipelineStage,
  readJob,
  readMembers,
  readPipeline,
  stageOfJob,
} from './read-jobs.js';
import type { WorkableSettings } from './settings.js';
import { workableSubscriptions } from './subscriptions.js';
import { workableWriter } from './write.js';

/** Clocks differ. */
const overlapMs = 5 * 60_000;
const pipelineKnownMs = 3_600_000;
/** Workable counts in windows of 10 seconds. */
const limits = { limit: 10, windowMs: 10_000, maxConcurrent: 2 };
/**
 * Of people who changed and stand in no stage of the settings, in one reading: they may have passed through one. When more
 * change at once, as when many are disqualified together, those who were invited are looked at all the same, in their turn.
 */
const mostPassing = 10;
/** `updated_after` leaves out what was updated at that very moment. */
const after = (at: Date) => new Date(at.getTime() - 1000).toISOString();

export function workable({ settings, clock, wait }: ConnectorOptions<WorkableSettings>): Connector {
  const http = createAtsHttp({
    title: 'Workable',
    limits,
    authorize: bearerKey(settings.apiKey),
    wait,
    clock,
  });
  const client = workableClient(http, settings.baseUrl);
  const listed = listedApplications();
  const reader = candidateReader(client, settings, { clock, aheadMs: http.aheadMs, listed });
  const account = settings.subdomain ?? new URL(settings.baseUrl).hostname.split('.')[0]!;
  /** As entries told them, by id. */
  const met = new Map<string, Stage>();
  /** Whether each job that was listed is one of those that every account begins with. */
  const samples = new Map<string, boolean>();
  /** The pipeline of the account when it was last looked at for changes; those of jobs. */
  let pipeline: PipelineStage[] | null = null;
  const pipelines = new Map<string, { stages: PipelineStage[]; at: number }>();

  /** Whether any candidate was ever shown; before that, since when none was. */
  let everShown = false;
  let blindSince: Date | null = null;

  /** A token that lost its right, or a member who left the jobs, may see lists without rows. */
  async function someListed(signal: AbortSignal): Promise<string[]> {
    for await (const page of reader.list({ limit: '3' }, signal))
      if (page.length > 0) return page.map(({ id }) => id);
    // Of an account that has none yet nothing is missing.
    if (!everShown && reader.shown() === 0) return [];
    throw new SyncError(
      'ATS_FORBIDDEN',
      'Workable shows this token no candidate any more, not a single one.',
      {
        remedy:
          'Give the token the scope r_candidates; `sparkhire-sync ats check` tells more. Nothing was withdrawn, and what happens meanwhile is read then.',
      },
    );
  }

  const prove = async (signal: AbortSignal) => void (await someListed(signal));
  const proveSingles = async (shown: { id: string } | null, signal: AbortSignal) =>
    provesSingles({
      title: 'Workable',
      right: 'r_candidates',
      shown: shown?.id ?? null,
      listed: await someListed(signal),
      read: (id) => reader.application(id, signal),
    });

  /** What these went through, with their ids. */
  function historiesOf(rows: readonly CandidateRow[], signal: AbortSignal) {
    return readEach({
      batches: rows.map((row) => [row]),
      atOnce: 1,
      read: async ([row]) =>
        shownOnly(await reader.historyOfRow(row!, signal)).map((history) => ({ id: row!.id, history })),
      prove: (shown) => proveSingles(shown, signal),
      tell(row, failure) {
        listed.reads(row.id, failure);
        if (failure !== null && reader.stands(row)) listed.isUnread(row.id);
      },
    });
  }

  function entriesOf({ steps }: History, since: Date | null): Entry[] {
    for (const { stage } of steps) if (stage.jobId !== '') met.set(stage.id, stage);
    return steps
      .filter(
        ({ entry, leftAt }) => entry.isCurrent || since === null || (leftAt !== null && leftAt >= since),
      )
      .map(({ entry }) => entry);
  }

  /** A job by itself does not say whether it is a sample: only lists do. */
  async function isSample(shortcode: string, signal: AbortSignal): Promise<boolean> {
    if (!samples.has(shortcode)) await readListedJobs(signal);
    if (!samples.has(shortcode)) samples.set(shortcode, false);
    return samples.get(shortcode)!;
  }

  async function readListedJobs(signal: AbortSignal): Promise<ListedJob[]> {
    const jobs = await listJobs(client, signal);
    for (const { shortcode, sample } of jobs) samples.set(shortcode, sample === true);
    return jobs.filter(({ sample }) => sample !== true);
  }

  async function readAccountPipeline(signal: AbortSignal): Promise<void> {
    pipeline = (await readPipeline(client, null, signal)) ?? [];
    reader.learn(pipeline);
  }

  async function allStages(signal: AbortSignal): Promise<Stage[]> {
    const jobs = (await readListedJobs(signal)).filter(isUnderWay);
    await readAccountPipeline(signal);
    const stages = jobs.flatMap((job) => pipeline!.map((stage) => stageOfJob(job, stage)));
    if (unmatched(settings.triggers, stages).length === 0) return stages;
    // A job may have a pipeline of its own: each is asked for where a trigger names a stage that the account's does not have.
    const own: Stage[] = [];
    for (const job of jobs)
      own.push(...(await ownPipeline(job.shortcode, signal)).map((stage) => stageOfJob(job, stage)));
    return own;
  }

  /** A request for each job: where a trigger's stage is nowhere they are looked for every few minutes. */
  async function ownPipeline(job: string, signal: AbortSignal): Promise<PipelineStage[]> {
    const known = pipelines.get(job);
    if (known !== undefined && clock.monotonic() - known.at < pipelineKnownMs) return known.stages;
    const stages = (await readPipeline(client, job, signal)) ?? [];
    pipelines.set(job, { stages, at: clock.monotonic() });
    return stages;
  }

  /** A stage that the account's pipeline does not have may be the first one of a job's own. */
  async function invitesApplicants(signal: AbortSignal): Promise<boolean> {
    const stages = (await readPipeline(client, null, signal)) ?? [];
    return settings.triggers.some(({ stage }) => {
      const found = stages.find(({ name, slug }) => stage === slug || foldName(stage) === foldName(name));
      return found === undefined || beginnings.has(found.kind ?? '');
    });
  }

  async function changedJobs(window: Window, signal: AbortSignal): Promise<string[]> {
    const parameters = { updated_after: after(window.from) };
    const jobs = await wholeList(client.list('/jobs', 'jobs', changedJobSchema, parameters, signal));
    return jobs.map(({ shortcode }) => shortcode);
  }

  return {
    kind: 'workable',
    prefix: 'wk',
    title: 'Workable',
    // Two requests each, of ten in ten seconds.
    atOnce: 10,
    requests: http.requests,
    aheadMs: http.aheadMs,
    insist: http.insist,
    check: (signal) => checkWorkable(client, settings, allStages, signal),
    stages: allStages,
    async stagesOf(ids, signal) {
      const found: Stage[] = [];
      for (const id of ids) {
        const known = met.get(id);
        if (known !== undefined) found.push(known);
        if (known !== undefined || !id.includes('/')) continue;
        const shortcode = id.slice(0, id.indexOf('/'));
        if (shortcode === '') continue;
        const theirs = (await readPipeline(client, shortcode, signal)) ?? [];
        for (const one of theirs.map((stage) => stageOfJob({ shortcode, title: null }, stage)))
          if (one.id === id) found.push(one);
      }
      return found;
    },
    async stagesChanged(_window, signal) {
      const before = JSON.stringify(pipeline);
      await readAccountPipeline(signal);
      return JSON.stringify(pipeline) !== before;
    },
    async *entries({ from }, signal) {
      // As long as nobody was shown, everybody who entered since may be shown at last.
      const since = blindSince !== null && blindSince < from ? blindSince : from;
      const standing: CandidateRow[] = [];
      const passing: CandidateRow[] = [];
      for await (const page of reader.list({ updated_after: after(since) }, signal)) {
        for (const row of page) {
          if (reader.stands(row)) standing.push(row);
          else {
            listed.passes(row.id);
            if (reader.mayHaveMoved(row)) passing.push(row);
          }
        }
      }
      const unread = passing.filter((row) => !reader.isKept(row));
      const looked = unread.length > mostPassing ? passing.filter(reader.isKept) : passing;
      for await (const shown of historiesOf([...standing, ...looked], signal))
        yield shown.flatMap(({ history }) => entriesOf(history, since));
    },
    async *standing(stageIds, signal, since) {
      const wanted = new Set(stageIds);
      const slugs = new Set(stageIds.map((id) => id.slice(id.indexOf('/') + 1)));
      const updated: Record<string, string> = since === null ? {} : { updated_after: after(since) };
      for (const stage of slugs) {
        for await (const page of reader.list({ stage, ...updated }, signal)) {
          const there = page.filter(({ disqualified }) => !disqualified);
          for await (const shown of historiesOf(there, signal)) {
            const entries = shown.flatMap(({ history }) => entriesOf(history, new Date(8.64e15)));
            yield entries.filter(({ stageId }) => wanted.has(stageId));
          }
        }
      }
    },
    async applications(ids, signal) {
      const read = (id: string) => reader.application(id, signal);
      const prove = (shown: Application | null) => proveSingles(shown, signal);
      return byId(await wholeList(readSingles({ ids: [...new Set(ids)], atOnce: 1, read, prove, listed })));
    },
    async jobs(wanted, signal) {
      const ids =
        wanted === 'open'
          ? (await readListedJobs(signal)).flatMap(({ shortcode, state }) =>
              state === 'published' ? shortcode : [],
            )
          : [...new Set(wanted)];
      const found = new Map();
      for (const id of ids) {
        const job = await readJob(client, id, signal);
        if (job !== null && !(await isSample(id, signal))) found.set(job.id, job);
      }
      return found;
    },
    async users(ids, signal) {
      const members = await readMembers(client, signal);
      return new Map(ids.flatMap((id) => (members.has(id) ? [[id, members.get(id)!] as const] : [])));
    },
    async changed(what, window, signal) {
      if (what === 'jobs') return changedJobs(window, signal);
      // Lists of members have no times.
      if (what === 'users') return [...(await readMembers(client, signal)).keys()];
      const changed = await wholeList(reader.list({ updated_after: after(window.from) }, signal));
      return changed.map(({ id }) => id);
    },
    writer: workableWriter(client, settings, prove),
    subscriptions: workableSubscriptions(client, account, invitesApplicants),
    sight: { rows: reader.shown, prove },
    listed,
    marks: {
      resume(stored) {
        everShown = stored.shown === 'yes';
        blindSince = everShown ? null : new Date(stored.blindSince ?? clock.now() - overlapMs);
      },
      left(): Record<string, string> {
        if (everShown || reader.shown() > 0) return { shown: 'yes' };
        return { blindSince: blindSince!.toISOString() };
      },
    },
    close: http.close,
  };
}
