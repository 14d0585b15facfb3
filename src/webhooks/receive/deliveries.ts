/**
 * Takes deliveries: POST /webhooks/ACCOUNT. Answers 204 once an event is durable, and never before; what becomes of
 * it is decided by the account's owner (events.ts). Any process may take deliveries, whoever owns the account.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../../clock.js';
import type { Database } from '../../db/database.js';
import type { Logger } from '../../log.js';
import { eventHeaders } from '../hint.js';
import { answer, jsonText, withBody } from './body.js';
import { createEventStore } from './event-store.js';
import { type Line, type Receiver, receiverOf, troubleLog } from './receiver.js';
import { isRefused, type ReceiveOutcome, refusals } from './refusals.js';
import { createSenderCheck } from './sender-check.js';

/** Of what goes wrong with a delivery. */
const troubles: Partial<Record<ReceiveOutcome, Line | null>> = {
  stored: null,
  unauthorized: {
    event: 'webhook_unauthorized',
    words: 'a webhook delivery had wrong credentials or none',
  },
  invalid: {
    event: 'webhook_unreadable',
    words: 'a webhook delivery was refused: its body is no JSON, or broke off',
  },
  too_large: {
    event: 'webhook_too_large',
    words: 'a webhook delivery was refused: its body is longer than 1 MiB',
  },
  unavailable: {
    event: 'webhook_not_stored',
    words: 'a webhook event could not be stored; its sender was asked to send it again',
  },
};
const recovered: Line = { event: 'webhook_stored_again', words: 'webhook events are stored again' };

/** Spark Hire shows its credentials as Basic authentication. */
const asksFor = { 'www-authenticate': 'Basic realm="webhooks", charset="UTF-8"' };

export interface ReceiverOptions {
  db: Database;
  /** Names of the accounts that take deliveries. */
  accounts: readonly string[];
  /** `user:password` of the settings, accepted beside the credentials of registered webhooks. */
  webhookAuth?: string;
  log: Logger;
  onOutcome?: (outcome: ReceiveOutcome, account: string | null) => void;
  clock?: Clock;
  /** How long an event may take to be stored before the sender is asked to come again; 8 s unless given. */
  patienceMs?: number;
  /** Events that wait to be stored; 5,000 unless given. Beyond, senders are asked to come again. */
  mostWaiting?: number;
  /** Bytes of all bodies held at once; 64 MiB unless given. */
  mostBytes?: number;
}

export function createReceiver(options: ReceiverOptions): Receiver {
  const { db, log, clock = systemClock } = options;
  const bodies = { held: 0, most: options.mostBytes ?? 64 * 1_048_576 };
  const accounts = new Set(options.accounts);
  const check = createSenderCheck({ db, clock, webhookAuth: options.webhookAuth });
  const store = createEventStore({
    db,
    clock,
    patienceMs: options.patienceMs ?? 8000,
    mostWaiting: options.mostWaiting ?? 5000,
  });
  const tell = troubleLog(log, recovered);

  async function take(
    request: IncomingMessage,
    response: ServerResponse,
    account: string,
  ): Promise<ReceiveOutcome> {
    const sender = await check(account, request.headers.authorization);
    if (sender === 'refused') return 'unauthorized';
    if (sender === 'unknown' || !store.hasRoom) return 'unavailable';
    return withBody(request, response, clock, bodies, async (body): Promise<ReceiveOutcome> => {
      const text = jsonText(body);
      if (text === null) return 'invalid';
      if (!store.hasRoom) return 'unavailable';
      const event = { account, body: text, ...eventHeaders(request.headers) };
      return (await store.store(event)) ? 'stored' : 'unavailable';
    });
  }

  async function handle(request: IncomingMessage, response: ServerResponse, account: string): Promise<void> {
    const known = accounts.has(account);
    if (known && request.method !== 'POST') {
      await answer(request, response, clock, 405, { allow: 'POST' });
      return;
    }
    const outcome = known ? await take(request, response, account) : 'unknown_account';
    options.onOutcome?.(outcome, known ? account : null);
    if (known) tell(account, troubles[outcome]);
    if (!isRefused(outcome)) return answer(request, response, clock, 204, {});
    const { status, headers } = refusals[outcome];
    await answer(request, response, clock, status, {
      ...headers,
      ...(outcome === 'unauthorized' ? asksFor : {}),
    });
  }

  const failed = { event: 'webhook_receiver_failed', words: 'a webhook delivery could not be handled' };
  const receiver = receiverOf(log, failed, handle);
  return {
    ...receiver,
    async settle() {
      await receiver.settle();
      await store.settle();
    },
  };
}
