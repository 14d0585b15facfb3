/**
 * Keys that are the numbers of lines, and rows that are edited in the load that shifts them.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import { aJob, anInterview, openPushScene, type PushScene } from '../../../support/push-scene.js';

/** A job and whom it invites, a letter each. */
type Line = [title: string | null, invites: string];

/** Writes the tables anew, in one transaction, a line for each job and one for each candidate. */
async function load(scene: PushScene, lines: readonly Line[], before = 0): Promise<void> {
  await scene.rows('begin; delete from ats.interviews; delete from ats.jobs');
  let candidate = before;
  for (const [index, [title, invites]] of lines.entries()) {
    await scene.put('jobs', aJob(`J-${index + 1}`, { title }));
    for (const letter of invites) {
      const row = anInterview(`I-${++candidate}`, `J-${index + 1}`, `${letter}@example.org`);
      await scene.put('interviews', { ...row, deadline_at: '2027-01-20T10:00:00Z' });
    }
  }
  await scene.rows('commit');
}

const settings = (scene: PushScene) => ({
  SYNC_CONFIG: scene.settingsFile(
    'policies: { massChange: { missingSeconds: 0, share: 1, rows: 100 }, keys: { missing: administrator } }',
  ),
});

async function rounds(scene: PushScene, times = 3): Promise<void> {
  for (let round = 0; round < times; round += 1)
    await scene.run([round % 2 === 0 ? 'sync' : 'apply'], settings(scene));
}

/** Who is in which job, as Spark Hire has it. */
const there = ({ emulator: { state } }: PushScene) =>
  [...state.interviews.values()]
    .filter(({ status }) => status === 'requested')
    .map(({ candidate, jobUuid }) => `${candidate.email} ${state.jobs.get(jobUuid)!.title}`)
    .sort();
const written = (scene: PushScene) => scene.writes().map(({ method, body }) => [method, body]);

const before: Line[] = [
  ['Baker', 'a'],
  ['Cook', 'b'],
  ['Driver', 'c'],
];

it.for<[string, Line[]]>([
  [
    'the line that moves up first',
    [
      ['Head cook', 'b'],
      ['Driver', 'c'],
    ],
  ],
  [
    'the last line',
    [
      ['Cook', 'b'],
      ['Bus driver', 'c'],
    ],
  ],
])(
  'a job edited in the load that shifts it stays the one whom its candidates were invited to: %s',
  async ([, after], { onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    await load(scene, before);
    await rounds(scene, 1);
    scene.writes();
    await load(scene, after);
    await rounds(scene);
    expect(there(scene)).toEqual(after.map(([title, letter]) => `${letter}@example.org ${title}`));
    expect(written(scene)).toHaveLength(3);
    expect(scene.invitations()).toEqual({ 1: 3 });
    expect(
      [...scene.emulator.state.jobs.values()].map(({ title, status }) => `${title} ${status}`).sort(),
    ).toEqual(['Baker inactive', ...after.map(([title]) => `${title} active`)].sort());
  },
);

it('a job that means neither its own nor surely one of two others renames none, and invites nobody until a person has said which', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  await load(scene, before);
  await rounds(scene, 1);
  scene.writes();
  await load(scene, [['Kitchen', 'bcx']]);
  await rounds(scene);
  expect(written(scene)).toEqual([]);
  const open = await scene.rows<{ id: string; kind: string; ats_id: string }>(
    'select id, kind, ats_id from sync.conflicts where resolved_at is null',
  );
  expect(open).toMatchObject([{ kind: 'possible_duplicate', ats_id: 'J-1' }]);
  const cook = [...scene.emulator.state.jobs.values()].find(({ title }) => title === 'Cook')!;
  await scene.resolve(open[0]!.id, `link:${cook.uuid}`);
  await rounds(scene);
  // Of whom no row names any more a line was left with the interview: to end that a person has to approve.
  expect(written(scene)).toEqual([]);
  const { checksum } = (await scene.run(['plan'], settings(scene))).json as { checksum: string };
  await scene.run(['apply', '--approve', checksum], settings(scene));
  await rounds(scene);
  expect(written(scene)).toEqual([
    ['PUT', { title: 'Kitchen' }],
    ['PUT', { status: 'canceled' }],
    ['PUT', { status: 'inactive' }],
  ]);
  // Then its own row is asked about the candidate of the other job, and the last one is free.
  const [asked] = await scene.rows<{ id: string; ats_id: string }>(
    'select id, ats_id from sync.conflicts where resolved_at is null',
  );
  expect(asked).toMatchObject({ ats_id: 'I-2' });
  await scene.resolve(asked!.id, 'link');
  await rounds(scene);
  expect(scene.invitations()).toEqual({ 1: 4 });
  expect(there(scene)).toEqual(['b@example.org Kitchen', 'c@example.org Driver', 'x@example.org Kitchen']);
});

it('a job that takes the key of one which invited nobody stays the one whom its candidates were invited to, whatever it is called now', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  await load(scene, [
    ['Baker', ''],
    ['Cook', 'b'],
    ['Driver', 'c'],
  ]);
  await rounds(scene, 1);
  scene.writes();
  await load(scene, [
    ['Head cook', 'b'],
    ['Driver', 'c'],
  ]);
  await rounds(scene);
  expect(there(scene)).toEqual(['b@example.org Head cook', 'c@example.org Driver']);
  expect(scene.invitations()).toEqual({ 1: 2 });
});

it.for([
  ['the numbers of their lines', 0],
  ['new ones', 10],
] as const)(
  'a line without a title invites nobody again, where the keys of candidates are %s',
  async ([, keys], { onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    const last: Line = ['Waiter', 'd'];
    await load(scene, [...before, last]);
    await rounds(scene, 1);
    scene.writes();
    await load(scene, [['Cook', 'b'], [null, 'c'], last], keys);
    await rounds(scene);
    expect(scene.invitations()).toEqual({ 1: 4 });
    const after: Line[] = [['Cook', 'b'], ['Driver', 'c'], last];
    await load(scene, after, keys);
    await rounds(scene);
    expect(there(scene)).toEqual(['b@example.org Cook', 'c@example.org Driver', 'd@example.org Waiter']);
    expect(scene.invitations()).toEqual({ 1: 4 });
  },
);

it('a job that a person linked stays linked, though another one has its title', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  await load(scene, before);
  await rounds(scene, 1);
  scene.writes();
  await scene.rows('begin; delete from ats.interviews; delete from ats.jobs');
  await scene.put('jobs', aJob('J-9', { title: 'Cook' }));
  for (const letter of 'abc') {
    const row = anInterview(`I-9${letter}`, 'J-9', `${letter}@example.org`);
    await scene.put('interviews', { ...row, deadline_at: '2027-01-20T10:00:00Z' });
  }
  await scene.rows('commit');
  await rounds(scene);
  const [open] = await scene.rows<{ id: string }>(
    `select id from sync.conflicts where resource = 'jobs' and ats_id = 'J-9' and resolved_at is null`,
  );
  const baker = [...scene.emulator.state.jobs.values()].find(({ title }) => title === 'Baker')!;
  await scene.resolve(open!.id, `link:${baker.uuid}`);
  await rounds(scene);
  expect(
    await scene.rows(`select uuid::text from sync.links where resource = 'jobs' and ats_id = 'J-9'`),
  ).toEqual([{ uuid: baker.uuid }]);
  expect(scene.emulator.state.jobs.get(baker.uuid)).toMatchObject({ title: 'Cook' });
  expect(scene.invitations()).toEqual({ 1: 3 });
});

it('whom nobody here had invited is not invited again where lines move: the line that invites them takes their job over', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  await load(scene, [
    ['Baker', 'a'],
    ['Cook', ''],
    ['Driver', 'c'],
  ]);
  await rounds(scene, 1);
  // As after a restore, no row is known to have invited them.
  const { act, state } = scene.emulator;
  const cook = [...state.jobs.values()].find(({ title }) => title === 'Cook')!;
  act.addInterview({ jobUuid: cook.uuid, email: 'b@example.org', name: 'Candidate' });
  scene.writes();
  await load(scene, before.slice(1), 10);
  await rounds(scene);
  expect(there(scene)).toEqual(['b@example.org Cook', 'c@example.org Driver']);
  expect(scene.invitations()).toEqual({ 1: 3 });
  expect(
    await scene.rows(`select uuid::text from sync.links where resource = 'jobs' and ats_id = 'J-1'`),
  ).toEqual([{ uuid: cook.uuid }]);
});

it('users of one name are told by their addresses', async ({ onTestFinished }) => {
  const scene = await openPushScene(onTestFinished);
  const users = async (letters: string) => {
    await scene.rows('begin; delete from ats.users');
    for (const [index, letter] of [...letters].entries())
      await scene.put('users', {
        ...{ ats_id: `U-${index + 1}`, name: 'HR', email: `${letter}@company.example`, role: 'standard' },
      });
    await scene.rows('commit');
  };
  await users('abc');
  await rounds(scene, 1);
  scene.writes();
  await users('bc');
  await rounds(scene);
  expect(written(scene)).toEqual([]);
  expect(await scene.states('user')).toEqual({ 'U-1': 'synced', 'U-2': 'synced', 'U-3': 'gone' });
  expect(
    await scene.rows(
      `select l.ats_id, m.email from sync.links l join sparkhire.users m using (account, uuid) where l.resource = 'users' order by 1`,
    ),
  ).toEqual([
    { ats_id: 'U-1', email: 'b@company.example' },
    { ats_id: 'U-2', email: 'c@company.example' },
    { ats_id: 'U-3', email: 'a@company.example' },
  ]);
});
