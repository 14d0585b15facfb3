/** Jobs with their place, description and owner; stages; users. */
import { z } from 'zod';
import type { Job, Stage, User } from '../connector.js';
import { id, textOrNull, wholeList } from '../decoded.js';
import { placeOf } from '../place.js';
import type { GreenhouseClient } from './client.js';

const jobSchema = z.object({
  id,
  name: z.string(),
  status: z.enum(['open', 'draft', 'closed']),
  confidential: z.boolean().nullish(),
  is_template: z.boolean().nullish(),
  office_ids: z.array(id).nullish(),
});
type JobRow = z.output<typeof jobSchema>;

const stageSchema = z.object({
  id,
  job_id: id,
  name: z.string(),
  active: z.boolean(),
  sort_order: z.number().nullish(),
});

const ownerSchema = z.object({
  user_id: id,
  job_id: id,
  type: textOrNull,
  responsible: z.boolean().nullish(),
});

const officeSchema = z.object({ id, location: textOrNull });
const postSchema = z.object({
  job_id: id,
  content: textOrNull,
  live: z.boolean().nullish(),
  internal: z.boolean().nullish(),
});
const userSchema = z.object({
  id,
  name: textOrNull,
  first_name: textOrNull,
  last_name: textOrNull,
  primary_email: textOrNull,
  deactivated: z.boolean(),
});

function jobRows(
  client: GreenhouseClient,
  wanted: readonly string[] | 'open',
  signal: AbortSignal,
): Promise<JobRow[]> {
  const pages =
    wanted === 'open'
      ? client.list('/jobs', jobSchema, { status: 'open' }, signal)
      : client.listOf('/jobs', jobSchema, 'ids', wanted, {}, signal);
  return wholeList(pages);
}

/** Of a job with several offices the first that has a place counts; of several posts one that the public sees. */
export async function readJobs(
  client: GreenhouseClient,
  wanted: readonly string[] | 'open',
  signal: AbortSignal,
): Promise<Map<string, Job>> {
  const rows = (await jobRows(client, wanted, signal)).filter((row) => row.is_template !== true);
  const ids = rows.map((row) => row.id);
  const officeIds = rows.flatMap((row) => row.office_ids ?? []);
  const offices = await wholeList(client.listOf('/offices', officeSchema, 'ids', officeIds, {}, signal));
  const places = new Map(offices.map((office) => [office.id, office.location]));
  const owners = await readOwners(client, ids, signal);
  const posts = await wholeList(client.listOf('/job_posts', postSchema, 'job_ids', ids, {}, signal));
  return new Map(
    rows.map((row) => {
      const location = (row.office_ids ?? []).map((office) => places.get(office)).find((text) => text);
      const [post] = posts
        .filter((one) => one.job_id === row.id && one.content !== null)
        .sort((a, b) => rankOf(a) - rankOf(b));
      return [
        row.id,
        {
          id: row.id,
          title: row.name,
          description: post?.content ?? row.name,
          status: row.status,
          isConfidential: row.confidential === true,
          ...placeOf(location ?? null),
          ownerId: owners.get(row.id) ?? null,
        },
      ];
    }),
  );
}

function rankOf({ live, internal }: z.output<typeof postSchema>): number {
  return (live === true ? 0 : 2) + (internal === true ? 1 : 0);
}

export async function readStages(client: GreenhouseClient, signal: AbortSignal): Promise<Stage[]> {
  const jobs = new Map<string, JobRow>();
  for await (const page of client.list('/jobs', jobSchema, { status: 'open' }, signal))
    for (const job of page) jobs.set(job.id, job);
  const rows = await wholeList(client.list('/job_interview_stages', stageSchema, { active: true }, signal));
  const order = new Map([...jobs.keys()].map((job, at) => [job, at]));
  const placeOfJob = ({ job_id }: { job_id: string }) => order.get(job_id) ?? order.size;
  rows.sort((a, b) => placeOfJob(a) - placeOfJob(b) || (a.sort_order ?? 0) - (b.sort_order ?? 0));
  return rows.flatMap((row) => {
    const job = jobs.get(row.job_id);
    if (job === undefined || job.is_template === true || job.status === 'closed') return [];
    return [stageOf(row, job.name)];
  });
}

export async function readStagesOf(
  client: GreenhouseClient,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Stage[]> {
  const rows = await wholeList(client.listOf('/job_interview_stages', stageSchema, 'ids', ids, {}, signal));
  return rows.map((row) => stageOf(row, null));
}

/** Of these jobs, also stages that their plans do not have any more. */
export async function readStagesOfJobs(
  client: GreenhouseClient,
  jobIds: readonly string[],
  signal: AbortSignal,
): Promise<Stage[]> {
  const pages = client.listOf('/job_interview_stages', stageSchema, 'job_ids', jobIds, {}, signal);
  return (await wholeList(pages)).map((row) => stageOf(row, null));
}

function stageOf(row: z.output<typeof stageSchema>, jobTitle: string | null): Stage {
  return { id: row.id, name: row.name, jobId: row.job_id, jobTitle, isActive: row.active };
}

export async function readUsers(
  client: GreenhouseClient,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, User>> {
  const rows = await wholeList(client.listOf('/users', userSchema, 'ids', ids, {}, signal));
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        name: row.name ?? ([row.first_name, row.last_name].filter((part) => part !== null).join(' ') || null),
        email: row.primary_email,
        isActive: !row.deactivated,
      },
    ]),
  );
}

/** @returns of each job that has one the responsible recruiter */
export async function readOwners(
  client: GreenhouseClient,
  jobs: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const owners = await wholeList(client.listOf('/job_owners', ownerSchema, 'job_ids', jobs, {}, signal));
  const responsible = owners.filter((one) => one.type === 'recruiter' && one.responsible === true);
  return new Map(responsible.reverse().map((one) => [one.job_id, one.user_id]));
}
