import { z } from 'zod';
import { Random } from '../../../emulation/random.js';
import type { Access } from '../api.js';
import { type Webhook, type WebhookSender, webhookEvents } from '../webhooks.js';
import type { Living } from './life.js';
import * as life from './life.js';
import { somethingHappens } from './live.js';
import type * as rows from './world.js';

const id = z.string().min(1);
const confidentiality = z.enum(['non-confidential', 'confidential']);
const person = {
  name: z.string().optional(),
  emails: z.array(z.string()).optional(),
  phones: z.array(z.strictObject({ type: z.string(), value: z.string() })).optional(),
  origin: z.string().optional(),
  confidentiality: confidentiality.optional(),
  contact: id.optional(),
};
const opportunity = z.strictObject({ opportunity: id });
const posting = z.strictObject({ posting: id });
const user = z.strictObject({ user: id });
const state = z.enum(['published', 'internal', 'closed', 'draft', 'pending', 'rejected']);

/** What each act takes, as the control endpoints check it. Every act takes one object. */
export const actInputs = {
  apply: z.strictObject({ ...person, posting: id.optional(), stage: z.string().optional() }),
  applyMany: z.strictObject({
    count: z.int().min(1).max(100_000),
    posting: id.optional(),
    stage: z.string().optional(),
  }),
  addLead: z.strictObject({ ...person, stage: z.string().optional() }),
  applyFor: opportunity.extend({ posting: id }),
  moveToStage: opportunity.extend({ stage: z.string(), by: id.nullable().optional() }),
  archive: opportunity.extend({ reason: z.string().optional() }),
  unarchive: opportunity,
  edit: opportunity.extend({
    name: z.string().optional(),
    emails: z.array(z.string()).optional(),
    confidentiality: confidentiality.optional(),
    owner: id.nullable().optional(),
    tags: z.array(z.string()).optional(),
    links: z.array(z.string()).optional(),
  }),
  anonymize: opportunity,
  deleteOpportunity: opportunity,
  addNote: opportunity.extend({ value: z.string(), user: id.nullable().optional() }),
  addPosting: z.strictObject({
    text: z.string().optional(),
    state: state.optional(),
    location: z.string().nullable().optional(),
    country: z.string().nullable().optional(),
    description: z.string().optional(),
    confidentiality: confidentiality.optional(),
    owner: id.nullable().optional(),
  }),
  editPosting: posting.extend({
    text: z.string().optional(),
    state: state.optional(),
    location: z.string().nullable().optional(),
    country: z.string().nullable().optional(),
    confidentiality: confidentiality.optional(),
  }),
  addStage: z.strictObject({ text: z.string() }),
  renameStage: z.strictObject({ stage: z.string(), text: z.string() }),
  addUser: z.strictObject({ name: z.string().optional(), email: z.string().optional() }),
  deactivateUser: user,
  grantRight: z.strictObject({ right: z.string() }),
  revokeRight: z.strictObject({ right: z.string() }),
  exchangeKey: z.strictObject({ key: z.string().min(1) }),
  seeConfidential: z.strictObject({ sees: z.boolean() }),
  addWebhook: z.strictObject({ event: z.enum(webhookEvents), url: z.string() }),
  removeWebhook: z.strictObject({ webhook: id }),
  somethingHappens: z.strictObject({}),
} as const;

export type ActName = keyof typeof actInputs;
type Inputs = { [K in ActName]: z.input<(typeof actInputs)[K]> };

/**
 * What people do in Lever. Each act takes one object; objects are named by id, and stages by name or id.
 * What cannot be done, and what does not exist, throws a RangeError.
 */
export class LeverActs {
  readonly #living: Living;
  readonly #access: Access;
  readonly #webhooks: WebhookSender;
  readonly #random: Random;

  constructor(living: Living, parts: { access: Access; webhooks: WebhookSender; seed: number }) {
    this.#living = living;
    this.#access = parts.access;
    this.#webhooks = parts.webhooks;
    this.#random = new Random(`lever life ${parts.seed}`);
  }

  /** Applies for a posting: the first published one unless it is named. With a stage, goes on to it at once. */
  apply({ posting: wanted, stage, ...fields }: Inputs['apply'] = {}): rows.Opportunity {
    const chosen = wanted === undefined ? this.#aPosting() : this.#world.one('postings', wanted);
    return this.#goOn(life.begin(this.#living, fields, chosen), stage);
  }

  /** So many new people at once. @returns the ids of their opportunities */
  applyMany({ count, ...input }: Inputs['applyMany']): string[] {
    return Array.from({ length: count }, () => this.apply(input).id);
  }

  /** Somebody who has applied for nothing. */
  addLead({ stage, ...fields }: Inputs['addLead'] = {}): rows.Opportunity {
    return this.#goOn(life.begin(this.#living, fields, null), stage);
  }

  /** One more application of the same journey. */
  applyFor({ opportunity: whose, posting: wanted }: Inputs['applyFor']): rows.Application {
    const one = this.#one(whose);
    const made = life.applyTo(this.#world, one, this.#world.one('postings', wanted));
    life.touch(this.#world, one);
    return made;
  }

  /** By somebody, whoever it is, unless told. */
  moveToStage({ opportunity: whose, stage, by }: Inputs['moveToStage']): rows.Opportunity {
    const one = this.#one(whose);
    const who = by === undefined ? (life.activeUser(this.#world)?.id ?? null) : by;
    life.moveTo(this.#living, one, this.#world.stageNamed(stage).id, who);
    return one;
  }

  /** @param reason the text or id of an archive reason: the first that is no hire unless given */
  archive({ opportunity: whose, reason }: Inputs['archive']): rows.Opportunity {
    const reasons = [...this.#world.tables.archiveReasons.values()];
    const found = reasons.find((one) =>
      reason === undefined ? one.type === 'non-hired' : one.id === reason || one.text === reason,
    );
    if (!found) throw new RangeError(`There is no archive reason ${reason}.`);
    const one = this.#one(whose);
    life.archive(this.#living, one, found.id);
    return one;
  }

  unarchive({ opportunity: whose }: Inputs['unarchive']): rows.Opportunity {
    const one = this.#one(whose);
    life.archive(this.#living, one, null);
    return one;
  }

  edit({ opportunity: whose, ...changes }: Inputs['edit']): rows.Opportunity {
    const one = this.#one(whose);
    const given = Object.entries(changes).filter(([, value]) => value !== undefined);
    life.edit(this.#living, one, Object.fromEntries(given));
    return one;
  }

  anonymize({ opportunity: whose }: Inputs['anonymize']): rows.Opportunity {
    const one = this.#one(whose);
    life.anonymize(this.#living, one);
    return one;
  }

  deleteOpportunity({ opportunity: whose }: Inputs['deleteOpportunity']): void {
    life.remove(this.#living, this.#one(whose));
  }

  addNote({ opportunity: whose, value, user: by }: Inputs['addNote']): rows.Note {
    return life.addNote(this.#living, this.#one(whose), value, by ?? null);
  }

  /** A published one in the first place that seeds have, unless told otherwise. */
  addPosting(fields: Inputs['addPosting'] = {}): rows.Posting {
    const now = this.#world.clock.now();
    const { tables } = this.#world;
    const made: rows.Posting = {
      id: this.#world.newId(),
      text: fields.text ?? `Care Assistant ${tables.postings.size + 1}`,
      state: fields.state ?? 'published',
      owner: fields.owner === undefined ? (life.activeUser(this.#world)?.id ?? null) : fields.owner,
      hiringManager: null,
      location: fields.location === undefined ? 'Bergen, Vestland' : fields.location,
      country: fields.country === undefined ? 'NO' : fields.country,
      description: fields.description ?? 'You look after people.',
      confidentiality: fields.confidentiality ?? 'non-confidential',
      workplaceType: 'unspecified',
      createdAt: now,
      updatedAt: now,
    };
    tables.postings.set(made.id, made);
    return made;
  }

  editPosting({ posting: which, ...changes }: Inputs['editPosting']): rows.Posting {
    const one = this.#world.one('postings', which);
    const given = Object.entries(changes).filter(([, value]) => value !== undefined);
    return Object.assign(one, Object.fromEntries(given), { updatedAt: this.#world.clock.now() });
  }

  /** Behind the others. */
  addStage({ text }: Inputs['addStage']): rows.Stage {
    const made = { id: this.#world.newId(), text };
    this.#world.tables.stages.set(made.id, made);
    return made;
  }

  renameStage({ stage, text }: Inputs['renameStage']): rows.Stage {
    return Object.assign(this.#world.stageNamed(stage), { text });
  }

  addUser({ name, email }: Inputs['addUser'] = {}): rows.User {
    const n = this.#world.tables.users.size + 1;
    const made: rows.User = {
      id: this.#world.newId(),
      name: name ?? `Colleague No. ${n}`,
      username: `colleague-${n}`,
      email: email ?? `colleague.${n}@fjellvik.example.com`,
      accessRole: 'team member',
      createdAt: this.#world.clock.now(),
      deactivatedAt: null,
    };
    this.#world.tables.users.set(made.id, made);
    return made;
  }

  deactivateUser({ user: who }: Inputs['deactivateUser']): rows.User {
    return Object.assign(this.#world.one('users', who), { deactivatedAt: this.#world.clock.now() });
  }

  grantRight({ right }: Inputs['grantRight']): void {
    this.#access.rights.add(right);
  }

  revokeRight({ right }: Inputs['revokeRight']): void {
    if (!this.#access.rights.delete(right)) throw new RangeError(`The key does not have ${right}.`);
  }

  /** The former one opens nothing any more. */
  exchangeKey({ key }: Inputs['exchangeKey']): void {
    this.#access.key = key;
  }

  /** Whether the key was given the right to what is confidential. */
  seeConfidential({ sees }: Inputs['seeConfidential']): void {
    this.#access.seesConfidential = sees;
  }

  /** As on the settings page. @returns it with its secret, the signature token */
  addWebhook({ event, url }: Inputs['addWebhook']): Webhook {
    return this.#webhooks.add(event, url);
  }

  removeWebhook({ webhook }: Inputs['removeWebhook']): void {
    if (!this.#webhooks.all.delete(webhook)) throw new RangeError(`There is no webhook ${webhook}.`);
  }

  /** One thing by chance, from the seeded stream. @returns what it was */
  somethingHappens(): string {
    return somethingHappens(this.#living, this.#random);
  }

  get #world() {
    return this.#living.world;
  }

  #one(whose: string): rows.Opportunity {
    return this.#world.one('opportunities', whose);
  }

  #goOn(made: rows.Opportunity, stage: string | undefined): rows.Opportunity {
    return stage === undefined ? made : this.moveToStage({ opportunity: made.id, stage });
  }

  #aPosting(): rows.Posting {
    const all = [...this.#world.tables.postings.values()];
    const open = all.find((one) => one.state === 'published' && one.confidentiality === 'non-confidential');
    return open ?? this.addPosting();
  }
}
