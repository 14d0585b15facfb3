/** Jobs with their place, description and owner; stages; users. */
import { z } from 'zod';
import type { Job, Stage, User } from '../connector.js';
import { textOrNull } from '../decoded.js';
import { type AshbyClient, id } from './client.js';
import { hiringTeam, recruiterOf, stageKey } from './read-applications.js';

const locationSchema = z.object({
  address: z
    .object({
      postalAddress: z
        .object({ addressLocality: textOrNull, addressRegion: textOrNull, addressCountry: textOrNull })
        .nullish(),
    })
    .nullish(),
});

export const jobSchema = z.object({
  id,
  title: z.string(),
  status: z.enum(['Draft', 'Open', 'Closed', 'Archived']),
  confidential: z.boolean().nullish(),
  locationId: id.nullish(),
  location: locationSchema.nullish(),
  defaultInterviewPlanId: id.nullish(),
  interviewPlanIds: z.array(id).nullish(),
  jobPostingIds: z.array(id).nullish(),
  hiringTeam,
});
export type JobRow = z.output<typeof jobSchema>;

const postingSchema = z.object({
  descriptionHtml: textOrNull,
  descriptionPlain: textOrNull,
  isListed: z.boolean().nullish(),
});

const stageSchema = z.object({ id, title: z.string(), type: textOrNull });
export type PlanStage = z.output<typeof stageSchema>;

export const userSchema = z.object({
  id,
  firstName: textOrNull,
  lastName: textOrNull,
  email: textOrNull,
  isEnabled: z.boolean(),
});

const statuses = { Draft: 'draft', Open: 'open', Closed: 'closed', Archived: 'closed' } as const;
const withPlace = { expand: ['location'] };

export async function readOpenJobs(client: AshbyClient, signal: AbortSignal): Promise<JobRow[]> {
  return (await client.list('job.list', jobSchema, { status: ['Open'], ...withPlace }, signal)).rows;
}

/** @param known what a list had of them a moment ago */
export async function readJobs(
  client: AshbyClient,
  ids: readonly string[],
  known: ReadonlyMap<string, JobRow>,
  signal: AbortSignal,
): Promise<Map<string, Job>> {
  const rows = await Promise.all(
    ids.map((one) => known.get(one) ?? client.info('job.info', jobSchema, { id: one, ...withPlace }, signal)),
  );
  return describeJobs(
    client,
    rows.filter((row) => row !== null),
    signal,
  );
}

/** With the place and the advertisement of each. */
export async function describeJobs(
  client: AshbyClient,
  rows: readonly JobRow[],
  signal: AbortSignal,
): Promise<Map<string, Job>> {
  const jobs = await Promise.all(rows.map((row) => jobOf(client, row, signal)));
  return new Map(jobs.map((job) => [job.id, job]));
}

async function jobOf(client: AshbyClient, row: JobRow, signal: AbortSignal): Promise<Job> {
  const location =
    row.location ??
    (row.locationId
      ? await client.info('location.info', locationSchema, { locationId: row.locationId }, signal)
      : null);
  const place = location?.address?.postalAddress;
  return {
    id: row.id,
    title: row.title,
    description: (await descriptionOf(client, row, signal)) ?? row.title,
    status: statuses[row.status],
    isConfidential: row.confidential === true,
    city: place?.addressLocality ?? null,
    region: place?.addressRegion ?? null,
    country: place?.addressCountry ?? null,
    ownerId: recruiterOf(row.hiringTeam),
  };
}

/** Of several advertisements the first that the public sees, else the first that there is. */
async function descriptionOf(
  client: AshbyClient,
  { jobPostingIds }: JobRow,
  signal: AbortSignal,
): Promise<string | null> {
  let unlisted: string | null = null;
  for (const jobPostingId of jobPostingIds ?? []) {
    const posting = await client.info('jobPosting.info', postingSchema, { jobPostingId }, signal);
    const text = posting?.descriptionHtml ?? posting?.descriptionPlain ?? null;
    if (text !== null && posting?.isListed !== false) return text;
    unlisted ??= text;
  }
  return unlisted;
}

/** Every stage of every job that is open, job by job, in the order of its plans. Plans that jobs share are read once. */
export async function readStages(client: AshbyClient, signal: AbortSignal): Promise<Stage[]> {
  const jobs = await readOpenJobs(client, signal);
  const plansOf = ({ defaultInterviewPlanId, interviewPlanIds }: JobRow) => [
    ...new Set([...(defaultInterviewPlanId ? [defaultInterviewPlanId] : []), ...(interviewPlanIds ?? [])]),
  ];
  const plans = new Map<string, PlanStage[]>();
  for (const plan of new Set(jobs.flatMap(plansOf))) plans.set(plan, await readPlan(client, plan, signal));
  return jobs.flatMap((job) =>
    plansOf(job).flatMap((plan) =>
      (plans.get(plan) ?? []).map(
        (stage): Stage => ({
          id: stageKey(job.id, stage.id),
          sharedId: stage.id,
          name: stage.title,
          jobId: job.id,
          jobTitle: job.title,
          isActive: true,
        }),
      ),
    ),
  );
}

/** The stages of a plan, in its order. */
export async function readPlan(
  client: AshbyClient,
  interviewPlanId: string,
  signal: AbortSignal,
): Promise<PlanStage[]> {
  return (await client.list('interviewStage.list', stageSchema, { interviewPlanId }, signal)).rows;
}

/** The plan that a job has by default; null where it is not shown. */
export async function readPlanOf(
  client: AshbyClient,
  job: string,
  signal: AbortSignal,
): Promise<string | null> {
  return (await client.info('job.info', jobSchema, { id: job }, signal))?.defaultInterviewPlanId ?? null;
}

/** The name of one stage, also of a plan that no job has any more. */
export async function readStageName(
  client: AshbyClient,
  interviewStageId: string,
  signal: AbortSignal,
): Promise<string | null> {
  return (await client.info('interviewStage.info', stageSchema, { interviewStageId }, signal))?.title ?? null;
}

export function userOf({
  id: key,
  firstName,
  lastName,
  email,
  isEnabled,
}: z.output<typeof userSchema>): User {
  const name = [firstName, lastName].filter((part) => part !== null).join(' ');
  return { id: key, name: name || null, email, isActive: isEnabled };
}
