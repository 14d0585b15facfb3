import { createHmac } from 'node:crypto';
import { Deliveries } from '../../../emulation/deliveries.js';
import type { Random } from '../../../emulation/random.js';
import { post } from '../../../emulation/wire.js';
import type { GreenhouseSwitches } from '../switch-table.js';
import type { World } from '../world/world.js';
import { payloadOf } from './webhook-bodies.js';
import type { Happened, WebhookEvent } from './webhook-events.js';

/** Somewhere that one kind of event is told to. */
export interface Webhook {
  readonly id: number;
  readonly name: string;
  readonly event: WebhookEvent;
  readonly url: string;
  readonly secret: string;
  /** `user:password` for Basic authentication; null: none. */
  readonly httpAuth: string | null;
  /** Headers that are sent as they are. */
  readonly headers: Readonly<Record<string, string>>;
  readonly createdAt: number;
  updatedAt: number;
  /** False once the ping failed, until somebody enables it. */
  active: boolean;
}

/** One HTTP request to a webhook's URL and how it ended. */
export interface GreenhouseDelivery {
  readonly webhookId: number;
  readonly event: WebhookEvent | 'ping';
  /** Greenhouse-Event-ID. */
  readonly eventId: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** From 1. */
  readonly attempt: number;
  /** The status of the answer; 0: none came. */
  readonly status: number;
  /** On the emulator's clock. */
  readonly at: number;
}

interface Sending {
  readonly webhook: Webhook;
  readonly event: WebhookEvent;
  readonly body: string;
  readonly attempt: number;
  readonly eventId: string;
  /** On the emulator's clock. */
  readonly due: number;
}

/** Minutes to the next attempt, after each that failed. */
const retryMinutes = [1, 15, 60, 120, 240, 480];

/** The hex of `Signature: sha256 HEX`: over the bytes as they are sent. */
export function signatureOf(secret: string, body: string): string {
  return createHmac('sha256', secret).update(body, 'utf8').digest('hex');
}

/** JSON as it leaves: what HTML would read is escaped, and the signature covers the escapes. */
export function bodyText(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Tells webhooks what happened, and tries again for fifteen hours. */
export class WebhookSender {
  readonly all = new Map<number, Webhook>();
  readonly deliveries: GreenhouseDelivery[] = [];
  readonly #world: World;
  readonly #switches: GreenhouseSwitches;
  readonly #random: Random;
  readonly #sendings: Deliveries<Sending>;
  #lastId = 4_001_693_001;

  constructor(world: World, switches: GreenhouseSwitches, random: Random) {
    this.#world = world;
    this.#switches = switches;
    this.#random = random;
    this.#sendings = new Deliveries(world.clock, (sending) => this.#attempt(sending));
  }

  /** Saves a webhook and pings it: it is active if the ping was answered with 200. */
  async add(
    fields: Pick<Webhook, 'event' | 'url' | 'secret'> &
      Partial<Pick<Webhook, 'name' | 'httpAuth' | 'headers'>>,
  ): Promise<Webhook> {
    const now = this.#world.clock.now();
    const webhook: Webhook = {
      name: fields.event,
      httpAuth: null,
      headers: {},
      ...fields,
      id: ++this.#lastId,
      createdAt: now,
      updatedAt: now,
      active: true,
    };
    this.all.set(webhook.id, webhook);
    await this.enable(webhook);
    return webhook;
  }

  /** Pings it again, and switches it on if that was answered with 200. */
  async enable(webhook: Webhook): Promise<void> {
    webhook.active = true;
    webhook.updatedAt = this.#world.clock.now();
    const body = bodyText({ action: 'ping', payload: pingOf(webhook) });
    const status = await this.#post(webhook, 'ping', body, 1, this.#random.uuid());
    webhook.active = status === 200;
  }

  remove(id: number): boolean {
    return this.all.delete(id);
  }

  tell(happened: Happened): void {
    for (const webhook of this.all.values()) {
      if (!webhook.active || !this.#concerns(webhook, happened)) continue;
      const { id: organization_id, name: organization_name } = this.#world.organization;
      const root = this.#switches.webhookRoot === 'plain' ? {} : { organization_id, organization_name };
      // A merge that only delete_candidate is set up for looks like a deletion without applications.
      const told: Happened =
        happened.event === 'merge_candidate' && webhook.event === 'delete_candidate'
          ? { event: 'delete_candidate', candidate: happened.candidate, applicationIds: [] }
          : happened;
      const payload = payloadOf(this.#world, told);
      const body = bodyText({ action: webhook.event, payload, ...root });
      const sending = { webhook, event: webhook.event, body, attempt: 1, due: this.#world.clock.now() };
      const times = this.#switches.deliveries === 'twice' ? 2 : 1;
      const eventId = this.#random.uuid();
      for (let i = 0; i < times; i++) this.#sendings.send({ ...sending, eventId });
    }
  }

  #concerns(webhook: Webhook, { event }: Happened): boolean {
    if (webhook.event === event) return true;
    if (event !== 'merge_candidate' || webhook.event !== 'delete_candidate') return false;
    return ![...this.all.values()].some((one) => one.active && one.event === 'merge_candidate');
  }

  /** Resolves once nothing is under way; what waits for its next attempt stays. */
  settle(): Promise<void> {
    return this.#sendings.settle();
  }

  close(): Promise<void> {
    return this.#sendings.close();
  }

  async #attempt(sending: Sending): Promise<Sending | null> {
    const { webhook, attempt, body, event, eventId } = sending;
    if (this.all.get(webhook.id) !== webhook || !webhook.active) return null;
    const status = await this.#post(webhook, event, body, attempt, eventId);
    const minutes = retryMinutes[attempt - 1];
    if (status === 200 || minutes === undefined) return null;
    const next = this.#switches.eventIdOfRetry === 'new' ? this.#random.uuid() : eventId;
    const due = this.#world.clock.now() + minutes * 60_000;
    return { ...sending, attempt: attempt + 1, eventId: next, due };
  }

  async #post(
    webhook: Webhook,
    event: WebhookEvent | 'ping',
    body: string,
    attempt: number,
    eventId: string,
  ): Promise<number> {
    const headers: Record<string, string> = {
      ...webhook.headers,
      'Content-Type': 'application/json',
      Signature: `sha256 ${signatureOf(webhook.secret, body)}`,
      'Greenhouse-Event-ID': eventId,
    };
    const auth: Record<string, string> =
      webhook.httpAuth === null
        ? {}
        : { Authorization: `Basic ${Buffer.from(webhook.httpAuth).toString('base64')}` };
    const { url, id: webhookId } = webhook;
    const status = await post(url, { ...headers, ...auth }, body, this.#sendings.signal);
    const at = this.#world.clock.now();
    this.deliveries.push({ webhookId, event, eventId, url, headers, body, attempt, status, at });
    return status;
  }
}

const seconds = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

function pingOf(webhook: Webhook) {
  return {
    web_hook_id: webhook.id,
    endpoint_url: webhook.url,
    created_at: seconds(webhook.createdAt),
    updated_at: seconds(webhook.updatedAt),
    name: webhook.name,
    event: webhook.event,
    active: true,
    'content-type': 'application/json',
  };
}
