/**
 * Who comes back: to a stage, from a rejection, or from what had their invitation taken back before it left.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import { applicant, type Connected, connect, lookAtApplications, sent } from '../pull-fixture.js';

const messages = (scene: Connected, application: number) =>
  scene
    .rows<{ message: string }>(
      'select message from sync.ats_skipped where application_id = $1 order by entry_id',
      [String(application)],
    )
    .then((rows) => rows.map(({ message }) => message));

const comesBack = ({ greenhouse }: Connected, id: number) => {
  greenhouse.act.moveToStage({ application_id: id, stage: 'Offer' });
  greenhouse.act.moveToStage({ application_id: id, stage: 'Video interview' });
};

describe('who enters the stage once more', () => {
  it('is already_invited, unless the settings invite again and the interview before has ended', async () => {
    const scene = await connect();
    await scene.pull();
    const who = applicant(scene);
    await scene.pull();
    await sent(scene);
    comesBack(scene, who.id);
    expect(await scene.pull()).toMatchObject({ invited: 0, skipped: 1 });
    expect((await messages(scene, who.id)).at(-1)).toContain('`reentry: invite` invites again');
    scene.session.settings.reentry = 'invite';
    await scene.pull();
    comesBack(scene, who.id);
    expect(await scene.pull()).toMatchObject({ invited: 0, skipped: 1 });
    expect((await messages(scene, who.id)).at(-1)).toMatch(/that interview is not finished \(row gh-\d+\)/);
    // Nor when it ends: who has just finished is not asked once more for what they did before.
    await sent(scene, 'completed');
    expect(await scene.pull()).toMatchObject({ invited: 0 });
    comesBack(scene, who.id);
    expect(await scene.pull()).toMatchObject({ invited: 1 });
  });

  it('is invited by the new entry where the one before was left before anything had left for Spark Hire', async () => {
    const scene = await connect();
    await scene.pull();
    const who = applicant(scene);
    await scene.pull();
    comesBack(scene, who.id);
    expect(await scene.pull()).toMatchObject({ invited: 1, canceled: 1 });
    expect((await scene.interviews()).map(({ desired }) => desired)).toEqual(['canceled', 'invited']);
  });

  it('while the invitation before is being canceled is invited once it is', async () => {
    const scene = await connect({}, { ATS_ON_LEAVE: 'cancel' });
    scene.session.settings.reentry = 'invite';
    await scene.pull();
    const who = applicant(scene);
    await scene.pull();
    await sent(scene);
    comesBack(scene, who.id);
    await scene.pull();
    expect((await scene.interviews()).map(({ desired }) => desired)).toEqual(['canceled']);
    await scene.pull();
    expect((await messages(scene, who.id)).at(-1)).toContain('once it has ended');
    await sent(scene, 'canceled');
    expect(await scene.pull()).toMatchObject({ invited: 1 });
  });
});

it('who shares an address with somebody who is taken back before anything left is invited in their place', async () => {
  const scene = await connect();
  await scene.pull();
  const first = applicant(scene);
  await scene.pull();
  applicant(scene, { first_name: 'Bob' });
  expect(await scene.pull()).toMatchObject({ invited: 0, skipped: 1 });
  scene.greenhouse.act.moveToStage({ application_id: first.id, stage: 'Offer' });
  await scene.pull();
  expect(await scene.pull()).toMatchObject({ invited: 1 });
  // Once it was sent, it is theirs for good.
  scene.session.settings.reentry = 'invite';
  await scene.pull();
  await sent(scene, 'completed');
  expect(await scene.pull()).toMatchObject({ invited: 0 });
});

describe('who is unrejected', () => {
  it('is not invited again where the invitation was sent and canceled, and that is told', async () => {
    const scene = await connect({}, { ATS_ON_LEAVE: 'cancel' });
    scene.session.settings.reentry = 'invite';
    await scene.pull();
    const who = applicant(scene);
    await scene.pull();
    await sent(scene);
    scene.greenhouse.act.reject({ application_id: who.id });
    await lookAtApplications(scene);
    expect(await scene.pull()).toMatchObject({ canceled: 1 });
    await sent(scene, 'canceled');
    scene.greenhouse.act.unreject({ application_id: who.id });
    await lookAtApplications(scene);
    expect(await scene.pull()).toMatchObject({ invited: 0 });
    expect(await messages(scene, who.id)).toEqual([
      expect.stringContaining('they are invited again when they re-enter the stage'),
    ]);
    comesBack(scene, who.id);
    expect(await scene.pull()).toMatchObject({ invited: 1 });
  });

  it.each(['stays-current', 'exits'] as const)(
    'is invited by the same entry where nothing had left (the entry %s)',
    async (endedEntry) => {
      const scene = await connect({ switches: { endedEntry } });
      await scene.pull();
      const who = applicant(scene);
      await scene.pull();
      const [row] = await scene.interviews();
      scene.greenhouse.act.reject({ application_id: who.id });
      await lookAtApplications(scene);
      expect(await scene.pull()).toMatchObject({ canceled: 1 });
      expect((await messages(scene, who.id))[0]).toMatch(/taken back before it left/);
      scene.greenhouse.act.unreject({ application_id: who.id });
      await lookAtApplications(scene);
      expect(await scene.pull()).toMatchObject({ invited: 1 });
      expect(await scene.interviews()).toEqual([row]);
      expect(await messages(scene, who.id)).toEqual([]);
    },
  );

  it('is invited where they were rejected before anybody read them', async () => {
    const scene = await connect();
    await scene.pull();
    const who = applicant(scene);
    scene.greenhouse.act.reject({ application_id: who.id });
    expect(await scene.pull()).toMatchObject({ invited: 0, skipped: 1 });
    scene.greenhouse.act.unreject({ application_id: who.id });
    await lookAtApplications(scene);
    expect(await scene.pull()).toMatchObject({ invited: 1 });
  });
});

it('who has another interview for the job is invited when that has ended, if they stand in the stage then', async () => {
  const scene = await connect();
  scene.session.settings.triggers.push({ stage: 'Offer', jobs: 'all', package: 'last' });
  scene.session.settings.packages.push({ name: 'last', type: 'one_way', deadline_days: 3 });
  await scene.pull();
  const [stays, leaves] = [
    applicant(scene),
    applicant(scene, { email_addresses: [{ value: 'bob@home.test' }] }),
  ];
  await scene.pull();
  await sent(scene);
  for (const { id } of [stays, leaves])
    scene.greenhouse.act.moveToStage({ application_id: id, stage: 'Offer' });
  expect(await scene.pull()).toMatchObject({ invited: 0, skipped: 2 });
  const asked = (await scene.pull()).requests;
  expect(asked).toBeLessThanOrEqual(2);
  scene.greenhouse.act.moveToStage({ application_id: leaves.id, stage: 'Onsite' });
  await sent(scene, 'completed');
  expect(await scene.pull()).toMatchObject({ invited: 1 });
  expect((await scene.interviews()).map((row) => `${row.candidate_email} ${row.package}`).sort()).toEqual([
    'ann@home.test last',
    'ann@home.test standard',
    'bob@home.test standard',
  ]);
  expect((await messages(scene, leaves.id)).at(-1)).toContain('has left the stage');
});

it('who came back before the interview ended is not invited because it ends, whatever else they waited for', async () => {
  const scene = await connect();
  scene.session.settings.reentry = 'invite';
  scene.session.settings.triggers.push({ stage: 'Offer', jobs: 'all', package: 'last' });
  scene.session.settings.packages.push({ name: 'last', type: 'one_way', deadline_days: 3 });
  await scene.pull();
  const who = applicant(scene);
  await scene.pull();
  await sent(scene);
  scene.greenhouse.act.moveToStage({ application_id: who.id, stage: 'Offer' });
  expect(await scene.pull()).toMatchObject({ invited: 0, skipped: 1 });
  scene.greenhouse.act.moveToStage({ application_id: who.id, stage: 'Video interview' });
  expect(await scene.pull()).toMatchObject({ invited: 0, skipped: 1 });
  await sent(scene, 'completed');
  const ended = (when: string) => scene.rows(`update sparkhire.interviews set completed_at = ${when}`);
  await ended(`now() + interval '1 minute'`);
  expect(await scene.pull()).toMatchObject({ invited: 0 });
  expect((await messages(scene, who.id)).at(-1)).toMatch(/before that interview ended \(row gh-\d+\)/);
  // Nor whoever is read only then.
  comesBack(scene, who.id);
  expect(await scene.pull()).toMatchObject({ invited: 0 });
  // A time without an offset may be local: what it is taken for may be half a day too early.
  const shows = (time: string) => `raw = jsonb_build_object('completed_at', '2031-01-02T08:00:00${time}')`;
  await ended(`now() - interval '5 hours', ${shows('')}`);
  comesBack(scene, who.id);
  expect(await scene.pull()).toMatchObject({ invited: 0 });
  await ended(`now() - interval '1 minute', ${shows('-05:00')}`);
  comesBack(scene, who.id);
  expect(await scene.pull()).toMatchObject({ invited: 1 });
});

describe('whose address or name is mended in the ATS', () => {
  const wait = async (scene: Connected, state: string) => {
    await scene.rows(`delete from sync.desired_queue`);
    await scene.rows(
      `insert into sync.desired_rows (resource, ats_id, state) select 'interviews', ats_id, $1 from ats.interviews
       on conflict (account, resource, ats_id) do update set state = excluded.state`,
      [state],
    );
  };
  const edit = ({ greenhouse }: Connected, id: number, value: string) =>
    greenhouse.act.editCandidate({
      candidate_id: id,
      first_name: 'Anna',
      email_addresses: [{ value, type: 'personal' }],
    });
  const named = (scene: Connected) =>
    scene.rows('select candidate_name as name, candidate_email as email from ats.interviews');

  it('is invited as they are called now while the row waits, and not any more once it was sent', async () => {
    const scene = await connect();
    await scene.pull();
    const who = applicant(scene);
    await scene.pull();
    await wait(scene, 'held');
    edit(scene, who.candidate_id, 'anna@home.test');
    await scene.pull();
    expect(await named(scene)).toEqual([{ name: 'Anna Baker', email: 'anna@home.test' }]);
    await sent(scene);
    edit(scene, who.candidate_id, 'later@home.test');
    await scene.pull();
    expect(await named(scene)).toEqual([{ name: 'Anna Baker', email: 'anna@home.test' }]);
  });

  it('is read again where the row was rejected, by a webhook or in its turn', async () => {
    const scene = await connect();
    await scene.pull();
    const who = applicant(scene, { email_addresses: [{ value: 'ann at home', type: 'personal' }] });
    await scene.pull();
    await wait(scene, 'rejected');
    edit(scene, who.candidate_id, 'ann@work.test');
    await scene.pull([String(who.id)]);
    expect(await named(scene)).toMatchObject([{ email: 'ann@work.test' }]);
    await wait(scene, 'rejected');
    edit(scene, who.candidate_id, 'ann@home.test');
    await scene.rows(
      `update sync.ats_cursors set position = jsonb_set(position, '{turns,skipped}', '"2020-01-01T00:00:00Z"')`,
    );
    await scene.pull();
    expect(await named(scene)).toMatchObject([{ email: 'ann@home.test' }]);
  });

  it('is not invited at an address that was invited to the job already', async () => {
    const scene = await connect();
    await scene.pull();
    applicant(scene);
    await scene.pull();
    await sent(scene);
    const other = applicant(scene, { email_addresses: [{ value: 'wrong@home.test', type: 'personal' }] });
    await scene.pull();
    edit(scene, other.candidate_id, 'ann@home.test');
    expect(await scene.pull()).toMatchObject({ canceled: 1 });
    expect((await messages(scene, other.id)).at(-1)).toContain('another address');
  });
});

describe('whose invitation was taken back before it left', () => {
  it('is invited by the same entry, as they are by then, once nothing speaks against it', async () => {
    const scene = await connect();
    await scene.pull();
    const who = applicant(scene);
    await scene.pull();
    scene.greenhouse.act.editCandidate({ candidate_id: who.candidate_id, can_email: false });
    expect(await scene.pull()).toMatchObject({ canceled: 1 });
    expect(await scene.skipped()).toEqual(expect.arrayContaining(['may_not_email']));
    scene.greenhouse.act.editCandidate({
      candidate_id: who.candidate_id,
      can_email: true,
      email_addresses: [{ value: 'new@home.test', type: 'personal' }],
    });
    expect(await scene.pull([String(who.id)])).toMatchObject({ invited: 1 });
    expect(await scene.interviews()).toMatchObject([
      { candidate_email: 'new@home.test', desired: 'invited' },
    ]);
  });

  it('is invited by the same entry where they could not be seen for a while', async () => {
    const scene = await connect();
    await scene.pull();
    const who = applicant(scene);
    await scene.pull();
    const hide = (hidden: boolean) => {
      scene.greenhouse.act.makePrivate({ candidate_id: who.candidate_id, private: hidden });
      scene.greenhouse.act.seePrivate({ sees_private: !hidden });
    };
    hide(true);
    // Asked for twice, and not there twice.
    expect(await scene.pull()).toMatchObject({ canceled: 0 });
    expect(await scene.pull()).toMatchObject({ canceled: 1 });
    hide(false);
    await lookAtApplications(scene, 'unshown');
    expect(await scene.pull()).toMatchObject({ invited: 1 });
    expect(await scene.interviews()).toMatchObject([{ desired: 'invited' }]);
  });

  it('is not where a person took it back', async () => {
    const scene = await connect();
    await scene.pull();
    const who = applicant(scene);
    await scene.pull();
    await scene.rows(`update ats.interviews set desired = 'canceled'`);
    expect(await scene.pull([String(who.id)])).toMatchObject({ invited: 0 });
    expect(await scene.interviews()).toMatchObject([{ desired: 'canceled' }]);
  });
});
