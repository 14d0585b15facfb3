/**
 * Spark Hire accepts what is made, and makes it otherwise than it was asked to: that is carried over, or told.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import {
  aJob,
  anInterview,
  aShareRequest,
  openPushScene,
  type PushScene,
} from '../../../support/push-scene.js';
import { type Exchange, type Rewriting, startRewritingProxy } from '../../../support/rewriting-proxy.js';

type OnFinished = Parameters<typeof openPushScene>[0];

interface Otherwise extends PushScene {
  /** Exit code of a command, run against the Spark Hire of the other hand. */
  code(command: string, more?: Record<string, string>): Promise<number | null>;
}

async function openOtherwise(onTestFinished: OnFinished, rewriting: Rewriting): Promise<Otherwise> {
  const scene = await openPushScene(onTestFinished);
  const proxy = await startRewritingProxy(scene.emulator.url, rewriting);
  onTestFinished(() => proxy.close());
  return {
    ...scene,
    get client() {
      return scene.client;
    },
    code: async (command, more) =>
      (await scene.run([command], { SPARKHIRE_BASE_URL: proxy.url, ...more })).code,
  };
}

/** What is posted there leaves with these values instead. */
const making =
  (path: RegExp, values: object) =>
  (exchange: Exchange): Exchange =>
    exchange.method === 'POST' && path.test(exchange.path)
      ? { ...exchange, body: JSON.stringify({ ...JSON.parse(exchange.body), ...values }) }
      : exchange;

const jobsPath = /\/jobs$/;
const puts = (scene: PushScene) =>
  scene
    .writes()
    .filter(({ method }) => method === 'PUT')
    .map(({ body }) => body);
const conflicts = (scene: PushScene) =>
  scene.rows<{ id: string; kind: string; field: string; resource: string; reason: string }>(
    `select id::text, resource, kind, ats_id, field, reason from sync.conflicts
     where resolved_at is null order by ats_id`,
  );

describe('a job that is made inactive', () => {
  it('a job that is made inactive is opened by the next pass, and its invitations go', async ({
    onTestFinished,
  }) => {
    const request = making(jobsPath, { status: 'inactive' });
    const scene = await openOtherwise(onTestFinished, { request });
    await scene.put('jobs', aJob('J-1'));
    await scene.put('interviews', anInterview('I-1', 'J-1', 'c1@example.org'));
    expect(await scene.code('apply')).toBe(0);
    expect(await scene.states('job')).toEqual({ 'J-1': 'pending' });
    expect(await scene.states('interview')).toEqual({ 'I-1': 'held' });
    expect(await scene.code('apply')).toBe(0);
    expect(puts(scene)).toEqual([{ status: 'active' }]);
    expect(await scene.states('job')).toEqual({ 'J-1': 'synced' });
    expect(scene.invitations()).toEqual({ 1: 1 });
    expect(await scene.states('interview')).toEqual({ 'I-1': 'synced' });
    expect(await scene.code('sync')).toBe(0);
    expect(scene.writes()).toEqual([]);
  });

  it('a job that stays inactive whatever is sent says so, and is not sent at every pass', async ({
    onTestFinished,
  }) => {
    const inactive = making(jobsPath, { status: 'inactive' });
    let asked = 0;
    const scene = await openOtherwise(onTestFinished, {
      request(exchange) {
        if (exchange.method !== 'PUT') return inactive(exchange);
        asked += 1;
        return { ...exchange, method: 'GET', body: '' };
      },
    });
    await scene.put('jobs', aJob('J-1'));
    for (const command of ['apply', 'apply', 'sync', 'apply']) await scene.code(command);
    expect(asked).toBe(1);
    expect((await scene.view('job'))['J-1']).toMatchObject({
      state: 'rejected',
      issues: [{ code: 'REMOTE_REJECTED', message: expect.stringMatching(/accepted to change status/) }],
    });
  });

  it('a job that is made inactive and cannot be opened for want of a slot waits for one', async ({
    onTestFinished,
  }) => {
    const scene = await openOtherwise(onTestFinished, {
      request: making(jobsPath, { status: 'inactive' }),
      answer: ({ method, path }, { status, body }) =>
        method === 'PUT' && path.includes('/jobs/')
          ? { status: 402, body: JSON.stringify({ code: 'api.slots', reason: 'All job slots are taken.' }) }
          : { status, body },
    });
    await scene.put('jobs', aJob('J-1'));
    await scene.code('apply');
    expect(await scene.code('apply')).toBe(3);
    expect((await scene.view('job'))['J-1']).toMatchObject({
      state: 'held',
      issues: [{ code: 'PLAN_LIMIT', message: expect.stringContaining('All job slots are taken.') }],
    });
  });

  it('a job that only its answer shows inactive is left as it is', async ({ onTestFinished }) => {
    const scene = await openOtherwise(onTestFinished, {
      answer: ({ method, path }, { status, body }) =>
        method === 'POST' && jobsPath.test(path)
          ? { status, body: JSON.stringify({ ...JSON.parse(body), status: 'inactive', description: null }) }
          : { status, body },
    });
    await scene.put('jobs', aJob('J-1'));
    expect(await scene.code('apply')).toBe(0);
    expect(await scene.states('job')).toEqual({ 'J-1': 'synced' });
    expect(await scene.code('sync')).toBe(0);
    expect(puts(scene)).toEqual([]);
  });
});

describe('what is made otherwise', () => {
  it('a job that is made without its description gets it', async ({ onTestFinished }) => {
    const scene = await openOtherwise(onTestFinished, {
      answer({ method, path }, { status, body }) {
        if (method !== 'POST' || !jobsPath.test(path)) return { status, body };
        const { jobs } = scene.emulator.state;
        jobs.change([...jobs.values()][0]!, (job) => Object.assign(job, { description: '' }));
        return { status, body: JSON.stringify({ ...JSON.parse(body), description: null }) };
      },
    });
    await scene.put('jobs', aJob('J-1'));
    expect(await scene.code('apply')).toBe(0);
    expect(await scene.states('job')).toEqual({ 'J-1': 'pending' });
    expect(await scene.code('apply')).toBe(0);
    expect(puts(scene)).toEqual([{ description: aJob('J-1').description }]);
    expect(await scene.states('job')).toEqual({ 'J-1': 'synced' });
  });

  it('a share link gets the status it is to have, whichever it was made with', async ({ onTestFinished }) => {
    const made = { status: 'inactive' };
    const scene = await openOtherwise(onTestFinished, {
      request: (exchange) => making(/\/share_links$/, made)(exchange),
    });
    await scene.put('jobs', aJob('J-1'));
    await scene.put('interviews', anInterview('I-1', 'J-1', 'c1@example.org'));
    expect(await scene.code('apply')).toBe(0);
    const [interview] = [...scene.emulator.state.interviews.values()];
    scene.emulator.act.completeInterview(interview!.uuid);
    for (const [atsId, wanted] of [
      ['R-1', 'active'],
      ['R-2', 'inactive'],
    ] as const) {
      made.status = wanted === 'active' ? 'inactive' : 'active';
      await scene.put(
        'share_requests',
        aShareRequest(atsId, ['I-1'], [`reviewer-of-${atsId}`], { status: wanted }),
      );
      await scene.code('sync');
      expect((await scene.states('share_request'))[atsId]).toBe('pending');
      scene.writes();
      expect(await scene.code('sync')).toBe(0);
      expect(puts(scene)).toEqual([{ status: wanted }]);
      expect((await scene.states('share_request'))[atsId]).toBe('synced');
    }
  });
});

describe('an interview that is made with another deadline', () => {
  const day = 86_400_000;
  const at = (days: number) => `${new Date(Date.now() + days * day).toISOString().slice(0, 17)}30Z`;
  const invite = async (onTestFinished: OnFinished, wanted: string, made: string) => {
    const scene = await openOtherwise(onTestFinished, {
      request: making(/\/interviews$/, { scheduled_at: made }),
    });
    await scene.put('jobs', aJob('J-1'));
    await scene.put('interviews', anInterview('I-1', 'J-1', 'c1@example.org', { deadline_at: wanted }));
    expect(await scene.code('apply')).toBe(0);
    return scene;
  };

  it('an interview that is made with another deadline is a question, and what a person decides is done', async ({
    onTestFinished,
  }) => {
    const wanted = at(12);
    const scene = await invite(onTestFinished, wanted, at(5));
    expect(await scene.states('interview')).toEqual({ 'I-1': 'pending' });
    expect(await scene.code('apply')).toBe(3);
    const [conflict] = await conflicts(scene);
    expect(conflict).toMatchObject({ resource: 'interviews', kind: 'field_diverged', field: 'scheduled_at' });
    expect(puts(scene)).toEqual([]);
    await scene.resolve(conflict!.id, 'ats');
    expect(await scene.code('apply')).toBe(0);
    expect(puts(scene)).toEqual([{ scheduled_at: new Date(wanted).toISOString() }]);
    expect(await scene.states('interview')).toEqual({ 'I-1': 'synced' });
    expect(scene.invitations()).toEqual({ 1: 1 });
  });
});

it('users who are made with another role are questions, which end with a decision or another wish', async ({
  onTestFinished,
}) => {
  const scene = await openOtherwise(onTestFinished, {
    request: making(/\/users$/, { role: 'administrator' }),
  });
  const names = ['ann', 'bea', 'cy'];
  const rows = names.map((name) => ({ ats_id: name, name, email: `${name}@example.org`, role: 'standard' }));
  await scene.put('users', ...rows);
  expect(await scene.code('apply')).toBe(0);
  expect(await scene.code('apply')).toBe(3);
  const told = await conflicts(scene);
  const question = {
    resource: 'users',
    kind: 'field_diverged',
    field: 'role',
    reason: expect.stringContaining('administrator'),
  };
  expect(told).toMatchObject(names.map((name) => ({ ...question, ats_id: name })));
  expect(await scene.states('user')).toEqual({ ann: 'conflict', bea: 'conflict', cy: 'conflict' });
  await scene.resolve(told[0]!.id, 'ats');
  await scene.resolve(told[1]!.id, 'sparkhire');
  await scene.put('users', { ...rows[2], role: 'administrator' });
  expect(await scene.code('apply')).toBe(0);
  expect(await scene.states('user')).toEqual({ ann: 'synced', bea: 'synced', cy: 'synced' });
  expect(await scene.code('sync')).toBe(0);
  expect(await conflicts(scene)).toEqual([]);
  expect(puts(scene)).toEqual([]);
});
