/** Jobs, the stages of pipelines, and members. */
import { z } from 'zod';
import type { Job, Stage, User } from '../connector.js';
import { id, textOrNull, time, type WorkableClient } from './client.js';
import { stageId } from './history.js';

const listedSchema = z.object({
  shortcode: z.string().min(1),
  title: z.string(),
  state: z.string(),
  sample: z.boolean().nullish(),
});
export type ListedJob = z.output<typeof listedSchema>;

const location = z.object({ city: textOrNull, region: textOrNull, country: textOrNull });

const jobSchema = listedSchema.extend({
  confidential: z.boolean().nullish(),
  location: location.nullish(),
  full_description: textOrNull,
  description: textOrNull,
});

const stageSchema = z.object({ name: z.string().min(1), slug: z.string().min(1) });
export type PipelineStage = z.output<typeof stageSchema>;

const memberSchema = z.object({
  id,
  name: textOrNull,
  email: textOrNull,
  active: z.boolean().nullish(),
});

export const changedJobSchema = z.object({ shortcode: z.string().min(1), updated_at: time.nullish() });

/** With description and place, which lists do not have. Samples, which every account begins with, are none. */
export async function readJob(
  client: WorkableClient,
  shortcode: string,
  signal: AbortSignal,
): Promise<Job | null> {
  const row = await client.one(`/jobs/${encodeURIComponent(shortcode)}`, null, jobSchema, signal);
  if (row === null || row.sample === true) return null;
  const { city, region, country } = row.location ?? { city: null, region: null, country: null };
  return {
    id: row.shortcode,
    title: row.title,
    description: row.full_description ?? row.description ?? row.title,
    status: row.state === 'published' ? 'open' : row.state === 'draft' ? 'draft' : 'closed',
    isConfidential: row.confidential === true,
    city,
    region,
    country,
    ownerId: null,
  };
}

/** Those that people may still move in: published ones and drafts. */
export async function listJobs(client: WorkableClient, signal: AbortSignal): Promise<ListedJob[]> {
  const jobs: ListedJob[] = [];
  for await (const page of client.list('/jobs', 'jobs', listedSchema, {}, signal))
    jobs.push(
      ...page.filter(({ state, sample }) => sample !== true && ['published', 'draft'].includes(state)),
    );
  return jobs;
}

/** @param job whose pipeline; null: that of the account. null is answered for a job that is not shown */
export function readPipeline(
  client: WorkableClient,
  job: string | null,
  signal: AbortSignal,
): Promise<PipelineStage[] | null> {
  const path = job === null ? '/stages' : `/jobs/${encodeURIComponent(job)}/stages`;
  return client.listOf(path, 'stages', stageSchema, signal);
}

export function stageOfJob(
  job: Pick<ListedJob, 'shortcode'> & { title: string | null },
  stage: PipelineStage,
): Stage {
  return {
    id: stageId(job.shortcode, stage),
    sharedId: stage.slug,
    name: stage.name,
    jobId: job.shortcode,
    jobTitle: job.title,
    isActive: true,
  };
}

export async function readMembers(client: WorkableClient, signal: AbortSignal): Promise<Map<string, User>> {
  const members = new Map<string, User>();
  for await (const page of client.list('/members', 'members', memberSchema, {}, signal)) {
    for (const row of page)
      members.set(row.id, { id: row.id, name: row.name, email: row.email, isActive: row.active !== false });
  }
  return members;
}
