import { createHmac } from 'node:crypto';
import { Deliveries } from '../../emulation/deliveries.js';
import type { Random } from '../../emulation/random.js';
import { post } from '../../emulation/wire.js';
import type { LeverSwitches } from './switch-table.js';
import type { Happened, WebhookEvent } from './world/life.js';
import type { World } from './world/world.js';

export const webhookEvents = [
  'applicationCreated',
  'candidateHired',
  'candidateStageChange',
  'candidateArchiveChange',
  'candidateDeleted',
  'contactUpdated',
] as const satisfies readonly WebhookEvent[];

export interface Webhook {
  readonly id: string;
  readonly event: WebhookEvent;
  readonly url: string;
  /** What signatures are made with; told once, when it is created. */
  readonly secret: string;
  readonly createdAt: number;
}

/** One HTTP request to a webhook's URL and how it ended. */
export interface LeverDelivery {
  readonly webhookId: string;
  readonly event: WebhookEvent;
  readonly url: string;
  readonly body: string;
  /** From 1. */
  readonly attempt: number;
  /** The status of the answer; 0: none came. */
  readonly status: number;
  /** On the emulator's clock. */
  readonly at: number;
}

interface Sending {
  webhook: Webhook;
  happened: Happened;
  triggeredAt: number;
  token: string;
  id: string;
  attempt: number;
  /** On the emulator's clock. */
  due: number;
}

const mostAttempts = 5;
/** To the next attempt. */
const retryMs = 60_000;

/** Over the token and the time, and nothing else of the body. */
export function signatureOf(secret: string, token: string, triggeredAt: number): string {
  return createHmac('sha256', secret).update(`${token}${triggeredAt}`).digest('hex');
}

/** Tells webhooks what happened, and tries again a few times. */
export class WebhookSender {
  readonly all = new Map<string, Webhook>();
  readonly deliveries: LeverDelivery[] = [];
  readonly #world: World;
  readonly #switches: LeverSwitches;
  readonly #random: Random;
  readonly #sendings: Deliveries<Sending>;

  constructor(world: World, switches: LeverSwitches, random: Random) {
    this.#world = world;
    this.#switches = switches;
    this.#random = random;
    this.#sendings = new Deliveries(world.clock, (sending) => this.#attempt(sending));
  }

  add(event: WebhookEvent, url: string): Webhook {
    const id = this.#random.uuid();
    const secret = this.#random.code(48);
    const webhook = { id, event, url, secret, createdAt: this.#world.clock.now() };
    this.all.set(id, webhook);
    return webhook;
  }

  tell(happened: Happened): void {
    const triggeredAt = this.#world.clock.now();
    for (const webhook of this.all.values()) {
      if (webhook.event !== happened.event) continue;
      const sending = { webhook, happened, triggeredAt, attempt: 1, due: triggeredAt };
      const token = this.#random.code(24);
      const id = this.#random.uuid();
      const times = this.#switches.deliveries === 'twice' ? 2 : 1;
      for (let i = 0; i < times; i++) this.#sendings.send({ ...sending, token, id });
    }
  }

  /** Resolves once nothing is under way; what waits for its next attempt stays. */
  settle(): Promise<void> {
    return this.#sendings.settle();
  }

  close(): Promise<void> {
    return this.#sendings.close();
  }

  async #attempt(sending: Sending): Promise<Sending | null> {
    const { webhook, attempt } = sending;
    if (this.all.get(webhook.id) !== webhook) return null;
    const { url, event, id: webhookId } = webhook;
    const body = JSON.stringify(this.#bodyOf(sending));
    const headers = { 'Content-Type': 'application/json' };
    const status = await post(url, headers, body, this.#sendings.signal);
    const at = this.#world.clock.now();
    this.deliveries.push({ webhookId, event, url, body, attempt, status, at });
    const isTaken = status >= 200 && status < 300;
    if (isTaken || attempt === mostAttempts) return null;
    const token = this.#switches.tokenOfRetry === 'new' ? this.#random.code(24) : sending.token;
    return { ...sending, token, attempt: attempt + 1, due: at + retryMs };
  }

  #bodyOf({ webhook, happened, triggeredAt, token, id }: Sending) {
    const { opportunity, fromStage } = happened;
    const { deliveryData, deliveryId } = this.#switches;
    const stages = fromStage === undefined ? {} : { fromStageId: fromStage, toStageId: opportunity.stage };
    return {
      ...(deliveryId === 'yes' ? { id } : {}),
      event: webhook.event,
      triggeredAt,
      token,
      signature: signatureOf(webhook.secret, token, triggeredAt),
      data: {
        ...stages,
        contactId: opportunity.contact,
        ...(deliveryData === 'candidateId' ? {} : { opportunityId: opportunity.id }),
        ...(deliveryData === 'opportunityId' ? {} : { candidateId: opportunity.id }),
      },
    };
  }
}
