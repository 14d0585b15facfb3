/**
 * A second row for somebody whose interview has ended stays a duplicate, whatever the row that had asked for it says by now.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import { aJob, anInterview, openPushScene, type PushScene } from '../../../support/push-scene.js';

const ends = {
  completed: 'completeInterview',
  expired: 'expireInterview',
  'canceled there': 'cancelInterview',
  'deleted there': 'deleteInterview',
} as const;
type End = keyof typeof ends;

const set = (column: string, value: string) =>
  `update ats.interviews set ${column} = '${value}' where ats_id = 'I-1'`;
const changes: Record<string, string> = {
  'has another address': set('candidate_email', 'new@example.org'),
  'names another job': set('job_ats_id', 'J-2'),
  'has no address': set('candidate_email', ''),
  'is somebody else': `update ats.interviews set candidate_email = 'new@example.org', candidate_name = 'Nora New' where ats_id = 'I-1'`,
  'is marked as deleted': set('deleted_at', '2026-01-01'),
  'is gone': `delete from ats.interviews where ats_id = 'I-1'`,
};

/** I-1 has invited c@example.org, and K-1 asks for the same: it came a minute before anything ended. */
async function invitedTwice(
  onTestFinished: Parameters<typeof openPushScene>[0],
  second: Record<string, unknown> = {},
): Promise<{ scene: PushScene; uuid: string }> {
  const scene = await openPushScene(onTestFinished);
  await scene.put('jobs', aJob('J-1'), aJob('J-2'));
  await scene.put('interviews', anInterview('I-1', 'J-1', 'c@example.org'));
  await scene.put('interviews', anInterview('K-1', 'J-1', 'C@example.org', second));
  await scene.put('interviews', anInterview('I-2', 'J-1', 'other@example.org'));
  await scene.run(['sync']);
  await scene.rows(`update sync.desired_rows set arrived_at = arrived_at - interval '1 minute'`);
  const told = await scene.view('interview');
  expect(told['K-1']).toMatchObject({ state: 'rejected', issues: [{ code: 'DUPLICATE' }] });
  return { scene, uuid: told['I-1']!.sparkhire_uuid! };
}

async function end({ emulator }: PushScene, uuid: string, how: End): Promise<void> {
  if (how === 'completed') emulator.act.acceptInterview(uuid);
  emulator.act[ends[how]](uuid);
}

/** How many c@example.org has got to the first job. */
async function invitations(scene: PushScene): Promise<number> {
  const { sparkhire_uuid: job } = (await scene.view('job'))['J-1']!;
  const sent = scene.emulator.requests.filter(
    ({ method, path, body }) =>
      method === 'POST' && path.endsWith('/interviews') && JSON.stringify(body).includes(job!),
  );
  return sent.filter(({ body }) => /"c@example.org"/i.test(JSON.stringify(body))).length;
}

async function rounds(scene: PushScene): Promise<void> {
  for (const command of ['backfill', 'sync', 'apply']) await scene.run([command]);
}

it.for(
  Object.keys(ends).flatMap((how) => Object.keys(changes).map((change) => [how as End, change] as const)),
)(
  'nobody is invited again whose interview is %s, and whose row then %s',
  async ([how, change], { onTestFinished }) => {
    const { scene, uuid } = await invitedTwice(onTestFinished);
    await end(scene, uuid, how);
    await rounds(scene);
    await scene.rows(changes[change]!);
    await rounds(scene);
    expect(await invitations(scene)).toBe(1);
  },
);

it.for(Object.keys(changes))(
  'nor with a row of another type, where the one before %s',
  async (change, { onTestFinished }) => {
    const live = { type: 'live', timezone: 'Europe/Oslo', question_set_uuid: null };
    const { scene, uuid } = await invitedTwice(onTestFinished, live);
    await end(scene, uuid, 'completed');
    await rounds(scene);
    await scene.rows(changes[change]!);
    await rounds(scene);
    expect(await invitations(scene)).toBe(1);
  },
);

it.for([
  ['completed', 1],
  ['expired', 1],
  ['deleted there', 1],
  ['canceled there', 2],
  [null, 2],
] as const)(
  'a row that is withdrawn makes room for the other one, unless something had come of it: %s',
  async ([how, times], { onTestFinished }) => {
    const { scene, uuid } = await invitedTwice(onTestFinished);
    if (how !== null) await end(scene, uuid, how);
    await rounds(scene);
    await scene.rows(set('desired', 'canceled'));
    await rounds(scene);
    expect(await invitations(scene)).toBe(times);
  },
);

it.for(['is gone', 'is marked as deleted'])(
  'whether somebody whose interview was deleted there is invited by the row that is left is asked: the first %s',
  async (change, { onTestFinished }) => {
    const { scene, uuid } = await invitedTwice(onTestFinished);
    await end(scene, uuid, 'deleted there');
    await rounds(scene);
    await scene.rows(changes[change]!);
    await rounds(scene);
    expect((await scene.states('interview'))['K-1']).toBe('conflict');
    const asked = await scene.rows<{ id: string }>(
      `select id from sync.conflicts where resolved_at is null and kind = 'remote_deleted' and ats_id = 'K-1'`,
    );
    expect(asked).toHaveLength(1);
    expect(await invitations(scene)).toBe(1);
    await scene.resolve(asked[0]!.id, 'ats');
    await rounds(scene);
    expect(await invitations(scene)).toBe(2);
  },
);

it('whose address people changed in Spark Hire, and then the ATS did, is not invited again at the old one', async ({
  onTestFinished,
}) => {
  const { scene, uuid } = await invitedTwice(onTestFinished);
  const one = scene.emulator.state.interviews.get(uuid)!;
  scene.emulator.state.interviews.change(one, () => {
    one.candidate.email = 'new@example.org';
  });
  await rounds(scene);
  await scene.rows(changes['has another address']!);
  await rounds(scene);
  await end(scene, uuid, 'completed');
  await rounds(scene);
  expect(await scene.states('interview')).toMatchObject({ 'I-1': 'synced', 'K-1': 'rejected' });
  expect(await invitations(scene)).toBe(1);
});

const aUser = (atsId: string, name: string, more = {}) => ({
  ...{ ats_id: atsId, email: `${name}@company.example`, name: 'Ann Berg', role: 'standard' },
  ...more,
});

it.for<[string, Record<string, unknown> | 'sparkhire' | null, unknown]>([
  ['is asked about', null, 'rejected'],
  ['says another address', { email: 'new@company.example' }, 'rejected'],
  ['is to be none any more, as a person agreed', 'sparkhire', 'rejected'],
  ['is withdrawn', { deleted_at: '2026-01-01' }, 'conflict'],
])(
  'a user who was deleted in Spark Hire is not made again by a second row, while the first one %s',
  async ([, then, state], { onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    await scene.put('users', aUser('U-1', 'ann'), aUser('U-2', 'bea', { name: 'Bea Lund' }));
    await scene.put('users', aUser('K-1', 'ann'));
    await scene.run(['sync']);
    const { 'U-1': first, 'K-1': second } = await scene.view('user');
    expect(second).toMatchObject({ state: 'rejected', issues: [{ code: 'DUPLICATE' }] });
    scene.writes();
    scene.emulator.act.deleteUser(first!.sparkhire_uuid!);
    await rounds(scene);
    const [asked] = await scene.rows<{ id: string; kind: string }>(
      'select id, kind from sync.conflicts where resolved_at is null',
    );
    expect(asked).toMatchObject({ kind: 'remote_deleted' });
    if (then === 'sparkhire') await scene.resolve(asked!.id, 'sparkhire');
    else if (then !== null) await scene.put('users', aUser('U-1', 'ann', then));
    await rounds(scene);
    expect((await scene.states('user'))['K-1']).toBe(state);
    expect(scene.writes()).toEqual([]);
  },
);
