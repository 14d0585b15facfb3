/**
 * A person sees invitations of the same candidate and job in Spark Hire, and decides that another one is sent.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import { aJob, anInterview, openPushScene, type PushScene } from '../../../support/push-scene.js';

/** Two that were made by hand. */
function inviteTwice({ emulator }: PushScene, jobUuid: string): void {
  for (const name of ['Cleo', 'Cleo C.'])
    emulator.act.addInterview({ jobUuid, name, email: 'c@example.org' });
}

async function withJob(onTestFinished: Parameters<typeof openPushScene>[0]) {
  const scene = await openPushScene(onTestFinished);
  await scene.put('jobs', aJob('J-1'));
  expect((await scene.run(['apply'])).code).toBe(0);
  return { scene, jobUuid: (await scene.view('job'))['J-1']!.sparkhire_uuid! };
}

async function decided(scene: PushScene, kind: string, take: string): Promise<void> {
  const asked = await scene.rows<{ id: string; kind: string }>(
    'select id, kind from sync.conflicts where resolved_at is null',
  );
  expect(asked).toMatchObject([{ kind }]);
  await scene.resolve(asked[0]!.id, take);
  const applied = await scene.run(['sync']);
  expect([applied.code, applied.json]).toMatchObject([0, { pushed: { created: 1 } }]);
  expect(await scene.states('interview')).toEqual({ 'I-1': 'synced' });
  expect(scene.invitations()).toEqual({ 3: 1 });
  expect((await scene.run(['sync'])).json).toMatchObject({ pushed: { created: 0 } });
  expect(
    await scene.rows('select kind, resolution from sync.conflicts where carried_out is not true'),
  ).toEqual([]);
}

/** Two are there when the row comes: a person is asked. */
async function asked(onTestFinished: Parameters<typeof withJob>[0]): Promise<PushScene> {
  const { scene, jobUuid } = await withJob(onTestFinished);
  inviteTwice(scene, jobUuid);
  await scene.put('interviews', anInterview('I-1', 'J-1', 'c@example.org'));
  expect((await scene.run(['sync'])).code).toBe(3);
  return scene;
}

describe('an invitation beside others that a person saw is sent, once', () => {
  it('an invitation beside others that a person saw is sent once at the first contact', async ({
    onTestFinished,
  }) => {
    const scene = await asked(onTestFinished);
    await decided(scene, 'possible_duplicate', 'create');
  });

  it('an invitation beside others that a person saw is sent once, and their answer ends with it, though that of Spark Hire is lost', async ({
    onTestFinished,
  }) => {
    const scene = await asked(onTestFinished);
    const path = /^\/v1\.0\/interviews$/;
    scene.emulator.faults.add({ method: 'POST', path, count: 1, effect: { kind: 'reset', when: 'after' } });
    await decided(scene, 'possible_duplicate', 'create');
  });

  it('an invitation beside others that a person saw is sent once after an answer was lost', async ({
    onTestFinished,
  }) => {
    const { scene, jobUuid } = await withJob(onTestFinished);
    await scene.put('interviews', anInterview('I-1', 'J-1', 'c@example.org'));
    const path = /^\/v1\.0\/interviews$/;
    scene.emulator.faults.add({ method: 'POST', path, count: 1, effect: { kind: 'reset', when: 'before' } });
    const stop = scene.emulator.onRequest(({ method, path: asked }) => {
      if (method !== 'POST' || !path.test(asked)) return;
      stop();
      inviteTwice(scene, jobUuid);
    });
    expect((await scene.run(['sync'])).code).toBe(3);
    await decided(scene, 'unknown_outcome', 'send');
  });
});

it('a second row of a candidate that came before the interview ended is no wish for another one; one that comes afterwards is', async ({
  onTestFinished,
}) => {
  const { scene } = await withJob(onTestFinished);
  const ends = ['completeInterview', 'expireInterview', 'cancelInterview', 'deleteInterview'] as const;
  const rows = (prefix: string) =>
    ends.map((_, at) => anInterview(`${prefix}-${at}`, 'J-1', `c${at}@example.org`));
  await scene.put('interviews', ...rows('I'));
  await scene.put('interviews', ...rows('K'));
  await scene.run(['sync']);
  const sent = await scene.view('interview');
  await scene.rows(`update sync.desired_rows set arrived_at = arrived_at - interval '1 minute'`);
  for (const [at, end] of ends.entries()) {
    const uuid = sent[`I-${at}`]!.sparkhire_uuid!;
    if (end === 'completeInterview') scene.emulator.act.acceptInterview(uuid);
    scene.emulator.act[end](uuid);
  }
  for (const command of ['backfill', 'sync', 'apply']) await scene.run([command]);
  const told = await scene.view('interview');
  for (const at of ends.keys()) {
    expect(told[`K-${at}`]).toMatchObject({ state: 'rejected', issues: [{ code: 'DUPLICATE' }] });
    expect(told[`K-${at}`]!.issues[0]!.message).toContain(`I-${at} invited`);
  }
  expect(scene.invitations()).toEqual({ 1: 4 });
  const [deleted] = await scene.rows<{ id: string }>(
    `select id from sync.conflicts where kind = 'remote_deleted' and resolved_at is null`,
  );
  await scene.resolve(deleted!.id, 'sparkhire');
  for (const command of ['apply', 'apply']) await scene.run([command]);
  expect(scene.invitations()).toEqual({ 1: 4 });
  await scene.put('interviews', ...rows('N').slice(0, 3));
  await scene.run(['sync']);
  expect(scene.invitations()).toEqual({ 1: 1, 2: 3 });
});
