import { z } from 'zod';
import type { Core } from '../core.js';
import { conflict } from '../http/api-error.js';
import { activeStatus, questionFields, timestamp } from '../http/input.js';
import type { Interview, Job, ShareLink, User } from '../records.js';
import * as interviews from './interview-life.js';
import { createJob, deleteJob, editJob, type PlaceInput } from './job-life.js';
import { shareInterview } from './share-link-life.js';
import { createKey, createUser, deleteUser, editUser } from './user-life.js';

const uuid = z.object({ uuid: z.string() });
const time = z.union([timestamp, z.int()]);
const status = activeStatus.optional();
const role = z.enum(['administrator', 'standard', 'evaluator']);

/** What each act takes, as the control endpoints check it. */
export const actInputs = {
  addInterview: z.object({
    jobUuid: z.string().optional(),
    type: z.enum(['one_way', 'live']).optional(),
    name: z.string().optional(),
    email: z.string().optional(),
    scheduledAt: time.optional(),
    createdBy: z.string().optional(),
    questions: z.array(questionFields).optional(),
  }),
  acceptInterview: uuid,
  completeInterview: uuid.extend({ rating: z.number().min(0).max(5).optional() }),
  expireInterview: uuid,
  cancelInterview: uuid,
  rescheduleInterview: uuid.extend({ scheduledAt: time }),
  resetInterview: uuid.extend({ scheduledAt: time.optional() }),
  rateInterview: uuid.extend({
    rating: z.number().min(0).max(5).nullable(),
    userUuid: z.string().optional(),
  }),
  touchInterview: uuid,
  shareInterview: uuid,
  deleteInterview: uuid,
  hide: uuid,
  show: uuid,
  addJob: z.object({
    title: z.string().optional(),
    description: z.string().optional(),
    status,
    city: z.string().optional(),
    state: z.string().optional(),
    country: z.string().optional(),
    createdBy: z.string().optional(),
  }),
  editJob: uuid.extend({ title: z.string().optional(), description: z.string().optional(), status }),
  touchJob: uuid,
  deleteJob: uuid,
  addJobMember: uuid.extend({ userUuid: z.string() }),
  removeJobMember: uuid.extend({ userUuid: z.string() }),
  addUser: z.object({ name: z.string().optional(), email: z.string().optional(), role: role.optional() }),
  editUser: uuid.extend({ name: z.string().optional(), email: z.string().optional() }),
  setRole: uuid.extend({ role }),
  demoteUser: uuid,
  disableUser: uuid,
  enableUser: uuid,
  deleteUser: uuid,
  makeKey: uuid.extend({ key: z.string().optional() }),
  revokeKey: z.object({ key: z.string() }),
  removeWebhook: uuid,
  setPlan: z.object({
    name: z.string().optional(),
    jobLimit: z.int().min(-1).optional(),
    userLimit: z.int().min(-1).optional(),
    features: z.record(z.string(), z.boolean()).optional(),
    customIntegration: z.boolean().optional(),
  }),
} as const;

type Inputs = { [K in keyof typeof actInputs]: z.input<(typeof actInputs)[K]> };
type InputOf<K extends keyof Inputs> = Omit<Inputs[K], 'uuid'>;

/**
 * What people do on the website, and candidates in their browsers. Objects are named by uuid; whatever cannot be
 * done throws an ApiError, what does not exist a RangeError.
 */
export class Acts {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /** Somebody invites a candidate on the website. Left out: an active job, a one-way interview due in a week. */
  addInterview(fields: InputOf<'addInterview'> = {}): Interview {
    const core = this.#core;
    const n = core.state.nextSeq();
    const job = fields.jobUuid ? this.#job(fields.jobUuid) : this.#anActiveJob();
    return interviews.createInterview(core, {
      type: fields.type ?? 'one_way',
      scheduledAt: at(fields.scheduledAt) ?? core.clock.now() + 7 * 86_400_000,
      jobUuid: job.uuid,
      candidate: {
        name: fields.name ?? `Candidate ${n}`,
        email: fields.email ?? `candidate.${n}@example.com`,
      },
      createdBy: fields.createdBy ?? job.createdBy,
      questions: (fields.questions ?? [{ text: 'What made you apply?', time_limit: 60 }]).map((question) => ({
        text: question.text,
        timeLimit: question.time_limit as number,
        takes: question.takes ?? -1,
      })),
    });
  }

  acceptInterview(id: string): void {
    interviews.acceptInterview(this.#core, this.#interview(id));
  }

  completeInterview(id: string, options: InputOf<'completeInterview'> = {}): void {
    const interview = this.#interview(id);
    if (this.#core.state.anyJob(interview.jobUuid)?.status !== 'active') {
      throw conflict('interview.job_inactive', 'Candidates cannot complete interviews of an inactive job.');
    }
    interviews.completeInterview(this.#core, interview);
    if (options.rating !== undefined) interviews.rateInterview(this.#core, interview, options.rating);
  }

  /** The deadline passes, whatever it says. */
  expireInterview(id: string): void {
    interviews.expireInterview(this.#core, this.#interview(id));
  }

  cancelInterview(id: string): void {
    interviews.cancelInterview(this.#core, this.#interview(id));
  }

  rescheduleInterview(id: string, options: InputOf<'rescheduleInterview'>): void {
    interviews.rescheduleInterview(this.#core, this.#interview(id), at(options.scheduledAt)!);
  }

  resetInterview(id: string, options: InputOf<'resetInterview'> = {}): void {
    interviews.resetInterview(this.#core, this.#interview(id), at(options.scheduledAt));
  }

  rateInterview(id: string, options: InputOf<'rateInterview'>): void {
    const by = options.userUuid ? this.#user(options.userUuid) : undefined;
    interviews.rateInterview(this.#core, this.#interview(id), options.rating, by);
  }

  touchInterview(id: string): void {
    interviews.touchInterview(this.#core, this.#interview(id));
  }

  /** Somebody makes the basic share link of a completed interview. */
  shareInterview(id: string): ShareLink {
    return shareInterview(this.#core, this.#interview(id), this.#anAdministrator());
  }

  deleteInterview(id: string): void {
    interviews.deleteInterview(this.#core, this.#interview(id));
  }

  /** No key sees the interview, job or user any more, though it exists. */
  hide(id: string): void {
    this.#core.state.hidden.add(id);
    this.#visibilityChanged();
  }

  show(id: string): void {
    this.#core.state.hidden.delete(id);
    this.#visibilityChanged();
  }

  addJob(fields: InputOf<'addJob'> = {}): Job {
    const place: PlaceInput = {
      city: fields.city ?? 'Utrecht',
      state: fields.state ?? '',
      country: fields.country ?? 'Netherlands',
    };
    const input = {
      title: fields.title ?? `Warehouse Planner ${this.#core.state.nextSeq()}`,
      description: fields.description ?? 'Plans what leaves the warehouse and when.',
      status: fields.status ?? ('active' as const),
      location: place,
    };
    return createJob(this.#core, input, fields.createdBy ?? this.#anAdministrator().uuid);
  }

  editJob(id: string, changes: InputOf<'editJob'>): void {
    editJob(this.#core, this.#job(id), changes, this.#anAdministrator().uuid);
  }

  touchJob(id: string): void {
    editJob(this.#core, this.#job(id), {}, this.#anAdministrator().uuid);
  }

  deleteJob(id: string): void {
    deleteJob(this.#core, this.#job(id), this.#anAdministrator().uuid);
  }

  addJobMember(id: string, options: InputOf<'addJobMember'>): void {
    const job = this.#job(id);
    this.#core.state.jobs.change(job, () => job.members.add(options.userUuid));
  }

  removeJobMember(id: string, options: InputOf<'removeJobMember'>): void {
    const job = this.#job(id);
    this.#core.state.jobs.change(job, () => job.members.delete(options.userUuid));
  }

  addUser(fields: InputOf<'addUser'> = {}): User {
    const n = this.#core.state.nextSeq();
    return createUser(this.#core, {
      name: fields.name ?? `Colleague ${n}`,
      email: fields.email ?? `colleague.${n}@example.org`,
      role: fields.role ?? 'standard',
    });
  }

  editUser(id: string, changes: InputOf<'editUser'>): void {
    editUser(this.#core, this.#user(id), changes);
  }

  setRole(id: string, options: InputOf<'setRole'>): void {
    editUser(this.#core, this.#user(id), { role: options.role });
  }

  /** An administrator becomes a standard user: most of what his keys saw is gone for them at once. */
  demoteUser(id: string): void {
    this.setRole(id, { role: 'standard' });
  }

  /** The user stays in the list, inactive; his keys answer 401. */
  disableUser(id: string): void {
    editUser(this.#core, this.#user(id), { active: false });
  }

  enableUser(id: string): void {
    editUser(this.#core, this.#user(id), { active: true });
  }

  deleteUser(id: string): void {
    deleteUser(this.#core, this.#user(id));
  }

  /** A key the user makes for himself on the website. */
  makeKey(id: string, options: InputOf<'makeKey'> = {}): string {
    return createKey(this.#core, this.#user(id), false, options.key).key;
  }

  revokeKey(options: InputOf<'revokeKey'>): void {
    this.#core.state.keys.delete(options.key);
  }

  removeWebhook(id: string): void {
    this.#core.state.webhooks.delete(id);
  }

  /** What is left out stays; features are merged. */
  setPlan(changes: InputOf<'setPlan'>): void {
    const { plan } = this.#core.state;
    Object.assign(plan, changes, { features: { ...plan.features, ...changes.features } });
  }

  #visibilityChanged(): void {
    // Cached lists compare the versions of the collections.
    this.#core.state.jobs.touch();
    this.#core.state.interviews.touch();
  }

  #interview(id: string): Interview {
    return this.#core.state.interviews.get(id) ?? missing('interview', id);
  }

  #job(id: string): Job {
    return this.#core.state.jobs.get(id) ?? missing('job', id);
  }

  #user(id: string): User {
    return this.#core.state.users.get(id) ?? missing('user', id);
  }

  #anActiveJob(): Job {
    for (const job of this.#core.state.jobs.values()) if (job.status === 'active') return job;
    return this.addJob();
  }

  #anAdministrator(): User {
    for (const user of this.#core.state.users.values()) {
      if (user.role === 'administrator' && user.active) return user;
    }
    return missing('administrator', 'who is active');
  }
}

function at(value: string | number | undefined): number | undefined {
  return typeof value === 'string' ? Date.parse(value) : value;
}

function missing(what: string, id: string): never {
  throw new RangeError(`There is no ${what} ${id}.`);
}
