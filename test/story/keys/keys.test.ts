/** Rows are written with the key of the person they name; keys are stored encrypted, and what they meet is told. */
import { expect, it } from 'vitest';
import type { EmulatorOptions } from '#emulators/emulator/index';
import type { ProgramResult } from '../../support/program.js';
import { aJob, anInterview, openPushScene, type PushScene } from '../../support/push-scene.js';

const encryption = 'MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=';
const sealed = { SYNC_ENCRYPTION_KEY: encryption };

type OnFinished = Parameters<typeof openPushScene>[0];

interface Person {
  uuid: string;
  email: string;
  /** Their key in Spark Hire. */
  key: string;
}

interface KeyScene extends PushScene {
  jane: Person;
  tom: Person;
  /** `keys …` with an encryption key. */
  keys(args: string[], input?: string, more?: Record<string, string>): Promise<ProgramResult>;
  sync(more?: Record<string, string>): Promise<ProgramResult>;
  /** E-mail addresses of who made the interviews, by candidate. */
  inviters(): Record<string, string>;
}

/** Jane (U-1) and Tom (U-2), standard users whom rows of the ATS stand for, and are linked to. */
async function open(onFinished: OnFinished, options: EmulatorOptions = {}): Promise<KeyScene> {
  const scene = await openPushScene(onFinished, { withoutKey: 'hold', ...options });
  const { emulator } = scene;
  const person = (name: string): Person => {
    const email = `${name}@example.org`;
    const { uuid } = emulator.act.addUser({ name, email, role: 'standard' });
    return { uuid, email, key: emulator.act.makeKey(uuid, { key: `secret of ${name}/äß+` }) };
  };
  const [jane, tom] = [person('jane'), person('tom')];
  await scene.put(
    'users',
    { ats_id: 'U-1', name: 'jane', email: 'Jane@Example.org' },
    { ats_id: 'U-2', name: 'tom', email: 'tom@example.org' },
  );
  const keyed: KeyScene = {
    ...scene,
    get client() {
      return scene.client;
    },
    jane,
    tom,
    keys: (args, input, more = {}) => scene.run(['keys', ...args], { ...sealed, ...more }, input),
    sync: (more = {}) => scene.run(['sync'], { ...sealed, ...more }),
    inviters: () =>
      Object.fromEntries(
        [...emulator.state.interviews.values()].map(({ candidate, createdBy }) => [
          candidate.email,
          emulator.state.users.get(createdBy)!.email,
        ]),
      ),
  };
  expect((await keyed.sync()).code).toBe(0);
  expect(await scene.states('user')).toEqual({ 'U-1': 'synced', 'U-2': 'synced' });
  return keyed;
}

const requested = (n: number, user: string | null, job = 'J-1') =>
  anInterview(`I-${n}`, job, `c${n}@example.org`, { requested_by_ats_id: user });

it('everybody acts with their own key, in one run; who has none waits', async ({ onTestFinished }) => {
  const scene = await open(onTestFinished);
  const { emulator, jane, tom } = scene;
  expect(await scene.keys(['set', 'jane@example.org'], `${jane.key}\n`)).toMatchObject({ code: 0 });
  await scene.put('jobs', aJob('J-1'), aJob('J-2', { owner_ats_id: 'U-1' }));
  const admin = [...emulator.state.users.values()].find(({ role }) => role === 'administrator')!;
  await scene.put('interviews', requested(1, 'U-1', 'J-2'), requested(2, 'U-2', 'J-2'), requested(3, null));
  expect((await scene.sync()).code).toBe(3);
  expect(scene.inviters()).toEqual({ 'c1@example.org': jane.email, 'c3@example.org': admin.email });
  const owners = [...emulator.state.jobs.values()].map(({ title, createdBy }) => [title, createdBy]);
  expect(Object.fromEntries(owners)).toEqual({ 'Job J-1': admin.uuid, 'Job J-2': jane.uuid });
  const waiting = (await scene.view('interview'))['I-2']!;
  expect(waiting).toMatchObject({
    state: 'held',
    issues: [{ code: 'UNKNOWN_REFERENCE', field: 'requested_by_ats_id' }],
  });
  expect(waiting.issues[0]!.message).toContain('sparkhire-sync keys provision tom@example.org');

  // It heals by itself once the key is there, and Tom sees the job.
  expect((await scene.keys(['set', 'TOM@example.org'], tom.key)).code).toBe(0);
  const job = [...emulator.state.jobs.values()].find(({ title }) => title === 'Job J-2')!;
  emulator.act.addJobMember(job.uuid, { userUuid: tom.uuid });
  expect((await scene.sync()).code).toBe(0);
  expect(scene.inviters()['c2@example.org']).toBe(tom.email);
  expect((await scene.view('interview'))['I-2']).toMatchObject({ state: 'synced', issues: [] });

  // Reading goes on with the administrator's key alone; changes are by who asked, also once the row is gone.
  await scene.rows(
    `update ats.interviews set deadline_at = deadline_at + interval '1 day' where ats_id = 'I-1'`,
  );
  await scene.rows(`delete from ats.interviews where ats_id = 'I-2'`);
  await scene.put('jobs', aJob('J-2', { owner_ats_id: 'U-1', title: 'Head baker' }));
  scene.writes();
  const before = emulator.requests.length;
  expect((await scene.sync()).code).toBe(0);
  const by = emulator.requests.slice(before);
  const users = (method: string) =>
    new Set(by.filter((one) => one.method === method).map(({ userUuid }) => userUuid));
  expect(users('GET')).toEqual(new Set([admin.uuid]));
  expect(
    by
      .filter(({ method }) => method === 'PUT')
      .map(({ userUuid }) => userUuid)
      .sort(),
  ).toEqual([jane.uuid, jane.uuid, tom.uuid].sort());
  const used = await scene.rows<{ n: number }>(
    'select count(*)::int as n from sync.user_keys where last_used_at is not null',
  );
  expect(used[0]!.n).toBe(2);
});

it('a key that was stored before its row came acts in the first run', async ({ onTestFinished }) => {
  const scene = await open(onTestFinished);
  const { emulator } = scene;
  const ann = emulator.act.addUser({ name: 'Ann', email: 'Ann@example.org', role: 'standard' });
  const key = emulator.act.makeKey(ann.uuid);
  expect((await scene.keys(['set', 'ann@example.org'], key)).code).toBe(0);
  await scene.run(['backfill']);
  await scene.put('users', { ats_id: 'U-3', name: 'Ann', email: 'ann@example.org' });
  await scene.put('jobs', aJob('J-1', { owner_ats_id: 'U-3' }));
  const { json } = await scene.run(['plan'], sealed);
  expect((json as { actions: unknown[] }).actions).toMatchObject([
    { ats_id: 'U-3', action: 'adopt' },
    { ats_id: 'J-1', action: 'create', actor: 'ann@example.org' },
  ]);
  expect((await scene.sync()).code).toBe(0);
  expect([...emulator.state.jobs.values()].map(({ createdBy }) => createdBy)).toEqual([ann.uuid]);
});

/** Settings that say nothing of keys. */
const asDelivered = (scene: KeyScene) => ({
  SYNC_CONFIG: scene.settingsFile('policies: { massChange: { missingSeconds: 0 } }\n'),
});

it('as delivered, what names somebody waits for their key, also where nobody has one; doctor and plan say so first', async ({
  onTestFinished,
}) => {
  const scene = await open(onTestFinished);
  const more = { ...asDelivered(scene), SYNC_ENCRYPTION_KEY: undefined };
  await scene.put('jobs', aJob('J-1'));
  await scene.put('interviews', requested(1, 'U-1'), requested(2, null), {
    ...requested(3, 'U-9'),
    desired: 'canceled',
  });
  // Whose row is rejected or withdrawn lacks more than a key.
  await scene.put('users', { ats_id: 'U-7', name: 'Una', email: 'una@example.org', role: 'Chief Nurse' });
  await scene.rows(
    `insert into ats.users (ats_id, name, email, deleted_at) values ('U-8', 'Ole', 'ole@example.org', now())`,
  );
  await scene.put('jobs', aJob('J-7', { owner_ats_id: 'U-7' }), aJob('J-8', { owner_ats_id: 'U-8' }));
  const doctor = (await scene.run(['doctor'], more)).json as Array<Record<string, unknown>>;
  expect(doctor.find(({ check }) => check === 'user_keys')).toMatchObject({
    ok: true,
    level: 'warning',
    detail: expect.stringMatching(
      /^no API key of jane@example\.org is stored, so the row that names them waits/,
    ),
    remedy: expect.stringMatching(/^Set SYNC_ENCRYPTION_KEY .*keys set EMAIL/),
  });
  await scene.rows(
    `delete from ats.jobs where ats_id in ('J-7', 'J-8'); delete from ats.users where ats_id in ('U-7', 'U-8')`,
  );
  const plan = await scene.command(['plan'], more).ended;
  expect(plan.code).toBe(3);
  expect(plan.stdout).toMatch(/No API key of jane@example\.org, .*: set SYNC_ENCRYPTION_KEY \(`openssl/);
  expect(plan.stdout).toMatch(
    /^1 of the rows held waits for nothing but an API key.*: set SYNC_ENCRYPTION_KEY\.$/m,
  );
  expect((await scene.run(['plan'], more)).json).toMatchObject({ withoutKey: 1 });
  expect(await scene.run(['sync'], more)).toMatchObject({
    code: 3,
    json: { ok: true, pushed: { created: 2, held: 1, rejected: 0 }, withoutKey: 1, openConflicts: 0 },
  });
  expect(scene.invited()).toEqual(['c2@example.org']);

  // An encryption key is all it takes where Spark Hire makes the users' keys.
  const [job] = scene.emulator.state.jobs.values();
  scene.emulator.act.addJobMember(job!.uuid, { userUuid: scene.jane.uuid });
  expect(await scene.sync(asDelivered(scene))).toMatchObject({ code: 0, json: { pushed: { created: 1 } } });
  expect(scene.inviters()['c1@example.org']).toBe(scene.jane.email);
});

it('where Spark Hire makes no keys, a row waits for the one that a person gives, and says so', async ({
  onTestFinished,
}) => {
  const scene = await open(onTestFinished);
  const more = asDelivered(scene);
  scene.emulator.act.setPlan({ customIntegration: false });
  await scene.put('jobs', aJob('J-1', { owner_ats_id: 'U-1' }));
  // Before the first row waits: `doctor` has asked, and `sync` has not.
  const before = (await scene.run(['doctor'], { ...sealed, ...more })).json as Array<Record<string, unknown>>;
  expect(before.find(({ check }) => check === 'user_keys')).toMatchObject({
    level: 'warning',
    remedy: expect.stringMatching(/^Spark Hire makes none for this account: give each/),
  });
  expect(await scene.sync(more)).toMatchObject({ code: 3, json: { pushed: { created: 0, held: 1 } } });
  // What it said of one is known of all, until it makes one.
  await scene.put('jobs', aJob('J-2', { owner_ats_id: 'U-2' }));
  const plan = await scene.run(['plan'], { ...sealed, ...more });
  expect(plan).toMatchObject({ code: 3, json: { actions: [], withoutKey: 2 } });
  await scene.rows(`delete from ats.jobs where ats_id = 'J-2'`);
  const [issue] = (await scene.view('job'))['J-1']!.issues;
  expect(issue!.message).toMatch(
    /Spark Hire makes none.*: give it with `sparkhire-sync keys set jane@example\.org`\.$/,
  );
  const doctor = (await scene.run(['doctor'], { ...sealed, ...more })).json as Array<Record<string, unknown>>;
  expect(doctor.find(({ check }) => check === 'user_keys')).toMatchObject({
    level: 'warning',
    remedy: expect.stringMatching(/^Spark Hire makes none for this account: give each/),
  });
  expect((await scene.keys(['set', 'jane@example.org'], scene.jane.key, more)).code).toBe(0);
  expect((await scene.sync(more)).code).toBe(0);
  expect([...scene.emulator.state.jobs.values()].map(({ createdBy }) => createdBy)).toEqual([
    scene.jane.uuid,
  ]);
});

it('by the policy, the administrator acts for whoever has no key', async ({ onTestFinished }) => {
  const scene = await open(onTestFinished);
  const file = scene.settingsFile('policies: { keys: { provision: command, missing: administrator } }\n');
  await scene.put('jobs', aJob('J-1', { owner_ats_id: 'U-2' }));
  await scene.put('interviews', requested(1, 'U-1'));
  expect((await scene.sync({ SYNC_CONFIG: file })).code).toBe(0);
  expect(await scene.states('interview')).toEqual({ 'I-1': 'synced' });
  expect(Object.values(scene.inviters())).not.toContain(scene.jane.email);
});

it('a key that is refused is marked, its user looked at, and only their rows wait', async ({
  onTestFinished,
}) => {
  const scene = await open(onTestFinished);
  const { emulator, jane } = scene;
  await scene.keys(['set', jane.email], jane.key);
  await scene.put('jobs', aJob('J-1'), aJob('J-2', { owner_ats_id: 'U-1' }));
  expect((await scene.sync()).code).toBe(0);
  // Disabled behind the back of the mirror: only the 401 tells.
  emulator.act.revokeKey({ key: jane.key });
  await scene.put(
    'interviews',
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => requested(n, n % 2 === 0 ? 'U-1' : null, 'J-2')),
  );
  const result = await scene.sync();
  expect(result.code).toBe(3);
  expect(result.json).toMatchObject({
    ok: true,
    withoutKey: 4,
    pushed: { created: 4, held: 4, rejected: 0 },
  });
  expect(Object.keys(scene.inviters()).sort()).toEqual([1, 3, 5, 7].map((n) => `c${n}@example.org`));
  expect((await scene.view('interview'))['I-2']).toMatchObject({
    state: 'held',
    issues: [
      {
        code: 'UNKNOWN_REFERENCE',
        field: 'requested_by_ats_id',
        message: expect.stringContaining('does not accept the API key of jane@example.org'),
      },
    ],
  });
  // Several writes met the same refusal: it is one.
  expect(await scene.rows('select state, user_state, failures from sync.user_keys')).toEqual([
    { state: 'refused', user_state: 'active', failures: 1 },
  ]);
  expect((await scene.keys(['list'])).json).toMatchObject({
    keys: [{ email: jane.email, state: 'refused', readable: true, user_state: 'active' }],
  });
  // It is not tried again with every tick.
  const posts = () => emulator.requests.filter(({ status }) => status === 401).length;
  const tried = posts();
  expect((await scene.sync()).code).toBe(3);
  expect(posts()).toBe(tried);
  const [stays] = await scene.rows<{ n: number }>('select count(*)::int as n from sync.issues');
  expect(stays!.n).toBe(4);

  // With the policy `administrator` they are sent all the same; the account's own key is not in question.
  const key = emulator.act.makeKey(jane.uuid, { key: 'another' });
  await scene.keys(['set', jane.email], key);
  expect((await scene.sync()).code).toBe(0);
  expect(Object.values(scene.inviters()).filter((email) => email === jane.email)).toHaveLength(4);
  expect(scene.invitations()).toEqual({ 1: 8 });
});

it('the rows of a disabled user wait, and go on with the same key once the user is enabled', async ({
  onTestFinished,
}) => {
  const scene = await open(onTestFinished);
  const { emulator, jane } = scene;
  await scene.keys(['set', jane.email], jane.key);
  await scene.put('jobs', aJob('J-1', { owner_ats_id: 'U-1' }));
  expect((await scene.sync()).code).toBe(0);
  emulator.act.disableUser(jane.uuid);
  await scene.put('interviews', requested(1, 'U-1'), requested(2, null));
  expect((await scene.sync()).code).toBe(3);
  expect(await scene.states('interview')).toEqual({ 'I-1': 'held', 'I-2': 'synced' });
  expect((await scene.view('interview'))['I-1']!.issues[0]!.message).toContain(
    'jane@example.org is disabled in Spark Hire',
  );
  emulator.act.enableUser(jane.uuid);
  expect((await scene.sync()).code).toBe(0);
  expect(scene.inviters()['c1@example.org']).toBe(jane.email);
});
