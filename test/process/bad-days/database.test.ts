/** PostgreSQL goes away under the running service, in each of the ways it can, or is not there when it starts. */
import { describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../support/database.js';
import { startForgetfulProxy } from '../../support/forgetful-proxy.js';
import { startRestartableServer } from '../../support/restartable-server.js';
import { complaints, freePort, openScene, type Scene } from '../../support/scene.js';
import { eventually, type RunningService } from '../../support/service.js';

type OnFinished = (clean: () => Promise<void>) => void;

async function stage(onFinished: OnFinished) {
  const server = await startRestartableServer();
  onFinished(() => server.drop());
  const scene = await openScene(onFinished, { databaseUrl: server.url });
  onFinished(async () => server.thaw());
  scene.emulator.switches.webhookRetries = 'none';
  return { server, scene };
}

/** Everything comes by webhook and by tick. */
async function startReachable(scene: Scene): Promise<RunningService> {
  const port = await freePort();
  return scene.start({ SYNC_HTTP_PORT: String(port), SYNC_PUBLIC_URL: `http://127.0.0.1:${port}` });
}

async function unready(service: RunningService): Promise<void> {
  await eventually(async () => {
    const { status, json } = await service.get('/readyz');
    expect([status, json]).toEqual([
      503,
      expect.objectContaining({ reasons: [expect.stringContaining('database')] }),
    ]);
  });
  expect((await service.get('/healthz')).status).toBe(200);
}

const ready = (service: RunningService) =>
  eventually(async () => expect((await service.get('/readyz')).status).toBe(200));

const statuses = (scene: Scene) => scene.emulator.deliveries.map(({ status }) => status);

describe.concurrent('PostgreSQL', () => {
  it('is away at the start, restarts, and crashes', async ({ onTestFinished }) => {
    const { server, scene } = await stage(onTestFinished);
    const { emulator } = scene;
    await server.stop('fast');
    const commands = ['backfill', 'sync'].map((name) => scene.command([name, '--json']));
    const service = await startReachable(scene);
    await service.program.waitForLine(/"event":"database_away"/);
    await unready(service);
    // Commands that do one thing say so and end.
    for (const { ended } of commands) {
      const { code, json, stderr } = await ended;
      expect([code, json]).toMatchObject([1, { ok: false, error: { code: 'DATABASE_UNREACHABLE' } }]);
      expect(stderr).toContain('DATABASE_URL');
    }

    await server.start();
    await scene.isTrue();
    await eventually(() => expect(emulator.state.webhooks.size).toBe(1));
    await ready(service);
    emulator.act.addJob({ title: 'Told', status: 'inactive' });
    await emulator.settleDeliveries();
    expect(statuses(scene)).toEqual([204]);
    const atStart = complaints(service);
    expect(new Set(atStart)).toEqual(new Set(['database_away']));

    // Away for longer than a webhook waits.
    await server.stop('fast');
    emulator.act.addJob({ title: 'Told in vain', status: 'inactive' });
    await unready(service);
    await emulator.settleDeliveries();
    expect(statuses(scene).at(-1)).toBe(503);
    await server.start();
    await scene.isTrue();
    await ready(service);

    // After a crash, while something is being delivered: stored if it is back in time.
    await server.stop('immediate');
    emulator.act.addJob({ title: 'Told or found', status: 'inactive' });
    await unready(service);
    await server.start();
    await emulator.settleDeliveries();
    expect([204, 503]).toContain(statuses(scene).at(-1));
    await scene.isTrue();
    await ready(service);

    // Each of the two times: who lost its locks, who asked /readyz, and whose webhook was refused.
    const later = complaints(service).slice(atStart.length);
    expect(new Set(later)).toEqual(new Set(['database_away', 'webhook_not_stored']));
    expect(later.filter((one) => one === 'database_away').length).toBeLessThanOrEqual(4);
    expect(later.filter((one) => one === 'webhook_not_stored').length).toBeLessThanOrEqual(2);
    expect((await service.stop()).code).toBe(0);
    expect(await scene.rows("select * from sync.runs where outcome = 'running'")).toEqual([]);
  });

  it('does not answer any more, and keeps its connections', async ({ onTestFinished }) => {
    const { server, scene } = await stage(onTestFinished);
    const { emulator } = scene;
    const service = await startReachable(scene);
    await scene.isTrue();
    await eventually(() => expect(emulator.state.webhooks.size).toBe(1));
    server.freeze();
    emulator.act.addJob({ title: 'Told to nobody', status: 'inactive' });
    await unready(service);
    await emulator.settleDeliveries();
    expect(statuses(scene).at(-1)).toBe(503);
    server.thaw();
    await scene.isTrue();
    await ready(service);
    expect(complaints(service).length).toBeLessThanOrEqual(3);
    expect((await service.stop()).code).toBe(0);
  });

  it('is reached anew where connections lead nowhere any more', async ({ onTestFinished }) => {
    const database = await createTestDatabase();
    onTestFinished(() => database.drop());
    const proxy = await startForgetfulProxy(database.url);
    onTestFinished(() => proxy.close());
    const scene = await openScene(onTestFinished, { databaseUrl: proxy.url });
    const service = await scene.start({ SPARKHIRE_RATE_LIMIT: '20' });
    // In the middle of its work, so that statements are under way.
    await service.program.waitForLine(/"event":"sweep_ended","resource":"users"/);
    let forgotten = false;
    const off = scene.emulator.onRequest(() => {
      if (!forgotten) proxy.forget();
      forgotten = true;
    });
    await service.program.waitForLine(/"event":"database_back"/);
    off();
    await scene.isTrue();
    expect((await service.stop()).code).toBe(0);
  });
});
