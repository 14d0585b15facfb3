/** The program is killed while questions are edited. */
import { expect, it } from 'vitest';
import { openPushScene } from '../../support/push-scene.js';
import { applyUntilDone, invited, isEdit, q, questionsOf, watchEmpty } from '../../support/question-edits.js';

it('edited questions are there once each, wherever the program was killed', async ({ onTestFinished }) => {
  const scene = await openPushScene(onTestFinished);
  const { emulator } = scene;
  const uuid = await invited(scene, 8);
  const before = [q('Why bread?'), q('Where?')];
  const after = [q('Why cake?'), q('Since when?', 30), q('How?', 30)];
  const rows = Object.keys(uuid);
  await scene.put('interviews', ...rows.map((ats_id) => ({ ats_id, questions: before })));
  expect((await scene.run(['apply'])).code).toBe(0);
  const empty = watchEmpty(scene);
  // A text, two additions, a removal: each is the last thing it did, or the last it could not do any more.
  for (const [index, ats_id] of rows.entries()) {
    await scene.put('interviews', { ats_id, questions: after });
    const nth = (index % 4) + 1;
    let seen = 0;
    let killed: Promise<unknown> | undefined;
    const program = scene.process(['apply', '--json'], { SYNC_SETTLE_SECONDS: '0.5' });
    const stop = emulator.onRequest(async (request) => {
      if (!isEdit(request) || ++seen !== nth) return;
      stop();
      program.kill('SIGKILL');
      killed = program.ended;
      await killed;
      if (index < 4) throw new Error('lost on the way');
    });
    expect((await program.ended).signal).toBe('SIGKILL');
  }
  await applyUntilDone(scene);
  for (const ats_id of rows) expect([ats_id, questionsOf(scene, uuid[ats_id]!)]).toEqual([ats_id, after]);
  expect(empty).toEqual([]);
  expect(await scene.rows('select * from sync.conflicts where resolved_at is null')).toEqual([]);
  expect(scene.invitations()).toEqual({ 1: 8 });
});
