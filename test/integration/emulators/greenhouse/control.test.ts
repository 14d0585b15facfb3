import { describe, expect, it } from 'vitest';
import {
  type GreenhouseEmulator,
  greenhouseSwitchTable,
  startGreenhouseEmulator,
} from '#emulators/ats-emulator/greenhouse/index';
import type { Clock } from '../../../../src/clock.js';
import { runProgram, startProgram } from '../../../support/program.js';
import { type Json, manualClock } from '../api.js';
import { askToken, greenhouse, Harvest } from './api.js';

async function control(emulator: GreenhouseEmulator, method: string, path: string, body?: unknown) {
  const response = await fetch(`${emulator.origin}/_control${path}`, {
    method,
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { status: response.status, json: (await response.json()) as Json };
}

describe('the control endpoints of the emulated Greenhouse', () => {
  it('say what there is, need no token and are not counted', async () => {
    const { emulator } = await greenhouse({ rateLimit: 1 });
    const { status, json } = await control(emulator, 'GET', '');
    expect(status).toBe(200);
    expect(json).toMatchObject({ baseUrl: emulator.url, tokenUrl: emulator.tokenUrl });
    expect(json.switches).toEqual(greenhouseSwitchTable.names);
    expect(json.acts).toContain('moveToStage');
    expect(emulator.requests).toEqual([]);
    expect((await control(emulator, 'GET', '/nothing')).status).toBe(404);
  });

  it('show the tables with times that can be read, and no secret', async () => {
    const { emulator, act } = await greenhouse();
    expect((await control(emulator, 'GET', '/state')).json).toMatchObject({ jobs: 8, candidates: 40 });
    const [job] = (await control(emulator, 'GET', '/state/jobs?limit=1&offset=1')).json;
    expect(job).toMatchObject({ name: 'Warehouse Team Lead', created_at: expect.stringMatching(/Z$/) });
    expect((await control(emulator, 'GET', '/state/salaries')).status).toBe(404);
    await act.addWebhook({ event: 'hire_candidate', url: 'http://127.0.0.1:9/', secret: 'very-hushed' });
    const texts = await Promise.all(
      ['/webhooks', '/deliveries', '/credentials', '/requests'].map((path) => control(emulator, 'GET', path)),
    );
    const everything = JSON.stringify(texts);
    expect(texts[0]!.json).toMatchObject([{ event: 'hire_candidate', active: false }]);
    expect(texts[2]!.json).toMatchObject([{ clientId: emulator.clientId }]);
    expect(everything).not.toContain('very-hushed');
    expect(everything).not.toContain(emulator.clientSecret);
  });

  it('do acts, switch readings, add faults and move the clock', async () => {
    const { emulator } = await greenhouse();
    const applied = await control(emulator, 'POST', '/act/apply', {
      email_addresses: [{ value: 'pia@mail.example.com' }],
      stage: 'Video interview',
    });
    const { candidate_id, id } = applied.json.result;
    expect(emulator.state.candidates.one(candidate_id).email_addresses).toEqual([
      { value: 'pia@mail.example.com', type: 'personal' },
    ]);
    await control(emulator, 'POST', '/act/reject', { application_id: id });
    expect(emulator.state.applications.one(id).status).toBe('rejected');
    const many = await control(emulator, 'POST', '/act/applyMany', { count: 3, stage: 'Onsite' });
    expect(many.json.result).toHaveLength(3);
    await control(emulator, 'PATCH', '/switches', { lagSeconds: 45, stageId: 'job-stage' });
    expect(emulator.switches).toMatchObject({ lagSeconds: 45, stageId: 'job-stage' });
    expect((await control(emulator, 'PATCH', '/switches', { stageId: 'else' })).status).toBe(400);
    const before = emulator.clock.now();
    await control(emulator, 'POST', '/clock', { advanceSeconds: 60 });
    expect(emulator.clock.now()).toBe(before + 60_000);
    const rule = { path: '/token', effect: { kind: 'status', status: 503 } };
    expect((await control(emulator, 'POST', '/faults', rule)).status).toBe(200);
    expect((await askToken(emulator)).status).toBe(503);
  });

  it.each([
    ['an act that does not exist', 'POST', '/act/aply', {}, 404],
    ['a stage that the job does not have', 'POST', '/act/apply', { stage: 'Trial' }, 400],
    ['a field that the act does not take', 'POST', '/act/apply', { stagename: 'Onsite' }, 400],
    ['an id that is nobody’s', 'POST', '/act/reject', { application_id: 12 }, 400],
    ['an event that does not exist', 'POST', '/act/addWebhook', { event: 'all', url: 'x', secret: 'y' }, 400],
  ])('refuse %s', async (_, method, path, body, status) => {
    const { emulator } = await greenhouse();
    const reply = await control(emulator, method, path, body);
    expect(reply).toEqual({ status, json: { error: expect.any(String) } });
  });
});

describe('the life of the emulated Greenhouse', () => {
  it('is the same for the same seed and time', async () => {
    const live = async (seed: number) => {
      const clock = manualClock();
      const emulator = await startGreenhouseEmulator({ seed, clock, liveSeconds: 2 });
      clock.tick(1999);
      const before = emulator.state.applications.size;
      for (let i = 0; i < 60; i++) clock.tick(2000);
      const told = JSON.stringify([...emulator.state.applications.values()]);
      await emulator.close();
      clock.tick(60_000);
      expect(JSON.stringify([...emulator.state.applications.values()])).toBe(told);
      return { told, before, after: emulator.state.applications.size };
    };
    const once = await live(3);
    expect(once.after).toBeGreaterThan(once.before);
    expect((await live(3)).told).toBe(once.told);
    expect((await live(4)).told).not.toBe(once.told);
  });

  it('has somebody of each kind that a reader must get right', async () => {
    const { state } = await greenhouse();
    const candidates = [...state.candidates.values()];
    const jobs = [...state.jobs.values()];
    const applications = [...state.applications.values()];
    expect(candidates.some((one) => one.private)).toBe(true);
    expect(candidates.some((one) => !one.can_email)).toBe(true);
    expect(candidates.some((one) => one.email_addresses.length === 0)).toBe(true);
    expect(candidates.find((one) => one.email_addresses.length > 1)!.email_addresses[0]!.type).toBe('work');
    expect(candidates.some((one) => one.preferred_name !== null)).toBe(true);
    expect(new Set(jobs.map(({ status }) => status))).toEqual(new Set(['open', 'draft', 'closed']));
    expect(jobs.some((one) => one.confidential)).toBe(true);
    expect(jobs.some((one) => one.office_ids.length === 0)).toBe(true);
    expect(applications.some((one) => one.prospect && one.prospective_job_ids.length === 0)).toBe(true);
    expect(new Set(applications.map(({ status }) => status)).size).toBeGreaterThan(1);
  });
});

describe('faults of the emulated Greenhouse', () => {
  it('cut, spoil and delay answers as those of Spark Hire do', async () => {
    const waits: number[] = [];
    const hasty: Clock = {
      ...manualClock(),
      after(ms, fn) {
        waits.push(ms);
        setImmediate(fn);
        return () => {};
      },
    };
    const { emulator, harvest } = await greenhouse({ clock: hasty });
    const once = (effect: Parameters<typeof emulator.faults.add>[0]['effect']) =>
      emulator.faults.add({ path: '/v3/jobs\\?per_page=1$', nth: 1, effect });
    const ask = () => harvest.get('/jobs?per_page=1');
    once({ kind: 'truncated', closes: true });
    await expect(ask()).rejects.toThrow();
    once({ kind: 'reset', when: 'before' });
    await expect(ask()).rejects.toThrow();
    once({ kind: 'truncated' });
    expect((await ask()).json).toEqual(expect.any(String));
    once({ kind: 'wrong-shape' });
    expect((await ask()).json).toEqual({ data: expect.any(Array) });
    once({ kind: 'html' });
    expect((await ask()).headers.get('content-type')).toContain('html');
    once({ kind: 'rate-limited', retryAfter: 9 });
    const limited = await ask();
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '9']);
    once({ kind: 'latency', ms: 700 });
    expect((await ask()).status).toBe(200);
    expect(waits).toEqual([700]);
    expect((await ask()).status).toBe(200);
    expect(emulator.requests.map(({ fault }) => fault)).toEqual([
      'truncated',
      'reset',
      'truncated',
      'wrong-shape',
      'html',
      'rate-limited',
      'latency',
      null,
    ]);
  });

  it('leave a hanging request to the closing of the emulator', async () => {
    const { emulator, harvest } = await greenhouse();
    emulator.faults.add({ effect: { kind: 'hang', when: 'before' } });
    const cut = expect(harvest.get('/jobs')).rejects.toThrow();
    await new Promise<void>((resolve) => emulator.onRequest(() => resolve()));
    await emulator.close();
    await cut;
  });
});

describe('sparkhire-sync emulator --ats greenhouse', () => {
  it('says where it listens and how to connect, and serves until it is told to stop', async () => {
    const program = startProgram(['emulator', '--ats', 'greenhouse', '--port', '0', '--json']);
    const said = JSON.parse(await program.waitForLine(/"url"/));
    expect(said).toMatchObject({ client_id: 'emulated-client-id', jobs: 8, rate_limit: 50 });
    const place = { url: said.url, tokenUrl: said.token_url };
    const credential = { id: said.client_id, secret: 'emulated-client-secret' };
    const { json } = await askToken(place, credential);
    expect((await new Harvest(place, json.access_token).rows('/jobs')).length).toBeGreaterThan(0);
    expect((await fetch(said.control)).status).toBe(200);
    program.kill('SIGTERM');
    expect(await program.ended).toMatchObject({ code: 0 });
  });

  it.each([
    [['--ats', 'icims'], /icims.*greenhouse/],
    [['--ats', 'greenhouse', '--jobs', '4'], /--jobs/],
    [['--ats', 'greenhouse', '--key-env', 'X'], /--key-env/],
    [['--ats', 'greenhouse', '--size', 'huge'], /huge/],
    [['--ats', 'greenhouse', '--live', 'often'], /--live/],
    [['--ats', 'greenhouse', '--set', 'lag=3'], /lag/],
    [['--ats', 'greenhouse', '--secret-env', 'NOT_SET'], /NOT_SET/],
    [['--live'], /--live/],
  ])('refuses %j as wrong usage', async (args, words) => {
    const { code, stderr } = await runProgram(['emulator', ...args]);
    expect(code).toBe(2);
    expect(stderr).toMatch(words);
  });
});
