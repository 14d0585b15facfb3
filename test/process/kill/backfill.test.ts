/** `sparkhire-sync backfill` killed and stopped: what it has done stays done. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fullestWindow, openScene, type Scene, type SceneOptions } from '../../support/scene.js';

type OnFinished = Parameters<typeof openScene>[0];

async function stage(onFinished: OnFinished, options: SceneOptions = {}) {
  const scene = await openScene(onFinished, { jobs: 8, interviews: 90, shareLinks: 4, ...options });
  const { emulator } = scene;
  return {
    scene,
    emulator,
    /** Runs it as a process, which gets the signal when its nth request arrives at Spark Hire. */
    async backfillUntil(nth: number, signal: NodeJS.Signals, more = {}) {
      const program = scene.process(['backfill', '--json'], { ...small, ...more });
      let arrived = 0;
      let commandLine = '';
      const off = emulator.onRequest(() => {
        if (++arrived !== nth) return;
        commandLine = readFileSync(`/proc/${program.child.pid}/cmdline`, 'utf8');
        program.kill(signal);
      });
      const result = await program.ended;
      off();
      return { ...result, commandLine };
    },
    backfill: (more = {}, ...args: string[]) =>
      scene.command(['backfill', '--json', ...args], { ...small, ...more }).ended,
    paths: () => emulator.requests.map(({ path, query }) => `${path.slice(5)}${query && `?${query}`}`),
  };
}

const small = { SPARKHIRE_PAGE_SIZE: '10' };

interface Reached {
  done: string[];
  details: string[];
  pages: Record<string, number>;
}

/** What is committed: finished resources, single objects, and how far each listing was walked. */
async function reached({ rows }: Scene): Promise<Reached> {
  const checkpoints = await rows<{ resource: string; position: { done?: object; state?: { next: number } } }>(
    'select resource, position from sync.checkpoints where position is not null',
  );
  const details = await rows<{ uuid: string }>(
    `select uuid from sparkhire.jobs where not details_due
     union all select uuid from sparkhire.interviews where not details_due
     union all select uuid from sparkhire.share_links where not details_due`,
  );
  return {
    done: checkpoints.flatMap(({ position }) => Object.keys(position.done ?? {})),
    details: details.map(({ uuid }) => uuid),
    pages: Object.fromEntries(
      checkpoints.flatMap(({ resource, position }) =>
        position.state ? [[resource, position.state.next]] : [],
      ),
    ),
  };
}

describe.concurrent('a backfill', () => {
  it('killed at any moment loses nothing but what was not committed', async ({ onTestFinished }) => {
    const { scene, emulator, backfill, backfillUntil, paths } = await stage(onTestFinished);
    /** Nothing that was committed by then was asked for again. */
    const isNotAskedAgain = (before: Reached) => {
      for (const name of before.done) {
        expect(
          paths().filter((path) => new RegExp(`^/${name}(\\?|$)`).test(path)),
          name,
        ).toEqual([]);
      }
      for (const uuid of before.details) expect(paths().join(' ')).not.toContain(uuid);
      for (const [name, next] of Object.entries(before.pages)) {
        const ranges = paths().flatMap(
          (path) => new RegExp(`^/${name}\\?.*range=(\\d+)-`).exec(path)?.[1] ?? [],
        );
        for (const from of ranges) expect(Number(from), name).toBeGreaterThanOrEqual(next - 10);
      }
    };
    let asked = 0;
    let runs = 0;
    // Each run gets a little further than the last one before it is killed.
    for (const nth of [1, 4, 7, 13, 12, 30, 45, 28]) {
      const before = await reached(scene);
      emulator.requests.length = 0;
      const { signal, code } = await backfillUntil(nth, 'SIGKILL');
      asked += emulator.requests.length;
      runs++;
      if (code === 0) break;
      expect(signal).toBe('SIGKILL');
      isNotAskedAgain(before);
    }
    const committed = await reached(scene);
    emulator.requests.length = 0;
    const last = await backfill();
    asked += emulator.requests.length;
    isNotAskedAgain(committed);
    expect(last.code).toBe(0);
    expect(last.json).toMatchObject({ ok: true, complete: true });
    expect(await scene.wrong()).toEqual([]);

    const outcomes = await scene.rows(
      `select outcome, count(*)::int as runs from sync.runs where resource is null group by 1 order by 1`,
    );
    expect(outcomes).toEqual([
      { outcome: 'interrupted', runs },
      { outcome: 'succeeded', runs: 1 },
    ]);

    // A fresh start, for comparison.
    emulator.requests.length = 0;
    expect((await backfill({}, '--fresh')).code).toBe(0);
    expect(new Set(paths().filter((path) => path.startsWith('/interviews/'))).size).toBe(90);
    // Each run looks at the key, and repeats what was under way: a page or two, or a batch of single objects.
    expect(asked).toBeLessThan(emulator.requests.length + runs * (2 + 25 + 12));
    expect(await scene.wrong()).toEqual([]);
  });

  it('that waits takes over from one that is killed, and goes on where that stopped', async ({
    onTestFinished,
  }) => {
    const { scene, emulator, paths } = await stage(onTestFinished);
    // Both wait behind this request: the first for its answer, the second for the first.
    let answer = () => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const off = emulator.onRequest(async ({ path, query }) => {
      if (path === '/v1.0/interviews' && query.includes('updated_asc')) await held;
    });
    const first = scene.process(['backfill', '--json'], small);
    await first.waitForLine(/interviews: reading/);
    const second = scene.command(['backfill', '--json'], small);
    await second.waitForLine(/another process works on this account/);
    first.kill('SIGKILL');
    await first.ended;
    off();
    answer();
    const { code, json } = await second.ended;
    expect(code).toBe(0);
    expect(json).toMatchObject({ ok: true, complete: true, resources: { users: { read: 0 } } });
    expect(paths().filter((path) => path === '/users')).toHaveLength(1);
    expect(await scene.wrong()).toEqual([]);
  });

  it('ends tidily with SIGTERM and SIGINT, can be continued, and keeps its key out of its command line', async ({
    onTestFinished,
  }) => {
    const { scene, emulator, backfill, backfillUntil, paths } = await stage(onTestFinished);
    for (const [nth, signal] of [
      [6, 'SIGTERM'],
      [40, 'SIGINT'],
    ] as const) {
      const { code, json, stderr, commandLine } = await backfillUntil(nth, signal);
      expect([code, json]).toMatchObject([1, { ok: false, complete: false, error: { code: 'ABORTED' } }]);
      expect(stderr).toContain(`Stopped by ${signal}`);
      expect(stderr).toContain('goes on where it stopped');
      expect(commandLine).toContain('backfill');
      expect(commandLine).not.toContain(emulator.adminKey);
    }
    expect(await scene.rows(`select 1 from sync.runs where outcome = 'running'`)).toEqual([]);
    const before = await reached(scene);
    expect(before.done).toContain('jobs');
    emulator.requests.length = 0;
    expect((await backfill()).code).toBe(0);
    for (const uuid of before.details) expect(paths().join(' ')).not.toContain(uuid);
    expect(await scene.wrong()).toEqual([]);
  });

  it('keeps to the rate limit over a kill and a restart', async ({ onTestFinished }) => {
    const limit = { rateLimit: 40, rateWindowSeconds: 1 };
    const { scene, emulator, backfill, backfillUntil } = await stage(onTestFinished, limit);
    const limited = { SPARKHIRE_RATE_LIMIT: '40', SPARKHIRE_RATE_WINDOW_SECONDS: '1' };
    const killed = await backfillUntil(37, 'SIGKILL', limited);
    expect(killed.signal).toBe('SIGKILL');
    const { code, json } = await backfill(limited);
    expect(code).toBe(0);
    expect(json).toMatchObject({ ok: true, rateLimited: 0 });
    expect(emulator.requests.length).toBeGreaterThan(110);
    expect(fullestWindow(scene.arrivals(), 1000)).toBeLessThanOrEqual(40);
    expect(await scene.wrong()).toEqual([]);
  });
});
