/**
 * A loader without a transaction deletes row by row, and the service carries each over at once: it stops all the same.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import { invite, openPushScene } from '../../../support/push-scene.js';

describe('rows deleted one by one, each committed by itself', () => {
  it('of rows deleted one by one the tenth waits for a person, who approves of all the rest', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    await invite(scene, 30);
    expect((await scene.run(['apply'])).code).toBe(0);
    const canceled = () =>
      [...scene.emulator.state.interviews.values()].filter(({ status }) => status === 'canceled').length;
    const open = () =>
      scene.rows<{ kind: string; resource: string; reason: string }>(
        'select kind, resource, reason from sync.conflicts where resolved_at is null',
      );
    // Each is believed at once: the loader is a slow one.
    const service = await scene.start();
    // What the ATS withdraws in so many words is no accident.
    for (const n of [28, 29, 30]) {
      await scene.rows(`update ats.interviews set desired = 'canceled' where ats_id = 'I-${n}'`);
    }
    await scene.until(() => expect(canceled()).toBe(3));
    for (let n = 1; n <= 14; n++) {
      await scene.rows(`delete from ats.interviews where ats_id = 'I-${n}'`);
      if (n < 10) await scene.until(() => expect(canceled()).toBe(3 + n));
      else await scene.until(async () => expect(await open()).toHaveLength(1));
    }
    expect(canceled()).toBe(12);
    const [asked] = await open();
    expect(asked).toMatchObject({ kind: 'mass_change', resource: 'interviews' });
    expect(asked!.reason).toMatch(/9 whose rows went missing/);

    // It is not released by waiting.
    await scene.later(3600);
    const plan = (await scene.run(['plan'])).json as {
      held: string | null;
      checksum: string;
      actions: unknown[];
    };
    expect([plan.held, plan.actions.length]).toEqual([expect.stringContaining('9 whose rows'), 5]);
    const approved = await scene.run(['apply', '--approve', plan.checksum]);
    expect([approved.code, approved.json]).toMatchObject([0, { pushed: { canceled: 5, held: 0 } }]);
    expect([canceled(), await open()]).toEqual([17, []]);
    // What was approved of is not held against the next one.
    await scene.rows(`delete from ats.interviews where ats_id = 'I-15'`);
    await scene.until(() => expect(canceled()).toBe(18));
    expect((await service.stop()).code).toBe(0);
  });
});
