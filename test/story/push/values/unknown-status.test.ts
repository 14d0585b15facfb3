/**
 * A status that Spark Hire's document does not name: nobody knows that the interview has ended, so it has not.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import { anInterview, invite, openPushScene } from '../../../support/push-scene.js';

it('an interview in an unknown status is withdrawn, and its candidate is not invited beside it', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const { interviews } = scene.emulator.state;
  await invite(scene, 2);
  expect((await scene.run(['apply'])).code).toBe(0);
  for (const interview of [...interviews.values()]) {
    scene.emulator.act.acceptInterview(interview.uuid);
    Object.assign(interview, { status: 'started' });
  }
  expect((await scene.run(['sync'])).code).toBe(0);
  scene.writes();
  await scene.rows(`update ats.interviews set desired = 'canceled' where ats_id = 'I-1'`);
  await scene.put('interviews', anInterview('I-9', 'J-1', 'c2@example.org'));
  await scene.run(['sync']);
  expect(scene.writes().map(({ method, body }) => [method, body])).toEqual([['PUT', { status: 'canceled' }]]);
  expect((await scene.view('interview'))['I-9']).toMatchObject({
    state: 'rejected',
    issues: [{ code: 'DUPLICATE' }],
  });
  expect(scene.invitations()).toEqual({ 1: 2 });
});
