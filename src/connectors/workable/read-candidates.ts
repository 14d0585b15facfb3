/** Candidates, each with its history: one request for a page of them, two for one by itself. */
import { z } from 'zod';
import type { Clock } from '../../clock.js';
import type { Application } from '../connector.js';
import { id, rowOf, textOrNull, time } from '../decoded.js';
import type { ListedApplications } from '../listed.js';
import { triggerOf } from '../pull/triggers.js';
import type { WorkableClient } from './client.js';
import { activitySchema, type History, historyOf, stageId } from './history.js';
import { beginnings } from './read-jobs.js';
import type { WorkableSettings } from './settings.js';

export const candidateSchema = z.object({
  id,
  name: textOrNull,
  firstname: textOrNull,
  lastname: textOrNull,
  email: textOrNull,
  job: z.object({ shortcode: z.string().min(1), title: textOrNull }).nullish(),
  stage: textOrNull,
  stage_kind: textOrNull,
  disqualified: z.boolean(),
  withdrew: z.boolean().nullish(),
  anonymized: z.boolean().nullish(),
  hired_at: z.string().nullish(),
  sourced: z.boolean().nullish(),
  profile_url: textOrNull,
  created_at: time,
  updated_at: time,
});
/** As lists have it. */
const listedSchema = rowOf(
  candidateSchema,
  z.object({ id }).transform((row) => row.id),
);
export type CandidateRow = z.output<typeof candidateSchema>;

/** Of the people that Workable makes up for every account. */
const sampleAddress = /@samplecandidate\.com$/i;

/** In so many milliseconds `updated_at` may stay the same though something happens: it has whole seconds. */
const sameSecondMs = 2000;
/** Histories that are kept in memory. */
const mostKept = 2000;

interface Kept {
  updatedAt: number;
  /** Whether nothing can have happened since without another `updated_at`. */
  isSettled: boolean;
  job: string | null;
  stage: string | null;
  history: History;
}

export interface CandidateReader {
  /** All that were updated after that, or that stand in a stage. */
  list(parameters: Record<string, string>, signal: AbortSignal): AsyncIterable<CandidateRow[]>;
  /** Whether they stand in a stage of the settings. */
  stands(row: CandidateRow): boolean;
  /** Whether they may have been in a stage of the settings, so that what they went through is worth a request. */
  mayHaveMoved(row: CandidateRow): boolean;
  /** Whether that takes no request. */
  isKept(row: CandidateRow): boolean;
  /** What a listed candidate went through; null: that is not shown. */
  historyOfRow(row: CandidateRow, signal: AbortSignal): Promise<History | null>;
  /** null: they are not shown. */
  application(candidate: string, signal: AbortSignal): Promise<Application | null>;
  /** Slugs of stages, by which triggers may name them. */
  learn(stages: ReadonlyArray<{ name: string; slug: string | null }>): void;
  /** Candidates that were shown so far. */
  shown(): number;
}

export function candidateReader(
  client: WorkableClient,
  settings: WorkableSettings,
  { clock, aheadMs, listed }: { clock: Clock; aheadMs(): number | null; listed: ListedApplications },
): CandidateReader {
  const kept = new Map<string, Kept>();
  /** Slugs of stages, by name. */
  const slugs = new Map<string, string | null>();
  let shown = 0;

  function learn(stages: ReadonlyArray<{ name: string; slug: string | null }>): void {
    for (const { name, slug } of stages) slugs.set(name, slug);
  }

  function remember(row: CandidateRow, history: History, readAt: number): void {
    kept.delete(row.id);
    const updatedAt = row.updated_at.getTime();
    const isSettled = readAt - updatedAt >= sameSecondMs;
    kept.set(row.id, { updatedAt, isSettled, job: row.job?.shortcode ?? null, stage: row.stage, history });
    learn(history.steps.map(({ stage }) => ({ name: stage.name, slug: stage.sharedId ?? null })));
    if (kept.size > mostKept) kept.delete(kept.keys().next().value!);
  }

  function isKept({ id, updated_at }: CandidateRow): boolean {
    const known = kept.get(id);
    return known?.isSettled === true && known.updatedAt === updated_at.getTime();
  }

  async function historyOfRow(row: CandidateRow, signal: AbortSignal): Promise<History | null> {
    if (isKept(row)) return kept.get(row.id)!.history;
    const readAt = clock.now() + (aheadMs() ?? 0);
    const path = `/candidates/${encodeURIComponent(row.id)}/activities`;
    const activities = await client.listOf(path, 'activities', activitySchema, signal);
    if (activities === null) {
      if (isTriggered(row)) listed.isUnread(row.id);
      return null;
    }
    const standing = { id: row.id, job: row.job ?? null, stage: row.stage };
    const history = historyOf(standing, activities);
    remember(row, history, readAt);
    return history;
  }

  /** A stage whose slug is not known yet may be one that a trigger names by it. */
  function isTriggered({ job, stage }: CandidateRow): boolean {
    if (job == null || stage === null) return false;
    if (!slugs.has(stage)) return true;
    const slug = slugs.get(stage) ?? null;
    const jobTitle = job.title;
    const at = {
      id: stageId(job.shortcode, { slug, name: stage }),
      name: stage,
      jobId: job.shortcode,
      jobTitle,
    };
    return triggerOf(settings.triggers, { ...at, sharedId: slug ?? undefined, isActive: true }) !== null;
  }

  return {
    async *list(parameters, signal) {
      const pages = client.list('/candidates', 'candidates', listedSchema, parameters, signal);
      for await (const rows of pages) {
        const page = listed.readable(rows);
        shown += page.length;
        for (const row of page) listed.lists(row.id, isActive(row));
        yield page;
      }
    },
    historyOfRow,
    isKept,
    stands: (row) => isActive(row) && isTriggered(row),
    mayHaveMoved(row) {
      const known = kept.get(row.id);
      const updatedAt = row.updated_at.getTime();
      // A reading may have failed after it had met them.
      if (known?.updatedAt === updatedAt) return true;
      const isNew =
        updatedAt - row.created_at.getTime() < sameSecondMs && beginnings.has(row.stage_kind ?? '');
      const isWhereTheyWere = known?.stage === row.stage && known?.job === (row.job?.shortcode ?? null);
      // Whoever has just applied, or is only written about, has left no stage.
      return !(isNew || isWhereTheyWere) || isTriggered(row);
    },
    async application(candidate, signal) {
      const path = `/candidates/${encodeURIComponent(candidate)}`;
      const row = await client.one(path, 'candidate', candidateSchema, signal);
      if (row === null) return null;
      shown += 1;
      listed.lists(row.id, isActive(row));
      const history = await historyOfRow(row, signal);
      return history === null ? null : applicationOf(row, history, settings);
    },
    learn,
    shown: () => shown,
  };
}

const isActive = ({ disqualified, withdrew, hired_at }: CandidateRow) =>
  !disqualified && withdrew !== true && (hired_at ?? null) === null;

export function applicationOf(
  row: CandidateRow,
  { steps, askedElsewhere }: History,
  { include }: Pick<WorkableSettings, 'include'>,
): Application {
  const name = row.name ?? [row.firstname, row.lastname].filter((part) => part !== null).join(' ');
  const isReal = row.email !== null && !sampleAddress.test(row.email);
  return {
    id: row.id,
    jobId: row.job?.shortcode ?? null,
    isProspect: row.job == null || (row.sourced === true && !include.sourced),
    isActive: isActive(row),
    candidate: {
      id: row.id,
      name,
      email: isReal ? row.email : null,
      mayEmail: true,
      isPrivate: false,
      isAnonymized: row.anonymized === true || name === '',
    },
    entries: steps.map(({ entry }) => entry),
    askedElsewhere,
    requestedBy: steps.find(({ entry }) => entry.isCurrent)?.member ?? null,
    url: row.profile_url,
  };
}
