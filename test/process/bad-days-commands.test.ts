/** Commands beside a service, when one of the two comes to a bad end. */
import { describe, expect, it } from 'vitest';
import { openScene, type Scene } from '../support/scene.js';
import { eventually, type RunningService } from '../support/service.js';

/** Spark Hire takes its time, so that there is a middle. */
function slow(scene: Scene): void {
  scene.emulator.faults.add({ path: '/interviews/', effect: { kind: 'latency', ms: 300 } });
}

/** A service, and a command whose work it does; the command as far as the single interviews. */
async function handedOver(scene: Scene, services: number) {
  const running: RunningService[] = [];
  for (let n = 0; n < services; n++) {
    const service = await scene.start({}, 'schedule:\n  refreshSeconds: 3600\n');
    await service.program.waitForLine(n === 0 ? /"event":"account_taken"/ : /"event":"standing_by"/);
    running.push(service);
  }
  await scene.isTrue();
  slow(scene);
  scene.emulator.requests.length = 0;
  const command = scene.command(['backfill', '--fresh', '--json']);
  await command.waitForLine(/"event":"handed_over"/);
  await eventually(() => expect(singles(scene)).toBeGreaterThan(4));
  return { running, command };
}

const singles = (scene: Scene) =>
  scene.emulator.requests.filter(({ path }) => path.startsWith('/v1.0/interviews/')).length;

const done = { ok: true, complete: true, resources: { interviews: { read: 60 } } };

describe.concurrent('a command beside a service', () => {
  it('stops the work it asked for on Ctrl-C, and says so', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished, { processes: true, interviews: 60 });
    const { running, command } = await handedOver(scene, 1);
    command.kill('SIGINT');
    const asked = performance.now();
    const { code, json, stderr } = await command.ended;
    expect(performance.now() - asked).toBeLessThan(10_000);
    expect([code, json]).toMatchObject([1, { ok: false, error: { code: 'ABORTED' } }]);
    expect(stderr).toContain('Stopped by SIGINT');
    // The service stops it as well, and goes on with its own.
    await eventually(async () => {
      const runs = await scene.rows<{ outcome: string }>(
        "select outcome from sync.runs where kind = 'backfill' order by id desc limit 1",
      );
      expect(runs).toEqual([{ outcome: 'interrupted' }]);
    }, 3_000);
    scene.emulator.faults.clear();
    scene.emulator.act.addInterview({});
    await scene.isTrue();
    const again = await scene.command(['sync', '--json']).ended;
    expect([again.code, again.json]).toMatchObject([0, { ok: true }]);
    expect((await running[0]!.stop()).code).toBe(0);
  }, 120_000);

  it('is killed: the service finishes and goes on', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished, { processes: true, interviews: 60 });
    const { running, command } = await handedOver(scene, 1);
    command.kill('SIGKILL');
    await command.ended;
    await eventually(async () =>
      expect(await scene.rows('select state from sync.commands')).toEqual([{ state: 'done' }]),
    );
    scene.emulator.faults.clear();
    scene.emulator.act.addInterview({});
    await scene.isTrue();
    expect(running[0]!.lines().filter(({ level }) => (level as number) >= 40)).toEqual([]);
    expect((await running[0]!.stop()).code).toBe(0);
  }, 120_000);

  it('does the work itself if the service is killed over it', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished, { processes: true, interviews: 60 });
    const { running, command } = await handedOver(scene, 1);
    const before = singles(scene);
    await running[0]!.stop('SIGKILL');
    const { code, json } = await command.ended;
    expect([code, json]).toMatchObject([0, done]);
    expect(singles(scene)).toBeGreaterThan(before);
    scene.emulator.faults.clear();
    expect(await scene.wrong()).toEqual([]);
    expect(await scene.rows("select * from sync.runs where outcome = 'running'")).toEqual([]);
  }, 120_000);

  it('has a standby finish the work', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished, { processes: true, interviews: 60 });
    const { running, command } = await handedOver(scene, 2);
    await running[0]!.stop('SIGKILL');
    const { code, json } = await command.ended;
    expect([code, json]).toMatchObject([0, done]);
    scene.emulator.faults.clear();
    await scene.isTrue();
    await running[1]!.program.waitForLine(/"event":"account_taken"/);
    expect((await running[1]!.stop()).code).toBe(0);
  }, 120_000);
});
