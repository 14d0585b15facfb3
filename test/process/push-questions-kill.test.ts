/** The program is killed while questions are edited. */
import { expect, it } from 'vitest';
import { invite, openPushScene, type PushScene } from '../support/push-scene.js';

const q = (text: string, time_limit = 60, takes = 1) => ({ text, time_limit, takes });
const path = /^\/v1\.0\/interviews\/[^/]+\/questions/;
const isEdit = ({ method, path: asked }: { method: string; path: string }) =>
  method !== 'GET' && path.test(asked);

async function invited(scene: PushScene, many: number): Promise<Record<string, string>> {
  await invite(scene, many);
  expect((await scene.run(['apply'])).code).toBe(0);
  scene.writes();
  const rows = Object.entries(await scene.view('interview'));
  return Object.fromEntries(rows.map(([atsId, { sparkhire_uuid }]) => [atsId, sparkhire_uuid!]));
}

/** As Spark Hire has them. */
function questionsOf(scene: PushScene, uuid: string) {
  return scene.emulator.state.interviews
    .get(uuid)!
    .questions.map(({ text, timeLimit, takesLimit }) => q(text, timeLimit, takesLimit));
}

/** Tells of every moment in which an interview has no questions. */
function watchEmpty(scene: PushScene): string[] {
  const empty: string[] = [];
  scene.emulator.onRequest(() => {
    for (const { uuid, questions } of scene.emulator.state.interviews.values())
      if (questions.length === 0) empty.push(uuid);
  });
  return empty;
}

async function applyUntilDone(scene: PushScene, times = 8): Promise<void> {
  for (let time = 1; time <= times; time += 1) {
    await scene.run(['apply']);
    const left = await scene.rows(`select 1 from ats.interview_sync where state <> 'synced'`);
    if (left.length === 0) return;
  }
  expect(await scene.view('interview')).toBe('never done');
}

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
