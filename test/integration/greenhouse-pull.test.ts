/** From entries into stages of Greenhouse to rows of schema ats. */
import { describe, expect, it } from 'vitest';
import { applicant, type Connected, connect } from './pull-fixture.js';

const entryOf = ({ greenhouse }: Connected, { id }: { id: number }) =>
  [...greenhouse.state.application_stages.values()].find((one) => one.application_id === id && one.current)!;

it('invites who enters the stage after connecting, with job, users and package, and nobody who stood there', async () => {
  const { greenhouse, pull, interviews, skipped, rows } = await connect();
  const first = await pull();
  expect(first).toMatchObject({ invited: 0, notes: [] });
  expect(new Set(await skipped())).toEqual(new Set(first.skipped > 0 ? ['before_from'] : []));

  const job = [...greenhouse.state.jobs.values()].find(({ status }) => status === 'open')!;
  const application = greenhouse.act.apply({
    job_id: job.id,
    stage: 'Video interview',
    first_name: 'Ann',
    last_name: 'Baker',
    email_addresses: [
      { value: 'ann@work.test', type: 'work' },
      { value: 'ann@home.test', type: 'personal' },
    ],
  });
  const second = await pull();
  expect(second).toMatchObject({ invited: 1, jobs: 1 });
  const [row] = await rows(`select * from ats.interviews`);
  expect(row).toMatchObject({
    source: 'greenhouse',
    ats_id: expect.stringMatching(/^gh-\d+$/),
    job_ats_id: String(job.id),
    candidate_name: 'Ann Baker',
    candidate_email: 'ann@home.test',
    package: 'standard',
    extra: { connector: 'greenhouse', application_id: String((application as { id: number }).id) },
  });
  expect(await rows('select source, title from ats.jobs')).toEqual([
    { source: 'greenhouse', title: job.name },
  ]);
  expect(await rows('select package, source from ats.packages')).toEqual([
    { package: 'standard', source: 'greenhouse' },
  ]);

  await rows('delete from sync.desired_queue');
  expect(await pull()).toMatchObject({ invited: 0, jobs: 0, users: 0, entries: 0 });
  // What says the same is not written.
  expect(await rows('select resource from sync.desired_queue')).toEqual([]);
  expect(await interviews()).toHaveLength(1);
});

describe('who is not invited is told with the first reason that holds', () => {
  it.each<[string, string, (scene: Connected, who: { id: number; candidate_id: number }) => unknown, object]>(
    [
      [
        'not_active',
        'who was rejected',
        ({ greenhouse }, { id }) => greenhouse.act.reject({ application_id: id }),
        {},
      ],
      ['private', 'who is private', () => {}, { private: true }],
      ['may_not_email', 'who may not be mailed', () => {}, { can_email: false }],
      [
        'may_not_email',
        'who may not be mailed and has no address',
        () => {},
        { can_email: false, email_addresses: [] },
      ],
      ['no_email', 'who has no address', () => {}, { email_addresses: [] }],
      [
        'left_stage',
        'who has left the stage again before it was read',
        ({ greenhouse }, { id }) => greenhouse.act.moveToStage({ application_id: id, stage: 'Offer' }),
        {},
      ],
    ],
  )('%s: %s', async (reason, _, then, person) => {
    const scene = await connect();
    await scene.pull();
    const who = applicant(scene, person);
    const { id } = entryOf(scene, who);
    await then(scene, who);
    const { invited } = await scene.pull();
    const rows = await scene.rows('select reason, message from sync.ats_skipped where entry_id = $1', [
      String(id),
    ]);
    expect(invited).toBe(0);
    expect(rows).toMatchObject([{ reason }]);
    expect(JSON.stringify(rows)).not.toMatch(/Ann|ann@/);
  });

  it('unmapped_package, until somebody writes the package', async () => {
    const scene = await connect({}, { ATS_PACKAGE: 'another' });
    await scene.pull();
    applicant(scene);
    expect(await scene.pull()).toMatchObject({ invited: 0, skipped: 1 });
    expect(await scene.skipped()).toContain('unmapped_package');
  });

  it('already_invited, who comes back to the stage; unless the settings invite again', async () => {
    const scene = await connect();
    await scene.pull();
    const who = applicant(scene);
    await scene.pull();
    const comesBack = () => {
      scene.greenhouse.act.moveToStage({ application_id: who.id, stage: 'Offer' });
      scene.greenhouse.act.moveToStage({ application_id: who.id, stage: 'Video interview' });
    };
    await scene.rows(
      `insert into sync.links (resource, ats_id, uuid, how) select 'interviews', ats_id, gen_random_uuid(), 'created' from ats.interviews`,
    );
    comesBack();
    expect(await scene.pull()).toMatchObject({ invited: 0, skipped: 1 });
    scene.session.settings.reentry = 'invite';
    comesBack();
    // Other settings have everybody looked at who stands in the stage.
    expect((await scene.pull()).invited).toBeGreaterThanOrEqual(1);
  });
});

it('who is skipped for what was mended meanwhile is invited in their turn; who left or is gone is not asked for again', async () => {
  const scene = await connect();
  await scene.pull();
  const [mended, leaves, goes] = [1, 2, 3].map(() => applicant(scene, { email_addresses: [] }));
  await scene.pull();
  scene.greenhouse.act.editCandidate({
    candidate_id: mended!.candidate_id,
    email_addresses: [{ value: 'late@home.test', type: 'personal' }],
  });
  scene.greenhouse.act.moveToStage({ application_id: leaves!.id, stage: 'Offer' });
  scene.greenhouse.act.deleteApplication({ application_id: goes!.id });
  await scene.rows(
    `update sync.ats_cursors set position = jsonb_set(position, '{turns,skipped}', '"2020-01-01T00:00:00Z"')`,
  );
  expect(await scene.pull()).toMatchObject({ invited: 1 });
  expect(await scene.interviews()).toMatchObject([{ candidate_email: 'late@home.test' }]);
  const reasons = await scene.rows(
    'select application_id, reason from sync.ats_skipped where application_id = any($1) order by application_id',
    [[mended, leaves, goes].map((who) => String(who!.id))],
  );
  expect(reasons).toEqual([
    { application_id: String(leaves!.id), reason: 'left_stage' },
    { application_id: String(goes!.id), reason: 'not_active' },
  ]);
});

it('who is deleted before they are read leaves nothing behind', async () => {
  const scene = await connect();
  await scene.pull();
  const who = applicant(scene);
  scene.greenhouse.act.deleteApplication({ application_id: who.id });
  expect(await scene.pull([String(who.id)])).toMatchObject({ invited: 0, skipped: 0 });
});

describe('who stood in a stage before', () => {
  it('is invited with `from: all`, each once', async () => {
    const scene = await connect({}, { ATS_FROM: 'all' });
    const who = applicant(scene);
    const { invited } = await scene.pull();
    expect(invited).toBeGreaterThanOrEqual(1);
    const rows = await scene.interviews();
    expect(rows.map(({ ats_id }) => ats_id)).toContain(`gh-${entryOf(scene, who).id}`);
    expect(await scene.pull()).toMatchObject({ invited: 0 });
  });

  it('is invited from a date on', async () => {
    const scene = await connect({}, { ATS_FROM: new Date(Date.now() - 60_000).toISOString() });
    const who = applicant(scene);
    await scene.pull();
    expect(await scene.interviews()).toMatchObject([{ ats_id: `gh-${entryOf(scene, who).id}` }]);
  });

  it('is not invited where a stage is added to the settings later', async () => {
    const scene = await connect({}, { ATS_STAGE: 'Offer' });
    await scene.pull();
    applicant(scene);
    await scene.pull();
    scene.reconnect({ ATS_STAGE: 'Video interview' });
    expect(await scene.pull()).toMatchObject({ invited: 0 });
    applicant(scene, { email_addresses: [{ value: 'bob@home.test', type: 'personal' }] });
    expect(await scene.pull()).toMatchObject({ invited: 1 });
  });
});

describe('an invitation of somebody who leaves the stage', () => {
  it.each([
    [
      'moves on',
      ({ greenhouse }: Connected, id: number) =>
        greenhouse.act.moveToStage({ application_id: id, stage: 'Offer' }),
    ],
    ['is rejected', ({ greenhouse }: Connected, id: number) => greenhouse.act.reject({ application_id: id })],
  ])('who %s: is kept once it was sent, canceled if the settings say so', async (_, leaves) => {
    for (const [onLeave, desired] of [
      ['keep', 'invited'],
      ['cancel', 'canceled'],
    ]) {
      const scene = await connect({}, { ATS_ON_LEAVE: onLeave! });
      await scene.pull();
      const who = applicant(scene);
      await scene.pull();
      await scene.rows(
        `insert into sync.links (resource, ats_id, uuid, how) select 'interviews', ats_id, gen_random_uuid(), 'created' from ats.interviews`,
      );
      leaves(scene, who.id);
      await lookAtApplications(scene);
      await scene.pull();
      expect(await scene.interviews()).toMatchObject([{ desired }]);
    }
  });

  it('is taken back where nothing has left yet, whatever the settings say', async () => {
    const scene = await connect();
    await scene.pull();
    const who = applicant(scene);
    await scene.pull();
    scene.greenhouse.act.moveToStage({ application_id: who.id, stage: 'Offer' });
    await scene.pull();
    expect(await scene.interviews()).toMatchObject([{ desired: 'canceled' }]);
    // Nobody was invited: who comes back is.
    scene.greenhouse.act.moveToStage({ application_id: who.id, stage: 'Video interview' });
    expect(await scene.pull()).toMatchObject({ invited: 1 });
  });

  it('stays while the history is destroyed, an application not shown, or everything hidden', async () => {
    const scene = await connect({}, { ATS_ON_LEAVE: 'cancel' });
    await scene.pull();
    const who = applicant(scene);
    await scene.pull();
    scene.greenhouse.act.anonymize({ candidate_id: who.candidate_id, fields: ['candidate_stage_data'] });
    await lookAtApplications(scene);
    await scene.pull([String(who.id)]);
    expect(await scene.interviews()).toMatchObject([{ desired: 'invited' }]);
    scene.greenhouse.act.deleteApplication({ application_id: who.id });
    await scene.pull([String(who.id)]);
    expect(await scene.interviews()).toMatchObject([{ desired: 'invited' }]);
    // Asked for twice, and not there twice: it is gone.
    await scene.pull();
    expect(await scene.interviews()).toMatchObject([{ desired: 'canceled' }]);
  });
});

/** Its turn has come. */
async function lookAtApplications(scene: Connected): Promise<void> {
  await scene.rows(
    `update sync.ats_cursors set position = jsonb_set(position, '{turns,applications}',
       to_jsonb(to_char(now() - interval '10 minutes', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))`,
  );
}

it('a row that somebody has deleted is not made again', async () => {
  const scene = await connect();
  await scene.pull();
  applicant(scene);
  await scene.pull();
  await scene.rows('delete from ats.interviews');
  scene.session.settings.reentry = 'invite';
  await scene.pull();
  expect(await scene.interviews()).toEqual([]);
});

describe('what a reading costs', () => {
  it('is two requests at most where nothing happened, also in another process', async () => {
    const scene = await connect({}, { ATS_ON_LEAVE: 'cancel' });
    await scene.pull();
    applicant(scene);
    await scene.pull();
    for (const _ of [1, 2, 3]) {
      scene.reconnect();
      scene.asked();
      await scene.rows(
        `update sync.ats_cursors set position = jsonb_set(position, '{turns}', (select jsonb_object_agg(key,
           to_char(now() - interval '2 days', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) from jsonb_object_keys(position -> 'turns') key) - 'living' - 'applications' || jsonb_build_object('living', to_jsonb(now()), 'applications', to_jsonb(now()))) `,
      );
      await scene.pull();
      expect(scene.asked().length).toBeLessThanOrEqual(2);
    }
    expect(scene.greenhouse.requests.filter(({ path }) => path === '/token')).toHaveLength(1);
  });

  it('is about four requests for fifty entries', async () => {
    const scene = await connect();
    await scene.pull();
    applicant(scene);
    await scene.pull();
    scene.asked();
    for (let at = 0; at < 100; at += 1) {
      applicant(scene, { email_addresses: [{ value: `p${at}@home.test`, type: 'personal' }] });
    }
    expect(await scene.pull()).toMatchObject({ invited: 100 });
    expect(scene.asked().length).toBeLessThanOrEqual(10);
  });
});
