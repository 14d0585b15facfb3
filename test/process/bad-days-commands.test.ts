/** Commands beside a service, when one of the two comes to a bad end. */
import { describe, expect, it } from 'vitest';
import type { Program } from '../support/program.js';
import { complaints, nthRequest, openScene, type Scene } from '../support/scene.js';
import { eventually } from '../support/service.js';

const interviews = 40;
const calm = 'schedule:\n  refreshSeconds: 3600\n';
const args = ['backfill', '--fresh', '--json'];
const done = { ok: true, complete: true, resources: { interviews: { read: interviews } } };

const isSingle = ({ path }: { path: string }) => path.startsWith('/v1.0/interviews/');
const singles = ({ emulator }: Scene) => emulator.requests.filter(isSingle).length;

/** Starts a command whose work a service does, and waits until it is at the single interviews. */
async function handedOver(scene: Scene, start: Scene['command'] | Scene['process']): Promise<Program> {
  await scene.onlyTicks();
  // Spark Hire takes its time, so that there is a middle.
  scene.emulator.faults.add({ path: '/interviews/', effect: { kind: 'latency', ms: 300 } });
  const middle = nthRequest(scene, 5, isSingle);
  const command = start(args);
  await command.waitForLine(/"event":"handed_over"/);
  await middle;
  return command;
}

describe.concurrent('a command beside a service', () => {
  it('stops the work it asked for on Ctrl-C, and says so', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished, { interviews });
    const service = await scene.start({}, calm);
    const command = await handedOver(scene, scene.process);
    command.kill('SIGINT');
    const { code, json, stderr } = await command.ended;
    expect([code, json]).toMatchObject([1, { ok: false, error: { code: 'ABORTED' } }]);
    expect(stderr).toContain('Stopped by SIGINT');
    // The service stops it as well, and goes on with its own.
    await eventually(async () => {
      const runs = await scene.rows<{ outcome: string }>(
        "select outcome from sync.runs where kind = 'backfill' order by id desc limit 1",
      );
      expect(runs).toEqual([{ outcome: 'interrupted' }]);
    });
    scene.emulator.faults.clear();
    scene.emulator.act.addInterview({});
    await scene.isTrue();
    const again = await scene.command(['sync', '--json']).ended;
    expect([again.code, again.json]).toMatchObject([0, { ok: true }]);
    expect((await service.stop()).code).toBe(0);
  });

  it('is killed: the service finishes and goes on', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished, { interviews });
    const service = await scene.start({}, calm);
    const command = await handedOver(scene, scene.process);
    command.kill('SIGKILL');
    await command.ended;
    await eventually(async () =>
      expect(await scene.rows('select state from sync.commands')).toEqual([{ state: 'done' }]),
    );
    scene.emulator.faults.clear();
    scene.emulator.act.addInterview({});
    await scene.isTrue();
    expect(complaints(service)).toEqual([]);
    expect((await service.stop()).code).toBe(0);
  });

  it('does the work itself if the service is killed over it', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished, { interviews });
    const service = await scene.startProcess({}, calm);
    const command = await handedOver(scene, scene.command);
    await service.stop('SIGKILL');
    const before = singles(scene);
    const { code, json } = await command.ended;
    expect([code, json]).toMatchObject([0, done]);
    expect(singles(scene)).toBeGreaterThan(before);
    scene.emulator.faults.clear();
    expect(await scene.wrong()).toEqual([]);
    expect(await scene.rows("select * from sync.runs where outcome = 'running'")).toEqual([]);
  });

  it('has a standby finish the work', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished, { interviews });
    const owner = await scene.startProcess({}, calm);
    await owner.program.waitForLine(/"event":"account_taken"/);
    const standby = await scene.start({}, calm);
    await standby.program.waitForLine(/"event":"standing_by"/);
    const command = await handedOver(scene, scene.command);
    await owner.stop('SIGKILL');
    const { code, json } = await command.ended;
    expect([code, json]).toMatchObject([0, done]);
    scene.emulator.faults.clear();
    await scene.isTrue();
    await standby.program.waitForLine(/"event":"account_taken"/);
    expect((await standby.stop()).code).toBe(0);
  });
});
