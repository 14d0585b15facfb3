/** A loader that deletes a row and writes it anew, each committed by itself: nothing of it is withdrawn on the way. */
import { describe, expect, it } from 'vitest';
import { invite, openPushScene, type PushScene } from '../../../support/push-scene.js';

const statusesOf = ({ emulator }: PushScene) =>
  Object.fromEntries(
    [...emulator.state.interviews.values()].map(({ candidate, status }) => [candidate.email, status]),
  );

const missing = (seconds: number) => `policies: { massChange: { missingSeconds: ${seconds} } }\n`;

it('a table that a loader made anew without the column source is carried over all the same', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  await scene.rows('alter table ats.interviews drop column source');
  await invite(scene, 1);
  expect((await scene.run(['apply'])).code).toBe(0);
  expect(await scene.states('interview')).toEqual({ 'I-1': 'synced' });
});

describe('a row that goes missing', () => {
  it('a missing row cancels nothing if it is back in time, whatever else the service carries over meanwhile', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    await invite(scene, 3);
    expect((await scene.run(['apply'])).code).toBe(0);
    const service = await scene.start({}, missing(3600));
    const [row] = await scene.rows<Record<string, unknown>>(
      `delete from ats.interviews where ats_id = 'I-1' returning *`,
    );
    // What is canceled in so many words waits for nothing, and shows that the missing row was looked at.
    await scene.rows(`update ats.interviews set desired = 'canceled' where ats_id = 'I-3'`);
    await scene.until(() => expect(statusesOf(scene)['c3@example.org']).toBe('canceled'));
    await scene.put('interviews', row!);
    await scene.until(async () =>
      expect(await scene.states('interview')).toEqual({ 'I-1': 'synced', 'I-2': 'synced', 'I-3': 'gone' }),
    );
    expect(statusesOf(scene)).toEqual({
      'c1@example.org': 'requested',
      'c2@example.org': 'requested',
      'c3@example.org': 'canceled',
    });
    expect(scene.invitations()).toEqual({ 1: 3 });
    expect((await service.stop()).code).toBe(0);
  });

  it('the service cancels for a row that was missing long enough, without anybody else writing', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    await invite(scene, 2);
    expect((await scene.run(['apply'])).code).toBe(0);
    const service = await scene.start({}, missing(1));
    await scene.until(() =>
      expect(scene.emulator.requests.some(({ path }) => path === '/v1.0/jobs')).toBe(true),
    );
    await scene.rows(`delete from ats.interviews where ats_id = 'I-1'`);
    await scene.until(() => expect(statusesOf(scene)['c1@example.org']).toBe('canceled'));
    await scene.until(async () =>
      expect(await scene.states('interview')).toEqual({ 'I-1': 'gone', 'I-2': 'synced' }),
    );
    expect((await service.stop()).code).toBe(0);
  });

  it('`apply` waits until a missing row was missing long enough, and `plan` shows it from the beginning', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    await invite(scene, 2);
    expect((await scene.run(['apply'])).code).toBe(0);
    const SYNC_CONFIG = scene.settingsFile(missing(1));
    await scene.rows(`delete from ats.interviews where ats_id = 'I-1'`);
    const plan = (await scene.run(['plan'], { SYNC_CONFIG })).json as { actions: unknown[] };
    expect(plan.actions).toMatchObject([{ ats_id: 'I-1', action: 'cancel' }]);
    const applied = await scene.run(['apply'], { SYNC_CONFIG });
    expect([applied.code, applied.json]).toMatchObject([0, { pushed: { canceled: 1 } }]);
    expect(statusesOf(scene)).toEqual({ 'c1@example.org': 'canceled', 'c2@example.org': 'requested' });
  });
});
