/** What is peculiar to Ashby when it is read: tokens, entries whose times people edit, plans that jobs share and change. */
import { describe, expect, it } from 'vitest';
import type { AshbyOptions } from '#emulators/ats-emulator/ashby/index';
import { pull } from '../../../../src/connectors/pull/pull.js';
import { type AshbyConnected, applicant, connectAshby, lastEntry } from './fixture.js';
import { lookAtApplications, sent } from '../pull-fixture.js';

/** Whoever stands in the stage is invited. */
const everybody = (options: AshbyOptions = {}, more: Record<string, string> = {}) =>
  connectAshby(options, { ATS_FROM: 'all', ...more });

const row = (scene: AshbyConnected, id: string, desired = 'invited') =>
  `ab-${lastEntry(scene, id)} ${desired}`;

describe('requests', () => {
  it('are two where nothing happened, and one more for each application that changed', async () => {
    const scene = await connectAshby({ candidates: 40 });
    await scene.pull();
    scene.asked();
    await scene.pull();
    expect(scene.asked()).toEqual(['application.list', 'application.list']);
    for (let i = 0; i < 3; i++) applicant(scene, { email: `ann${i}@home.test` });
    expect(await scene.pull()).toMatchObject({ invited: 3 });
    expect(scene.asked().filter((one) => one.startsWith('application.'))).toEqual([
      'application.list',
      'application.info',
      'application.info',
      'application.info',
    ]);
  });

  it('are none for each of many that are archived at once, and those who were invited are canceled all the same', async () => {
    const scene = await everybody({}, { ATS_ON_LEAVE: 'cancel' });
    await scene.pull();
    const { id } = applicant(scene);
    const others = scene.ashby.act.applyMany({ count: 250 });
    await scene.pull();
    await sent(scene);
    for (const application_id of [id, ...others]) scene.ashby.act.archive({ application_id });
    scene.asked();
    await lookAtApplications(scene);
    expect(await scene.pull()).toMatchObject({ canceled: 1 });
    expect(scene.asked().filter((one) => one === 'application.info')).toHaveLength(1);
  });
});

describe('a sync token', () => {
  it.each([
    ['has expired', { tokenSeconds: 1 }],
    ['may be used once', { tokenReuse: 'once' }],
    ['brings too much', { largestSync: 1, pageCap: 2 }],
    ['is refused beside a cursor', { tokenWithCursor: 'refused', pageCap: 2 }],
    ['is missing where nothing changed', { idleToken: 'none' }],
    ['stays the same where nothing changed', { idleToken: 'same' }],
    ['comes with an empty last page', { lastPage: 'empty-page', pageCap: 2 }],
    ['comes with a cursor that is null', { lastPage: 'null-cursor', pageCap: 2 }],
    ['is refused with 400', { tokenSeconds: 1, errorStatus: '4xx', errorShape: 'objects' }],
  ] as const)('that %s loses nobody and brings nobody twice', async (_, switches) => {
    const scene = await everybody({ switches }, { ATS_ON_LEAVE: 'cancel' });
    await scene.pull();
    for (const round of [1, 2, 3]) {
      const { id } = applicant(scene, { email: `a${round}@home.test` });
      for (let i = 0; i < 4; i++)
        scene.ashby.act.addNote({
          candidate_id: scene.ashby.state.applications.one(id).candidateId,
          content: 'x',
        });
      for (let i = 0; i < 4; i++) scene.ashby.act.apply();
      scene.ashby.clock.advance(2_000);
      expect(await scene.pull()).toMatchObject({ invited: 1 });
      await lookAtApplications(scene);
      expect(await scene.pull()).toMatchObject({ invited: 0 });
    }
    expect(await scene.invited()).toHaveLength(3);
  });

  it('is stored with the rows it covers: a reading that is lost is read again', async () => {
    const scene = await everybody();
    await scene.pull();
    applicant(scene);
    const lost = { ...scene.session, fence: () => Promise.reject(new Error('the lock is lost')) };
    await expect(pull(lost)).rejects.toThrow('the lock is lost');
    expect(await scene.pull()).toMatchObject({ invited: 1 });
  });

  it('that jumped over somebody is made up for within a day', async () => {
    const scene = await everybody({ switches: { tokenMarks: 'last-page', pageCap: 1 } });
    const { id } = scene.ashby.act.apply({ email: 'ann@home.test' });
    scene.ashby.act.apply();
    // Moved while the list that it was on already is read on.
    const stop = scene.ashby.onRequest(({ path }) => {
      if (
        scene.ashby.requests.filter((one) => one.path === '/application.list').length !== 2 ||
        path !== '/application.list'
      )
        return;
      stop();
      scene.ashby.act.moveToStage({ application_id: id, stage: 'Video interview' });
    });
    await scene.pull();
    expect(await scene.pull()).toMatchObject({ invited: 0 });
    await scene.rows(
      `update sync.ats_cursors set position = jsonb_set(position, '{marks,full}', to_jsonb((extract(epoch from now()) * 1000 - 90000000)::text))`,
    );
    expect(await scene.pull()).toMatchObject({ invited: 1 });
  });

  it('is given up once a day; then who stands in a stage is looked at, and nobody else who has not changed', async () => {
    const scene = await connectAshby();
    scene.ashby.clock.advance(-3 * 86_400_000);
    applicant(scene);
    scene.ashby.act.apply({ stage: 'Offer' });
    scene.ashby.clock.advance(3 * 86_400_000);
    await scene.pull();
    await agedByADay(scene);
    applicant(scene, { email: 'bob@home.test' });
    scene.asked();
    expect(await scene.pull()).toMatchObject({ invited: 1 });
    expect(scene.asked().filter((one) => one === 'application.info')).toHaveLength(2);
    expect(await scene.skipped()).toHaveLength(1);
  });

  it('is given up once a day, so that who was hidden when they entered is met once they are shown', async () => {
    const scene = await connectAshby({}, { ATS_FROM: 'all' });
    const { id: job_id } = [...scene.ashby.state.jobs.values()].find(({ confidential }) => confidential)!;
    scene.ashby.act.editJob({ job_id, confidential: true, title: 'Head of Nothing' });
    scene.ashby.act.seeConfidential({ sees: false });
    scene.ashby.clock.advance(-3 * 86_400_000);
    applicant(scene, { job_id });
    scene.ashby.clock.advance(3 * 86_400_000);
    applicant(scene, { email: 'bob@home.test' });
    expect(await scene.pull()).toMatchObject({ invited: 1 });
    scene.ashby.act.seeConfidential({ sees: true });
    scene.ashby.act.editJob({ job_id, confidential: false });
    await agedByADay(scene);
    expect(await scene.pull()).toMatchObject({ invited: 1 });
  });
});

const agedByADay = (scene: Awaited<ReturnType<typeof connectAshby>>) =>
  scene.rows(
    `update sync.ats_cursors set position = jsonb_set(position, '{marks,full}', to_jsonb((extract(epoch from now()) * 1000 - 90000000)::text))`,
  );

describe('an entry', () => {
  it('of somebody who stood there at first contact never invites, whatever becomes of its time', async () => {
    const scene = await connectAshby();
    const { id } = applicant(scene);
    await scene.pull();
    expect(await scene.skipped()).toEqual([`${lastEntry(scene, id)} before_from`]);
    const later = new Date(scene.ashby.clock.now() + 60_000).toISOString();
    scene.ashby.act.setEntered({ application_id: id, entered_at: later });
    expect(await scene.pull()).toMatchObject({ invited: 0 });
    expect(await scene.pull([id])).toMatchObject({ invited: 0 });
    expect(await scene.skipped()).toEqual([`${lastEntry(scene, id)} before_from`]);
  });

  it('keeps its row when its time is edited', async () => {
    const scene = await everybody({}, { ATS_ON_LEAVE: 'cancel' });
    await scene.pull();
    const { id } = applicant(scene);
    await scene.pull();
    scene.ashby.act.setEntered({ application_id: id, entered_at: '2026-01-01T00:00:00Z' });
    await scene.pull();
    await scene.pull([id]);
    expect(await scene.invited()).toEqual([row(scene, id)]);
  });

  it('that people delete from the history takes nothing back', async () => {
    const scene = await everybody({}, { ATS_ON_LEAVE: 'cancel' });
    await scene.pull();
    const { id } = applicant(scene);
    await scene.pull();
    const before = await scene.invited();
    scene.ashby.act.moveToStage({ application_id: id, stage: 'Offer' });
    scene.ashby.act.deleteEntry({
      application_id: id,
      entry_id: scene.ashby.state.applications.one(id).history[0]!.id,
    });
    await scene.pull();
    expect(await scene.invited()).toEqual(before);
  });

  it.each(['new-entry', 'moved'] as const)(
    'goes on when the job gets another plan (%s): nobody is invited for it, nobody taken back',
    async (planSwitch) => {
      const scene = await connectAshby({ switches: { planSwitch } }, { ATS_ON_LEAVE: 'cancel' });
      const stood = applicant(scene, { email: 'old@home.test' });
      await scene.pull();
      const { id, jobId } = applicant(scene);
      await scene.pull();
      const before = await scene.invited();
      expect(before).toEqual([row(scene, id)]);
      scene.ashby.act.switchPlan({ job_id: jobId });
      await scene.pull();
      await scene.pull([id, stood.id]);
      expect(await scene.invited()).toEqual(before);
      // In the new plan the stage of that name invites as before.
      const next = applicant(scene, { email: 'bob@home.test' });
      await scene.pull();
      expect(await scene.invited()).toHaveLength(2);
      expect(await scene.invited()).toContain(row(scene, next.id));
    },
  );

  it('is read where nothing is told of the stage but its id, and where what was not left is null', async () => {
    const scene = await everybody({ switches: { stageOfApplication: 'id-only', openEntry: 'null' } });
    await scene.pull();
    const { id } = applicant(scene);
    await scene.pull();
    expect(await scene.invited()).toEqual([row(scene, id)]);
  });
});

describe('a stage that several jobs have', () => {
  it.each([
    ['its name', 'Video interview'],
    ['its id', null],
  ])('is a trigger for all of them by %s, or for those that the settings name', async (_, name) => {
    const scene = await everybody();
    const jobs = [...scene.ashby.state.jobs.values()].slice(0, 2);
    const stage = [...scene.ashby.state.stages.values()].find(({ title }) => title === 'Video interview')!;
    scene.reconnect({ ATS_STAGE: name ?? stage.id });
    const { settings } = scene.session;
    await scene.pull();
    for (const job of jobs)
      applicant(scene, { job_id: job.id, email: `${job.title}@home.test`.replaceAll(' ', '') });
    const only = {
      ...settings,
      triggers: settings.triggers.map((one) => ({ ...one, jobs: [jobs[1]!.title] })),
    };
    scene.session = { ...scene.session, settings: only };
    expect(await scene.pull()).toMatchObject({ invited: 1, notes: [] });
    scene.session = { ...scene.session, settings };
    expect(await scene.pull()).toMatchObject({ invited: 1, notes: [] });
  });

  it('is listed under each job, with its own id', async () => {
    const scene = await connectAshby();
    const stages = await scene.connector.stages(scene.session.signal);
    const video = stages.filter(({ name }) => name === 'Video interview');
    expect(new Set(video.map(({ sharedId }) => sharedId)).size).toBe(1);
    expect(video.map(({ jobTitle }) => jobTitle)).toEqual([
      'Night-shift Nurse',
      'Midwife',
      'Head of Nursing',
    ]);
  });
});

describe('who is not invited', () => {
  const reasons = async (scene: AshbyConnected) => (await scene.skipped()).map((one) => one.split(' ')[1]);

  it('is a lead, even in the stage', async () => {
    const scene = await everybody();
    await scene.pull();
    scene.ashby.act.addLead({ stage: 'Video interview' });
    await scene.pull();
    expect(await reasons(scene)).toEqual(['prospect']);
  });

  it.each(['Anonymous', 'empty', 'initials'] as const)(
    'is somebody who was anonymized (%s)',
    async (anonymized) => {
      const scene = await everybody({ switches: { anonymized } });
      await scene.pull();
      scene.ashby.act.anonymize({ candidate_id: applicant(scene).candidateId });
      await scene.pull();
      expect(await reasons(scene)).toEqual([anonymized === 'initials' ? 'no_email' : 'anonymized']);
    },
  );

  it.each(['kept', 'dropped'] as const)(
    'is anonymized after the row was made and before anything left: taken back, history %s',
    async (anonymizedHistory) => {
      const scene = await everybody({ switches: { anonymizedHistory } });
      await scene.pull();
      const { candidateId } = applicant(scene);
      await scene.pull();
      scene.ashby.act.anonymize({ candidate_id: candidateId });
      await scene.pull();
      expect((await scene.invited()).map((one) => one.split(' ')[1])).toEqual(['canceled']);
    },
  );

  it('has applied for a confidential job, unless the settings take those too', async () => {
    const scene = await everybody();
    await scene.pull();
    const { id: job_id } = [...scene.ashby.state.jobs.values()].find(({ confidential }) => confidential)!;
    applicant(scene, { job_id });
    await scene.pull();
    expect(await reasons(scene)).toEqual(['confidential_job']);
  });

  it('has no address', async () => {
    const scene = await everybody();
    await scene.pull();
    applicant(scene, { email: null });
    await scene.pull();
    expect(await reasons(scene)).toEqual(['no_email']);
  });
});

describe('what is read of them', () => {
  it('is the job with its place, advertisement and recruiter, whatever way the place is told', async () => {
    for (const jobLocation of ['expand', 'never'] as const) {
      const scene = await everybody({ switches: { jobLocation } });
      await scene.pull();
      applicant(scene);
      await scene.pull();
      expect(
        await scene.rows('select title, city, region, country, description, source from ats.jobs'),
      ).toEqual([
        {
          title: 'Night-shift Nurse',
          city: 'Bergen',
          region: 'Vestland',
          country: 'Norway',
          description: '<p>You look after up to twelve patients a shift.</p>',
          source: 'ashby',
        },
      ]);
      const [{ who }] = (await scene.rows<{ who: string }>('select name as who from ats.users')) as [
        { who: string },
      ];
      expect(['Solveig Berge', 'Tunde Bello']).toContain(who);
    }
  });

  it('is mended while the row waits, and stays as it is when two candidates are merged', async () => {
    const scene = await everybody();
    await scene.pull();
    const { id, candidateId } = applicant(scene);
    await scene.pull();
    scene.ashby.act.editCandidate({ candidate_id: candidateId, email: 'ann.baker@home.test' });
    await scene.pull();
    expect(await scene.rows('select candidate_email from ats.interviews')).toEqual([
      { candidate_email: 'ann.baker@home.test' },
    ]);
    await sent(scene);
    const winner = scene.ashby.act.apply({ email: 'other@home.test' });
    scene.ashby.act.merge({ winner_id: winner.candidateId, loser_id: candidateId });
    await scene.pull([id]);
    expect(await scene.invited()).toEqual([row(scene, id)]);
  });
});

describe('access', () => {
  it.each([
    ['a wrong key', { wrongKey: '403' }, 'ATS_ACCESS_REFUSED'],
    ['a wrong key, with 401', { wrongKey: '401' }, 'ATS_ACCESS_REFUSED'],
  ] as const)('with %s is refused, told, and nothing changes', async (_, switches, code) => {
    const scene = await everybody({ switches });
    await scene.pull();
    applicant(scene);
    scene.ashby.act.deactivateKey();
    await expect(scene.pull()).rejects.toMatchObject({ code });
    expect(await scene.check()).toMatchObject([{ check: 'ats_access', level: 'failed' }]);
    scene.ashby.act.activateKey();
    expect(await scene.pull()).toMatchObject({ invited: 1 });
  });

  it.each(['403', '200'] as const)(
    'without a permission is told with its name (%s)',
    async (missingPermission) => {
      const scene = await everybody({ switches: { missingPermission } });
      await scene.pull();
      scene.ashby.act.revokePermission({ permission: 'candidatesRead' });
      await expect(scene.pull()).rejects.toMatchObject({ code: 'ATS_FORBIDDEN' });
      for (const permission of ['jobsRead', 'interviewsRead', 'organizationRead', 'candidatesWrite'] as const)
        scene.ashby.act.revokePermission({ permission });
      expect((await scene.check()).at(-1)).toMatchObject({
        check: 'ats_rights',
        level: 'failed',
        remedy: expect.stringContaining(
          'Organization: read, Candidates: read, Jobs: read, Interviews: read, Candidates: write',
        ),
      });
    },
  );

  it.each(['application.info', 'candidate.listNotes'])(
    'that may not ask %s is told so, though lists are shown',
    async (endpoint) => {
      const scene = await connectAshby();
      applicant(scene);
      const path = new RegExp(endpoint);
      const code = 'missing_endpoint_permission';
      scene.ashby.faults.add({ path, effect: { kind: 'status', status: 403, code } });
      expect((await scene.check()).at(-1)).toMatchObject({
        check: 'ats_rights',
        level: 'failed',
        remedy: expect.stringContaining(`Candidates: read (${endpoint})`),
      });
    },
  );

  it('with everything is found in order', async () => {
    const scene = await connectAshby();
    expect((await scene.check()).map(({ check, level }) => `${check} ${level}`)).toEqual([
      'ats_access ok',
      'ats_rights ok',
      'ats_stages ok',
      'ats_unseen ok',
    ]);
    scene.ashby.act.revokePermission({ permission: 'apiKeysRead' });
    expect((await scene.check())[1]).toMatchObject({
      level: 'ok',
      detail: expect.stringContaining('cannot tell'),
    });
  });
});
