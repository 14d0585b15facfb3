/**
 * Spark Hire is away, refuses the key, or fails in one place: the service waits, says so once, and catches up.
 * @module-tag rare
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FaultEffect } from '#emulators/emulator/index';
import { defaultRetryPolicy } from '../../../src/sparkhire/retry.js';
import { complaints, openScene, type Scene } from '../../support/scene.js';
import { eventually, type RunningService } from '../../support/service.js';

// A request that failed is repeated at once: none of this is about the time between.
const policy = { ...defaultRetryPolicy };
beforeAll(() => void Object.assign(defaultRetryPolicy, { baseMs: 1 }));
afterAll(() => void Object.assign(defaultRetryPolicy, policy));

interface Failing {
  activity: string;
  failures: number;
  error_code: string | null;
  waits: boolean;
}

const failing = (scene: Scene) =>
  scene.rows<Failing>(
    `select activity, failures, error_code, retry_at > clock_timestamp() as waits
     from sync.activities where failures > 0 order by 1`,
  );

const nothingDeleted = async (scene: Scene) => {
  for (const table of [
    'users',
    'jobs',
    'interviews',
    'interview_questions',
    'share_links',
    'question_sets',
  ]) {
    const rows = await scene.rows(`select uuid from sparkhire.${table} where deleted_at is not null`);
    expect(rows, table).toEqual([]);
  }
  expect(await scene.rows('select * from sync.conflicts')).toEqual([]);
};

const events = (service: RunningService, name: string) =>
  service.lines().filter(({ event }) => event === name);

const stale = 'http:\n  staleSeconds: 3\n';

/** As after hours, with the next try some seconds off; and starts the service again, which keeps to that. */
async function restartQuietly(scene: Scene): Promise<RunningService> {
  await scene.rows(
    `update sync.activities set failures = 1, failing_since = clock_timestamp() - interval '3 h',
       retry_at = clock_timestamp() + interval '3 s' where failures > 0`,
  );
  const [due] = await scene.rows<{ ms: number }>(
    `select (extract(epoch from min(retry_at)) * 1000)::float8 as ms from sync.activities`,
  );
  scene.emulator.requests.length = 0;
  const first = new Promise<number>((resolve) => scene.emulator.onRequest(({ at }) => resolve(at)));
  const service = await scene.start({ SPARKHIRE_REQUEST_TIMEOUT_SECONDS: '0.3' }, stale);
  // A timer may be a millisecond early.
  expect(await first).toBeGreaterThan(due!.ms - 10);
  return service;
}

describe.concurrent('Spark Hire', () => {
  it('is away in every way at once, for hours', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const { emulator } = scene;
    const first = await scene.start({ SPARKHIRE_REQUEST_TIMEOUT_SECONDS: '0.3' }, stale);
    await scene.onlyTicks();
    const effects: FaultEffect[] = [
      { kind: 'hang', when: 'before' },
      { kind: 'html' },
      { kind: 'reset', when: 'before' },
      { kind: 'status', status: 503, body: 'html' },
    ];
    for (const [index, effect] of effects.entries()) {
      emulator.faults.add({ effect, every: effects.length - index });
    }
    emulator.act.addInterview({});
    await eventually(async () => {
      expect(await failing(scene)).toContainEqual(
        expect.objectContaining({
          activity: 'tick',
          waits: true,
          error_code: expect.stringMatching(/^(REMOTE|ANSWER)/),
        }),
      );
    });
    await eventually(async () =>
      expect(await first.get('/readyz')).toMatchObject({
        status: 503,
        json: { reasons: [expect.stringMatching(/no successful tick for .*it has been failing for/)] },
      }),
    );
    expect((await first.get('/healthz')).status).toBe(200);
    // However many requests failed, and in however many ways.
    expect(new Set(complaints(first)).size).toBe(complaints(first).length);
    expect(complaints(first).length).toBeLessThan(12);
    await first.stop();

    const second = await restartQuietly(scene);
    emulator.faults.clear();
    await scene.isTrue();
    await eventually(() => expect(events(second, 'activity_recovered')).toHaveLength(1));
    await eventually(async () => expect((await second.get('/readyz')).status).toBe(200));
    await eventually(async () => expect(await failing(scene)).toEqual([]));
    expect(complaints(second)).toEqual([]);
    await nothingDeleted(scene);
  });

  it('refuses the key', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const { emulator } = scene;
    const first = await scene.start({}, stale);
    // What else were under way would be refused, and complain, as well.
    await scene.onlyTicks();
    emulator.faults.add({ effect: { kind: 'status', status: 401 } });
    emulator.act.addInterview({});
    await eventually(async () => {
      const [only, ...others] = await failing(scene);
      expect([only, others]).toMatchObject([
        { activity: 'tick', error_code: 'KEY_REFUSED', waits: true },
        [],
      ]);
      expect(only!.failures).toBeGreaterThan(2);
    });
    await eventually(async () => expect((await first.get('/readyz')).body).toContain('KEY_REFUSED'));
    expect(complaints(first)).toEqual(['activity_failed tick KEY_REFUSED']);
    await first.stop();
    const second = await restartQuietly(scene);
    // It is known to fail: nothing is said of it again.
    await eventually(async () => expect((await failing(scene))[0]!.failures).toBeGreaterThan(1));
    expect(complaints(second)).toEqual([]);
    emulator.faults.clear();
    await scene.isTrue();
    await eventually(() => expect(events(second, 'activity_recovered')).toHaveLength(1));
    await nothingDeleted(scene);
  });

  it('fails with one listing only', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const { emulator } = scene;
    const service = await scene.start();
    await scene.onlyTicks();
    const before = await scene.rows(
      "select watermark from sync.checkpoints where resource = 'jobs' and kind = 'incremental'",
    );
    emulator.faults.add({ path: '/jobs\\?', effect: { kind: 'status', status: 500 } });
    const job = emulator.act.addJob({ title: 'Unseen for now', status: 'inactive' });
    const interview = emulator.act.addInterview({});
    const user = [...emulator.state.users.values()][1]!;
    emulator.act.editUser(user.uuid, { name: 'Renamed Meanwhile' });
    await eventually(async () => {
      expect(
        await scene.rows('select uuid from sparkhire.interviews where uuid = $1', [interview.uuid]),
      ).toHaveLength(1);
      expect(
        await scene.rows('select uuid from sparkhire.users where name = $1', ['Renamed Meanwhile']),
      ).toHaveLength(1);
    });
    await eventually(async () =>
      expect(await failing(scene)).toMatchObject([{ activity: 'tick', error_code: 'REMOTE_FAILED' }]),
    );
    // The others have their turn in each try.
    const another = emulator.act.addInterview({});
    await eventually(async () => {
      expect(
        await scene.rows('select uuid from sparkhire.interviews where uuid = $1', [another.uuid]),
      ).toHaveLength(1);
    });
    expect(
      await scene.rows(
        "select watermark from sync.checkpoints where resource = 'jobs' and kind = 'incremental'",
      ),
    ).toEqual(before);
    expect(await scene.rows('select uuid from sparkhire.jobs where uuid = $1', [job.uuid])).toEqual([]);
    emulator.faults.clear();
    await scene.isTrue();
    expect(complaints(service)).toEqual([
      'tick_part_failed jobs REMOTE_FAILED',
      'activity_failed tick REMOTE_FAILED',
    ]);
    await eventually(() => expect(events(service, 'activity_recovered')).toHaveLength(1));
    expect((await service.stop()).code).toBe(0);
  });
});
