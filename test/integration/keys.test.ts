/**
 * Keys of users: proven, provisioned, rotated and used, with a real database and every reading of the emulator.
 * @module-tag rare
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { EmulatorOptions } from '#emulators/emulator/index';
import type { Switches } from '#emulators/emulator/switches';
import type { AccountSession } from '../../src/account-session.js';
import { encryptionKeys, seal } from '../../src/encryption.js';
import { keepKey, listKeys, rotateKeys, storeUnverified } from '../../src/keys/store.js';
import { userKeys } from '../../src/push/acting.js';
import type { ActingUser, KeyPolicies } from '../../src/reconcile/types.js';
import { doKeysWork, type KeysArguments } from '../../src/work/keys-work.js';
import { inTurn } from '../support/rotation.js';
import {
  type Applied,
  policies as basePolicies,
  interview,
  job,
  openApplied,
  type RoundOptions,
} from './push/send/fixture.js';

const first = Buffer.alloc(32, 1).toString('base64');
const second = Buffer.alloc(32, 2).toString('base64');
const encryption = encryptionKeys({ encryptionKey: first });
const secrets = { encryptionKey: first };

let applied: Applied;
let session: AccountSession;
afterEach(() => applied.close());

interface Person {
  uuid: string;
  email: string;
}

async function open(switches: Partial<Switches> = {}, more: EmulatorOptions = {}): Promise<Person> {
  applied = await openApplied({ switches, ...more });
  session = await applied.process();
  return person('jane');
}

function person(name: string, role: 'standard' | 'evaluator' = 'standard'): Person {
  const email = `${name}@example.org`;
  return { uuid: applied.emulator.act.addUser({ name, email, role }).uuid, email };
}

const work = (args: KeysArguments, given: { encryptionKey?: string } = secrets) =>
  doKeysWork(args, session, { secrets: given });
const provision = (...emails: string[]) => work({ action: 'provision', emails });
const list = () => listKeys(applied.mirror.db, 'default');

async function give(email: string, key: string): Promise<KeysArguments> {
  const sealed = seal(encryption, key, { account: 'default', user: { email } });
  return { action: 'prove', id: await storeUnverified(applied.mirror.db, 'default', email, sealed) };
}

/** A key that is stored as usable, proven or not. */
async function keep({ uuid, email }: Person, key: string, keys = encryption): Promise<void> {
  const sealed = seal(keys, key, { account: 'default', user: { uuid } });
  await keepKey(applied.mirror.db, 'default', { userUuid: uuid, email, sealed, source: 'set' });
}

/** How often Spark Hire was asked to make a key. */
const posted = () =>
  applied.emulator.requests.filter(
    ({ method, path }) => method === 'POST' && path.endsWith('/integration_key'),
  ).length;

/** The first key of a user. */
const madeKey = ({ uuid }: Person) =>
  [...applied.emulator.state.keys.values()].find(({ userUuid }) => userUuid === uuid)?.key;

describe('a key that is given', () => {
  it('is kept for the user it belongs to', async () => {
    const jane = await open();
    const key = applied.emulator.act.makeKey(jane.uuid);
    expect(await work(await give(jane.email, key))).toMatchObject({ ok: true });
    expect(await list()).toMatchObject([
      { userUuid: jane.uuid, email: jane.email, state: 'usable', source: 'set' },
    ]);
  });

  it.each(
    inTurn([
      [
        'of somebody else',
        'USER_KEY_MISMATCH',
        (_: Person) => applied.emulator.act.makeKey(person('tom').uuid),
      ],
      ['that does not work', 'KEY_REFUSED', () => 'nonsense'],
      [
        'of a user who is disabled',
        'KEY_REFUSED',
        ({ uuid }: Person) => {
          const key = applied.emulator.act.makeKey(uuid);
          applied.emulator.act.disableUser(uuid);
          return key;
        },
      ],
      [
        'of somebody the administrator does not see',
        'USER_UNKNOWN',
        ({ uuid }: Person) => {
          applied.emulator.act.hide(uuid);
          return applied.emulator.act.makeKey(uuid);
        },
      ],
      [
        'of a job seeker',
        'KEY_OF_JOB_SEEKER',
        ({ uuid }: Person) => {
          applied.emulator.switches.meType = 'job_seeker';
          return applied.emulator.act.makeKey(uuid);
        },
      ],
    ]),
  )('%s is not kept', async (_, code, key) => {
    const jane = await open();
    await expect(work(await give(jane.email, key(jane)))).rejects.toMatchObject({ code });
    expect((await list()).filter(({ state }) => state !== 'unverified')).toEqual([]);
  });

  it('cannot be proven where the encryption key is another, or none', async () => {
    const jane = await open();
    const args = await give(jane.email, applied.emulator.act.makeKey(jane.uuid));
    await expect(work(args, { encryptionKey: second })).rejects.toMatchObject({
      code: 'USER_KEY_UNREADABLE',
    });
    await expect(work(args, {})).rejects.toMatchObject({ code: 'ENCRYPTION_KEY_MISSING' });
  });
});

describe('provisioning', () => {
  it('makes a key where there is none, and reads the one there is', async () => {
    const jane = await open();
    expect(await provision('JANE@example.org')).toMatchObject({ ok: true, keys: [{ outcome: 'stored' }] });
    const key = madeKey(jane);
    expect(await provision(jane.email)).toMatchObject({ ok: true });
    expect(madeKey(jane)).toBe(key);
    expect(await list()).toMatchObject([{ state: 'usable', source: 'provisioned' }]);
  });

  it.each(inTurn(['204', 'null', 'empty-object', 'key-null', 'empty-array', '400', '405'] as const))(
    'makes one key where that there is none is told by %s',
    async (missingKey) => {
      const jane = await open({ missingKey });
      expect(await provision(jane.email)).toMatchObject({ ok: true, keys: [{ outcome: 'stored' }] });
      expect(await provision(jane.email)).toMatchObject({ ok: true });
      expect(posted()).toBe(1);
    },
  );

  it('does not guess at an answer of another kind: no second key is made', async () => {
    const jane = await open();
    applied.emulator.faults.add({ method: 'GET', path: '/integration_key$', effect: { kind: 'html' } });
    expect(await provision(jane.email)).toMatchObject({ ok: false, keys: [{ outcome: 'failed' }] });
    expect(posted()).toBe(0);
  });

  it.each(inTurn(['refused', 'same', 'new'] as const))(
    'gets the key that somebody else made in that moment (a second one: %s)',
    async (existingKey) => {
      for (const conflictStatus of ['400', '409', '403'] as const) {
        const jane = await open({ existingKey, conflictStatus });
        const { emulator } = applied;
        emulator.faults.add({
          method: 'GET',
          path: '/integration_key$',
          nth: 1,
          effect: { kind: 'status', status: 404 },
        });
        await session.client.users.integrationKey.create(jane.uuid);
        expect(await provision(jane.email)).toMatchObject({ ok: true });
        expect(await list()).toHaveLength(1);
        const used = await session.client.withKey(madeKey(jane)!).me.get();
        expect(used.value.email).toBe(jane.email);
        if (conflictStatus !== '403') await applied.close();
      }
    },
  );

  it('makes one key where the answer is lost', async () => {
    const jane = await open();
    applied.emulator.faults.add({
      method: 'POST',
      path: '/integration_key$',
      count: 1,
      effect: { kind: 'reset', when: 'after' },
    });
    expect(await provision(jane.email)).toMatchObject({ ok: true });
    const posts = applied.emulator.requests.filter(({ method }) => method === 'POST');
    expect(posts).toHaveLength(1);
  });

  it.each(['rotates', 'keeps'] as const)(
    'has a key replaced that does not work (a PUT %s it)',
    async (keyUpdate) => {
      const jane = await open({ keyUpdate });
      await provision(jane.email);
      // The key that is shown is refused, as one that was taken back would be: the account's own is asked about first.
      applied.emulator.faults.add({ path: '/me$', nth: 2, effect: { kind: 'status', status: 401 } });
      expect(await provision(jane.email)).toMatchObject({ ok: true });
      expect(applied.emulator.requests.filter(({ method }) => method === 'PUT')).toHaveLength(1);
    },
  );

  it('tells why there are none: no administrator, or no custom integration', async () => {
    const jane = await open();
    applied.emulator.act.setPlan({ customIntegration: false });
    await expect(provision(jane.email)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      remedy: expect.stringContaining('custom integration'),
    });
    expect(await list()).toEqual([]);
  });

  it('is not for a standard user', async () => {
    const jane = await open();
    const [admin] = applied.emulator.state.users.values();
    applied.emulator.act.demoteUser(admin!.uuid);
    await expect(provision(jane.email)).rejects.toMatchObject({
      code: 'FORBIDDEN',
      remedy: expect.stringContaining("has to be an administrator's"),
    });
  });

  it('goes on with the others where one has none', async () => {
    const jane = await open();
    const tom = person('tom');
    applied.emulator.act.disableUser(tom.uuid);
    const result = await provision('nobody@example.org', tom.email, jane.email);
    expect(result).toMatchObject({
      ok: false,
      keys: [
        { email: 'nobody@example.org', outcome: 'failed', error: { code: 'USER_UNKNOWN' } },
        { email: tom.email, outcome: 'failed', error: { code: 'KEY_REFUSED' } },
        { email: jane.email, outcome: 'stored' },
      ],
    });
  });

  it.each(
    inTurn([
      ['a server error', 'REMOTE_FAILED', 'POST', { kind: 'status', status: 500 }],
      ['an answer that is no key', 'ANSWER_UNREADABLE', 'GET', { kind: 'html' }],
      ['a refusal', 'REQUEST_REFUSED', 'POST', { kind: 'status', status: 400 }],
      ['a broken connection', 'REMOTE_UNREACHABLE', 'POST', { kind: 'reset', when: 'before' }],
    ] as const),
  )('goes on with the others where one meets %s', async (_, code, method, effect) => {
    const jane = await open();
    const [ann, tom] = [person('ann'), person('tom')];
    applied.emulator.faults.add({ method, path: `${jane.uuid}/integration_key$`, effect });
    const result = await provision(ann.email, jane.email, tom.email);
    expect(result).toMatchObject({
      ok: false,
      keys: [
        { email: ann.email, outcome: 'stored' },
        { email: jane.email, outcome: 'failed', error: { code } },
        { email: tom.email, outcome: 'stored' },
      ],
    });
    expect(result.lines[1]).toMatch(/^Failed: jane@example\.org: /);
  });

  it('asks for no more where several in a row fail, and says so of each', async () => {
    const jane = await open();
    const people = [jane, ...['ann', 'ben', 'cid', 'dan'].map((name) => person(name))];
    const effect = { kind: 'status', status: 503 } as const;
    applied.emulator.faults.add({ method: 'POST', path: '/integration_key$', effect });
    const { ok, keys } = await provision(...people.map(({ email }) => email));
    expect([ok, keys.map(({ error }) => error?.code)]).toEqual([false, people.map(() => 'REMOTE_FAILED')]);
    expect(keys[4]!.error!.message).toMatch(/not asked, since it failed for 3 others in a row: .*503/);
    expect(posted()).toBe(3);
  });

  it('ends where the administrator is not let in any more', async () => {
    const jane = await open();
    const tom = person('tom');
    applied.emulator.faults.add({ path: '/integration_key$', effect: { kind: 'status', status: 401 } });
    await expect(provision(jane.email, tom.email)).rejects.toMatchObject({ code: 'KEY_REFUSED' });
    expect(posted()).toBe(0);
    expect(applied.emulator.requests.filter(({ path }) => path.includes(tom.uuid))).toEqual([]);
  });

  it('is not ended by one who may have none, though that one comes first', async () => {
    const jane = await open();
    const tom = person('tom');
    applied.emulator.faults.add({
      path: `${jane.uuid}/integration_key$`,
      effect: { kind: 'status', status: 403 },
    });
    expect(await provision(jane.email, tom.email)).toMatchObject({
      keys: [{ outcome: 'failed', error: { code: 'FORBIDDEN' } }, { outcome: 'stored' }],
    });
  });

  it.each(
    inTurn([
      [400, null],
      [405, null],
      [200, '{}'],
    ]),
  )("makes none for the user of the account's own key, where GET says %i", async (status, body) => {
    const jane = await open();
    const [admin] = applied.emulator.state.users.values();
    const email = admin!.email;
    applied.emulator.faults.add({
      method: 'GET',
      path: '/integration_key$',
      effect: { kind: 'status', status, ...(body === null ? {} : { body: 'empty' as const }) },
    });
    await applied.put('users', [
      { ats_id: 'U-1', name: 'jane', email: jane.email },
      { ats_id: 'U-2', name: admin!.name, email },
    ]);
    await applied.mirror.pull(applied.emulator);
    await applied.rounds();
    const { ok, keys, lines } = await provision();
    expect([ok, Object.fromEntries(keys.map((one) => [one.email, one.outcome]))]).toEqual([
      true,
      { [jane.email]: 'stored', [email]: 'own' },
    ]);
    expect(lines.join(' ')).toContain("the account's own key is that of");
    expect(await provision(email)).toMatchObject({ ok: true, keys: [{ outcome: 'own' }] });
    expect(posted()).toBe(1);
  });

  it('without addresses is for the users that rows stand for', async () => {
    const jane = await open();
    person('tom');
    expect(await provision()).toMatchObject({ ok: true, keys: [] });
    await applied.put('users', [{ ats_id: 'U-1', name: 'jane', email: jane.email }]);
    await applied.mirror.pull(applied.emulator);
    await applied.rounds();
    expect(await provision()).toMatchObject({ keys: [{ email: jane.email, outcome: 'stored' }] });
    expect(await provision()).toMatchObject({ keys: [{ email: jane.email, outcome: 'kept' }] });
  });
});

it.each(['sparkhire_reader', 'sparkhire_ats_writer'])('%s cannot read a stored key', async (role) => {
  await open();
  const [rights] = await applied.rows<Record<string, boolean>>(
    `select has_table_privilege($1, 'sync.user_keys', 'select') as reads,
       has_table_privilege($1, 'sync.user_keys', 'insert, update, delete') as writes,
       has_any_column_privilege($1, 'sync.user_keys', 'select') as column`,
    [role],
  );
  expect(rights).toEqual({ reads: false, writes: false, column: false });
});

describe('rotation', () => {
  it('encrypts anew what it can read, under the current key', async () => {
    const jane = await open();
    const tom = person('tom');
    const lost = encryptionKeys({ encryptionKey: Buffer.alloc(32, 9).toString('base64') });
    await keep(jane, 'janes');
    await keep(tom, 'toms', lost);
    const both = encryptionKeys({ encryptionKey: second, previousEncryptionKeys: [first] });
    const { db } = applied.mirror;
    expect(await rotateKeys(db, 'default', both)).toEqual({
      rotated: 1,
      current: 0,
      unreadable: [{ email: tom.email, keyId: lost.current!.id }],
    });
    expect(await rotateKeys(db, 'default', both)).toMatchObject({ rotated: 0, current: 1 });
    expect((await list()).map(({ keyId }) => keyId)).toEqual([both.current!.id, lost.current!.id]);
  });
});

const policy = (over: Partial<KeyPolicies> = {}): KeyPolicies => ({
  provision: 'command',
  missing: 'hold',
  refused: 'hold',
  absent: 'hold',
  ...over,
});

/** Users U-1 (jane) and so on, linked; a job J-1 of nobody. */
async function linkedPeople(...people: Person[]): Promise<void> {
  await applied.put(
    'users',
    people.map(({ email }, index) => ({ ats_id: `U-${index + 1}`, name: email, email })),
  );
  await applied.put('jobs', [job('J-1')]);
  await applied.mirror.pull(applied.emulator);
  await applied.rounds();
}

const acting = (keys = policy(), given = encryption): RoundOptions => ({
  session,
  policies: { ...basePolicies, keys },
  keys: userKeys(session, given, keys),
});
const issues = () =>
  applied.rows<{ ats_id: string; code: string; field: string | null; message: string }>(
    // That the people of these stories have another name in Spark Hire is asked, and no matter here.
    `select ats_id, code, field, message from sync.issues where resolved_at is null and resource <> 'users'
     order by ats_id`,
  );
const makers = () =>
  [...applied.emulator.state.interviews.values()].map(
    ({ createdBy }) => applied.emulator.state.users.get(createdBy)!.email,
  );

describe('a write', () => {
  it('whose key cannot be read waits, and nothing breaks', async () => {
    const jane = await open();
    await linkedPeople(jane);
    await keep(jane, applied.emulator.act.makeKey(jane.uuid));
    const [made] = applied.emulator.state.jobs.values();
    applied.emulator.act.addJobMember(made!.uuid, { userUuid: jane.uuid });
    await applied.put('interviews', [
      interview('I-1', 'c1@example.org', { requested_by_ats_id: 'U-1' }),
      interview('I-2', 'c2@example.org'),
    ]);
    const other = encryptionKeys({ encryptionKey: second });
    expect(await applied.round(acting(policy(), other))).toMatchObject({ created: 1 });
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'held', 'I-2': 'synced' });
    expect(await issues()).toMatchObject([
      { code: 'UNKNOWN_REFERENCE', message: expect.stringContaining('SYNC_ENCRYPTION_KEY_PREVIOUS') },
    ]);
    await applied.round(
      acting(policy(), encryptionKeys({ encryptionKey: second, previousEncryptionKeys: [first] })),
    );
    expect(makers().at(-1)).toBe(jane.email);
  });

  it('for a row that is gone is by who asked; by the administrator once nobody knows who that was', async () => {
    const jane = await open();
    await linkedPeople(jane);
    await keep(jane, applied.emulator.act.makeKey(jane.uuid));
    const [made] = applied.emulator.state.jobs.values();
    applied.emulator.act.addJobMember(made!.uuid, { userUuid: jane.uuid });
    await applied.put(
      'interviews',
      [1, 2].map((n) => interview(`I-${n}`, `c${n}@example.org`, { requested_by_ats_id: 'U-1' })),
    );
    await applied.round(acting());
    await applied.rows("delete from ats.interviews where ats_id = 'I-1'");
    await applied.round(acting());
    await applied.rows("delete from ats.interviews where ats_id = 'I-2'");
    await applied.rows('delete from ats.users');
    await applied.rows("delete from sync.links where resource = 'users'");
    await applied.round(acting());
    const puts = applied.emulator.requests.filter(({ method }) => method === 'PUT');
    const admin = [...applied.emulator.state.users.values()].find(({ role }) => role === 'administrator')!;
    expect(puts.map(({ userUuid }) => userUuid)).toEqual([jane.uuid, admin.uuid]);
    expect([...applied.emulator.state.interviews.values()].map(({ status }) => status)).toEqual([
      'canceled',
      'canceled',
    ]);
  });

  it('that is not allowed to the user is an issue that names who acted', async () => {
    const jane = await open();
    const eva = person('eva', 'evaluator');
    await linkedPeople(jane, eva);
    await keep(eva, applied.emulator.act.makeKey(eva.uuid));
    await applied.put('jobs', [job('J-2', { owner_ats_id: 'U-2' })]);
    expect(await applied.round(acting())).toMatchObject({ rejected: 1 });
    expect(await issues()).toMatchObject([
      {
        ats_id: 'J-2',
        code: 'REMOTE_REJECTED',
        message: expect.stringMatching(/answered 403 to this write, sent with the key of eva@example\.org/),
      },
    ]);
  });

  it('with a key that is refused goes by the policy administrator', async () => {
    const jane = await open();
    await linkedPeople(jane);
    await keep(jane, 'never worked');
    await applied.put('interviews', [interview('I-1', 'c1@example.org', { requested_by_ats_id: 'U-1' })]);
    expect(await applied.round(acting(policy({ refused: 'administrator' })))).toMatchObject({ created: 1 });
    expect(makers()).not.toContain(jane.email);
    expect(applied.invitations()).toEqual({ 'c1@example.org': 1 });
    expect(await list()).toMatchObject([{ state: 'refused', userState: 'active' }]);
  });

  it.each([
    ['gone', 404],
    [null, 500],
  ] as const)(
    'whose key was refused while its user was %s is tried again after pauses, though nothing else may tell',
    async (userState, status) => {
      const jane = await open();
      await linkedPeople(jane);
      const { emulator } = applied;
      await applied.put('jobs', [job('J-2', { owner_ats_id: 'U-1' })]);
      const key = emulator.act.makeKey(jane.uuid);
      await keep(jane, key);
      const [unauthorized, unreadable] = [
        { method: 'POST', path: '/jobs$', effect: { kind: 'status', status: 401 } } as const,
        { method: 'GET', path: `/users/${jane.uuid}$`, effect: { kind: 'status', status } } as const,
      ].map((rule) => emulator.faults.add(rule));
      await applied.round(acting());
      expect(await list()).toMatchObject([{ state: 'refused', userState }]);
      const posts = () =>
        emulator.requests.filter(({ method, path }) => method === 'POST' && path === '/v1.0/jobs').length;
      const later = () =>
        applied.rows("update sync.user_keys set ask_again_at = clock_timestamp() - interval '1 s'");
      const asked = posts();
      await applied.round(acting());
      expect(posts()).toBe(asked);
      await later();
      await applied.round(acting());
      expect(posts()).toBe(asked + 1);
      expect(await applied.rows('select failures from sync.user_keys')).toEqual([{ failures: 2 }]);
      // The user is back, and no field of theirs has changed.
      emulator.faults.remove(unauthorized!);
      emulator.faults.remove(unreadable!);
      await later();
      expect(await applied.round(acting())).toMatchObject({ created: 1 });
      expect(await list()).toMatchObject([{ state: 'usable', userState: null }]);
    },
  );

  it('of the user of the account, whose other key is refused, is made with the account own key', async () => {
    const jane = await open();
    const { emulator } = applied;
    const own = [...emulator.state.users.values()].find(({ role }) => role === 'administrator')!;
    await linkedPeople(own);
    await applied.rows(
      `insert into sync.accounts (account, key_user_uuid) values ('default', $1)
       on conflict (account) do update set key_user_uuid = excluded.key_user_uuid`,
      [own.uuid],
    );
    await keep(own, 'never worked');
    await keep(jane, emulator.act.makeKey(jane.uuid));
    await applied.put('interviews', [interview('I-1', 'c1@example.org', { requested_by_ats_id: 'U-1' })]);
    expect(await applied.round(acting())).toMatchObject({ created: 1 });
    expect(makers()).toEqual([own.email]);
  });

  it.each([
    ['hold', false],
    ['administrator', true],
  ] as const)('of somebody without a key, policy missing: %s', async (missing, sent) => {
    const jane = await open();
    await linkedPeople(jane);
    await applied.put('interviews', [interview('I-1', 'c1@example.org', { requested_by_ats_id: 'U-1' })]);
    await applied.round(acting(policy({ missing })));
    expect(await applied.states('interviews')).toEqual({ 'I-1': sent ? 'synced' : 'held' });
  });

  it('has a key made on demand, once', async () => {
    const jane = await open();
    await linkedPeople(jane);
    await applied.put(
      'interviews',
      [1, 2, 3, 4, 5, 6].map((n) => interview(`I-${n}`, `c${n}@example.org`, { requested_by_ats_id: 'U-1' })),
    );
    expect(await applied.round(acting(policy({ provision: 'demand' })))).toMatchObject({ rejected: 6 });
    // Jane does not see the job: that is told, and the key was made once.
    const asked = applied.emulator.requests.filter(({ path }) =>
      path.endsWith(`${jane.uuid}/integration_key`),
    );
    expect(asked.map(({ method }) => method)).toEqual(['GET', 'POST']);
    expect((await issues())[0]!.message).toContain('to this write, sent with the key of jane@example.org');
    expect(await list()).toMatchObject([{ state: 'usable', source: 'provisioned' }]);
  });

  it('waits where none can be made on demand, and does not ask again at once', async () => {
    const jane = await open();
    await linkedPeople(jane);
    applied.emulator.act.setPlan({ customIntegration: false });
    await applied.put('interviews', [interview('I-1', 'c1@example.org', { requested_by_ats_id: 'U-1' })]);
    const rules = policy({ provision: 'demand', missing: 'hold' });
    await applied.round(acting(rules));
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'held' });
    expect((await issues())[0]!.message).toContain('no custom integration');
    const asked = () =>
      applied.emulator.requests.filter(({ path }) => path.endsWith('/integration_key')).length;
    const before = asked();
    await applied.round(acting(rules));
    expect(asked()).toBe(before);
    await applied.rows('update sync.user_keys set ask_again_at = now()');
    applied.emulator.act.setPlan({ customIntegration: true });
    for (const { uuid } of applied.emulator.state.jobs.values()) {
      applied.emulator.act.addJobMember(uuid, { userUuid: jane.uuid });
    }
    await applied.round(acting(rules));
    expect(makers()).toEqual([jane.email]);
  });

  it('asks again after pauses that grow where Spark Hire fails, also in another process', async () => {
    const jane = await open();
    await linkedPeople(jane);
    const { emulator } = applied;
    const effect = { kind: 'status', status: 500 } as const;
    const rule = emulator.faults.add({ method: 'POST', path: '/integration_key$', effect });
    await applied.put('interviews', [interview('I-1', 'c1@example.org', { requested_by_ats_id: 'U-1' })]);
    const rules = policy({ provision: 'demand' });
    const pause = async () => {
      const [row] = await applied.rows<{ seconds: number }>(
        'select extract(epoch from ask_again_at - updated_at)::float8 as seconds from sync.user_keys',
      );
      return Math.round(row!.seconds);
    };
    const pauses: number[] = [];
    for (let n = 1; n <= 8; n += 1) {
      await applied.round({ ...acting(rules), session: await applied.process() });
      await applied.round({ ...acting(rules), session: await applied.process() });
      expect(posted()).toBe(n);
      pauses.push(await pause());
      await applied.rows('update sync.user_keys set ask_again_at = now()');
    }
    expect(pauses).toEqual([60, 120, 240, 480, 960, 1920, 3600, 3600]);
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'held' });
    expect((await issues())[0]!.message).toMatch(/none could be made just now: .*500.*tried again/);
    emulator.faults.remove(rule);
    for (const { uuid } of emulator.state.jobs.values())
      emulator.act.addJobMember(uuid, { userUuid: jane.uuid });
    await applied.round(acting(rules));
    expect(makers()).toEqual([jane.email]);
    expect(await applied.rows('select failures, ask_again_at, error from sync.user_keys')).toEqual([
      { failures: 0, ask_again_at: null, error: null },
    ]);
  });

  it('asks for no more in that pass where it fails for several in a row', async () => {
    const jane = await open();
    const people = [jane, ...['ann', 'ben', 'cid', 'dan'].map((name) => person(name))];
    await linkedPeople(...people);
    const effect = { kind: 'status', status: 500 } as const;
    applied.emulator.faults.add({ method: 'POST', path: '/integration_key$', effect });
    await applied.put(
      'interviews',
      people.map((_, n) =>
        interview(`I-${n + 1}`, `c${n + 1}@example.org`, { requested_by_ats_id: `U-${n + 1}` }),
      ),
    );
    await applied.round({ ...acting(policy({ provision: 'demand' })), concurrency: 1 });
    expect(posted()).toBe(3);
    expect(new Set(Object.values(await applied.states('interviews')))).toEqual(new Set(['held']));
    const messages = (await issues()).map(({ message }) => message);
    expect(messages.filter((message) => message.includes('failed for several others'))).toHaveLength(2);
  });

  it('asks for the key of one where Spark Hire makes none for the account, and holds what all of them do', async () => {
    const jane = await open();
    const people = [jane, ...['ann', 'ben', 'cid', 'dan'].map((name) => person(name))];
    await linkedPeople(...people);
    applied.emulator.act.setPlan({ customIntegration: false });
    await applied.put(
      'interviews',
      people.map((_, n) =>
        interview(`I-${n + 1}`, `c${n + 1}@example.org`, { requested_by_ats_id: `U-${n + 1}` }),
      ),
    );
    const rules = { ...acting(policy({ provision: 'demand' })), concurrency: 1 };
    const asked = () =>
      applied.emulator.requests.filter(({ path }) => path.endsWith('/integration_key')).length;
    const before = asked();
    await applied.round(rules);
    expect(asked() - before).toBe(1);
    expect(new Set(Object.values(await applied.states('interviews')))).toEqual(new Set(['held']));
    for (const { message } of await issues()) expect(message).toContain('no custom integration');
    await applied.round(rules);
    expect(asked() - before).toBe(1);
  });

  it('of a user whose answer is lost is found, and made once', async () => {
    const jane = await open();
    await linkedPeople(jane);
    await keep(jane, applied.emulator.act.makeKey(jane.uuid));
    const [made] = applied.emulator.state.jobs.values();
    applied.emulator.act.addJobMember(made!.uuid, { userUuid: jane.uuid });
    await applied.put('interviews', [interview('I-1', 'c1@example.org', { requested_by_ats_id: 'U-1' })]);
    applied.emulator.faults.add({
      method: 'POST',
      path: '/interviews$',
      count: 1,
      effect: { kind: 'reset', when: 'after' },
    });
    const before = applied.emulator.requests.length;
    await applied.round(acting());
    await applied.rounds(acting());
    expect(applied.invitations()).toEqual({ 'c1@example.org': 1 });
    expect(makers()).toEqual([jane.email]);
    const looked = applied.emulator.requests.slice(before).filter(({ method }) => method === 'GET');
    expect(new Set(looked.map(({ userUuid }) => userUuid)).has(jane.uuid)).toBe(true);
  });

  it('to delete a job that is only hidden from who acts is no deletion', async () => {
    const jane = await open();
    await linkedPeople(jane);
    await keep(jane, applied.emulator.act.makeKey(jane.uuid));
    await applied.put('jobs', [job('J-1', { owner_ats_id: 'U-1' })]);
    const rules = acting();
    await applied.round(rules);
    await applied.rows('delete from ats.jobs');
    const policies = { ...rules.policies!, jobs: { ...rules.policies!.jobs, withdrawn: 'delete' as const } };
    expect(await applied.round({ ...rules, policies })).toMatchObject({ rejected: 1, canceled: 0 });
    expect(applied.emulator.state.jobs.size).toBe(1);
  });
});

it('who acts is told from what is stored at the moment of the write', async () => {
  const jane = await open();
  await linkedPeople(jane);
  const ring = userKeys(session, encryption, policy({ missing: 'administrator' }));
  const actor: ActingUser = {
    atsId: 'U-1',
    uuid: jane.uuid,
    label: jane.email,
    state: 'active',
    key: 'usable',
  };
  await keep(jane, 'any');
  expect(await ring.acting({ resource: 'jobs', actor })).toMatchObject({ kind: 'user' });
  await applied.rows('delete from sync.user_keys');
  expect(await ring.acting({ resource: 'jobs', actor })).toEqual({ kind: 'administrator' });
});
