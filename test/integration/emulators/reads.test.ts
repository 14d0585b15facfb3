import { describe, expect, it } from 'vitest';
import { operations } from '#emulators/emulator/index';
import { apiFor, emulated } from './api.js';

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/;

describe('access', () => {
  it('refuses a request without a key, with an unknown key and with another scheme', async () => {
    const { emulator } = await emulated();
    const none = await apiFor(emulator, null).get('/me');
    expect(none.status).toBe(401);
    expect(none.json).toMatchObject({ code: 'api.key_not_set', reason: expect.any(String) });
    expect((await apiFor(emulator, 'somebody-elses').get('/me')).status).toBe(401);
    const bearer = await fetch(`${emulator.url}/me`, { headers: { authorization: 'Bearer x' } });
    expect(bearer.status).toBe(401);
  });

  it('takes the key as user name with any password or none', async () => {
    const { emulator } = await emulated({ adminKey: 'k3y-ü' });
    for (const credentials of ['k3y-ü:', 'k3y-ü:secret:more', 'k3y-ü']) {
      const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
      const response = await fetch(`${emulator.url}/me`, { headers: { authorization } });
      expect(response.status).toBe(200);
    }
  });

  it('knows the paths of the document and no others', async () => {
    const { admin } = await emulated();
    expect((await admin.get('/nothing')).status).toBe(404);
    expect((await admin.get('/jobs/a/b/c')).status).toBe(404);
    const wrong = await admin.send('PATCH', '/jobs');
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get('allow')).toBe('GET, POST');
    expect((await admin.del('/me')).status).toBe(405);
  });

  it('refuses a body that is not JSON or not an object', async () => {
    const { admin } = await emulated();
    expect(await admin.post('/jobs', '{"title":')).toMatchObject({
      status: 400,
      json: { code: 'api.invalid_json' },
    });
    expect((await admin.post('/jobs', '[1]')).status).toBe(400);
  });

  it('has the 44 operations, the basic share link with two ways to read it', () => {
    const names = operations.map(([method, path]) => `${method} ${path}`);
    expect(new Set(names).size).toBe(45);
    expect(names).toContain('GET /interviews/:uuid/share_link/:link');
  });
});

describe('reading', () => {
  it('shows the user of the key with the company and its plan', async () => {
    const { emulator, admin } = await emulated();
    const { json } = await admin.get('/me');
    const first = [...emulator.state.users.values()][0]!;
    expect(json).toMatchObject({ uuid: first.uuid, email: first.email, type: 'company_user' });
    expect(json.company).toMatchObject({ uuid: emulator.state.company.uuid, plan: { name: 'growth' } });
    expect(json.company.plan).not.toHaveProperty('features');
  });

  it('shows the plan, with what remains of it', async () => {
    const { emulator, admin } = await emulated({ jobSlots: 100, userSeats: -1 });
    const { plan } = (await admin.get('/plan')).json;
    expect(plan.jobs).toEqual({ limit: 100, remaining: 100 - emulator.state.activeJobs() });
    expect(plan.users).toEqual({ limit: -1, remaining: -1, paid: 0 });
    expect(plan.features).toEqual({ advanced_share_links: true, interview_sms_notifications: true });
    expect(plan.renews_at).toMatch(rfc3339);
  });

  it('shows the own company only', async () => {
    const { emulator, admin } = await emulated();
    const reply = await admin.get(`/companies/${emulator.state.company.uuid}`);
    expect(reply.json).toMatchObject({
      name: emulator.state.company.name,
      industry: { name: expect.any(String) },
    });
    expect((await admin.get('/companies/1b4e28ba-2fa1-41d2-883f-0016d3cca427')).status).toBe(404);
  });

  it('lists all users without their roles, disabled ones too', async () => {
    const { emulator, admin } = await emulated({ users: 24 });
    const { json } = await admin.get('/users');
    expect(json).toHaveLength(24);
    expect(json.some((user: { active: boolean }) => !user.active)).toBe(true);
    expect(json.every((user: object) => !('role' in user))).toBe(true);
    const one = (await admin.get(`/users/${json[5].uuid}`)).json;
    expect(one).toEqual(json[5]);
    expect(one.company.uuid).toBe(emulator.state.company.uuid);
  });

  it('leaves out of a listed job what only the single one has', async () => {
    const { emulator, admin } = await emulated();
    const job = [...emulator.state.jobs.values()].find((one) => one.openInterview)!;
    const listed = (await admin.get('/jobs')).json.find((one: { uuid: string }) => one.uuid === job.uuid);
    const single = (await admin.get(`/jobs/${job.uuid}`)).json;
    expect(listed).not.toHaveProperty('description');
    expect(listed.open_interview).not.toHaveProperty('questions');
    expect(single.description).toBe(job.description);
    expect(single.open_interview.questions.length).toBeGreaterThan(0);
    expect(single).toMatchObject(listed);
    expect(single.created_at).toMatch(rfc3339);
  });

  it('leaves out of a listed interview what only the single one has', async () => {
    const { emulator, admin } = await emulated();
    const shared = [...emulator.state.interviews.values()].find((one) => one.shareLink)!;
    const list = (await admin.get('/interviews')).json;
    const listed = list.find((one: { uuid: string }) => one.uuid === shared.uuid);
    const single = (await admin.get(`/interviews/${shared.uuid}`)).json;
    expect(listed).not.toHaveProperty('questions');
    expect(listed).not.toHaveProperty('share_link');
    expect(single).toMatchObject(listed);
    expect(single.share_link).toMatchObject({
      uuid: shared.shareLink!.uuid,
      updated_by: { name: expect.any(String) },
    });
    expect(single.questions).toEqual((await admin.get(`/interviews/${shared.uuid}/questions`)).json);
    expect(single.job_post.uuid).toBe(shared.jobUuid);
    expect(single.job_post).not.toHaveProperty('company');
  });

  it('answers 404 for what never was', async () => {
    const { admin } = await emulated();
    const uuid = '1b4e28ba-2fa1-41d2-883f-0016d3cca427';
    for (const path of ['users', 'jobs', 'interviews', 'question_sets', 'share_links']) {
      expect((await admin.get(`/${path}/${uuid}`)).status, path).toBe(404);
    }
    expect((await admin.get(`/interviews/${uuid}/questions`)).status).toBe(404);
    expect((await admin.del(`/webhooks/${uuid}`)).status).toBe(404);
  });

  it('writes down every request with whose key it had', async () => {
    const { emulator, admin } = await emulated();
    await admin.get('/jobs?range=1-2&orderby=title_asc');
    await apiFor(emulator, null).get('/me');
    expect(emulator.requests).toMatchObject([
      {
        method: 'GET',
        path: '/v1.0/jobs',
        query: 'range=1-2&orderby=title_asc',
        status: 200,
        userUuid: [...emulator.state.users.keys()][0],
        rateLimited: false,
        fault: null,
      },
      { path: '/v1.0/me', status: 401, userUuid: null },
    ]);
  });
});
