/**
 * Keys that are the numbers of lines: with each line that goes or comes, every row after it means something else.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import { aJob, anInterview, openPushScene, type PushScene } from '../../../support/push-scene.js';

type OnFinished = Parameters<typeof openPushScene>[0];

/** Writes the tables anew, in one transaction: a job and a candidate for each letter, a line each. */
async function load(scene: PushScene, letters: string): Promise<void> {
  const deadline_at = '2027-01-20T10:00:00Z';
  await scene.rows('begin; delete from ats.interviews; delete from ats.jobs; delete from ats.users');
  for (const [index, letter] of [...letters].entries()) {
    const n = index + 1;
    const email = `${letter}@example.org`;
    await scene.put('jobs', aJob(`J-${n}`, { title: `Job ${letter}` }));
    await scene.put(
      'interviews',
      anInterview(`I-${n}`, `J-${n}`, email, { candidate_name: `Candidate ${letter}`, deadline_at }),
    );
    await scene.put('users', {
      ats_id: `U-${n}`,
      name: `User ${letter}`,
      email: `${letter}@company.example`,
      role: 'standard',
    });
  }
  await scene.rows('commit');
}

async function loaded(onTestFinished: OnFinished, letters: string): Promise<PushScene> {
  const scene = await openPushScene(onTestFinished);
  await load(scene, letters);
  expect((await scene.run(['sync'], settings(scene))).code).toBe(0);
  scene.writes();
  return scene;
}

const settings = (scene: PushScene) => ({
  SYNC_CONFIG: scene.settingsFile(
    `policies: { massChange: { missingSeconds: 0, share: 1, rows: 100 }, keys: { missing: administrator }, users: { withdrawn: delete, paid: allow } }`,
  ),
});

async function rounds(scene: PushScene, times = 4): Promise<void> {
  for (let round = 0; round < times; round += 1)
    await scene.run([round % 2 === 0 ? 'sync' : 'apply'], settings(scene));
}

/** Who is in which job, as Spark Hire has it, of all that is open there. */
function there({ emulator: { state } }: PushScene): string[] {
  return [...state.interviews.values()]
    .filter(({ status }) => status === 'requested')
    .map(({ candidate, jobUuid }) => {
      const job = state.jobs.get(jobUuid)!;
      return `${candidate.email} ${job.title} ${job.status}`;
    })
    .sort();
}

const inLine = (letters: string) =>
  [...letters].map((letter) => `${letter}@example.org Job ${letter} active`);

describe('rows whose keys are the numbers of their lines', () => {
  it.for(['bcd', 'acd', 'abc'])(
    'what a line had ends with it, and nothing else: of lines abcd these are left: %s',
    async (left, { onTestFinished }) => {
      const scene = await loaded(onTestFinished, 'abcd');
      const users = [...scene.emulator.state.users.values()].map(({ email }) => email);
      await load(scene, left);
      await rounds(scene);
      expect(there(scene)).toEqual(inLine(left));
      expect(scene.invitations()).toEqual({ 1: 4 });
      const gone = [...'abcd'].find((letter) => !left.includes(letter))!;
      const { state } = scene.emulator;
      expect(
        [...state.users.values()]
          .filter(({ active }) => active)
          .map(({ email }) => email)
          .sort(),
      ).toEqual(users.filter((email) => email !== `${gone}@company.example`).sort());
      const changed = scene.writes().map(({ method, body }) => `${method} ${JSON.stringify(body ?? null)}`);
      expect(changed.sort()).toEqual([
        'DELETE null',
        'PUT {"status":"canceled"}',
        'PUT {"status":"inactive"}',
      ]);
      expect(await scene.rows('select * from sync.conflicts where resolved_at is null')).toEqual([]);
      for (const view of ['user', 'job', 'interview'] as const)
        expect(Object.values(await scene.states(view)).sort()).toEqual([
          'gone',
          'synced',
          'synced',
          'synced',
        ]);
    },
  );

  it('a line before all others invites whom it names and nobody else, once a person has said of the last job that it is there', async ({
    onTestFinished,
  }) => {
    const scene = await loaded(onTestFinished, 'abc');
    await load(scene, 'xabc');
    await rounds(scene);
    const open = await scene.rows<{ id: string; ats_id: string }>(
      'select id, ats_id from sync.conflicts where resolved_at is null',
    );
    expect(open.map((one) => one.ats_id)).toEqual(['J-4']);
    expect(there(scene)).toEqual(inLine('abc'));
    await scene.resolve(open[0]!.id, 'link');
    await rounds(scene);
    expect(there(scene)).toEqual(inLine('abcx'));
    expect(scene.invitations()).toEqual({ 1: 4 });
    expect(await scene.states('interview')).toEqual({
      'I-1': 'synced',
      'I-2': 'synced',
      'I-3': 'synced',
      'I-4': 'synced',
    });
    expect(Object.values(await scene.states('user'))).toEqual(['synced', 'synced', 'synced', 'synced']);
    expect(scene.emulator.state.users.size).toBe(2 + 4);
  });

  it('a user who gets another name and address at once keeps the account, though the old address passes on', async ({
    onTestFinished,
  }) => {
    const scene = await loaded(onTestFinished, 'a');
    await scene.rows(`update ats.users set name = 'User b', email = 'b@company.example'`);
    await scene.put('users', {
      ...{ ats_id: 'U-9', name: 'User x', email: 'a@company.example', role: 'standard' },
    });
    await rounds(scene);
    expect(scene.writes().map(({ method, body }) => [method, (body as { email: string }).email])).toEqual([
      ['PUT', 'b@company.example'],
      ['POST', 'a@company.example'],
    ]);
    expect(await scene.states('user')).toEqual({ 'U-1': 'synced', 'U-9': 'synced' });
  });

  it('rows of which only titles or names change stay what they were', async ({ onTestFinished }) => {
    const scene = await loaded(onTestFinished, 'ab');
    await scene.rows(`begin; update ats.jobs set title = 'Job b' where ats_id = 'J-1';
      update ats.users set name = 'User b' where ats_id = 'U-1'; commit`);
    await rounds(scene);
    expect(scene.writes().map(({ body }) => body)).toEqual(
      expect.arrayContaining([{ title: 'Job b' }, { name: 'User b' }]),
    );
    expect(there(scene)).toEqual(['a@example.org Job b active', 'b@example.org Job b active']);
  });

  it.for(['link', 'create'])(
    'a candidate who completed an interview, was taken out, and comes back under the last number is asked about: %s',
    async (choice, { onTestFinished }) => {
      const scene = await openPushScene(onTestFinished);
      const candidates = async (letters: string) => {
        await scene.rows('begin; delete from ats.interviews');
        for (const [index, letter] of [...letters].entries())
          await scene.put(
            'interviews',
            anInterview(`I-${index + 1}`, 'J-1', `${letter}@example.org`, {
              ...{ candidate_name: `Candidate ${letter}`, deadline_at: '2027-01-20T10:00:00Z' },
            }),
          );
        await scene.rows('commit');
        await rounds(scene);
      };
      await scene.put('jobs', aJob('J-1'));
      await candidates('abc');
      const all = [...scene.emulator.state.interviews.values()];
      scene.emulator.act.completeInterview(
        all.find(({ candidate }) => candidate.email === 'a@example.org')!.uuid,
      );
      await candidates('bc');
      await candidates('bca');
      expect(scene.invitations()).toEqual({ 1: 3 });
      const open = await scene.rows<{ id: string; kind: string; ats_id: string; reason: string }>(
        'select id, kind, ats_id, reason from sync.conflicts where resolved_at is null',
      );
      expect(open).toMatchObject([{ kind: 'possible_duplicate', ats_id: 'I-3' }]);
      await scene.resolve(open[0]!.id, choice);
      await rounds(scene);
      expect(scene.invitations()).toEqual(choice === 'link' ? { 1: 3 } : { 1: 2, 2: 1 });
      expect(await scene.states('interview')).toEqual({ 'I-1': 'synced', 'I-2': 'synced', 'I-3': 'synced' });
      expect(await scene.rows('select id from sync.conflicts where resolved_at is null')).toEqual([]);
    },
  );
});
