import { describe, expect, it } from 'vitest';
import { apiFor, emulated, inDays, invitation } from './api.js';

const place = { city: 'Tromsø', state: 'Troms', country: 'Norway' };
const newJob = {
  title: 'Ferry Mate',
  description: 'Crosses the fjord.',
  status: 'inactive',
  location: place,
};

describe('users', () => {
  it('creates one with his role, takes a seat and mails him', async () => {
    const { emulator, admin } = await emulated({ userSeats: 100 });
    const before = (await admin.get('/plan')).json.plan.users.remaining;
    const input = { name: 'Sunniva Vik', email: 'sunniva.vik@example.org', role: 'standard' };
    const reply = await admin.post('/users', input);
    expect(reply.status).toBe(201);
    expect(reply.json).toMatchObject({ ...input, active: true });
    expect((await admin.get('/plan')).json.plan.users.remaining).toBe(before - 1);
    expect(emulator.outbox).toMatchObject([
      { kind: 'user_welcome', to: input.email, about: reply.json.uuid },
    ]);
  });

  it.each([
    ['no name', { email: 'a@example.com', role: 'standard' }],
    ['an address that is none', { name: 'A', email: 'a at example', role: 'standard' }],
    ['a role it cannot have', { name: 'A', email: 'a@example.com', role: 'evaluator' }],
  ])('refuses %s', async (_, body) => {
    const { admin } = await emulated();
    expect((await admin.post('/users', body)).status).toBe(400);
  });

  it.each([
    'ada&bo=x~y@example.org',
    'jørn@müller.example',
    "o'hara+1@xn--e1afmkfd.xn--p1ai",
    'ada@localhost',
  ])('takes the address %s: its document has no rule for them', async (email) => {
    const { admin } = await emulated();
    const reply = await admin.post('/users', { name: 'A', email, role: 'standard' });
    expect(reply).toMatchObject({ status: 201, json: { email } });
  });

  it('refuses an address twice', async () => {
    const { emulator, admin } = await emulated();
    const email = [...emulator.state.users.values()][3]!.email.toUpperCase();
    const reply = await admin.post('/users', { name: 'A', email, role: 'standard' });
    expect(reply).toMatchObject({ status: 400, json: { code: 'user.email_taken' } });
  });

  it('changes name and address, nothing else', async () => {
    const { emulator, admin } = await emulated();
    const user = [...emulator.state.users.values()][3]!;
    const role = user.role;
    emulator.clock.advance(60_000);
    const seconds = () => Math.floor(emulator.clock.now() / 1000) * 1000;
    const earliest = seconds();
    const reply = await admin.put(`/users/${user.uuid}`, {
      name: 'Other Name',
      role: 'administrator',
      active: false,
    });
    expect(reply.status).toBe(201);
    expect(reply.json.name).toBe('Other Name');
    expect(user).toMatchObject({ name: 'Other Name', role, active: true });
    const updated = Date.parse(reply.json.updated_at);
    expect(updated).toBeGreaterThanOrEqual(earliest);
    expect(updated).toBeLessThanOrEqual(seconds());
  });

  it('deletes one, and his key stops working', async () => {
    const { emulator, admin, userWith } = await emulated();
    const { user, api } = userWith('standard');
    expect((await api.get('/me')).status).toBe(200);
    expect((await admin.del(`/users/${user.uuid}`)).status).toBe(204);
    expect((await api.get('/me')).status).toBe(401);
    expect((await admin.get(`/users/${user.uuid}`)).status).toBe(404);
    expect((await admin.put(`/users/${user.uuid}`, { name: 'X' })).status).toBe(404);
    expect(emulator.state.deleted.users.has(user.uuid)).toBe(true);
  });

  it('keeps an administrator from deleting himself', async () => {
    const { emulator, admin } = await emulated();
    const [own] = emulator.state.users.keys();
    expect((await admin.del(`/users/${own}`)).status).toBe(400);
  });
});

describe('integration keys', () => {
  it('are made, read, replaced and deleted', async () => {
    const { emulator, admin, userWith } = await emulated();
    const { user } = userWith('standard');
    const path = `/users/${user.uuid}/integration_key`;
    expect((await admin.get(path)).status).toBe(404);
    const made = await admin.post(path);
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({ type: 'external', last_used_at: null, user: { uuid: user.uuid } });
    const api = apiFor(emulator, made.json.key);
    expect((await api.get('/me')).json.uuid).toBe(user.uuid);
    expect((await admin.get(path)).json).toMatchObject({
      key: made.json.key,
      last_used_at: expect.any(String),
    });
    const replaced = await admin.put(path);
    expect(replaced.status).toBe(201);
    expect(replaced.json.key).not.toBe(made.json.key);
    expect((await api.get('/me')).status).toBe(401);
    expect((await admin.del(path)).status).toBe(204);
    expect((await apiFor(emulator, replaced.json.key).get('/me')).status).toBe(401);
    expect((await admin.get(path)).status).toBe(404);
  });
});

describe('jobs', () => {
  it('creates one from a location, which comes back as an address', async () => {
    const { admin } = await emulated();
    const reply = await admin.post('/jobs', { ...newJob, location: { ...place, country: 'United States' } });
    expect(reply.status).toBe(201);
    expect(reply.json).toMatchObject({
      title: 'Ferry Mate',
      description: 'Crosses the fjord.',
      status: 'inactive',
      location: { uuid: expect.any(String), formatted_address: 'Tromsø, Troms, USA' },
    });
    expect((await admin.get(`/jobs/${reply.json.uuid}`)).json).toEqual(reply.json);
  });

  it('creates one from a locality', async () => {
    const { admin } = await emulated();
    const { location: _, ...rest } = newJob;
    const on = (work_mode: string, work_place: string) =>
      admin.post('/jobs', { ...rest, locality: { work_mode, work_place } });
    expect((await on('hybrid', 'Bodø, Norway')).json.location.formatted_address).toBe('Bodø, Norway');
    expect((await on('remote', '')).json.location).toBeNull();
    expect((await on('on_site', '')).status).toBe(400);
    expect((await on('at_sea', 'x')).status).toBe(400);
    expect((await admin.post('/jobs', rest)).status).toBe(400);
  });

  it.each(['title', 'description', 'status'])('needs a %s', async (field) => {
    const { admin } = await emulated();
    const reply = await admin.post('/jobs', { ...newJob, [field]: undefined });
    expect(reply).toMatchObject({ status: 400, json: { reason: expect.stringContaining(field) } });
  });

  it('takes a slot when active and frees it when not', async () => {
    const { emulator, admin } = await emulated();
    emulator.act.setPlan({ jobLimit: emulator.state.activeJobs() + 1 });
    const { json: job } = await admin.post('/jobs', { ...newJob, status: 'active' });
    const full = await admin.post('/jobs', { ...newJob, status: 'active' });
    expect(full).toMatchObject({ status: 402, json: { code: 'job.no_slots' } });
    const { json: second } = await admin.post('/jobs', newJob);
    expect((await admin.put(`/jobs/${second.uuid}`, { status: 'active' })).status).toBe(402);
    expect((await admin.put(`/jobs/${job.uuid}`, { status: 'active', title: 'Same slot' })).status).toBe(200);
    await admin.put(`/jobs/${job.uuid}`, { status: 'inactive' });
    expect((await admin.put(`/jobs/${second.uuid}`, { status: 'active' })).status).toBe(200);
    await admin.del(`/jobs/${second.uuid}`);
    expect((await admin.get('/plan')).json.plan.jobs.remaining).toBe(1);
  });

  it('tells who changed the status and when', async () => {
    const { emulator, admin } = await emulated();
    const { json: job } = await admin.post('/jobs', newJob);
    emulator.clock.advance(5000);
    const renamed = (await admin.put(`/jobs/${job.uuid}`, { title: 'Captain' })).json;
    expect(renamed.status_updated_at).toBe(job.status_updated_at);
    expect(renamed.updated_at).not.toBe(job.updated_at);
    const active = (await admin.put(`/jobs/${job.uuid}`, { status: 'active' })).json;
    expect(active.status_updated_at).toBe(active.updated_at);
    expect(active.title).toBe('Captain');
  });

  it('deletes one; its interviews stay', async () => {
    const { emulator, admin } = await emulated();
    const interview = [...emulator.state.interviews.values()][0]!;
    expect((await admin.del(`/jobs/${interview.jobUuid}`)).status).toBe(204);
    expect((await admin.get(`/jobs/${interview.jobUuid}`)).status).toBe(404);
    expect((await admin.put(`/jobs/${interview.jobUuid}`, { title: 'x' })).status).toBe(404);
    const { json } = await admin.get(`/interviews/${interview.uuid}`);
    expect(json.job_post).toMatchObject({ uuid: interview.jobUuid, status: 'inactive' });
  });
});

describe('question sets', () => {
  const questions = [
    { time_limit: 60, takes: 3, think_time: '-1', text: 'Who taught you the most?' },
    { time_limit: 180, takes: -1, think_time: '30', text: 'What did you give up?' },
  ];

  it('are created, read, changed as a whole list and deleted', async () => {
    const { admin } = await emulated({ questionSets: 2 });
    const { status, json: set } = await admin.post('/question_sets', { name: 'Short', questions });
    expect(status).toBe(200);
    expect(set.questions).toMatchObject(questions);
    expect((await admin.get('/question_sets')).json).toHaveLength(3);
    const kept = { ...set.questions[1], text: 'What would you give up?' };
    const changed = await admin.put(`/question_sets/${set.uuid}`, {
      name: 'Shorter',
      questions: [kept, { time_limit: 30, text: 'Anything else?' }],
    });
    expect(changed.json.name).toBe('Shorter');
    expect(changed.json.questions).toHaveLength(2);
    expect(changed.json.questions[0]).toEqual(kept);
    expect(changed.json.questions[1]).toMatchObject({ takes: -1, think_time: '-1' });
    expect((await admin.get(`/interview_question_sets/${set.uuid}`)).json).toEqual(changed.json);
    expect((await admin.del(`/question_sets/${set.uuid}`)).status).toBe(204);
    expect((await admin.get(`/question_sets/${set.uuid}`)).status).toBe(404);
  });

  it('refuse a question they do not have and values they cannot take', async () => {
    const { emulator, admin } = await emulated();
    const [uuid] = emulator.state.questionSets.keys();
    const stranger = { ...questions[0], uuid: '1b4e28ba-2fa1-41d2-883f-0016d3cca427' };
    expect((await admin.put(`/question_sets/${uuid}`, { questions: [stranger] })).status).toBe(400);
    for (const wrong of [
      { time_limit: 61 },
      { takes: 6 },
      { takes: -2 },
      { text: ' ' },
      { think_time: 'x' },
    ]) {
      const body = { name: 'x', questions: [{ ...questions[0], ...wrong }] };
      expect((await admin.post('/question_sets', body)).status, JSON.stringify(wrong)).toBe(400);
    }
    expect((await admin.post('/question_sets', { name: 'x', questions: [] })).status).toBe(400);
  });

  it('are copied into an interview: a later change does not reach it', async () => {
    const { emulator, admin } = await emulated();
    const { json: set } = await admin.post('/question_sets', { name: 'Short', questions });
    const body = invitation(emulator, { interview_question_set: set.uuid });
    const { json: interview } = await admin.post('/interviews', body);
    await admin.del(`/question_sets/${set.uuid}`);
    const { json } = await admin.get(`/interviews/${interview.uuid}/questions`);
    expect(json.map((one: { text: string }) => one.text)).toEqual(questions.map((one) => one.text));
    expect(json[0].takes).toEqual({ completed: 0, remaining: 3, limit: 3 });
  });
});

describe('interview questions', () => {
  it('are added, read, reworded and deleted until the interview is accepted', async () => {
    const { emulator, admin } = await emulated();
    const { json: interview } = await admin.post('/interviews', invitation(emulator));
    const path = `/interviews/${interview.uuid}/questions`;
    const added = await admin.post(path, { text: 'And then?', time_limit: 90, takes: 2 });
    expect(added.status).toBe(200);
    expect(added.json).toMatchObject({
      text: 'And then?',
      time_limit: 90,
      takes: { limit: 2 },
      completed: false,
      skipped: false,
      started_at: null,
    });
    const one = `${path}/${added.json.uuid}`;
    expect((await admin.put(one, { text: 'And before?' })).json.text).toBe('And before?');
    expect((await admin.get(one)).json.text).toBe('And before?');
    expect((await admin.get(path)).json).toHaveLength(2);
    expect((await admin.del(one)).status).toBe(204);
    expect((await admin.get(one)).status).toBe(404);
    expect((await admin.del(`${path}/${interview.questions[0].uuid}`)).status).toBe(400);

    emulator.act.acceptInterview(interview.uuid);
    const kept = `${path}/${interview.questions[0].uuid}`;
    for (const reply of [
      await admin.post(path, { text: 'Late', time_limit: 60 }),
      await admin.put(kept, { text: 'Late' }),
      await admin.del(kept),
    ]) {
      expect(reply).toMatchObject({ status: 400, json: { code: 'interview.already_accepted' } });
    }
  });
});

describe('share links', () => {
  it('has one basic link for a completed interview', async () => {
    const { emulator, admin } = await emulated();
    const { json: interview } = await admin.post('/interviews', invitation(emulator));
    const path = `/interviews/${interview.uuid}/share_link`;
    expect(await admin.post(path)).toMatchObject({ status: 400, json: { code: 'share_link.not_completed' } });
    expect((await admin.get(path)).status).toBe(404);
    emulator.act.completeInterview(interview.uuid);
    const made = await admin.post(path);
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({ status: 'active', url: expect.stringMatching(/^https:/) });
    expect((await admin.post(path)).json.uuid).toBe(made.json.uuid);
    expect((await admin.get(path)).json).toEqual(made.json);
    const off = await admin.put(`${path}/${made.json.uuid}`, { status: 'inactive' });
    expect(off).toMatchObject({ status: 201, json: { status: 'inactive' } });
    expect((await admin.get(`${path}/${made.json.uuid}`)).json.status).toBe('inactive');
    expect((await admin.get(`${path}/1b4e28ba-2fa1-41d2-883f-0016d3cca427`)).status).toBe(404);
    expect((await admin.put(`${path}/${made.json.uuid}`, { status: 'gone' })).status).toBe(400);
  });

  it('makes an advanced link for each reviewer and mails only when asked', async () => {
    const { emulator, admin } = await emulated();
    const completed = [...emulator.state.interviews.values()].filter((one) => one.status === 'completed');
    const body = {
      status: 'active',
      reviewers: [
        { name: 'Ward Sister', email: 'ward.sister@example.com' },
        { name: 'Chief', email: 'chief@example.com' },
      ],
      interviews: completed.slice(0, 2).map(({ uuid }) => ({ uuid })),
    };
    const { status, json } = await admin.post('/share_links', body);
    expect(status).toBe(201);
    expect(json.map((one: { reviewer: object }) => one.reviewer)).toEqual(body.reviewers);
    expect(json[0]).not.toHaveProperty('interviews');
    expect(emulator.outbox).toEqual([]);
    await admin.post('/share_links', { ...body, send_email: true });
    expect(emulator.outbox.map((one) => one.to)).toEqual(['ward.sister@example.com', 'chief@example.com']);

    const { json: link } = await admin.get(`/share_links/${json[0].uuid}`);
    expect(link.interviews).toHaveLength(2);
    expect(link.interviews[0].interview_uuid).toBe(completed[0]!.uuid);
    expect(link.interviews[0].uuid).not.toBe(completed[0]!.uuid);
    expect((await admin.put(`/share_links/${link.uuid}`, { status: 'inactive' })).json.status).toBe(
      'inactive',
    );
    const listed = (await admin.get('/share_links')).json;
    expect(listed).toContainEqual(expect.objectContaining({ uuid: link.uuid, status: 'inactive' }));
    expect((await admin.del(`/share_links/${link.uuid}`)).status).toBe(204);
    expect((await admin.get(`/share_links/${link.uuid}`)).status).toBe(404);
  });

  it('refuses interviews that are open or unknown, and a send_email that is false', async () => {
    const { emulator, admin } = await emulated();
    const open = [...emulator.state.interviews.values()].find((one) => one.status === 'requested')!;
    const done = [...emulator.state.interviews.values()].find((one) => one.status === 'completed')!;
    const body = { status: 'active', reviewers: [{ name: 'A', email: 'a@example.com' }] };
    const post = (changes: object) => admin.post('/share_links', { ...body, ...changes });
    expect((await post({ interviews: [{ uuid: open.uuid }] })).status).toBe(400);
    expect((await post({ interviews: [{ uuid: 'x' }] })).status).toBe(400);
    expect((await post({ interviews: [{ uuid: done.uuid }], send_email: false })).status).toBe(400);
    expect((await post({ interviews: [{ uuid: done.uuid }], reviewers: [] })).status).toBe(400);
  });

  it('needs the feature of the plan for advanced links', async () => {
    const { emulator, admin } = await emulated();
    emulator.act.setPlan({ features: { advanced_share_links: false } });
    expect(await admin.get('/share_links')).toMatchObject({
      status: 403,
      json: { code: 'share_link.not_in_plan' },
    });
    expect(emulator.state.plan.features.interview_sms_notifications).toBe(true);
  });
});

describe('the date of an interview', () => {
  it('must lie in the future and within a year', async () => {
    const { emulator, admin } = await emulated();
    const { json: interview } = await admin.post('/interviews', invitation(emulator));
    for (const [scheduled_at, status] of [
      [inDays(emulator, -1), 400],
      [inDays(emulator, 367), 400],
      [inDays(emulator, 364), 201],
      ['next week', 400],
      ['2031-05-14', 400],
    ] as const) {
      const post = await admin.post('/interviews', invitation(emulator, { scheduled_at }));
      expect(post.status, scheduled_at).toBe(status);
      const put = await admin.put(`/interviews/${interview.uuid}`, { scheduled_at });
      expect(put.status, scheduled_at).toBe(status);
    }
  });
});
