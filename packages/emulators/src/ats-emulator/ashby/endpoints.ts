import { z } from 'zod';
import type { ListAnswer, Lists } from './lists.js';
import type { Application, Key, Permission } from './records.js';
import { webhookTypes } from './records.js';
import { invalid, notFound, Refusal } from './refusal.js';
import * as show from './show.js';
import type { WebhookSender } from './webhooks.js';
import type { Living } from './world/life.js';
import * as life from './world/life.js';

/** What an endpoint answers with. */
export interface Asked {
  living: Living;
  lists: Lists;
  webhooks: WebhookSender;
  key: Key;
}

export interface Endpoint {
  readonly permission: Permission;
  /** @returns `results`, or a whole list @throws Refusal */
  readonly answer: (body: unknown, asked: Asked) => object;
  readonly isList?: true;
}

const id = z.uuid();
const paging = {
  limit: z.number().int().optional(),
  cursor: z
    .string()
    .nullish()
    .transform((text) => text ?? undefined),
  syncToken: z
    .string()
    .nullish()
    .transform((text) => text ?? undefined),
};

function one<S extends z.ZodType>(
  permission: Permission,
  schema: S,
  answer: (input: z.output<S>, asked: Asked) => object,
): Endpoint {
  return { permission, answer: (body, asked) => answer(parsed(schema, body), asked) };
}

function list<S extends z.ZodType>(
  permission: Permission,
  schema: S,
  answer: (input: z.output<S>, asked: Asked) => ListAnswer,
): Endpoint {
  return { permission, isList: true, answer: (body, asked) => answer(parsed(schema, body), asked) };
}

function parsed<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalid(`${issue!.path.join('.') || 'body'}: ${issue!.message}`);
}

/** Of a confidential job nothing is shown to a key without the right. */
function seesJob({ living, key }: Asked, jobId: string): boolean {
  return key.seesConfidential || !living.world.tables.jobs.one(jobId).confidential;
}

function application(asked: Asked, wanted: string): Application {
  const found = asked.living.world.tables.applications.get(wanted);
  if (!found || !seesJob(asked, found.jobId)) throw notFound('application');
  return found;
}

function candidate(asked: Asked, wanted: string) {
  const { tables } = asked.living.world;
  const found = tables.candidates.get(wanted);
  const theirs = tables.applications.filter(({ candidateId }) => candidateId === wanted);
  const isHidden = theirs.length > 0 && theirs.every(({ jobId }) => !seesJob(asked, jobId));
  if (!found || isHidden) throw notFound('candidate');
  return found;
}

const jobStatus = z.enum(['Draft', 'Open', 'Closed', 'Archived']);
const expand = z.array(z.string()).optional();
const withLocation = (wanted: string[] | undefined, { living }: Asked) =>
  wanted?.includes('location') === true && living.switches.jobLocation === 'expand';
const noteBody = z.union([
  z.string(),
  z.object({ type: z.enum(['text/plain', 'text/html']), value: z.string() }),
]);
const webhookId = z.object({ webhookId: id });

/** Below the address; each takes POST. */
export const endpoints: Readonly<Record<string, Endpoint>> = {
  'apiKey.info': one('apiKeysRead', z.object({}), (_, { key }) => ({
    title: 'Spark Hire',
    createdAt: show.iso(0),
    scopes: [...key.permissions],
  })),

  'application.list': list(
    'candidatesRead',
    z.object({
      ...paging,
      status: z.enum(['Active', 'Archived', 'Hired', 'Lead']).optional(),
      jobId: id.optional(),
      createdAfter: z.number().int().optional(),
    }),
    ({ status, jobId, createdAfter, ...page }, asked) => {
      const { living, lists } = asked;
      return lists.answer(
        'application.list',
        living.world.tables.applications,
        page,
        (row) =>
          seesJob(asked, row.jobId) &&
          (status === undefined || row.status === status) &&
          (jobId === undefined || row.jobId === jobId) &&
          (createdAfter === undefined || row.createdAt > createdAfter),
        (row) => show.showApplication(living.world, living.switches, row),
      );
    },
  ),
  'application.info': one('candidatesRead', z.object({ applicationId: id, expand }), (input, asked) =>
    show.showWhole(asked.living.world, asked.living.switches, application(asked, input.applicationId)),
  ),
  'application.changeStage': one(
    'candidatesWrite',
    z.object({ applicationId: id, interviewStageId: id, archiveReasonId: id.optional() }),
    ({ applicationId, interviewStageId, archiveReasonId }, asked) => {
      const { living } = asked;
      const before = application(asked, applicationId);
      const stage = living.world.tables.stages.get(interviewStageId);
      const job = living.world.tables.jobs.one(before.jobId);
      if (!stage || !job.interviewPlanIds.includes(stage.interviewPlanId)) throw notFound('interview_stage');
      if (stage.type === 'Archived' && archiveReasonId === undefined)
        throw invalid('archiveReasonId is needed to archive');
      const isThere = before.stageId === stage.id;
      if (isThere && living.switches.moveToSame === 'refused')
        throw new Refusal('invalid_stage', 'The application is in this stage already');
      const after = isThere ? before : life.move(living, applicationId, stage.id);
      return show.showApplication(living.world, living.switches, after);
    },
  ),

  'candidate.info': one('candidatesRead', z.object({ id }), (input, asked) =>
    show.showCandidate(asked.living.world, candidate(asked, input.id)),
  ),
  'candidate.listNotes': list('candidatesRead', z.object({ ...paging, candidateId: id }), (input, asked) => {
    const { candidateId, ...page } = input;
    candidate(asked, candidateId);
    const { living, lists } = asked;
    const of = `candidate.listNotes ${candidateId}`;
    return lists.answer(
      of,
      living.world.tables.notes,
      page,
      (row) => row.candidateId === candidateId,
      show.showNote,
    );
  }),
  'candidate.createNote': one(
    'candidatesWrite',
    z.object({ candidateId: id, note: noteBody, sendNotifications: z.boolean().optional() }),
    ({ candidateId, note }, asked) => {
      const { living } = asked;
      const text = typeof note === 'string' ? note : note.value;
      const isPlain = typeof note === 'string' || note.type === 'text/plain';
      const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
      const content =
        isPlain && living.switches.noteContent === 'html'
          ? `<p>${escaped.replaceAll('\n', '<br>')}</p>`
          : text;
      return show.showNote(life.addNote(living, candidate(asked, candidateId).id, content));
    },
  ),
  'candidate.anonymize': one('candidatesWrite', z.object({ candidateId: id }), (input, asked) => {
    const { living } = asked;
    return show.showCandidate(living.world, life.anonymize(living, candidate(asked, input.candidateId).id));
  }),

  'job.list': list(
    'jobsRead',
    z.object({ ...paging, status: z.array(jobStatus).optional(), expand }),
    ({ status, expand: wanted, ...page }, asked) => {
      const { living, lists } = asked;
      return lists.answer(
        'job.list',
        living.world.tables.jobs,
        page,
        // Drafts have to be asked for.
        (row) => seesJob(asked, row.id) && (status?.includes(row.status) ?? row.status !== 'Draft'),
        (row) => show.showJob(living.world, row, withLocation(wanted, asked)),
      );
    },
  ),
  'job.info': one('jobsRead', z.object({ id, expand }), (input, asked) => {
    const { world } = asked.living;
    const found = world.tables.jobs.get(input.id);
    if (!found || !seesJob(asked, found.id)) throw notFound('job');
    return show.showJob(world, found, withLocation(input.expand, asked));
  }),
  'jobPosting.info': one('jobsRead', z.object({ jobPostingId: id }), ({ jobPostingId }, { living }) => {
    const found = living.world.tables.postings.get(jobPostingId);
    if (!found) throw notFound('job_posting');
    const { descriptionHtml, jobId, isListed } = found;
    const descriptionPlain = descriptionHtml.replace(/<[^>]*>/g, '');
    return { id: jobPostingId, title: '', jobId, descriptionHtml, descriptionPlain, isListed };
  }),
  'location.info': one('organizationRead', z.object({ locationId: id }), ({ locationId }, { living }) => {
    const found = living.world.tables.locations.get(locationId);
    if (!found) throw notFound('location');
    return show.showLocation(found);
  }),

  'user.list': list(
    'organizationRead',
    z.object({ ...paging, includeDeactivated: z.boolean().optional() }),
    ({ includeDeactivated, ...page }, { living, lists }) =>
      lists.answer(
        'user.list',
        living.world.tables.users,
        page,
        ({ isEnabled }) => isEnabled || includeDeactivated === true,
        show.showUser,
      ),
  ),
  'user.info': one('organizationRead', z.object({ userId: id }), ({ userId }, { living }) => {
    const found = living.world.tables.users.get(userId);
    if (!found) throw notFound('user');
    return show.showUser(found);
  }),

  'interviewPlan.list': list('interviewsRead', z.object(paging), (page, { living, lists }) =>
    lists.answer(
      'interviewPlan.list',
      living.world.tables.plans,
      page,
      () => true,
      ({ id: planId, title }) => ({ id: planId, title, isArchived: false }),
      false,
    ),
  ),
  'interviewStage.list': list('interviewsRead', z.object({ interviewPlanId: id }), (input, { living }) => {
    if (!living.world.tables.plans.get(input.interviewPlanId)) throw notFound('interview_plan');
    const stages = life.stagesOfPlan(living, input.interviewPlanId);
    return { results: stages.map(show.showStage), moreDataAvailable: false };
  }),
  'interviewStage.info': one('interviewsRead', z.object({ interviewStageId: id }), (input, { living }) => {
    const found = living.world.tables.stages.get(input.interviewStageId);
    if (!found) throw notFound('interview_stage');
    return show.showStage(found);
  }),

  'webhook.create': one(
    'apiKeysWrite',
    z.object({ webhookType: z.enum(webhookTypes), requestUrl: z.url(), secretToken: z.string().min(1) }),
    (input, { webhooks }) => webhooks.create(input),
  ),
  'webhook.info': one('apiKeysRead', webhookId, (input, { webhooks }) => webhooks.one(input.webhookId)),
  'webhook.update': one(
    'apiKeysWrite',
    webhookId.extend({
      enabled: z.boolean().optional(),
      requestUrl: z.url().optional(),
      secretToken: z.string().min(1).optional(),
    }),
    (input, { webhooks }) => webhooks.update(input),
  ),
  'webhook.delete': one('apiKeysWrite', webhookId, ({ webhookId: wanted }, { webhooks }) => {
    webhooks.remove(wanted);
    return { webhookId: wanted };
  }),
};
