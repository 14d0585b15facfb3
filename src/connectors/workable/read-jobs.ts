/** Jobs, the stages of pipelines, and members. */
import { z } from 'zod';
import type { Job, Stage, User } from '../connector.js';
import { id, textOrNull, time, wholeList } from '../decoded.js';
import type { WorkableClient } from './client.js';
import { stageId } from './history.js';

const listedSchema = z.object({
  shortcode: z.string().min(1),
  title: z.string(),
  state: z.string(),
  sample: z.boolean().nullish(),
});
export type ListedJob = z.output<typeof listedSchema>;

/** The region may stand in its code alone, and in full there. */
const location = z.object({
  city: textOrNull,
  region: textOrNull,
  region_code: textOrNull,
  country: textOrNull,
});
const nowhere = { city: null, region: null, region_code: null, country: null };

const jobSchema = listedSchema.extend({
  confidential: z.boolean().nullish(),
  location: location.nullish(),
  full_description: textOrNull,
  description: textOrNull,
});

const stageSchema = z.object({ name: z.string().min(1), slug: z.string().min(1), kind: textOrNull });
/** Kinds of stages that people begin in. */
export const beginnings: ReadonlySet<string> = new Set(['sourced', 'applied']);
export type PipelineStage = z.output<typeof stageSchema>;

const memberSchema = z.object({
  id,
  name: textOrNull,
  email: textOrNull,
  active: z.boolean().nullish(),
});

export const changedJobSchema = z.object({ shortcode: z.string().min(1), updated_at: time.nullish() });

/** With its text, which lists do not have. */
export async function readJob(
  client: WorkableClient,
  shortcode: string,
  signal: AbortSignal,
): Promise<Job | null> {
  const row = await client.one(`/jobs/${encodeURIComponent(shortcode)}`, null, jobSchema, signal);
  if (row === null) return null;
  const { city, region, region_code, country } = row.location ?? nowhere;
  return {
    id: row.shortcode,
    title: row.title,
    description: row.full_description ?? row.description ?? row.title,
    status: row.state === 'published' ? 'open' : row.state === 'draft' ? 'draft' : 'closed',
    isConfidential: row.confidential === true,
    city,
    region: region ?? region_code,
    country,
    ownerId: null,
  };
}

export function listJobs(client: WorkableClient, signal: AbortSignal): Promise<ListedJob[]> {
  return wholeList(client.list('/jobs', 'jobs', listedSchema, {}, signal));
}

/** People may still be moved in it. */
export const isUnderWay = ({ state }: ListedJob) => state === 'published' || state === 'draft';

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
