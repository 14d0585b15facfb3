/**
 * What Spark Hire refuses, and what it answers otherwise than one would think.
 * @module-tag rare
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { Switches } from '#emulators/emulator/switches';
import { inTurn } from '../../../support/rotation.js';
import { type Applied, interview, job, onceEach, openApplied, policies } from './fixture.js';

let applied: Applied;
afterEach(() => applied.close());

const open = async (switches: Partial<Switches> = {}, more: Parameters<typeof openApplied>[0] = {}) => {
  applied = await openApplied({ switches, ...more });
};
const posts = () => applied.emulator.requests.filter(({ method }) => method === 'POST').length;
const writes = () => applied.emulator.requests.filter(({ method }) => method !== 'GET').length;
const issues = () =>
  applied.rows(
    'select ats_id, field, code, message from sync.issues where resolved_at is null order by ats_id',
  );

describe('a refusal', () => {
  it.each(inTurn([400, 409, 422]))(
    'with %i of a basic link that an interview has already, and does not show, is no refusal',
    async (status) => {
      await open({ shareLinkFormat: 'null' });
      await applied.invite(1);
      await applied.round();
      const [made] = [...applied.emulator.state.interviews.values()];
      applied.emulator.act.completeInterview(made!.uuid);
      const link = applied.emulator.act.shareInterview(made!.uuid);
      await applied.mirror.pull(applied.emulator, { details: false });
      await applied.rows(
        `update sparkhire.interviews set share_url = null, share_link_uuid = null, share_status = null`,
      );
      const path = '/share_link$';
      applied.emulator.faults.add({ method: 'POST', path, effect: { kind: 'status', status } });
      await applied.rows("update ats.interviews set share = true where ats_id = 'I-1'");
      await applied.rounds();
      expect(await issues()).toEqual([]);
      expect(await applied.states('interviews')).toEqual({ 'I-1': 'synced' });
      expect(await applied.rows('select share_url from sparkhire.interviews')).toEqual([
        { share_url: link.url },
      ]);
    },
  );

  it.each(inTurn([400, 402, 403, 404, 405, 409, 410, 422]))(
    'with %i concerns its row alone, and is not repeated while the row stays the same',
    async (status) => {
      await open();
      await applied.invite(2);
      applied.emulator.faults.add({
        method: 'POST',
        path: '/interviews$',
        nth: 1,
        effect: { kind: 'status', status, code: 'api.strange' },
      });
      const state = status === 402 ? 'held' : 'rejected';
      expect(await applied.round({ concurrency: 1 })).toMatchObject({ created: 2, [state]: 1 });
      expect(await applied.states('interviews')).toEqual({ 'I-1': state, 'I-2': 'synced' });
      const code = status === 402 ? 'PLAN_LIMIT' : 'REMOTE_REJECTED';
      const message = expect.stringContaining('An injected fault. (api.strange)');
      expect(await issues()).toEqual([{ ats_id: 'I-1', field: null, code, message }]);
      const limits = await applied.rows(`select ats_id from sync.conflicts where kind = 'plan_limit'`);
      expect(limits).toHaveLength(status === 402 ? 1 : 0);

      const sent = posts();
      await applied.round();
      await applied.round();
      expect(posts()).toBe(sent);
      expect(await issues()).toHaveLength(1);

      await applied.put('interviews', [interview('I-1', 'c1@example.org', { candidate_name: 'Corrected' })]);
      expect(await applied.round()).toMatchObject({ created: 1 });
      expect(applied.invitations()).toEqual(onceEach(2));
      expect(await issues()).toEqual([]);
      expect(
        await applied.rows(`select id from sync.conflicts where kind = 'plan_limit' and resolved_at is null`),
      ).toEqual([]);
      expect(await applied.states('interviews')).toEqual({ 'I-1': 'synced', 'I-2': 'synced' });
    },
  );

  it.each(inTurn(['402', '403', '400'] as const))(
    'for want of a slot (%s) is a limit of the plan',
    async (slotError) => {
      await open({ slotError }, { jobSlots: 1 });
      const { act, onRequest } = applied.emulator;
      // Somebody takes the last one in that moment.
      onRequest(({ method }) => {
        if (method === 'POST') act.addJob({ title: 'Chef', status: 'active' });
      });
      await applied.invite(1);
      expect(await applied.round()).toMatchObject({ created: 0 });
      expect(posts()).toBe(1);
      expect(await applied.states('jobs')).toEqual({ 'J-1': 'held' });
      expect((await issues()).filter(({ ats_id }) => ats_id === 'J-1')).toMatchObject([
        { code: 'PLAN_LIMIT' },
      ]);
      expect(await applied.states('interviews')).toEqual({ 'I-1': 'held' });
    },
  );

  it.each(inTurn([403, 404, 410]))(
    'with %i of a change to what the same key is shown is told as that, and sent again in minutes',
    async (status) => {
      await open();
      await applied.invite(1);
      await applied.round();
      const path = '/interviews/';
      applied.emulator.faults.add({ method: 'PUT', path, count: 1, effect: { kind: 'status', status } });
      await applied.rows(`update ats.interviews set desired = 'canceled'`);
      const asked = applied.emulator.requests.length;
      expect(await applied.round()).toMatchObject({ rejected: 1 });
      const looks = applied.emulator.requests.slice(asked).map(({ method }) => method);
      expect(looks.slice(looks.indexOf('PUT'))).toEqual(['PUT', 'GET']);
      const message = expect.stringMatching(
        /^(?!.*conflicts).*The same key can still read.*after 10 minutes/,
      );
      expect(await issues()).toMatchObject([
        { ats_id: 'I-1', field: null, code: 'REMOTE_REJECTED', message },
      ]);
      // Nothing about its job has changed since.
      await applied.rows(`update sparkhire.jobs set mirrored_at = now() - interval '1 hour';
        update sync.links set linked_at = now() - interval '1 hour'`);
      const later = (minutes: number) =>
        applied.rows(`update sync.intents set updated_at = updated_at - interval '${minutes} minutes'`);
      await later(9);
      expect(await applied.round()).toMatchObject({ canceled: 0 });
      await later(2);
      expect(await applied.round()).toMatchObject({ canceled: 1 });
      expect(await issues()).toEqual([]);
    },
  );

  it('with 404 of a change to what is gone is looked at once, and tells of the questions', async () => {
    await open();
    await applied.invite(1);
    await applied.round();
    const path = '/interviews/';
    applied.emulator.faults.add({ method: 'PUT', path, effect: { kind: 'status', status: 404 } });
    applied.emulator.onRequest(({ method }) => {
      const [made] = applied.emulator.state.interviews.keys();
      if (method === 'PUT' && made !== undefined) applied.emulator.act.hide(made);
    });
    await applied.rows(`update ats.interviews set desired = 'canceled'`);
    await applied.round();
    expect(await issues()).toMatchObject([{ message: expect.stringContaining('conflicts') }]);
  });

  it('of the key ends the run; nothing is rejected, and all is sent with a key that works', async () => {
    await open();
    await applied.invite(3);
    const rule = applied.emulator.faults.add({
      method: 'POST',
      path: '/interviews$',
      effect: { kind: 'status', status: 401 },
    });
    await expect(applied.round()).rejects.toMatchObject({ code: 'KEY_REFUSED' });
    expect(await applied.rows(`select * from sync.intents where resource = 'interviews'`)).toEqual([]);
    expect(new Set(Object.values(await applied.states('interviews')))).toEqual(new Set(['pending']));
    applied.emulator.faults.remove(rule);
    await applied.round();
    expect(applied.invitations()).toEqual(onceEach(3));
  });

  it('a 429 is waited for, and is no second invitation', async () => {
    await open();
    await applied.invite(3);
    applied.emulator.faults.add({
      method: 'POST',
      path: '/interviews$',
      every: 2,
      effect: { kind: 'rate-limited', retryAfter: 0.05 },
    });
    expect(await applied.round()).toMatchObject({ created: 4 });
    expect(applied.invitations()).toEqual(onceEach(3));
  });
});

describe('answers of another kind', () => {
  it.each(inTurn(['array-for-array', 'object-for-single-array', 'object-always'] as const))(
    'one interview comes as %s',
    async (interviewPostShape) => {
      await open({ interviewPostShape, createdStatus: 'always-200' });
      await applied.invite(2);
      expect(await applied.round()).toMatchObject({ created: 3 });
      expect(applied.invitations()).toEqual(onceEach(2));
    },
  );

  it.each(['new', 'old'] as const)(
    'a change answers with the %s values: it is written once',
    async (updateEcho) => {
      await open({ updateEcho });
      await applied.invite(1);
      await applied.put('users', [
        { ats_id: 'U-1', name: 'Ada', email: 'ada@example.org', role: 'standard' },
      ]);
      await applied.round();
      await applied.put('users', [
        { ats_id: 'U-1', name: 'Ada Byron', email: 'ada@example.org', role: 'standard' },
      ]);
      await applied.put('jobs', [job('J-1', { title: 'Head Baker', city: 'Zeist' })]);
      const deadline_at = new Date(Date.now() + 40 * 86_400_000).toISOString();
      await applied.put('interviews', [interview('I-1', 'c1@example.org', { deadline_at })]);
      expect(await applied.round()).toMatchObject({ updated: 3 });
      const done = writes();
      expect(await applied.rows('select title from sparkhire.jobs')).toEqual([{ title: 'Head Baker' }]);
      await applied.round();
      await applied.mirror.pull(applied.emulator);
      await applied.round();
      expect(writes()).toBe(done);
      const [link] = await applied.rows<{ base: Record<string, unknown> }>(
        `select base from sync.links where resource = 'jobs'`,
      );
      expect(link!.base).toMatchObject({
        title: { ats: 'Head Baker', sparkhire: 'Head Baker' },
        place: { ats: { city: 'Zeist' } },
      });

      await applied.put('interviews', [interview('I-1', 'c1@example.org', { desired: 'canceled' })]);
      expect(await applied.round()).toMatchObject({ canceled: 1 });
      expect(writes()).toBe(done + 1);
    },
  );

  it('a change that is accepted and never shows is not written again at every tick', async () => {
    await open();
    await applied.invite(1);
    await applied.round();
    const [made] = [...applied.emulator.state.jobs.values()];
    // Spark Hire makes its own of every title.
    let isChanged = false;
    applied.emulator.onRequest(({ method, path }) => {
      isChanged ||= method === 'PUT';
      if (isChanged && method === 'GET' && path.includes('/jobs/'))
        applied.emulator.act.editJob(made!.uuid, { title: 'BAKER' });
    });
    applied.emulator.switches.updateEcho = 'old';
    await applied.put('jobs', [job('J-1', { title: 'Head Baker' })]);
    expect(await applied.round()).toMatchObject({ updated: 1 });
    const done = writes();
    await applied.round();
    await applied.mirror.pull(applied.emulator);
    await applied.round();
    expect(writes()).toBe(done);
  });

  it('a cancelation that is accepted and never shows is said, and not repeated', async () => {
    await open();
    await applied.invite(1);
    await applied.round();
    const [made] = [...applied.emulator.state.interviews.values()];
    applied.emulator.onRequest(({ method }) => {
      if (method !== 'GET' || made!.status !== 'canceled') return;
      applied.emulator.state.interviews.change(made!, (one) => {
        one.status = 'requested';
      });
    });
    applied.emulator.switches.updateEcho = 'old';
    await applied.put('interviews', [interview('I-1', 'c1@example.org', { desired: 'canceled' })]);
    await applied.rounds();
    expect(await issues()).toMatchObject([{ ats_id: 'I-1', code: 'REMOTE_REJECTED' }]);
    const done = writes();
    await applied.round();
    expect(writes()).toBe(done);
  });

  it.each(
    inTurn([
      ['a page', { kind: 'html' }],
      ['half an object', { kind: 'truncated' }],
      ['nothing', { kind: 'status', status: 204, body: 'empty', when: 'after' }],
    ] as const),
  )('a change that answers %s is accepted: it is sent once', async (_, effect) => {
    await open();
    await applied.invite(1);
    await applied.round();
    const done = writes();
    applied.emulator.faults.add({ method: 'PUT', effect });
    await applied.put('jobs', [job('J-1', { title: 'Head Baker' })]);
    const deadline_at = new Date(Date.now() + 40 * 86_400_000).toISOString();
    await applied.put('interviews', [interview('I-1', 'c1@example.org', { deadline_at })]);
    expect(await applied.round()).toMatchObject({ updated: 2 });
    expect(writes()).toBe(done + 2);
    expect(await applied.states('jobs')).toEqual({ 'J-1': 'synced' });
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'synced' });
  });

  it('what is made and answered with a page is found, and made once', async () => {
    await open();
    applied.emulator.faults.add({ method: 'POST', effect: { kind: 'html' } });
    await applied.put('users', [{ ats_id: 'U-1', name: 'Ada', email: 'ada@example.org', role: 'standard' }]);
    await applied.put('jobs', [job('J-1')]);
    await applied.put('interviews', [interview('I-1', 'c1@example.org', { share: true })]);
    await applied.rounds();
    await applied.mirror.pull(applied.emulator);
    await applied.rounds();
    applied.emulator.act.completeInterview([...applied.emulator.state.interviews.keys()][0]!);
    await applied.mirror.pull(applied.emulator);
    await applied.rounds();
    const paths = applied.emulator.requests.filter(({ method }) => method === 'POST').map(({ path }) => path);
    expect(paths.map((path) => path.split('/').at(-1)).sort()).toEqual([
      'interviews',
      'jobs',
      'share_link',
      'users',
    ]);
    for (const resource of ['users', 'jobs', 'interviews'] as const)
      expect(Object.values(await applied.states(resource))).toEqual(['synced']);
  });

  it('a deletion that is accepted and never shows is said, and not repeated', async () => {
    await open();
    await applied.put('jobs', [job('J-1')]);
    await applied.round();
    const effect = { kind: 'status', status: 204, body: 'empty', when: 'before' } as const;
    applied.emulator.faults.add({ method: 'DELETE', effect });
    await applied.rows('delete from ats.jobs');
    const deleting = {
      policies: { ...policies, jobs: { ...policies.jobs, withdrawn: 'delete' } } as const,
    };
    const done = writes();
    await applied.rounds(deleting);
    expect(await issues()).toMatchObject([
      { ats_id: 'J-1', code: 'REMOTE_REJECTED', message: expect.stringMatching(/accepted to delete it/) },
    ]);
    await applied.round(deleting);
    await applied.rows(`update sync.intents set updated_at = updated_at - interval '2 days'`);
    await applied.rows(
      `insert into sync.desired_queue (account, resource, ats_id) values ('main', 'jobs', 'J-1')`,
    );
    await applied.round(deleting);
    expect(writes()).toBe(done + 1);
    expect(await applied.states('jobs')).toEqual({ 'J-1': 'rejected' });
  });

  it.each(['404', 'inactive', 'inactive-and-listed'] as const)(
    'a deleted job that answers %s is gone, and is not deleted again',
    async (deletedJob) => {
      await open({ deletedJob });
      await applied.put('jobs', [job('J-1')]);
      await applied.round();
      await applied.rows('delete from ats.jobs');
      const withdrawing = {
        policies: {
          ...policies,
          jobs: { ...policies.jobs, withdrawn: 'delete' },
        } as const,
      };
      expect(await applied.round(withdrawing)).toMatchObject({ canceled: 1 });
      expect([...applied.emulator.state.jobs.values()].map(({ status }) => status)).toEqual(
        deletedJob === 'inactive-and-listed' ? ['inactive'] : [],
      );
      expect(await applied.states('jobs')).toEqual({ 'J-1': 'gone' });
      const [mirrored] = await applied.rows<{ gone: boolean; status: string }>(
        'select deleted_at is not null as gone, status from sparkhire.jobs',
      );
      expect(mirrored).toMatchObject(deletedJob === '404' ? { gone: true } : { status: 'inactive' });
      const done = writes();
      await applied.mirror.pull(applied.emulator);
      await applied.rows(
        `insert into sync.desired_queue (account, resource, ats_id) values ('main', 'jobs', 'J-1')`,
      );
      await applied.round(withdrawing);
      expect(writes()).toBe(done);
    },
  );
});

describe('many at once', () => {
  it('200 invitations through every kind of trouble: each candidate exactly one', async () => {
    await open({}, { seed: 7 });
    const { faults } = applied.emulator;
    const path = '/interviews$';
    await applied.invite(200);
    for (const effect of [
      { kind: 'reset', when: 'after' },
      { kind: 'reset', when: 'before' },
      { kind: 'status', status: 500, when: 'after' },
      { kind: 'status', status: 503, when: 'before' },
      { kind: 'truncated' },
    ] as const) {
      faults.add({ method: 'POST', path, probability: 0.08, count: 20, effect });
    }
    faults.add({ method: 'GET', path: '/interviews', probability: 0.1, count: 10, effect: { kind: 'html' } });
    await applied.rounds();
    expect(applied.invitations()).toEqual(onceEach(200));
    expect(new Set(Object.values(await applied.states('interviews')))).toEqual(new Set(['synced']));
    const [links] = await applied.rows<{ n: number }>(
      `select count(*)::int as n from sync.links where resource = 'interviews'`,
    );
    expect(links!.n).toBe(200);
  });
});
