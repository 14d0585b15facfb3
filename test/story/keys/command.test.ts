/** The command `keys`, as a person uses it: by itself and beside a running service. Keys are shown nowhere. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { aJob, anInterview, openPushScene, type PushScene } from '../../support/push-scene.js';

const older = Buffer.alloc(32, 1).toString('base64');
const newer = Buffer.alloc(32, 2).toString('base64');
const withKey = { SYNC_ENCRYPTION_KEY: older };

async function everyTable(scene: PushScene): Promise<string> {
  const tables = await scene.rows<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema in ('sparkhire', 'sync', 'ats') and table_type = 'BASE TABLE'`,
  );
  expect(tables.map(({ name }) => name)).toContain('sync.user_keys');
  let text = '';
  for (const { name } of tables) {
    const [row] = await scene.rows<{ text: string | null }>(
      `select string_agg(t::text, E'\\n') as text from ${name} t`,
    );
    text += row!.text ?? '';
  }
  return text;
}

/** As it is, in a URL, as credentials, and as PostgreSQL shows its bytes. */
function formsOf(secret: string): string[] {
  const texts = [secret, `${secret}:`, `${secret}:x`];
  return [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString('hex'),
    ...texts.flatMap((text) => [
      Buffer.from(text).toString('base64').replace(/=+$/, ''),
      Buffer.from(text).toString('base64url'),
    ]),
  ];
}

it('`keys` sets, lists, rotates and forgets, and says what is wrong with its remedy', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const { emulator } = scene;
  const jane = emulator.act.addUser({ name: 'Jane', email: 'jane@example.org', role: 'standard' });
  const key = emulator.act.makeKey(jane.uuid);
  const keys = (args: string[], env = {}, input?: string) => scene.run(['keys', ...args], env, input);

  const none = await keys(['set', 'jane@example.org'], {}, key);
  expect(none).toMatchObject({ code: 2, json: { ok: false, error: { code: 'ENCRYPTION_KEY_MISSING' } } });
  expect(none.stderr).toContain('openssl rand -base64 32');
  expect((await keys(['set', 'jane@example.org'], withKey, '\n')).code).toBe(2);
  expect((await keys(['set', key], withKey, key)).code).toBe(2);
  const argued = await keys(['set', 'jane@example.org', key], withKey);
  expect([argued.code, argued.stderr]).toEqual([
    2,
    expect.stringContaining('never given on the command line'),
  ]);
  expect(argued.stdout + argued.stderr).not.toContain(key);
  expect(await keys(['set', 'tom@example.org'], withKey, key)).toMatchObject({
    code: 1,
    json: { error: { code: 'USER_KEY_MISMATCH' } },
  });
  expect(await keys(['forget', 'jane@example.org'])).toMatchObject({
    code: 1,
    json: { error: { code: 'USER_KEY_UNKNOWN' } },
  });
  expect(await scene.rows('select id from sync.user_keys')).toEqual([]);

  expect(await keys(['set', 'jane@example.org'], withKey, `${key}\n`)).toMatchObject({
    code: 0,
    json: { account: 'default', ok: true, email: 'jane@example.org', user_uuid: jane.uuid, state: 'usable' },
  });
  const listed = await keys(['list'], withKey);
  expect(listed).toMatchObject({
    code: 0,
    json: { ok: true, keys: [{ email: 'jane@example.org', state: 'usable', source: 'set', readable: true }] },
  });
  expect(await keys(['rotate'], { SYNC_ENCRYPTION_KEY: newer })).toMatchObject({
    code: 1,
    json: { ok: false, error: { code: 'USER_KEY_UNREADABLE' }, unreadable: [{ email: 'jane@example.org' }] },
  });
  const doctor = await scene.run(['doctor'], { SYNC_ENCRYPTION_KEY: newer });
  expect(doctor.json).toContainEqual(
    expect.objectContaining({
      check: 'user_keys',
      ok: false,
      remedy: expect.stringContaining('keys rotate'),
    }),
  );
  const both = { SYNC_ENCRYPTION_KEY: newer, SYNC_ENCRYPTION_KEY_PREVIOUS: older };
  expect(await keys(['rotate'], both)).toMatchObject({ code: 0, json: { ok: true, rotated: 1 } });
  expect((await keys(['list'], { SYNC_ENCRYPTION_KEY: newer })).json).toMatchObject({
    keys: [{ readable: true }],
  });
  expect(await keys(['forget', 'Jane@Example.org'])).toMatchObject({ code: 0, json: { removed: 1 } });
  expect(emulator.state.keys.has(key)).toBe(true);
  expect(await scene.rows('select id from sync.user_keys')).toEqual([]);
});

it('`keys list` names users as they are now', async ({ onTestFinished }) => {
  const scene = await openPushScene(onTestFinished);
  const { act } = scene.emulator;
  const keys = (args: string[], input?: string) => scene.run(['keys', ...args], withKey, input);
  const [jane, tom, eva] = ['jane', 'tom', 'eva'].map((name) =>
    act.addUser({ name, email: `${name}@example.org`, role: 'standard' }),
  );
  await scene.run(['backfill']);
  for (const user of [jane!, tom!, eva!])
    expect((await keys(['set', user.email], act.makeKey(user.uuid))).code).toBe(0);
  act.editUser(jane!.uuid, { email: 'jane.new@example.org' });
  act.disableUser(tom!.uuid);
  await scene.run(['backfill']);
  expect((await keys(['list'])).json).toMatchObject({
    keys: [
      { email: 'eva@example.org', state: 'usable', user_now: 'active' },
      { email: 'jane.new@example.org', state: 'usable', user_now: 'active' },
      { email: 'tom@example.org', user_now: 'inactive' },
    ],
  });
  const listed = await scene.command(['keys', 'list'], withKey).ended;
  expect(listed.stdout).toMatch(/^tom@example\.org +not used: the user is disabled +set/m);
  expect((await scene.run(['status'], withKey)).json).toMatchObject({
    accounts: [{ userKeys: { usable: 2, refused: 0, unreadable: 0, idle: 1 } }],
  });
  expect((await scene.run(['status'])).json).toMatchObject({
    accounts: [{ userKeys: { usable: 0, refused: 0, unreadable: 3, idle: 0 } }],
  });
  expect((await scene.run(['doctor'], withKey)).json).toContainEqual(
    expect.objectContaining({
      check: 'user_keys',
      detail: expect.stringMatching(/tom@example\.org: disabled/),
    }),
  );
  expect(await keys(['forget', 'jane.new@example.org'])).toMatchObject({ json: { removed: 1 } });
  expect(await keys(['forget', 'tom@example.org'])).toMatchObject({ json: { removed: 1 } });
});

it('a setting that needs an encryption key says so', async ({ onTestFinished }) => {
  const scene = await openPushScene(onTestFinished);
  const result = await scene.run(['keys', 'list'], {
    SYNC_ENCRYPTION_KEY: older,
    SYNC_ENCRYPTION_KEY_PREVIOUS: 'x',
  });
  expect(result.code).toBe(2);
  expect(result.stderr).toContain('SYNC_ENCRYPTION_KEY_PREVIOUS: must be keys separated by commas');
});

it('with several accounts a key is set for one of them, and what one may not do the others may', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const { emulator } = scene;
  const jane = emulator.act.addUser({ name: 'Jane', email: 'jane@example.org', role: 'standard' });
  const file = join(mkdtempSync(join(tmpdir(), 'sparkhire-keys-')), 'two.yaml');
  onTestFinished(() => rmSync(dirname(file), { recursive: true, force: true }));
  writeFileSync(
    file,
    'accounts:\n  - name: north\n    apiKeyEnv: NORTH\n  - name: south\n    apiKeyEnv: SOUTH\n',
  );
  const key = emulator.act.makeKey(jane.uuid);
  const env = { ...withKey, NORTH: emulator.adminKey, SOUTH: key };
  const keys = (args: string[], input?: string) => scene.run(['keys', ...args, '--config', file], env, input);
  expect(await keys(['set', 'jane@example.org'], key)).toMatchObject({
    code: 2,
    json: { error: { code: 'USAGE', remedy: expect.stringContaining('--account north') } },
  });
  // The own key of south is Jane's: another one is not needed there, and Tom's is not hers to make.
  emulator.act.addUser({ name: 'Tom', email: 'tom@example.org', role: 'standard' });
  expect(await keys(['provision', 'jane@example.org', 'tom@example.org'])).toMatchObject({
    code: 1,
    json: [
      { account: 'north', ok: true, keys: [{ outcome: 'stored' }, { outcome: 'stored' }] },
      { account: 'south', ok: false, error: { code: 'FORBIDDEN' } },
    ],
  });
  expect(await keys(['set', 'jane@example.org', '--account', 'south'], key)).toMatchObject({
    code: 0,
    json: { account: 'south', ok: true },
  });
  expect((await keys(['forget', 'jane@example.org'])).json).toMatchObject([{ removed: 1 }, { removed: 1 }]);
});

describe('beside a running service', () => {
  it('a key is handed to the running service encrypted, proven within its limit, used at once, and shown nowhere', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { emulator } = scene;
    const env = { ...withKey, LOG_LEVEL: 'trace' };
    const jane = emulator.act.addUser({ name: 'Jane', email: 'jane@example.org', role: 'standard' });
    const tom = emulator.act.addUser({ name: 'Tom', email: 'tom@example.org', role: 'standard' });
    const secret = emulator.act.makeKey(jane.uuid, { key: 'jane/s secret+key=äß' });
    await scene.put(
      'users',
      { ats_id: 'U-1', name: 'Jane', email: 'jane@example.org' },
      { ats_id: 'U-2', name: 'Tom', email: 'tom@example.org' },
    );
    await scene.put('jobs', aJob('J-1', { owner_ats_id: 'U-1' }));
    const service = await scene.start(env, 'policies:\n  keys:\n    provision: command\n');
    await scene.until(async () => expect(await scene.states('job')).toEqual({ 'J-1': 'held' }));
    await scene.until(async () =>
      expect(await scene.states('user')).toEqual({ 'U-1': 'synced', 'U-2': 'synced' }),
    );

    const set = await scene.run(['keys', 'set', 'jane@example.org'], env, `${secret}\n`);
    expect(set).toMatchObject({ code: 0, json: { ok: true, state: 'usable' } });
    expect(set.stderr).toContain('handed_over');
    await scene.until(async () => expect(await scene.states('job')).toEqual({ 'J-1': 'synced' }));
    expect([...emulator.state.jobs.values()].map(({ createdBy }) => createdBy)).toEqual([jane.uuid]);

    // What the administrator makes is as secret; a service with another encryption key says what is missing.
    const provisioned = await scene.run(['keys', 'provision'], env);
    expect(provisioned).toMatchObject({ code: 0 });
    const made = [...emulator.state.keys.values()].find(({ userUuid }) => userUuid === tom.uuid)!.key;
    await scene.put(
      'interviews',
      anInterview('I-1', 'J-1', 'c1@example.org', { requested_by_ats_id: 'U-1' }),
      anInterview('I-2', 'J-1', 'c2@example.org', { requested_by_ats_id: 'U-2' }),
    );
    // Tom does not see Jane's job.
    await scene.until(async () =>
      expect(await scene.states('interview')).toEqual({ 'I-1': 'synced', 'I-2': 'rejected' }),
    );
    // The answers of Spark Hire throw keys back, and the key is refused.
    emulator.faults.add({
      method: 'POST',
      path: '/interviews$',
      count: 1,
      effect: { kind: 'status', status: 400, code: secret },
    });
    await scene.put(
      'interviews',
      anInterview('I-3', 'J-1', 'c3@example.org', { requested_by_ats_id: 'U-1' }),
    );
    await scene.until(async () => expect((await scene.states('interview'))['I-3']).toBe('rejected'));
    emulator.act.disableUser(jane.uuid);
    await scene.put(
      'interviews',
      anInterview('I-4', 'J-1', 'c4@example.org', { requested_by_ats_id: 'U-1' }),
    );
    await scene.until(async () => expect((await scene.states('interview'))['I-4']).toBe('held'));
    const listed = await scene.run(['keys', 'list'], env);
    const status = await scene.run(['status'], env);
    const another = await scene.run(
      ['keys', 'set', 'tom@example.org'],
      { ...env, SYNC_ENCRYPTION_KEY: newer },
      made,
    );
    expect(another).toMatchObject({ code: 1, json: { error: { code: 'USER_KEY_UNREADABLE' } } });
    expect(another.stderr).toContain('has another SYNC_ENCRYPTION_KEY than this command');
    const tables = await everyTable(scene);
    const metrics = await service.get('/metrics');
    const { stdout, stderr } = await service.stop();
    expect(stderr).toContain('"level":20');
    const seen: Record<string, string> = { stdout, stderr, tables, metrics: metrics.body };
    for (const [name, one] of Object.entries({ set, provisioned, listed, status, another })) {
      seen[name] = one.stdout + one.stderr;
    }
    for (const [where, text] of Object.entries(seen)) {
      for (const form of [secret, made, older, newer].flatMap(formsOf)) {
        expect(text.includes(form), `${form} in ${where}`).toBe(false);
      }
    }
  });
});
