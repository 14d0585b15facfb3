/** Applications with their entries into stages, as Ashby tells them. */
import { z } from 'zod';
import type { Application, Candidate, Entry } from '../connector.js';
import { rowOf, textOrNull, time } from '../decoded.js';
import { foldName } from '../pull/triggers.js';
import { id } from './client.js';

/** A stage is of a plan, which several jobs may have: here it is of one of them. */
export const stageKey = (jobId: string, stageId: string) => `${jobId} ${stageId}`;

const stage = z.object({ id, title: textOrNull, interviewPlanId: id.nullish() });
const job = z.object({ id, title: textOrNull });

/** As lists have it. */
export const listedSchema = z.object({
  id,
  status: z.string(),
  updatedAt: time.nullish(),
  currentInterviewStage: stage.nullish(),
  job,
});
export const listedIdSchema = z.object({ id });
/** As lists have it, or whose it is. */
export const listedRowSchema = rowOf(
  listedSchema,
  listedIdSchema.transform((row) => row.id),
);
export type Listed = z.output<typeof listedSchema>;

const member = z.object({ userId: id.nullish(), role: textOrNull });
/** One of another form is left out: it keeps nobody from being read. */
export const hiringTeam = z
  .array(member.nullable().catch(null))
  .nullish()
  .transform((all) =>
    (all ?? []).flatMap((one) => (one?.userId ? [{ userId: one.userId, role: one.role ?? '' }] : [])),
  );

/** Who asks for the interview: of several recruiters the first. */
export function recruiterOf(team: z.output<typeof hiringTeam>): string | null {
  return team.find(({ role }) => /recruiter/i.test(role))?.userId ?? null;
}

const contact = z.object({ value: textOrNull }).nullish();

const entrySchema = z.object({
  id,
  stageId: id,
  title: textOrNull,
  stageNumber: z.number().nullish(),
  enteredStageAt: time.nullish(),
  leftStageAt: time.nullish(),
});
type EntryRow = z.output<typeof entrySchema>;

/** As application.info has it. */
export const applicationSchema = listedSchema.extend({
  candidate: z.object({ id, name: textOrNull, primaryEmailAddress: contact }),
  hiringTeam,
  applicationHistory: z.array(entrySchema),
});
export type ApplicationRow = z.output<typeof applicationSchema>;

/** `Lead`: somebody was found, and has not applied. */
const activeStatuses: ReadonlySet<string> = new Set(['Active', 'Lead']);
export const isActive = ({ status }: Listed) => activeStatuses.has(status);

/** What stands in the place of a name that was made anonymous. */
const anonymousName = /^\W*(?:candidate\s+)?anonym/i;

function candidateOf({ id: key, name, primaryEmailAddress }: ApplicationRow['candidate']): Candidate {
  return {
    id: key,
    name: name ?? '',
    email: primaryEmailAddress?.value ?? null,
    mayEmail: true,
    isPrivate: false,
    isAnonymized: name === null || anonymousName.test(name),
  };
}

/**
 * Each stay in a stage, by the id of its entry: people may set the times, so these name nothing. A job that gets another plan
 * takes everybody along into the stage of the same name: that is the same stay, which goes by its first entry.
 */
export function entriesOf({
  id: applicationId,
  job: { id: jobId },
  applicationHistory,
}: ApplicationRow): Entry[] {
  // Numbers that are not one an entry are those of the stages in the plan.
  const numbers = new Set(applicationHistory.flatMap(({ stageNumber }) => stageNumber ?? []));
  const isNumbered = numbers.size === applicationHistory.length;
  const order = (row: EntryRow) => (isNumbered ? row.stageNumber! : (row.enteredStageAt?.getTime() ?? 0));
  const history = [...applicationHistory].sort((one, other) => order(one) - order(other));
  const stays: Array<{ first: EntryRow; last: EntryRow }> = [];
  for (const row of history) {
    const before = stays.at(-1);
    if (before !== undefined && isSameStage(before.last, row)) before.last = row;
    else stays.push({ first: row, last: row });
  }
  const open = stays.findLastIndex(({ last }) => !last.leftStageAt);
  return stays.map(({ first, last }, at) => ({
    id: first.id,
    applicationId,
    stageId: stageKey(jobId, last.stageId),
    enteredAt: first.enteredStageAt ?? null,
    isCurrent: at === open,
  }));
}

function isSameStage(a: EntryRow, b: EntryRow): boolean {
  return (
    a.stageId === b.stageId ||
    (a.title !== null && b.title !== null && foldName(a.title) === foldName(b.title))
  );
}

export function applicationOf(row: ApplicationRow): Application {
  return {
    id: row.id,
    jobId: row.job.id,
    isProspect: row.status === 'Lead',
    isActive: isActive(row),
    candidate: candidateOf(row.candidate),
    entries: entriesOf(row),
    requestedBy: recruiterOf(row.hiringTeam),
    url: `https://app.ashbyhq.com/candidate-searches/new/right-side/candidates/${row.candidate.id}`,
  };
}
