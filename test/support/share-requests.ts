/** Requests to share completed interviews: what tests of them ask and do. */
import { expect } from 'vitest';
import { aJob, anInterview, type PushScene } from './push-scene.js';

/** Reviewers that Spark Hire wrote to. */
export const mailed = ({ emulator }: PushScene) =>
  emulator.outbox.flatMap(({ kind, to }) => (kind === 'share_link' ? [to] : [])).sort();

/** Interviews I-1 and so on that were completed in Spark Hire. */
export async function completed(scene: PushScene, many: number): Promise<string[]> {
  await scene.put('jobs', aJob('J-1'));
  const rows = Array.from({ length: many }, (_, n) =>
    anInterview(`I-${n + 1}`, 'J-1', `c${n + 1}@example.org`),
  );
  await scene.put('interviews', ...rows);
  expect((await scene.run(['apply'])).code).toBe(0);
  const uuids = Object.values(await scene.view('interview')).map((row) => row.sparkhire_uuid!);
  for (const uuid of uuids) {
    scene.emulator.act.acceptInterview(uuid);
    scene.emulator.act.completeInterview(uuid);
  }
  scene.writes();
  return uuids;
}

export const openConflicts =
  'select kind, ats_id from sync.conflicts where resolved_at is null order by ats_id';
