/** Kinds of interviews, as `apply` carries them over: live ones, text messages, question sets, new deadlines. */
import { describe, expect, it } from 'vitest';
import { aJob, anInterview, invite, openPushScene, type PushScene } from '../../../support/push-scene.js';

const day = 86_400_000;
const inDays = (days: number) => new Date(Math.floor(Date.now() / 1000) * 1000 + days * day).toISOString();

async function uuidOf(scene: PushScene, atsId: string): Promise<string> {
  return (await scene.view('interview'))[atsId]!.sparkhire_uuid!;
}

describe('interviews', () => {
  it('live interviews are moved and completed by the company', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    const { act, state } = scene.emulator;
    const live = { type: 'live', questions: null };
    const start = inDays(3);
    await scene.put('jobs', aJob('J-1'));
    await scene.put(
      'interviews',
      anInterview('I-1', 'J-1', 'live@example.org', { ...live, deadline_at: start }),
      anInterview('I-2', 'J-1', 'met@example.org', live),
      anInterview('I-3', 'J-1', 'one.way@example.org'),
      anInterview('I-4', 'J-1', 'never@example.org', { ...live, desired: 'completed' }),
    );
    expect((await scene.run(['apply'])).code).toBe(3);
    const [one, two] = [await uuidOf(scene, 'I-1'), await uuidOf(scene, 'I-2')];
    expect(state.interviews.get(one)).toMatchObject({ type: 'live', scheduledAt: Date.parse(start) });
    expect(scene.invited()).not.toContain('never@example.org');
    scene.writes();

    act.acceptInterview(two);
    const moved = inDays(5);
    await scene.put('interviews', { ats_id: 'I-1', deadline_at: moved });
    await scene.put('interviews', { ats_id: 'I-2', desired: 'completed' });
    await scene.put('interviews', { ats_id: 'I-3', desired: 'completed' });
    expect((await scene.run(['apply'])).code).toBe(3);
    expect(scene.writes().sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual(
      [
        { method: 'PUT', path: `/v1.0/interviews/${one}`, body: { scheduled_at: expect.any(String) } },
        { method: 'PUT', path: `/v1.0/interviews/${two}`, body: { status: 'completed' } },
      ].sort((a, b) => (a.path < b.path ? -1 : 1)),
    );
    expect(state.interviews.get(one)!.scheduledAt).toBe(Date.parse(moved));
    expect(await scene.view('interview')).toMatchObject({
      'I-1': { state: 'synced', status: 'requested' },
      'I-2': { state: 'synced', status: 'completed' },
      'I-3': { state: 'rejected', issues: [{ code: 'UNMAPPED_ENUM', field: 'desired' }] },
      'I-4': { state: 'rejected', issues: [{ code: 'UNMAPPED_ENUM', field: 'desired' }] },
    });
    expect((await scene.run(['sync'])).code).toBe(3);
    expect(scene.writes()).toEqual([]);
  });

  it('invitations carry numbers only where the plan sends text messages', async ({ onTestFinished }) => {
    const callable = {
      candidate_phone: '0664 1234567',
      candidate_phone_e164: '+436641234567',
      sms_consent: true,
    };
    const scene = await openPushScene(onTestFinished, { switches: { smsWithoutFeature: '400' } });
    const { act, outbox } = scene.emulator;
    const messages = () => outbox.filter(({ kind }) => kind === 'sms_invitation').map(({ to }) => to);
    act.setPlan({ features: { interview_sms_notifications: false } });
    await scene.put('jobs', aJob('J-1'));
    await scene.put('interviews', anInterview('I-1', 'J-1', 'one@example.org', callable));
    expect((await scene.run(['apply'])).code).toBe(0);
    expect([scene.invited(), messages()]).toEqual([['one@example.org'], []]);

    act.setPlan({ features: { interview_sms_notifications: true } });
    expect((await scene.run(['backfill', '--resource', 'plans'])).code).toBe(0);
    await scene.put(
      'interviews',
      anInterview('I-2', 'J-1', 'two@example.org', callable),
      anInterview('I-3', 'J-1', 'three@example.org'),
      anInterview('I-4', 'J-1', 'four@example.org', { ...callable, sms_consent: false }),
    );
    expect((await scene.run(['apply'])).code).toBe(3);
    expect(messages()).toEqual(['+436641234567']);
    expect(scene.invited()).toEqual(['one@example.org', 'three@example.org', 'two@example.org']);
    expect((await scene.view('interview'))['I-4']).toMatchObject({
      state: 'rejected',
      issues: [{ code: 'SMS_CONSENT_MISSING' }],
    });
  });

  it('an interview goes on where consent, a number or another column that cannot be changed is wrong later', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { act, state, outbox } = scene.emulator;
    const callable = {
      candidate_phone: '0664 1234567',
      candidate_phone_e164: '+436641234567',
      sms_consent: true,
    };
    const later: Record<string, Record<string, unknown>> = {
      'I-1': { sms_consent: false },
      'I-2': { candidate_phone: null, candidate_phone_e164: null, sms_consent: false },
      'I-3': { candidate_phone: null },
      'I-4': { candidate_phone_e164: '0664', timezone: 'Mars/Base', type: 'phone', candidate_name: null },
      'I-5': { sms_consent: false },
      'I-6': { questions: 'x', timezone: 'Mars/Base' },
    };
    await scene.put('jobs', aJob('J-1'));
    await scene.put(
      'interviews',
      ...Object.keys(later).map((id) => anInterview(id, 'J-1', `${id.toLowerCase()}@example.org`, callable)),
    );
    expect((await scene.run(['apply'])).code).toBe(0);
    const uuids = Object.fromEntries(
      Object.entries(await scene.view('interview')).map(([id, { sparkhire_uuid }]) => [id, sparkhire_uuid!]),
    );
    const moved = inDays(12);
    const rows = Object.entries(later).map(([ats_id, more]) => ({ ats_id, ...more, deadline_at: moved }));
    for (const row of rows) await scene.put('interviews', row);
    act.acceptInterview(uuids['I-6']!);
    act.completeInterview(uuids['I-6']!);
    await scene.put('interviews', { ats_id: 'I-6', share: true, deadline_at: inDays(10) });
    expect((await scene.run(['sync'])).code).toBe(3);
    for (const id of ['I-1', 'I-2', 'I-3', 'I-4', 'I-5'])
      expect([id, state.interviews.get(uuids[id]!)!.scheduledAt]).toEqual([id, Date.parse(moved)]);
    const view = await scene.view('interview');
    const told = Object.entries(view).map(([id, { state: is, issues }]) => [
      id,
      is,
      issues.map(({ code, field }) => `${field} ${code}`).sort(),
    ]);
    expect(told).toEqual([
      ['I-1', 'synced', []],
      ['I-2', 'synced', []],
      ['I-3', 'rejected', ['candidate_phone REQUIRED_FIELD_MISSING']],
      [
        'I-4',
        'rejected',
        [
          'candidate_name REQUIRED_FIELD_MISSING',
          'candidate_phone_e164 INVALID_FORMAT',
          'timezone INVALID_FORMAT',
          'type UNMAPPED_ENUM',
        ],
      ],
      ['I-5', 'synced', []],
      ['I-6', 'rejected', expect.arrayContaining(['questions INVALID_FORMAT', 'timezone INVALID_FORMAT'])],
    ]);
    expect(view['I-6']!.share_url).toMatch(/^http/);

    // Deleted, and wanted again without consent: nobody is sent a text message, nor anything else.
    act.deleteInterview(uuids['I-5']!);
    expect((await scene.run(['backfill'])).code).toBe(0);
    expect((await scene.run(['apply'])).code).toBe(3);
    const [{ id }] = (await scene.rows(
      `select id from sync.conflicts where kind = 'remote_deleted' and resolved_at is null`,
    )) as [{ id: string }];
    expect((await scene.run(['conflicts', 'resolve', id, '--take', 'ats'])).code).toBe(0);
    scene.writes();
    expect((await scene.run(['apply'])).code).toBe(3);
    expect(scene.writes()).toEqual([]);
    expect((await scene.view('interview'))['I-5']).toMatchObject({
      state: 'rejected',
      issues: [{ code: 'SMS_CONSENT_MISSING', field: 'sms_consent' }],
    });
    const before = outbox.filter(({ kind }) => kind === 'sms_invitation').length;
    await scene.put('interviews', { ats_id: 'I-5', candidate_phone: null, candidate_phone_e164: null });
    await scene.run(['apply']);
    expect((await scene.states('interview'))['I-5']).toBe('synced');
    expect(outbox.filter(({ kind }) => kind === 'sms_invitation').length).toBe(before);
  });

  it('invitations wait for a question set that is not there, and go out once it is', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished, { questionSets: 1 });
    const { emulator } = scene;
    const [set] = [...emulator.state.questionSets.values()];
    const unknown = '0c0ffee0-0000-4000-8000-000000000000';
    await scene.put('jobs', aJob('J-1'));
    const asks = (question_set_uuid: string) => ({ questions: null, question_set_uuid });
    await scene.put('packages', {
      package: 'P-1',
      type: 'one_way',
      deadline_days: 5,
      question_set_uuid: unknown,
    });
    await scene.put(
      'interviews',
      anInterview('I-1', 'J-1', 'known@example.org', asks(set!.uuid)),
      anInterview('I-2', 'J-1', 'unknown@example.org', asks(unknown)),
    );
    await scene.put('interviews', {
      ...anInterview('I-3', 'J-1', 'packed@example.org'),
      ...{ type: null, questions: null, deadline_at: null, package: 'P-1' },
    });
    const listed = () =>
      emulator.requests.filter(({ method, path }) => method === 'GET' && path.includes('question_sets'))
        .length;
    const waiting = await scene.run(['apply']);
    expect([waiting.code, waiting.json]).toMatchObject([0, { pushed: { created: 2, held: 2 } }]);
    expect(scene.invited()).toEqual(['known@example.org']);
    const held = await scene.view('interview');
    expect(held['I-2']).toMatchObject({
      state: 'held',
      issues: [{ code: 'UNKNOWN_REFERENCE', field: 'question_set_uuid' }],
    });
    expect(held['I-3']).toMatchObject({
      state: 'held',
      issues: [{ code: 'UNKNOWN_REFERENCE', field: 'package' }],
    });
    const made = emulator.state.interviews.get(held['I-1']!.sparkhire_uuid!)!;
    expect(made.questions.map(({ text }) => text)).toEqual(set!.questions.map(({ text }) => text));

    // Made on the website since: the mirror does not have it, and is asked for it once.
    const answer = await fetch(`${emulator.url}/question_sets`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${btoa(`${emulator.adminKey}:`)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        name: 'Baking',
        questions: [{ text: 'Why bread?', time_limit: 60, takes: 1, think_time: '30' }],
      }),
    });
    const { uuid } = (await answer.json()) as { uuid: string };
    await scene.put('interviews', { ats_id: 'I-2', question_set_uuid: uuid });
    await scene.put('packages', { package: 'P-1', question_set_uuid: uuid });
    const before = listed();
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(listed() - before).toBe(1);
    expect(scene.invited()).toEqual(['known@example.org', 'packed@example.org', 'unknown@example.org']);

    // A set is copied: what becomes of it later changes nothing about an interview.
    emulator.state.questionSets.get(set!.uuid)!.questions[0]!.text = 'Why cake?';
    scene.writes();
    expect((await scene.run(['backfill'])).code).toBe(0);
    expect((await scene.run(['sync'])).code).toBe(0);
    expect(scene.writes()).toEqual([]);
  });

  it('an invitation goes out with a set that cannot be read: Spark Hire judges it', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished, { questionSets: 1 });
    const { emulator } = scene;
    const [set] = [...emulator.state.questionSets.values()];
    emulator.faults.add({ method: 'GET', path: /question_sets/, effect: { kind: 'status', status: 403 } });
    await invite(scene, 1);
    await scene.put('interviews', { ats_id: 'I-1', questions: null, question_set_uuid: set!.uuid });
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(scene.invited()).toEqual(['c1@example.org']);
  });

  it('an interview gets a new deadline from the side that moved it, and a person is asked where both did', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { act, state, outbox } = scene.emulator;
    await invite(scene, 4);
    expect((await scene.run(['apply'])).code).toBe(0);
    const uuid = Object.fromEntries(
      Object.entries(await scene.view('interview')).map(([atsId, row]) => [atsId, row.sparkhire_uuid!]),
    );
    scene.writes();
    const at = (atsId: string) => new Date(state.interviews.get(uuid[atsId]!)!.scheduledAt).toISOString();

    const [here, there] = [inDays(20), inDays(30)];
    await scene.put('interviews', { ats_id: 'I-1', deadline_at: here }, { ats_id: 'I-3', deadline_at: here });
    for (const atsId of ['I-2', 'I-3'])
      act.rescheduleInterview(uuid[atsId]!, { scheduledAt: Date.parse(there) });
    act.expireInterview(uuid['I-4']!);
    const told = () => outbox.filter(({ kind }) => kind === 'interview_rescheduled').length;
    const before = told();
    const run = await scene.run(['sync']);
    expect([run.code, run.json]).toMatchObject([3, { pushed: { updated: 1, conflicts: 1 } }]);
    expect(scene.writes()).toMatchObject([{ method: 'PUT', path: `/v1.0/interviews/${uuid['I-1']}` }]);
    expect(told() - before).toBe(1);
    expect([at('I-1'), at('I-2'), at('I-3')]).toEqual([here, there, there]);
    expect(await scene.states('interview')).toEqual({
      'I-1': 'synced',
      'I-2': 'synced',
      'I-3': 'conflict',
      'I-4': 'synced',
    });

    // An expired one is final for the ATS, though Spark Hire itself may bring it back.
    await scene.put('interviews', { ats_id: 'I-4', deadline_at: there });
    expect((await scene.run(['apply'])).code).toBe(3);
    expect((await scene.view('interview'))['I-4']).toMatchObject({
      state: 'rejected',
      status: 'expired',
      issues: [{ code: 'IMMUTABLE_AFTER_SEND', field: 'deadline_at' }],
    });
    act.rescheduleInterview(uuid['I-4']!, { scheduledAt: Date.parse(there) });
    await scene.run(['sync']);
    expect((await scene.view('interview'))['I-4']).toMatchObject({ state: 'synced', status: 'requested' });

    // Nor is one moved to where Spark Hire takes none.
    for (const days of [800, -1]) {
      await scene.put('interviews', { ats_id: 'I-1', deadline_at: inDays(days) });
      expect((await scene.run(['apply'])).code).toBe(3);
      expect((await scene.view('interview'))['I-1']).toMatchObject({
        state: 'rejected',
        issues: [{ code: 'DEADLINE_OUT_OF_RANGE', field: 'deadline_at' }],
      });
    }
    expect(scene.writes()).toEqual([]);
  });

  it('a row says what cannot be changed after the invitation, until it is put back', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const pack = { package: 'P-1', type: 'one_way', email_message: 'Hello.', timezone: 'Europe/Vienna' };
    const said = { email_message: 'By Friday, please.', timezone: 'Europe/Oslo' };
    const deadline_at = new Date(Date.now() + 9 * 86_400_000).toISOString();
    await scene.put('packages', pack);
    await scene.put('jobs', aJob('J-1'));
    await scene.put(
      'interviews',
      anInterview('I-1', 'J-1', 'c1@example.org', { ...said, deadline_at }),
      anInterview('I-2', 'J-1', 'c2@example.org', { package: 'P-1', deadline_at }),
    );
    expect((await scene.run(['sync'])).code).toBe(0);
    const sent = [...scene.emulator.state.interviews.values()];
    expect(sent.map(({ emailMessage }) => emailMessage).sort()).toEqual([said.email_message, 'Hello.']);
    scene.emulator.act.completeInterview(
      sent.find(({ candidate }) => candidate.email.startsWith('c2'))!.uuid,
    );
    const fields = async (id: string) => {
      const { state, issues } = (await scene.view('interview'))[id]!;
      return [state, ...issues.map(({ code, field }) => `${code} ${field}`).sort()];
    };

    scene.writes();
    const later = new Date(Date.now() + 12 * 86_400_000).toISOString();
    await scene.put('packages', { ...pack, email_message: 'Hi.', timezone: 'Asia/Tokyo' });
    await scene.put('interviews', { ats_id: 'I-1', email_message: 'Now.', timezone: 'Asia/Tokyo' });
    await scene.put('interviews', { ats_id: 'I-2', deadline_at: later });
    expect((await scene.run(['sync'])).code).toBe(3);
    expect(await fields('I-1')).toEqual([
      'rejected',
      'IMMUTABLE_AFTER_SEND email_message',
      'IMMUTABLE_AFTER_SEND timezone',
    ]);
    expect(await fields('I-2')).toEqual(['rejected', 'IMMUTABLE_AFTER_SEND deadline_at']);
    await scene.put('interviews', { ats_id: 'I-1', ...said });
    await scene.put('interviews', { ats_id: 'I-2', deadline_at });
    expect((await scene.run(['sync'])).code).toBe(0);
    expect(await scene.states('interview')).toEqual({ 'I-1': 'synced', 'I-2': 'synced' });
    expect(scene.writes()).toEqual([]);
  });
});
