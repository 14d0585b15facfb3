/** A mirror, an emulator, a session on its account, and a receiver that listens: everything webhooks need. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { onTestFinished } from 'vitest';
import { type EmulatorOptions, startEmulator } from '#emulators/emulator/index';
import { type AccountSession, openOwnedAccount } from '../../../src/account-session.js';
import type { Account } from '../../../src/config.js';
import { createLogger } from '../../../src/log.js';
import { type ApplyOptions, type ApplyResult, applyEvents } from '../../../src/webhooks/events.js';
import { createReceiver, type ReceiverOptions } from '../../../src/webhooks/receive/deliveries.js';
import type { ReceiveOutcome } from '../../../src/webhooks/receive/refusals.js';
import type { Receiver } from '../../../src/webhooks/receive/receiver.js';
import { openTestMirror, type TestMirror } from '../../support/backfill-in-process.js';
import { hastyClock } from '../../support/hasty-clock.js';

export interface Listening {
  /** Where the receiver can be reached; accounts are under /webhooks/. */
  origin: string;
  receiver: Receiver;
  server: Server;
  outcomes: ReceiveOutcome[];
  /** Everything that was logged. */
  logged(): string;
}

/** A receiver on a free port (or `port`), closed at the end of the test. */
export async function listen(
  options: Partial<ReceiverOptions> & Pick<ReceiverOptions, 'db'>,
  port = 0,
): Promise<Listening> {
  const outcomes: ReceiveOutcome[] = [];
  const lines = new PassThrough();
  let text = '';
  lines.on('data', (chunk) => {
    text += chunk;
  });
  const receiver = createReceiver({
    accounts: ['default'],
    log: createLogger({ level: 'trace', destination: lines }),
    onOutcome: (outcome) => outcomes.push(outcome),
    ...options,
  });
  const server = createServer((request, response) => {
    const [, area, account = ''] = (request.url ?? '').split('/');
    if (area !== 'webhooks') response.writeHead(404).end();
    else void receiver.handle(request, response, decodeURIComponent(account));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    receiver,
    server,
    outcomes,
    logged: () => text,
  };
}

export const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`;

export interface Stage {
  mirror: TestMirror;
  emulator: Awaited<ReturnType<typeof startEmulator>>;
  session: AccountSession;
  /** Another session on the same account, as after a restart. */
  restart(): Promise<AccountSession>;
  apply(options?: ApplyOptions): Promise<ApplyResult>;
  /** Puts an event where the receiver would have put it. @returns its id */
  deliver(event: string | null, payloadType: string | null, body: unknown): Promise<string>;
  /** Registers a webhook of the emulator's and has all deliveries stored. */
  connect(): Promise<Listening>;
  events(): Promise<
    Array<{ event: string; state: string; outcome: string | null; object_uuid: string | null }>
  >;
}

export async function stage(options: EmulatorOptions = {}, over: Partial<Account> = {}): Promise<Stage> {
  const mirror = await openTestMirror();
  onTestFinished(() => mirror.close());
  const emulator = await startEmulator({
    users: 4,
    jobs: 6,
    interviews: 20,
    rateLimit: 1_000_000,
    ...options,
  });
  onTestFinished(() => emulator.close());
  async function open(): Promise<AccountSession> {
    const account = {
      name: 'default',
      apiKey: emulator.adminKey,
      baseUrl: emulator.url,
      rateLimit: 1_000_000,
      rateWindowMs: 60_000,
      pageSize: 100,
      requestTimeoutMs: 5000,
      ...over,
    };
    const owned = await openOwnedAccount({
      fence: async () => {},
      account,
      clock: hastyClock(account.requestTimeoutMs),
      db: mirror.db,
      log: createLogger({ level: 'silent' }),
      signal: new AbortController().signal,
    });
    onTestFinished(() => owned.close());
    return owned.session();
  }
  const session = await open();
  return {
    mirror,
    emulator,
    session,
    restart: open,
    apply: (applyOptions) => applyEvents(session, applyOptions),
    async deliver(event, payloadType, body) {
      const [row] = await mirror.rows<{ id: string }>(
        `insert into sync.webhook_events (event, payload_type, body) values ($1, $2, $3) returning id`,
        [event, payloadType, typeof body === 'string' ? body : JSON.stringify(body)],
      );
      return row!.id;
    },
    async connect() {
      const listening = await listen({ db: mirror.db, webhookAuth: 'stage:secret' });
      await session.client.webhooks.create({
        description: 'stage',
        url: `${listening.origin}/webhooks/default`,
        http_auth: 'stage:secret',
      });
      return listening;
    },
    events: () =>
      mirror.rows('select event, state, outcome, object_uuid from sync.webhook_events order by id'),
  };
}
