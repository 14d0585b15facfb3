/**
 * Slots and seats of the plan: who waits, who comes first, and that nothing is bought by accident.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import {
  aJob,
  anInterview,
  byAdministrator,
  missingNoMore,
  openPushScene,
  type PushScene,
  withoutBackoff,
} from '../../support/push-scene.js';
import { startRewritingProxy } from '../../support/rewriting-proxy.js';

withoutBackoff();

const aUser = (name: string, more: Record<string, unknown> = {}) => ({
  ats_id: `U-${name}`,
  name,
  email: `${name.toLowerCase()}@example.org`,
  role: 'standard',
  ...more,
});

const openLimits = (scene: PushScene) =>
  scene
    .rows<{ row: string }>(
      `select resource || ' ' || ats_id as row from sync.conflicts
       where kind = 'plan_limit' and resolved_at is null order by 1`,
    )
    .then((rows) => rows.map(({ row }) => row));
const planReadings = ({ emulator }: PushScene) =>
  emulator.requests.filter(({ path }) => path === '/v1.0/plan').length;
const activeTitles = ({ emulator }: PushScene) =>
  [...emulator.state.jobs.values()]
    .filter(({ status }) => status === 'active')
    .map(({ title }) => title.replace('Job ', ''))
    .sort();
const issuesOf = async (scene: PushScene, view: 'user' | 'job' | 'interview', atsId: string) =>
  (await scene.view(view))[atsId]!.issues.map(({ code, field }) => [code, field]);

describe('job slots', () => {
  it('free job slots go to the jobs that asked first, one pass after the other', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished, { jobSlots: 2 });
    // One at a time, so that their order is known; the keys run the other way.
    for (const name of ['F', 'E', 'D', 'C', 'B']) await scene.put('jobs', aJob(name));
    await scene.put('interviews', anInterview('I-1', 'D', 'one@example.org'));
    const plan = await scene.command(['plan']).ended;
    expect(plan.stdout).toMatch(/\. 3 jobs: PLAN_LIMIT: The plan has no free job slot.*\n {2}B, C, D$/m);
    expect(plan.stdout).toMatch(/\? 3 jobs: plan_limit: .*\n {2}B, C, D$/m);
    const full = await scene.run(['apply']);
    expect([full.code, full.json]).toMatchObject([
      3,
      { ok: true, pushed: { created: 2, held: 4, rejected: 0 } },
    ]);
    expect(activeTitles(scene)).toEqual(['E', 'F']);
    expect(await scene.states('job')).toEqual({ B: 'held', C: 'held', D: 'held', E: 'synced', F: 'synced' });
    expect(await openLimits(scene)).toEqual(['jobs B', 'jobs C', 'jobs D']);
    expect(await issuesOf(scene, 'job', 'D')).toEqual([['PLAN_LIMIT', null]]);
    // The invitation says what it waits for.
    expect((await scene.view('interview'))['I-1']).toMatchObject({
      state: 'held',
      issues: [
        {
          code: 'PLAN_LIMIT',
          field: 'job_ats_id',
          message: expect.stringMatching(/job D.*no free job slot/),
        },
      ],
    });

    // A later edit costs nobody its place; a job that is opened again comes last, as old as it is.
    await scene.put('jobs', aJob('D', { description: 'Bakes bread by day.' }));
    await scene.put('jobs', aJob('E', { status: 'closed' }));
    scene.writes();
    const freed = await scene.run(['apply']);
    expect([freed.code, freed.json]).toMatchObject([3, { pushed: { created: 2, updated: 1, held: 2 } }]);
    expect(activeTitles(scene)).toEqual(['D', 'F']);
    // What the same plan leaves is taken after it was left.
    expect(scene.writes().map(({ method }) => method)).toEqual(['PUT', 'POST', 'POST']);
    expect(scene.invited()).toEqual(['one@example.org']);
    await scene.put('jobs', aJob('E', { status: 'open', title: 'Job E2' }));
    await scene.put('jobs', aJob('A'));
    expect((await scene.run(['apply'])).json).toMatchObject({ pushed: { created: 0, updated: 1, held: 4 } });
    // Its new title is written all the same.
    expect([...scene.emulator.state.jobs.values()].map(({ title }) => title)).toContain('Job E2');
    expect(await openLimits(scene)).toEqual(['jobs A', 'jobs B', 'jobs C', 'jobs E']);
    for (const [limit, active] of [
      [3, ['C', 'D', 'F']],
      [4, ['B', 'C', 'D', 'F']],
      [5, ['B', 'C', 'D', 'E2', 'F']],
    ] as const) {
      scene.emulator.act.setPlan({ jobLimit: limit });
      expect((await scene.run(['apply'])).code).toBe(3);
      expect(activeTitles(scene)).toEqual(active);
    }
    // Somebody who does not want it any more waits no longer.
    await scene.rows(`delete from ats.jobs where ats_id = 'A'`);
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(await openLimits(scene)).toEqual([]);
    expect(await scene.rows('select 1 from sync.issues where resolved_at is null')).toEqual([]);
    expect(scene.invitations()).toEqual({ 1: 1 });
  });

  it('a job that would be refused anyway waits for no slot', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished, { jobSlots: 0 });
    for (const name of ['B', 'A']) await scene.put('jobs', aJob(name));
    expect((await scene.run(['apply'])).code).toBe(3);
    expect(await openLimits(scene)).toEqual(['jobs A', 'jobs B']);
    scene.emulator.act.setPlan({ jobLimit: -1 });
    const code = 'validation.description';
    scene.emulator.faults.add({
      method: 'POST',
      path: '/jobs$',
      effect: { kind: 'status', status: 400, code },
    });
    await scene.put('jobs', aJob('B', { title: ' ' }));
    for (const _ of [1, 2]) expect((await scene.run(['apply'])).code).toBe(3);
    expect(await scene.states('job')).toEqual({ A: 'rejected', B: 'rejected' });
    expect(await openLimits(scene)).toEqual([]);
    const asked = planReadings(scene);
    await scene.run(['apply']);
    expect(planReadings(scene)).toBe(asked);
  });

  it('the slot that a refused job leaves goes to the next one in the same run', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished, { jobSlots: 1 });
    for (const name of ['D', 'C', 'B', 'A']) await scene.put('jobs', aJob(name));
    const status = 400;
    scene.emulator.faults.add({
      method: 'POST',
      path: '/jobs$',
      count: 2,
      effect: { kind: 'status', status, code: 'validation.description' },
    });
    const run = await scene.run(['apply']);
    expect([run.code, run.json]).toMatchObject([3, { pushed: { created: 1, rejected: 2, held: 1 } }]);
    expect(await scene.states('job')).toEqual({ A: 'held', B: 'synced', C: 'rejected', D: 'rejected' });
    expect(scene.writes()).toHaveLength(3);
  });

  it('by the policy `inactive` jobs without a slot are made inactive, and activated once one is free', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished, { jobSlots: 1 });
    const SYNC_CONFIG = scene.settingsFile('policies: { jobs: { withoutSlot: inactive } }\n');
    const sync = async () => (await scene.run(['sync'], { SYNC_CONFIG })).code;
    // One at a time, so that their order is known; the keys run the other way.
    for (const name of ['C', 'B', 'A']) await scene.put('jobs', aJob(name));
    await scene.put('interviews', anInterview('I-1', 'B', 'one@example.org'));
    expect(await sync()).toBe(3);
    expect(await scene.states('job')).toEqual({ A: 'held', B: 'held', C: 'synced' });
    expect(scene.emulator.state.jobs.size).toBe(3);
    expect(activeTitles(scene)).toEqual(['C']);
    expect(await openLimits(scene)).toEqual(['jobs A', 'jobs B']);
    expect(await issuesOf(scene, 'interview', 'I-1')).toEqual([['PLAN_LIMIT', 'job_ats_id']]);
    // Nothing is written again while nothing is free.
    scene.writes();
    const asked = planReadings(scene);
    expect(await sync()).toBe(3);
    expect(planReadings(scene)).toBeGreaterThan(asked);
    expect(scene.writes()).toEqual([]);

    const [first] = [...scene.emulator.state.jobs.values()].filter(({ status }) => status === 'active');
    scene.emulator.act.editJob(first!.uuid, { status: 'inactive' });
    // What somebody did in Spark Hire stands until a person is heard, and its slot is taken by the one who waits the longest.
    expect(await sync()).toBe(3);
    expect(activeTitles(scene)).toEqual(['B']);
    expect(await openLimits(scene)).toEqual(['jobs A']);
    expect(scene.invited()).toEqual(['one@example.org']);
    scene.emulator.act.setPlan({ jobLimit: -1 });
    expect(await sync()).toBe(3);
    expect(activeTitles(scene)).toEqual(['A', 'B']);
    expect(await scene.states('job')).toEqual({ A: 'synced', B: 'synced', C: 'conflict' });
    expect(await openLimits(scene)).toEqual([]);
  });

  it.for([
    ['402', 'empty'],
    ['403', 'json'],
    ['400', 'json'],
    // Without a word on why, the plan tells.
    ['403', 'empty'],
    ['400', 'html'],
  ] as const)(
    'a job that Spark Hire refuses for want of a slot (%s, %s) waits, and is sent again once the plan changed',
    async ([slotError, errorBody], { onTestFinished }) => {
      const scene = await openPushScene(onTestFinished, { jobSlots: 3, switches: { slotError, errorBody } });
      // Somebody else is faster, after the plan was read.
      const stop = scene.emulator.onRequest(({ method, path }) => {
        if (method !== 'POST' || !path.endsWith('/jobs')) return;
        stop();
        scene.emulator.act.setPlan({ jobLimit: 1 });
      });
      for (const name of ['C', 'B', 'A']) await scene.put('jobs', aJob(name));
      const refused = await scene.run(['apply']);
      expect([refused.code, refused.json]).toMatchObject([3, { ok: true, pushed: { rejected: 0, held: 2 } }]);
      expect(scene.emulator.state.jobs.size).toBe(1);
      const rest = Object.entries(await scene.states('job')).filter(([, state]) => state === 'held');
      expect(rest).toHaveLength(2);
      expect(await openLimits(scene)).toHaveLength(2);
      scene.writes();
      expect((await scene.run(['apply'])).code).toBe(3);
      expect(scene.writes()).toEqual([]);
      scene.emulator.act.setPlan({ jobLimit: 9 });
      expect((await scene.run(['apply'])).code).toBe(0);
      expect(activeTitles(scene)).toEqual(['A', 'B', 'C']);
      expect(await openLimits(scene)).toEqual([]);
      expect(await scene.rows('select 1 from sync.issues where resolved_at is null')).toEqual([]);
    },
  );
});

describe('a slot that another job was to leave', () => {
  it('the slot of a job that stays open after all is not given away', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished, { jobSlots: 1 });
    await scene.put('jobs', aJob('J-1'));
    expect((await scene.run(['apply'])).code).toBe(0);
    await scene.put('jobs', aJob('J-1', { status: 'closed' }), aJob('J-2'));
    const refusing = scene.emulator.faults.add({
      method: 'PUT',
      path: '/jobs/',
      effect: { kind: 'status', status: 403 },
    });
    scene.writes();
    expect((await scene.run(['apply'])).code).toBe(3);
    expect(scene.writes().map(({ method }) => method)).toEqual(['PUT']);
    expect(await scene.states('job')).toEqual({ 'J-1': 'rejected', 'J-2': 'held' });
    expect(await openLimits(scene)).toEqual(['jobs J-2']);
    scene.emulator.faults.remove(refusing);
    await scene.put('jobs', aJob('J-1', { status: 'closed', description: 'Bakes no more.' }));
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(activeTitles(scene)).toEqual(['J-2']);
    expect(await openLimits(scene)).toEqual([]);
  });
});

describe('a slot that a job leaves once its invitations are canceled', () => {
  it('is taken by the job that waits for it, and its invitations are sent, by one command', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished, { jobSlots: 1 });
    await scene.put('jobs', aJob('J-1'));
    await scene.put('interviews', anInterview('I-1', 'J-1', 'c1@example.org'));
    expect((await scene.run(['apply'])).code).toBe(0);
    await scene.rows('delete from ats.jobs; delete from ats.interviews');
    await scene.put('jobs', aJob('J-2'));
    await scene.put('interviews', anInterview('I-2', 'J-2', 'c2@example.org'));
    expect(await scene.run(['sync'])).toMatchObject({
      code: 0,
      json: { pushed: { canceled: 1, created: 2, held: 0 }, openConflicts: 0 },
    });
    expect([activeTitles(scene), await openLimits(scene)]).toEqual([['J-2'], []]);
  });
});

describe('what the plan does not tell', () => {
  it('a slot that a write of unknown outcome may have taken is not given away', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished, { jobSlots: 3 });
    expect((await scene.run(['sync'])).code).toBe(0);
    for (const name of ['C', 'B', 'A']) await scene.put('jobs', aJob(name));
    const sent = (atsId: string, detail: object) =>
      scene.rows(
        `insert into sync.intents (resource, ats_id, action, fingerprint, state, detail)
         values ('jobs', $1, 'update', 'f', 'unknown', $2)`,
        [atsId, JSON.stringify(detail)],
      );
    await sent('X', { room: 'takes' });
    await sent('Y', {});
    const plan = await scene.run(['plan']);
    const { actions } = plan.json as { actions: Array<{ ats_id: string }> };
    expect(actions.map(({ ats_id }) => ats_id)).toEqual(['C', 'B']);
  });

  it('where no plan tells of slots, Spark Hire is asked in the order of arrival, and not at every turn', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const refusing = scene.emulator.faults.add({
      method: 'POST',
      path: '/jobs$',
      effect: { kind: 'status', status: 402 },
    });
    await scene.put('jobs', aJob('Z'));
    await scene.put('jobs', aJob('Y'));
    expect((await scene.run(['apply'])).json).toMatchObject({ pushed: { held: 2, rejected: 0 } });
    scene.writes();
    expect((await scene.run(['apply'])).code).toBe(3);
    expect(scene.writes()).toEqual([]);
    // There is room again, which no plan says; a newer row comes, and the older ones have the first word.
    scene.emulator.faults.remove(refusing);
    await scene.rows(`update sync.intents set updated_at = updated_at - interval '2 minutes'`);
    await scene.rows(`update sync.accounts set plan_changed_at = plan_changed_at - interval '1 hour'`);
    expect((await scene.run(['apply'])).code).toBe(3);
    expect(scene.writes()).toEqual([]);
    await scene.put('jobs', aJob('A'));
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(scene.writes().map(({ body }) => (body as { title: string }).title)).toEqual([
      'Job Z',
      'Job Y',
      'Job A',
    ]);
    expect(await openLimits(scene)).toEqual([]);
  });
});

describe('user seats', () => {
  it('no user seat is bought though answers are lost and the plan lags behind', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished, { userSeats: 7, switches: { seatError: 'charged' } });
    const { faults, state, outbox } = scene.emulator;
    for (const when of ['after', 'before'] as const) {
      faults.add({ method: 'POST', path: '/users$', every: 3, count: 4, effect: { kind: 'reset', when } });
    }
    await scene.put('users', ...Array.from({ length: 12 }, (_, n) => aUser(`N${n}`)));
    for (let turn = 0; turn < 3; turn++) {
      expect((await scene.run(['apply'])).json).toMatchObject({ ok: true });
      expect(state.plan.usersPaid).toBe(0);
    }
    expect(state.users.size).toBe(7);
    const held = Object.values(await scene.states('user')).filter((one) => one === 'held');
    expect(held).toHaveLength(7);
    scene.emulator.act.setPlan({ userLimit: 14 });
    expect((await scene.run(['apply'])).code).toBe(0);
    expect([state.plan.usersPaid, state.users.size]).toEqual([0, 14]);
    expect(outbox.filter(({ kind }) => kind === 'user_welcome')).toHaveLength(12);
  });

  it('user seats past the free ones are bought only where the settings say so', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished, { userSeats: 3, switches: { seatError: 'charged' } });
    const { state } = scene.emulator;
    // Many at once, on several connections: not one too many.
    await scene.put('users', ...Array.from({ length: 30 }, (_, n) => aUser(`N${n}`)));
    await scene.put('jobs', aJob('J-1', { owner_ats_id: 'U-N29' }));
    expect((await scene.run(['apply'])).json).toMatchObject({ pushed: { created: 1, held: 30 } });
    expect((await scene.run(['sync'])).code).toBe(3);
    expect([state.plan.usersPaid, state.users.size]).toEqual([0, 3]);
    // A name that is corrected meanwhile, and a row that is withdrawn.
    await scene.put('users', aUser('N7', { name: 'Corrected' }));
    await scene.rows(`delete from ats.users where ats_id in ('U-N8', 'U-N9')`);
    await scene.run(['apply']);
    expect([state.plan.usersPaid, state.users.size]).toEqual([0, 3]);
    expect(await openLimits(scene)).toHaveLength(27);

    const SYNC_CONFIG = scene.settingsFile(`policies: { users: { paid: allow }, ${byAdministrator} }\n`);
    expect((await scene.run(['apply'], { SYNC_CONFIG })).code).toBe(0);
    expect([state.plan.usersPaid, state.users.size]).toEqual([27, 30]);
    expect(await openLimits(scene)).toEqual([]);
  });

  it('no user seat is bought while the plan cannot be read', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished, { userSeats: 2, switches: { seatError: 'charged' } });
    const { faults, state } = scene.emulator;
    await scene.run(['sync']);
    for (const status of [503, 403]) {
      const rule = faults.add({ method: 'GET', path: '/plan$', effect: { kind: 'status', status } });
      await scene.put('users', aUser('Ada'));
      await scene.put('jobs', aJob('J-1'));
      await scene.put('interviews', anInterview('I-1', 'J-1', 'one@example.org'));
      expect((await scene.run(['apply'])).json).toMatchObject({ ok: true });
      expect(await issuesOf(scene, 'user', 'U-Ada')).toEqual([['PLAN_LIMIT', null]]);
      // A job past the limit would be refused, at no cost: only while the plan may tell in a moment it is waited for.
      expect(await scene.states('job')).toEqual({ 'J-1': status === 503 ? 'held' : 'synced' });
      faults.remove(rule);
      if (status !== 503) continue;
      // Whoever waits for the job says the same, and nobody is told to make room.
      const [ofJob] = (await scene.view('job'))['J-1']!.issues;
      expect((await scene.view('interview'))['I-1']!.issues).toMatchObject([
        { message: `Job J-1 is held: ${ofJob!.message}` },
      ]);
      const groups = (await scene.run(['issues'])).json as Array<{ waits_for: string }>;
      expect(new Set(groups.map((group) => group.waits_for))).toEqual(new Set(['itself']));
    }
    expect([state.plan.usersPaid, state.users.size]).toEqual([0, 2]);
    scene.emulator.act.setPlan({ userLimit: 3 });
    expect((await scene.run(['apply'])).code).toBe(0);
    expect([state.plan.usersPaid, state.users.size]).toEqual([0, 3]);
  });

  it('no user seat is bought where the plan does not tell of seats, unless the settings allow it', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished, { userSeats: 2, switches: { seatError: 'charged' } });
    const { state } = scene.emulator;
    let told: object = {};
    const proxy = await startRewritingProxy(scene.emulator.url, {
      answer: ({ path }, { status, body }) =>
        path.endsWith('/plan')
          ? { status, body: JSON.stringify({ plan: { name: 'gold', ...told } }) }
          : { status, body },
    });
    onTestFinished(() => proxy.close());
    const more = { SPARKHIRE_BASE_URL: proxy.url };
    await scene.put('users', aUser('Ada'));
    await scene.put('jobs', aJob('J-1'));
    for (const users of [undefined, null, {}, { limit: '2' }, { remaining: '0' }]) {
      told = { users };
      expect((await scene.run(['sync'], more)).code).toBe(3);
      expect([state.plan.usersPaid, state.users.size]).toEqual([0, 2]);
      expect(await issuesOf(scene, 'user', 'U-Ada')).toEqual([['PLAN_LIMIT', null]]);
    }
    told = {};
    const plan = await scene.command(['plan'], more).ended;
    expect(plan.stdout).toMatch(
      /user U-Ada.*does not say whether another user costs money.*users\.paid to allow/,
    );
    expect(await scene.states('job')).toEqual({ 'J-1': 'synced' });
    const SYNC_CONFIG = scene.settingsFile('policies: { users: { paid: allow } }\n');
    expect((await scene.run(['sync'], { ...more, SYNC_CONFIG })).code).toBe(0);
    expect([state.plan.usersPaid, state.users.size]).toEqual([1, 3]);
    expect(await openLimits(scene)).toEqual([]);
  });

  it('withdrawn users are deleted where the settings of their account say so, except the user of the key', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished, { userSeats: 5, switches: { seatError: 'charged' } });
    const { state, adminKey } = scene.emulator;
    const admin = state.users.get(state.keys.get(adminKey)!.userUuid)!;
    const other = [...state.users.values()].find((user) => user !== admin)!;
    await scene.put(
      'users',
      { ats_id: 'U-Key', name: admin.name, email: admin.email, role: 'administrator' },
      aUser('Ada'),
      aUser('Bo'),
      aUser('Cy'),
      // Of somebody else's making, and not active when it is first seen: no reason to delete it.
      { ats_id: 'U-Old', name: other.name, email: other.email, role: other.role, active: false },
    );
    const SYNC_CONFIG = scene.settingsFile(`policies: { ${missingNoMore} }
accounts: [{ name: default, apiKeyEnv: SPARKHIRE_API_KEY, policies: { users: { withdrawn: delete } } }]\n`);
    const sync = async () => (await scene.run(['sync'], { SYNC_CONFIG })).code;
    expect(await sync()).toBe(0);
    const synced = { 'U-Ada': 'synced', 'U-Bo': 'synced', 'U-Cy': 'synced', 'U-Key': 'synced' };
    expect(await scene.states('user')).toEqual({ ...synced, 'U-Old': 'gone' });
    await scene.put('users', aUser('Di'), aUser('Bo', { active: false }));
    await scene.rows(`delete from ats.users where ats_id in ('U-Key', 'U-Ada')`);
    expect(await sync()).toBe(0);
    expect(await scene.states('user')).toMatchObject({
      'U-Ada': 'gone',
      'U-Bo': 'gone',
      'U-Di': 'synced',
      'U-Key': 'gone',
    });
    const emails = [...state.users.values()].map(({ email }) => email).sort();
    expect(emails).toEqual([admin.email, other.email, 'cy@example.org', 'di@example.org'].sort());
    expect(state.plan.usersPaid).toBe(0);
    expect(scene.writes().filter(({ method }) => method === 'DELETE')).toHaveLength(2);
    expect(await scene.rows('select kind from sync.conflicts where resolved_at is null')).toEqual([]);
    expect(await sync()).toBe(0);
    expect(scene.writes()).toEqual([]);
  });

  it.for(['404', 'inactive-and-listed'] as const)(
    'a user whose deletion got no answer (%s) is deleted once',
    async (deletedUser, { onTestFinished }) => {
      const scene = await openPushScene(onTestFinished, { switches: { deletedUser } });
      const { faults, state } = scene.emulator;
      await scene.put('users', aUser('Ada'), aUser('Bo'));
      expect((await scene.run(['apply'])).code).toBe(0);
      const path = '/users/';
      faults.add({ method: 'DELETE', path, count: 1, effect: { kind: 'reset', when: 'after' } });
      await scene.rows(`delete from ats.users where ats_id = 'U-Ada'`);
      scene.writes();
      const SYNC_CONFIG = scene.settingsFile(
        `policies: { users: { withdrawn: delete }, ${missingNoMore} }\n`,
      );
      expect((await scene.run(['apply'], { SYNC_CONFIG })).code).toBe(0);
      expect(await scene.states('user')).toEqual({ 'U-Ada': 'gone', 'U-Bo': 'synced' });
      expect(await scene.rows(`select 1 from sync.intents where state <> 'confirmed'`)).toEqual([]);
      expect([...state.users.values()].filter(({ active }) => active)).toHaveLength(3);
      expect(scene.writes().filter(({ method }) => method !== 'DELETE')).toEqual([]);
      const [intent] = await scene.rows<{ n: number }>(
        `select count(*)::int as n from sync.intents where action = 'delete'`,
      );
      expect(intent!.n).toBe(1);
    },
  );
});
