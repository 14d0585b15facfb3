import type { EmulatedClock } from '../emulation/emulated-clock.js';
import type { Random } from '../emulation/random.js';
import { post } from '../emulation/wire.js';
import type { User, Webhook } from './records.js';
import type { State } from './state.js';
import type { Switches } from './switches.js';

export const webhookEvents = {
  InterviewCreated: 'interview',
  InterviewAccepted: 'interview',
  InterviewDeleted: 'interview',
  InterviewCompleted: 'interview',
  InterviewExpired: 'interview',
  InterviewRescheduled: 'interview',
  InterviewReset: 'interview',
  InterviewRated: 'rating',
  JobCreated: 'job',
  JobUpdated: 'job',
  JobDeleted: 'job',
} as const;
export type WebhookEvent = keyof typeof webhookEvents;

/** Something that happened, as webhooks are told of it. */
export interface Happening {
  event: WebhookEvent;
  visibleTo: (user: User) => boolean;
  /** The payload; called again for a replay that shows the object as it is then. */
  payload: () => unknown;
}

/** One HTTP request to a webhook's URL and how it ended. */
export interface Delivery {
  webhookUuid: string;
  event: WebhookEvent;
  url: string;
  headers: Record<string, string>;
  body: string;
  /** The status of the answer; 0: none came. */
  status: number;
  at: number;
  replay: boolean;
}

interface Remembered extends Happening {
  body: string;
}

const failuresToFail = 15;
const failureWindow = 48 * 3_600_000;
const graceOfFailing = 72 * 3_600_000;
const remembered = 50;

/** Sends events to the webhooks that are registered, and keeps account of those that fail. */
export class WebhookSender {
  readonly deliveries: Delivery[] = [];
  readonly #state: State;
  readonly #switches: Switches;
  readonly #clock: EmulatedClock;
  readonly #chaos: Random;
  readonly #queues = new Map<string, Array<{ event: WebhookEvent; body: string; replay: boolean }>>();
  readonly #working = new Set<Promise<void>>();
  readonly #last = new Map<WebhookEvent, Remembered[]>();
  /** By webhook and event: the last body sent there. */
  readonly #lastSent = new Map<string, Remembered>();
  readonly #abort = new AbortController();

  constructor(state: State, switches: Switches, clock: EmulatedClock, chaos: Random) {
    this.#state = state;
    this.#switches = switches;
    this.#clock = clock;
    this.#chaos = chaos;
  }

  /** Queues the event for every webhook whose owner sees the object. */
  emit(happening: Happening): void {
    const kept: Remembered = { ...happening, body: JSON.stringify(happening.payload()) };
    const past = this.#last.get(happening.event) ?? [];
    past.push(kept);
    if (past.length > remembered) past.shift();
    this.#last.set(happening.event, past);
    for (const webhook of this.#state.webhooks.values()) {
      const owner = this.#state.users.get(webhook.userUuid);
      if (!owner?.active || webhook.disabledAt !== null || !happening.visibleTo(owner)) continue;
      this.#lastSent.set(`${webhook.uuid} ${happening.event}`, kept);
      this.#queue(webhook, happening.event, kept.body, false);
      const twice =
        this.#switches.webhookDuplicates === 'always' ||
        (this.#switches.webhookDuplicates === 'sometimes' && this.#chaos.chance(0.3));
      if (twice) this.#queue(webhook, happening.event, kept.body, false);
    }
  }

  /** Sends the last event of this type again to the owner's webhooks. @returns whether there was one */
  replay(owner: User, event: WebhookEvent): boolean {
    let found = false;
    for (const webhook of this.#state.webhooks.values()) {
      if (webhook.userUuid !== owner.uuid) continue;
      const last =
        this.#switches.replaySource === 'sent-only'
          ? this.#lastSent.get(`${webhook.uuid} ${event}`)
          : this.#last.get(event)?.findLast((one) => one.visibleTo(owner));
      if (!last) continue;
      found = true;
      if (webhook.disabledAt !== null) continue;
      const body = this.#switches.replayPayload === 'current' ? JSON.stringify(last.payload()) : last.body;
      this.#queue(webhook, event, body, true);
    }
    return found;
  }

  /** Resolves once nothing is queued or under way. */
  async settle(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  close(): Promise<void> {
    this.#queues.clear();
    this.#abort.abort();
    return this.settle();
  }

  #queue(webhook: Webhook, event: WebhookEvent, body: string, replay: boolean): void {
    if (this.#abort.signal.aborted) return;
    const waiting = this.#queues.get(webhook.uuid);
    if (waiting) {
      waiting.push({ event, body, replay });
      return;
    }
    this.#queues.set(webhook.uuid, [{ event, body, replay }]);
    const work = this.#work(webhook).finally(() => this.#working.delete(work));
    this.#working.add(work);
  }

  async #work(webhook: Webhook): Promise<void> {
    // What happens in one go is queued together, so that an order other than its own can be chosen.
    await new Promise((resolve) => setImmediate(resolve));
    for (;;) {
      const waiting = this.#queues.get(webhook.uuid);
      if (!waiting || waiting.length === 0) break;
      const order = this.#switches.webhookOrder;
      const at =
        order === 'in-order'
          ? 0
          : order === 'newest-first'
            ? waiting.length - 1
            : this.#chaos.between(0, waiting.length - 1);
      const [item] = waiting.splice(at, 1);
      if (this.#state.webhooks.get(webhook.uuid) !== webhook || webhook.disabledAt !== null) continue;
      const tries = this.#switches.webhookRetries === 'twice' ? 3 : 1;
      for (let i = 0; i < tries; i++) {
        const accepted = await this.#deliver(webhook, item!.event, item!.body, item!.replay);
        if (accepted || webhook.disabledAt !== null) break;
      }
    }
    this.#queues.delete(webhook.uuid);
  }

  async #deliver(webhook: Webhook, event: WebhookEvent, body: string, replay: boolean): Promise<boolean> {
    const headers: Record<string, string> = {
      'Content-Type': 'application/json',
      'X-SparkHire-Event': event,
      'X-SparkHire-Payload': payloadName(event, this.#switches.webhookPayloadName),
      'X-SparkHire-User-UUID': webhook.userUuid,
      'X-SparkHire-Webhook-UUID': webhook.uuid,
    };
    if (webhook.httpAuth !== null) {
      headers.Authorization = `Basic ${Buffer.from(webhook.httpAuth).toString('base64')}`;
    }
    const status = await post(webhook.url, headers, body, this.#abort.signal);
    const { Authorization: _, ...shown } = headers;
    this.deliveries.push({
      webhookUuid: webhook.uuid,
      event,
      url: webhook.url,
      headers: shown,
      body,
      status,
      at: this.#clock.now(),
      replay,
    });
    const accepted = status >= 200 && status < 300;
    this.#account(webhook, accepted);
    return accepted;
  }

  /** 15 failures within 48 hours: failing. Failing for 72 hours more without a success in between: disabled. */
  #account(webhook: Webhook, accepted: boolean): void {
    const now = this.#clock.now();
    if (accepted) {
      webhook.failures = [];
      webhook.failingSince = null;
      return;
    }
    webhook.failures = webhook.failures.filter((at) => at > now - failureWindow);
    webhook.failures.push(now);
    if (webhook.failingSince === null) {
      if (webhook.failures.length >= failuresToFail) webhook.failingSince = now;
    } else if (now - webhook.failingSince >= graceOfFailing) webhook.disabledAt = now;
  }
}

function payloadName(event: WebhookEvent, jobName: Switches['webhookPayloadName']): string {
  const kind = webhookEvents[event];
  if (kind === 'job') return jobName;
  const name = kind === 'interview' ? 'Interview' : 'Rating';
  return jobName === jobName.toLowerCase() ? name.toLowerCase() : name;
}
