/**
 * Stopped in the middle of anything: a service ends well, nothing is half-done, and the next start goes on.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import { startRestartableServer } from '../../support/restartable-server.js';
import { freePort, nthRequest, openScene, type Scene } from '../../support/scene.js';
import { eventually, type RunningService } from '../../support/service.js';
import { withNewSessions } from '../../support/warm-connections.js';

withNewSessions();

/** Ends the service, and looks that no run is left as if it went on. */
async function endsWell(scene: Scene, service: RunningService): Promise<void> {
  const [before] = await scene.rows<{ now: Date }>('select clock_timestamp() as now');
  const { code, stderr } = await service.stop();
  expect([code, stderr.match(/"level":(50|60).*|service_forced/)?.[0]]).toEqual([0, undefined]);
  // A command that waited for it may have begun runs of its own by now.
  const left = `select * from sync.runs where outcome = 'running' and started_at < $1`;
  expect(await scene.rows(left, [before!.now])).toEqual([]);
}

interface Middle {
  service: RunningService;
  /** What has to end well besides it. */
  command?: Promise<{ code: number | null }>;
}

/** Each of these gets a service to where it is to be stopped. */
const middles: Record<string, (scene: Scene) => Promise<Middle>> = {
  async 'the first sweep'(scene) {
    const there = nthRequest(scene, 1, ({ query }) => query.includes('range=16'));
    const service = await scene.start({ SPARKHIRE_PAGE_SIZE: '5' });
    await there;
    return { service };
  },

  async 'the details'(scene) {
    const there = nthRequest(scene, 6, ({ path }) => /interviews\/./.test(path));
    const service = await scene.start();
    await there;
    return { service };
  },

  async 'a backfill that a command asked for'(scene) {
    const service = await scene.start();
    await scene.onlyTicks();
    const there = nthRequest(scene, 6, ({ path }) => /interviews\/./.test(path));
    const command = scene.command(['backfill', '--fresh', '--json']);
    await command.waitForLine(/"event":"handed_over"/);
    await there;
    // With nobody left to do it, the command does it itself.
    return { service, command: command.ended };
  },

  async 'a burst of webhooks'(scene) {
    const { emulator } = scene;
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const service = await scene.start({ SYNC_HTTP_PORT: String(port), SYNC_PUBLIC_URL: url });
    await scene.isTrue();
    await eventually(() => expect(emulator.state.webhooks.size).toBe(1));
    const interviews = [...emulator.state.interviews.keys()];
    for (let n = 0; n < 200; n++) emulator.act.touchInterview(interviews[n % interviews.length]!);
    for (let n = 0; n < 40; n++) emulator.act.addInterview({});
    await eventually(() => expect(emulator.deliveries.length).toBeGreaterThan(20));
    return { service };
  },

  async 'waiting for the rate limit'(scene) {
    const there = nthRequest(scene, 10);
    const service = await scene.start({ SPARKHIRE_RATE_LIMIT: '10', SPARKHIRE_RATE_WINDOW_SECONDS: '20' });
    await there;
    return { service };
  },

  async 'a silence of Spark Hire'(scene) {
    scene.emulator.faults.add({ path: '/interviews', effect: { kind: 'hang', when: 'before' } });
    const there = nthRequest(scene, 1, ({ path }) => path === '/v1.0/interviews');
    const service = await scene.start();
    await there;
    return { service };
  },
};

describe.concurrent('a stop in the middle of', () => {
  for (const [name, reach] of Object.entries(middles)) {
    it(name, async ({ onTestFinished }) => {
      const scene = await openScene(onTestFinished);
      const { service, command } = await reach(scene);
      await endsWell(scene, service);
      scene.emulator.faults.clear();
      const before = await scene.rows<{ n: number }>('select count(*)::int as n from sparkhire.interviews');
      const next = await scene.start();
      await scene.isTrue();
      const after = await scene.rows<{ n: number }>('select count(*)::int as n from sparkhire.interviews');
      expect(after[0]!.n).toBeGreaterThanOrEqual(before[0]!.n);
      expect((await command)?.code ?? 0).toBe(0);
      expect((await next.stop()).code).toBe(0);
    });
  }

  it('an absence of PostgreSQL, from the start and later', async ({ onTestFinished }) => {
    const server = await startRestartableServer();
    onTestFinished(() => server.drop());
    const scene = await openScene(onTestFinished, { databaseUrl: server.url });
    const service = await scene.start();
    await scene.isTrue();
    await server.stop('immediate');
    await service.program.waitForLine(/"event":"database_away"/);
    expect((await service.stop()).code).toBe(0);

    const waiting = await scene.start();
    await waiting.program.waitForLine(/"event":"database_away"/);
    expect((await waiting.stop()).code).toBe(0);
    await server.start();
    const next = await scene.start();
    scene.emulator.act.addInterview({});
    await scene.isTrue();
    await endsWell(scene, next);
  });
});
