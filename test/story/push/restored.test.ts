/**
 * A database that was restored from a backup: what was made since belongs to no row that it knows.
 * @module-tag rare
 */
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { copyTestDatabase, createTestDatabase } from '../../support/database.js';
import { aJob, anInterview, aShareRequest, openPushScene, type PushScene } from '../../support/push-scene.js';
import { mailed } from '../../support/share-requests.js';

type OnFinished = Parameters<typeof openPushScene>[0];

const put = (scene: PushScene, many: number) =>
  scene.put(
    'interviews',
    ...Array.from({ length: many }, (_, n) => anInterview(`I-${n + 1}`, 'J-1', `c${n + 1}@example.org`)),
  );

/** A scene with a job, and its database as it is before anybody is invited: `restored` runs commands with that one. */
async function backedUp(onTestFinished: OnFinished, before: (scene: PushScene) => Promise<void>) {
  const scene = await openPushScene(onTestFinished);
  await scene.put('jobs', aJob('J-1'));
  await before(scene);
  await scene.run(['sync']);
  return {
    scene,
    async backUp() {
      const backup = await copyTestDatabase(scene.databaseUrl);
      onTestFinished(() => backup.drop());
      const restored = (args: string[]) => scene.run(args, { DATABASE_URL: backup.url });
      /** A person looks at what it would do, and lets it. */
      const release = async () =>
        restored(['apply', '--approve', ((await restored(['plan'])).json as { checksum: string }).checksum]);
      return { restored, release, url: backup.url };
    },
  };
}

const at = (host: string) => ({ SYNC_PUBLIC_URL: `http://${host}.example` });
const webhooksOf = ({ emulator }: PushScene) => [...emulator.state.webhooks.values()].map(({ url }) => url);

const uuidOf = async (scene: PushScene, row: string) => (await scene.view('interview'))[row]!.sparkhire_uuid!;

describe('a database that was restored from an older backup', () => {
  it('asks before it invites again whoever was invited since the backup and whose interview is over by now', async ({
    onTestFinished,
  }) => {
    const { scene, backUp } = await backedUp(onTestFinished, async () => {});
    await put(scene, 4);
    const { restored, release } = await backUp();
    expect((await scene.run(['apply'])).code).toBe(0);
    scene.emulator.act.cancelInterview(await uuidOf(scene, 'I-1'));
    scene.emulator.act.completeInterview(await uuidOf(scene, 'I-2'));
    scene.emulator.act.expireInterview(await uuidOf(scene, 'I-3'));
    scene.writes();

    expect(await release()).toMatchObject({
      code: 3,
      json: { pushed: { created: 0, adopted: 1, conflicts: 3 } },
    });
    const asked = (await restored(['conflicts'])).json as Array<Record<string, unknown>>;
    expect(asked.map(({ kind, ats_id }) => [kind, ats_id]).sort()).toEqual([
      ['possible_duplicate', 'I-1'],
      ['possible_duplicate', 'I-2'],
      ['possible_duplicate', 'I-3'],
    ]);
    for (const { id, ats_id } of asked)
      await restored(['conflicts', 'resolve', String(id), '--take', ats_id === 'I-3' ? 'create' : 'link']);
    expect((await restored(['sync'])).json).toMatchObject({ pushed: { created: 1, adopted: 2 } });
    expect(await restored(['sync'])).toMatchObject({ code: 0 });
    expect(scene.invitations()).toEqual({ 1: 3, 2: 1 });
  });

  it('asks before it invites again whose address was changed in Spark Hire since, and nobody else of the name', async ({
    onTestFinished,
  }) => {
    const { scene, backUp } = await backedUp(onTestFinished, async () => {});
    await put(scene, 2);
    const { restored, release } = await backUp();
    await scene.run(['apply']);
    const { state } = scene.emulator;
    const moved = state.interviews.get(await uuidOf(scene, 'I-1'))!;
    state.interviews.change(moved, () => {
      moved.candidate = { ...moved.candidate, email: 'new@example.org' };
    });
    // Of the same name as somebody whom another row explains.
    const { name } = state.interviews.get(await uuidOf(scene, 'I-2'))!.candidate;
    const namesake = { ...anInterview('I-3', 'J-1', 'c3@example.org'), candidate_name: name };
    await restored(['backfill']);
    await release();
    await scene.put('interviews', namesake);
    scene.writes();

    await restored(['sync']);
    const asked = (await restored(['conflicts'])).json as Array<Record<string, unknown>>;
    expect(asked.map(({ kind, ats_id }) => [kind, ats_id])).toEqual([['possible_duplicate', 'I-1']]);
    await restored(['conflicts', 'resolve', String(asked[0]!.id), '--take', 'link']);
    await scene.run(['sync']);
    expect(await restored(['sync'])).toMatchObject({ code: 0 });
    expect(scene.invitations()).toEqual({ 1: 3 });
  });

  it('asks about whoever is invited to one of two jobs where a person takes the other one', async ({
    onTestFinished,
  }) => {
    const { scene, backUp } = await backedUp(onTestFinished, async () => {});
    await scene.put('jobs', aJob('J-2'));
    await scene.put('interviews', anInterview('I-1', 'J-2', 'c1@example.org'));
    const { restored, release } = await backUp();
    await scene.run(['apply']);
    const { title, description, city, country } = aJob('J-2');
    const { uuid } = scene.emulator.act.addJob({ title, description, city, country, status: 'active' });
    await restored(['backfill']);
    await release();
    const [job] = (await restored(['conflicts'])).json as Array<Record<string, unknown>>;
    expect(job).toMatchObject({ kind: 'possible_duplicate', ats_id: 'J-2' });
    await restored(['conflicts', 'resolve', String(job!.id), '--take', `link:${uuid}`]);
    await restored(['apply']);
    expect(await restored(['apply'])).toMatchObject({ code: 3, json: { pushed: { created: 0 } } });
    const [asked] = (await restored(['conflicts'])).json as Array<Record<string, unknown>>;
    expect(asked).toMatchObject({ kind: 'possible_duplicate', ats_id: 'I-1' });
    expect(asked!.reason).toBe(
      'This candidate is invited to a job that may be the one of this row as well (requested), and no row of the ATS explains that: it may be the same invitation.',
    );
    expect(scene.invitations()).toEqual({ 1: 1 });
  });

  it('asks before it makes a job again that people deleted since, and then about each who is invited there', async ({
    onTestFinished,
  }) => {
    const { scene, backUp } = await backedUp(onTestFinished, async () => {});
    await scene.put('jobs', aJob('J-2'));
    await scene.put('interviews', anInterview('I-1', 'J-2', 'c1@example.org'));
    const { restored, release } = await backUp();
    expect((await scene.run(['sync'])).code).toBe(0);
    await restored(['sync']);
    scene.emulator.act.deleteJob((await scene.view('job'))['J-2']!.sparkhire_uuid!);
    const ask = async (kind: string, atsId: string) => {
      for (const command of ['sync', 'apply']) await restored([command]);
      const open = (await restored(['conflicts'])).json as Array<Record<string, unknown>>;
      expect(open.map((one) => [one.kind, one.ats_id])).toEqual([[kind, atsId]]);
      expect(scene.invitations()).toEqual({ 1: 1 });
      return String(open[0]!.id);
    };
    await restored(['backfill']);
    await release();
    await restored(['conflicts', 'resolve', await ask('remote_deleted', 'J-2'), '--take', 'ats']);
    await restored(['conflicts', 'resolve', await ask('field_diverged', 'I-1'), '--take', 'sparkhire']);
    for (const command of ['sync', 'apply']) await restored([command]);
    expect(scene.invitations()).toEqual({ 1: 1 });
  });

  it('invites again without a question where the database knows what came before', async ({
    onTestFinished,
  }) => {
    const { scene } = await backedUp(onTestFinished, (it) => put(it, 2));
    const jobUuid = (await scene.view('job'))['J-1']!.sparkhire_uuid!;
    // Somebody invites by hand, it comes to nothing, and a person says that it was another one.
    const byHand = scene.emulator.act.addInterview({
      ...{ jobUuid, email: 'c9@example.org', name: 'Candidate 9' },
      scheduledAt: Date.now() + 1e9,
    });
    scene.emulator.act.cancelInterview(byHand.uuid);
    await scene.put('interviews', anInterview('I-9', 'J-1', 'c9@example.org'));
    expect((await scene.run(['sync'])).code).toBe(3);
    const [{ id }] = (await scene.rows<{ id: string }>('select id from sync.conflicts')) as [{ id: string }];
    await scene.resolve(id, 'create');
    expect((await scene.run(['sync'])).code).toBe(0);

    for (const row of ['I-1', 'I-9']) scene.emulator.act.cancelInterview(await uuidOf(scene, row));
    scene.emulator.act.expireInterview(await uuidOf(scene, 'I-2'));
    await scene.run(['sync']);
    await scene.put(
      'interviews',
      ...['1', '2', '9'].map((n) => anInterview(`K-${n}`, 'J-1', `c${n}@example.org`)),
    );
    expect(await scene.run(['sync'])).toMatchObject({ code: 0, json: { pushed: { created: 3 } } });
  });

  it.for(['pending', 'completed'])(
    'asks about a job that was made and renamed since, to which a candidate of the row was invited (%s)',
    async (status, { onTestFinished }) => {
      const { scene, backUp } = await backedUp(onTestFinished, async () => {});
      await scene.put('jobs', aJob('J-2'));
      await scene.put('interviews', anInterview('I-1', 'J-2', 'c1@example.org'));
      const { restored, release } = await backUp();
      expect((await scene.run(['apply'])).code).toBe(0);
      const made = (await scene.view('job'))['J-2']!.sparkhire_uuid!;
      scene.emulator.act.editJob(made, { title: 'Head baker' });
      if (status === 'completed') scene.emulator.act.completeInterview(await uuidOf(scene, 'I-1'));
      scene.writes();

      await release();
      await restored(['sync']);
      expect(scene.writes()).toEqual([]);
      const asked = (await restored(['conflicts'])).json as Array<Record<string, unknown>>;
      expect(asked).toMatchObject([{ kind: 'possible_duplicate', resource: 'jobs', ats_id: 'J-2' }]);
      await restored(['conflicts', 'resolve', String(asked[0]!.id), '--take', 'link']);
      await restored(['apply']);
      await restored(['apply']);
      expect(scene.invitations()).toEqual({ 1: 1 });
      expect([...scene.emulator.state.jobs.values()]).toHaveLength(2);
    },
  );

  it('reads share links before it makes one: an open one is taken over, and before a closed one is replaced it asks', async ({
    onTestFinished,
  }) => {
    const { scene, backUp } = await backedUp(onTestFinished, (it) => put(it, 1));
    const { emulator } = scene;
    emulator.act.completeInterview(await uuidOf(scene, 'I-1'));
    await scene.run(['sync']);
    const request = aShareRequest('R-1', ['I-1'], ['jane', 'kit'], { send_email: true });
    await scene.put('share_requests', request);
    const { restored, release } = await backUp();
    expect((await scene.run(['sync'])).json).toMatchObject({ pushed: { created: 2 } });
    const jane = [...emulator.state.shareLinks.values()].find(({ reviewer }) => reviewer.name === 'jane')!;
    emulator.state.shareLinks.change(jane, () => {
      jane.status = 'inactive';
    });
    scene.writes();

    // As long as they cannot be read none is made.
    emulator.faults.add({ method: 'GET', path: '/share_links', effect: { kind: 'status', status: 400 } });
    const unread = await release();
    expect([unread.code, unread.json]).toMatchObject([1, { pushed: { created: 0, adopted: 0 } }]);
    emulator.faults.clear();
    expect(await restored(['apply'])).toMatchObject({
      code: 3,
      json: { pushed: { created: 0, adopted: 1, conflicts: 1 } },
    });
    expect(scene.writes()).toEqual([]);
    expect(mailed(scene)).toHaveLength(2);

    // Where no link is to be made none is read.
    const asked = () => emulator.requests.filter(({ path }) => path.includes('/share_links')).length;
    const before = asked();
    await restored(['sync']);
    expect(asked()).toBe(before);
  });
});

describe('a copy of a database beside the original', () => {
  it('writes nothing before a person says so, and the original goes on', async ({ onTestFinished }) => {
    const { scene, backUp } = await backedUp(onTestFinished, (it) => put(it, 1));
    await scene.put('jobs', aJob('J-2'));
    const { restored, release, url } = await backUp();
    const told = async () => {
      const copy = new pg.Client(url);
      await copy.connect();
      const { rows } = await copy.query('select code, message from sync.issues where resolved_at is null');
      await copy.end();
      return rows;
    };
    scene.writes();
    const plan = await restored(['plan']);
    expect(plan).toMatchObject({ code: 3, json: { held: expect.stringContaining('copied') } });
    for (const command of [['sync'], ['apply']]) {
      const { code, json } = await restored(command);
      expect([code, json]).toMatchObject([3, { ok: true, pushed: { created: 0, held: 1 } }]);
    }
    expect(await told()).toEqual([
      { code: 'DECISION_NEEDED', message: expect.stringMatching(/copied, restored or moved.*--approve/) },
    ]);
    const doctor = (await restored(['doctor'])).json as Array<Record<string, unknown>>;
    expect(doctor.find(({ check }) => check === 'database_moved')).toMatchObject({
      ok: false,
      remedy: expect.stringContaining('apply --approve'),
    });
    expect((await restored(['status'])).json).toMatchObject({
      accounts: [{ databaseMovedAt: expect.any(String) }],
    });
    expect(scene.writes()).toEqual([]);
    expect((await scene.run(['sync'])).json).toMatchObject({ pushed: { created: 1 } });

    await restored(['sync']);
    expect(await release()).toMatchObject({ code: 3, json: { pushed: { held: 0, conflicts: 1 } } });
    expect((await restored(['doctor'])).json).not.toContainEqual(
      expect.objectContaining({ check: 'database_moved' }),
    );
    expect((await restored(['status'])).json).toMatchObject({ accounts: [{ databaseMovedAt: null }] });
  });

  it('names one plan to approve, also where less would be changed by now', async ({ onTestFinished }) => {
    const { scene, backUp } = await backedUp(onTestFinished, (it) => put(it, 1));
    const { restored, url } = await backUp();
    const copy = new pg.Client(url);
    await copy.connect();
    onTestFinished(() => copy.end());
    const SYNC_CONFIG = scene.settingsFile('policies: { massChange: { rows: 1, missingSeconds: 0 } }');
    const asked = async () => (await scene.run(['conflicts'], { DATABASE_URL: url })).json;
    await copy.query(`update ats.interviews set desired = 'canceled'`);
    await scene.run(['apply'], { DATABASE_URL: url, SYNC_CONFIG });
    expect(await asked()).toMatchObject([{ kind: 'mass_change' }]);
    await copy.query(`update ats.interviews set desired = 'invited'`);
    await scene.run(['apply'], { DATABASE_URL: url, SYNC_CONFIG });
    expect(await asked()).toEqual([]);
    expect(await restored(['plan'])).toMatchObject({ json: { held: expect.stringContaining('copied') } });
  });

  it('leaves the webhook of the original alone, and is ready and says what is the matter', async ({
    onTestFinished,
  }) => {
    const { scene, backUp } = await backedUp(onTestFinished, async () => {});
    expect((await scene.run(['webhooks', 'register'], at('one'))).code).toBe(0);
    const { url, release } = await backUp();
    const there = { DATABASE_URL: url, ...at('two') };
    for (const action of ['register', 'unregister']) {
      const refused = await scene.run(['webhooks', action], there);
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('DATABASE_MOVED') });
    }
    const service = await scene.start(there);
    await service.program.waitForLine(/"event":"database_moved"/);
    expect((await service.get('/readyz')).json).toMatchObject({
      ready: true,
      troubles: [expect.stringContaining('nothing is written')],
    });
    expect((await service.get('/metrics')).body).toContain(
      'sparkhire_sync_database_moved{account="default"} 1',
    );
    expect((await release()).code).toBe(0);
    await scene.until(async () =>
      expect((await service.get('/readyz')).json).toMatchObject({ ready: true, troubles: [] }),
    );
    await service.stop();
    expect(webhooksOf(scene)).toEqual(['http://one.example/webhooks/default']);
  });
});

describe('two databases that know nothing of each other', () => {
  it('find each other by their webhooks, and say so until one is gone', async ({ onTestFinished }) => {
    const { scene } = await backedUp(onTestFinished, async () => {});
    const second = await createTestDatabase();
    onTestFinished(() => second.drop());
    const there = { DATABASE_URL: second.url, ...at('two') };
    expect((await scene.run(['webhooks', 'register'], at('one'))).code).toBe(0);
    const registered = await scene.run(['webhooks', 'register'], there);
    expect(registered).toMatchObject({ code: 0, stderr: expect.stringContaining('other_installation') });
    expect(webhooksOf(scene)).toHaveLength(2);

    const others = async () => {
      const doctor = (await scene.run(['doctor'], at('one'))).json as Array<{
        check: string;
        detail: string;
      }>;
      const { json } = await scene.run(['status']);
      const [account] = (json as { accounts: Array<{ otherInstallations: string[] }> }).accounts;
      const told = doctor.find(({ check }) => check === 'other_installations');
      return [told?.detail ?? null, account!.otherInstallations];
    };
    expect(await others()).toEqual([
      expect.stringContaining('http://two.example'),
      ['http://two.example/webhooks/default'],
    ]);
    expect((await scene.run(['webhooks', 'unregister', '--other', 'no-such-one'])).code).toBe(1);
    const [, left] = [...scene.emulator.state.webhooks.values()];
    expect((await scene.run(['webhooks', 'unregister', '--other', left!.uuid])).code).toBe(0);
    expect(webhooksOf(scene)).toEqual(['http://one.example/webhooks/default']);
    expect(await others()).toEqual([null, []]);

    // One without a webhook finds the other with a sweep.
    const third = await createTestDatabase();
    onTestFinished(() => third.drop());
    const swept = await scene.run(['backfill'], { DATABASE_URL: third.url });
    expect(swept).toMatchObject({ code: 0, stderr: expect.stringContaining('other_installation') });
    expect((await scene.run(['status'], { DATABASE_URL: third.url })).json).toMatchObject({
      accounts: [{ otherInstallations: ['http://one.example/webhooks/default'] }],
    });
  });

  it('tell of interviews that the key sent and no row explains, also without webhooks', async ({
    onTestFinished,
  }) => {
    const { scene } = await backedUp(onTestFinished, (it) => put(it, 1));
    const told = async () => {
      await scene.run(['sync']);
      const checks = (await scene.run(['doctor'])).json as Array<{ check: string; detail: string }>;
      return checks.find(({ check }) => check === 'unexplained_writes')?.detail ?? null;
    };
    expect(await told()).toBeNull();
    const { act, state } = scene.emulator;
    const [key] = state.users.keys();
    const { uuid: other } = act.addUser({ role: 'standard' });
    const [job] = state.jobs.keys();
    act.addInterview({ jobUuid: job!, createdBy: other });
    expect(await told()).toBeNull();
    act.addInterview({ jobUuid: job!, createdBy: key! });
    expect(await told()).toBe(
      "1 interview of the last 7 days, sent by the user of this account's key, belongs to no row here",
    );
  });
});

describe('a job that a person pointed at', () => {
  it.for(['link', 'one of two'])(
    'is linked though it was renamed in Spark Hire meanwhile, and nobody is invited twice: %s',
    async (choice, { onTestFinished }) => {
      const scene = await openPushScene(onTestFinished);
      const { act, state } = scene.emulator;
      const there = { title: 'Job J-1', status: 'active', city: 'Graz', country: 'Austria' } as const;
      const { uuid } = act.addJob(there);
      if (choice !== 'link') act.addJob(there);
      await scene.put('jobs', aJob('J-1'));
      await put(scene, 1);
      act.addInterview({ jobUuid: uuid, name: 'Candidate', email: 'c1@example.org' });
      expect((await scene.run(['apply'])).code).toBe(3);
      const [{ id }] = (await scene.rows<{ id: string }>('select id from sync.conflicts')) as [
        { id: string },
      ];
      for (const job of [...state.jobs.keys()]) act.editJob(job, { title: 'Renamed' });
      await scene.run(['backfill']);
      await scene.run(['conflicts', 'resolve', id, '--take', choice === 'link' ? 'link' : `link:${uuid}`]);
      const before = state.jobs.size;
      expect((await scene.run(['apply'])).json).toMatchObject({ pushed: { adopted: 2 } });
      await scene.run(['apply']);
      expect(state.jobs.size).toBe(before);
      expect(scene.invitations()).toEqual({ 1: 1 });
      expect(await scene.rows(`select uuid from sync.links where resource = 'jobs'`)).toEqual([{ uuid }]);
    },
  );
});
