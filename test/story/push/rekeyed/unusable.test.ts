/**
 * The ATS gave rows another key, and what it wrote under that key cannot be used as it is: nothing ends meanwhile.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import {
  type AtsTable,
  aJob,
  anInterview,
  aShareRequest,
  invite,
  missingNoMore,
  openPushScene,
  type PushScene,
} from '../../../support/push-scene.js';

/** A user, a job and an invitation of hers, and a link that shows it, all in step. */
async function inStep(onTestFinished: Parameters<typeof openPushScene>[0]): Promise<PushScene> {
  const scene = await openPushScene(onTestFinished);
  await scene.put('packages', { package: 'p', deadline_days: 9 });
  await scene.put('users', { ats_id: 'U-1', name: 'Bo Li', email: 'bo@example.org', role: 'standard' });
  await scene.put('jobs', aJob('J-1'));
  await scene.put('interviews', anInterview('I-1', 'J-1', 'c1@example.org', { package: 'p' }));
  await scene.put('interviews', anInterview('I-2', 'J-1', 'c2@example.org'));
  expect((await scene.run(['apply'])).code).toBe(0);
  const uuid = (await scene.view('interview'))['I-2']!.sparkhire_uuid!;
  scene.emulator.act.acceptInterview(uuid);
  scene.emulator.act.completeInterview(uuid);
  await scene.put('share_requests', aShareRequest('R-1', ['I-2'], ['jane'], { send_email: true }));
  expect((await scene.run(['sync'])).code).toBe(0);
  expect(await scene.states('share_request')).toEqual({ 'R-1': 'synced' });
  scene.writes();
  return scene;
}

/** Deletes a row and inserts it under another key, with these columns, in one transaction. @returns it as it was */
async function rekey(
  scene: PushScene,
  table: AtsTable,
  [from, to]: [string, string],
  more: Record<string, unknown>,
  also: () => Promise<unknown> = async () => {},
): Promise<Record<string, unknown>> {
  const [found] = await scene.rows<{ row: Record<string, unknown> }>(
    `select to_jsonb(t) as row from ats.${table} t where ats_id = $1`,
    [from],
  );
  await scene.rows('begin');
  await scene.rows(`delete from ats.${table} where ats_id = $1`, [from]);
  await scene.put(table, { ...found!.row, ats_id: to, ...more });
  await also();
  await scene.rows('commit');
  return found!.row;
}

/** Rounds in which nothing may end; then the row is corrected, and goes on with what its old key had. */
async function waits(scene: PushScene, policies = ''): Promise<void> {
  const settings = {
    SYNC_CONFIG: scene.settingsFile(`policies: { ${missingNoMore}${policies} }`),
  };
  for (const command of ['apply', 'sync']) {
    await scene.run([command], settings);
    expect([command, scene.writes()]).toEqual([command, []]);
  }
}

/** The row that was corrected is taken over, and compared then. */
async function isTakenOver(scene: PushScene): Promise<void> {
  await scene.run(['apply']);
  expect((await scene.run(['apply'])).code).toBe(0);
}

const mails = (scene: PushScene) => scene.emulator.outbox.map(({ kind, to }) => `${kind} ${to}`);

describe('a row that gets another key while it cannot be used', () => {
  it('an invitation whose row gets another key is neither canceled nor sent again, whatever is wrong with the new row', async ({
    onTestFinished,
  }) => {
    const spoiled: Array<[what: string, more: Record<string, unknown>]> = [
      ['a time zone that nobody knows', { timezone: 'Mars/Olympus' }],
      ['no name', { candidate_name: ' ' }],
      ['questions that are none', { questions: [{ text: '' }] }],
      ['a type that nobody knows', { type: 'holographic' }],
      ['an unknown desired', { desired: 'invted' }],
      ['a package that is gone', { package: 'p-old', deadline_at: null, questions: null }],
      ['half an address', { candidate_email: 'c7@' }],
      ['no address', { candidate_email: null }],
      ['neither an address nor a name', { candidate_email: null, candidate_name: null }],
      ['no job', { job_ats_id: null }],
      ['an empty job', { job_ats_id: '' }],
      ['a job that nobody knows', { job_ats_id: 'J1' }],
      ["a spreadsheet's error for a job", { job_ats_id: '#REF!' }],
    ];
    const scene = await openPushScene(onTestFinished);
    await invite(scene, spoiled.length);
    expect((await scene.run(['apply'])).code).toBe(0);
    scene.writes();
    const before = await scene.view('interview');
    const rows: Array<Record<string, unknown>> = [];
    for (const [at, [, more]] of spoiled.entries())
      rows.push(await rekey(scene, 'interviews', [`I-${at + 1}`, `K-${at + 1}`], more));
    await waits(scene);
    const now = await scene.view('interview');
    for (const [at, [what]] of spoiled.entries()) {
      expect([what, now[`I-${at + 1}`]!.state]).toEqual([what, 'held']);
      expect([what, now[`K-${at + 1}`]!.state]).toEqual([what, expect.stringMatching(/^(rejected|held)$/)]);
    }
    for (const [at, row] of rows.entries()) await scene.put('interviews', { ...row, ats_id: `K-${at + 1}` });
    await isTakenOver(scene);
    expect(scene.writes()).toEqual([]);
    const after = await scene.view('interview');
    for (const [at, [what]] of spoiled.entries()) {
      const { state, sparkhire_uuid } = after[`K-${at + 1}`]!;
      expect([what, state, sparkhire_uuid]).toEqual([what, 'synced', before[`I-${at + 1}`]!.sparkhire_uuid]);
    }
    expect(scene.invitations()).toEqual({ 1: spoiled.length });
  });

  it('a job is not closed while its row has another key and an unknown status', async ({
    onTestFinished,
  }) => {
    const scene = await inStep(onTestFinished);
    // Without pending interviews, which keep a job open by themselves.
    await scene.put('interviews', { ats_id: 'I-1', desired: 'canceled' });
    expect((await scene.run(['apply'])).code).toBe(0);
    scene.writes();
    await rekey(scene, 'jobs', ['J-1', 'J-2'], { status: 'opne' });
    await waits(scene);
    await scene.put('jobs', aJob('J-2', { title: 'Job J-1' }));
    await scene.run(['apply']);
    const [asked] = await scene.rows<{ id: string }>(
      'select id from sync.conflicts where resolved_at is null',
    );
    await scene.resolve(asked!.id, 'link');
    await isTakenOver(scene);
    expect(scene.writes()).toEqual([]);
    expect(await scene.states('job')).toEqual({ 'J-1': 'gone', 'J-2': 'synced' });
  });

  it.for([
    ['no title', null],
    ['an empty title', ' '],
    ["a spreadsheet's error for a title", '#REF!'],
  ] as const)(
    'a job is not closed while its row has another key and %s',
    async ([_, title], { onTestFinished }) => {
      const scene = await openPushScene(onTestFinished);
      await scene.put('jobs', aJob('J-1'), aJob('J-9', { description: 'Sells.', city: 'Bergen' }));
      expect((await scene.run(['apply'])).code).toBe(0);
      scene.writes();
      await rekey(scene, 'jobs', ['J-1', 'J-2'], { title, city: 'Hamar' });
      await waits(scene);
      expect((await scene.view('job'))['J-1']!.issues[0]!.message).toContain('J-2');
      // What is of another place and says something else is another one.
      await scene.rows(`delete from ats.jobs where ats_id = 'J-9'`);
      await scene.run(['apply'], { SYNC_CONFIG: scene.settingsFile(`policies: { ${missingNoMore} }`) });
      expect(scene.writes()).toHaveLength(1);
      await scene.put('jobs', aJob('J-2', { title: 'Job J-1' }));
      await scene.run(['apply']);
      const [asked] = await scene.rows<{ id: string }>(
        'select id from sync.conflicts where resolved_at is null',
      );
      await scene.resolve(asked!.id, 'link');
      await isTakenOver(scene);
      expect(scene.writes()).toEqual([]);
      expect(await scene.states('job')).toEqual({ 'J-1': 'gone', 'J-2': 'synced', 'J-9': 'gone' });
    },
  );

  it.for([
    ['comes a transaction later', 'none'],
    ['is marked as deleted', 'deleted'],
    ['has an unknown status', 'opne'],
  ] as const)(
    'an invitation is not canceled while the new row of its job %s',
    async ([_, how], { onTestFinished }) => {
      const scene = await inStep(onTestFinished);
      const before = mails(scene);
      const uuid = (await scene.view('interview'))['I-1']!.sparkhire_uuid;
      const job = aJob('J-2', { title: 'Job J-1' });
      await rekey(scene, 'interviews', ['I-1', 'K-1'], { job_ats_id: 'J-2' }, async () => {
        await scene.rows(`delete from ats.jobs where ats_id = 'J-1'`);
        if (how === 'deleted') await scene.put('jobs', { ...job, deleted_at: new Date().toISOString() });
        if (how === 'opne') await scene.put('jobs', { ...job, status: 'opne' });
      });
      await waits(scene);
      await scene.put('jobs', { ...job, deleted_at: null });
      await scene.run(['apply']);
      const asked = await scene.rows<{ id: string }>(
        'select id from sync.conflicts where resolved_at is null',
      );
      for (const { id } of asked) await scene.resolve(id, 'link');
      await isTakenOver(scene);
      expect((await scene.view('interview'))['K-1']).toMatchObject({ state: 'synced', sparkhire_uuid: uuid });
      expect(mails(scene)).toEqual(before);
      expect(scene.writes().filter(({ method }) => method === 'POST')).toEqual([]);
    },
  );

  it('an invitation whose job has another key and an unknown status waits for that, look after look', async ({
    onTestFinished,
  }) => {
    const scene = await inStep(onTestFinished);
    await rekey(scene, 'jobs', ['J-1', 'J-2'], { status: 'opne' }, () =>
      scene.rows(`update ats.interviews set job_ats_id = 'J-2' where ats_id = 'I-1'`),
    );
    for (let time = 0; time < 3; time += 1) {
      await scene.run(['apply']);
      const { state, issues } = (await scene.view('interview'))['I-1']!;
      expect(issues.map(({ code }) => code)).not.toContain('IMMUTABLE_AFTER_SEND');
      expect(state).toBe('held');
      if (time > 0)
        expect(issues.map(({ message }) => message).join()).toMatch(/Job J-2 is rejected: .*opne/);
    }
  });

  it('a user is not deleted while the row has another key and an unknown role', async ({
    onTestFinished,
  }) => {
    const scene = await inStep(onTestFinished);
    await rekey(scene, 'users', ['U-1', 'U-2'], { role: 'boss' });
    await waits(scene, ', users: { withdrawn: delete }');
    await scene.put('users', { ats_id: 'U-2', name: 'Bo Li', email: 'bo@example.org', role: 'standard' });
    await waits(scene, ', users: { withdrawn: delete }');
    expect(await scene.states('user')).toEqual({ 'U-1': 'gone', 'U-2': 'synced' });
  });

  it('a user is not deleted while the new row says neither a usable address nor the same name', async ({
    onTestFinished,
  }) => {
    const scene = await inStep(onTestFinished);
    await rekey(scene, 'users', ['U-1', 'U-2'], { email: 'nobody' });
    await scene.put('users', { ats_id: 'U-2', name: 'Bo Li-Berg' });
    await waits(scene, ', users: { withdrawn: delete }');
    expect((await scene.view('user'))['U-1']!.issues[0]!.message).toContain('U-2');
    await scene.put('users', { ats_id: 'U-2', email: 'bo@example.org' });
    await scene.run(['apply'], {
      SYNC_CONFIG: scene.settingsFile(`policies: { ${missingNoMore}, users: { withdrawn: delete } }`),
    });
    await isTakenOver(scene);
    expect(scene.writes().map(({ method }) => method)).toEqual(['PUT']);
    expect(await scene.states('user')).toEqual({ 'U-1': 'gone', 'U-2': 'synced' });
  });

  it('a user whose row is gone is deleted although the address of another has been missing for long', async ({
    onTestFinished,
  }) => {
    const scene = await inStep(onTestFinished);
    await scene.put('users', { ats_id: 'U-2', name: 'Somebody', email: 'nobody', role: 'standard' });
    await scene.run(['apply']);
    await scene.rows(`update sync.desired_rows set arrived_at = arrived_at - interval '2 hours'`);
    await scene.rows(`delete from ats.users where ats_id = 'U-1'`);
    await scene.run(['apply'], {
      SYNC_CONFIG: scene.settingsFile(`policies: { ${missingNoMore}, users: { withdrawn: delete } }`),
    });
    expect(scene.writes().map(({ method }) => method)).toEqual(['DELETE']);
  });

  it('share links stay open while their request has another key, whatever is wrong with it', async ({
    onTestFinished,
  }) => {
    const spoiled: Array<Record<string, unknown>> = [
      { status: 'opne' },
      { reviewers: [{ name: ' ', email: 'r2@reviewers.example' }] },
      { reviewers: [{ email: 'r3@reviewers.example' }] },
      { reviewers: [{ name: 'r4', email: 'r4@' }] },
      { reviewers: null },
      { reviewers: {} },
      { interview_ats_ids: null },
    ];
    const scene = await inStep(onTestFinished);
    const requests = spoiled.map((_, at) =>
      aShareRequest(`S-${at + 1}`, ['I-2'], [`r${at + 1}`], { send_email: true }),
    );
    await scene.put('share_requests', ...requests);
    expect((await scene.run(['apply'])).code).toBe(0);
    scene.writes();
    const before = mails(scene);
    for (const [at, more] of spoiled.entries())
      await rekey(scene, 'share_requests', [`S-${at + 1}`, `T-${at + 1}`], more);
    await waits(scene);
    for (const [at, request] of requests.entries())
      await scene.put('share_requests', { ...request, ats_id: `T-${at + 1}` });
    await isTakenOver(scene);
    expect(scene.writes()).toEqual([]);
    expect(mails(scene)).toEqual(before);
    const states = Object.entries(await scene.states('share_request'));
    expect(states.filter(([, state]) => state === 'synced')).toHaveLength(1 + spoiled.length);
  });

  it('an invitation that is withdrawn under its new key is canceled, whatever else is wrong with the row', async ({
    onTestFinished,
  }) => {
    const scene = await inStep(onTestFinished);
    await rekey(scene, 'interviews', ['I-1', 'K-1'], { desired: 'canceled', timezone: 'Mars/Olympus' });
    await scene.run(['apply']);
    expect(scene.writes()).toHaveLength(1);
    expect(await scene.states('interview')).toMatchObject({ 'I-1': 'gone', 'K-1': 'gone' });
  });
});
