import { z } from 'zod';
import { Random } from '../../../emulation/random.js';
import { familyNames, givenNames } from '../../greenhouse/world/seed-words.js';
import type * as records from '../records.js';
import { permissions, webhookTypes } from '../records.js';
import type { WebhookSender } from '../webhooks.js';
import type { Living } from './life.js';
import * as life from './life.js';

const id = z.uuid();
const application = z.strictObject({ application_id: id });
const candidate = z.strictObject({ candidate_id: id });
const job = z.strictObject({ job_id: id });
const key = z.strictObject({ key: z.string().optional() });

/** What each act takes, as the control endpoints check it. Every act takes one object. */
export const actInputs = {
  apply: z.strictObject({
    name: z.string().optional(),
    email: z.string().nullable().optional(),
    candidate_id: id.optional(),
    job_id: id.optional(),
    stage: z.string().optional(),
  }),
  applyMany: z.strictObject({
    count: z.int().min(1).max(100_000),
    job_id: id.optional(),
    stage: z.string().optional(),
  }),
  addLead: z.strictObject({
    email: z.string().optional(),
    job_id: id.optional(),
    stage: z.string().optional(),
  }),
  moveToStage: application.extend({ stage: z.string() }),
  archive: application,
  unarchive: application,
  hire: application,
  setEntered: application.extend({ entered_at: z.iso.datetime() }),
  deleteEntry: application.extend({ entry_id: id }),
  editCandidate: candidate.extend({ name: z.string().optional(), email: z.string().nullable().optional() }),
  anonymize: candidate,
  merge: z.strictObject({ winner_id: id, loser_id: id }),
  deleteCandidate: candidate,
  addNote: candidate.extend({ content: z.string() }),
  addJob: z.strictObject({
    title: z.string().optional(),
    stages: z.array(z.string()).optional(),
    confidential: z.boolean().optional(),
    status: z.enum(['Draft', 'Open', 'Closed', 'Archived']).optional(),
  }),
  editJob: job.extend({
    title: z.string().optional(),
    confidential: z.boolean().optional(),
    status: z.enum(['Draft', 'Open', 'Closed', 'Archived']).optional(),
  }),
  switchPlan: job.extend({ stages: z.array(z.string()).optional() }),
  renameStage: z.strictObject({ stage_id: id, title: z.string() }),
  deactivateUser: z.strictObject({ user_id: id }),
  revokePermission: key.extend({ permission: z.enum(permissions) }),
  grantPermission: key.extend({ permission: z.enum(permissions) }),
  seeConfidential: key.extend({ sees: z.boolean() }),
  deactivateKey: key,
  activateKey: key,
  addWebhook: z.strictObject({
    webhookType: z.enum(webhookTypes),
    requestUrl: z.url(),
    secretToken: z.string(),
  }),
} as const;

export type ActName = keyof typeof actInputs;
type Inputs = { [K in ActName]: z.output<(typeof actInputs)[K]> };

/** Things that people do in Ashby. Each returns the row as it is afterwards. */
export class AshbyActs {
  readonly #living: Living;
  readonly #keys: Map<string, records.Key>;
  readonly #webhooks: WebhookSender;
  readonly #random: Random;

  constructor(
    living: Living,
    parts: { keys: Map<string, records.Key>; webhooks: WebhookSender; seed: number },
  ) {
    this.#living = living;
    this.#keys = parts.keys;
    this.#webhooks = parts.webhooks;
    this.#random = new Random(`ashby life ${parts.seed}`);
  }

  /** Applies for a job: the first open one unless it is named. With a stage, stands there from the beginning. */
  apply({ name, email, candidate_id, job_id, stage }: Inputs['apply'] = {}): records.Application {
    const who = candidate_id ?? this.#person(name, email).id;
    return life.apply(this.#living, who, job_id ?? this.#anOpenJob().id, { stage });
  }

  /** So many new people at once. @returns the ids of their applications */
  applyMany({ count, ...input }: Inputs['applyMany']): string[] {
    return Array.from({ length: count }, () => this.apply(input).id);
  }

  /** Somebody who was found, and has not applied. */
  addLead({ email, job_id, stage }: Inputs['addLead'] = {}): records.Application {
    const who = this.#person(undefined, email).id;
    return life.apply(this.#living, who, job_id ?? this.#anOpenJob().id, { stage, isLead: true });
  }

  /** Of the job's plan, by its id or title. */
  moveToStage({ application_id, stage }: Inputs['moveToStage']): records.Application {
    const { jobId } = this.#tables.applications.one(application_id);
    return life.move(this.#living, application_id, life.stageOf(this.#living, jobId, stage).id);
  }

  archive({ application_id }: Inputs['archive']): records.Application {
    return life.archive(this.#living, application_id);
  }

  unarchive({ application_id }: Inputs['unarchive']): records.Application {
    return life.unarchive(this.#living, application_id);
  }

  hire({ application_id }: Inputs['hire']): records.Application {
    return this.moveToStage({ application_id, stage: 'Hired' });
  }

  /** Somebody edits when the last entry began. */
  setEntered({ application_id, entered_at }: Inputs['setEntered']): records.Application {
    const { history } = this.#tables.applications.one(application_id);
    const enteredStageAt = Date.parse(entered_at);
    return life.change(this.#living, application_id, {
      history: history.map((one, at) => (at === history.length - 1 ? { ...one, enteredStageAt } : one)),
    });
  }

  /** Somebody deletes an entry from the history. */
  deleteEntry({ application_id, entry_id }: Inputs['deleteEntry']): records.Application {
    const { history } = this.#tables.applications.one(application_id);
    return life.change(this.#living, application_id, {
      history: history.filter((one) => one.id !== entry_id),
    });
  }

  /** What shows in applications as well, without their being changed. */
  editCandidate({ candidate_id, name, email }: Inputs['editCandidate']): records.Candidate {
    return this.#tables.candidates.change(candidate_id, {
      ...(name === undefined ? {} : { name }),
      ...(email === undefined ? {} : { emailAddresses: email === null ? [] : life.personal(email) }),
      updatedAt: this.#now,
    });
  }

  anonymize({ candidate_id }: Inputs['anonymize']): records.Candidate {
    return life.anonymize(this.#living, candidate_id);
  }

  merge({ winner_id, loser_id }: Inputs['merge']): records.Candidate {
    return life.merge(this.#living, winner_id, loser_id);
  }

  deleteCandidate({ candidate_id }: Inputs['deleteCandidate']): void {
    life.deleteCandidate(this.#living, candidate_id);
  }

  addNote({ candidate_id, content }: Inputs['addNote']): records.Note {
    return life.addNote(this.#living, this.#tables.candidates.one(candidate_id).id, content);
  }

  /** An open job in the first place with the usual plan, unless told otherwise. */
  addJob({ title, stages, ...more }: Inputs['addJob'] = {}): records.Job {
    const first = this.#tables.jobs.find(() => true);
    return life.addJob(this.#living, {
      title: title ?? `Job ${this.#tables.jobs.size + 1}`,
      planId: stages === undefined && first ? first.defaultInterviewPlanId : this.#plan(stages),
      locationId: this.#tables.locations.find(() => true)!.id,
      ...more,
    } as Parameters<typeof life.addJob>[1]);
  }

  editJob({ job_id, ...changes }: Inputs['editJob']): records.Job {
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    return this.#tables.jobs.change(job_id, { ...given, updatedAt: this.#now });
  }

  /** To a new plan, with the usual stages unless they are given. */
  switchPlan({ job_id, stages }: Inputs['switchPlan']): records.Job {
    return life.switchPlan(this.#living, job_id, this.#plan(stages));
  }

  renameStage({ stage_id, title }: Inputs['renameStage']): records.Stage {
    return this.#tables.stages.change(stage_id, { title });
  }

  deactivateUser({ user_id }: Inputs['deactivateUser']): records.User {
    return this.#tables.users.change(user_id, { isEnabled: false, updatedAt: this.#now });
  }

  revokePermission(input: Inputs['revokePermission']): void {
    this.#key(input).permissions.delete(input.permission);
  }

  grantPermission(input: Inputs['grantPermission']): void {
    this.#key(input).permissions.add(input.permission);
  }

  /** Whether confidential jobs are shown to the key. */
  seeConfidential(input: Inputs['seeConfidential']): void {
    this.#key(input).seesConfidential = input.sees;
  }

  deactivateKey(input: Inputs['deactivateKey'] = {}): void {
    this.#key(input).isActive = false;
  }

  activateKey(input: Inputs['activateKey'] = {}): void {
    this.#key(input).isActive = true;
  }

  /** As by hand, in Ashby's own pages. */
  addWebhook(input: Inputs['addWebhook']): records.Webhook {
    return this.#webhooks.create(input);
  }

  /** One thing by chance, from the seeded stream. @returns what it was */
  somethingHappens(): string {
    const active = this.#tables.applications.filter(({ status }) => status === 'Active');
    const kind = this.#random.pick(['apply', 'move', 'move', 'move', 'archive', 'note'] as const);
    if (kind === 'apply' || active.length === 0) return `application ${this.apply().id} is made`;
    const { id: one, jobId, stageId, candidateId } = this.#random.pick(active);
    if (kind === 'archive') {
      life.archive(this.#living, one);
      return `application ${one} is archived`;
    }
    if (kind === 'note') {
      life.addNote(this.#living, candidateId, 'We have talked.');
      return `somebody wrote a note on candidate ${candidateId}`;
    }
    const stages = life.stagesOfPlan(this.#living, this.#tables.jobs.one(jobId).defaultInterviewPlanId);
    const next = stages[stages.findIndex((stage) => stage.id === stageId) + 1] ?? stages[1]!;
    if (next.type === 'Archived') return `application ${life.archive(this.#living, one).id} is archived`;
    life.move(this.#living, one, next.id);
    return `application ${one} enters ${next.title}`;
  }

  get #tables() {
    return this.#living.world.tables;
  }

  get #now(): number {
    return this.#living.world.clock.now();
  }

  #person(name: string | undefined, email: string | null | undefined): records.Candidate {
    const [given, address] = this.#random.pick(givenNames);
    const [family, family2] = this.#random.pick(familyNames);
    const made = `${address}.${family2}.${this.#tables.candidates.size}@mail.example.com`;
    const emails = email === null ? [] : life.personal(email ?? made);
    return life.addCandidate(this.#living, name ?? `${given} ${family}`, emails);
  }

  #plan(stages: string[] | undefined): string {
    return life.addPlan(this.#living, `Plan ${this.#tables.plans.size + 1}`, stages);
  }

  #anOpenJob(): records.Job {
    return (
      this.#tables.jobs.find(({ status, confidential }) => status === 'Open' && !confidential) ??
      this.addJob()
    );
  }

  #key({ key: wanted }: { key?: string | undefined }): records.Key {
    const found = wanted === undefined ? [...this.#keys.values()][0] : this.#keys.get(wanted);
    if (!found) throw new RangeError('There is no such key.');
    return found;
  }
}
