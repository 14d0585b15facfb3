import { createHmac } from 'node:crypto';
import { Deliveries } from '../../emulation/deliveries.js';
import type { Random } from '../../emulation/random.js';
import { post } from '../../emulation/wire.js';
import type { Webhook, WebhookType } from './records.js';
import { notFound, Refusal } from './refusal.js';
import type { AshbySwitches } from './switch-table.js';
import { bodyOf, type Happened, typesOf } from './webhook-bodies.js';
import type { World } from './world/world.js';

/** One HTTP request to a webhook's URL and how it ended. */
export interface AshbyDelivery {
  readonly webhookId: string;
  readonly type: WebhookType | 'ping';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The status of the answer; 0: none came. */
  readonly status: number;
  /** On the emulator's clock. */
  readonly at: number;
}

interface Sending {
  webhook: Webhook;
  type: WebhookType | 'ping';
  body: string;
  due: number;
}

/** The hex of `Ashby-Signature: sha256=HEX`: over the bytes as they are sent. */
export function signatureOf(secret: string, body: string): string {
  return createHmac('sha256', secret).update(body, 'utf8').digest('hex');
}

/** Tells webhooks what happened, once each; one that answers with 400 or more is told nothing any more. */
export class WebhookSender {
  readonly deliveries: AshbyDelivery[] = [];
  readonly #world: World;
  readonly #switches: AshbySwitches;
  readonly #random: Random;
  readonly #sendings: Deliveries<Sending>;

  constructor(world: World, switches: AshbySwitches, random: Random) {
    this.#world = world;
    this.#switches = switches;
    this.#random = random;
    this.#sendings = new Deliveries(world.clock, (sending) => this.#attempt(sending));
  }

  get #all() {
    return this.#world.tables.webhooks;
  }

  /** @throws Refusal where there is one already */
  create(fields: Pick<Webhook, 'webhookType' | 'requestUrl' | 'secretToken'>): Webhook {
    const { webhookType, requestUrl } = fields;
    if (this.#all.find((one) => one.webhookType === webhookType && one.requestUrl === requestUrl))
      throw new Refusal('duplicate_webhook', 'Duplicate webhook');
    const webhook = this.#all.put({ id: this.#world.newId(), enabled: true, ...fields });
    if (this.#switches.createPing === 'yes') this.#send(webhook, 'ping', null);
    return webhook;
  }

  /** @throws Refusal */
  one(id: string): Webhook {
    const found = this.#all.get(id);
    if (!found) throw notFound('webhook');
    return found;
  }

  update({ webhookId, ...changes }: { webhookId: string } & Partial<Omit<Webhook, 'id'>>): Webhook {
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
    return this.#all.change(this.one(webhookId).id, given);
  }

  remove(id: string): void {
    this.#all.delete(this.one(id).id);
  }

  tell(happened: Happened): void {
    for (const type of typesOf(happened)) {
      for (const webhook of this.#all.filter((one) => one.enabled && one.webhookType === type)) {
        const times = this.#switches.deliveries === 'twice' ? 2 : 1;
        const actionId = this.#random.uuid();
        for (let i = 0; i < times; i++) this.#send(webhook, type, happened, actionId);
      }
    }
  }

  /** Resolves once nothing is under way; what waits for its next attempt stays. */
  settle(): Promise<void> {
    return this.#sendings.settle();
  }

  close(): Promise<void> {
    return this.#sendings.close();
  }

  #send(webhook: Webhook, type: WebhookType | 'ping', happened: Happened | null, actionId = ''): void {
    const body = bodyOf(this.#world, this.#switches, type, happened, actionId);
    this.#sendings.send({ webhook, type, body, due: 0 });
  }

  async #attempt({ webhook, type, body }: Sending): Promise<null> {
    const { id: webhookId, requestUrl: url, secretToken } = webhook;
    const headers = {
      'Content-Type': 'application/json',
      'Ashby-Signature': `sha256=${signatureOf(secretToken, body)}`,
    };
    const status = await post(url, headers, body, this.#sendings.signal);
    this.deliveries.push({ webhookId, type, url, headers, body, status, at: this.#world.clock.now() });
    const isRefused = status >= 400 && this.#switches.switchedOff === 'first-failure';
    if (isRefused && this.#all.get(webhookId)) this.#all.change(webhookId, { enabled: false });
    return null;
  }
}
