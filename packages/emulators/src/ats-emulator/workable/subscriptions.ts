import { createHmac } from 'node:crypto';
import { Deliveries } from '../../emulation/deliveries.js';
import type { Random } from '../../emulation/random.js';
import { post } from '../../emulation/wire.js';
import { Refusal, unprocessable } from './api-error.js';
import type { Shapes } from './shapes.js';
import type { WorkableSwitches } from './switch-table.js';
import type { Happened } from './world/life.js';
import type { World } from './world/world.js';

export const events = [
  'candidate_created',
  'candidate_moved',
  'candidate_deleted',
  'employee_created',
  'employee_updated',
  'employee_published',
];

/** Somewhere that one kind of event is told to. */
export interface Subscription {
  readonly id: number;
  readonly event: string;
  readonly target: string;
  readonly stage_slug: string | null;
  readonly job_shortcode: string | null;
  readonly created_at: number;
}

/** One HTTP request to a subscription's target and how it ended. */
export interface WorkableDelivery {
  readonly subscription: number;
  readonly event: string;
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

/** Minutes to the next attempt, after each that failed. */
const retryMinutes = [1, 5, 15];

interface Sending {
  subscription: Subscription;
  event: string;
  body: string;
  attempt: number;
  due: number;
}

/** @param encoding as the header has it */
export function signatureOf(key: string, body: string, encoding: 'hex' | 'base64'): string {
  return createHmac('sha256', key).update(body, 'utf8').digest(encoding);
}

interface Parts {
  world: World;
  switches: WorkableSwitches;
  shapes: Shapes;
  random: Random;
  keys(): { token: string; secret: string };
}

/** Tells subscriptions what happened, and tries again a few times. */
export class SubscriptionSender {
  readonly all = new Map<number, Subscription>();
  readonly deliveries: WorkableDelivery[] = [];
  readonly #parts: Parts;
  readonly #sendings: Deliveries<Sending>;
  #lastId = 104_692;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#sendings = new Deliveries(parts.world.clock, (sending) => this.#attempt(sending));
  }

  /** @throws Refusal 409 for a target that is taken, 422 for what cannot be subscribed to */
  add(asked: { target?: unknown; event?: unknown; args?: unknown }): Subscription {
    const { target, event } = asked;
    if (typeof target !== 'string' || !URL.canParse(target)) throw unprocessable('target is invalid');
    if (typeof event !== 'string' || !events.includes(event)) throw unprocessable('event is invalid');
    const args = asked.args as Record<string, unknown> | undefined;
    const names = ['account_id', 'job_shortcode', 'stage_slug'];
    if (args === undefined && this.#parts.switches.subscriptionArgs === 'required')
      throw new Refusal(400, 'Bad request');
    if (args !== undefined && names.some((name) => typeof args?.[name] !== 'string'))
      throw unprocessable(`args needs ${names.join(', ')}`);
    if ([...this.all.values()].some((one) => one.target === target))
      throw new Refusal(409, 'target has already been taken');
    this.#lastId += 1;
    const subscription: Subscription = {
      id: this.#lastId,
      event,
      target,
      stage_slug: (args?.stage_slug as string) || null,
      job_shortcode: (args?.job_shortcode as string) || null,
      created_at: this.#parts.world.clock.now(),
    };
    this.all.set(subscription.id, subscription);
    return subscription;
  }

  tell({ event, candidate }: Happened): void {
    const { world, switches, shapes, random } = this.#parts;
    for (const subscription of this.all.values()) {
      const { stage_slug, job_shortcode } = subscription;
      if (subscription.event !== event) continue;
      if (stage_slug !== null && stage_slug !== candidate.stage) continue;
      if (job_shortcode !== null && job_shortcode !== candidate.job) continue;
      const shown = { ...shapes.candidate(candidate), stage_slug: candidate.stage };
      const data = switches.webhookBody === 'data' ? shown : { candidate: shown };
      const now = world.clock.now();
      const body = JSON.stringify({
        event_type: event,
        id: random.uuid(),
        fired_at: new Date(now).toISOString(),
        resource_type: 'candidate',
        data,
      });
      const times = switches.deliveries === 'twice' ? 2 : 1;
      for (let i = 0; i < times; i++)
        this.#sendings.send({ subscription, event, body, attempt: 1, due: now });
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
    const { subscription, event, body, attempt } = sending;
    if (this.all.get(subscription.id) !== subscription) return null;
    const { world, switches, keys } = this.#parts;
    const { token, secret } = keys();
    const key = switches.signatureKey === 'token' ? token : secret;
    const headers = {
      'Content-Type': 'application/json',
      'X-Workable-Signature': signatureOf(key, body, switches.signatureEncoding),
    };
    const url = subscription.target;
    const status = await post(url, headers, body, this.#sendings.signal);
    const at = world.clock.now();
    this.deliveries.push({ subscription: subscription.id, event, url, headers, body, attempt, status, at });
    const minutes = retryMinutes[attempt - 1];
    if ((status >= 200 && status < 300) || minutes === undefined) return null;
    return { ...sending, attempt: attempt + 1, due: at + minutes * 60_000 };
  }
}
