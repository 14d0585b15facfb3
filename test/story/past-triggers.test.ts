/**
 * Rows of the ATS that no trigger told of: replication, a loader that switches triggers off, a table put in another's place.
 * @module-tag rare
 */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Check } from '../../src/status/checks/check.js';
import { openPushScene, type PushScene } from '../support/push-scene.js';

/** As logical replication and restores write: no trigger fires. */
const silently = (scene: PushScene, sql: string) =>
  scene.rows(`set session_replication_role = replica; ${sql}; set session_replication_role = default`);

const titles = ({ emulator }: PushScene) =>
  [...emulator.state.jobs.values()].map(({ title }) => title).sort();

async function openedScene(): Promise<PushScene> {
  const scene = await openPushScene(onTestFinished, { jobs: 0, interviews: 0, shareLinks: 0 });
  await scene.rows(`insert into ats.jobs (ats_id, title, description, status, city, country)
    select 'J-' || n, 'Baker ' || n, 'Bakes.', 'closed', 'Bergen', 'Norway' from generate_series(1, 3) n`);
  expect((await scene.command(['sync']).ended).code).toBe(0);
  expect(titles(scene)).toEqual(['Baker 1', 'Baker 2', 'Baker 3']);
  return scene;
}

describe('rows that were written past the triggers', () => {
  it('are seen by plan, apply and sync: new ones, changed ones, and those that are gone', async () => {
    const scene = await openedScene();
    await silently(
      scene,
      `insert into ats.jobs (ats_id, title, description, status, city, country)
         values ('J-4', 'Baker 4', 'Bakes.', 'closed', 'Bergen', 'Norway');
       update ats.jobs set title = 'Head Baker' where ats_id = 'J-1'`,
    );
    const planned = await scene.command(['plan', '--json']).ended;
    expect(JSON.parse(planned.stdout).actions).toMatchObject([
      { ats_id: 'J-4', action: 'create' },
      { ats_id: 'J-1', action: 'update' },
    ]);
    const applied = await scene.command(['apply'], { LOG_LEVEL: 'info' }).ended;
    expect(applied.code).toBe(0);
    expect(titles(scene)).toEqual(['Baker 2', 'Baker 3', 'Baker 4', 'Head Baker']);

    await silently(
      scene,
      `update ats.jobs set title = 'Pastry Baker' where ats_id = 'J-2'; delete from ats.jobs where ats_id = 'J-4'`,
    );
    const synced = await scene.command(['sync'], { LOG_LEVEL: 'info' }).ended;
    expect(synced.stderr).toContain('past_triggers');
    expect(titles(scene)).toContain('Pastry Baker');
    const [gone] = await scene.rows<{ state: string }>(`select state from ats.job_sync where ats_id = 'J-4'`);
    expect(gone!.state).not.toBe('synced');
    // What the triggers tell is not told a second time.
    await scene.rows(`update ats.jobs set title = 'Rye Baker' where ats_id = 'J-3'`);
    const again = await scene.command(['sync'], { LOG_LEVEL: 'info' }).ended;
    expect(again.stderr).not.toContain('past_triggers');
    expect(titles(scene)).toContain('Rye Baker');
  });

  it('are seen in a table that was filled long ago and put in the place of the other', async () => {
    const scene = await openedScene();
    await scene.rows(`create table ats.jobs_new (like ats.jobs including all);
      insert into ats.jobs_new select * from ats.jobs;
      update ats.jobs_new set title = 'Head Baker' where ats_id = 'J-1'`);
    expect((await scene.command(['sync']).ended).code).toBe(0);
    await scene.rows('alter table ats.jobs rename to jobs_old; alter table ats.jobs_new rename to jobs');
    expect((await scene.command(['sync']).ended).code).toBe(0);
    expect(titles(scene)).toContain('Head Baker');
  });
});

describe('what a loader took away from a table of the ATS', () => {
  async function ats(scene: PushScene): Promise<{ code: number | null; check: Check }> {
    const { code, stdout } = await scene.command(['doctor', '--json']).ended;
    return { code, check: (JSON.parse(stdout) as Check[]).find(({ check }) => check === 'ats')! };
  }

  it('is named by doctor and brought back by migrate', async () => {
    const scene = await openedScene();
    expect(await ats(scene)).toMatchObject({ code: 0, check: { level: 'ok' } });
    await scene.rows(`create table ats.jobs_new (like ats.jobs);
      insert into ats.jobs_new select * from ats.jobs;
      alter table ats.jobs rename to jobs_old; alter table ats.jobs_new rename to jobs;
      alter table ats.users disable trigger queue_update;
      drop view ats.interview_sync`);
    const { code, check } = await ats(scene);
    expect(code).toBe(1);
    expect(check.level).toBe('failed');
    for (const words of [
      'ats.jobs: the triggers queue_delete, queue_insert, queue_truncate, queue_update are missing',
      'ats.jobs: there is no primary key',
      'ats.jobs: sparkhire_ats_writer may not write there',
      'ats.users: the trigger queue_update is switched off',
      'the view ats.job_sync shows another table than ats.jobs',
      'the view ats.interview_sync is missing',
    ]) {
      expect(check.detail).toContain(words);
    }
    expect(check.remedy).toContain('sparkhire-sync migrate');

    const { code: migrated, stdout } = await scene.command(['migrate']).ended;
    expect(migrated).toBe(0);
    expect(stdout).toContain('Brought back: the primary key (account, ats_id) of ats.jobs.');
    expect(stdout).toContain('Brought back: the trigger queue_update of ats.users.');
    expect(await ats(scene)).toMatchObject({ code: 0, check: { level: 'ok' } });
    expect((await scene.command(['migrate']).ended).stdout).toBe('Nothing to do.\n');
    await scene.rows(`update ats.jobs set title = 'Head Baker' where ats_id = 'J-1'`);
    expect(await scene.rows(`select state from ats.job_sync where ats_id = 'J-1'`)).toEqual([
      { state: 'pending' },
    ]);
  });

  it('is told where it cannot be brought back: two rows with one key', async () => {
    const scene = await openedScene();
    await scene.rows(`create table ats.jobs_new as select * from ats.jobs;
      insert into ats.jobs_new select * from ats.jobs where ats_id = 'J-1';
      drop table ats.jobs cascade; alter table ats.jobs_new rename to jobs`);
    const { code, stderr } = await scene.command(['migrate']).ended;
    expect(code).toBe(1);
    expect(stderr).not.toContain('a bug');
    expect((await ats(scene)).check.detail).not.toContain('trigger');
    expect(stderr).toMatch(/MIGRATION_FAILED.*ats\.jobs: there is no primary key/s);
  });

  it('is made again where it was a table or a column, and a command that needs it says so', async () => {
    const scene = await openedScene();
    await scene.rows(`drop table ats.share_requests cascade; drop table ats.packages;
      alter table ats.interviews drop column priority, drop column extra`);
    const stopped = await scene.command(['sync']).ended;
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toMatch(/^DATABASE_INCOMPLETE: .*\n→ Run `sparkhire-sync migrate`/m);
    expect((await ats(scene)).check.detail.split('\n')).toEqual([
      'ats.interviews: there is no column priority, extra',
      'ats.packages: there is no such table',
      'ats.share_requests: there is no such table',
    ]);
    const { code, stdout } = await scene.command(['migrate']).ended;
    expect([code, stdout]).toEqual([
      0,
      [
        'Brought back: the columns priority, extra of ats.interviews.',
        'Brought back: the table ats.packages, empty.',
        'Brought back: the table ats.share_requests, empty.',
        '',
      ].join('\n'),
    ]);
    expect(await ats(scene)).toMatchObject({ code: 0, check: { level: 'ok' } });
    expect((await scene.command(['sync']).ended).code).toBe(0);
    await scene.rows(`insert into ats.share_requests (ats_id) values ('R-1')`);
    expect(await scene.states('share_request')).toEqual({ 'R-1': 'pending' });
  });

  it('is no wish to end what its rows had asked for, when it was the table', async () => {
    const scene = await openedScene();
    await scene.rows(`update ats.jobs set status = 'open'`);
    expect((await scene.command(['sync']).ended).code).toBe(0);
    const active = () =>
      [...scene.emulator.state.jobs.values()].filter(({ status }) => status === 'active').length;
    expect(active()).toBe(3);
    await scene.rows('create table public.kept as select * from ats.jobs; drop table ats.jobs cascade');
    const migrated = await scene.command(['migrate']).ended;
    expect(migrated.code).toBe(0);
    const held = await scene.command(['sync']).ended;
    expect([held.code, active()]).toEqual([3, 3]);
    expect(held.stdout + held.stderr).toContain(
      "The table of the ATS's jobs was dropped and made again, and has no rows yet",
    );
    await scene.rows(`insert into ats.jobs select * from public.kept where ats_id <> 'J-3'`);
    expect((await scene.command(['sync']).ended).code).toBe(0);
    expect([active(), await scene.states('job')]).toEqual([
      2,
      { 'J-1': 'synced', 'J-2': 'synced', 'J-3': 'gone' },
    ]);
  });
});
