/** What the receiver answers, and that 204 means stored. */
import { createHash } from 'node:crypto';
import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../src/db/database.js';
import { openTestMirror, type TestMirror } from '../../support/backfill-in-process.js';
import { briskClock } from '../../support/hasty-clock.js';
import { basic, type Listening, listen } from './fixture.js';

const auth = 'spark:a password: with colons';
const body = '{"uuid":"0e0e0e0e-0000-4000-8000-000000000001"}';

let mirror: TestMirror;
beforeAll(async () => {
  mirror = await openTestMirror();
});
afterAll(() => mirror.close());
beforeEach(() => mirror.rows('truncate sync.webhook_events, sync.webhooks'));

interface Sent {
  method?: string;
  account?: string;
  authorization?: string | null;
  headers?: Record<string, string>;
  body?: string | Buffer | null;
  agent?: Agent;
}

/** @returns the status and the headers of the answer */
function send(to: Listening, sent: Sent = {}) {
  const authorization = sent.authorization === undefined ? basic(auth) : sent.authorization;
  const payload = sent.body === null ? undefined : Buffer.from(sent.body ?? body);
  return new Promise<{ status: number; headers: Record<string, unknown> }>((resolve, reject) => {
    const request = httpRequest(
      `${to.origin}/webhooks/${encodeURIComponent(sent.account ?? 'default')}`,
      {
        method: sent.method ?? 'POST',
        agent: sent.agent,
        headers: {
          'content-type': 'application/json',
          ...(payload ? { 'content-length': payload.length } : {}),
          ...(authorization === null ? {} : { authorization }),
          ...sent.headers,
        },
      },
      (response) => {
        response.resume();
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers }));
      },
    );
    request.on('error', reject);
    request.end(payload);
  });
}

const status = async (to: Listening, sent?: Sent) => (await send(to, sent)).status;
const stored = () =>
  mirror.rows<{ account: string; event: string; payload_type: string; webhook_uuid: string; body: string }>(
    'select account, event, payload_type, webhook_uuid, body from sync.webhook_events order by id',
  );
const withSetting = () => listen({ db: mirror.db, webhookAuth: auth });
const known = (credentials: string, ended = false) =>
  mirror.rows(
    `insert into sync.webhooks (token, url, auth_hash, ended_at)
     values (gen_random_uuid()::text, 'https://sync.example.com', $1, case when $2 then now() end)`,
    [`sha256:${createHash('sha256').update(credentials).digest('hex')}`, ended],
  );

describe('a delivery', () => {
  it('is stored as it came and answered with 204', async () => {
    const to = await listen({ db: mirror.db, webhookAuth: auth, accounts: ['default', 'Zweite AG/1'] });
    const headers = {
      'X-SparkHire-Event': 'JobUpdated',
      'X-SparkHire-Payload': 'Job Post',
      'X-SparkHire-Webhook-UUID': 'the-webhook',
    };
    const text = '{ "title": "Müller \\u0000 \\ud800", "n": 1.50 }\n';
    expect(await status(to, { headers, body: text, account: 'default' })).toBe(204);
    expect(await stored()).toEqual([
      {
        account: 'default',
        event: 'JobUpdated',
        payload_type: 'Job Post',
        webhook_uuid: 'the-webhook',
        body: text,
      },
    ]);
    expect(to.outcomes).toEqual(['stored']);
  });

  it('of an event nobody knows, or without any header, is stored all the same', async () => {
    const to = await withSetting();
    expect(await status(to, { headers: { 'X-SparkHire-Event': 'CompanyMoved' } })).toBe(204);
    for (const text of ['null', '12', '"text"', '[]', '{}'])
      expect(await status(to, { body: text })).toBe(204);
    expect((await stored()).map((row) => row.event)).toEqual(['CompanyMoved', null, null, null, null, null]);
  });

  it('for an account that is not configured is answered with 404, and not read', async () => {
    const to = await withSetting();
    expect(await status(to, { account: 'nobody' })).toBe(404);
    expect(await status(to, { account: '', authorization: null })).toBe(404);
    expect(to.outcomes).toEqual(['unknown_account', 'unknown_account']);
    expect(await stored()).toEqual([]);
  });

  it.each(['GET', 'PUT', 'DELETE', 'HEAD'])('by %s is answered with 405', async (method) => {
    const to = await withSetting();
    const answer = await send(to, { method, body: null });
    expect(answer).toMatchObject({ status: 405, headers: { allow: 'POST' } });
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['half of it', '{"a":'],
    ['a control character', '{"a":"\u0001"}'],
    ['a raw NUL', '{"a":"\u0000"}'],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22])],
  ])('with %s for a body is answered with 400', async (_, content) => {
    const to = await withSetting();
    expect(await status(to, { body: content })).toBe(400);
    expect(to.outcomes).toEqual(['invalid']);
    expect(await stored()).toEqual([]);
    // The connection and the receiver go on.
    expect(await status(to)).toBe(204);
  });
});

describe('the size of a body', () => {
  const mebibyte = 1_048_576;
  const sized = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;

  it('may be 1 MiB and not a byte more', async () => {
    const to = await withSetting();
    expect(await status(to, { body: sized(mebibyte) })).toBe(204);
    expect(await status(to, { body: sized(mebibyte + 1) })).toBe(413);
    expect(to.outcomes).toEqual(['stored', 'too_large']);
    expect((await stored()).map((row) => row.body.length)).toEqual([mebibyte]);
  });

  it.each([
    ['says so beforehand', 'Content-Length: 1000000000'],
    ['does not say so', 'Transfer-Encoding: chunked'],
  ])('is limited where its sender %s: nobody reads on', async (_, header) => {
    const to = await withSetting();
    const { port } = new URL(to.origin);
    const socket = connect(Number(port), '127.0.0.1');
    let written = 0;
    let answer = '';
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('error', () => {});
    socket.write(
      `POST /webhooks/default HTTP/1.1\r\nHost: x\r\nAuthorization: ${basic(auth)}\r\n${header}\r\n\r\n`,
    );
    const chunk = `${header.startsWith('Transfer') ? '10000\r\n' : ''}${'x'.repeat(65_536)}\r\n`;
    const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    const write = () => {
      while (!socket.destroyed && written < 200 * mebibyte) {
        written += chunk.length;
        if (!socket.write(chunk)) return;
      }
    };
    socket.on('drain', write);
    write();
    await ended;
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(written).toBeLessThan(50 * mebibyte);
    expect(await stored()).toEqual([]);
  });
});

describe('credentials', () => {
  const wrong: Array<[string, string | null]> = [
    ['missing', null],
    ['empty', 'Basic '],
    ['of another kind', 'Bearer abcdef'],
    ['wrong', basic('spark:no')],
    ['a part of the right ones', basic(auth.slice(0, -1))],
    ['longer than the right ones', basic(`${auth}x`)],
    ['no base64', 'Basic %%%'],
  ];

  it.each(wrong)('that are %s are answered with 401', async (_, authorization) => {
    const to = await withSetting();
    const answer = await send(to, { authorization });
    expect(answer).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': expect.stringMatching(/^Basic realm=/) },
    });
    expect(to.outcomes).toEqual(['unauthorized']);
    expect(await stored()).toEqual([]);
  });

  it('are asked for even where nothing is registered', async () => {
    const to = await listen({ db: mirror.db });
    expect(await status(to, { authorization: null })).toBe(401);
    expect(await status(to)).toBe(401);
  });

  it('of every webhook that has not ended are accepted, however Basic is spelled', async () => {
    await known('sparkhire-sync:one');
    await known('sparkhire-sync:two');
    await known('sparkhire-sync:ended', true);
    const to = await listen({ db: mirror.db, clock: briskClock });
    expect(await status(to, { authorization: basic('sparkhire-sync:one') })).toBe(204);
    expect(await status(to, { authorization: basic('sparkhire-sync:two').replace('Basic', 'basic') })).toBe(
      204,
    );
    expect(await status(to, { authorization: basic('sparkhire-sync:ended') })).toBe(401);
  });

  it('made by another process are accepted at once, also right after wrong ones', async () => {
    const to = await listen({ db: mirror.db, clock: briskClock });
    expect(await status(to)).toBe(401);
    await known('sparkhire-sync:fresh');
    expect(await status(to, { authorization: basic('sparkhire-sync:fresh') })).toBe(204);
  });

  it('are looked up at most once a second, however many wrong ones come', async () => {
    await known('sparkhire-sync:right');
    const statements: string[] = [];
    const pool = openDatabase(mirror.url);
    const original = pool.client.acquireConnection.bind(pool.client);
    pool.client.acquireConnection = async () => {
      const connection = await original();
      statements.push('one');
      return connection;
    };
    const to = await listen({ db: pool });
    const started = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, n) => status(to, { authorization: basic(`guess:${n}`) })),
    );
    expect(new Set(answers)).toEqual(new Set([401]));
    expect(statements.length).toBeLessThanOrEqual(2 + Math.floor((performance.now() - started) / 1000));
    await pool.destroy();
  });

  it('and keys are neither logged nor kept', async () => {
    await known('sparkhire-sync:very-secret');
    const to = await listen({ db: mirror.db, clock: briskClock });
    await send(to, { authorization: basic('sparkhire-sync:very-secret') });
    await send(to, { authorization: basic('wrong:another-secret') });
    const kept = await mirror.rows(
      'select to_jsonb(e) from sync.webhook_events e union all select to_jsonb(w) from sync.webhooks w',
    );
    const everything = JSON.stringify(kept) + to.logged();
    expect(to.logged()).toContain('webhook_unauthorized');
    for (const secret of ['very-secret', 'another-secret']) {
      expect(everything).not.toContain(secret);
      expect(everything).not.toContain(Buffer.from(`wrong:${secret}`).toString('base64'));
      expect(everything).not.toContain(Buffer.from(`sparkhire-sync:${secret}`).toString('base64'));
    }
  });
});

describe('204', () => {
  /** Runs `work` while nobody can write events. */
  async function whileLocked(work: () => Promise<void>): Promise<void> {
    const client = await mirror.client.connect();
    await client.query('begin');
    await client.query('lock table sync.webhook_events in share mode');
    await work();
    await client.query('commit');
    client.release();
  }
  const waitingStatements = () =>
    mirror.rows(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
       and query like '%webhook_events%'`,
    );
  async function until(condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  it('is sent once the event is durable and not before; what comes meanwhile is stored together', async () => {
    const to = await listen({ db: mirror.db, webhookAuth: auth });
    const answers: number[] = [];
    const agent = new Agent({ keepAlive: true, maxSockets: 200 });
    let sending: Promise<unknown> = Promise.resolve();
    await whileLocked(async () => {
      const first = send(to, { agent }).then(({ status }) => answers.push(status));
      await until(async () => (await waitingStatements()).length === 1);
      const others = Array.from({ length: 199 }, () =>
        send(to, { agent }).then(({ status }) => answers.push(status)),
      );
      sending = Promise.all([first, ...others]);
      // All of them have been read: only their statements are missing.
      await until(async () => (await connections(to)) === 200);
      expect(answers).toEqual([]);
      expect(await waitingStatements()).toHaveLength(1);
    });
    await sending;
    agent.destroy();
    expect(answers).toEqual(Array(200).fill(204));
    const [row] = await mirror.rows<{ events: number; statements: number }>(
      'select count(*)::int as events, count(distinct xmin::text)::int as statements from sync.webhook_events',
    );
    expect(row!.events).toBe(200);
    expect(row!.statements).toBeLessThan(10);
  });

  const connections = (to: Listening) =>
    new Promise<number>((resolve) => to.server.getConnections((_, count) => resolve(count)));

  it('is not sent when the database takes too long: 503, and the sender comes again', async () => {
    const to = await listen({ db: mirror.db, webhookAuth: auth, patienceMs: 300 });
    await whileLocked(async () => {
      expect(await send(to)).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    });
    expect(to.outcomes).toEqual(['unavailable']);
    await to.receiver.settle();
    expect(await status(to)).toBe(204);
    expect(to.logged()).toContain('webhook_not_stored');
    expect(to.logged()).toContain('webhook_stored_again');
  });

  it('is not sent for those that wait behind a statement that hangs, and they are let go', async () => {
    const to = await listen({ db: mirror.db, webhookAuth: auth, patienceMs: 400, mostWaiting: 20 });
    await whileLocked(async () => {
      const first = status(to, { body: '"first"' });
      await until(async () => (await waitingStatements()).length === 1);
      const others = await Promise.all(Array.from({ length: 15 }, () => status(to, { body: '"behind"' })));
      expect(new Set([await first, ...others])).toEqual(new Set([503]));
      // There is room again for as many.
      const more = await Promise.all(Array.from({ length: 15 }, () => status(to, { body: '"more"' })));
      expect(new Set(more)).toEqual(new Set([503]));
    });
    await to.receiver.settle();
    // What was under way may be there, whatever was said.
    expect((await stored()).map((row) => row.body)).toEqual(['"first"']);
  });

  it('is not sent when too many wait', async () => {
    const to = await listen({ db: mirror.db, webhookAuth: auth, mostWaiting: 2 });
    let two: Promise<number[]> = Promise.resolve([]);
    await whileLocked(async () => {
      two = Promise.all([status(to), status(to)]);
      let third = 0;
      await until(async () => (await waitingStatements()).length === 1);
      await until(async () => {
        third = await Promise.race([
          status(to),
          new Promise<number>((resolve) => setTimeout(() => resolve(0), 500)),
        ]);
        return third === 503;
      });
    });
    expect(await two).toEqual([204, 204]);
  });

  it('is not sent while the database is away, credentials known or not', async () => {
    const nowhere = openDatabase('postgres://nobody@127.0.0.1:9/nothing');
    const known = await listen({ db: nowhere, webhookAuth: auth, patienceMs: 300 });
    expect(await status(known)).toBe(503);
    const unknown = await listen({ db: nowhere, patienceMs: 300 });
    expect(await status(unknown)).toBe(503);
    expect(await status(unknown, { authorization: null })).toBe(401);
    await nowhere.destroy();
  });

  it('is sent when the database is back in time', async () => {
    const to = await withSetting();
    expect(await status(to)).toBe(204);
    await mirror.rows(
      `select pg_terminate_backend(pid, 10000) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
    expect(await status(to)).toBe(204);
    expect(await stored()).toHaveLength(2);
  });

  it('settle waits for the deliveries that were begun', async () => {
    const to = await withSetting();
    let answer: Promise<number> = Promise.resolve(0);
    let settled: Promise<void> = Promise.resolve();
    await whileLocked(async () => {
      answer = status(to);
      await until(async () => (await waitingStatements()).length === 1);
      settled = to.receiver.settle();
    });
    await settled;
    expect(to.outcomes).toEqual(['stored']);
    expect(await stored()).toHaveLength(1);
    expect(await answer).toBe(204);
  });

  it('comes for each of 3,000 in a burst, and none is lost', async () => {
    const to = await withSetting();
    const agent = new Agent({ keepAlive: true, maxSockets: 100 });
    const answers = await Promise.all(
      Array.from({ length: 3000 }, (_, n) => status(to, { agent, body: JSON.stringify({ n }) })),
    );
    agent.destroy();
    expect(answers.filter((one) => one !== 204)).toEqual([]);
    const [row] = await mirror.rows<{ n: number; statements: number }>(
      `select count(distinct body)::int as n, count(distinct xmin::text)::int as statements
       from sync.webhook_events`,
    );
    expect(row!.n).toBe(3000);
    expect(row!.statements).toBeLessThan(1500);
  });
});
