import { z } from 'zod';
import { Random } from '../../../emulation/random.js';
import type { Credential, Credentials } from '../credentials.js';
import { webhookEvents } from '../webhooks/webhook-events.js';
import type { Webhook, WebhookSender } from '../webhooks/webhooks.js';
import type { Living } from './life.js';
import * as life from './life.js';
import { somethingHappens } from './live.js';
import * as people from './people-life.js';
import type * as records from './records.js';

const id = z.int().min(1);
const contacts = z.array(z.strictObject({ value: z.string(), type: z.string().default('personal') }));
const person = {
  first_name: z.string().nullable().optional(),
  last_name: z.string().nullable().optional(),
  preferred_name: z.string().nullable().optional(),
  private: z.boolean().optional(),
  can_email: z.boolean().optional(),
  email_addresses: contacts.optional(),
  phone_numbers: contacts.optional(),
  tags: z.array(z.string()).optional(),
};
const application = z.strictObject({ application_id: id });
const candidate = z.strictObject({ candidate_id: id });
const job = z.strictObject({ job_id: id });
const stage = z.union([id, z.string()]);
const credential = z.strictObject({ client_id: z.string().optional() });
const user = z.strictObject({ user_id: id });

/** What each act takes, as the control endpoints check it. Every act takes one object. */
export const actInputs = {
  addCandidate: z.strictObject(person),
  editCandidate: candidate.extend(person),
  apply: z.strictObject({
    ...person,
    candidate_id: id.optional(),
    job_id: id.optional(),
    stage: stage.optional(),
  }),
  applyMany: z.strictObject({
    count: z.int().min(1).max(100_000),
    job_id: id.optional(),
    stage: stage.optional(),
  }),
  addProspect: z.strictObject({ ...person, candidate_id: id.optional(), job_id: id.optional() }),
  convertProspect: application.extend({ job_id: id }),
  moveToStage: application.extend({ stage }),
  transfer: application.extend({ job_id: id }),
  reject: application.extend({ by: id.nullable().optional() }),
  unreject: application,
  hire: application,
  deleteApplication: application,
  deleteCandidate: candidate,
  merge: z.strictObject({ winner_id: id, loser_id: id }),
  anonymize: candidate.extend({ fields: z.array(z.enum(people.anonymizedFields)).optional() }),
  makePrivate: candidate.extend({ private: z.boolean().optional() }),
  addNote: application.extend({ body: z.string(), user_id: id.optional() }),
  addJob: z.strictObject({
    name: z.string().optional(),
    office_id: id.nullable().optional(),
    stages: z.array(z.string()).optional(),
    content: z.string().nullable().optional(),
    confidential: z.boolean().optional(),
    status: z.enum(['open', 'draft', 'closed']).optional(),
    recruiter_id: id.optional(),
  }),
  editJob: job.extend({
    name: z.string().optional(),
    confidential: z.boolean().optional(),
    office_ids: z.array(id).optional(),
  }),
  closeJob: job,
  openJob: job,
  renameStage: z.strictObject({ stage_id: id, name: z.string() }),
  removeStage: z.strictObject({ stage_id: id }),
  addUser: z.strictObject({
    first_name: z.string().optional(),
    last_name: z.string().optional(),
    primary_email: z.string().optional(),
    site_admin: z.boolean().optional(),
  }),
  deactivateUser: user,
  setSiteAdmin: user.extend({ site_admin: z.boolean() }),
  addCredential: z.strictObject({
    client_id: z.string(),
    secret: z.string(),
    scopes: z.array(z.string()),
    sees_private: z.boolean().optional(),
  }),
  grantScope: credential.extend({ scope: z.string() }),
  revokeScope: credential.extend({ scope: z.string() }),
  exchangeSecret: credential.extend({ secret: z.string() }),
  revokeTokens: credential,
  seePrivate: credential.extend({ sees_private: z.boolean() }),
  addWebhook: z.strictObject({
    event: z.enum(webhookEvents),
    url: z.string(),
    secret: z.string(),
    name: z.string().optional(),
    httpAuth: z.string().nullable().optional(),
    headers: z.record(z.string(), z.string()).optional(),
  }),
  removeWebhook: z.strictObject({ webhook_id: id }),
  enableWebhook: z.strictObject({ webhook_id: id }),
  somethingHappens: z.strictObject({}),
} as const;

export type ActName = keyof typeof actInputs;
type Inputs = { [K in ActName]: z.input<(typeof actInputs)[K]> };

/**
 * What people do in Greenhouse. Each act takes one object; objects are named by id, and stages by name or id.
 * What cannot be done, and what does not exist, throws a RangeError.
 */
export class GreenhouseActs {
  readonly #living: Living;
  readonly #credentials: Credentials;
  readonly #webhooks: WebhookSender;
  readonly #defaultClientId: string;
  readonly #random: Random;

  constructor(
    living: Living,
    parts: { credentials: Credentials; webhooks: WebhookSender; defaultClientId: string; seed: number },
  ) {
    this.#living = living;
    this.#credentials = parts.credentials;
    this.#webhooks = parts.webhooks;
    this.#defaultClientId = parts.defaultClientId;
    this.#random = new Random(`life ${parts.seed}`);
  }

  /** Somebody with a name and an address, unless they are given. */
  addCandidate(fields: Inputs['addCandidate'] = {}): records.Candidate {
    const n = this.#tables.candidates.size + 1;
    return life.addCandidate(this.#living, {
      first_name: 'Candidate',
      last_name: `No. ${n}`,
      ...withContacts(fields),
      email_addresses: typed(fields.email_addresses) ?? [
        { value: `candidate.${n}@mail.example.com`, type: 'personal' },
      ],
    });
  }

  editCandidate({ candidate_id, ...changes }: Inputs['editCandidate']): records.Candidate {
    return people.editCandidate(this.#living, candidate_id, withContacts(changes));
  }

  /** Applies for a job: the first open one unless it is named. With a stage, goes on to it at once. */
  apply({ candidate_id, job_id, stage: target, ...fields }: Inputs['apply'] = {}): records.Application {
    const who = candidate_id ?? this.addCandidate(fields).id;
    const made = life.apply(this.#living, who, job_id ?? this.#anOpenJob().id);
    return target === undefined ? made : life.moveToStage(this.#living, made.id, target);
  }

  /** So many new people at once. @returns the ids of their applications */
  applyMany({ count, ...input }: Inputs['applyMany']): number[] {
    return Array.from({ length: count }, () => this.apply(input).id);
  }

  /** Somebody who is considered for a job, or for none yet. */
  addProspect({ candidate_id, job_id, ...fields }: Inputs['addProspect'] = {}): records.Application {
    const who = candidate_id ?? this.addCandidate(fields).id;
    return life.apply(this.#living, who, job_id ?? null, { prospect: true });
  }

  /** The prospect's application is converted; a new one stands in the job's first stage. */
  convertProspect({ application_id, job_id }: Inputs['convertProspect']): records.Application {
    const prospect = this.#tables.applications.one(application_id);
    if (!prospect.prospect) throw new RangeError(`Application ${application_id} is no prospect.`);
    this.#tables.applications.change(application_id, { status: 'converted' });
    return life.apply(this.#living, prospect.candidate_id, job_id);
  }

  moveToStage(input: Inputs['moveToStage']): records.Application {
    return life.moveToStage(this.#living, input.application_id, input.stage);
  }

  /** To the first stage of another job. */
  transfer({ application_id, job_id }: Inputs['transfer']): records.Application {
    return life.transfer(this.#living, application_id, job_id);
  }

  /** By the site admin, or, `by: null`, by a rule. */
  reject({ application_id, by }: Inputs['reject']): records.Application {
    const whoever = by === undefined ? (this.#tables.users.find((one) => one.site_admin)?.id ?? null) : by;
    return life.reject(this.#living, application_id, whoever);
  }

  unreject({ application_id }: Inputs['unreject']): records.Application {
    return life.unreject(this.#living, application_id);
  }

  hire({ application_id }: Inputs['hire']): records.Application {
    return life.hire(this.#living, application_id);
  }

  deleteApplication({ application_id }: Inputs['deleteApplication']): void {
    people.deleteApplication(this.#living, application_id);
  }

  deleteCandidate({ candidate_id }: Inputs['deleteCandidate']): void {
    people.deleteCandidate(this.#living, candidate_id);
  }

  merge({ winner_id, loser_id }: Inputs['merge']): records.Candidate {
    return people.merge(this.#living, winner_id, loser_id);
  }

  /** Everything, unless fields are named. */
  anonymize({ candidate_id, fields }: Inputs['anonymize']): records.Candidate {
    return people.anonymize(this.#living, candidate_id, fields ?? people.anonymizedFields);
  }

  makePrivate({ candidate_id, private: hidden = true }: Inputs['makePrivate']): records.Candidate {
    return people.editCandidate(this.#living, candidate_id, { private: hidden });
  }

  addNote({ application_id, body, user_id }: Inputs['addNote']): records.Note {
    return life.addNote(this.#living, {
      candidate_id: this.#tables.applications.one(application_id).candidate_id,
      application_id,
      user_id: user_id ?? null,
      body,
      type: 'NOTE',
      visibility: 'publicly_visible',
    });
  }

  /** An open job in the first office with the usual stages and an advertisement, unless told otherwise. */
  addJob(fields: Inputs['addJob'] = {}): records.Job {
    return life.addJob(this.#living, fields);
  }

  editJob({ job_id, ...changes }: Inputs['editJob']): records.Job {
    return people.editJob(this.#living, job_id, changes);
  }

  /** Applications stay where they are. */
  closeJob({ job_id }: Inputs['closeJob']): records.Job {
    return people.editJob(this.#living, job_id, {
      status: 'closed',
      closed_at: this.#living.world.clock.now(),
    });
  }

  openJob({ job_id }: Inputs['openJob']): records.Job {
    const opened_at = this.#living.world.clock.now();
    return people.editJob(this.#living, job_id, { status: 'open', opened_at, closed_at: null });
  }

  renameStage({ stage_id, name }: Inputs['renameStage']): records.JobStage {
    return this.#tables.job_interview_stages.change(stage_id, { name });
  }

  /** No longer part of the job's plan; whoever is in it stays in it. */
  removeStage({ stage_id }: Inputs['removeStage']): records.JobStage {
    const removed = this.#tables.job_interview_stages.change(stage_id, { active: false });
    this.#living.tell({ event: 'job_interview_stage_deleted', stage: removed });
    return removed;
  }

  addUser(fields: Inputs['addUser'] = {}): records.User {
    const n = this.#tables.users.size + 1;
    return this.#tables.users.add({
      first_name: fields.first_name ?? 'Colleague',
      last_name: fields.last_name ?? `No. ${n}`,
      primary_email: fields.primary_email ?? `colleague.${n}@fjellvik.example.com`,
      job_title: null,
      deactivated: false,
      site_admin: fields.site_admin ?? false,
      employee_id: null,
      office_ids: [],
      department_ids: [],
      service_account: false,
    });
  }

  deactivateUser({ user_id }: Inputs['deactivateUser']): records.User {
    return this.#tables.users.change(user_id, { deactivated: true });
  }

  setSiteAdmin({ user_id, site_admin }: Inputs['setSiteAdmin']): records.User {
    return this.#tables.users.change(user_id, { site_admin });
  }

  /** Acts as the same service user as the first one. */
  addCredential(input: Inputs['addCredential']): Credential {
    const added: Credential = {
      clientId: input.client_id,
      secret: input.secret,
      scopes: new Set(input.scopes),
      serviceUserId: this.#credential({}).serviceUserId,
      seesPrivate: input.sees_private ?? true,
    };
    this.#credentials.all.set(added.clientId, added);
    return added;
  }

  /** Scopes are written in full: `harvest:notes:create`. */
  grantScope(input: Inputs['grantScope']): Credential {
    const one = this.#credential(input);
    one.scopes.add(input.scope);
    return one;
  }

  revokeScope(input: Inputs['revokeScope']): Credential {
    const one = this.#credential(input);
    if (!one.scopes.delete(input.scope)) throw new RangeError(`It does not have the scope ${input.scope}.`);
    return one;
  }

  /** The former secret opens nothing any more, and the tokens it opened end. */
  exchangeSecret(input: Inputs['exchangeSecret']): Credential {
    const one = this.#credential(input);
    one.secret = input.secret;
    this.#credentials.revoke(one);
    return one;
  }

  /** As if somebody else had asked for a token. */
  revokeTokens(input: Inputs['revokeTokens'] = {}): void {
    this.#credentials.revoke(this.#credential(input));
  }

  /** Whether private candidates are shown to the credential. */
  seePrivate(input: Inputs['seePrivate']): Credential {
    const one = this.#credential(input);
    one.seesPrivate = input.sees_private;
    return one;
  }

  /** Saves a webhook for one kind of event, and pings it: `active` tells whether that was answered with 200. */
  addWebhook(input: Inputs['addWebhook']): Promise<Webhook> {
    return this.#webhooks.add(input);
  }

  removeWebhook({ webhook_id }: Inputs['removeWebhook']): void {
    if (!this.#webhooks.remove(webhook_id)) throw new RangeError(`There is no webhook ${webhook_id}.`);
  }

  /** By hand, as it needs to be once its ping has failed; it is pinged again. */
  async enableWebhook({ webhook_id }: Inputs['enableWebhook']): Promise<Webhook> {
    const webhook = this.#webhooks.all.get(webhook_id);
    if (!webhook) throw new RangeError(`There is no webhook ${webhook_id}.`);
    await this.#webhooks.enable(webhook);
    return webhook;
  }

  /** One thing by chance, from the seeded stream. @returns what it was */
  somethingHappens(): string {
    return somethingHappens(this.#living, this.#random);
  }

  get #tables() {
    return this.#living.world.tables;
  }

  #anOpenJob(): records.Job {
    const found = this.#tables.jobs.find((one) => one.status === 'open' && !one.is_template);
    return found ?? this.addJob();
  }

  #credential({ client_id = this.#defaultClientId }: { client_id?: string }): Credential {
    const found = this.#credentials.all.get(client_id);
    if (!found) throw new RangeError(`There is no credential ${client_id}.`);
    return found;
  }
}

type GivenContacts = ReadonlyArray<{ value: string; type?: string | undefined }> | undefined;

function typed(given: GivenContacts): records.Contact[] | undefined {
  return given?.map(({ value, type = 'personal' }) => ({ value, type }));
}

function withContacts<T extends { email_addresses?: GivenContacts; phone_numbers?: GivenContacts }>(
  fields: T,
) {
  const { email_addresses, phone_numbers, ...rest } = fields;
  const emails = typed(email_addresses);
  const phones = typed(phone_numbers);
  return {
    ...rest,
    ...(emails ? { email_addresses: emails } : {}),
    ...(phones ? { phone_numbers: phones } : {}),
  };
}
