/** A service that stood still (a suspended machine, a stopped process), and what others did meanwhile. */
import { once } from 'node:events';
import { from as copyFrom } from 'pg-copy-streams';
import { describe, expect, it } from 'vitest';
import { locksApplicationName } from '../../../src/db/locks/process-locks.js';
import { startForgetfulProxy } from '../../support/forgetful-proxy.js';
import { complaints, fullestWindow, nthRequest, openScene } from '../../support/scene.js';
import { connectTo, eventually } from '../../support/service.js';

const clock = new URL('../../support/shifted-clock.mjs', import.meta.url).href;
const isTick = ({ path }: { path: string }) => path === '/v1.0/users';
/** Requests within two seconds. */
const limit = 40;

describe.concurrent('a service that stood still', () => {
  it('for hours catches up with one tick, and nothing breaks', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const { emulator } = scene;
    const service = await scene.startProcess({
      NODE_OPTIONS: `--import=${clock}`,
      CLOCK_SHIFT_MS: String(8 * 3_600_000),
      SYNC_SWEEP_SCHEDULE: '0 0 1 1 *',
    });
    await scene.isTrue();
    await nthRequest(scene, 1, isTick);
    service.program.kill('SIGSTOP');
    emulator.act.addInterview({});
    // In the moment it goes on, the clock is on as well: many ticks' worth.
    service.program.kill('SIGUSR2');
    const from = emulator.requests.length;
    const third = nthRequest(scene, 3, isTick);
    service.program.kill('SIGCONT');
    await third;
    // One for all that were missed, one a second, and one that was late.
    const ticks = emulator.requests.slice(from).filter(isTick);
    expect(
      fullestWindow(
        ticks.map(({ at }) => at),
        1_000,
      ),
    ).toBeLessThanOrEqual(3);
    await scene.isTrue();
    expect((await service.get('/readyz')).status).toBe(200);
    expect(complaints(service)).toEqual([]);
    expect((await service.stop()).code).toBe(0);
  });

  it('over the rows of a COPY holds up its successor for seconds only', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const service = await scene.start();
    await scene.onlyTicks();
    // As the connection of such a process is: it has its turn in the mirror, and no rows come.
    const standing = await connectTo(scene.databaseUrl);
    onTestFinished(() => standing.end());
    await standing.query("begin; select pg_advisory_xact_lock(hashtextextended('default', 7353))");
    const over = once(standing.query(copyFrom('copy sparkhire.users from stdin')), 'finish');
    scene.emulator.act.addInterview({});
    await expect(over).rejects.toThrow();
    await scene.isTrue();
    expect(complaints(service)).toEqual([]);
    expect((await service.stop()).code).toBe(0);
  });

  it('and lost its account meanwhile leaves it to its new owner at once', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished, { interviews: 160, jobs: 20 });
    const { emulator } = scene;
    const start = async () => {
      // A way of its own to Spark Hire, so that it is known who sent what.
      const way = await startForgetfulProxy(emulator.url);
      onTestFinished(() => way.close());
      const service = await scene.startProcess({
        SPARKHIRE_BASE_URL: way.url,
        SPARKHIRE_RATE_LIMIT: String(limit),
        SPARKHIRE_RATE_WINDOW_SECONDS: '2',
      });
      return { ...service, way };
    };
    const first = await start();
    await first.program.waitForLine(/"event":"account_taken"/);
    const second = await start();
    await second.program.waitForLine(/"event":"standing_by"/);
    const late: number[] = [];
    let [owner, other] = [first, second];
    for (let turn = 0; turn < 3; turn++) {
      await nthRequest(scene, 30);
      // In the middle of the first sweep, with answers on their way.
      owner.program.kill('SIGSTOP');
      const standing = emulator.requests.length;
      const taken = other.lines().filter(({ event }) => event === 'account_taken').length;
      const [held] = await scene.rows<{ pid: number }>(
        `select l.pid from pg_locks l join pg_stat_activity a using (pid)
         where l.locktype = 'advisory' and l.objsubid = 1 and a.application_name = $1
           and a.datname = current_database()`,
        [locksApplicationName],
      );
      await scene.rows('select pg_terminate_backend($1, 10000)', [held!.pid]);
      await eventually(() =>
        expect(other.lines().filter(({ event }) => event === 'account_taken').length).toBe(taken + 1),
      );
      // So many take two seconds: longer than a sign that the account is held counts as fresh.
      await eventually(() => expect(emulator.requests.length).toBeGreaterThan(standing + limit + 10));
      const lines = owner.lines().length;
      owner.program.kill('SIGCONT');
      const before = owner.way.sent.length;
      const who = owner;
      await eventually(() =>
        expect(
          who
            .lines()
            .slice(lines)
            .map(({ event }) => event),
        ).toContain('database_away'),
      );
      late.push(who.way.sent.length - before);
      [owner, other] = [other, owner];
    }
    // Nothing but what was on its way to the wire in the moment it was stopped.
    expect(Math.max(...late)).toBeLessThanOrEqual(1);
    await scene.isTrue();
    expect(fullestWindow(scene.arrivals(), 2_000)).toBeLessThanOrEqual(limit);
    for (const service of [first, second]) expect((await service.stop()).code).toBe(0);
  });
});
