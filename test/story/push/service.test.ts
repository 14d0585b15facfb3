/** The service alone: rows written by SQL are carried over at once, results come back, and nothing echoes. */
import { describe, expect, it } from 'vitest';
import { aJob, anInterview, openPushScene, type PushScene } from '../../support/push-scene.js';

/** Nothing is written before Spark Hire was looked at: what comes from now on is noticed by itself. */
const hasLooked = (scene: PushScene) =>
  scene.until(async () =>
    expect(
      await scene.rows(`select 1 from sync.activities where activity = 'tick' and succeeded_at is not null`),
    ).toHaveLength(1),
  );

const settled = (scene: PushScene, states: Record<string, string>) =>
  scene.until(async () => expect(await scene.states('interview')).toMatchObject(states));

describe('the service', () => {
  it('the service carries rows over automatically, brings results back, and writes no echo', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { act } = scene.emulator;
    // Rows are noticed by themselves; what happened in Spark Hire is found by ticks.
    const service = await scene.start({ SYNC_SCHEDULE: '* * * * * *' });
    await hasLooked(scene);
    await scene.put('users', { ats_id: 'U-1', name: 'Bo', email: 'bo@example.org', role: 'standard' });
    await scene.put('jobs', aJob('J-1', { owner_ats_id: 'U-1' }));
    await scene.put('interviews', anInterview('I-1', 'J-1', 'one@example.org', { share: true }));
    await settled(scene, { 'I-1': 'synced' });

    await scene.put('interviews', anInterview('I-2', 'J-1', 'two@example.org'));
    await scene.put('jobs', aJob('J-1', { title: 'Head baker', owner_ats_id: 'U-1' }));
    const uuid = (await scene.view('interview'))['I-1']!.sparkhire_uuid!;
    act.completeInterview(uuid, { rating: 3.5 });
    await scene.until(async () =>
      expect((await scene.view('interview'))['I-1']).toMatchObject({
        state: 'synced',
        status: 'completed',
        rating: '3.50',
        share_url: expect.stringMatching(/^https?:/),
      }),
    );
    await settled(scene, { 'I-2': 'synced' });
    await scene.until(async () => expect(await scene.states('job')).toEqual({ 'J-1': 'synced' }));
    scene.writes();

    // Our own writes come back through listings, and edits there are accepted: none is answered by a write.
    const job = (await scene.view('job'))['J-1']!.sparkhire_uuid!;
    act.editJob(job, { description: 'Written on the website.' });
    act.rateInterview(uuid, { rating: 5 });
    const synced = await scene.run(['sync']);
    expect([synced.code, synced.stderr]).toEqual([0, expect.stringContaining('handed_over')]);
    expect((await scene.run(['sync'])).code).toBe(0);
    expect(scene.writes()).toEqual([]);
    expect(scene.invitations()).toEqual({ 1: 2 });
    expect((await service.stop()).code).toBe(0);
  });

  it('the service acts upon what a person decides, and commands beside it have it do the work', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const found = scene.emulator.act.addJob({ title: 'Baker', city: 'Graz', country: 'Austria' });
    await scene.start();
    await hasLooked(scene);
    await scene.put('jobs', aJob('J-1', { title: 'Baker', description: found.description }));
    await scene.until(async () => expect(await scene.states('job')).toEqual({ 'J-1': 'conflict' }));
    const plan = await scene.run(['plan']);
    expect([plan.code, plan.json]).toMatchObject([3, { actions: [] }]);
    const [asked] = await scene.rows<{ id: string }>('select id from sync.conflicts');
    await scene.resolve(asked!.id, 'link');
    await scene.until(async () =>
      expect((await scene.view('job'))['J-1']).toMatchObject({ state: 'synced', sparkhire_uuid: found.uuid }),
    );
    await scene.put('interviews', anInterview('I-1', 'J-1', 'one@example.org'));
    const applied = await scene.run(['apply']);
    expect([applied.code, applied.json]).toMatchObject([0, { ok: true }]);
    expect(applied.stderr).toContain('handed_over');
    await settled(scene, { 'I-1': 'synced' });
    expect(scene.invitations()).toEqual({ 1: 1 });
  });

  it('the service looks at Spark Hire before it writes what came up while it was away', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { emulator } = scene;
    await scene.put('jobs', aJob('J-1'));
    expect((await scene.run(['apply'])).code).toBe(0);
    const jobUuid = (await scene.view('job'))['J-1']!.sparkhire_uuid!;
    const invited = anInterview('I-1', 'J-1', 'one@example.org', { candidate_name: 'One' });
    // Somebody invites the candidate on the website; the service is slow to look, and is woken to write meanwhile.
    const early = { jobUuid, email: 'one@example.org', name: 'One', scheduledAt: invited.deadline_at };
    const pending = emulator.act.addInterview(early);
    const lastRound = async () => {
      const [push] = await scene.rows<{ started_at: Date }>(
        `select started_at from sync.activities where activity = 'push'`,
      );
      return push?.started_at.getTime() ?? 0;
    };
    const stop = emulator.onRequest(async () => {
      stop();
      // The second of two rounds of writing begins when the first one has ended.
      for (const priority of [1, 2]) {
        const before = await lastRound();
        await scene.put('interviews', { ...invited, priority });
        await scene.until(async () => expect(await lastRound()).toBeGreaterThan(before));
      }
    });
    const service = await scene.start();
    await settled(scene, { 'I-1': 'synced' });
    expect((await scene.view('interview'))['I-1']!.sparkhire_uuid).toBe(pending.uuid);
    expect(scene.invitations()).toEqual({ 1: 1 });
    expect((await service.stop()).code).toBe(0);
  });

  it('the service finds out what became of writes whose answers were lost', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    const { faults } = scene.emulator;
    const service = await scene.start({ SYNC_SCHEDULE: '* * * * * *' });
    await hasLooked(scene);
    const path = /^\/v1\.0\/(interviews|jobs|users)$/;
    faults.add({ method: 'POST', path, every: 3, count: 3, effect: { kind: 'reset', when: 'after' } });
    faults.add({ method: 'POST', path, every: 4, count: 2, effect: { kind: 'reset', when: 'before' } });
    await scene.put('users', { ats_id: 'U-1', name: 'Bo', email: 'bo@example.org', role: 'standard' });
    await scene.put('jobs', aJob('J-1'), aJob('J-2'), aJob('J-3'));
    const rows = Array.from({ length: 12 }, (_, n) =>
      anInterview(`I-${n}`, `J-${1 + (n % 3)}`, `c${n}@example.org`, { requested_by_ats_id: 'U-1' }),
    );
    await scene.put('interviews', ...rows);
    await scene.until(async () => {
      for (const view of ['user', 'job', 'interview'] as const) {
        const open = Object.entries(await scene.states(view)).filter(([, state]) => state !== 'synced');
        expect(open).toEqual([]);
      }
    });
    expect(scene.invitations()).toEqual({ 1: 12 });
    expect(scene.emulator.state.jobs.size).toBe(3);
    expect((await service.stop()).code).toBe(0);
    expect(await scene.rows('select * from sync.conflicts')).toEqual([]);
  });
});
