/**
 * A row with a new key means another object, as a person says: nothing waits for it, nor it for anything.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import { invite, openPushScene, type PushScene } from '../../../support/push-scene.js';

/** A job J-1 with two invitations, and no other slot; then all of them get other keys in one transaction. */
async function rekeyed(onTestFinished: Parameters<typeof openPushScene>[0]): Promise<PushScene> {
  const scene = await openPushScene(onTestFinished, { jobSlots: 1 });
  await invite(scene, 2);
  expect((await scene.run(['apply'])).code).toBe(0);
  scene.writes();
  await scene.rows(`begin;
    insert into ats.jobs (account, ats_id, title, description, status, city, country)
      select account, 'J-2', title, description, status, city, country from ats.jobs;
    delete from ats.jobs where ats_id = 'J-1';
    update ats.interviews set job_ats_id = 'J-2', ats_id = 'K' || substr(ats_id, 2);
    commit`);
  return scene;
}

/** The old job ends with its invitations, which leaves its slot to the new one. */
async function isReplaced(scene: PushScene, settings: Record<string, string>): Promise<void> {
  for (let round = 1; round <= 4; round += 1) await scene.run(['sync'], settings);
  expect(await scene.states('job')).toEqual({ 'J-1': 'gone', 'J-2': 'synced' });
  expect(await scene.states('interview')).toEqual({
    ...{ 'I-1': 'gone', 'I-2': 'gone' },
    ...{ 'K-1': 'synced', 'K-2': 'synced' },
  });
  expect([...scene.emulator.state.jobs.values()].map(({ status }) => status).sort()).toEqual([
    'active',
    'inactive',
  ]);
  expect(await scene.rows('select * from sync.conflicts where resolved_at is null')).toEqual([]);
}

const policies = (scene: PushScene, jobs: string) => ({
  SYNC_CONFIG: scene.settingsFile(`policies: { massChange: { missingSeconds: 0 }, jobs: { ${jobs} } }`),
});

describe('a job with a new key that is another one, where there is no other slot', () => {
  it.for(['ask', 'create'])(
    'a job with another key that a person calls another one gets the slot of the old one (firstContact: %s)',
    async (firstContact, { onTestFinished }) => {
      const scene = await rekeyed(onTestFinished);
      const settings = policies(scene, `firstContact: ${firstContact}`);
      expect((await scene.run(['apply'], settings)).code).toBe(3);
      expect(scene.writes()).toEqual([]);
      const [asked] = await scene.rows<{ id: string }>(
        `select id from sync.conflicts where kind = 'possible_duplicate' and resolved_at is null`,
      );
      await scene.resolve(asked!.id, 'create');
      await isReplaced(scene, settings);
    },
  );
});
