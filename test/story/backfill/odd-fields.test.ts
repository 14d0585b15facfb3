/**
 * A Spark Hire whose fields come in another form than its document promises.
 * @module-tag rare
 */
import { expect, it, onTestFinished } from 'vitest';
import type { Check } from '../../../src/status/checks/check.js';
import type { Status } from '../../../src/status/status.js';
import { startRewritingProxy } from '../../support/rewriting-proxy.js';
import { openScene, type Scene } from '../../support/scene.js';

/** @param form what becomes of each timestamp of an answer */
async function another(scene: Scene, form: () => (text: string) => string): Promise<Record<string, string>> {
  const proxy = await startRewritingProxy(scene.emulator.url, {
    answer: (_, { status, body }) => ({
      status,
      body: body.replace(/"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\+00:00"/g, (_all, text: string) => form()(text)),
    }),
  });
  onTestFinished(() => proxy.close());
  return { SPARKHIRE_BASE_URL: proxy.url };
}

async function doctor(scene: Scene, settings: Record<string, string>) {
  const { code, stdout } = await scene.command(['doctor', '--json'], settings).ended;
  const checks = JSON.parse(stdout) as Check[];
  return { code, check: checks.find(({ check }) => check === 'fields')! };
}

it('times that nobody can read are told by the log, doctor and status, and no backfill is promised to help', async () => {
  const scene = await openScene(onTestFinished);
  let form = (text: string) =>
    `"${text.slice(8, 10)}/${text.slice(5, 7)}/${text.slice(0, 4)} ${text.slice(11)}"`;
  const settings = await another(scene, () => form);
  const pulled = await scene.command(['backfill'], { ...settings, LOG_LEVEL: 'warn' }).ended;
  const lines = pulled.stderr.split('\n').filter((line) => line.includes('field_unreadable'));
  const told = lines.map((line) => JSON.parse(line)).find(({ route }) => route === 'GET /interviews');
  expect(told).toMatchObject({
    account: 'default',
    fields: expect.arrayContaining(['updated_at', 'created_at']),
    msg: expect.stringMatching(/comes as "\d\d\/\d\d\/\d{4} [\d:]+", which cannot be read/),
  });
  const synced = await scene.command(['sync'], settings).ended;
  expect(synced.stdout).not.toContain('a backfill has to');
  expect(synced.stdout).toContain('sparkhire-sync doctor');

  const before = await doctor(scene, settings);
  expect(before.code).toBe(1);
  expect(before.check).toMatchObject({ level: 'failed', account: 'default' });
  expect(before.check.detail).toMatch(/interviews.*updated_at.*"\d\d\/\d\d\/\d{4} [\d:]+"/);
  const { stdout } = await scene.command(['status', '--json'], settings).ended;
  const [account] = (JSON.parse(stdout) as Status).accounts;
  expect(account!.oddFields).toContainEqual(
    expect.objectContaining({ route: 'GET /interviews', field: 'updated_at', readAs: null }),
  );
  const people = (await scene.command(['status'], settings).ended).stdout;
  expect(people).toContain('Account default: Spark Hire writes times in a form that cannot be read');
  expect(people).toContain('GET /interviews: updated_at');

  // Once they are as promised, one pass makes all of it true, and what was told is forgotten in time.
  form = (text) => `"${text}Z"`;
  await scene.command(['backfill'], settings).ended;
  expect(await scene.wrong()).toEqual([]);
  await scene.rows(`update sync.odd_fields set last_seen_at = now() - interval '8 days'`);
  const after = await doctor(scene, settings);
  expect(after.code).toBe(0);
  expect(after.check).toMatchObject({ level: 'ok' });
});

it('times without an offset are taken for UTC, which is told; epochs are read', async () => {
  const scene = await openScene(onTestFinished, { interviews: 5 });
  let form = (text: string) => `"${text}"`;
  const settings = await another(scene, () => form);
  await scene.command(['backfill'], settings).ended;
  expect(await scene.wrong()).toEqual([]);
  const { code, check } = await doctor(scene, settings);
  expect(code).toBe(0);
  expect(check).toMatchObject({ level: 'warning', detail: expect.stringContaining('taken for UTC') });
  form = (text) => String(Date.parse(`${text}Z`) / 1000);
  scene.emulator.act.addInterview();
  const synced = await scene.command(['sync', '--json'], settings).ended;
  expect(JSON.parse(synced.stdout)).toMatchObject({ ok: true, complete: true });
  const [newest] = await scene.rows<{ n: number }>(
    'select count(*)::int as n from sparkhire.interviews where updated_at is not null',
  );
  expect(newest!.n).toBe(6);
});
