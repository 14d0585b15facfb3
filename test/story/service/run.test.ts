/** `sparkhire-sync run` as an operator meets it: from an empty mirror to its end, with commands beside it. */
import { expect, it, vi } from 'vitest';
import { freePort, openScene } from '../../support/scene.js';
import { eventually } from '../../support/service.js';

it('reads an empty mirror full by itself, keeps it true, and ends well', async ({ onTestFinished }) => {
  const scene = await openScene(onTestFinished);
  const { act, state } = scene.emulator;
  const service = await scene.start();
  await scene.isTrue();
  act.addInterview({});
  act.editJob([...state.jobs.keys()][0]!, { title: 'Night-shift nurse', description: 'New.' });
  await scene.isTrue();

  expect(await service.get('/healthz')).toMatchObject({ status: 200, json: { ok: true } });
  expect(await service.get('/readyz')).toMatchObject({
    status: 200,
    json: { ready: true, accounts: [{ account: 'default', role: 'owner', state: 'up to date' }] },
  });
  const metrics = await service.get('/metrics');
  expect(metrics.body).toMatch(/^sparkhire_sync_requests_total\{.*route="GET \/interviews".*\} \d+$/m);

  const { code, stderr } = await service.stop();
  expect(code).toBe(0);
  expect(stderr).not.toContain('service_forced');
  expect(await scene.rows("select * from sync.runs where outcome = 'running'")).toEqual([]);
});

it('applies webhooks without any tick', async ({ onTestFinished }) => {
  const scene = await openScene(onTestFinished);
  const { act, state } = scene.emulator;
  const port = await freePort();
  const reachable = { SYNC_HTTP_PORT: String(port), SYNC_PUBLIC_URL: `http://127.0.0.1:${port}` };
  const service = await scene.start({ ...reachable, SYNC_SCHEDULE: '0 0 1 1 *' });
  await scene.isTrue();
  await eventually(() => expect(state.webhooks.size).toBe(1));
  // The one tick that follows the first sweep.
  await eventually(async () => {
    const ticks = await scene.rows("select outcome from sync.runs where kind = 'tick' and resource is null");
    expect(ticks).toEqual([{ outcome: 'succeeded' }]);
  });
  const interview = [...state.interviews.values()].find(({ status }) => status === 'accepted')!;
  act.completeInterview(interview.uuid, { rating: 4 });
  await scene.isTrue();

  const test = await scene.command(['webhooks', 'test', '--json'], reachable).ended;
  expect(test.stderr).toContain('handed_over');
  expect([test.code, test.json]).toEqual([
    0,
    expect.objectContaining({ ok: true, event: expect.stringMatching(/^Interview/) }),
  ]);
  expect((await service.stop()).code).toBe(0);
});

it('does what commands beside it ask for, and they show it', async ({ onTestFinished }) => {
  const scene = await openScene(onTestFinished);
  const run = (...args: string[]) => scene.command(args).ended;
  const service = await scene.start();
  await scene.isTrue();
  const backfill = await run('backfill', '--fresh', '--json');
  expect(backfill.code).toBe(0);
  expect(backfill.stderr).toContain('handed_over');
  expect(backfill.stderr).toContain('"resource":"interviews","phase":"details"');
  expect(backfill.json).toMatchObject({
    account: 'default',
    ok: true,
    complete: true,
    resources: { interviews: { read: 30, created: 0, updated: 0, details: 30 } },
  });
  scene.emulator.act.addJob({ title: 'Librarian', status: 'inactive' });
  const sync = await run('sync', '--json');
  expect([sync.code, sync.json]).toEqual([0, expect.objectContaining({ account: 'default', ok: true })]);
  await scene.isTrue();
  const doctor = await run('doctor', '--json');
  expect(doctor.json).toEqual(
    expect.arrayContaining([expect.objectContaining({ check: 'key', ok: true, account: 'default' })]),
  );
  const status = await run('status');
  expect(status.stdout).toContain('Account default: up to date');
  expect((await service.stop()).code).toBe(0);
});

it('is not forced to its end once it has ended', async ({ onTestFinished }) => {
  const scene = await openScene(onTestFinished);
  const service = await scene.start({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' });
  await service.program.waitForLine(/"event":"database_away"/);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  expect((await service.stop()).code).toBe(0);
  vi.advanceTimersByTime(60_000);
  expect(service.program.output().stderr).not.toContain('service_forced');
});
