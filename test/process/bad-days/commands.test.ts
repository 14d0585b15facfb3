/** Commands beside a service, when one of the two comes to a bad end. */
import { describe, expect, it } from 'vitest';
import type { Program } from '../../support/program.js';
import { complaints, halt, openScene, type Scene } from '../../support/scene.js';
import { eventually } from '../../support/service.js';

const interviews = 40;
const calm = 'schedule:\n  refreshSeconds: 3600\n';
const args = ['backfill', '--fresh', '--json'];
const done = { ok: true, complete: true, resources: { interviews: { read: interviews } } };

const isSingle = ({ path }: { path: string }) => path.startsWith('/v1.0/interviews/');
const singles = ({ emulator }: Scene) => emulator.requests.filter(isSingle).length;

/** A row of public.noticed says that the service has asked whether to stop, and was told so. */
const noticing = `
  create table public.noticed ();
  create function public.notice() returns trigger language plpgsql as $$
  begin
    insert into public.noticed default values;
    return null;
  end $$;
  create trigger noticed after update of progress on sync.commands
    for each row when (new.cancel) execute function public.notice()`;

/** Starts a command whose work a service does, and halts that at the single interviews until it is let on. */
async function handedOver(
  scene: Scene,
  start: Scene['command'] | Scene['process'],
): Promise<{ command: Program; letOn(): void }> {
  await scene.onlyTicks();
  const { reached, letOn } = halt(scene, 5, isSingle);
  const command = start(args);
  await command.waitForLine(/"event":"handed_over"/);
  await reached;
  return { command, letOn };
}

describe.concurrent('a command beside a service', () => {
  it('stops the work it asked for on Ctrl-C, and says so', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished, { interviews });
    const service = await scene.start({}, calm);
    const { command, letOn } = await handedOver(scene, scene.process);
    await scene.rows(noticing);
    command.kill('SIGINT');
    const { code, json, stderr } = await command.ended;
    expect([code, json]).toMatchObject([1, { ok: false, error: { code: 'ABORTED' } }]);
    expect(stderr).toContain('Stopped by SIGINT');
    // The service stops it as well, at the next place from which it can go on, and goes on with its own.
    await eventually(async () => expect(await scene.rows('select 1 from public.noticed')).not.toEqual([]));
    letOn();
    await eventually(async () => {
      const runs = await scene.rows<{ outcome: string }>(
        "select outcome from sync.runs where kind = 'backfill' order by id desc limit 1",
      );
      expect(runs).toEqual([{ outcome: 'interrupted' }]);
    });
    scene.emulator.act.addInterview({});
    await scene.isTrue();
    const again = await scene.command(['sync', '--json']).ended;
    expect([again.code, again.json]).toMatchObject([0, { ok: true }]);
    expect((await service.stop()).code).toBe(0);
  });

  it('is killed: the service finishes and goes on', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished, { interviews });
    const service = await scene.start({}, calm);
    const { command, letOn } = await handedOver(scene, scene.process);
    command.kill('SIGKILL');
    await command.ended;
    letOn();
    await eventually(async () =>
      expect(await scene.rows('select state from sync.commands')).toEqual([{ state: 'done' }]),
    );
    scene.emulator.act.addInterview({});
    await scene.isTrue();
    expect(complaints(service)).toEqual([]);
    expect((await service.stop()).code).toBe(0);
  });

  it('does the work itself if the service is killed over it', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished, { interviews });
    const service = await scene.startProcess({}, calm);
    const { command, letOn } = await handedOver(scene, scene.command);
    await service.stop('SIGKILL');
    const before = singles(scene);
    letOn();
    const { code, json } = await command.ended;
    expect([code, json]).toMatchObject([0, done]);
    expect(singles(scene)).toBeGreaterThan(before);
    expect(await scene.wrong()).toEqual([]);
    expect(await scene.rows("select * from sync.runs where outcome = 'running'")).toEqual([]);
  });

  it('has a standby finish the work', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished, { interviews });
    const owner = await scene.startProcess({}, calm);
    await owner.program.waitForLine(/"event":"account_taken"/);
    const standby = await scene.start({}, calm);
    await standby.program.waitForLine(/"event":"standing_by"/);
    const { command, letOn } = await handedOver(scene, scene.command);
    await owner.stop('SIGKILL');
    letOn();
    const { code, json } = await command.ended;
    expect([code, json]).toMatchObject([0, done]);
    await scene.isTrue();
    await standby.program.waitForLine(/"event":"account_taken"/);
    expect((await standby.stop()).code).toBe(0);
  });
});
