/** The life of rows of the ATS, as `plan`, `apply` and `sync` carry it over, and as the views tell it. */
import { describe, expect, it } from 'vitest';
import { aJob, anInterview, openPushScene } from '../../support/push-scene.js';
import { startRewritingProxy } from '../../support/rewriting-proxy.js';

describe('rows of the ATS', () => {
  it('rows become objects of Spark Hire in one run, what is there is taken over, and nobody is invited twice', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { emulator } = scene;
    const { act } = emulator;
    const ada = act.addUser({ name: 'Ada Lind', email: 'Ada@Example.org' });
    const baker = act.addJob({ title: 'Baker', city: 'Utrecht', country: 'Netherlands' });
    act.addJob({ title: 'Driver', city: 'Utrecht', country: 'Netherlands' });
    const deadline = new Date(Date.now() + 9 * 86_400_000).toISOString();
    const early = { jobUuid: baker.uuid, email: 'early@example.org', name: 'Early Bird' };
    const pending = act.addInterview({ ...early, scheduledAt: deadline });
    await scene.put(
      'users',
      { ats_id: 'U-1', name: 'Ada Lind', email: 'ada@example.org', role: 'standard' },
      { ats_id: 'U-2', name: 'Bo Ek', email: 'bo@example.org', role: 'standard' },
    );
    const there = { city: 'Utrecht', country: 'Netherlands' };
    await scene.put(
      'jobs',
      aJob('J-1', { title: 'Cook', owner_ats_id: 'U-2' }),
      aJob('J-2', { title: 'Baker', ...there, description: 'Plans what leaves the warehouse and when.' }),
      aJob('J-3', { title: 'Driver', ...there }),
    );
    await scene.put(
      'interviews',
      anInterview('I-1', 'J-1', 'one@example.org', { requested_by_ats_id: 'U-1' }),
      anInterview('I-2', 'J-2', 'early@example.org', { candidate_name: 'Early Bird', deadline_at: deadline }),
      anInterview('I-4', 'J-9', 'late@example.org'),
    );
    // Arrives later than the first of the same candidate and job.
    await scene.put('interviews', anInterview('I-3', 'J-1', 'ONE@example.org'));

    const plan = await scene.run(['plan']);
    expect(plan.code).toBe(3);
    const { actions } = plan.json as { actions: Array<Record<string, unknown>> };
    expect(actions.map(({ action, ats_id }) => `${action} ${ats_id}`)).toEqual([
      'adopt U-1',
      'create U-2',
      'create J-1',
      'create I-1',
    ]);
    expect(scene.writes()).toEqual([]);

    const first = await scene.run(['apply']);
    expect([first.code, first.json]).toMatchObject([
      3,
      { ok: true, pushed: { created: 3, updated: 0, adopted: 1, conflicts: 2, rejected: 1, held: 2 } },
    ]);
    expect(scene.writes().map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /v1.0/users',
      'POST /v1.0/jobs',
      'POST /v1.0/interviews',
    ]);
    expect(await scene.view('user')).toMatchObject({
      'U-1': { state: 'synced', sparkhire_uuid: ada.uuid },
      'U-2': { state: 'synced' },
    });
    expect(await scene.states('job')).toEqual({ 'J-1': 'synced', 'J-2': 'conflict', 'J-3': 'conflict' });
    const before = await scene.view('interview');
    expect(before['I-1']).toMatchObject({ state: 'synced', status: 'requested' });
    expect(before['I-2']).toMatchObject({
      state: 'held',
      issues: [
        {
          code: 'UNKNOWN_REFERENCE',
          field: null,
          message: expect.stringContaining('a person has to decide'),
        },
      ],
    });
    expect(before['I-3']).toMatchObject({
      state: 'rejected',
      issues: [{ code: 'DUPLICATE', message: expect.stringContaining('I-1') }],
    });
    expect(before['I-4']).toMatchObject({
      state: 'held',
      issues: [{ code: 'UNKNOWN_REFERENCE', field: 'job_ats_id' }],
    });

    const asked = await scene.rows<{ id: string; ats_id: string; kind: string }>(
      'select id, ats_id, kind from sync.conflicts where resolved_at is null order by ats_id',
    );
    expect(asked.map(({ ats_id, kind }) => [ats_id, kind])).toEqual([
      ['J-2', 'possible_duplicate'],
      ['J-3', 'possible_duplicate'],
    ]);
    for (const [at, take] of ['link', 'create'].entries()) {
      await scene.resolve(asked[at]!.id, take);
    }
    // The parent that was late, and the second invitation is withdrawn.
    await scene.put('jobs', aJob('J-9'));
    await scene.put('interviews', { ats_id: 'I-3', desired: 'canceled' });
    const second = await scene.run(['sync']);
    expect([second.code, second.json]).toMatchObject([
      0,
      { pushed: { created: 3, adopted: 2, conflicts: 0, rejected: 0, held: 0 } },
    ]);
    expect((await scene.view('job'))['J-2']!.sparkhire_uuid).toBe(baker.uuid);
    expect((await scene.view('interview'))['I-2']).toMatchObject({
      state: 'synced',
      sparkhire_uuid: pending.uuid,
    });
    expect(new Set(Object.values(await scene.states('job')))).toEqual(new Set(['synced']));
    expect(await scene.states('interview')).toEqual({
      'I-1': 'synced',
      'I-2': 'synced',
      'I-3': 'gone',
      'I-4': 'synced',
    });
    expect(scene.invited()).toEqual(['early@example.org', 'late@example.org', 'one@example.org']);
    expect(emulator.outbox.filter(({ kind }) => kind === 'user_welcome').map(({ to }) => to)).toEqual(
      expect.arrayContaining(['bo@example.org']),
    );

    scene.writes();
    for (const command of ['apply', 'sync']) {
      const again = await scene.run([command]);
      expect([again.code, again.json]).toMatchObject([0, { pushed: { created: 0, updated: 0, adopted: 0 } }]);
    }
    expect(scene.writes()).toEqual([]);
  });

  it('the side that edited a field wins, and a person decides where both did', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    const { act } = scene.emulator;
    await scene.put('jobs', ...[1, 2, 3, 4].map((n) => aJob(`J-${n}`)));
    expect((await scene.run(['apply'])).code).toBe(0);
    const jobs = await scene.view('job');
    const uuid = (atsId: string) => jobs[atsId]!.sparkhire_uuid!;
    const put = (atsId: string, body: unknown) => ({
      method: 'PUT',
      path: `/v1.0/jobs/${uuid(atsId)}`,
      body,
    });
    scene.writes();

    // Different fields of one job, one on each side; another job in Spark Hire alone.
    await scene.put('jobs', aJob('J-1', { title: 'Head baker' }));
    act.editJob(uuid('J-1'), { description: 'Bakes by day now.' });
    for (const atsId of ['J-2', 'J-3', 'J-4']) act.editJob(uuid(atsId), { title: `Website ${atsId}` });
    expect((await scene.run(['sync'])).code).toBe(0);
    expect(scene.writes()).toEqual([put('J-1', { title: 'Head baker' })]);
    expect(scene.emulator.state.jobs.get(uuid('J-1'))).toMatchObject({
      title: 'Head baker',
      description: 'Bakes by day now.',
    });
    expect(new Set(Object.values(await scene.states('job')))).toEqual(new Set(['synced']));

    // Accepted there, edited here later: both changed since they agreed. Other fields go on.
    await scene.put(
      'jobs',
      aJob('J-2', { title: 'Pastry', description: 'Sweet things.' }),
      aJob('J-3', { title: 'Bread' }),
      aJob('J-4', { title: 'Website J-4' }),
    );
    const diverged = await scene.run(['apply']);
    expect([diverged.code, diverged.json]).toMatchObject([3, { pushed: { updated: 1, conflicts: 2 } }]);
    expect(scene.writes()).toEqual([put('J-2', { description: 'Sweet things.' })]);
    const conflicts = (
      (await scene.run(['conflicts'])).json as Array<Record<string, unknown> & { ats_id: string }>
    ).sort((a, b) => (a.ats_id < b.ats_id ? -1 : 1));
    expect(conflicts).toMatchObject([
      {
        kind: 'field_diverged',
        ats_id: 'J-2',
        field: 'title',
        base_value: { ats: 'Job J-2', sparkhire: 'Job J-2' },
        ats_value: 'Pastry',
        sparkhire_value: 'Website J-2',
      },
      { kind: 'field_diverged', ats_id: 'J-3', field: 'title' },
    ]);
    for (const [at, take] of ['ats', 'sparkhire'].entries()) {
      const resolving = ['conflicts', 'resolve', String(conflicts[at]!.id), '--take', take];
      expect((await scene.run(resolving)).code).toBe(0);
    }
    const resolved = await scene.run(['sync']);
    expect([resolved.code, resolved.json]).toMatchObject([0, { pushed: { updated: 1, conflicts: 0 } }]);
    expect(scene.writes()).toEqual([put('J-2', { title: 'Pastry' })]);
    // Whatever was settled, the next edit is carried over.
    await scene.put('jobs', aJob('J-3', { title: 'Bread and rolls' }), aJob('J-4', { title: 'Cakes' }));
    expect((await scene.run(['apply'])).code).toBe(0);
    // Sent at the same time: either may come first.
    const written = new Set(scene.writes());
    expect(written).toEqual(
      new Set([put('J-3', { title: 'Bread and rolls' }), put('J-4', { title: 'Cakes' })]),
    );
    const history = await scene.rows(
      `select ats_id, resolution, acted_at is not null and carried_out as done from sync.conflicts order by ats_id`,
    );
    expect(history).toEqual([
      { ats_id: 'J-2', resolution: 'ats', done: true },
      { ats_id: 'J-3', resolution: 'sparkhire', done: true },
    ]);
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(scene.writes()).toEqual([]);
  });

  it('results come back, links are made once, and what is withdrawn is canceled and closed', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { act, state, outbox } = scene.emulator;
    await scene.put('jobs', aJob('J-1'), aJob('J-2'), aJob('J-3'));
    await scene.put(
      'interviews',
      anInterview('I-1', 'J-1', 'done@example.org', { share: true }),
      anInterview('I-2', 'J-1', 'withdrawn@example.org'),
      anInterview('I-3', 'J-2', 'waiting@example.org'),
      anInterview('I-4', 'J-3', 'lost@example.org'),
    );
    expect((await scene.run(['apply'])).code).toBe(0);
    const jobs = await scene.view('job');
    const interviews = await scene.view('interview');
    const uuid = (atsId: string) => (jobs[atsId] ?? interviews[atsId])!.sparkhire_uuid!;
    scene.writes();

    act.completeInterview(uuid('I-1'), { rating: 4.5 });
    act.deleteInterview(uuid('I-4'));
    await scene.rows(`delete from ats.interviews where ats_id = 'I-2'`);
    await scene.rows(`delete from ats.jobs where ats_id = 'J-2'`);
    // A sweep is what finds deletions.
    expect((await scene.run(['backfill'])).code).toBe(0);
    const ended = await scene.run(['sync']);
    expect([ended.code, ended.json]).toMatchObject([3, { pushed: { canceled: 1, conflicts: 1, held: 1 } }]);
    const carried = scene.writes().sort((a, b) => (a.method < b.method ? 1 : -1));
    expect(carried).toEqual([
      { method: 'PUT', path: `/v1.0/interviews/${uuid('I-2')}`, body: { status: 'canceled' } },
      { method: 'POST', path: `/v1.0/interviews/${uuid('I-1')}/share_link`, body: expect.anything() },
    ]);
    const after = await scene.view('interview');
    expect(after['I-1']).toMatchObject({ state: 'synced', status: 'completed', rating: '4.50' });
    expect(after['I-1']!.completed_at).toBeInstanceOf(Date);
    expect(after['I-1']!.watch_url).toMatch(/^https?:/);
    expect(after['I-1']!.share_url).toMatch(/^https?:/);
    expect(after['I-2']).toMatchObject({ state: 'gone', status: 'canceled' });
    expect(after['I-4']).toMatchObject({ state: 'conflict' });
    expect(await scene.states('job')).toEqual({ 'J-1': 'synced', 'J-2': 'held', 'J-3': 'synced' });
    expect(outbox.filter(({ kind }) => kind === 'interview_canceled').map(({ to }) => to)).toEqual([
      'withdrawn@example.org',
    ]);

    // The last pending interview is withdrawn too, and a person wants the deleted one again.
    await scene.put('interviews', { ats_id: 'I-3', desired: 'canceled' });
    const [deleted] = await scene.rows<{ id: string }>(
      `select id from sync.conflicts where kind = 'remote_deleted' and resolved_at is null`,
    );
    await scene.resolve(deleted!.id, 'ats');
    expect((await scene.run(['sync'])).code).toBe(0);
    expect((await scene.run(['sync'])).code).toBe(0);
    expect(scene.writes().map(({ method, path, body }) => [method, path, body])).toEqual(
      expect.arrayContaining([
        ['PUT', `/v1.0/interviews/${uuid('I-3')}`, { status: 'canceled' }],
        ['PUT', `/v1.0/jobs/${uuid('J-2')}`, { status: 'inactive' }],
      ]),
    );
    expect(state.jobs.get(uuid('J-2'))!.status).toBe('inactive');
    expect(await scene.states('job')).toEqual({ 'J-1': 'synced', 'J-2': 'gone', 'J-3': 'synced' });
    expect(scene.invitations()).toEqual({ 1: 3, 2: 1 });
    expect(scene.invited().filter((to) => to === 'lost@example.org')).toHaveLength(2);
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(scene.writes()).toEqual([]);
  });

  it('a share link opens, also where Spark Hire makes it closed and its answer is lost', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { act, state } = scene.emulator;
    let lost: string | null = null;
    const proxy = await startRewritingProxy(scene.emulator.url, {
      answer({ method, path }, answer) {
        if (method !== 'POST' || !path.endsWith('/share_link') || answer.status > 299) return answer;
        const link = state.interviews.get(path.split('/')[3]!)!.shareLink!;
        link.status = 'inactive';
        lost ??= link.uuid;
        return link.uuid === lost
          ? { status: 503, body: '' }
          : { status: 201, body: JSON.stringify({ ...JSON.parse(answer.body), status: 'inactive' }) };
      },
    });
    onTestFinished(proxy.close);
    const more = { SPARKHIRE_BASE_URL: proxy.url };
    await scene.put('jobs', aJob('J-1'));
    const emails = ['one@example.org', 'two@example.org'];
    await scene.put(
      'interviews',
      ...emails.map((email, n) => anInterview(`I-${n + 1}`, 'J-1', email, { share: true })),
    );
    expect((await scene.run(['apply'], more)).code).toBe(0);
    for (const { uuid } of state.interviews.values()) act.completeInterview(uuid);
    expect((await scene.run(['sync'], more)).code).toBe(0);
    expect([...state.interviews.values()].map(({ shareLink }) => shareLink?.status)).toEqual([
      'active',
      'active',
    ]);
    const stored = await scene.rows('select share_status from sparkhire.interviews');
    expect(stored).toEqual([{ share_status: 'active' }, { share_status: 'active' }]);
    // One that a person closes stays closed.
    for (const { shareLink } of state.interviews.values()) shareLink!.status = 'inactive';
    scene.writes();
    await scene.run(['backfill'], more);
    await scene.run(['sync'], more);
    expect(scene.writes()).toEqual([]);
  });

  it('an interview that support resets after its row was purged stays pending, until a row of the ATS withdraws it', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { act } = scene.emulator;
    const row = anInterview('I-1', 'J-1', 'c1@example.org');
    await scene.put('jobs', aJob('J-1'));
    await scene.put('interviews', row);
    await scene.run(['sync']);
    const uuid = (await scene.view('interview'))['I-1']!.sparkhire_uuid!;
    act.completeInterview(uuid);
    await scene.run(['sync']);
    await scene.rows('delete from ats.interviews');
    await scene.run(['sync']);
    act.resetInterview(uuid);
    scene.writes();
    expect(await scene.run(['sync'])).toMatchObject({ code: 0, json: { ok: true } });
    expect(scene.writes()).toEqual([]);
    // Its candidate is wanted again by a row, which goes on with it, and is withdrawn in the end.
    await scene.put('interviews', { ...row, ats_id: 'K-1' });
    await scene.run(['sync']);
    await scene.run(['sync']);
    expect(await scene.states('interview')).toMatchObject({ 'K-1': 'synced' });
    await scene.rows('delete from ats.interviews');
    await scene.run(['sync']);
    expect(scene.writes().map(({ method, body }) => [method, body])).toEqual([
      ['PUT', { status: 'canceled' }],
    ]);
    expect(scene.invited()).toEqual(['c1@example.org']);
  });

  it('an invitation goes out with its job, once what Spark Hire had refused of that is taken after all', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    scene.emulator.faults.add({
      method: 'POST',
      path: /^\/v1\.0\/jobs$/,
      count: 1,
      effect: { kind: 'status', status: 400 },
    });
    await scene.put('jobs', aJob('J-1'));
    await scene.put('interviews', anInterview('I-1', 'J-1', 'c1@example.org'));
    await scene.run(['sync']);
    expect(await scene.states('job')).toEqual({ 'J-1': 'rejected' });
    await scene.later(2 * 86_400);
    expect((await scene.run(['sync'])).code).toBe(0);
    expect(await scene.states('interview')).toEqual({ 'I-1': 'synced' });
  });
});
