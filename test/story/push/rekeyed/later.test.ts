/**
 * Rows that come back under other keys in pieces, or later: whoever was invited is known, whatever became of the old rows.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import {
  aJob,
  anInterview,
  invite,
  missingNoMore,
  openPushScene,
  type PushScene,
} from '../../../support/push-scene.js';

type OnFinished = Parameters<typeof openPushScene>[0];
const question = { text: 'Why bread?', time_limit: 60, takes: 1 };

/** J-1 and I-1 for c1@example.org are carried over. */
async function invited(onTestFinished: OnFinished): Promise<PushScene> {
  const scene = await openPushScene(onTestFinished);
  await invite(scene, 1);
  expect((await scene.run(['sync'])).code).toBe(0);
  scene.writes();
  return scene;
}

const asked = (scene: PushScene) =>
  scene.rows<{ id: string; resource: string; ats_id: string; reason: string }>(
    `select id, resource, ats_id, reason from sync.conflicts where resolved_at is null and kind = 'possible_duplicate' order by id`,
  );

/** Rounds at the end of which one question is open, about this row, and nobody was invited again. */
async function isAskedAbout(scene: PushScene, resource: string, atsId: string): Promise<string> {
  for (const command of ['apply', 'sync', 'apply']) await scene.run([command]);
  const open = await asked(scene);
  expect(open).toMatchObject([{ resource, ats_id: atsId }]);
  expect(scene.invitations()).toEqual({ 1: 1 });
  return open[0]!.id;
}

const bothGone = (scene: PushScene) =>
  scene.rows('begin; delete from ats.interviews; delete from ats.jobs; commit');
const renamed = aJob('J-2', { title: 'Head baker' });
const anew = (more = {}) => anInterview('I-2', 'J-2', 'c1@example.org', { candidate_name: 'C', ...more });

/** The rows are gone, the invitation is canceled and the job closed, and all that is settled. */
async function ended(onTestFinished: OnFinished): Promise<PushScene> {
  const scene = await invited(onTestFinished);
  await bothGone(scene);
  for (const command of ['apply', 'apply', 'sync', 'apply']) await scene.run([command]);
  expect(scene.writes().map(({ method }) => method)).toEqual(['PUT', 'PUT']);
  expect(await scene.states('job')).toEqual({ 'J-1': 'gone' });
  return scene;
}

describe('a job under another key and another title, whose candidates were invited before', () => {
  it('is asked about minutes after its rows were gone and all was ended', async ({ onTestFinished }) => {
    const scene = await ended(onTestFinished);
    await scene.put('jobs', renamed);
    await scene.put('interviews', anew());
    const id = await isAskedAbout(scene, 'jobs', 'J-2');
    await scene.resolve(id, 'create');
    await scene.run(['apply']);
    await scene.run(['apply']);
    expect(scene.invitations()).toEqual({ 2: 1 });
  });

  it('is known by the title about which a question was open when its row went, before all was ended', async ({
    onTestFinished,
  }) => {
    const scene = await invited(onTestFinished);
    const { sparkhire_uuid: uuid } = (await scene.view('job'))['J-1']!;
    scene.emulator.act.editJob(uuid!, { title: 'Theirs' });
    await scene.put('jobs', aJob('J-1', { title: 'Ours' }));
    await scene.run(['sync']);
    await bothGone(scene);
    const held = `policies: { massChange: { rows: 1, missingSeconds: 0 } }`;
    expect((await scene.run(['apply'], { SYNC_CONFIG: scene.settingsFile(held) })).code).toBe(3);
    await scene.put('jobs', aJob('J-2', { title: 'Ours' }));
    await isAskedAbout(scene, 'jobs', 'J-2');
    await scene.rows('delete from ats.jobs');
    for (const command of ['apply', 'sync', 'apply']) await scene.run([command]);
    expect(await scene.rows('select from sync.conflicts where resolved_at is null')).toEqual([]);
    expect(scene.emulator.state.jobs.get(uuid!)!.status).toBe('inactive');
  });

  it('stays a question when its title changes while it is open', async ({ onTestFinished }) => {
    const scene = await ended(onTestFinished);
    await scene.put('jobs', aJob('J-2', { title: 'Job J-1' }));
    await scene.put('interviews', anew());
    await isAskedAbout(scene, 'jobs', 'J-2');
    await scene.put('jobs', renamed);
    const id = await isAskedAbout(scene, 'jobs', 'J-2');
    await scene.resolve(id, 'link');
    await scene.run(['apply']);
    await scene.run(['apply']);
    expect(scene.invitations()).toEqual({ 1: 1 });
    expect(scene.emulator.state.jobs.size).toBe(1);
  });

  it('stays a question when its invitation is deleted in one transaction and comes back in the next', async ({
    onTestFinished,
  }) => {
    const scene = await invited(onTestFinished);
    await scene.rows('delete from ats.jobs');
    await scene.put('jobs', renamed);
    await scene.rows(`update ats.interviews set job_ats_id = 'J-2'`);
    await isAskedAbout(scene, 'jobs', 'J-2');
    await scene.rows('delete from ats.interviews');
    await isAskedAbout(scene, 'jobs', 'J-2');
    await scene.put('interviews', anew());
    await isAskedAbout(scene, 'jobs', 'J-2');
    expect(scene.emulator.state.jobs.size).toBe(1);
  });

  it('is asked about by its invitation where that comes a transaction after the job was made', async ({
    onTestFinished,
  }) => {
    const scene = await invited(onTestFinished);
    await bothGone(scene);
    await scene.put('jobs', renamed);
    await scene.run(['apply']);
    await scene.run(['apply']);
    await scene.put('interviews', anew());
    const id = await isAskedAbout(scene, 'interviews', 'I-2');
    await scene.resolve(id, 'link');
    await scene.run(['apply']);
    await scene.run(['apply']);
    expect(await asked(scene)).toEqual([]);
    expect(scene.invitations()).toEqual({ 1: 1 });
  });

  it('is asked about under the next key too, where nobody had answered before', async ({
    onTestFinished,
  }) => {
    const scene = await invited(onTestFinished);
    await bothGone(scene);
    await scene.put('jobs', renamed);
    for (const command of ['apply', 'sync', 'apply']) await scene.run([command]);
    const made = (await scene.view('job'))['J-2']!.sparkhire_uuid!;
    await scene.put('interviews', anew());
    await isAskedAbout(scene, 'interviews', 'I-2');
    await bothGone(scene);
    await scene.put('jobs', { ...renamed, ats_id: 'J-3' });
    await scene.put('interviews', { ...anew(), ats_id: 'I-3', job_ats_id: 'J-3' });
    await scene.resolve(await isAskedAbout(scene, 'jobs', 'J-3'), `link:${made}`);
    await isAskedAbout(scene, 'interviews', 'I-3');
  });
});

describe('an answer that is not carried out yet', () => {
  it.for(['jobs', 'interviews'] as const)(
    'goes on under the next key, however it is called by then: that it is what is there (%s)',
    async (resource, { onTestFinished }) => {
      const scene = await ended(onTestFinished);
      if (resource === 'interviews') await scene.later(3 * 86_400);
      await scene.put('jobs', resource === 'jobs' ? renamed : aJob('J-2', { title: 'Job J-1' }));
      await scene.put('interviews', anew());
      let id = await isAskedAbout(scene, 'jobs', 'J-2');
      if (resource === 'interviews') {
        await scene.resolve(id, 'link');
        id = await isAskedAbout(scene, 'interviews', 'I-2');
      }
      await scene.resolve(id, 'link');
      await scene.rows(`begin; update ats.interviews set ats_id = 'I-3'`);
      if (resource === 'jobs')
        await scene.rows(
          `update ats.jobs set ats_id = 'J-3', title = 'Chief baker'; update ats.interviews set job_ats_id = 'J-3'`,
        );
      await scene.rows('commit');
      for (const command of ['apply', 'sync', 'apply']) await scene.run([command]);
      expect(await asked(scene)).toEqual([]);
      expect(scene.invitations()).toEqual({ 1: 1 });
      expect(scene.emulator.state.jobs.size).toBe(1);
    },
  );
});

describe('an invitation under another key', () => {
  it('is the same where its candidate has another address in Spark Hire by now', async ({
    onTestFinished,
  }) => {
    const scene = await invited(onTestFinished);
    const [interview] = [...scene.emulator.state.interviews.values()];
    scene.emulator.state.interviews.change(interview!, () => {
      interview!.candidate.email = 'new@example.org';
    });
    await scene.run(['backfill']);
    await scene.rows(`begin; create temp table was on commit drop as select * from ats.interviews; delete from ats.interviews;
      update was set ats_id = 'I-2'; insert into ats.interviews select * from was; commit`);
    for (const command of ['apply', 'sync']) expect((await scene.run([command])).code).toBe(0);
    expect(scene.writes()).toEqual([]);
    expect(await scene.states('interview')).toEqual({ 'I-1': 'gone', 'I-2': 'synced' });
  });

  it('is asked about where the old one was canceled with its row, and then deleted in Spark Hire', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    await invite(scene, 3);
    await scene.run(['sync']);
    const made = (await scene.view('interview'))['I-1']!.sparkhire_uuid!;
    await scene.rows(`delete from ats.interviews where ats_id = 'I-1'`);
    await scene.run(['apply']);
    scene.emulator.act.deleteInterview(made);
    await scene.run(['backfill']);
    await scene.put('interviews', { ...anew(), ats_id: 'K-1', job_ats_id: 'J-1' });
    expect((await scene.run(['apply'])).code).toBe(3);
    expect(await scene.rows('select kind, ats_id from sync.conflicts where resolved_at is null')).toEqual([
      { kind: 'remote_deleted', ats_id: 'K-1' },
    ]);
    expect(scene.invitations()).toEqual({ 1: 3 });
  });

  it('is the same under the address that it was sent to, although both sides had agreed on another since', async ({
    onTestFinished,
  }) => {
    const scene = await invited(onTestFinished);
    const { emulator } = scene;
    const [one] = [...emulator.state.interviews.values()];
    emulator.state.interviews.change(one!, () => (one!.candidate.email = 'married@example.org'));
    await scene.run(['backfill']);
    await scene.rows(`update ats.interviews set candidate_email = 'married@example.org'`);
    expect((await scene.run(['apply'])).code).toBe(0);
    const row = { ...anew(), job_ats_id: 'J-1' };
    for (const [n, email] of ['c1@example.org', 'married@example.org', 'c1@example.org'].entries())
      for (const command of ['apply', 'sync']) {
        await scene.rows(`begin; delete from ats.interviews`);
        await scene.put('interviews', { ...row, ats_id: `K-${n}`, candidate_email: email });
        await scene.rows('commit');
        await scene.run([command]);
      }
    expect(scene.invitations()).toEqual({ 1: 1 });
    expect(
      scene.writes().filter(({ method, body }) => method === 'POST' || 'status' in (body as object)),
    ).toEqual([]);
  });

  it('of a job that came into question beside the one that a person took is asked about, before there is a second', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { act, state } = scene.emulator;
    const byHand = act.addJob({ title: 'Job J-1', status: 'active', city: 'Graz', country: 'Austria' });
    act.editJob(byHand.uuid, { title: 'Not yet' });
    await invite(scene, 1);
    await scene.run(['sync']);
    act.editJob(byHand.uuid, { title: 'Job J-1' });
    await scene.run(['backfill']);
    await scene.rows(`begin; delete from ats.jobs; delete from ats.interviews`);
    await scene.put('jobs', aJob('J-2', { title: 'Job J-1' }));
    await scene.put('interviews', anew());
    await scene.rows('commit');
    await scene.resolve(await isAskedAbout(scene, 'jobs', 'J-2'), `link:${byHand.uuid}`);
    await scene.resolve(await isAskedAbout(scene, 'interviews', 'I-2'), 'link');
    for (const command of ['apply', 'sync', 'apply']) await scene.run([command]);
    expect(scene.invitations()).toEqual({ 1: 1 });
    expect([...state.interviews.values()].map(({ status }) => status)).toEqual(['requested']);
  });

  it('ends nothing and invites nobody before a person is asked, also where rows make jobs of their own', async ({
    onTestFinished,
  }) => {
    const scene = await invited(onTestFinished);
    const settings = {
      SYNC_CONFIG: scene.settingsFile(`policies: { ${missingNoMore}, jobs: { firstContact: create } }`),
    };
    await scene.rows(`begin; delete from ats.jobs; delete from ats.interviews;
      insert into ats.jobs (ats_id, title, description, status, city, country) values ('J-2', 'Job J-1', 'Bakes bread at night.', 'open', 'Graz', 'Austria');
      insert into ats.interviews (ats_id, job_ats_id, candidate_name, candidate_email, type, questions, deadline_at)
        values ('I-2', 'J-2', 'C', 'c1@example.org', 'one_way', '${JSON.stringify([question])}', now() + interval '10 days');
      commit`);
    for (const command of ['apply', 'sync', 'apply'])
      expect((await scene.run([command], settings)).code).toBe(3);
    expect(await asked(scene)).toMatchObject([{ resource: 'jobs', ats_id: 'J-2' }]);
    expect(scene.writes()).toEqual([]);
  });

  it.for([
    ['shown', null],
    ['not shown', 404],
  ] as const)(
    'is not ended where its row comes back just when it is looked at, and %s',
    async ([_, status], { onTestFinished }) => {
      const scene = await invited(onTestFinished);
      const [row] = await scene.rows<Record<string, unknown>>('delete from ats.interviews returning *');
      const stop = scene.emulator.onRequest(async ({ method, path }) => {
        if (method !== 'GET' || !/interviews\/[0-9a-f-]{36}$/.test(path)) return;
        stop();
        await scene.put('interviews', { ...row!, ats_id: 'I-2' });
      });
      if (status !== null)
        scene.emulator.faults.add({
          method: 'GET',
          path: '/interviews/',
          effect: { kind: 'status', status },
          count: 1,
        });
      await scene.run(['apply'], { SYNC_CONFIG: scene.settingsFile(`policies: { ${missingNoMore} }`) });
      for (const command of ['apply', 'apply']) await scene.run([command]);
      expect(scene.writes()).toEqual([]);
      expect(await scene.states('interview')).toEqual({ 'I-1': 'gone', 'I-2': 'synced' });
    },
  );
});

describe('a wish that stands under two keys', () => {
  it('is not sent for the second: neither of a double export, nor where the old key comes back', async ({
    onTestFinished,
  }) => {
    const scene = await invited(onTestFinished);
    const uuid = (await scene.view('interview'))['I-1']!.sparkhire_uuid!;
    scene.emulator.act.acceptInterview(uuid);
    scene.emulator.act.completeInterview(uuid);
    const row = anInterview('I-1', 'J-1', 'c1@example.org', { candidate_name: 'C' });
    await scene.rows('begin; delete from ats.interviews');
    await scene.put('interviews', { ...row, ats_id: 'K-1' }, { ...row, ats_id: 'K-2' });
    await scene.rows('commit');
    for (const command of ['sync', 'apply', 'apply']) await scene.run([command]);
    await scene.put('interviews', row);
    for (const command of ['sync', 'apply']) await scene.run([command]);
    expect(scene.invitations()).toEqual({ 1: 1 });
    const { 'K-1': first, 'K-2': second, 'I-1': old } = await scene.view('interview');
    expect(first).toMatchObject({ sparkhire_uuid: uuid });
    for (const one of [second, old])
      expect(one).toMatchObject({ state: 'rejected', issues: [{ code: 'DUPLICATE' }] });
  });

  it('keeps what a lost answer had made, as a person said, though Spark Hire shows another address by then', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { emulator } = scene;
    await scene.put('jobs', aJob('J-1'));
    await scene.run(['apply']);
    const row = anInterview('I-1', 'J-1', 'c1@example.org');
    await scene.put('interviews', row);
    emulator.faults.add({
      method: 'POST',
      path: /^\/v1\.0\/interviews$/,
      count: 1,
      effect: { kind: 'reset', when: 'after' },
    });
    const stop = emulator.onRequest(({ method, path }) => {
      if (method !== 'GET' || !/interviews/.test(path)) return;
      const [made] = emulator.state.interviews.values();
      if (made === undefined) return;
      stop();
      emulator.state.interviews.change(made, () => {
        made.candidate.email = 'moved@example.org';
      });
    });
    await scene.run(['sync']);
    const [question] = await scene.rows<{ id: string; kind: string }>(
      'select id, kind from sync.conflicts where resolved_at is null',
    );
    expect(question).toMatchObject({ kind: 'unknown_outcome' });
    await scene.rows('begin; delete from ats.interviews');
    await scene.put('interviews', { ...row, ats_id: 'K-1' });
    await scene.rows('commit');
    await scene.run(['apply']);
    const [made] = emulator.state.interviews.values();
    await scene.resolve(question!.id, `link:${made!.uuid}`);
    for (const command of ['apply', 'sync', 'apply', 'apply']) await scene.run([command]);
    expect([...emulator.state.interviews.values()].map(({ status }) => status)).toEqual(['requested']);
    expect(emulator.outbox.filter(({ kind }) => /invit/i.test(kind))).toHaveLength(1);
    expect((await scene.view('interview'))['K-1']).toMatchObject({ sparkhire_uuid: made!.uuid });
    // What was decided is done with: the former row is not told that another one has its interview.
    expect(await scene.states('interview')).toEqual({ 'I-1': 'gone', 'K-1': 'synced' });
  });
});

describe('a job under another key whose old row is still there', () => {
  const again = aJob('J-2', { title: 'Job J-1' });

  it.for([
    [
      'its invitation names it',
      (scene: PushScene) => scene.put('interviews', { ats_id: 'I-1', job_ats_id: 'J-2' }),
    ],
    ['another row invites the same candidate', (scene: PushScene) => scene.put('interviews', anew())],
  ] as const)(
    'is asked about where %s, and taken over once the old row is gone',
    async ([_, comes], { onTestFinished }) => {
      const scene = await invited(onTestFinished);
      await scene.rows('begin');
      await scene.put('jobs', again);
      await comes(scene);
      await scene.rows('commit');
      const first = await isAskedAbout(scene, 'jobs', 'J-2');
      expect((await asked(scene))[0]!.reason).toContain('delete row J-1');
      // Another row stands for that job: it cannot be this one's as well.
      expect((await scene.run(['conflicts', 'resolve', first, '--take', 'link'])).code).not.toBe(0);
      await scene.rows(`begin; delete from ats.jobs where ats_id = 'J-1';
      delete from ats.interviews where ats_id = 'I-1' and job_ats_id = 'J-1'; commit`);
      const then = await isAskedAbout(scene, 'jobs', 'J-2');
      await scene.resolve(then, 'link');
      for (const command of ['apply', 'sync', 'apply']) await scene.run([command]);
      expect(scene.invitations()).toEqual({ 1: 1 });
      expect([...scene.emulator.state.interviews.values()].map(({ status }) => status)).toEqual([
        'requested',
      ]);
      expect(scene.emulator.state.jobs.size).toBe(1);
    },
  );

  it('is another one where a person says so', async ({ onTestFinished }) => {
    const scene = await invited(onTestFinished);
    await scene.put('jobs', again);
    await scene.put('interviews', anew());
    await scene.resolve(await isAskedAbout(scene, 'jobs', 'J-2'), 'create');
    for (const command of ['apply', 'sync']) await scene.run([command]);
    expect(scene.invitations()).toEqual({ 2: 1 });
    expect(await scene.states('job')).toEqual({ 'J-1': 'synced', 'J-2': 'synced' });
  });

  it.for(['the first', 'the second', 'both', 'all by policy'])(
    'stays a question for one of two rows that one became, when the other took the job over: link, said of %s',
    async (answered, { onTestFinished }) => {
      const scene = await openPushScene(onTestFinished);
      await invite(scene, 2);
      expect((await scene.run(['sync'])).code).toBe(0);
      scene.writes();
      await scene.rows('begin; delete from ats.interviews; delete from ats.jobs');
      await scene.put('jobs', again, { ...again, ats_id: 'J-3' });
      await scene.put(
        'interviews',
        anew(),
        anInterview('I-3', 'J-3', 'c2@example.org', { candidate_name: 'C' }),
      );
      await scene.rows('commit');
      const byPolicy = { SYNC_CONFIG: scene.settingsFile('policies: { jobs: { firstContact: link } }') };
      const settings = answered === 'all by policy' ? byPolicy : {};
      await scene.run(['apply'], settings);
      const open = await asked(scene);
      if (answered !== 'all by policy') {
        expect(open).toMatchObject([{ ats_id: 'J-2' }, { ats_id: 'J-3' }]);
        const taken = { 'the first': [0], 'the second': [1], both: [0, 1] }[answered]!;
        for (const at of taken) await scene.resolve(open[at]!.id, 'link');
      }
      for (const command of ['apply', 'sync', 'apply']) await scene.run([command], settings);
      expect(await asked(scene)).toMatchObject([{ ats_id: answered === 'the second' ? 'J-2' : 'J-3' }]);
      expect(scene.invitations()).toEqual({ 1: 2 });
      expect([...scene.emulator.state.interviews.values()].map(({ status }) => status)).toEqual([
        'requested',
        'requested',
      ]);
      expect(scene.emulator.state.jobs.size).toBe(1);
    },
  );
});
