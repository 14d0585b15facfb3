/** A service that stood still (a suspended machine, a stopped process), and what others did meanwhile. */
import { describe, expect, it } from 'vitest';
import { locksApplicationName } from '../../src/db/process-locks.js';
import { startForgetfulProxy } from '../support/forgetful-proxy.js';
import { complaints, fullestWindow, openScene } from '../support/scene.js';
import { eventually } from '../support/service.js';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.concurrent('a service that stood still', () => {
  it('catches up with one tick, and nothing breaks', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished, { processes: true });
    const { emulator } = scene;
    const service = await scene.start();
    await scene.isTrue();
    const ticks = () => emulator.requests.filter(({ path }) => path === '/v1.0/users').length;
    const before = ticks();
    await eventually(() => expect(ticks()).toBeGreaterThan(before));
    service.program.kill('SIGSTOP');
    emulator.act.addInterview({});
    // Longer than PostgreSQL takes to notice a connection that is dead, and many ticks' worth.
    await pause(5_500);
    emulator.requests.length = 0;
    const resumed = Date.now();
    service.program.kill('SIGCONT');
    await scene.isTrue();
    await eventually(() => expect(ticks()).toBeGreaterThan(2));
    // The ticks missed are one: none before its time but that.
    const due = (emulator.requests.at(-1)!.at - resumed) / 1000;
    expect(ticks()).toBeLessThanOrEqual(due + 2);
    expect((await service.get('/readyz')).status).toBe(200);
    expect(complaints(service)).toEqual([]);
    expect((await service.stop()).code).toBe(0);
  }, 40_000);

  it('and lost its account meanwhile leaves it to its new owner at once', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished, { processes: true, interviews: 160, jobs: 20 });
    const { emulator } = scene;
    const start = async () => {
      // A way of its own to Spark Hire, so that it is known who sent what.
      const way = await startForgetfulProxy(emulator.url);
      onTestFinished(() => way.close());
      const service = await scene.start({
        SPARKHIRE_BASE_URL: way.url,
        SPARKHIRE_RATE_LIMIT: '40',
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
      const sofar = emulator.requests.length;
      await eventually(() => expect(emulator.requests.length).toBeGreaterThan(sofar + 30));
      // In the middle of the first sweep, with answers on their way.
      owner.program.kill('SIGSTOP');
      const stopped = Date.now();
      const taken = other.lines().filter(({ event }) => event === 'account_taken').length;
      const [held] = await scene.rows<{ pid: number }>(
        `select l.pid from pg_locks l join pg_stat_activity a using (pid)
         where l.locktype = 'advisory' and l.objsubid = 1 and a.application_name = $1
           and a.datname = current_database()`,
        [locksApplicationName],
      );
      await scene.rows('select pg_terminate_backend($1)', [held!.pid]);
      await eventually(() =>
        expect(other.lines().filter(({ event }) => event === 'account_taken').length).toBe(taken + 1),
      );
      const atWork = emulator.requests.length;
      await eventually(() => expect(emulator.requests.length).toBeGreaterThan(atWork));
      await eventually(() => expect(Date.now() - stopped).toBeGreaterThan(2_000));
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
    expect(fullestWindow(scene.arrivals(), 2_000)).toBeLessThanOrEqual(40);
    for (const service of [first, second]) expect((await service.stop()).code).toBe(0);
  }, 120_000);
});
