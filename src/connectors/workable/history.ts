/** What the activities of a candidate say: which stages they entered, and whether an interview was asked for elsewhere. Pure. */
import { z } from 'zod';
import type { Entry, Stage } from '../connector.js';
import { id, textOrNull, time } from '../decoded.js';
import { foldName } from '../pull/triggers.js';

const stageSchema = z.object({ name: z.string(), slug: textOrNull });

export const activitySchema = z.object({
  id,
  action: z.string(),
  action_stage: stageSchema.nullish(),
  target_stage: stageSchema.nullish(),
  created_at: time,
  member: z.object({ id }).nullish(),
  body: textOrNull,
});
export type Activity = z.output<typeof activitySchema>;
type StageName = z.output<typeof stageSchema>;

/** Where a candidate stands. */
export interface Standing {
  id: string;
  job: { shortcode: string; title: string | null } | null;
  /** The name of the stage. */
  stage: string | null;
}

/** One entry, with the stage that it led to. */
export interface Step {
  entry: Entry;
  stage: Stage;
  /** When it ended; null: it has not. */
  leftAt: Date | null;
  /** Who moved the candidate. */
  member: string | null;
}

export interface History {
  /** The first one first. */
  steps: Step[];
  /** A video interview that a provider of Workable's own was asked for, the last one. */
  askedElsewhere: Date | null;
}

/** A candidate who comes from another job brings the activities of that one along. */
const jobChanges: ReadonlySet<string> = new Set(['moved', 'copied']);

interface Found {
  id: string;
  stage: StageName;
  at: Date;
  member: string | null;
  /** Into the job, not from one of its stages to another. */
  isArrival: boolean;
}

export function stageId(job: string, { slug, name }: { slug: string | null; name: string }): string {
  return `${job}/${slug ?? foldName(name)}`;
}

/** Of two in the same moment the one with the greater id is later: ids are hexadecimal numbers. */
const inOrder = (a: Activity, b: Activity) =>
  a.created_at.getTime() - b.created_at.getTime() || Number.parseInt(a.id, 16) - Number.parseInt(b.id, 16);

/**
 * Where the last entry is not into the stage that the candidate shows, one of both answers is older than the other: then that
 * entry is left out, since it is not known whether they still stand there.
 */
export function historyOf(candidate: Standing, activities: readonly Activity[]): History {
  const sorted = [...activities].sort(inOrder);
  const found = entriesOf(sorted, candidate.stage);
  const last = found.at(-1);
  const isSettled =
    last !== undefined && candidate.stage !== null && isSameStage(last.stage.name, candidate.stage);
  const shown = isSettled ? found : found.slice(0, -1);
  // What came before the arrival at this job was another job's.
  const begins = found.findLastIndex(({ isArrival }) => isArrival);
  const steps = shown.map((one, at): Step => {
    const job = at >= begins ? candidate.job : null;
    const isLast = isSettled && at === found.length - 1;
    return {
      entry: {
        id: one.id,
        applicationId: candidate.id,
        stageId: stageId(job?.shortcode ?? '', one.stage),
        enteredAt: one.at,
        isCurrent: isLast,
      },
      stage: stageOf(job, one.stage),
      leftAt: found[at + 1]?.at ?? null,
      member: one.member,
    };
  });
  const asked = sorted.findLast(({ action }) => action === 'video-interview-requested');
  return { steps, askedElsewhere: asked?.created_at ?? null };
}

function entriesOf(sorted: readonly Activity[], stands: string | null): Found[] {
  const found: Found[] = [];
  const after = sorted.find(({ target_stage }) => target_stage != null)?.action_stage;
  for (const [at, activity] of sorted.entries()) {
    const { action, action_stage, target_stage, member, created_at, id: activityId } = activity;
    const isArrival = at === 0 || jobChanges.has(action);
    // The first one may not say where it led to: to where the first move came from, or where they still stand.
    const first = action_stage ?? after ?? (stands === null ? null : { name: stands, slug: null });
    const stage = target_stage ?? (isArrival ? first : null);
    if (stage == null) continue;
    const one = { id: activityId, stage, at: created_at, member: member?.id ?? null, isArrival };
    const before = found.at(-1);
    const repeats =
      target_stage != null &&
      before?.isArrival === true &&
      action_stage != null &&
      isSameStage(action_stage.name, target_stage.name) &&
      isSameStage(before.stage.name, target_stage.name);
    // An arrival in a stage that is not the first is told twice: the second time as a move from the stage to itself.
    if (repeats) found.splice(-1, 1, { ...one, isArrival: true });
    else found.push(one);
  }
  return found;
}

const isSameStage = (one: string, other: string) => foldName(one) === foldName(other);

function stageOf(job: Standing['job'], stage: StageName): Stage {
  return {
    id: stageId(job?.shortcode ?? '', stage),
    sharedId: stage.slug ?? undefined,
    name: stage.name,
    jobId: job?.shortcode ?? '',
    jobTitle: job?.title ?? null,
    isActive: true,
  };
}
