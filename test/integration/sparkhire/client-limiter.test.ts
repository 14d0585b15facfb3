import { describe, expect, it, type TestContext } from 'vitest';
import { createClient, createLimiter } from '../../../src/sparkhire/client.js';
import { startRawServer } from '../../support/raw-server.js';

const uuid = '12345678-0000-4000-8000-000000000000';

/** A client under saturation for some windows against a real server; the times at which requests arrived. */
async function saturate(
  [limit, windowMs, windows, ledger]: readonly [number, number, number, boolean],
  { onTestFinished }: TestContext,
): Promise<number[]> {
  // Latencies that vary: what makes a limiter fail that counts from the sending.
  const server = await startRawServer((_, before) => ({ body: { uuid }, delayMs: (before * 37) % 60 }));
  const limiter = createLimiter({ limit, windowMs, ledger: ledger ? { book: async () => {} } : undefined });
  const client = createClient({ baseUrl: server.url, key: 'kq83', limiter });
  onTestFinished(async () => {
    await client.close();
    limiter.stop();
    await server.close();
  });
  const controller = new AbortController();
  const full = limit * windows;
  const calls = Array.from({ length: full + limit }, async () => {
    await client.jobs.get(uuid, { lane: 'sweep', signal: controller.signal }).catch(() => {});
    if (server.requests.length >= full) controller.abort();
  });
  await Promise.all(calls);
  return server.requests.map(({ at }) => at);
}

describe('point 1: arrivals at a real server', () => {
  it.concurrent.for([
    [40, 1000, 3, false],
    [40, 1000, 3, true],
    [5, 800, 3, false],
    [1, 500, 4, true],
  ] as const)('%i per %i ms', async (saturated, context) => {
    const [limit, windowMs] = saturated;
    const arrivals = await saturate(saturated, context);
    const closest = arrivals.slice(limit).map((at, index) => at - arrivals[index]!);
    expect(Math.min(...closest)).toBeGreaterThan(windowMs);
  });
});
