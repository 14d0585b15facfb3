import { describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '#emulators/emulator/index';
import { actInputs } from '#emulators/emulator/life/acts';
import { runProgram, startProgram } from '../../support/program.js';
import { emulated, type Json } from './api.js';

async function control(emulator: Emulator, method: string, path: string, body?: unknown) {
  const response = await fetch(`${emulator.origin}/_emulator${path}`, {
    method,
    body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as Json };
}

describe('control endpoints', () => {
  it('say what there is', async () => {
    const { emulator } = await emulated();
    const { status, json } = await control(emulator, 'GET', '');
    expect(status).toBe(200);
    expect(json.baseUrl).toBe(emulator.url);
    expect(json.acts).toEqual(Object.keys(actInputs));
    expect(json.endpoints.length).toBeGreaterThan(8);
  });

  it('show the state, its collections in pieces', async () => {
    const { emulator } = await emulated({ interviews: 50 });
    const { json } = await control(emulator, 'GET', '/state');
    expect(json).toMatchObject({ interviews: 50, jobs: 40, plan: { name: 'growth' } });
    const piece = await control(emulator, 'GET', '/state/interviews?limit=3&offset=2');
    expect(piece.json.map((one: Json) => one.uuid)).toEqual(
      [...emulator.state.interviews.keys()].slice(2, 5),
    );
    expect(piece.json[0].questions.length).toBeGreaterThan(0);
    expect(piece.json[0].createdAt).toMatch(/Z$/);
    expect((await control(emulator, 'GET', '/state/nothing')).status).toBe(404);
    expect((await control(emulator, 'GET', '/state/jobs?limit=x')).status).toBe(400);
  });

  it('show the outbox, the requests and the deliveries, and no webhook secret', async () => {
    const { emulator, admin } = await emulated();
    await admin.post('/webhooks', { description: 'x', url: 'http://127.0.0.1:9/', http_auth: 'u:hush' });
    emulator.act.addInterview({ email: 'pia@example.com' });
    await emulator.settleDeliveries();
    expect((await control(emulator, 'GET', '/outbox')).json).toMatchObject([{ to: 'pia@example.com' }]);
    expect((await control(emulator, 'GET', '/requests?limit=1')).json).toMatchObject([
      { method: 'POST', path: '/v1.0/webhooks', status: 200 },
    ]);
    expect((await control(emulator, 'GET', '/requests?limit=0')).json).toEqual([]);
    const deliveries = await control(emulator, 'GET', '/deliveries');
    expect(deliveries.json).toMatchObject([{ event: 'InterviewCreated', status: 0 }]);
    const webhooks = await control(emulator, 'GET', '/state/webhooks');
    const keys = await control(emulator, 'GET', '/state/keys');
    expect(keys.json).toMatchObject([{ userUuid: [...emulator.state.users.keys()][0] }]);
    const everything = JSON.stringify([webhooks, deliveries, keys]);
    expect(everything).not.toContain('hush');
    expect(everything).not.toContain(emulator.adminKey);
  });

  it('change switches', async () => {
    const { emulator } = await emulated();
    const shown = (await control(emulator, 'GET', '/switches')).json;
    expect(shown.alternatives.ties).toEqual(['stable', 'shuffled']);
    const { json } = await control(emulator, 'PATCH', '/switches', { ties: 'shuffled', pageCap: 12 });
    expect(json.switches).toMatchObject({ ties: 'shuffled', pageCap: 12 });
    expect(emulator.switches.ties).toBe('shuffled');
    for (const wrong of [{ ties: 'loose' }, { knots: 'stable' }, [], 'ties']) {
      expect((await control(emulator, 'PATCH', '/switches', wrong)).status).toBe(400);
    }
    expect((await control(emulator, 'PATCH', '/switches', { gone: '410', ties: 'loose' })).status).toBe(400);
    expect(emulator.switches.gone).toBe('404');
  });

  it('add, list and remove faults', async () => {
    const { emulator, admin } = await emulated();
    const rule = { path: '/me$', effect: { kind: 'status', status: 503 } };
    const { json } = await control(emulator, 'POST', '/faults', rule);
    expect((await admin.get('/me')).status).toBe(503);
    expect((await control(emulator, 'GET', '/faults')).json).toMatchObject([{ id: json.id, rule, fired: 1 }]);
    expect((await control(emulator, 'DELETE', `/faults/${json.id}`)).status).toBe(200);
    expect((await control(emulator, 'DELETE', `/faults/${json.id}`)).status).toBe(404);
    expect((await admin.get('/me')).status).toBe(200);
    await control(emulator, 'POST', '/faults', rule);
    await control(emulator, 'DELETE', '/faults');
    expect(emulator.faults.list()).toEqual([]);
    for (const wrong of [
      { effect: { kind: 'smoke' } },
      { path: '(', effect: { kind: 'html' } },
      { effect: { kind: 'reset' } },
      { effect: { kind: 'html' }, probability: 2 },
      {},
    ]) {
      expect((await control(emulator, 'POST', '/faults', wrong)).status, JSON.stringify(wrong)).toBe(400);
    }
  });

  it('move, set and stop the clock, which answers are dated by', async () => {
    const { emulator, admin } = await emulated();
    const frozen = (await control(emulator, 'POST', '/clock', { set: '2033-01-01T00:00:00Z', freeze: true }))
      .json;
    expect(frozen.frozen).toBe(true);
    const before = emulator.clock.now();
    const moved = await control(emulator, 'POST', '/clock', { advanceSeconds: 90 });
    expect(Date.parse(moved.json.now)).toBe(before + 90_000);
    expect((await control(emulator, 'GET', '/clock')).json).toEqual(moved.json);
    expect((await admin.get('/me')).headers.get('date')).toBe(new Date(before + 90_000).toUTCString());
    expect((await control(emulator, 'POST', '/clock', { freeze: false })).json.frozen).toBe(false);
    expect((await control(emulator, 'POST', '/clock', { set: 'soon' })).status).toBe(400);
    expect((await control(emulator, 'POST', '/clock', { advance: 1 })).status).toBe(400);
  });

  it('do acts', async () => {
    const { emulator } = await emulated();
    const act = (name: string, body: unknown) => control(emulator, 'POST', `/act/${name}`, body);
    const questions = [{ text: 'Over HTTP?', time_limit: 90 }];
    const { json } = await act('addInterview', { name: 'Pia', email: 'pia@example.com', questions });
    const { uuid } = json.result;
    expect(json.result.questions).toMatchObject([{ text: 'Over HTTP?', timeLimit: 90 }]);
    expect((await act('completeInterview', { uuid, rating: 3.5 })).status).toBe(200);
    expect(emulator.state.interviews.get(uuid)).toMatchObject({ status: 'completed', rating: 3.5 });
    expect(await act('acceptInterview', { uuid })).toMatchObject({
      status: 409,
      json: { error: expect.any(String) },
    });
    await act('resetInterview', { uuid, scheduledAt: '2031-01-01T00:00:00Z' });
    expect(emulator.state.interviews.get(uuid)!.scheduledAt).toBe(Date.parse('2031-01-01T00:00:00Z'));
    const job = (await act('addJob', { title: 'By hand' })).json.result;
    expect(job).toMatchObject({ title: 'By hand', members: [] });
    await act('setPlan', { customIntegration: false });
    expect(emulator.state.plan.customIntegration).toBe(false);
    expect((await act('touchInterview', { uuid: 'nobody' })).status).toBe(400);
    expect((await act('touchInterview', {})).status).toBe(400);
    expect((await act('rateInterview', { uuid, rating: 6 })).status).toBe(400);
    expect((await act('toString', {})).status).toBe(404);
  });

  it('need no key, are not counted, and do not get mixed up with the API', async () => {
    const { emulator, admin } = await emulated();
    emulator.rateLimit.limit = 1;
    for (let i = 0; i < 5; i++) expect((await control(emulator, 'GET', '/clock')).status).toBe(200);
    expect(emulator.requests).toEqual([]);
    expect((await admin.get('/me')).status).toBe(200);
    expect((await admin.get('/me')).status).toBe(429);
    expect((await control(emulator, 'GET', '/nothing')).status).toBe(404);
    expect((await control(emulator, 'PUT', '/switches', {})).status).toBe(404);
    expect((await control(emulator, 'POST', '/clock', '{"set":')).status).toBe(400);
    expect((await fetch(`${emulator.origin}/_emulators`)).status).toBe(404);
  });
});

describe('every act', () => {
  it('is there under its name', async () => {
    const { emulator } = await emulated();
    for (const name of Object.keys(actInputs) as Array<keyof typeof actInputs>) {
      expect(typeof emulator.act[name], name).toBe('function');
    }
  });

  it('completes nothing for a job that is not active', async () => {
    const { emulator } = await emulated();
    const { uuid, jobUuid } = emulator.act.addInterview();
    emulator.act.editJob(jobUuid, { status: 'inactive' });
    expect(() => emulator.act.completeInterview(uuid)).toThrow(/inactive/);
  });
});

describe('starting and closing', () => {
  it('closes twice, closes kept-alive connections, and frees its port', async () => {
    const { emulator, admin } = await emulated();
    await admin.get('/me');
    const closing = emulator.close();
    await Promise.all([closing, emulator.close()]);
    await expect(admin.get('/me')).rejects.toThrow();
    const again = await startEmulator({ port: emulator.port, interviews: 0 });
    expect(again.port).toBe(emulator.port);
    await again.close();
  });

  it('fails when the port is taken', async () => {
    const { emulator } = await emulated();
    await expect(startEmulator({ port: emulator.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('remembers only as many requests as it was told', async () => {
    const { emulator, admin } = await emulated({ requestLogLimit: 10 });
    for (let i = 0; i < 30; i++) await admin.get(`/me?n=${i}`);
    expect(emulator.requests.length).toBeLessThanOrEqual(11);
    expect(emulator.requests.at(-1)!.query).toBe('n=29');
  });
});

describe('the command', () => {
  it('says where it listens, serves, and ends at a signal', async () => {
    const args = '--port 0 --jobs 2 --interviews 20 --json --set jobKey=job'.split(' ');
    const program = startProgram(['emulator', ...args]);
    const said = JSON.parse(await program.waitForLine(/"url"/));
    expect(said).toMatchObject({ jobs: 2, interviews: 20, rate_limit: 400, rate_window_seconds: 60 });
    const authorization = `Basic ${Buffer.from('emulator-admin-key:').toString('base64')}`;
    const response = await fetch(`${said.url}/interviews?range=1-1`, { headers: { authorization } });
    expect(((await response.json()) as Json)[0]).toHaveProperty('job');
    program.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 0 });
    await expect(fetch(said.control)).rejects.toThrow();
  });

  it('says what to do when the port is taken', async () => {
    const { emulator } = await emulated();
    const args = ['--port', String(emulator.port), '--interviews', '0'];
    const { code, stderr } = await runProgram(['emulator', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain('SETTINGS_INVALID');
    expect(stderr).toContain('--port');
  });
});
