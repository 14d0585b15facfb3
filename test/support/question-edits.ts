/** Questions that are edited in the ATS after the invitation was sent: what tests of that ask and do. */
import { expect } from 'vitest';
import { invite, type PushScene } from './push-scene.js';

export const q = (text: string, time_limit = 60, takes = 1) => ({ text, time_limit, takes });
/** Of the questions of an interview. */
export const questionsPath = /^\/v1\.0\/interviews\/[^/]+\/questions/;
export const isEdit = ({ method, path: asked }: { method: string; path: string }) =>
  method !== 'GET' && questionsPath.test(asked);

export async function invited(scene: PushScene, many: number): Promise<Record<string, string>> {
  await invite(scene, many);
  expect((await scene.run(['apply'])).code).toBe(0);
  scene.writes();
  const rows = Object.entries(await scene.view('interview'));
  return Object.fromEntries(rows.map(([atsId, { sparkhire_uuid }]) => [atsId, sparkhire_uuid!]));
}

/** As Spark Hire has them. */
export function questionsOf(scene: PushScene, uuid: string) {
  return scene.emulator.state.interviews
    .get(uuid)!
    .questions.map(({ text, timeLimit, takesLimit }) => q(text, timeLimit, takesLimit));
}

/** Tells of every moment in which an interview has no questions. */
export function watchEmpty(scene: PushScene): string[] {
  const empty: string[] = [];
  scene.emulator.onRequest(() => {
    for (const { uuid, questions } of scene.emulator.state.interviews.values())
      if (questions.length === 0) empty.push(uuid);
  });
  return empty;
}

export async function applyUntilDone(scene: PushScene, times = 8): Promise<void> {
  for (let time = 1; time <= times; time += 1) {
    await scene.run(['apply']);
    const left = await scene.rows(`select 1 from ats.interview_sync where state <> 'synced'`);
    if (left.length === 0) return;
  }
  expect(await scene.view('interview')).toBe('never done');
}
