/**
 * Candidates whose keys are the numbers of lines, or new ones, and who are edited, withdrawn or taken out in the same load.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import { aJob, anInterview, openPushScene, type PushScene } from '../../../support/push-scene.js';

/** A candidate: letter, job and what else the row says. */
type Line = [letter: string, job: string, more?: Record<string, unknown>];

const settings = (scene: PushScene) => ({
  SYNC_CONFIG: scene.settingsFile(
    'policies: { massChange: { missingSeconds: 0, share: 1, rows: 100 }, keys: { missing: administrator } }',
  ),
});

async function rounds(scene: PushScene, times = 4): Promise<void> {
  for (let round = 0; round < times; round += 1)
    await scene.run([round % 2 === 0 ? 'sync' : 'apply'], settings(scene));
}

const people: Record<string, string> = {
  a: 'Ann Berg',
  b: 'Bob Lund',
  d: 'Dan Moe',
  g: 'Gus Foss',
  z: 'Zoe Vik',
};

/** Writes all candidates anew in one transaction, and lets the service come to rest. */
async function load(scene: PushScene, lines: readonly Line[], from = 1): Promise<void> {
  await scene.rows('begin; delete from ats.interviews');
  for (const [index, [letter, job, more = {}]] of lines.entries())
    await scene.put(
      'interviews',
      anInterview(`I-${index + from}`, job, `${letter}@example.org`, {
        ...{ candidate_name: people[letter], deadline_at: '2027-01-20T10:00:00Z' },
        ...more,
      }),
    );
  await scene.rows('commit');
  await rounds(scene);
}

async function loaded(
  lines: readonly Line[],
  onTestFinished: Parameters<typeof openPushScene>[0],
): Promise<PushScene> {
  const scene = await openPushScene(onTestFinished);
  await scene.put('jobs', aJob('J-1', { title: 'Nurse' }), aJob('J-2', { title: 'Baker' }));
  await load(scene, lines);
  scene.writes();
  return scene;
}

/** Who is in which job, and how that stands in Spark Hire. */
const there = ({ emulator: { state } }: PushScene) =>
  [...state.interviews.values()]
    .map(({ candidate, jobUuid, status }) => `${candidate.email} ${state.jobs.get(jobUuid)!.title} ${status}`)
    .sort();

const open = (scene: PushScene) =>
  scene.rows<{ id: string; kind: string; ats_id: string | null }>(
    'select id, kind, ats_id from sync.conflicts where resolved_at is null',
  );

const before: Line[] = [
  ['a', 'J-1'],
  ['g', 'J-1'],
  ['b', 'J-2'],
];
const moved = { candidate_email: 'gus.new@example.org' };

it.for<[string, Line[], number, string[]]>([
  [
    'rows have new keys',
    [
      ['a', 'J-1'],
      ['g', 'J-1', moved],
      ['b', 'J-2'],
    ],
    11,
    ['a', 'b', 'g'],
  ],
  [
    'a line comes before',
    [
      ['z', 'J-2'],
      ['a', 'J-1'],
      ['g', 'J-1', moved],
      ['b', 'J-2'],
    ],
    1,
    ['a', 'b', 'g', 'z'],
  ],
  [
    'a line goes',
    [
      ['g', 'J-1', moved],
      ['b', 'J-2'],
    ],
    1,
    ['b', 'g'],
  ],
])(
  'a candidate whose address changes in the load in which %s is asked about, and is neither invited again nor canceled',
  async ([, after, from, left], { onTestFinished }) => {
    const scene = await loaded(before, onTestFinished);
    await load(scene, after, from);
    const asked = await open(scene);
    expect(asked).toMatchObject([{ kind: 'possible_duplicate' }]);
    expect(there(scene)).toContain('g@example.org Nurse requested');
    await scene.resolve(asked[0]!.id, 'link');
    await rounds(scene);
    expect(there(scene).filter((one) => one.endsWith(' requested'))).toEqual(
      left.map(
        (letter) => `${letter}@example.org ${letter === 'b' || letter === 'z' ? 'Baker' : 'Nurse'} requested`,
      ),
    );
    expect(scene.invitations()).toEqual({ 1: left.includes('z') ? 4 : 3 });
    expect(await open(scene)).toEqual([]);
  },
);

it('a candidate whose address and job have other keys in one load is not canceled before the job is settled', async ({
  onTestFinished,
}) => {
  const scene = await loaded(before, onTestFinished);
  await scene.rows('begin; delete from ats.jobs; delete from ats.interviews');
  await scene.put('jobs', aJob('K-1', { title: 'Nurse' }), aJob('K-2', { title: 'Baker' }));
  for (const [index, [letter, job, more = {}]] of (
    [
      ['a', 'K-1'],
      ['g', 'K-1', moved],
      ['b', 'K-2'],
    ] as Line[]
  ).entries())
    await scene.put(
      'interviews',
      anInterview(`I-${index + 11}`, job, `${letter}@example.org`, {
        ...{ candidate_name: people[letter], deadline_at: '2027-01-20T10:00:00Z', ...more },
      }),
    );
  await scene.rows('commit');
  await rounds(scene);
  for (let round = 0; round < 3; round += 1) {
    for (const { id } of await open(scene)) await scene.resolve(id, 'link');
    await rounds(scene);
  }
  expect(there(scene)).toEqual([
    'a@example.org Nurse requested',
    'b@example.org Baker requested',
    'g@example.org Nurse requested',
  ]);
  expect(scene.invitations()).toEqual({ 1: 3 });
  expect(await scene.states('interview')).toMatchObject({
    'I-11': 'synced',
    'I-12': 'rejected',
    'I-13': 'synced',
  });
});

it('a candidate who applies to a second job in the first line of all keeps the interview for the first one', async ({
  onTestFinished,
}) => {
  const scene = await loaded([['g', 'J-1'], ...before.slice(2)], onTestFinished);
  await load(scene, [['g', 'J-2'], ['g', 'J-1'], ...before.slice(2)]);
  expect(there(scene)).toEqual([
    'b@example.org Baker requested',
    'g@example.org Baker requested',
    'g@example.org Nurse requested',
  ]);
  expect(await scene.states('interview')).toEqual({ 'I-1': 'synced', 'I-2': 'synced', 'I-3': 'synced' });
});

it('a candidate who completed one job and applies to another one, in a line above, is invited to that and to nothing again', async ({
  onTestFinished,
}) => {
  const scene = await loaded(before, onTestFinished);
  const first = [...scene.emulator.state.interviews.values()].find(
    ({ candidate }) => candidate.email === 'g@example.org',
  )!;
  scene.emulator.act.completeInterview(first.uuid);
  await load(scene, [['g', 'J-2'], ...before]);
  expect(there(scene)).toEqual([
    'a@example.org Nurse requested',
    'b@example.org Baker requested',
    'g@example.org Baker requested',
    'g@example.org Nurse completed',
  ]);
  expect(await open(scene)).toEqual([]);
  expect(scene.invitations()).toEqual({ 1: 2, 2: 1 });
  expect(await scene.states('interview')).toEqual({
    'I-1': 'synced',
    'I-2': 'synced',
    'I-3': 'synced',
    'I-4': 'synced',
  });
});

it.for<[string, Line[], boolean]>([
  [
    'is withdrawn',
    [
      ['z', 'J-1'],
      ['a', 'J-1'],
      ['g', 'J-1', { desired: 'canceled' }],
      ['b', 'J-2'],
    ],
    false,
  ],
  [
    'is taken out',
    [
      ['z', 'J-1'],
      ['a', 'J-1'],
      ['b', 'J-2'],
    ],
    true,
  ],
])(
  'who %s in the load in which a line comes above is canceled, and whom that line names is invited',
  async ([, after, isHeld], { onTestFinished }) => {
    const scene = await loaded(before, onTestFinished);
    await load(scene, after);
    if (isHeld) {
      expect(await open(scene)).toMatchObject([{ kind: 'mass_change' }]);
      expect(scene.writes()).toEqual([]);
      const { json } = await scene.run(['plan'], settings(scene));
      await scene.run(['apply', '--approve', (json as { checksum: string }).checksum], settings(scene));
      await rounds(scene);
    }
    expect(there(scene)).toEqual([
      'a@example.org Nurse requested',
      'b@example.org Baker requested',
      'g@example.org Nurse canceled',
      'z@example.org Nurse requested',
    ]);
    expect(await open(scene)).toEqual([]);
  },
);

it('who has no address in the load in which another line goes is not canceled', async ({
  onTestFinished,
}) => {
  const scene = await loaded(before, onTestFinished);
  await load(scene, [
    ['g', 'J-1', { candidate_email: null }],
    ['b', 'J-2'],
  ]);
  expect(there(scene)).toContain('g@example.org Nurse requested');
  await load(scene, before.slice(1));
  expect(there(scene)).toEqual([
    'a@example.org Nurse canceled',
    'b@example.org Baker requested',
    'g@example.org Nurse requested',
  ]);
  expect(scene.invitations()).toEqual({ 1: 3 });
});

it('an address that passes to somebody else in the load in which its candidate gets another one invites nobody, and nobody gets the interview', async ({
  onTestFinished,
}) => {
  const scene = await loaded([['g', 'J-1']], onTestFinished);
  await load(scene, [
    ['g', 'J-1', moved],
    ['b', 'J-1', { candidate_email: 'g@example.org' }],
  ]);
  expect(there(scene)).toEqual(['g@example.org Nurse requested']);
  expect(scene.invitations()).toEqual({ 1: 1 });
  expect(scene.writes()).toEqual([]);
  expect(
    await scene.rows('select ats_id, field, code from sync.issues where resolved_at is null order by ats_id'),
  ).toEqual([
    { ats_id: 'I-1', field: 'candidate_email', code: 'IMMUTABLE_AFTER_SEND' },
    { ats_id: 'I-2', field: 'candidate_email', code: 'DUPLICATE' },
  ]);
});

it('an interview that people opened again after it was canceled stays open when its line moves', async ({
  onTestFinished,
}) => {
  const canceled = { desired: 'canceled' };
  const scene = await loaded(
    [
      ['a', 'J-1'],
      ['b', 'J-1'],
      ['g', 'J-2'],
    ],
    onTestFinished,
  );
  await load(scene, [
    ['a', 'J-1'],
    ['b', 'J-1'],
    ['g', 'J-2', canceled],
  ]);
  const { state, act } = scene.emulator;
  const [uuid] = [...state.interviews.values()].flatMap((one) =>
    one.candidate.email === 'g@example.org' ? one.uuid : [],
  );
  expect(state.interviews.get(uuid!)!.status).toBe('canceled');
  act.resetInterview(uuid!);
  await rounds(scene);
  expect(state.interviews.get(uuid!)!.status).toBe('requested');
  scene.writes();
  await load(scene, [
    ['b', 'J-1'],
    ['g', 'J-2', canceled],
    ['z', 'J-2'],
  ]);
  // Whose row is gone was left with the last line.
  const { json } = await scene.run(['plan'], settings(scene));
  await scene.run(['apply', '--approve', (json as { checksum: string }).checksum], settings(scene));
  await rounds(scene);
  expect(there(scene)).toEqual([
    'a@example.org Nurse canceled',
    'b@example.org Nurse requested',
    'g@example.org Baker requested',
    'z@example.org Baker requested',
  ]);
});
