/** The account is given a key of another company: nobody is invited in its name, and nothing counts as gone. */

import { expect, it, type TestContext } from 'vitest';
import { type Emulator, startEmulator } from '#emulators/emulator/index';
import { aJob, anInterview, openPushScene } from '../../support/push-scene.js';

async function openScene(onTestFinished: TestContext['onTestFinished']) {
  const scene = await openPushScene(onTestFinished);
  const other = await startEmulator({ users: 2, jobs: 1, interviews: 0, seed: 77, rateLimit: 1_000_000 });
  onTestFinished(() => other.close());
  other.state.company.uuid = 'cccccccc-0000-4000-8000-000000000000';
  other.state.company.name = 'Acme';
  const root = other.act.addUser({ name: 'Wile', email: 'wile@acme.example', role: 'administrator' });
  const key = other.act.makeKey(root.uuid, { key: 'a key of the other company' });
  const theirs = { SPARKHIRE_BASE_URL: other.url, SPARKHIRE_API_KEY: key };
  return { scene, other, theirs };
}

const written = (emulator: Emulator) => emulator.requests.filter(({ method }) => method !== 'GET');

it('is refused by sync, backfill and doctor until its own key is back', async ({ onTestFinished }) => {
  const { scene, other, theirs } = await openScene(onTestFinished);
  await scene.put('jobs', aJob('J-1'));
  await scene.put('interviews', anInterview('I-1', 'J-1', 'c1@example.org'));
  expect((await scene.run(['sync'])).code).toBe(0);

  await scene.rows(`update ats.interviews set desired = 'canceled'`);
  await scene.put('jobs', aJob('J-2'));
  await scene.put('interviews', anInterview('I-2', 'J-2', 'c2@example.org'));
  const before = await scene.rows('select * from sparkhire.jobs');
  for (const command of ['sync', 'apply', 'backfill']) {
    const { code, json } = await scene.run([command], theirs);
    expect([command, code]).toEqual([command, 1]);
    expect(json).toMatchObject({
      error: { code: 'KEY_OF_ANOTHER_COMPANY', message: expect.stringContaining('Acme (cccccccc-') },
    });
  }
  const doctor = (await scene.run(['doctor'], theirs)).json as Array<{ check: string; detail: string }>;
  expect(doctor.find(({ check }) => check === 'key')).toMatchObject({
    ok: false,
    detail: expect.stringContaining('KEY_OF_ANOTHER_COMPANY'),
  });
  const more = {
    ...theirs,
    SYNC_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
    SYNC_PUBLIC_URL: 'http://hook.example',
  };
  for (const command of [
    ['keys', 'provision'],
    ['webhooks', 'register'],
  ])
    expect(await scene.run(command, more)).toMatchObject({
      code: 1,
      json: { error: { code: 'KEY_OF_ANOTHER_COMPANY' } },
    });
  expect(written(other)).toEqual([]);
  expect(await scene.rows('select * from sparkhire.jobs')).toEqual(before);

  expect((await scene.run(['sync'])).code).toBe(0);
  expect(await scene.states('interview')).toEqual({ 'I-1': 'gone', 'I-2': 'synced' });
});

it('is taken as long as nothing was agreed with the first one', async ({ onTestFinished }) => {
  const { scene, theirs } = await openScene(onTestFinished);
  expect((await scene.run(['sync'])).code).toBe(0);
  expect((await scene.run(['sync'], theirs)).code).toBe(0);
});

it('is told from one of the same company whose answers name it differently', async ({ onTestFinished }) => {
  const { scene } = await openScene(onTestFinished);
  const { emulator } = scene;
  await scene.put('jobs', aJob('J-1'));
  expect((await scene.run(['sync'])).code).toBe(0);
  emulator.state.company.uuid = 'dddddddd-0000-4000-8000-000000000000';
  const user = emulator.act.addUser({ name: 'Second', email: 's@example.org', role: 'administrator' });
  const key = emulator.act.makeKey(user.uuid, { key: 'a key of another administrator' });
  expect((await scene.run(['sync'], { SPARKHIRE_API_KEY: key })).code).toBe(0);
});
