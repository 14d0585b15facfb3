/** sync.audit: what a person changed by a command, who it was, and why. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { aJob, openPushScene } from '../../support/push-scene.js';

const older = Buffer.alloc(32, 1).toString('base64');
const newer = Buffer.alloc(32, 2).toString('base64');

it('every change that a person makes by a command is in the audit, with its reason and no secret', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const { emulator } = scene;
  const directory = mkdtempSync(join(tmpdir(), 'audit-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const jane = emulator.act.addUser({ name: 'Jane', email: 'jane@example.org', role: 'standard' });
  const key = emulator.act.makeKey(jane.uuid);
  const why = (reason: string) => ['--reason', reason];

  // By import, and by a plan that was held.
  const file = join(directory, 'jobs.ndjson');
  const titles = (prefix: string) =>
    Array.from({ length: 12 }, (_, n) => JSON.stringify({ ...aJob(`J-${n}`), title: `${prefix} ${n}` })).join(
      '\n',
    );
  writeFileSync(file, titles('Baker'));
  expect((await scene.run(['import', 'jobs', file, ...why('first load')])).code).toBe(0);
  expect((await scene.run(['import', 'jobs', file])).code).toBe(0);
  expect((await scene.run(['apply'])).code).toBe(0);
  writeFileSync(file, titles('Cook'));
  expect((await scene.run(['import', 'jobs', file])).code).toBe(0);
  const { planHeld } = (await scene.run(['apply'])).json as { planHeld: { checksum: string } };
  expect((await scene.run(['apply', '--approve', planHeld.checksum, ...why('new names')])).code).toBe(0);

  // By a decision.
  await scene.put('jobs', { ...aJob('J-0'), title: 'Cook of the ATS' });
  const [uuid] = (await scene.rows<{ uuid: string }>(`select uuid from sync.links where ats_id = 'J-0'`)).map(
    (row) => row.uuid,
  );
  emulator.act.editJob(uuid!, { title: 'Cook of Spark Hire' });
  await scene.run(['sync']);
  const [open] = await scene.rows<{ id: string }>(
    `select id from sync.conflicts where resolved_at is null and field = 'title'`,
  );
  expect(
    (await scene.run(['conflicts', 'resolve', open!.id, '--take', 'ats', ...why('she said so')])).code,
  ).toBe(0);

  // Keys and webhooks.
  const withKey = { SYNC_ENCRYPTION_KEY: older };
  const rotated = { SYNC_ENCRYPTION_KEY: newer, SYNC_ENCRYPTION_KEY_PREVIOUS: older };
  expect((await scene.run(['keys', 'set', jane.email, ...why('asked for it')], withKey, key)).code).toBe(0);
  expect((await scene.run(['keys', 'provision', jane.email], withKey)).code).toBe(0);
  expect((await scene.run(['keys', 'rotate'], rotated)).code).toBe(0);
  expect((await scene.run(['keys', 'rotate'], rotated)).code).toBe(0);
  expect((await scene.run(['keys', 'forget', jane.email], rotated)).code).toBe(0);
  const public_ = { SYNC_PUBLIC_URL: 'http://127.0.0.1:9', SYNC_WEBHOOK_AUTH: 'user:a-password-of-length' };
  expect((await scene.run(['webhooks', 'register'], public_)).code).toBe(0);
  expect((await scene.run(['webhooks', 'unregister', ...why('moving')], public_)).code).toBe(0);

  const told = await scene.rows<Record<string, unknown>>(
    'select who, what, target, before, after, reason from sync.audit order by id',
  );
  expect(new Set(told.map(({ who }) => who))).toEqual(new Set([`${userInfo().username}@${hostname()}`]));
  const counts = { file: 'jobs.ndjson', rows: 12, unchanged: 0 };
  expect(told.map(({ who, ...act }) => act)).toMatchObject([
    { what: 'import', target: 'ats.jobs', after: { ...counts, created: 12 }, reason: 'first load' },
    { what: 'import', target: 'ats.jobs', after: { ...counts, updated: 12 }, reason: null },
    {
      what: 'apply --approve',
      target: `plan ${planHeld.checksum}`,
      before: { held: expect.stringContaining('all 12 active jobs') },
      after: { actions: 12 },
      reason: 'new names',
    },
    {
      what: 'conflicts resolve',
      target: `conflict ${open!.id}`,
      before: { ats_id: 'J-0', field: 'title', ats_value: 'Cook of the ATS' },
      after: { resolution: 'ats' },
      reason: 'she said so',
    },
    { what: 'keys set', target: jane.email, after: { user_uuid: jane.uuid }, reason: 'asked for it' },
    { what: 'keys provision', target: jane.email, after: { user_uuid: jane.uuid } },
    { what: 'keys rotate', target: null, after: { rotated: 1, unreadable: 0 } },
    { what: 'keys forget', target: jane.email, after: { removed: 1 } },
    { what: 'webhooks register', target: 'http://127.0.0.1:9/webhooks/default' },
    { what: 'webhooks unregister', after: { removed: 1 }, reason: 'moving' },
  ]);
  const text = JSON.stringify(told);
  for (const secret of [key, older, newer, 'a-password-of-length']) expect(text).not.toContain(secret);
});
