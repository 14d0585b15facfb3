/** `sparkhire-sync backfill` stopped wherever it waits, and two of them side by side. */
import { expect, it } from 'vitest';
import type { FaultEffect } from '#emulators/emulator/index';
import { fullestWindow, openScene } from '../../support/scene.js';

const size = { jobs: 8, interviews: 90, shareLinks: 4 };
const stopped = [1, { account: 'default', ok: false, error: { code: 'ABORTED' } }];

it.concurrent.for<[string, FaultEffect, RegExp]>([
  ['an answer', { kind: 'hang', when: 'before' }, /jobs details/],
  ['a repetition', { kind: 'status', status: 500 }, /request is repeated/],
  ['the rate limit', { kind: 'rate-limited', retryAfter: 60 }, /request is repeated/],
])('a backfill that waits for %s ends with a signal', async ([, effect, waits], { onTestFinished }) => {
  const scene = await openScene(onTestFinished, size);
  scene.emulator.faults.add({ path: '/jobs/.', effect });
  const backfill = scene.command(['backfill', '--json'], { LOG_LEVEL: 'debug' });
  await backfill.waitForLine(waits);
  backfill.kill('SIGTERM');
  const { code, json } = await backfill.ended;
  expect([code, json]).toMatchObject(stopped);
});

it.concurrent('a backfill that waits for another process ends with a signal', async ({ onTestFinished }) => {
  const scene = await openScene(onTestFinished, size);
  scene.emulator.faults.add({ path: '/jobs/.', effect: { kind: 'hang', when: 'before' } });
  const owner = scene.command(['backfill', '--json']);
  await owner.waitForLine(/jobs details/);
  await scene.rows(`insert into sync.intents (account, resource, ats_id, action, state, sent_at, look_at, fingerprint)
    values ('default', 'interviews', 'I-7', 'create', 'unknown', now(), now(), 'f')`);
  const waiting = scene.command(['backfill', '--json']);
  const line = await waiting.waitForLine(/another process works on this account/);
  expect(line).toMatch(
    /waiting until it is done\. The answer to a write was lost \(interview I-7\): .* 65 seconds /,
  );
  for (const program of [waiting, owner]) {
    program.kill('SIGTERM');
    const { code, json } = await program.ended;
    expect([code, json]).toMatchObject(stopped);
  }
});

it.concurrent('of two backfills side by side one waits for the other, and the rate limit holds', async ({
  onTestFinished,
}) => {
  const scene = await openScene(onTestFinished, { ...size, rateLimit: 60, rateWindowSeconds: 1 });
  const limited = { SPARKHIRE_RATE_LIMIT: '60', SPARKHIRE_RATE_WINDOW_SECONDS: '1' };
  const programs = [0, 1].map(() => scene.command(['backfill', '--json'], limited));
  const results = await Promise.all(programs.map((program) => program.ended));
  for (const { code, json } of results) {
    expect(code).toBe(0);
    expect(json).toMatchObject({ ok: true, complete: true, rateLimited: 0 });
  }
  expect(fullestWindow(scene.arrivals(), 1000)).toBeLessThanOrEqual(60);
  // The second found everything done, and read the listings only.
  const created = results.map(({ json }) => {
    const { resources } = json as { resources: { interviews: { created: number } } };
    return resources.interviews.created;
  });
  expect(created.sort((a, b) => a - b)).toEqual([0, 90]);
  const runs = await scene.rows<{ started_at: Date; finished_at: Date }>(
    'select started_at, finished_at from sync.runs where resource is null order by started_at',
  );
  expect(runs[1]!.started_at >= runs[0]!.finished_at).toBe(true);
  expect(await scene.wrong()).toEqual([]);
});
