/**
 * Takes deliveries: POST /webhooks/ACCOUNT. Answers 204 once an event is durable, and never before; what becomes of
 * it is decided by the account's owner (apply.ts). Any process may take deliveries, whoever owns the account.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../clock.js';
import type { Database } from '../db/database.js';
import type { Logger } from '../log.js';
import { eventHeaders } from './event.js';
import { createEventStore } from './event-store.js';
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

export interface Receiver {
  handle(request: IncomingMessage, response: ServerResponse, account: string): Promise<void>;
  /** Resolves once every delivery that was begun has its answer. */
  settle(): Promise<void>;
}

const longestBody = 1_048_576;
/** Of a body that is not wanted, so much is let by: cut off while sending, a sender may never see its answer. */
const letBy = 1_048_576;
const letByMs = 1000;
/** Bodies come in one go; who sends one in drops is not waited for. */
const bodyMs = 10_000;

const statuses: Record<ReceiveOutcome, number> = {
  stored: 204,
  unauthorized: 401,
  too_large: 413,
  invalid: 400,
  unavailable: 503,
  unknown_account: 404,
};

export function createReceiver(options: ReceiverOptions): Receiver {
  const { db, log, clock = systemClock, mostBytes = 64 * 1_048_576 } = options;
  const accounts = new Set(options.accounts);
  const check = createSenderCheck({ db, clock, webhookAuth: options.webhookAuth });
  const store = createEventStore({
    db,
    clock,
    patienceMs: options.patienceMs ?? 8000,
    mostWaiting: options.mostWaiting ?? 5000,
  });
  const troubles = troubleLog(log);
  const handling = new Set<Promise<void>>();
  let held = 0;

  async function take(
    request: IncomingMessage,
    response: ServerResponse,
    account: string,
  ): Promise<ReceiveOutcome> {
    const sender = await check(account, request.headers.authorization);
    if (sender === 'refused') return 'unauthorized';
    if (sender === 'unknown' || !store.hasRoom || held >= mostBytes) return 'unavailable';
    if (Number(request.headers['content-length'] ?? 0) > longestBody) return 'too_large';
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      const read = await readBody(request, response, clock, (chunk) => {
        length += chunk.length;
        held += chunk.length;
        if (length > longestBody) return 'too_large';
        if (held > mostBytes) return 'unavailable';
        chunks.push(chunk);
        return null;
      });
      if (read !== null) return read;
      const body = jsonText(chunks);
      if (body === null) return 'invalid';
      if (!store.hasRoom) return 'unavailable';
      const event = { account, body, ...eventHeaders(request.headers) };
      return (await store.store(event)) ? 'stored' : 'unavailable';
    } finally {
      held -= length;
    }
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

  return {
    handle(request, response, account) {
      const work = handle(request, response, account)
        .catch((error: unknown) => {
          log.error(
            { event: 'webhook_receiver_failed', account, err: error },
            'a delivery could not be handled',
          );
          response.destroy();
        })
        .finally(() => handling.delete(work));
      handling.add(work);
      return work;
    },
    async settle() {
      while (handling.size > 0) await Promise.allSettled(handling);
      await store.settle();
    },
  };
}

/** @returns null once the body is complete, else why reading was given up */
function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  clock: Clock,
  onChunk: (chunk: Buffer) => 'too_large' | 'unavailable' | null,
): Promise<'too_large' | 'unavailable' | 'invalid' | null> {
  return new Promise((resolve) => {
    const cancel = clock.after(bodyMs, () => done('invalid'), { background: true });
    const onData = (chunk: Buffer) => {
      const refused = onChunk(chunk);
      if (refused !== null) done(refused);
    };
    const onEnd = () => done(null);
    const onLost = () => done('invalid');
    function done(outcome: 'too_large' | 'unavailable' | 'invalid' | null): void {
      cancel();
      request.off('data', onData).off('end', onEnd).off('close', onLost);
      response.off('close', onLost);
      request.pause();
      resolve(outcome);
    }
    // Without a listener the error of a connection that broke would be thrown.
    request.on('error', () => {});
    request.on('data', onData).on('end', onEnd).on('close', onLost);
    response.on('close', onLost);
    if (request.destroyed) onLost();
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The body as text; null if it is no JSON in UTF-8. What PostgreSQL cannot store as text is no JSON either. */
function jsonText(chunks: readonly Buffer[]): string | null {
  try {
    const text = utf8.decode(Buffer.concat(chunks));
    JSON.parse(text);
    return text;
  } catch {
    return null;
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  clock: Clock,
  status: number,
  headers: Record<string, string>,
): Promise<void> {
  if (response.destroyed || response.headersSent) return;
  // A body that came together with its headers is known to be whole only after them.
  if (!request.complete) await new Promise<void>((resolve) => setImmediate(resolve));
  const whole = request.complete;
  response.writeHead(status, {
    ...headers,
    ...(status === 204 ? {} : { 'content-length': '0' }),
    ...(whole ? {} : { connection: 'close' }),
  });
  if (!whole) {
    response.flushHeaders();
    await letPass(request, response, clock);
  }
  response.end();
}

/** Waits for the end of a body nobody reads, but not long and not for much of it. */
function letPass(request: IncomingMessage, response: ServerResponse, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    let passed = 0;
    const cancel = clock.after(letByMs, () => resolve(), { background: true });
    const done = () => {
      cancel();
      resolve();
    };
    request.on('error', done).on('end', done).on('close', done);
    response.on('close', done);
    request.on('data', (chunk: Buffer) => {
      passed += chunk.length;
      if (passed > letBy) done();
    });
    request.resume();
  });
}

/** One line when something begins to go wrong for an account, one when it is over. */
function troubleLog(log: Logger): (account: string, outcome: ReceiveOutcome) => void {
  const current = new Map<string, ReceiveOutcome>();
  const lines: Partial<Record<ReceiveOutcome, [event: string, words: string]>> = {
    unauthorized: ['webhook_unauthorized', 'a webhook delivery had wrong credentials or none'],
    unavailable: [
      'webhook_not_stored',
      'a webhook event could not be stored; its sender was told to come again',
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
