/** `sparkhire-sync conflicts` as people and programs meet it: from a mass disappearance to a decision. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '#emulators/emulator/index';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { differences, expectedMirror, storedMirror } from '../../support/mirror-oracle.js';
import { accountSettings, runProgram } from '../../support/program.js';
import { aJob, openPushScene, type PushScene } from '../../support/push-scene.js';

let database: TestDatabase;
let client: pg.Client;
let emulator: Emulator;
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sparkhire-e2e-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));
beforeEach(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterEach(async () => {
  await emulator?.close();
  await client?.end();
  await database?.drop();
});

const run = (args: string[]) => runProgram(args, { env: accountSettings(emulator, database.url) });
/** Deciding needs no key: only the database. */
const conflicts = (args: string[] = []) =>
  runProgram(['conflicts', ...args], { env: { DATABASE_URL: database.url } });
const rows = async (sql: string) => (await client.query(sql)).rows as Record<string, unknown>[];

async function start(): Promise<void> {
  emulator = await startEmulator({ users: 4, jobs: 6, interviews: 30, rateLimit: 1_000_000 });
  expect((await run(['backfill', '--json', '--no-details'])).code).toBe(0);
}

describe('a mass disappearance', () => {
  it('waits for a person, who believes it: then the rows are deleted', async () => {
    await start();
    const hidden = [...emulator.state.interviews.keys()].slice(0, 8).sort();
    for (const uuid of hidden) emulator.act.hide(uuid);
    const held = await run(['backfill', '--no-details']);
    expect(held.code).toBe(3);
    expect(held.stdout).toContain('1 decision waits for you: sparkhire-sync conflicts');

    const list = await conflicts(['--json']);
    expect(list).toMatchObject({ code: 0, json: [{ kind: 'mass_disappearance', resource: 'interviews' }] });
    const [open] = list.json as Array<{ id: number }>;
    expect(list.json).toEqual(
      (await rows('select to_jsonb(c) as row from sync.conflicts c')).map(({ row }) => row),
    );
    expect((await conflicts(['list', '--json', '--account', 'default'])).json).toEqual(list.json);
    expect((await conflicts(['show', `${open!.id}`, '--json'])).json).toEqual(list.json);

    const table = await conflicts();
    expect(table.code).toBe(0);
    expect(table.stdout).toMatch(
      /^1 conflict · interviews: mass_disappearance · since .* UTC\n {2}8 of 30 rows are missing/,
    );
    // By their names, which people know.
    const missing = hidden.map((uuid) => emulator.state.interviews.get(uuid)!.candidate.name);
    for (const name of missing) expect(table.stdout).toContain(name);
    const shown = await conflicts(['show', `${open!.id}`]);
    expect(shown.stdout).toContain(`sparkhire-sync conflicts resolve ${open!.id} --take sparkhire`);
    expect(shown.stdout).toMatch(/If the key was demoted, that is every row it may no longer see/);
    for (const name of missing) expect(shown.stdout).toContain(name);

    const resolved = await conflicts(['resolve', `${open!.id}`, '--take', 'sparkhire']);
    expect(resolved.code).toBe(0);
    expect(resolved.stdout).toContain('sparkhire-sync backfill');
    expect(resolved.stdout).toContain('It was: 8 of 30 rows are missing from the listing.\n');
    expect(
      await rows('select resolution, resolved_by, resolved_at is not null as done from sync.conflicts'),
    ).toEqual([{ resolution: 'sparkhire', resolved_by: userInfo().username, done: true }]);
    expect((await conflicts()).stdout).toBe('No open conflicts.\n');
    expect((await conflicts(['--all'])).stdout).toMatch(/sparkhire \(/);

    const after = await run(['backfill', '--json', '--no-details']);
    expect(after).toMatchObject({ code: 0, json: { resources: { interviews: { deleted: 8 } } } });
    const gone = await rows(
      'select uuid from sparkhire.interviews where deleted_at is not null order by uuid',
    );
    expect(gone.map(({ uuid }) => uuid)).toEqual(hidden);
  });

  it('by a demoted key is told as such, and closes by itself when the key is what it was', async () => {
    await start();
    const [owner] = emulator.state.users.keys();
    emulator.act.demoteUser(owner!);
    expect((await run(['backfill', '--no-details'])).code).toBe(3);
    const open = (await conflicts(['--json'])).json as Array<{ id: number; resource: string }>;
    expect(open.length).toBeGreaterThan(1);
    const shown = await conflicts(['show', `${open[0]!.id}`]);
    expect(shown.stdout).toMatch(/lost the administrator right/);
    expect(shown.stdout).toMatch(
      /Careful: with this key that is every row it may not see, whether it was deleted or not/,
    );

    emulator.act.setRole(owner!, { role: 'administrator' });
    expect((await run(['backfill'])).code).toBe(0);
    expect((await conflicts(['--json'])).json).toEqual([]);
    const all = await conflicts(['--all', '--json']);
    expect(all.json).toHaveLength(open.length);
    for (const row of all.json as unknown[]) {
      expect(row).toMatchObject({ resolved_by: 'sparkhire-sync', resolution: 'no row is missing any more' });
    }
    expect(differences(expectedMirror(emulator), await storedMirror(client))).toEqual([]);
  });
});

describe('a field with a value on each side', () => {
  interface Shown {
    id: number;
    revision: number;
    ats_value: unknown;
    sparkhire_value: unknown;
  }

  /** A job whose title was edited on both sides: ATS ONE here, SPARK ONE there. */
  async function diverge(onTestFinished: Parameters<typeof openPushScene>[0]) {
    const scene = await openPushScene(onTestFinished);
    await scene.put('jobs', aJob('J-1'));
    expect((await scene.run(['apply'])).code).toBe(0);
    const uuid = (await scene.view('job'))['J-1']!.sparkhire_uuid!;
    const titles = async (ats: string, sparkHire: string) => {
      await scene.put('jobs', aJob('J-1', { title: ats }));
      scene.emulator.act.editJob(uuid, { title: sparkHire });
    };
    await titles('ATS ONE', 'SPARK ONE');
    expect((await scene.run(['sync'])).code).toBe(3);
    scene.writes();
    return { scene, titles, there: () => scene.emulator.state.jobs.get(uuid)!.title };
  }

  const opened = async (scene: PushScene) => {
    const { json } = await scene.run(['conflicts']);
    expect(json).toHaveLength(1);
    return (json as Shown[])[0]!;
  };
  /** For people. */
  const said = (scene: PushScene, ...args: string[]) => scene.command(['conflicts', ...args]).ended;

  it('a decision is refused once the values are others than those that were shown', async ({
    onTestFinished,
  }) => {
    const { scene, titles, there } = await diverge(onTestFinished);
    const first = await opened(scene);
    expect(first).toMatchObject({ revision: 1, ats_value: 'ATS ONE', sparkhire_value: 'SPARK ONE' });
    const id = String(first.id);
    // Told again with the same values it is the same question.
    expect((await scene.run(['sync'])).code).toBe(3);
    expect(await opened(scene)).toEqual(first);
    expect((await said(scene, 'show', id)).stdout).toContain(`conflicts resolve ${id} --take ats`);

    await titles('ATS TWO', 'SPARK ONE');
    expect((await scene.run(['sync'])).code).toBe(3);
    expect(await opened(scene)).toEqual({ ...first, revision: 2, ats_value: 'ATS TWO' });
    for (const seen of [id, `${id}.1`, `${id}.3`]) {
      const refused = await scene.run(['conflicts', 'resolve', seen, '--take', 'ats']);
      expect([seen, refused.code, refused.json]).toEqual([
        seen,
        1,
        {
          ok: false,
          error: {
            code: 'CONFLICT_CHANGED',
            message: expect.stringMatching(
              /revision 2\b.* The ATS now has "ATS TWO", Spark Hire "SPARK ONE"\.$/,
            ),
            remedy: `Look at it with \`sparkhire-sync conflicts show ${id}\`, then decide with \`sparkhire-sync conflicts resolve ${id}.2 --take ats\`.`,
          },
        },
      ]);
    }
    expect((await scene.run(['apply'])).code).toBe(3);
    expect(scene.writes()).toEqual([]);

    expect((await said(scene)).stdout).toMatch(new RegExp(`^1 conflict · .*\n.*\n {2}${id}\\.2 +jobs J-1 `));
    const shown = await said(scene, 'show', id);
    expect(shown.stdout).toContain('ATS TWO');
    expect(shown.stdout).toContain(`sparkhire-sync conflicts resolve ${id}.2 --take ats\n`);
    const resolved = await said(scene, 'resolve', `${id}.2`, '--take', 'ats');
    expect([resolved.code, resolved.stdout]).toMatchObject([
      0,
      expect.stringMatching(/It was: Changed on both sides since they last agreed\.\n/),
    ]);
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(there()).toBe('ATS TWO');
  });

  it.for(['ats', 'sparkhire'])(
    'a decision for %s is not carried out with values that came after it',
    async (take, { onTestFinished }) => {
      const { scene, titles, there } = await diverge(onTestFinished);
      const first = await opened(scene);
      const decide = async ({ id }: Shown) =>
        expect((await scene.run(['conflicts', 'resolve', String(id), '--take', take])).code).toBe(0);

      await decide(first);
      await titles('ATS TWO', 'SPARK ONE');
      expect((await scene.run(['sync'])).code).toBe(3);
      const second = await opened(scene);
      expect(second).toMatchObject({ revision: 1, ats_value: 'ATS TWO', sparkhire_value: 'SPARK ONE' });
      expect(second.id).not.toBe(first.id);

      // Nobody has read Spark Hire since: what it shows just before the write counts.
      await decide(second);
      await titles('ATS TWO', 'SPARK TWO');
      expect((await scene.run([take === 'ats' ? 'apply' : 'sync'])).code).toBe(3);
      const third = await opened(scene);
      expect(third).toMatchObject({ revision: 1, ats_value: 'ATS TWO', sparkhire_value: 'SPARK TWO' });
      expect(third.id).not.toBe(second.id);
      expect(scene.writes()).toEqual([]);

      await decide(third);
      expect((await scene.run(['apply'])).code).toBe(0);
      expect(there()).toBe(take === 'ats' ? 'ATS TWO' : 'SPARK TWO');
      expect(scene.writes()).toHaveLength(take === 'ats' ? 1 : 0);
    },
  );
});

describe('what cannot be done', () => {
  it('has a code, words, and changes nothing', async () => {
    await rows(`insert into sync.conflicts (resource, kind, reason, sparkhire_value)
      values ('jobs', 'mass_disappearance', '9 of 9', '{"missing": 9}'), ('jobs', 'of_tomorrow', 'new', null)`);
    const [id, other] = (await rows('select id from sync.conflicts order by id')).map((row) =>
      String(row.id),
    );
    const wrong: Array<[string[], number, RegExp]> = [
      [['resolve', id!, '--take', 'ats'], 2, /USAGE.*"ats"[\s\S]*sparkhire[\s\S]*wait/],
      [['resolve', other!, '--take', 'sparkhire'], 2, /USAGE/],
      [['resolve', id!], 2, /--take/],
      [['resolve', '--take', 'sparkhire'], 2, /No conflict is named/],
      [['resolve', id!, '--resource', 'jobs', '--take', 'sparkhire'], 2, /`--resource` narrows `--kind`/],
      [['resolve', 'first', '--take', 'sparkhire'], 2, /first/],
      [['resolve', '1.2.3', '--take', 'sparkhire'], 2, /1\.2\.3/],
      [['resolve', `${id}.x`, '--take', 'sparkhire'], 2, /\.x/],
      [['resolve', id!, '--take', 'sparkhire', '--reason', ' '], 2, /Say why/],
      [['resolve', id!, '--take', 'sparkhire', '--reason', 'x'.repeat(501)], 2, /at most 500/],
      [['show', '-1'], 2, /-1/],
      [['show'], 2, /id/],
      [['shw', '1'], 2, /unknown command 'shw'; `conflicts` takes list, show, resolve\n/],
      [['--all', '1'], 2, /unknown command '1'; `conflicts` takes/],
      [['show', '99999'], 1, /CONFLICT_UNKNOWN/],
      [['show', id!, '--account', 'south'], 1, /CONFLICT_UNKNOWN.*south/],
      [['resolve', '99999', '--take', 'sparkhire'], 1, /CONFLICT_UNKNOWN/],
    ];
    for (const [args, code, said] of wrong) {
      const result = await conflicts(args);
      expect([args, result.code, result.stdout]).toEqual([args, code, '']);
      expect(result.stderr).toMatch(said);
    }
    expect(await rows('select from sync.conflicts where resolved_at is not null')).toEqual([]);

    expect(await conflicts(['resolve', id!, '--take', 'sparkhire', '--json'])).toMatchObject({
      code: 0,
      json: [{ id: Number(id), resolution: 'sparkhire' }],
    });
    expect(await conflicts(['resolve', id!, '--take', 'sparkhire', '--json'])).toMatchObject({
      code: 1,
      json: { ok: false, error: { code: 'CONFLICT_RESOLVED', remedy: expect.any(String) } },
    });
    // As the list names one whose values have changed.
    for (const name of [id!, `${id}.2`])
      expect((await conflicts(['show', name])).stdout).toMatch(/resolved .*sparkhire, by/);
  });

  it('an account that the settings do not have', async () => {
    emulator = await startEmulator({ users: 1, jobs: 0, interviews: 0 });
    const result = await run(['conflicts', '--account', 'south', '--json']);
    expect(result).toMatchObject({ code: 2, json: { error: { code: 'ACCOUNT_UNKNOWN' } } });
    expect((await run(['conflicts', '--account', 'default', '--json'])).json).toEqual([]);
  });
});

it('many that say the same are listed together by row and title, and decided at once; what changed meanwhile is refused and told', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const said = (...args: string[]) => scene.command(['conflicts', ...args]).ended;
  const keys = ['J-10', 'J-2', 'J-1'];
  const edit = async (here: string, there: string, keysOf = keys) => {
    await scene.put('jobs', ...keysOf.map((key) => aJob(key, { title: `${here} ${key}` })));
    const jobs = await scene.view('job');
    for (const key of keysOf)
      scene.emulator.act.editJob(jobs[key]!.sparkhire_uuid!, { title: `${there} ${key}` });
  };
  await scene.put('jobs', ...keys.map((key) => aJob(key)));
  await scene.run(['sync']);
  await edit('Baker', 'Cook');
  expect((await scene.run(['sync'])).code).toBe(3);
  const open = (await scene.run(['conflicts'])).json as Array<{ id: number; ats_id: string }>;
  const idOf = (key: string) => open.find(({ ats_id }) => ats_id === key)!.id;
  const ids = ['J-1', 'J-2', 'J-10'].map(idOf);
  const list = (await said()).stdout;
  expect(list.match(/conflicts? ·/g)).toEqual(['conflicts ·']);
  expect(list).toMatch(/^3 conflicts · jobs: field_diverged \(title\) · since /);
  expect(list).toMatch(
    /jobs J-1 · Baker J-1 · ATS "Baker J-1", Spark Hire "Cook J-1"\n.*jobs J-2 .*\n.*jobs J-10 /,
  );
  expect(list).toContain(
    `All at once: sparkhire-sync conflicts resolve ${ids.join(' ')} --take ats|sparkhire\n`,
  );

  // One of them gets other values meanwhile.
  await edit('Night baker', 'Cook', ['J-2']);
  expect((await scene.run(['sync'])).code).toBe(3);
  expect((await said()).stdout).toContain(`${idOf('J-2')}.2  jobs J-2 · Night baker J-2`);
  const decided = await said('resolve', ...ids.map(String), String(ids[0]), '--take', 'ats', '--json');
  expect(decided.code).toBe(1);
  expect(decided.json).toMatchObject([
    { id: ids[0], resolution: 'ats' },
    { id: ids[2], resolution: 'ats' },
    { id: ids[1], error: { code: 'CONFLICT_CHANGED' } },
  ]);
  expect(decided.stderr).toContain('CONFLICT_CHANGED');
  // A kind stands for the values they were opened with, too; with its revision one is decided as it is now.
  expect((await said('resolve', '--kind', 'field_diverged', '--take', 'sparkhire')).code).toBe(1);
  const last = await said('resolve', `${ids[1]}.2`, '--kind', 'field_diverged', '--take', 'sparkhire');
  expect([last.code, last.stdout.match(/is resolved/g)]).toEqual([0, ['is resolved']]);
  expect((await said('resolve', '--kind', 'field_diverged', '--take', 'ats')).stdout).toBe(
    'No conflict of the kind field_diverged is open.\n',
  );
  expect(
    (await said('resolve', '--kind', 'field_diverged', '--resource', 'users', '--take', 'ats')).code,
  ).toBe(0);
  expect((await said('resolve', '1', '--resource', 'jobs', '--take', 'ats')).code).toBe(2);
  expect((await said('resolve', '--take', 'ats')).code).toBe(2);
  expect((await said('resolve', '1', 'two', '--take', 'ats')).code).toBe(2);
});
