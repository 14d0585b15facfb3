/** The last word before a request leaves: `beforeSend` and `mayLeave`. */
import { afterEach, describe, expect, it } from 'vitest';
import { ApiError, createClient, createLimiter } from '../../../src/sparkhire/client.js';
import { type RawAnswer, startRawServer } from '../../support/raw-server.js';

const user = { uuid: '11111111-0000-4000-8000-000000000000', name: 'Ada Byron' };
const person = { name: 'Ada Byron', email: 'ada@example.org', role: 'standard' as const };

let open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open) await one.close();
  open = [];
});

async function connect(answers: RawAnswer[], limit = 1000, windowMs = 60_000) {
  const server = await startRawServer((_, before) => answers[Math.min(before, answers.length - 1)]!);
  const limiter = createLimiter({ limit, windowMs });
  const retry = { baseMs: 2, capMs: 4, rateLimitedBaseMs: 2, rateLimitedCapMs: 4 };
  const client = createClient({ baseUrl: server.url, key: 'opaque-key-1', limiter, retry });
  open.push(client, server, { close: async () => limiter.stop() });
  return { client, server, limiter };
}

const failure = (call: Promise<unknown>) =>
  call.then(
    () => expect.unreachable('it should have failed'),
    (error: ApiError) => error,
  );

describe('beforeSend', () => {
  it('is awaited before each attempt, with its number', async () => {
    const { client, server } = await connect([{ status: 429 }, { status: 429 }, { status: 201, body: user }]);
    const seen: string[] = [];
    await client.users.create(person, {
      beforeSend: async (attempt) => {
        await Promise.resolve();
        seen.push(`${attempt} after ${server.requests.length} requests`);
      },
    });
    expect(seen).toEqual(['1 after 0 requests', '2 after 1 requests', '3 after 2 requests']);
  });

  it('that rejects keeps the request here: nothing is sent, and its error is the cause', async () => {
    const { client, server, limiter } = await connect([{ status: 201, body: user }]);
    const objection = new Error('the lock is gone');
    const error = await failure(client.users.create(person, { beforeSend: () => Promise.reject(objection) }));
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: 'ABORTED', outcome: 'not_sent', cause: objection });
    expect(server.requests).toEqual([]);
    expect(limiter.stats().running).toBe(0);
  });

  it('that rejects a repetition does not undo what the attempt before may have done', async () => {
    const { client, server } = await connect(['reset']);
    const error = await failure(
      client.users.update(
        user.uuid,
        { name: 'Ada' },
        { beforeSend: async (attempt) => expect(attempt).toBe(1) },
      ),
    );
    expect(error).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    expect(server.requests).toHaveLength(1);
  });

  it('is asked when it is the turn of the request, not while it waits for the rate limit', async () => {
    const { client, server } = await connect([{ status: 200, body: user }], 1, 150);
    const asked: number[] = [];
    const call = () =>
      client.users.get(user.uuid, { beforeSend: async () => void asked.push(server.requests.length) });
    await Promise.all([call(), call(), call()]);
    expect(asked).toEqual([0, 1, 2]);
  });
});

describe('mayLeave', () => {
  it.each(['POST', 'GET'])('is asked once a %s has its connection; false keeps it here', async (method) => {
    const { client, server } = await connect([{ status: 201, body: user }]);
    const order: string[] = [];
    const options = {
      beforeSend: async () => void order.push('beforeSend'),
      mayLeave: () => order.push('mayLeave') === 0,
    };
    const error = await failure(
      method === 'POST' ? client.users.create(person, options) : client.users.get(user.uuid, options),
    );
    expect(error).toMatchObject({ code: 'ABORTED', outcome: 'not_sent' });
    expect(order).toEqual(['beforeSend', 'mayLeave']);
    expect(server.requests).toEqual([]);
    // The connection is none the worse for it.
    expect((await client.users.get(user.uuid, { mayLeave: () => true })).value.name).toBe('Ada Byron');
  });
});
