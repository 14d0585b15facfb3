/** What a test or a person makes happen, beside the API. */
import { z } from 'zod';
import type { Access } from '../api.js';
import type { Subscription, SubscriptionSender } from '../subscriptions.js';
import type { Living } from './life.js';
import * as life from './life.js';
import type { Activity, Candidate, Job, Member, StageRow } from './world.js';

const candidate_id = z.string();
const member_id = z.string().optional();
const jobFields = z.strictObject({
  title: z.string().optional(),
  shortcode: z.string().optional(),
  state: z.enum(['draft', 'published', 'closed', 'archived']).optional(),
  sample: z.boolean().optional(),
  confidential: z.boolean().optional(),
  city: z.string().nullable().optional(),
  region: z.string().nullable().optional(),
  country: z.string().nullable().optional(),
  description: z.string().optional(),
});
const person = {
  job: z.string().optional(),
  stage: z.string().optional(),
  firstname: z.string().optional(),
  lastname: z.string().optional(),
  email: z.string().nullable().optional(),
  sourced: z.boolean().optional(),
  member_id,
};

export const actInputs = {
  apply: z.strictObject(person).default({}),
  applyMany: z.strictObject({ ...person, count: z.int().min(1).max(10_000) }),
  move: z.strictObject({ candidate_id, stage: z.string(), member_id }),
  disqualify: z.strictObject({ candidate_id, withdrew: z.boolean().optional(), member_id }),
  revert: z.strictObject({ candidate_id, member_id }),
  relocate: z.strictObject({ candidate_id, job: z.string(), stage: z.string(), member_id }),
  copy: z.strictObject({ candidate_id, job: z.string(), stage: z.string(), member_id }),
  comment: z.strictObject({ candidate_id, body: z.string(), member_id }),
  edit: z.strictObject({
    candidate_id,
    firstname: z.string().optional(),
    lastname: z.string().optional(),
    email: z.string().nullable().optional(),
    sourced: z.boolean().optional(),
  }),
  anonymize: z.strictObject({ candidate_id }),
  remove: z.strictObject({ candidate_id }),
  requestVideoInterview: z.strictObject({ candidate_id, member_id }),
  addJob: jobFields.default({}),
  editJob: jobFields.extend({ job: z.string() }),
  addStage: z.strictObject({ name: z.string(), job: z.string().optional() }),
  renameStage: z.strictObject({ slug: z.string(), name: z.string() }),
  addMember: z.strictObject({
    name: z.string(),
    email: z.string(),
    role: z.enum(['admin', 'simple']).optional(),
  }),
  editMember: z.strictObject({ member_id: z.string(), active: z.boolean() }),
  setScopes: z.strictObject({ scopes: z.array(z.string()) }),
  setToken: z.strictObject({ token: z.string() }),
  subscribe: z.strictObject({ target: z.string(), event: z.string() }),
} as const;

export type ActName = keyof typeof actInputs;
type Inputs = { [K in ActName]: z.input<(typeof actInputs)[K]> };

export class WorkableActs {
  readonly #living: Living;
  readonly #access: Access;
  readonly #subscriptions: SubscriptionSender;

  constructor(living: Living, access: Access, subscriptions: SubscriptionSender) {
    this.#living = living;
    this.#access = access;
    this.#subscriptions = subscriptions;
  }

  /** Somebody new, for the first published job unless it is named. With a stage, moved on to it at once. */
  apply(input: Inputs['apply'] = {}): Candidate {
    const n = this.#tables.candidates.size + 1;
    const job = input.job ?? this.#aJob().shortcode;
    if (!this.#tables.jobs.has(job)) throw new RangeError(`There is no job ${job}.`);
    const candidate = life.apply(this.#living, {
      job,
      firstname: input.firstname ?? 'Candidate',
      lastname: input.lastname ?? `No. ${n}`,
      email: input.email === undefined ? `candidate.${n}@mail.example.com` : input.email,
      sourced: input.sourced ?? false,
    });
    if (input.stage !== undefined)
      this.move({ candidate_id: candidate.id, stage: input.stage, member_id: input.member_id });
    return candidate;
  }

  /** So many new people at once. @returns their ids */
  applyMany({ count, ...input }: Inputs['applyMany']): string[] {
    return Array.from({ length: count }, () => this.apply(input).id);
  }

  /** @param input.stage its slug or name */
  move({ candidate_id: id, stage, member_id: member }: Inputs['move']): Activity | null {
    const candidate = this.#candidate(id);
    const to = this.#stage(candidate.job, stage);
    if (to.slug === candidate.stage) return null;
    return life.move(this.#living, candidate, to.slug, member ?? this.#aMember());
  }

  disqualify({ candidate_id: id, withdrew = false, member_id: member }: Inputs['disqualify']): void {
    life.disqualify(this.#living, this.#candidate(id), { withdrew, member: member ?? this.#aMember() });
  }

  revert({ candidate_id: id, member_id: member }: Inputs['revert']): void {
    life.revert(this.#living, this.#candidate(id), member ?? this.#aMember());
  }

  /** To another job: another record with the same activities. */
  relocate({ candidate_id: id, job, stage, member_id: member }: Inputs['relocate']): Candidate {
    const to = this.#stage(job, stage).slug;
    return life.relocate(this.#living, this.#candidate(id), {
      job,
      stage: to,
      member: member ?? this.#aMember(),
    });
  }

  copy({ candidate_id: id, job, stage, member_id: member }: Inputs['copy']): Candidate {
    const to = this.#stage(job, stage).slug;
    return life.copy(this.#living, this.#candidate(id), {
      job,
      stage: to,
      member: member ?? this.#aMember(),
    });
  }

  comment({ candidate_id: id, body, member_id: member }: Inputs['comment']): Activity {
    return life.comment(this.#living, this.#candidate(id), member ?? this.#aMember(), body);
  }

  edit({ candidate_id: id, ...changes }: Inputs['edit']): Candidate {
    const candidate = this.#candidate(id);
    Object.assign(candidate, changes);
    life.touch(this.#living, candidate);
    return candidate;
  }

  anonymize({ candidate_id: id }: Inputs['anonymize']): void {
    life.anonymize(this.#living, this.#candidate(id));
  }

  remove({ candidate_id: id }: Inputs['remove']): void {
    life.remove(this.#living, this.#candidate(id));
  }

  /** By one of Workable's own video interview providers. */
  requestVideoInterview({ candidate_id: id, member_id: member }: Inputs['requestVideoInterview']): void {
    life.requestVideoInterview(this.#living, this.#candidate(id), member ?? this.#aMember());
  }

  addJob(input: Inputs['addJob'] = {}): Job {
    return life.addJob(this.#living, given(input));
  }

  editJob({ job: shortcode, ...changes }: Inputs['editJob']): Job {
    const job = this.#tables.jobs.get(shortcode);
    if (!job) throw new RangeError(`There is no job ${shortcode}.`);
    Object.assign(job, changes);
    life.touch(this.#living, job);
    return job;
  }

  /** Before the offer; of all jobs, or of one, which has a pipeline of its own then. */
  addStage({ name, job: shortcode }: Inputs['addStage']): StageRow {
    const { world } = this.#living;
    const job = shortcode === undefined ? undefined : this.#tables.jobs.get(shortcode);
    if (job !== undefined) job.stages ??= [...world.stages];
    const stages = job?.stages ?? world.stages;
    const stage = world.newStage(name, 'interview', stages.length);
    stages.splice(stages.length - 2, 0, stage);
    return stage;
  }

  renameStage({ slug, name }: Inputs['renameStage']): void {
    for (const stage of this.#living.world.stages) if (stage.slug === slug) stage.name = name;
  }

  addMember(input: Inputs['addMember']): Member {
    return life.addMember(this.#living, given(input) as { name: string; email: string });
  }

  editMember({ member_id: id, active }: Inputs['editMember']): void {
    const member = this.#tables.members.get(id);
    if (!member) throw new RangeError(`There is no member ${id}.`);
    member.active = active;
  }

  /** Of the token: `r_jobs`, `r_candidates`, `w_candidates`. */
  setScopes({ scopes }: Inputs['setScopes']): void {
    this.#access.scopes = new Set(scopes);
  }

  /** The former one opens nothing any more. */
  setToken({ token }: Inputs['setToken']): void {
    this.#access.token = token;
  }

  /** As `POST /subscriptions` does. */
  subscribe({ target, event }: Inputs['subscribe']): Subscription {
    return this.#subscriptions.add({ target, event });
  }

  get #tables() {
    return this.#living.world.tables;
  }

  #candidate(id: string): Candidate {
    const found = this.#tables.candidates.get(id);
    if (!found) throw new RangeError(`There is no candidate ${id}.`);
    return found;
  }

  #stage(job: string, wanted: string): StageRow {
    const found = this.#living.world.stage(job, wanted);
    if (!found) throw new RangeError(`Job ${job} has no stage "${wanted}".`);
    return found;
  }

  #aJob(): Job {
    const jobs = [...this.#tables.jobs.values()];
    return (
      jobs.find(({ state, sample, confidential }) => state === 'published' && !sample && !confidential) ??
      this.addJob()
    );
  }

  #aMember(): string | null {
    return [...this.#tables.members.values()].find(({ active }) => active)?.id ?? null;
  }
}

/** What was given and is there. */
function given<T extends object>(input: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as never;
}
