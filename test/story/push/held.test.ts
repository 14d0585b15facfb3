/** What is not carried over at once: too much at a time, and rows that are wrong. */
import { describe, expect, it } from 'vitest';
import { aJob, anInterview, openPushScene } from '../../support/push-scene.js';

describe('rows of the ATS that are', () => {
  it('too many changes at once wait until a person approves of exactly those', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    const jobs = Array.from({ length: 20 }, (_, n) => aJob(`J-${n}`));
    await scene.put('jobs', ...jobs);
    expect((await scene.run(['apply'])).code).toBe(0);
    scene.writes();

    const retitled = (count: number) =>
      jobs.slice(0, count).map((job) => ({ ...job, title: `New ${job.ats_id}` }));
    await scene.put('jobs', ...retitled(12));
    const held = await scene.run(['apply']);
    expect([held.code, held.json]).toMatchObject([
      3,
      {
        ok: true,
        pushed: { updated: 0, held: 1 },
        planHeld: { reason: expect.stringContaining('12 of 20') },
      },
    ]);
    const { checksum } = (held.json as { planHeld: { checksum: string } }).planHeld;
    const plan = await scene.run(['plan']);
    expect([plan.code, plan.json]).toMatchObject([
      3,
      { checksum, held: expect.stringContaining('12 of 20') },
    ]);
    const open = () =>
      scene.rows(`select kind, resource, ats_id, sparkhire_value -> 'checksum' as checksum from sync.conflicts
        where resolved_at is null`);
    expect(await open()).toEqual([{ kind: 'mass_change', resource: 'jobs', ats_id: null, checksum }]);
    expect(new Set(Object.values(await scene.states('job')))).toEqual(new Set(['pending', 'synced']));

    // One more, and it is another plan than the one that was seen.
    await scene.put('jobs', ...retitled(13));
    const refused = await scene.run(['apply', '--approve', checksum]);
    expect([refused.code, refused.json]).toMatchObject([1, { ok: false, error: { code: 'PLAN_CHANGED' } }]);
    const words = await scene.command(['apply', '--approve', 'zzz']).ended;
    expect(words.stdout).toContain('nothing was sent: this is not the plan that was approved');
    expect(scene.writes()).toEqual([]);
    await scene.put('jobs', jobs[12]!);
    const approved = await scene.run(['apply', '--approve', checksum]);
    expect([approved.code, approved.json]).toMatchObject([0, { ok: true, pushed: { updated: 12, held: 0 } }]);
    expect(scene.writes().map(({ method, body }) => [method, Object.keys(body as object)])).toEqual(
      Array.from({ length: 12 }, () => ['PUT', ['title']]),
    );
    expect(await open()).toEqual([]);

    // Withdrawn candidates, and then not: the plan is small again, and the question is gone.
    const many = Array.from({ length: 15 }, (_, n) => anInterview(`I-${n}`, 'J-0', `c${n}@example.org`));
    await scene.put('interviews', ...many);
    expect((await scene.run(['apply'])).code).toBe(0);
    await scene.rows('delete from ats.interviews');
    scene.writes();
    expect((await scene.run(['sync'])).code).toBe(3);
    expect(await open()).toMatchObject([{ kind: 'mass_change', resource: 'interviews' }]);
    await scene.put('interviews', ...many.slice(0, 12));
    expect((await scene.run(['sync'])).json).toMatchObject({ pushed: { canceled: 3, held: 0 } });
    expect(await open()).toEqual([]);
    expect(scene.writes()).toHaveLength(3);
    const ended = await scene.rows(
      `select resource, resolution, resolved_by = 'sparkhire-sync' as itself from sync.conflicts order by id`,
    );
    expect(ended).toEqual([
      { resource: 'jobs', resolution: 'approved', itself: false },
      { resource: 'interviews', resolution: 'its cause is gone', itself: true },
    ]);
    expect(scene.invitations()).toEqual({ 1: 15 });
  });

  it('users past the free seats wait for a seat, and cost nothing', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished, { userSeats: 3, switches: { seatError: 'charged' } });
    const { act, state } = scene.emulator;
    for (const name of ['Ada', 'Bo', 'Cy']) {
      const email = `${name.toLowerCase()}@example.org`;
      await scene.put('users', { ats_id: `U-${name}`, name, email, role: 'standard' });
    }
    const full = await scene.run(['apply']);
    expect([full.code, full.json]).toMatchObject([
      3,
      { ok: true, pushed: { created: 1, held: 2, rejected: 0 } },
    ]);
    expect(await scene.states('user')).toEqual({ 'U-Ada': 'synced', 'U-Bo': 'held', 'U-Cy': 'held' });
    expect((await scene.view('user'))['U-Bo']!.issues).toMatchObject([{ code: 'PLAN_LIMIT', field: null }]);
    expect(await scene.rows('select kind, ats_id from sync.conflicts where resolved_at is null')).toEqual([
      { kind: 'plan_limit', ats_id: 'U-Bo' },
      { kind: 'plan_limit', ats_id: 'U-Cy' },
    ]);
    act.setPlan({ userLimit: 5 });
    const freed = await scene.run(['apply']);
    expect([freed.code, freed.json]).toMatchObject([0, { ok: true, pushed: { created: 2, held: 0 } }]);
    expect([state.plan.usersPaid, state.users.size]).toEqual([0, 5]);
    expect(await scene.rows('select 1 from sync.conflicts where resolved_at is null')).toEqual([]);
  });

  it('each wrong row is told why, and is carried over once it is corrected', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished, { jobSlots: 2 });
    await scene.put(
      'users',
      { ats_id: 'U-1', name: 'No Address' },
      { ats_id: 'U-2', name: 'Odd Role', email: 'odd.role@example.org', role: 'boss' },
    );
    await scene.put('jobs', aJob('J-1'), aJob('J-2', { city: null, work_mode: 'hybrid' }));
    // One at a time, so that the slots go by arrival.
    await scene.put('jobs', aJob('J-8'));
    await scene.put('jobs', aJob('J-9'));
    const good = anInterview('I-0', 'J-1', 'good@example.org');
    const phone = { candidate_phone: '0664 1234567', candidate_phone_e164: '+436641234567' };
    const bad: Record<string, [Record<string, unknown>, string, string]> = {
      'I-1': [{ candidate_email: 'not an address' }, 'INVALID_FORMAT', 'candidate_email'],
      'I-2': [{ candidate_name: null }, 'REQUIRED_FIELD_MISSING', 'candidate_name'],
      'I-3': [{ type: 'telepathy' }, 'UNMAPPED_ENUM', 'type'],
      'I-4': [{ deadline_at: '2020-01-01T00:00:00Z' }, 'DEADLINE_OUT_OF_RANGE', 'deadline_at'],
      'I-5': [phone, 'SMS_CONSENT_MISSING', 'sms_consent'],
      'I-6': [{ questions: [{ text: 'Why?', time_limit: 61 }] }, 'INVALID_FORMAT', 'questions'],
      'I-7': [{ timezone: 'Moon/Sea' }, 'INVALID_FORMAT', 'timezone'],
      'I-8': [{ questions: null }, 'REQUIRED_FIELD_MISSING', 'questions'],
      'I-9': [{ job_ats_id: 'J-none' }, 'UNKNOWN_REFERENCE', 'job_ats_id'],
      'I-A': [
        { question_set_uuid: '6f3b1c1a-5f0e-4f6e-9a52-2f0c8f1f2a11' },
        'UNKNOWN_REFERENCE',
        'question_set_uuid',
      ],
    };
    const correct = (atsId: string) => anInterview(atsId, 'J-1', `${atsId.toLowerCase()}@example.org`);
    await scene.put(
      'interviews',
      good,
      ...Object.entries(bad).map(([id, [wrong]]) => ({ ...correct(id), ...wrong })),
    );
    await scene.put('interviews', { ...good, ats_id: 'I-B' });

    const first = await scene.run(['apply']);
    expect([first.code, first.json]).toMatchObject([3, { ok: true }]);
    const told = async (view: 'user' | 'job' | 'interview') =>
      Object.fromEntries(
        Object.entries(await scene.view(view)).map(([atsId, { state, issues }]) => [
          atsId,
          [state, ...issues.map(({ code, field }) => `${code} ${field ?? ''}`)],
        ]),
      );
    expect(await told('user')).toEqual({
      'U-1': ['rejected', 'REQUIRED_FIELD_MISSING email'],
      'U-2': ['rejected', 'UNMAPPED_ENUM role'],
    });
    expect(await told('job')).toEqual({
      'J-1': ['synced'],
      'J-2': ['rejected', 'REQUIRED_FIELD_MISSING work_place'],
      'J-8': ['synced'],
      'J-9': ['held', 'PLAN_LIMIT '],
    });
    const expected = Object.entries(bad).map(([atsId, [, code, field]]) => [
      atsId,
      [code === 'UNKNOWN_REFERENCE' ? 'held' : 'rejected', `${code} ${field}`],
    ]);
    expect(await told('interview')).toEqual({
      'I-0': ['synced'],
      'I-B': ['rejected', 'DUPLICATE candidate_email'],
      ...Object.fromEntries(expected),
    });
    const messages = await scene.rows<{ message: string }>('select message from sync.issues');
    for (const { message } of messages) expect(message).toMatch(/^[A-Z].{20,}[.?]$/s);
    expect(scene.invited()).toEqual(['good@example.org']);
    // What was refused is not sent again while it stays the same.
    scene.writes();
    expect((await scene.run(['apply'])).code).toBe(3);
    expect(scene.writes()).toEqual([]);

    // Corrected; and one that was sent is changed in what cannot be changed any more.
    await scene.put('users', { ats_id: 'U-1', email: 'no.role@example.org' });
    await scene.put('users', { ats_id: 'U-2', role: 'standard' });
    await scene.put('jobs', { ats_id: 'J-2', work_place: 'Graz', status: 'closed' });
    // The plan has room for the one it refused before: that needs no other row.
    scene.emulator.act.setPlan({ jobLimit: 3 });
    await scene.put('jobs', aJob('J-none', { status: 'closed' }));
    await scene.put(
      'interviews',
      ...Object.keys(bad)
        .filter((id) => id !== 'I-9')
        .map((id) => ({
          ...correct(id),
          timezone: null,
          question_set_uuid: null,
          candidate_phone: null,
          candidate_phone_e164: null,
        })),
    );
    await scene.put('interviews', { ats_id: 'I-9', job_ats_id: 'J-1' }, { ats_id: 'I-B', job_ats_id: 'J-8' });
    await scene.put('interviews', { ats_id: 'I-0', candidate_name: 'Somebody Else' });
    const second = await scene.run(['apply']);
    expect([second.code, second.json]).toMatchObject([
      3,
      { ok: true, pushed: { rejected: 1, held: 0, conflicts: 0 } },
    ]);
    expect(await told('interview')).toEqual({
      ...Object.fromEntries([...Object.keys(bad), 'I-B'].map((atsId) => [atsId, ['synced']])),
      'I-0': ['rejected', 'IMMUTABLE_AFTER_SEND candidate_name'],
    });
    await scene.put('interviews', { ats_id: 'I-0', candidate_name: good.candidate_name });
    expect((await scene.run(['apply'])).code).toBe(0);
    for (const view of ['user', 'job', 'interview'] as const) {
      const states = Object.values(await told(view));
      expect(states).toEqual(states.map(() => ['synced']));
    }
    expect(await scene.rows('select * from sync.issues where resolved_at is null')).toEqual([]);
    expect(await scene.rows('select * from sync.conflicts where resolved_at is null')).toEqual([]);
    expect(scene.invited().filter((to) => to === 'good@example.org')).toHaveLength(2);
    expect(scene.invited()).toHaveLength(2 + Object.keys(bad).length);
  });
});
