/** `sparkhire-sync forget`: a candidate is erased everywhere here, stays erased, and is never invited again. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, type TestContext } from 'vitest';
import {
  aJob,
  anInterview,
  aShareRequest,
  openPushScene,
  type PushScene,
  withoutBackoff,
} from '../../support/push-scene.js';
import { nthRequest } from '../../support/scene.js';
import { connected, openSqlScene } from '../../support/sql-ats.js';

withoutBackoff();

const jane = {
  email: 'Jane.Erasable@mill.test',
  name: 'Jane Erasable-Oldcastle',
  phone: '+436605550199',
};

/** Where one of the texts is found, in any column of any table, as it stands there. */
async function whereIs(scene: PushScene, texts: readonly string[], skip = ''): Promise<string[]> {
  const tables = await scene.rows<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema in ('sparkhire', 'sync', 'ats') and table_type = 'BASE TABLE' order by 1`,
  );
  expect(tables.length).toBeGreaterThan(40);
  const found: string[] = [];
  for (const { name } of tables) {
    const own = skip !== '' && name.startsWith('ats.') ? `and ${skip}` : '';
    const rows = await scene.rows<{ row: string }>(
      `select to_jsonb(t)::text as row from ${name} t
       where exists (select from unnest($1::text[]) x where position(lower(x) in lower(to_jsonb(t)::text)) > 0) ${own}`,
      [texts],
    );
    found.push(...rows.map(({ row }) => `${name} ${row}`));
  }
  return found;
}

const everything = [jane.email, jane.name, jane.phone];

/** The invitation that is due is sent, its answer is lost, and from then on nobody can look for it. */
async function loseAnswer(scene: PushScene): Promise<void> {
  const posting = /^\/v1\.0\/interviews$/;
  scene.emulator.faults.add({
    method: 'POST',
    path: posting,
    count: 1,
    effect: { kind: 'reset', when: 'after' },
  });
  const isPost = ({ method, path }: { method: string; path: string }) =>
    method === 'POST' && posting.test(path);
  void nthRequest(scene, 1, isPost).then(() =>
    scene.emulator.faults.add({
      method: 'GET',
      path: /^\/v1\.0\/interviews/,
      effect: { kind: 'status', status: 500, when: 'before' },
    }),
  );
  const apply = scene.command(['apply']);
  await scene.until(async () =>
    expect(await scene.rows(`select 1 from sync.intents where state = 'unknown'`)).toHaveLength(1),
  );
  apply.kill('SIGINT');
  await apply.ended;
}

async function entry(scene: PushScene, id: string, application: string): Promise<void> {
  await scene.rows(
    `insert into hr.stage_entries values ($1, $2, 'Video interview', '2026-11-01 09:00+00', null, 'active', 'c-jane', $3, $4,
       'j1', 'Miller', 'Basel', 'BS', 'Switzerland')`,
    [id, application, jane.name, jane.email],
  );
}

const openConnected = (onTestFinished: TestContext['onTestFinished']) =>
  openSqlScene(
    onTestFinished,
    `(entry_id text, application_id text, stage text, entered_at timestamptz, left_at timestamptz, status text, candidate_id text,
      candidate_name text, candidate_email text, job_id text, job_title text, city text, region text, country text)`,
  );

it('a candidate who is erased is in no column of any table, and is neither stored nor invited again', async ({
  onTestFinished,
}) => {
  const scene = await openConnected(onTestFinished);
  const { emulator } = scene;
  const run = (args: string[]) => scene.run(args, connected);
  const mine = (atsId: string, job: string) =>
    anInterview(atsId, job, jane.email, {
      candidate_name: jane.name,
      candidate_phone_e164: jane.phone,
      candidate_phone: jane.phone,
      sms_consent: true,
      email_message: `Dear ${jane.name}`,
    });
  await scene.put('jobs', aJob('J-1'), aJob('J-2'));
  await entry(scene, 'e1', 'a1');
  // A duplicate, somebody else, and one whose answer is lost.
  await scene.put(
    'interviews',
    mine('I-1', 'J-1'),
    mine('I-1b', 'J-1'),
    anInterview('I-2', 'J-1', 'tom@mill.test'),
  );
  emulator.faults.add({
    method: 'POST',
    path: /^\/v1\.0\/interviews$/,
    count: 1,
    effect: { kind: 'reset', when: 'after' },
  });
  await run(['sync']);
  await run(['sync']);
  expect(scene.invited().filter((to) => to === jane.email)).toHaveLength(2);

  // Completed, shared with somebody and with her, deleted in Spark Hire, decided about, and under another key.
  const uuids = Object.values(await scene.view('interview')).flatMap(
    ({ sparkhire_uuid }) => sparkhire_uuid ?? [],
  );
  for (const uuid of uuids) {
    emulator.act.acceptInterview(uuid);
    emulator.act.completeInterview(uuid);
  }
  await scene.put('share_requests', aShareRequest('R-1', ['I-1'], ['bob']), {
    ...aShareRequest('R-2', ['I-2'], []),
    reviewers: [{ name: jane.name, email: jane.email }],
  });
  await run(['sync']);
  await scene.put('interviews', mine('I-3', 'J-2'));
  await run(['sync']);
  const third = (await scene.view('interview'))['I-3']!.sparkhire_uuid!;
  emulator.act.deleteInterview(third);
  await run(['backfill', '--no-details']);
  await run(['sync']);
  const [gone] = await scene.rows<{ id: string }>(
    `select id from sync.conflicts where kind = 'remote_deleted' and resolved_at is null`,
  );
  await run(['conflicts', 'resolve', gone!.id, '--take', 'sparkhire', '--reason', `${jane.name} wanted it`]);
  await run(['sync']);
  await scene.rows(`update ats.interviews set ats_id = 'I-9' where ats_id = 'I-1'`);
  await run(['sync']);
  await scene.rows(
    `insert into sync.webhook_events (body, state, outcome, object_uuid)
     select jsonb_build_object('assigned_to', jsonb_build_object('name', $1::text, 'email', lower($2::text))), s, o, $3
     from (values ('waiting', null), ('done', 'applied')) e (s, o)`,
    [jane.name, jane.email, uuids[0]],
  );
  await scene.rows(
    `insert into sync.quarantine (resource, uuid, fingerprint, problem, content) values ('interviews', null, 'f', 'odd', $1)`,
    [JSON.stringify({ name: jane.name, email: jane.email })],
  );
  await scene.rows(`insert into sync.runs (kind, outcome, error) values ('tick', 'failed', $1)`, [
    `no e-mail to ${jane.email}`,
  ]);
  const before = new Set((await whereIs(scene, everything)).map((row) => row.split(' ')[0]));
  expect([...before]).toEqual(
    expect.arrayContaining([
      'ats.interviews',
      'ats.share_requests',
      'sparkhire.interviews',
      'sparkhire.share_links',
      'sync.audit',
      'sync.changes',
      'sync.conflicts',
      'sync.desired_rows',
      'sync.intents',
      'sync.links',
      'sync.quarantine',
      'sync.runs',
      'sync.webhook_events',
    ]),
  );
  const counts = () => scene.rows('select status, count(*) from sparkhire.interviews group by 1 order by 1');
  const counted = await counts();
  scene.writes();

  const forgotten = await run(['forget', jane.email.toLowerCase(), '--reason', 'she asked for it']);
  expect(forgotten).toMatchObject({
    code: 0,
    json: { account: 'default', ok: true, found: true, before: null, waits: false, is_user: false },
  });
  const { in_ats: inAts, in_sparkhire: inSparkHire } = forgotten.json as {
    in_ats: Array<{ table: string; ats_id: string }>;
    in_sparkhire: unknown[];
  };
  expect(inAts.map(({ table, ats_id: atsId }) => `${table} ${atsId}`).sort()).toEqual([
    'ats.interviews I-1b',
    'ats.interviews I-3',
    'ats.interviews I-9',
    'ats.share_requests R-2',
  ]);
  // One was deleted there.
  expect(inSparkHire).toHaveLength(2);
  // What is left is what the ATS wrote itself.
  expect(await whereIs(scene, everything, 'source is not null')).toEqual([]);
  expect(await scene.rows(`select 1 from sync.conflicts where resolved_at is null`)).toEqual([]);

  // Read again in every way, and wanted again by both writers.
  await entry(scene, 'e7', 'a7');
  await scene.put('interviews', mine('I-10', 'J-2'));
  await run(['sync']);
  await run(['backfill', '--fresh']);
  await run(['sync']);
  expect(await whereIs(scene, everything, 'source is not null')).toEqual([]);
  expect(await counts()).toEqual(counted);
  expect(scene.writes()).toEqual([]);
  expect(await scene.rows(`select reason from sync.ats_skipped where entry_id = 'e7'`)).toEqual([
    { reason: 'forgotten' },
  ]);
  const view = await scene.view('interview');
  for (const atsId of ['I-1b', 'I-3', 'I-9', 'I-10']) {
    expect(view[atsId]).toMatchObject({ state: 'rejected', issues: [{ code: 'FORGOTTEN' }] });
  }
  expect((await scene.view('share_request'))['R-2']).toMatchObject({ issues: [{ code: 'FORGOTTEN' }] });

  // The ATS deletes her too: nothing is sent because of it that she could get.
  await scene.rows(`delete from ats.interviews where candidate_email = $1`, [jane.email]);
  await scene.rows(`delete from ats.share_requests where ats_id = 'R-2'`);
  await run(['sync']);
  expect(await whereIs(scene, everything)).toEqual([]);
  expect(scene.invited().filter((to) => to === jane.email)).toHaveLength(3);

  const twice = await scene.command(['forget', jane.email], connected).ended;
  expect(twice).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Nothing was left: /) });
});

it('an invitation on its way arrives once, and whoever was erased stays so after a backup was restored', {
  tags: ['rare'],
}, async ({ onTestFinished }) => {
  const scene = await openPushScene(onTestFinished);
  const { emulator } = scene;
  const directory = mkdtempSync(join(tmpdir(), 'forget-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const list = join(directory, 'erased.json');
  const row = anInterview('I-1', 'J-1', jane.email, { candidate_name: jane.name });
  await scene.put('jobs', aJob('J-1'));
  await scene.put('interviews', row);

  await loseAnswer(scene);
  await scene.put('interviews', anInterview('I-2', 'J-1', 'tom@mill.test'));
  expect(await scene.run(['forget', jane.email])).toMatchObject({
    code: 3,
    json: { ok: false, waits: true },
  });
  expect(await whereIs(scene, [jane.email])).not.toEqual([]);
  emulator.faults.clear();
  expect(await scene.run(['forget', jane.email, '--reason', `${jane.email} asked`])).toMatchObject({
    code: 0,
    json: { found: true, waits: false },
  });
  expect(await whereIs(scene, [jane.email, jane.name], 'false')).toEqual([]);
  expect(await scene.rows(`select reason from sync.audit where what = 'forget'`)).toEqual([
    { reason: '[erased] asked' },
  ]);
  await scene.put('interviews', { ...row, candidate_name: 'Jane E.' }, { ...row, ats_id: 'I-5' });
  await scene.run(['sync']);
  expect(scene.invited()).toEqual([jane.email, 'tom@mill.test']);
  await scene.rows(`delete from ats.interviews where candidate_email = $1`, [jane.email]);
  await scene.run(['sync']);

  // A backup of before: nobody knows of it any more, and she is stored again.
  expect(await scene.run(['forget', '--export', list])).toMatchObject({ code: 0, json: { people: 1 } });
  const saved = await scene.rows<{ key: Buffer }>('delete from sync.forgotten_key returning key');
  await scene.rows('delete from sync.forgotten');
  await scene.run(['backfill', '--fresh']);
  expect(await whereIs(scene, [jane.name])).not.toEqual([]);
  const wrong = join(directory, 'wrong.json');
  for (const text of ['{', '{}', '{"key":"AAAA","forgotten":[]}']) {
    writeFileSync(wrong, text);
    expect((await scene.run(['forget', '--import', wrong])).code).toBe(2);
  }
  expect(await scene.run(['forget', '--import', list])).toMatchObject({
    code: 0,
    json: { erased: 1, waits: 0 },
  });
  expect((await scene.rows<{ key: Buffer }>('select key from sync.forgotten_key'))[0]).toEqual(saved[0]);
  await scene.run(['backfill', '--fresh']);
  expect(await whereIs(scene, [jane.email, jane.name])).toEqual([]);
  expect(readFileSync(list, 'utf8')).not.toContain(jane.email.toLowerCase());

  // A backup in which nothing but a lost answer names him.
  await scene.rows(
    `insert into sync.intents (account, resource, ats_id, action, fingerprint, state, sent_at, look_at, detail)
     select account, resource, 'I-gone', action, 'f', 'unknown', now(), null,
       detail || '{"look": {"email": "Tim@mill.test"}, "label": "Tim@mill.test", "identity": null}'
     from sync.intents where ats_id = 'I-2'`,
  );
  await scene.rows(
    `insert into sync.conflicts (account, resource, kind, ats_id) values ('default', 'interviews', 'unknown_outcome', 'I-gone')`,
  );
  expect(await scene.run(['forget', 'tim@mill.test'])).toMatchObject({
    code: 3,
    json: { found: true, waits: true },
  });
  expect(await scene.run(['forget', '--import', list])).toMatchObject({
    code: 3,
    json: { erased: 0, waits: 1 },
  });
  await scene.rows(`update sync.intents set state = 'rejected' where ats_id = 'I-gone'`);
  expect(await scene.run(['forget', '--import', list])).toMatchObject({
    code: 0,
    json: { erased: 1, waits: 0 },
  });
  expect(await whereIs(scene, ['tim@mill.test'])).toEqual([]);
  await scene.rows(`delete from sync.conflicts where ats_id = 'I-gone'`);

  // Beside a service; and back again, for who applies anew.
  const service = await scene.start();
  expect(await scene.run(['forget', 'tom@mill.test'])).toMatchObject({ code: 0, json: { found: true } });
  expect(await whereIs(scene, ['tom@mill.test'], 'false')).toEqual([]);
  expect(await scene.run(['forget', 'tom@mill.test'])).toMatchObject({ code: 0, json: { erased: {} } });
  await service.stop();
  expect((await scene.run(['forget', 'tom@mill.test', '--lift'])).code).toBe(0);
  await scene.run(['backfill', '--no-details']);
  expect(await whereIs(scene, ['tom@mill.test'], 'false')).not.toEqual([]);
  await scene.run(['sync']);
  expect((await scene.view('interview'))['I-2']).toMatchObject({ issues: [] });

  // Who asks is told, by address and by interview, and of nobody else.
  const explained = await scene.run(['explain', jane.email]);
  expect(explained).toMatchObject({ code: 0, json: { stories: [], erased: [{ account: 'default' }] } });
  const [interview] = await scene.rows<{ uuid: string }>(
    'select uuid from sparkhire.interviews where candidate_email is null',
  );
  expect((await scene.run(['explain', interview!.uuid])).json).toMatchObject({
    erased: [{ account: 'default' }],
  });
  expect((await scene.run(['explain', `o${jane.email}`])).json).toMatchObject({ erased: [] });
  const words = (await scene.command(['explain', jane.email]).ended).stdout;
  expect(words).toMatch(
    /^"?Jane.Erasable@mill.test"? was erased at .*: this person is not invited or stored again\./,
  );

  // Nobody, users, and nonsense.
  const user = [...emulator.state.users.values()][0]!;
  const ofUser = await scene.run(['forget', user.email]);
  expect(ofUser).toMatchObject({ code: 1, json: { error: { code: 'CANDIDATE_UNKNOWN' } } });
  expect(ofUser.stderr).toContain('Users are employees');
  expect((await scene.run(['forget', 'nobody@mill.test'])).code).toBe(1);
  for (const args of [[], ['jane'], [jane.email, '--export', '-'], ['--lift']]) {
    expect((await scene.run(['forget', ...args])).code).toBe(2);
  }
});

it('who has an address that contains the erased one keeps everything, and what is on its way goes on', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const { emulator } = scene;
  const others = ['joann@mill.test', 'maryann@mill.test', 'ann@mill.test.example'];
  await scene.put('jobs', aJob('J-1'));
  await scene.put(
    'interviews',
    anInterview('I-1', 'J-1', 'ann@mill.test', { email_message: 'You,\nann@mill.test' }),
    anInterview('I-2', 'J-1', others[0]!, { email_message: `You,\n${others[0]}` }),
    anInterview('I-3', 'J-1', others[1]!),
  );
  await scene.run(['sync']);
  emulator.act.deleteInterview((await scene.view('interview'))['I-3']!.sparkhire_uuid!);
  await scene.run(['backfill', '--no-details']);
  await scene.run(['sync']);
  await scene.rows(
    `insert into sync.webhook_events (body, state) select jsonb_build_object('email', e), 'waiting' from unnest($1::text[]) e`,
    [others],
  );
  // The process ends before anybody can look for its last invitation.
  await scene.put('interviews', anInterview('I-4', 'J-1', others[2]!));
  await loseAnswer(scene);
  const before = (await whereIs(scene, others)).sort();
  expect(before.filter((row) => row.startsWith('sync.webhook_events'))).toHaveLength(3);

  expect(await scene.run(['forget', 'ann@mill.test'])).toMatchObject({
    code: 0,
    json: { found: true, waits: false },
  });
  expect((await whereIs(scene, others)).sort()).toEqual(before);
  expect(await whereIs(scene, ['"ann@mill.test"', '\\nann@mill.test"'], 'false')).toEqual([]);
  expect(await scene.rows('select kind from sync.conflicts where resolved_at is null')).toEqual([
    { kind: 'remote_deleted' },
  ]);
  emulator.faults.clear();
  await scene.run(['sync']);
  expect(await scene.states('interview')).toMatchObject({
    'I-1': 'rejected',
    'I-3': 'conflict',
    'I-4': 'synced',
  });
  expect(scene.invited().sort()).toEqual(['ann@mill.test', ...others].sort());
});

it('who has another address at Spark Hire by now is found by the one they were invited at', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const { state } = scene.emulator;
  await scene.put('jobs', aJob('J-1'));
  await scene.put('interviews', anInterview('I-1', 'J-1', 'ann@mill.test', { candidate_name: 'Ann Miller' }));
  await scene.run(['sync']);
  const [interview] = state.interviews.values();
  await scene.run(['backfill']);
  state.interviews.change(interview!, () => {
    interview!.candidate = { ...interview!.candidate, email: 'ann@home.test' };
  });
  await scene.run(['backfill']);
  expect(await whereIs(scene, ['ann@mill.test', 'ann@home.test', 'Ann Miller'], 'false')).not.toEqual([]);

  expect(await scene.run(['forget', 'ann@mill.test'])).toMatchObject({ code: 0, json: { found: true } });
  await scene.run(['backfill']);
  expect(await whereIs(scene, ['ann@mill.test', 'ann@home.test', 'Ann Miller'], 'false')).toEqual([]);
});

it('whom somebody invited by hand, and who has another address by now, is found by the former one', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const { state, act } = scene.emulator;
  const interview = act.addInterview({ type: 'one_way' });
  const says = (email: string) =>
    state.interviews.change(interview, () => {
      interview.candidate = { ...interview.candidate, name: 'Ann Miller', email };
    });
  for (const email of ['ann@mill.test', 'ann@away.test', 'ann@home.test']) {
    says(email);
    await scene.run(['backfill']);
  }
  expect(await whereIs(scene, ['ann@mill.test'])).not.toEqual([]);

  expect(await scene.run(['forget', 'Ann@mill.test'])).toMatchObject({ code: 0, json: { found: true } });
  await scene.run(['backfill']);
  expect(
    await whereIs(scene, ['ann@mill.test', 'ann@away.test', 'ann@home.test', 'Ann Miller'], 'false'),
  ).toEqual([]);
});

it('who was met by a connector and not invited is found, is erased, and stays so', async ({
  onTestFinished,
}) => {
  const scene = await openConnected(onTestFinished);
  const run = (args: string[]) => scene.run(args, connected);
  await entry(scene, 'e1', 'a1');
  await scene.run(['sync'], { ...connected, ATS_PACKAGE: 'none' });
  const marks = () =>
    scene.rows('select candidate_id, address is null as unknown, reason from sync.ats_skipped');
  expect(await marks()).toEqual([{ candidate_id: 'c-jane', unknown: false, reason: 'unmapped_package' }]);
  expect(await whereIs(scene, everything)).toEqual([]);
  const { json } = await run(['explain', jane.email.toUpperCase()]);
  expect(json).toMatchObject({ stories: [{ subjects: [{ resource: 'entries', ats_id: 'e1' }] }] });

  const forgotten = await run(['forget', jane.email]);
  expect(forgotten.json).toMatchObject({ found: true, erased: { 'sync.ats_skipped': 1 } });
  expect(await marks()).toMatchObject([{ candidate_id: null, unknown: true }]);
  expect((await run(['explain', jane.email])).json).toMatchObject({ stories: [], erased: [{}] });

  // Under another address, and let in: the ATS knows her by the same number.
  await entry(scene, 'e2', 'a2');
  await scene.rows(`update hr.stage_entries set candidate_email = 'other@mill.test'`);
  await run(['sync']);
  expect(new Set((await marks()).map((row) => JSON.stringify(row)))).toEqual(
    new Set([JSON.stringify({ candidate_id: null, unknown: true, reason: 'forgotten' })]),
  );
  expect(scene.invited()).toEqual([]);
});
