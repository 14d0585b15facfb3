/**
 * Takes deliveries: POST /webhooks/ACCOUNT. Answers 204 once an event is durable, and never before; what becomes of
 * it is decided by the account's owner (apply.ts). Any process may take deliveries, whoever owns the account.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../../clock.js';
import type { Database } from '../../db/database.js';
import type { Logger } from '../../log.js';
import { eventHeaders } from '../event.js';
import { answer, jsonText, withBody } from './body.js';
import { createEventStore } from './event-store.js';
import { type Receiver, receiverOf } from './receiver.js';
import { createSenderCheck } from './sender-check.js';

export type ReceiveOutcome =
  | 'stored'
  | 'unauthorized'
  | 'too_large'
  | 'invalid'
  | 'unavailable'
  | 'unknown_account';

export interface ReceiverOptions {
  db: Database;
  /** Names of the accounts that take deliveries. */
  accounts: readonly string[];
  /** `user:password` of the settings, accepted beside the credentials of registered webhooks. */
  webhookAuth?: string;
  log: Logger;
  /** Called when an event of the account has been stored. */
  onEvent?: (account: string) => void;
  onOutcome?: (outcome: ReceiveOutcome, account: string | null) => void;
  clock?: Clock;
  /** How long an event may take to be stored before the sender is asked to come again; 8 s unless given. */
  patienceMs?: number;
  /** Events that wait to be stored; 5,000 unless given. Beyond, senders are asked to come again. */
  mostWaiting?: number;
  /** Bytes of all bodies held at once; 64 MiB unless given. */
  mostBytes?: number;
}

const statuses: Record<ReceiveOutcome, number> = {
  stored: 204,
  unauthorized: 401,
  too_large: 413,
  invalid: 400,
  unavailable: 503,
  unknown_account: 404,
};

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
  const troubles = troubleLog(log);

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
    if (known) troubles(account, outcome);
    if (outcome === 'stored') options.onEvent?.(account);
    const headers: Record<string, string> = {};
    if (outcome === 'unauthorized') headers['www-authenticate'] = 'Basic realm="webhooks", charset="UTF-8"';
    if (outcome === 'unavailable') headers['retry-after'] = '5';
    await answer(request, response, clock, statuses[outcome], headers);
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

/** One line when something begins to go wrong for an account, one when it is over. */
function troubleLog(log: Logger): (account: string, outcome: ReceiveOutcome) => void {
  const current = new Map<string, ReceiveOutcome>();
  const lines: Partial<Record<ReceiveOutcome, [event: string, words: string]>> = {
    unauthorized: ['webhook_unauthorized', 'a webhook delivery had wrong credentials or none'],
    invalid: ['webhook_unreadable', 'a webhook delivery was refused: its body is no JSON, or broke off'],
    too_large: ['webhook_too_large', 'a webhook delivery was refused: its body is longer than 1 MiB'],
    unavailable: [
      'webhook_not_stored',
      'a webhook event could not be stored; its sender was asked to send it again',
    ],
  };
  return (account, outcome) => {
    const trouble = current.get(account);
    if (outcome === 'stored') {
      if (trouble === undefined) return;
      current.delete(account);
      log.info({ event: 'webhook_stored_again', account }, 'webhook events are stored again');
      return;
    }
    const line = lines[outcome];
    if (line === undefined || trouble === outcome) return;
    current.set(account, outcome);
    log.warn({ event: line[0], account }, line[1]);
  };
}
