/** A full disk: PostgreSQL refuses what it cannot store, the service waits, and nothing is half-done. */
import { describe, expect, it } from 'vitest';
import { complaints, openScene, type Scene } from '../../support/scene.js';
import { eventually, type RunningService } from '../../support/service.js';

/** PostgreSQL's own answer to a disk without room, from a trigger: a small file system cannot be had everywhere. */
const full = (table: string) => `
  create or replace function public.no_room() returns trigger language plpgsql as $$
  begin
    raise exception using errcode = '53100', message = 'could not extend file "base/16384/16385": No space left on device';
  end $$;
  create trigger no_room before insert or update on ${table} for each statement execute function public.no_room()`;

const counts = async (scene: Scene) =>
  (
    await scene.rows(
      `select (select count(*)::int from sparkhire.interviews) as interviews,
         (select count(*)::int from sync.changes) as changes,
         (select max(watermark) from sync.checkpoints where resource = 'interviews') as watermark`,
    )
  )[0];

const tickFailures = async (scene: Scene) =>
  (
    await scene.rows<{ failures: number; error_code: string; waits: boolean }>(
      `select failures, error_code, retry_at > clock_timestamp() as waits
       from sync.activities where activity = 'tick'`,
    )
  )[0]!;

async function recovers(scene: Scene, service: RunningService): Promise<void> {
  await scene.isTrue();
  await eventually(async () => expect((await tickFailures(scene)).failures).toBe(0));
  const lines = service.lines().map(({ event }) => event);
  expect(lines.filter((event) => event === 'activity_recovered').length).toBeGreaterThan(0);
  expect((await service.stop()).code).toBe(0);
  expect(await scene.rows("select * from sync.runs where outcome = 'running'")).toEqual([]);
}

describe.concurrent('no room', () => {
  // The row, its change, and what is booked before a request: each is where it may run out.
  for (const table of ['sparkhire.interviews', 'sync.changes', 'sync.request_blocks', 'sync.runs']) {
    it(`for ${table}`, async ({ onTestFinished }) => {
      const scene = await openScene(onTestFinished, { jobs: 3, interviews: 12 });
      const service = await scene.start();
      await scene.isTrue();
      await scene.rows(full(table));
      const before = await counts(scene);
      scene.emulator.act.addInterview({});
      await eventually(async () => {
        expect(await tickFailures(scene)).toMatchObject({ error_code: 'DATABASE_FULL', waits: true });
        expect((await tickFailures(scene)).failures).toBeGreaterThanOrEqual(2);
      });
      // Neither the row, nor its change, nor the place to go on from.
      // (What is booked or noted before the work does not keep back what was under way.)
      if (table === 'sparkhire.interviews' || table === 'sync.changes') {
        expect(await counts(scene)).toEqual(before);
      }
      expect(
        await scene.rows(
          `select uuid from sparkhire.interviews i where not exists
             (select from sync.changes c where c.uuid = i.uuid and c.resource = 'interviews' and change = 'created')`,
        ),
      ).toEqual([]);
      const said = complaints(service);
      expect(said.length).toBe(new Set(said).size);
      expect(said.length).toBeLessThan(5);
      expect(said).toContain('activity_failed tick DATABASE_FULL');
      expect((await service.get('/healthz')).status).toBe(200);
      // A command that does one thing says what is wrong.
      if (table === 'sync.changes') {
        scene.emulator.act.addJob({ status: 'inactive' });
        const { code, json } = await scene.command(['sync', '--json']).ended;
        expect([code, json]).toMatchObject([1, { ok: false, error: { code: 'DATABASE_FULL' } }]);
      }
      await scene.rows(`drop trigger no_room on ${table}`);
      await recovers(scene, service);
    });
  }
});
