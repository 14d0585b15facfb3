/** From entries into stages of Greenhouse to rows of schema ats. */
import { describe, expect, it } from 'vitest';
import { applicant, type Connected, connect, lookAtApplications } from '../pull-fixture.js';

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

/** The turn of those who are skipped for what may be mended has come. */
async function skippedAreDue(scene: Connected): Promise<void> {
  await scene.rows(
    `update sync.ats_cursors set position = jsonb_set(position, '{turns,skipped}', '"2020-01-01T00:00:00Z"')`,
  );
}

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
    const rows = await scene.rows(
      'select reason, message, candidate_id, address from sync.ats_skipped where entry_id = $1',
      [String(id)],
    );
    expect(invited).toBe(0);
    // `explain` finds them by it.
    expect(rows).toMatchObject([{ reason, candidate_id: expect.any(String) }]);
    expect(JSON.stringify(rows)).not.toMatch(/Ann|ann@/);
  });

  it('unmapped_package, until somebody writes the package', async () => {
    const scene = await connect({}, { ATS_PACKAGE: 'another' });
    await scene.pull();
    applicant(scene);
    expect(await scene.pull()).toMatchObject({ invited: 0, skipped: 1 });
    expect(await scene.skipped()).toContain('unmapped_package');
    await scene.rows(
      `insert into ats.packages (package, type, deadline_days) values ('another', 'one_way', 7)`,
    );
    await scene.rows(
      `update sync.ats_cursors set position = jsonb_set(position, '{turns,skipped}', '"2020-01-01T00:00:00Z"')`,
    );
    expect(await scene.pull()).toMatchObject({ invited: 1 });
    expect(await scene.skipped()).not.toContain('unmapped_package');
  });

  it('another_writer: whose job or entry has the key of a row that the connector did not write', async () => {
    const scene = await connect();
    await scene.pull();
    const [first, second] = ['ann', 'bob'].map((name) => {
      const { id } = scene.greenhouse.act.addJob({ stages: ['Review', 'Video interview'] }) as { id: number };
      return applicant(scene, {
        job_id: id,
        email_addresses: [{ value: `${name}@home.test`, type: 'personal' }],
      });
    });
    const jobOf = (one?: { id: number }) => scene.greenhouse.state.applications.get(one!.id)!.job_id;
    await scene.rows(`insert into ats.jobs (ats_id, title) values ($1, 'Mine')`, [String(jobOf(first))]);
    await scene.rows('insert into ats.interviews (ats_id) values ($1)', [`gh-${entryOf(scene, second!).id}`]);
    expect(await scene.pull()).toMatchObject({ invited: 0, skipped: 2 });
    expect((await scene.skipped()).slice(-2)).toEqual(['another_writer', 'another_writer']);
    // Once the rows are gone they are invited in their turn.
    await scene.rows('delete from ats.jobs');
    await scene.rows('delete from ats.interviews');
    await skippedAreDue(scene);
    expect(await scene.pull()).toMatchObject({ invited: 2 });
  });

  it('draft_job, until it is open', async () => {
    const scene = await connect();
    await scene.pull();
    const job = scene.greenhouse.act.addJob({ stages: ['Review', 'Video interview'], status: 'draft' }) as {
      id: number;
    };
    applicant(scene, { job_id: job.id });
    expect(await scene.pull()).toMatchObject({ invited: 0, jobs: 0 });
    expect(await scene.skipped()).toContain('draft_job');
    scene.greenhouse.act.openJob({ job_id: job.id });
    await skippedAreDue(scene);
    expect(await scene.pull()).toMatchObject({ invited: 1, jobs: 1 });
  });

  it('already_invited, who has a second application or the same address, in one reading or a later one', async () => {
    const scene = await connect();
    await scene.pull();
    applicant(scene);
    applicant(scene, { email_addresses: [{ value: ' ANN@home.test', type: 'work' }] });
    const before = (await scene.skipped()).length;
    expect(await scene.pull()).toMatchObject({ invited: 1, skipped: 1 });
    await scene.rows(
      `insert into sync.links (resource, ats_id, uuid, how) select 'interviews', ats_id, gen_random_uuid(), 'created' from ats.interviews`,
    );
    applicant(scene, { first_name: 'Bob' });
    expect(await scene.pull()).toMatchObject({ invited: 0, skipped: 1 });
    expect((await scene.skipped()).slice(before)).toEqual(['already_invited', 'already_invited']);
    // Another job is another interview.
    const { id } = [...scene.greenhouse.state.jobs.values()].filter(
      ({ status, confidential }) => status === 'open' && !confidential,
    )[1]!;
    applicant(scene, { job_id: id, stage: 'video  Interview' });
    expect(await scene.pull()).toMatchObject({ invited: 1 });
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
  await skippedAreDue(scene);
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

describe('who asks for the interview', () => {
  const asked = (scene: Connected) =>
    scene.rows(
      `select i.requested_by_ats_id as by, j.owner_ats_id as owner, i.extra ->> 'requested_by' as named
       from ats.interviews i join ats.jobs j on j.ats_id = i.job_ats_id`,
    );
  const users = async (scene: Connected) =>
    (await scene.rows<{ ats_id: string }>('select ats_id from ats.users')).map(({ ats_id }) => ats_id);

  /** Somebody is in the stage of a job of this recruiter, with another recruiter of their own. */
  async function recruited(owner: (scene: Connected) => number, recruiter: (scene: Connected) => number) {
    const scene = await connect();
    await scene.pull();
    const [by, of] = [recruiter(scene), owner(scene)];
    const job = scene.greenhouse.act.addJob({ stages: ['Review', 'Video interview'], recruiter_id: of }) as {
      id: number;
    };
    const { id } = applicant(scene, { job_id: job.id });
    scene.greenhouse.state.applications.change(id, { recruiter_id: by });
    return { scene, owner: String(of), recruiter: String(by) };
  }
  const colleague = ({ greenhouse }: Connected) => greenhouse.act.addUser({}).id;
  const service = ({ greenhouse }: Connected) =>
    [...greenhouse.state.users.values()].find((user) => user.service_account)!.id;
  const former = ({ greenhouse }: Connected) =>
    [...greenhouse.state.users.values()].find((user) => user.deactivated)!.id;

  it('is the owner of the job, not a recruiter who cannot see it; who was named is kept', async () => {
    const { scene, owner, recruiter } = await recruited(colleague, colleague);
    await scene.pull();
    expect(await asked(scene)).toEqual([{ by: owner, owner, named: recruiter }]);
    expect(await users(scene)).toEqual([owner]);
  });

  it('is the recruiter where they are an administrator of Spark Hire', async () => {
    const { scene, owner, recruiter } = await recruited(colleague, colleague);
    const { primary_email } = scene.greenhouse.state.users.get(Number(recruiter))!;
    await scene.rows(
      `insert into sparkhire.users (account, uuid, email, role, raw)
       values ('default', gen_random_uuid(), upper($1), 'administrator', '{}')`,
      [primary_email],
    );
    await scene.pull();
    expect(await asked(scene)).toEqual([{ by: recruiter, owner, named: recruiter }]);
    expect((await users(scene)).sort()).toEqual([owner, recruiter].sort());
  });

  it.each([
    ['a service account', service],
    ['deactivated', former],
    ['not there', () => 999_999],
  ])('is nobody where recruiter and owner are %s, in the row of the job too', async (_, who) => {
    const { scene, recruiter } = await recruited(who, who);
    await scene.pull();
    expect(await asked(scene)).toEqual([{ by: null, owner: null, named: recruiter }]);
    expect(await users(scene)).toEqual([]);
  });

  it('is nobody where another writer has a row of that key for somebody else', async () => {
    const { scene, owner } = await recruited(colleague, service);
    await scene.rows(`insert into ats.users (ats_id, name, email) values ($1, 'Zoe', 'zoe@home.test')`, [
      owner,
    ]);
    await scene.pull();
    expect(await asked(scene)).toMatchObject([{ by: null, owner: null }]);
    const { primary_email } = scene.greenhouse.state.users.get(Number(owner))!;
    await scene.rows('update ats.users set email = $1', [primary_email]);
    const job = scene.greenhouse.act.addJob({
      stages: ['Review', 'Video interview'],
      recruiter_id: Number(owner),
    }) as { id: number };
    applicant(scene, { job_id: job.id });
    await scene.pull();
    expect(await asked(scene)).toContainEqual({ by: owner, owner, named: owner });
    expect(await users(scene)).toEqual([owner]);
  });
});

it('a telephone number is not taken: nobody has said that text messages are welcome', async () => {
  const scene = await connect();
  await scene.pull();
  applicant(scene, { phone_numbers: [{ value: '+47 912 34 567', type: 'mobile' }] });
  expect(await scene.pull()).toMatchObject({ invited: 1 });
  const columns = 'candidate_phone, candidate_phone_e164';
  expect(await scene.rows(`select ${columns} from ats.interviews`)).toEqual([
    { candidate_phone: null, candidate_phone_e164: null },
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

describe('an invitation that waits', () => {
  it.each<[string, string, (scene: Connected, who: { id: number; candidate_id: number }) => unknown]>([
    [
      'anonymized',
      'is anonymized',
      ({ greenhouse: { act } }, { candidate_id }) =>
        act.anonymize({ candidate_id, fields: ['full_name', 'candidate_stage_data'] }),
    ],
    [
      'private',
      'becomes private',
      ({ greenhouse: { act } }, { candidate_id }) => act.editCandidate({ candidate_id, private: true }),
    ],
    [
      'may_not_email',
      'does not agree to mail any more',
      ({ greenhouse: { act } }, { candidate_id }) => act.editCandidate({ candidate_id, can_email: false }),
    ],
    ['not_active', 'is rejected', ({ greenhouse: { act } }, { id }) => act.reject({ application_id: id })],
    [
      'not_active',
      'is deleted',
      async (scene, { candidate_id }) => {
        scene.greenhouse.act.deleteCandidate({ candidate_id });
        await scene.pull();
        expect(await scene.interviews()).toMatchObject([{ desired: 'invited' }]);
      },
    ],
  ])('%s: is taken back where its candidate %s', async (reason, _, then) => {
    const scene = await connect();
    await scene.pull();
    const who = applicant(scene);
    await scene.pull();
    await then(scene, who);
    expect(await scene.pull()).toMatchObject({ canceled: 1 });
    expect(await scene.skipped()).toContain(reason);
    expect(await scene.pull()).toMatchObject({ canceled: 0 });
  });
});

const isSent = (scene: Connected) =>
  scene.rows(
    `insert into sync.links (resource, ats_id, uuid, how) select 'interviews', ats_id, gen_random_uuid(), 'created' from ats.interviews`,
  );

/** Its turn has come. */
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
    await isSent(scene);
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
