/** The ATS gave rows another key: the same objects of Spark Hire stand for the new rows, and nobody hears of it. */
import { describe, expect, it } from 'vitest';
import { aJob, anInterview, invite, openPushScene, type PushScene } from '../../../support/push-scene.js';

/** A job J-1 with three invitations. */
async function invited(onTestFinished: Parameters<typeof openPushScene>[0]): Promise<PushScene> {
  const scene = await openPushScene(onTestFinished);
  await invite(scene, 3);
  expect((await scene.run(['apply'])).code).toBe(0);
  scene.writes();
  return scene;
}

const uuids = async (scene: PushScene, view: 'job' | 'interview' | 'user') =>
  Object.fromEntries(
    Object.values(await scene.view(view)).map(({ ats_id, sparkhire_uuid }) => [ats_id, sparkhire_uuid]),
  );

const openConflicts = (scene: PushScene) =>
  scene.rows<{ id: string; kind: string; ats_id: string; reason: string }>(
    'select id, kind, ats_id, reason from sync.conflicts where resolved_at is null order by id',
  );

/** J-1 becomes J-2, in one transaction. */
const rekeyJob = `begin;
  insert into ats.jobs select account, 'J-2', title, description, status, city, region, country from ats.jobs;
  delete from ats.jobs where ats_id = 'J-1';
  update ats.interviews set job_ats_id = 'J-2';
  commit`;

/** I-1 becomes K-1 and so on. */
const rekeyInterviews = `begin;
  create temp table was on commit drop as select * from ats.interviews;
  delete from ats.interviews;
  update was set ats_id = 'K' || substr(ats_id, 2), job_ats_id = (select max(ats_id) from ats.jobs);
  insert into ats.interviews select * from was;
  commit`;

describe('rows that get another key', () => {
  it('a job with another key is asked about before there is a second one, and nothing is closed or canceled until then', {
    tags: ['rare'],
  }, async ({ onTestFinished }) => {
    const scene = await invited(onTestFinished);
    const before = { job: await uuids(scene, 'job'), interview: await uuids(scene, 'interview') };
    await scene.rows(rekeyJob);
    for (const command of ['apply', 'sync']) {
      expect((await scene.run([command])).code).toBe(3);
      expect(scene.writes()).toEqual([]);
    }
    const [asked, ...others] = await openConflicts(scene);
    expect(others).toEqual([]);
    expect(asked).toMatchObject({ kind: 'possible_duplicate', ats_id: 'J-2' });
    expect(asked!.reason).toContain('J-1');
    expect(await scene.states('job')).toEqual({ 'J-1': 'held', 'J-2': 'conflict' });
    expect(await scene.states('interview')).toEqual({ 'I-1': 'held', 'I-2': 'held', 'I-3': 'held' });

    await scene.resolve(asked!.id, 'link');
    expect((await scene.run(['apply'])).code).toBe(0);
    expect((await scene.run(['sync'])).code).toBe(0);
    expect(scene.writes()).toEqual([]);
    expect(await uuids(scene, 'job')).toEqual({ 'J-1': null, 'J-2': before.job['J-1'] });
    expect(await uuids(scene, 'interview')).toEqual(before.interview);
    expect(await scene.states('job')).toEqual({ 'J-1': 'gone', 'J-2': 'synced' });
    expect(new Set(Object.values(await scene.states('interview')))).toEqual(new Set(['synced']));
    // What both sides agreed on came along: an edit is an edit, not a difference nobody ever settled.
    await scene.put('jobs', aJob('J-2', { title: 'Head baker', description: 'Leads the night shift.' }));
    await scene.put('interviews', anInterview('I-4', 'J-2', 'c4@example.org'));
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(scene.writes().map(({ method }) => method)).toEqual(['PUT', 'POST']);
    expect(scene.invitations()).toEqual({ 1: 4 });
  });

  it('a job with another key that a person calls another one is made, and the old one is closed', {
    tags: ['rare'],
  }, async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    await scene.put('jobs', aJob('J-1'));
    expect((await scene.run(['apply'])).code).toBe(0);
    await scene.rows(rekeyJob);
    expect((await scene.run(['apply'])).code).toBe(3);
    scene.writes();
    const [asked] = await openConflicts(scene);
    await scene.resolve(asked!.id, 'create');
    expect((await scene.run(['apply'])).json).toMatchObject({ pushed: { created: 1 } });
    expect((await scene.run(['apply'])).code).toBe(0);
    const [old, ...more] = [...scene.emulator.state.jobs.values()];
    expect([old!.status, more.map(({ status }) => status)]).toEqual(['inactive', ['active']]);
    expect(await scene.states('job')).toEqual({ 'J-1': 'gone', 'J-2': 'synced' });
  });

  it('invitations with another key go on, with their job or without, and nobody is invited again', async ({
    onTestFinished,
  }) => {
    const scene = await invited(onTestFinished);
    const before = await uuids(scene, 'interview');
    await scene.rows(rekeyInterviews);
    expect(await scene.run(['apply'])).toMatchObject({
      code: 0,
      json: { pushed: { adopted: 3, canceled: 0 } },
    });
    expect((await scene.run(['sync'])).code).toBe(0);
    const now = await uuids(scene, 'interview');
    expect([now['K-1'], now['K-2'], now['K-3']]).toEqual([before['I-1'], before['I-2'], before['I-3']]);
    expect(await scene.states('interview')).toEqual({
      ...{ 'I-1': 'gone', 'I-2': 'gone', 'I-3': 'gone' },
      ...{ 'K-1': 'synced', 'K-2': 'synced', 'K-3': 'synced' },
    });

    // The job as well now, and by setting it is taken for the same without a question.
    await scene.rows(rekeyJob);
    await scene.rows(rekeyInterviews.replaceAll(`'K'`, `'L'`));
    const settings = { SYNC_CONFIG: scene.settingsFile('policies: { jobs: { firstContact: link } }') };
    expect(await scene.run(['apply'], settings)).toMatchObject({
      code: 0,
      json: { pushed: { canceled: 0 } },
    });
    expect((await scene.run(['sync'], settings)).code).toBe(0);
    const then = await uuids(scene, 'interview');
    expect([then['L-1'], then['L-2'], then['L-3']]).toEqual([before['I-1'], before['I-2'], before['I-3']]);
    expect(await scene.states('job')).toEqual({ 'J-1': 'gone', 'J-2': 'synced' });
    expect(scene.writes()).toEqual([]);
    expect(await openConflicts(scene)).toEqual([]);
    // Withdrawn under its new key it is canceled.
    await scene.rows(`delete from ats.interviews where ats_id = 'L-1'`);
    expect((await scene.run(['apply'], settings)).json).toMatchObject({ pushed: { canceled: 1 } });
    expect(scene.invitations()).toEqual({ 1: 3 });
  });

  it('invitations wait with their re-keyed job for the answer, and are not canceled meanwhile', async ({
    onTestFinished,
  }) => {
    const scene = await invited(onTestFinished);
    const before = await uuids(scene, 'interview');
    await scene.rows(rekeyJob);
    await scene.rows(rekeyInterviews);
    expect((await scene.run(['apply'])).code).toBe(3);
    expect((await scene.run(['sync'])).code).toBe(3);
    expect(scene.writes()).toEqual([]);
    const [asked] = await openConflicts(scene);
    // Whoever decides is told what e-mails would follow.
    await scene.put('interviews', anInterview('M-1', 'J-2', 'm1@example.org'));
    const shown = (await scene.command(['conflicts', 'show', asked!.id]).ended).stdout;
    expect(shown).toMatch(/4 invitations wait .* In 3 of them .* \(rows K-1, K-2, K-3\)/);
    await scene.rows(`delete from ats.interviews where ats_id = 'M-1'`);
    await scene.resolve(asked!.id, 'link');
    expect((await scene.run(['apply'])).code).toBe(0);
    const now = await uuids(scene, 'interview');
    expect([now['K-1'], now['K-2'], now['K-3']]).toEqual([before['I-1'], before['I-2'], before['I-3']]);
    expect((await scene.run(['sync'])).code).toBe(0);
    expect(scene.writes()).toEqual([]);
    expect(scene.invitations()).toEqual({ 1: 3 });
  });

  it('ended invitations with another key go on too, whatever their package says by now and whenever a person answers', {
    tags: ['rare'],
  }, async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    const questions = [{ text: 'Why bread?', time_limit: 60 }];
    await scene.put('packages', { package: 'P', type: 'one_way', questions, deadline_days: 30 });
    const given = { package: 'P', type: null, questions: null, deadline_at: null };
    await scene.put('jobs', aJob('J-1'));
    await scene.put(
      'interviews',
      anInterview('I-1', 'J-1', 'c1@example.org', given),
      anInterview('I-2', 'J-1', 'c2@example.org'),
      anInterview('I-3', 'J-1', 'c3@example.org', given),
      anInterview('I-4', 'J-1', 'c4@example.org'),
    );
    expect((await scene.run(['apply'])).code).toBe(0);
    const before = await uuids(scene, 'interview');
    for (const id of ['I-1', 'I-2', 'I-4']) scene.emulator.act.completeInterview(before[id]!);
    expect((await scene.run(['sync'])).code).toBe(0);
    await scene.put('packages', { package: 'P', questions: [{ text: 'Why cakes?', time_limit: 30 }] });
    // The deadline of one has passed by now.
    await scene.rows(`update ats.interviews set deadline_at = '2024-05-01T12:00:00Z' where ats_id = 'I-4'`);
    await scene.rows(`update sync.links set base = jsonb_set(base, '{scheduled_at,ats}', '"2024-05-01T12:00:00.000Z"')
      where ats_id = 'I-4'`);
    await scene.rows(rekeyJob);
    await scene.rows(rekeyInterviews);
    scene.writes();
    expect((await scene.run(['sync'])).code).toBe(3);
    await scene.rows(`update sync.desired_rows
      set updated_at = updated_at - interval '3 days', missing_since = missing_since - interval '3 days',
        arrived_at = arrived_at - interval '3 days'`);
    const [asked] = await openConflicts(scene);
    await scene.resolve(asked!.id, 'link');
    expect((await scene.run(['apply'])).code).toBe(0);
    expect((await scene.run(['sync'])).code).toBe(0);
    expect(scene.writes()).toEqual([]);
    expect(scene.invitations()).toEqual({ 1: 4 });
    const now = await uuids(scene, 'interview');
    for (const n of [1, 2, 3, 4]) expect(now[`K-${n}`]).toBe(before[`I-${n}`]);
    expect((await scene.view('interview'))['K-4']).toMatchObject({ state: 'synced', status: 'completed' });
  });

  it('a refused wish to invite again is refused under each new key, and is carried out beside the row that was refused', {
    tags: ['rare'],
  }, async ({ onTestFinished }) => {
    const scene = await invited(onTestFinished);
    await scene.rows(`update ats.interviews set desired = 'canceled' where ats_id in ('I-1', 'I-2')`);
    scene.emulator.act.expireInterview((await uuids(scene, 'interview'))['I-3']!);
    expect((await scene.run(['sync'])).json).toMatchObject({ pushed: { canceled: 2 } });
    await scene.rows(`update ats.interviews set desired = 'invited' where ats_id = 'I-1';
      update ats.interviews set deadline_at = deadline_at + interval '3 days' where ats_id = 'I-3'`);
    expect((await scene.run(['apply'])).code).toBe(3);
    const told = await scene.view('interview');
    expect(await scene.states('interview')).toEqual({ 'I-1': 'rejected', 'I-2': 'gone', 'I-3': 'rejected' });
    scene.writes();

    for (const key of ['K', 'L']) {
      await scene.rows(rekeyInterviews.replaceAll(`'K'`, `'${key}'`));
      // Told by the pass that takes them over.
      expect(await scene.run(['apply'])).toMatchObject({
        code: 3,
        json: { pushed: { adopted: 2, created: 0, rejected: 2 } },
      });
      const now = await scene.view('interview');
      expect([now[`${key}-1`]!.issues, now[`${key}-3`]!.issues]).toEqual([
        told['I-1']!.issues,
        told['I-3']!.issues,
      ]);
      expect(now[`${key}-2`]).toMatchObject({ state: 'gone', issues: [] });
    }
    expect(scene.writes()).toEqual([]);

    await scene.put('interviews', anInterview('M-1', 'J-2', 'c1@example.org', { job_ats_id: 'J-1' }));
    expect((await scene.run(['apply'])).json).toMatchObject({ pushed: { created: 1 } });
  });

  it('an interview that has ended is the same under each new key, whatever else its row says by then', {
    tags: ['rare'],
  }, async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    await invite(scene, 5);
    expect((await scene.run(['apply'])).code).toBe(0);
    const before = await uuids(scene, 'interview');
    for (const id of ['I-1', 'I-2']) scene.emulator.act.completeInterview(before[id]!);
    scene.emulator.act.cancelInterview(before['I-3']!);
    await scene.rows(`update ats.interviews set desired = 'canceled' where ats_id in ('I-4', 'I-5')`);
    expect((await scene.run(['sync'])).json).toMatchObject({ pushed: { canceled: 2 } });
    scene.writes();
    const later = `update ats.interviews set deadline_at = deadline_at + interval '1 hour'`;
    const changes = `${later} where ats_id in ('I-1', 'I-3', 'I-5'); update ats.interviews set desired = 'invited';
      update ats.interviews set questions = '[{"text": "Why cakes?", "time_limit": 30}]' where ats_id = 'I-2'`;
    await scene.rows(changes);
    await scene.rows(rekeyInterviews);
    expect((await scene.run(['apply'])).json).toMatchObject({ pushed: { created: 0, adopted: 5 } });
    expect((await scene.run(['sync'])).code).toBe(3);
    await scene.rows(later);
    await scene.rows(rekeyInterviews.replaceAll(`'K'`, `'L'`));
    expect((await scene.run(['apply'])).json).toMatchObject({ pushed: { created: 0, adopted: 5 } });
    expect((await scene.run(['sync'])).code).toBe(3);
    expect(scene.writes()).toEqual([]);
    const now = await scene.view('interview');
    for (const n of [1, 2, 3, 4, 5]) {
      expect(now[`L-${n}`]!.sparkhire_uuid).toBe(before[`I-${n}`]);
      expect((now[`L-${n}`]!.issues as unknown[])[0]).toMatchObject({ code: 'IMMUTABLE_AFTER_SEND' });
    }
    // A row beside is another wish.
    await scene.put('interviews', anInterview('M-1', 'J-1', 'c1@example.org'));
    expect((await scene.run(['apply'])).json).toMatchObject({ pushed: { created: 1 } });
    // Both under other keys, with other words, night after night: each goes on with one of the two.
    for (const key of ['N', 'O', 'P']) {
      await scene.rows(later);
      await scene.rows(rekeyInterviews.replace(`'K' || substr(ats_id, 2)`, `'${key}' || ats_id`));
      for (let round = 1; round <= 3; round += 1) await scene.run(['sync']);
      await scene.rows(`update sync.desired_rows set updated_at = updated_at - interval '1 day',
        missing_since = missing_since - interval '1 day', arrived_at = arrived_at - interval '1 day'`);
    }
    const open = await scene.rows<{ ats_id: string }>(
      `select a.ats_id from ats.interviews a left join sync.links l on l.resource = 'interviews' and l.ats_id = a.ats_id
       where l.uuid is null`,
    );
    expect(open).toEqual([]);
    expect(scene.invitations()).toEqual({ 1: 4, 2: 1 });
  });

  it('a row that comes days after that of an interview which ended is a question, and months after it an invitation', {
    tags: ['rare'],
  }, async ({ onTestFinished }) => {
    const scene = await invited(onTestFinished);
    const before = await uuids(scene, 'interview');
    for (const uuid of Object.values(before)) scene.emulator.act.completeInterview(uuid!);
    await scene.rows('create table gone as select * from ats.interviews; delete from ats.interviews');
    expect((await scene.run(['sync'])).code).toBe(0);
    const since = (days: number) =>
      scene.rows(`update sync.desired_rows set updated_at = updated_at - interval '${days} days',
        missing_since = missing_since - interval '${days} days'`);
    const back = (n: number) =>
      scene.rows(`insert into ats.interviews select * from (
        select (jsonb_populate_record(g, jsonb_build_object('ats_id', 'K-${n}'))).* from gone g where ats_id = 'I-${n}') k`);
    scene.writes();
    await since(2);
    await back(1);
    await back(2);
    expect((await scene.run(['apply'])).code).toBe(3);
    expect(scene.writes()).toEqual([]);
    const asked = await openConflicts(scene);
    expect(asked).toMatchObject([
      { kind: 'possible_duplicate', ats_id: 'K-1', reason: expect.stringContaining('I-1') },
      { kind: 'possible_duplicate', ats_id: 'K-2' },
    ]);
    await scene.resolve(asked[0]!.id, 'link');
    await scene.resolve(asked[1]!.id, 'create');
    expect((await scene.run(['apply'])).json).toMatchObject({ pushed: { created: 1, adopted: 1 } });
    await since(40);
    await back(3);
    expect((await scene.run(['apply'])).json).toMatchObject({ pushed: { created: 1 } });
    expect(scene.invitations()).toEqual({ 1: 1, 2: 2 });
  });

  it('a row that never comes to rest ends the round with an error, after all other rows had their turn', {
    tags: ['rare'],
  }, async ({ onTestFinished }) => {
    const scene = await invited(onTestFinished);
    for (const uuid of Object.values(await uuids(scene, 'interview')))
      scene.emulator.act.completeInterview(uuid!);
    expect((await scene.run(['sync'])).code).toBe(0);
    scene.writes();
    // The link of K-1 goes back to I-1 each time.
    await scene.rows(`create function sync.undo() returns trigger language plpgsql as
      'begin if new.ats_id = ''K-1'' then new.ats_id = ''I-1''; end if; return new; end';
      create trigger undo before insert on sync.links for each row execute function sync.undo()`);
    await scene.rows(rekeyInterviews);
    await scene.put('interviews', anInterview('N-1', 'J-1', 'n1@example.org'));
    const round = await scene.run(['apply']);
    expect(round.code).toBe(1);
    expect(round.stderr).toContain(
      'row K-1 (interviews) had its turn more than 10 times in one round, the last time for "adopt", although the ATS did not change it',
    );
    expect(scene.invitations()).toEqual({ 1: 4 });
    expect(await scene.states('interview')).toMatchObject({ 'K-2': 'synced', 'N-1': 'synced' });
  });

  it('a user row with another key stands for the same user', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    const bo = { name: 'Bo', email: 'bo@example.org', role: 'standard' };
    await scene.put('users', { ats_id: 'U-1', ...bo });
    expect((await scene.run(['apply'])).code).toBe(0);
    const before = await uuids(scene, 'user');
    scene.writes();
    await scene.rows(`begin; delete from ats.users;
      insert into ats.users (ats_id, name, email, role) values ('U-2', 'Bo', 'Bo@example.org', 'standard'); commit`);
    expect((await scene.run(['apply'])).json).toMatchObject({ pushed: { adopted: 1 } });
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(await uuids(scene, 'user')).toEqual({ 'U-1': null, 'U-2': before['U-1'] });
    expect(await scene.states('user')).toEqual({ 'U-1': 'gone', 'U-2': 'synced' });
    // What was told of the old row, that the new one may be the same, is over.
    expect((await scene.view('user'))['U-1']!.issues).toEqual([]);
    expect(scene.writes()).toEqual([]);
  });
});
