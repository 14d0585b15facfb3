import { describe, expect, it } from 'vitest';
import { emulated, inDays, invitation, type Json } from './api.js';

describe('inviting', () => {
  it('creates the interview and mails the candidate', async () => {
    const { emulator, admin } = await emulated();
    const reply = await admin.post('/interviews', invitation(emulator, { timezone: 'Europe/Oslo' }));
    expect(reply.status).toBe(201);
    expect(reply.json).toMatchObject({
      type: 'one_way',
      status: 'requested',
      rating: 0,
      completed_at: null,
      share_link: null,
      assigned_to: { name: 'Noor Visser', email: 'noor.visser@example.com' },
      questions: [{ text: 'What do you do first in the morning?', takes: { limit: -1 } }],
    });
    expect((await admin.get(`/interviews/${reply.json.uuid}`)).json).toEqual(reply.json);
    expect(emulator.outbox).toMatchObject([
      { kind: 'interview_invitation', to: 'noor.visser@example.com', about: reply.json.uuid },
    ]);
  });

  it('does not notice that it did so before: there is no key against doing it twice', async () => {
    const { emulator, admin } = await emulated();
    const [first, second] = [
      await admin.post('/interviews', invitation(emulator)),
      await admin.post('/interviews', invitation(emulator)),
    ];
    expect(first.json.uuid).not.toBe(second.json.uuid);
    expect(first.json.assigned_to.uuid).toBe(second.json.assigned_to.uuid);
    expect(emulator.outbox).toHaveLength(2);
  });

  it('makes one interview for each candidate of an array', async () => {
    const { emulator, admin } = await emulated();
    const assigned_to = ['ane', 'bo', 'cat'].map((name) => ({ name, email: `${name}@example.com` }));
    const { json } = await admin.post('/interviews', invitation(emulator, { assigned_to }));
    expect(json.map((one: Json) => one.assigned_to.email)).toEqual(assigned_to.map((one) => one.email));
    expect(new Set(json.flatMap((one: Json) => one.questions.map((q: Json) => q.uuid))).size).toBe(3);
    expect(emulator.outbox).toHaveLength(3);
  });

  it('sends a text message too when there is a number and consent', async () => {
    const { emulator, admin } = await emulated();
    const person = { name: 'A', email: 'a@example.com', phone: '055 12 34 56', phone_parsed: '+4755123456' };
    const post = (assigned_to: object, has_sms_consent?: boolean) =>
      admin.post('/interviews', invitation(emulator, { assigned_to, has_sms_consent }));
    expect((await post(person, true)).status).toBe(201);
    expect(emulator.outbox.map((one) => one.kind)).toEqual(['interview_invitation', 'sms_invitation']);
    expect(emulator.outbox[1]!.to).toBe('+4755123456');
    expect(await post(person)).toMatchObject({
      status: 400,
      json: { code: 'interview.sms_consent_required' },
    });
    expect((await post(person, false)).status).toBe(400);
    expect((await post({ ...person, phone_parsed: '0551234' }, true)).status).toBe(400);
    expect((await post({ ...person, phone_parsed: undefined }, true)).status).toBe(400);
    expect((await post({ ...person, phone: undefined }, true)).status).toBe(400);
  });

  it.each([
    ['another type', { type: 'phone' }],
    ['no candidate', { assigned_to: undefined }],
    ['an empty array of candidates', { assigned_to: [] }],
    ['a candidate without an address', { assigned_to: { name: 'A' } }],
    ['no job', { job_post: undefined }],
    ['an unknown job', { job_post: { uuid: '1b4e28ba-2fa1-41d2-883f-0016d3cca427' } }],
    ['an unknown question set', { interview_question_set: '1b4e28ba-2fa1-41d2-883f-0016d3cca427' }],
    ['a time zone that is none', { timezone: 'Europe/Atlantis' }],
    ['no questions for a one-way interview', { questions: undefined }],
    ['a time limit that is not offered', { questions: [{ text: 'x', time_limit: 45 }] }],
    ['more than five takes', { questions: [{ text: 'x', time_limit: 60, takes: 6 }] }],
  ])('refuses %s and invites nobody', async (_, changes) => {
    const { emulator, admin } = await emulated();
    const before = emulator.state.interviews.size;
    expect((await admin.post('/interviews', invitation(emulator, changes))).status).toBe(400);
    expect(emulator.state.interviews.size).toBe(before);
    expect(emulator.outbox).toEqual([]);
  });

  it('needs an active job', async () => {
    const { emulator, admin } = await emulated();
    const inactive = emulator.act.addJob({ status: 'inactive' });
    const reply = await admin.post(
      '/interviews',
      invitation(emulator, { job_post: { uuid: inactive.uuid } }),
    );
    expect(reply).toMatchObject({ status: 400, json: { code: 'interview.job_inactive' } });
  });

  it('needs no questions for a live interview', async () => {
    const { emulator, admin } = await emulated();
    const reply = await admin.post(
      '/interviews',
      invitation(emulator, { type: 'live', questions: undefined }),
    );
    expect(reply).toMatchObject({ status: 201, json: { type: 'live', questions: [] } });
  });

  it('takes the set when both a set and questions are sent', async () => {
    const { emulator, admin } = await emulated();
    const set = [...emulator.state.questionSets.values()][0]!;
    const reply = await admin.post('/interviews', invitation(emulator, { interview_question_set: set.uuid }));
    expect(reply.json.questions.map((one: Json) => one.text)).toEqual(set.questions.map((one) => one.text));
  });
});

describe('changing', () => {
  async function invited(changes: object = {}) {
    const session = await emulated();
    const { json } = await session.admin.post('/interviews', invitation(session.emulator, { ...changes }));
    session.emulator.outbox.length = 0;
    return { ...session, uuid: json.uuid as string, path: `/interviews/${json.uuid}` };
  }

  it('cancels what is not completed', async () => {
    const { emulator, admin, path, uuid } = await invited();
    emulator.act.acceptInterview(uuid);
    const reply = await admin.put(path, { status: 'canceled' });
    expect(reply).toMatchObject({ status: 201, json: { status: 'canceled' } });
    expect(emulator.outbox).toMatchObject([{ kind: 'interview_canceled', about: uuid }]);
    expect((await admin.put(path, { status: 'canceled' })).status).toBe(400);
    expect((await admin.put(path, { scheduled_at: inDays(emulator, 3) })).status).toBe(400);
  });

  it('does not cancel what is completed', async () => {
    const { emulator, admin, path, uuid } = await invited();
    emulator.act.completeInterview(uuid);
    expect(await admin.put(path, { status: 'canceled' })).toMatchObject({
      status: 400,
      json: { code: 'interview.not_cancelable' },
    });
  });

  it('completes live interviews only', async () => {
    const { admin, path } = await invited();
    expect((await admin.put(path, { status: 'completed' })).status).toBe(400);
    const live = await invited({ type: 'live' });
    const reply = await live.admin.put(live.path, { status: 'completed' });
    expect(reply.json).toMatchObject({ status: 'completed', completed_at: expect.any(String) });
  });

  it('knows no other status to set', async () => {
    const { admin, path } = await invited();
    for (const status of ['accepted', 'expired', 'requested', 'cancelled', '']) {
      expect((await admin.put(path, { status })).status, status).toBe(400);
    }
  });

  it('moves the date, which opens an expired one again', async () => {
    const { emulator, admin, path, uuid } = await invited();
    emulator.clock.advance(8 * 86_400_000);
    expect((await admin.get(path)).json.status).toBe('expired');
    const scheduled_at = inDays(emulator, 5);
    const { json } = await admin.put(path, { scheduled_at });
    expect(json.status).toBe('requested');
    expect(Date.parse(json.scheduled_at)).toBe(Math.floor(Date.parse(scheduled_at) / 1000) * 1000);
    expect(emulator.outbox).toMatchObject([{ kind: 'interview_rescheduled', about: uuid }]);
    emulator.clock.advance(6 * 86_400_000);
    expect((await admin.get(path)).json.status).toBe('expired');
  });

  it('deletes', async () => {
    const { emulator, admin, path, uuid } = await invited();
    expect((await admin.del(path)).status).toBe(204);
    expect((await admin.get(path)).status).toBe(404);
    expect((await admin.del(path)).status).toBe(404);
    expect(emulator.state.deleted.interviews.has(uuid)).toBe(true);
  });
});

describe('deadlines', () => {
  it('expire what is open, with the time of the deadline', async () => {
    const { emulator, admin } = await emulated({ interviews: 300 });
    const open = [...emulator.state.interviews.values()].filter((one) =>
      ['requested', 'accepted'].includes(one.status),
    );
    expect(open.length).toBeGreaterThan(10);
    emulator.clock.advance(60 * 86_400_000);
    for (const interview of open) {
      const { json } = await admin.get(`/interviews/${interview.uuid}`);
      expect(json.status).toBe('expired');
      const grace = json.type === 'live' ? 86_400_000 : 0;
      expect(Date.parse(json.updated_at)).toBe(Date.parse(json.scheduled_at) + grace);
    }
  });

  it('do not touch what was completed in time', async () => {
    const { emulator } = await emulated();
    const interview = emulator.act.addInterview();
    emulator.act.completeInterview(interview.uuid, { rating: 4.5 });
    emulator.clock.advance(30 * 86_400_000);
    expect(interview).toMatchObject({ status: 'completed', rating: 4.5 });
  });

  it('stand still with a frozen clock and run on afterwards', async () => {
    const { emulator } = await emulated();
    emulator.clock.freeze();
    const at = emulator.clock.now();
    emulator.clock.set(at + 1000);
    expect(emulator.clock.now()).toBe(at + 1000);
    emulator.clock.unfreeze();
    expect(emulator.clock.now()).toBeGreaterThanOrEqual(at + 1000);
    expect(emulator.clock.now()).toBeLessThan(at + 60_000);
    emulator.clock.set('2032-02-29T12:00:00Z');
    expect(new Date(emulator.clock.now()).toISOString()).toMatch(/^2032-02-29T12:00/);
    expect(() => emulator.clock.set('tomorrow')).toThrow(RangeError);
  });
});
