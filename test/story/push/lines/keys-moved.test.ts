/**
 * Keys that are the numbers of lines, where nothing tells any more which row is which: nothing is sent until a person has said so.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import { aJob, anInterview, openPushScene, type PushScene } from '../../../support/push-scene.js';

type User = [name: string, email: string];
/** A title, with its city if that is another, and who is invited: a letter each. */
type Line = [title: string, invites: string];

const settings = (scene: PushScene) => ({
  SYNC_CONFIG: scene.settingsFile(
    'policies: { massChange: { missingSeconds: 0, share: 1, rows: 100 }, keys: { missing: administrator }, jobs: { withdrawn: delete }, users: { withdrawn: delete, paid: allow } }',
  ),
});

async function rounds(scene: PushScene, times = 2): Promise<void> {
  for (let round = 0; round < times; round += 1)
    await scene.run([round % 2 === 0 ? 'sync' : 'apply'], settings(scene));
}

async function putUsers(scene: PushScene, users: readonly User[]): Promise<void> {
  await scene.rows('begin; delete from ats.users');
  for (const [index, [name, letter]] of users.entries())
    await scene.put('users', {
      ...{ ats_id: `U-${index + 1}`, name, email: `${letter}@company.example`, role: 'standard' },
    });
  await scene.rows('commit');
}

async function putJobs(scene: PushScene, lines: readonly Line[]): Promise<void> {
  await scene.rows('delete from ats.jobs');
  for (const [index, [line]] of lines.entries()) {
    const [title, city = 'Oslo'] = line.split('/');
    await scene.put('jobs', aJob(`J-${index + 1}`, { title, city }));
  }
}

async function putInterviews(scene: PushScene, lines: readonly Line[]): Promise<void> {
  await scene.rows('delete from ats.interviews');
  let candidate = 0;
  for (const [index, [, invites]] of lines.entries())
    for (const letter of invites) {
      const row = anInterview(`I-${++candidate}`, `J-${index + 1}`, `${letter}@example.org`);
      await scene.put('interviews', { ...row, deadline_at: '2027-01-20T10:00:00Z' });
    }
}

async function putAll(scene: PushScene, lines: readonly Line[]): Promise<void> {
  await scene.rows('begin');
  await putJobs(scene, lines);
  await putInterviews(scene, lines);
  await scene.rows('commit');
}

async function loaded(
  onTestFinished: Parameters<typeof openPushScene>[0],
  load: (scene: PushScene) => Promise<void>,
): Promise<PushScene> {
  const scene = await openPushScene(onTestFinished);
  await load(scene);
  expect((await scene.run(['sync'], settings(scene))).code).toBe(0);
  scene.writes();
  return scene;
}

const heldReasons = async (scene: PushScene) =>
  (
    await scene.rows<{ reason: string }>(
      `select reason from sync.conflicts where kind = 'mass_change' and resolved_at is null`,
    )
  ).map(({ reason }) => reason);

/** Who is in which job, as Spark Hire has it. */
const there = ({ emulator: { state } }: PushScene) =>
  [...state.interviews.values()]
    .filter(({ status }) => status === 'requested')
    .map(({ candidate, jobUuid }) => `${candidate.email[0]} ${state.jobs.get(jobUuid)!.title}`)
    .sort();

const fourUsers: User[] = [
  ['Ann A', 'ann'],
  ['Bob B', 'bob'],
  ['Cid C', 'cid'],
  ['Dee D', 'dee'],
];
const namesakes: User[] = [
  ['Ann A', 'ann1'],
  ['Ann A', 'ann2'],
  ['Ann A', 'ann3'],
];

describe('users whose keys seem to have moved', () => {
  it.for<[string, User[], User[], string?]>([
    [
      'the first is gone, and the next has another address',
      fourUsers,
      [['Bob B', 'bob.new'], ...fourUsers.slice(2)],
      'No row stands for user bob@company.example any more: what no row asks for afterwards is closed, canceled or deleted',
    ],
    [
      'the first is gone, and the next has another name',
      fourUsers,
      [['Bob Berg', 'bob'], ...fourUsers.slice(2)],
    ],
    [
      'the first is gone, and the next has both',
      fourUsers,
      [['Bob Berg', 'bob.berg'], ...fourUsers.slice(2)],
    ],
    [
      'one is before all, and another has a new address',
      fourUsers,
      [['Zoe Z', 'zoe'], fourUsers[0]!, ['Bob B', 'bob.new'], ...fourUsers.slice(2)],
    ],
    [
      'the first of one name is gone, and the last has another address',
      namesakes,
      [
        ['Ann A', 'ann2'],
        ['Ann A', 'ann3.new'],
      ],
    ],
  ])(
    'become nobody else, and none is deleted, before a person has said so: %s',
    async ([, before, after, left = ''], { onTestFinished }) => {
      const scene = await loaded(onTestFinished, (one) => putUsers(one, before));
      await putUsers(scene, after);
      await rounds(scene);
      expect(scene.writes()).toEqual([]);
      const [reason] = await heldReasons(scene);
      expect(reason).toContain('The keys of your rows in ats.users seem to have moved');
      expect(reason).toContain(left);
    },
  );
});

const four: Line[] = [
  ['Nurse', 'a'],
  ['Baker', 'b'],
  ['Cook', 'c'],
  ['Driver', 'd'],
];

describe('jobs whose keys seem to have moved', () => {
  it.for<[string, Line[], Line[]]>([
    [
      'alike in title, in two places',
      [
        ['Nurse', 'a'],
        ['Nurse/Bergen', 'b'],
        ['Nurse', 'c'],
        ['Cook', 'd'],
      ],
      [
        ['Nurse/Bergen', 'b'],
        ['Nurse', 'c'],
        ['Cook', 'd'],
      ],
    ],
    [
      'all candidates are others',
      four,
      [
        ['Baker', 'x'],
        ['Cook', 'y'],
        ['Driver', 'z'],
      ],
    ],
    [
      'one candidate is at all of them',
      [
        ['Nurse', 'a'],
        ['Baker', 'a'],
      ],
      [
        ['Pilot', 'a'],
        ['Nurse', 'a'],
        ['Baker', 'a'],
      ],
    ],
  ])(
    'are renamed under nobody, and nobody is canceled, before a person has said so: %s',
    async ([, before, after], { onTestFinished }) => {
      const scene = await loaded(onTestFinished, (one) => putAll(one, before));
      const invited = there(scene);
      await putAll(scene, after);
      await rounds(scene);
      expect(scene.writes()).toEqual([]);
      expect(there(scene)).toEqual(invited);
      expect(await heldReasons(scene)).toEqual([
        expect.stringContaining('The keys of your rows in ats.jobs seem to have moved'),
      ]);
    },
  );

  it('one that is left with the job of another is not called otherwise before a person has said so', async ({
    onTestFinished,
  }) => {
    const scene = await loaded(onTestFinished, (one) => putAll(one, four));
    await putAll(scene, [
      ['Baker senior', 'b'],
      ['Cook', 'c'],
      ['Driver', 'd'],
      ['Pilot', 'p'],
    ]);
    await rounds(scene);
    expect(there(scene)).toEqual(['a Nurse', 'b Baker', 'c Cook', 'd Driver']);
    expect(await heldReasons(scene)).toEqual([
      expect.stringContaining('row I-4 was left with the interview of another row'),
    ]);
    // What the left line had ends; the row is another one.
    for (let time = 0; time < 2; time += 1) {
      const { json } = await scene.run(['plan'], settings(scene));
      const { checksum, held } = json as { checksum: string; held: string | null };
      if (held !== null) await scene.run(['apply', '--approve', checksum], settings(scene));
      await rounds(scene);
    }
    expect(there(scene)).toEqual(['b Baker senior', 'c Cook', 'd Driver', 'p Pilot']);
    expect(scene.invitations()).toEqual({ 1: 5 });
  });

  it('are what they were as soon as the interviews are loaded as well', async ({ onTestFinished }) => {
    const scene = await loaded(onTestFinished, (one) => putAll(one, four));
    const after: Line[] = [['Pilot', 'p'], ...four];
    await putJobs(scene, after);
    await rounds(scene);
    expect(scene.writes()).toEqual([]);
    expect(await heldReasons(scene)).toHaveLength(1);
    await putInterviews(scene, after);
    await rounds(scene);
    expect(await heldReasons(scene)).toEqual([]);
    expect(there(scene)).toEqual(['a Nurse', 'b Baker', 'c Cook', 'd Driver']);
    expect(scene.invitations()).toEqual({ 1: 4 });
  });

  it('whoever is invited under another key stays invited where the interviews are loaded first', async ({
    onTestFinished,
  }) => {
    const scene = await loaded(onTestFinished, (one) => putAll(one, four));
    await putInterviews(scene, four.slice(1));
    await rounds(scene);
    expect(there(scene)).toEqual(['a Nurse', 'b Baker', 'c Cook', 'd Driver']);
    await putJobs(scene, four.slice(1));
    await rounds(scene, 4);
    expect(there(scene)).toEqual(['b Baker', 'c Cook', 'd Driver']);
    expect(scene.invitations()).toEqual({ 1: 4 });
  });

  it('whoever is invited stays invited where two jobs say the same', async ({ onTestFinished }) => {
    const scene = await loaded(onTestFinished, (one) =>
      putAll(one, [
        ['Nurse', 'a'],
        ['Nurse', 'b'],
        ['Cook', 'd'],
      ]),
    );
    await putAll(scene, [
      ['Nurse', 'b'],
      ['Cook', 'd'],
    ]);
    await rounds(scene);
    expect(there(scene)).toEqual(expect.arrayContaining(['b Nurse', 'd Cook']));
  });
});
