import { describe, expect, it } from 'vitest';
import { emulated, invitation, type Json, type Reply } from './api.js';

const uuids = (reply: Reply): string[] => reply.json.map((row: Json) => row.uuid);

describe('a standard user', () => {
  it('sees the jobs he made or is on, and their interviews and his own', async () => {
    const { emulator, admin, userWith } = await emulated();
    const { user, api } = userWith('standard');
    expect((await api.get('/jobs')).json).toEqual([]);
    expect((await api.get('/interviews')).json).toEqual([]);

    const { json: own } = await api.post('/jobs', {
      title: 'Own',
      description: 'x',
      status: 'active',
      location: { city: 'Ålesund', state: '', country: 'Norway' },
    });
    const joined = emulator.act.addJob({ title: 'Joined' });
    emulator.act.addJobMember(joined.uuid, { userUuid: user.uuid });
    const foreign = emulator.act.addJob({ title: 'Foreign' });
    expect(new Set(uuids(await api.get('/jobs')))).toEqual(new Set([own.uuid, joined.uuid]));

    const [inJoined, inForeign, mine] = [
      emulator.act.addInterview({ jobUuid: joined.uuid }),
      emulator.act.addInterview({ jobUuid: foreign.uuid }),
      emulator.act.addInterview({ jobUuid: foreign.uuid, createdBy: user.uuid }),
    ];
    expect(new Set(uuids(await api.get('/interviews')))).toEqual(new Set([inJoined!.uuid, mine!.uuid]));
    expect((await api.get(`/interviews/${inForeign!.uuid}`)).status).toBe(404);
    expect((await api.del(`/interviews/${inForeign!.uuid}`)).status).toBe(404);
    expect((await api.get(`/jobs/${foreign.uuid}`)).status).toBe(404);
    expect((await admin.get(`/interviews/${inForeign!.uuid}`)).status).toBe(200);

    emulator.act.removeJobMember(joined.uuid, { userUuid: user.uuid });
    expect(uuids(await api.get('/interviews'))).toEqual([mine!.uuid]);
  });

  it('cannot invite to a job he does not see', async () => {
    const { emulator, userWith } = await emulated();
    const { api } = userWith('standard');
    const reply = await api.post('/interviews', invitation(emulator));
    expect(reply).toMatchObject({ status: 400, json: { code: 'interview.job_not_found' } });
  });

  it('may change himself, but no other user, and make or delete none', async () => {
    const { emulator, userWith } = await emulated();
    const { user, api } = userWith('standard');
    const [administrator] = emulator.state.users.keys();
    expect((await api.put(`/users/${user.uuid}`, { name: 'Me' })).status).toBe(201);
    expect((await api.put(`/users/${administrator}`, { name: 'You' })).status).toBe(403);
    expect((await api.del(`/users/${user.uuid}`)).status).toBe(403);
    const input = { name: 'A', email: 'a@example.com', role: 'standard' };
    expect(await api.post('/users', input)).toMatchObject({
      status: 403,
      json: { code: 'api.administrator_required' },
    });
  });

  it('sees only the share links he made', async () => {
    const { emulator, admin, userWith } = await emulated({ shareLinks: 5 });
    const { api } = userWith('standard');
    expect((await admin.get('/share_links')).json).toHaveLength(5);
    expect((await api.get('/share_links')).json).toEqual([]);
    const [uuid] = emulator.state.shareLinks.keys();
    expect((await api.get(`/share_links/${uuid}`)).status).toBe(404);
  });
});

describe('an evaluator', () => {
  it('looks at the interviews of his jobs and changes nothing', async () => {
    const { emulator, userWith } = await emulated();
    const { user, api } = userWith('evaluator');
    const job = emulator.act.addJob();
    emulator.act.addJobMember(job.uuid, { userUuid: user.uuid });
    const interview = emulator.act.addInterview({ jobUuid: job.uuid });
    expect(uuids(await api.get('/interviews'))).toEqual([interview.uuid]);
    const path = `/interviews/${interview.uuid}`;
    for (const reply of [
      await api.put(path, { status: 'canceled' }),
      await api.del(path),
      await api.post(`${path}/questions`, { text: 'x', time_limit: 60 }),
      await api.put(`/jobs/${job.uuid}`, { title: 'x' }),
      await api.post('/interviews', invitation(emulator, { job_post: { uuid: job.uuid } })),
      await api.post('/question_sets', {}),
    ]) {
      expect(reply.status).toBe(403);
    }
    expect(interview.status).toBe('requested');
  });
});

describe('a key', () => {
  it('loses most rows at once when its user is demoted', async () => {
    const { emulator, admin } = await emulated();
    const before = (await admin.get('/interviews')).json.length;
    const [first] = emulator.state.users.keys();
    emulator.act.addUser({ role: 'administrator' });
    emulator.act.demoteUser(first!);
    const after = (await admin.get('/interviews')).json.length;
    expect(after).toBeLessThan(before / 2);
    expect((await admin.post('/users', { name: 'A', email: 'a@example.com', role: 'standard' })).status).toBe(
      403,
    );
    emulator.act.setRole(first!, { role: 'administrator' });
    expect((await admin.get('/interviews')).json).toHaveLength(before);
  });

  it('answers 401 while its user is disabled', async () => {
    const { emulator, admin, userWith } = await emulated();
    const { user, api } = userWith('standard');
    emulator.act.disableUser(user.uuid);
    expect((await api.get('/me')).status).toBe(401);
    expect((await admin.get(`/users/${user.uuid}`)).json.active).toBe(false);
    emulator.act.enableUser(user.uuid);
    expect((await api.get('/me')).status).toBe(200);
  });

  it('does not open integration keys without a custom integration or an administrator', async () => {
    const { emulator, admin, userWith } = await emulated();
    const { user, api } = userWith('standard');
    const path = `/users/${user.uuid}/integration_key`;
    expect((await api.post(path)).status).toBe(403);
    emulator.act.setPlan({ customIntegration: false });
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      expect((await admin.send(method, path)).status, method).toBe(403);
    }
  });
});

describe('hidden objects', () => {
  it('exist, but no key sees them', async () => {
    const { emulator, admin } = await emulated({ interviews: 30 });
    const [interview] = emulator.state.interviews.keys();
    const [job] = emulator.state.jobs.keys();
    const user = [...emulator.state.users.keys()][2]!;
    const total = async (path: string) => (await admin.get(path)).json.length;
    expect(await total('/interviews')).toBe(30);
    for (const uuid of [interview!, job!, user]) emulator.act.hide(uuid);
    expect(await total('/interviews')).toBe(29);
    expect(uuids(await admin.get('/jobs'))).not.toContain(job);
    expect(uuids(await admin.get('/users'))).not.toContain(user);
    expect((await admin.get(`/interviews/${interview}`)).status).toBe(404);
    expect((await admin.get(`/jobs/${job}`)).status).toBe(404);
    expect((await admin.get(`/users/${user}`)).status).toBe(404);
    emulator.act.show(interview!);
    expect(await total('/interviews')).toBe(30);
    expect((await admin.get(`/interviews/${interview}`)).status).toBe(200);
  });
});
