/** What is Workable's alone: entries from activities, few requests, samples, sourced people, other jobs, pages. */
import { describe, expect, it } from 'vitest';
import { workableSwitchTable } from '#emulators/ats-emulator/workable/index';
import { lookAtApplications, sent } from '../pull-fixture.js';
import { anHourAgo, connectWorkable, video } from './fixture.js';

const ann = { email: 'ann@home.test', firstname: 'Ann', lastname: 'Baker', stage: video };

describe('requests to Workable', () => {
  it('a reading that finds nothing takes two, and one where people changed asks only for those who may have moved', async () => {
    const { workable, pull, asked } = await connectWorkable();
    const settled = [1, 2, 3].map(() => workable.act.apply({ stage: 'Interview' }));
    await pull();
    anHourAgo(workable);
    asked();
    await pull();
    expect(asked()).toEqual(['/candidates', '/candidates']);
    // Nobody has moved by applying, or by being written about.
    workable.act.apply();
    workable.switches.commentTouches = 'yes';
    const { id } = workable.act.apply(ann);
    await pull();
    const histories = asked().filter((path) => path.endsWith('/activities'));
    expect(new Set(histories)).toEqual(new Set([`/candidates/${id}/activities`]));
    for (const one of settled) workable.act.comment({ candidate_id: one.id, body: 'Looks good.' });
    for (const one of workable.state.candidates.values()) one.updated_at -= 60_000;
    await pull();
    for (const one of settled) workable.act.comment({ candidate_id: one.id, body: 'Really.' });
    asked();
    await pull();
    expect(asked().filter((path) => path.endsWith('/activities'))).toEqual([]);
  });

  it('are none for many who are disqualified at once and named by webhooks; who enters meanwhile is invited, who was invited is canceled', async () => {
    const { workable, pull, asked, invited, rows } = await connectWorkable({}, { onLeave: 'cancel' });
    await pull();
    const bob = workable.act.apply({ ...ann, email: 'bob@home.test' });
    const many = workable.act.applyMany({ stage: 'Interview', count: 30 });
    await pull();
    await sent({ rows });
    anHourAgo(workable);
    for (const candidate_id of [...many, bob.id]) workable.act.disqualify({ candidate_id });
    const { id } = workable.act.apply(ann);
    asked();
    await lookAtApplications({ rows });
    await pull([...many, bob.id, id]);
    const single = asked().filter((path) => path.startsWith('/candidates/'));
    expect(new Set(single.map((path) => path.split('/')[2]))).toEqual(new Set([id, bob.id]));
    expect(await invited()).toEqual(['ann@home.test invited', 'bob@home.test canceled']);
  });

  it('who stood in the stage at first contact is neither invited nor asked for', async () => {
    const { workable, pull, asked, invited } = await connectWorkable();
    workable.act.applyMany({ ...ann, email: undefined, count: 30 });
    anHourAgo(workable);
    await pull();
    expect(asked().filter((path) => path.includes('/activities'))).toEqual([]);
    workable.act.apply(ann);
    await pull();
    expect(await invited()).toEqual(['ann@home.test invited']);
  });

  it('for pipelines of jobs are made once in a while only, though a trigger names a stage that none has', async () => {
    const trigger = { stage: 'Vidoe', package: 'standard' };
    const { pull, asked, rows } = await connectWorkable({}, { triggers: [trigger] });
    await pull();
    const ofJobs = () => asked().filter((path) => /jobs\/.+\/stages/.test(path));
    expect(ofJobs()).toHaveLength(2);
    await lookAtApplications({ rows }, 'stages');
    await pull();
    await lookAtApplications({ rows }, 'stages');
    expect((await pull()).notes.join()).toContain('Vidoe');
    expect(ofJobs()).toEqual([]);
  });

  it('an account without candidates is no error; who was hidden from the beginning is invited once shown, and lost sight is told', async () => {
    const { workable, pull, invited } = await connectWorkable({ switches: { missingScope: 'empty' } });
    workable.act.setScopes({ scopes: ['r_jobs'] });
    for (const _ of [1, 2, 3]) await pull();
    workable.act.apply(ann);
    await pull();
    workable.act.setScopes({ scopes: ['r_jobs', 'r_candidates'] });
    await pull();
    expect(await invited()).toEqual(['ann@home.test invited']);
    workable.act.setScopes({ scopes: ['r_jobs'] });
    await expect(pull()).rejects.toMatchObject({ code: 'ATS_FORBIDDEN' });
  });
});

it('a token that is refused the activities of a candidate is told so, though candidates are listed', async () => {
  const { workable, connector, session } = await connectWorkable();
  workable.act.apply(ann);
  workable.faults.add({ path: /activities/, effect: { kind: 'status', status: 403 } });
  expect(await connector.check(session.signal)).toContainEqual(
    expect.objectContaining({
      check: 'ats_rights',
      level: 'failed',
      detail: expect.stringMatching(/\/activities was answered with 403/),
      remedy: expect.stringContaining('r_candidates'),
    }),
  );
});

describe('who is invited from Workable', () => {
  it('has a row by the activity that tells of the entry, with candidate, job and who moved them', async () => {
    const { workable, pull, rows } = await connectWorkable();
    await pull();
    const nadia = [...workable.state.members.values()][0]!;
    const { id, job } = workable.act.apply({ ...ann, member_id: nadia.id });
    const entry = [...workable.state.activities.keys()].at(-1)!;
    expect(await pull()).toMatchObject({ invited: 1, jobs: 1 });
    expect(await rows('select ats_id, job_ats_id, candidate_name, extra from ats.interviews')).toEqual([
      {
        ats_id: `wk-${entry}`,
        job_ats_id: job,
        candidate_name: 'Ann Baker',
        extra: expect.objectContaining({
          connector: 'workable',
          application_id: id,
          candidate_id: id,
          entry_id: entry,
          requested_by: nadia.id,
          url: expect.stringContaining(id),
        }),
      },
    ]);
    expect(await rows('select ats_id, title, status, city, region, country from ats.jobs')).toEqual([
      {
        ats_id: job,
        title: 'Baker',
        status: 'open',
        city: expect.any(String),
        region: expect.any(String),
        country: expect.any(String),
      },
    ]);
  });

  it('is everybody who applies, where that is the stage of the trigger', async () => {
    const trigger = { stage: 'applied', jobs: 'all', package: 'standard' };
    const { workable, pull, invited } = await connectWorkable({}, { triggers: [trigger] });
    await pull();
    workable.act.apply({ email: 'ann@home.test' });
    await pull();
    expect(await invited()).toEqual(['ann@home.test invited']);
  });

  it.each([
    ['its slug', { stage: 'video-interview' }],
    ['its job by title', { stage: 'video interview', jobs: ['baker'] }],
    ['its job by shortcode', { stage: 'Video interview', jobs: ['5B5C01F00D'] }],
  ])('may be told by %s', async (_, named) => {
    const trigger = { package: 'standard', ...named };
    const { workable, pull, invited } = await connectWorkable({}, { triggers: [trigger] });
    const [first, other] = [...workable.state.jobs.keys()];
    await pull();
    workable.act.apply({ ...ann, job: first });
    if ('jobs' in named) workable.act.apply({ email: 'bob@home.test', stage: video, job: other });
    expect((await pull()).notes).toEqual([]);
    expect(await invited()).toEqual(['ann@home.test invited']);
  });

  it('may come from a pipeline that only one job has', async () => {
    const trigger = { stage: 'Trial day', package: 'standard' };
    const { workable, pull, invited } = await connectWorkable({}, { triggers: [trigger] });
    const job = [...workable.state.jobs.keys()][1]!;
    workable.act.addStage({ name: 'Trial day', job });
    await pull();
    workable.act.apply({ email: 'ann@home.test', job, stage: 'Trial day' });
    expect((await pull()).notes).toEqual([]);
    expect(await invited()).toEqual(['ann@home.test invited']);
  });

  it('is nobody whom Workable made up, nobody who was sourced unless the settings say so, and nobody of a sample job', async () => {
    const { workable, pull, reconnect, invited, skipped } = await connectWorkable({}, { from: 'all' });
    workable.act.apply({ ...ann, email: 'ann@samplecandidate.com' });
    workable.act.apply({ ...ann, email: 'bob@home.test', sourced: true });
    const sample = workable.act.addJob({ sample: true });
    workable.act.apply({ ...ann, email: 'cid@home.test', job: sample.shortcode });
    await pull();
    expect(await invited()).toEqual([]);
    expect(await skipped()).toEqual(['no_email', 'prospect']);
    reconnect({ include: { sourced: true } });
    await pull();
    expect(await invited()).toEqual(['bob@home.test invited']);
  });

  it('is nobody whom a provider of Workable itself was asked for, also while the invitation waits', async () => {
    const { workable, pull, invited, skipped, rows } = await connectWorkable();
    await pull();
    const first = workable.act.apply(ann);
    workable.act.requestVideoInterview({ candidate_id: first.id });
    const second = workable.act.apply({ ...ann, email: 'bob@home.test' });
    await pull();
    expect(await skipped()).toEqual(['already_invited']);
    expect(await invited()).toEqual(['bob@home.test invited']);
    workable.act.requestVideoInterview({ candidate_id: second.id });
    await rows(
      `insert into sync.desired_rows (resource, ats_id, state) select 'interviews', ats_id, 'held' from ats.interviews`,
    );
    await pull();
    expect(await invited()).toEqual(['bob@home.test canceled']);
  });

  it('who is moved to another job leaves the first one, and is invited to the other once', async () => {
    const { workable, pull, invited, rows } = await connectWorkable({}, { onLeave: 'cancel' });
    const other = [...workable.state.jobs.keys()][1]!;
    await pull();
    const { id } = workable.act.apply(ann);
    await pull();
    workable.act.relocate({ candidate_id: id, job: other, stage: video });
    for (const _ of [1, 2, 3]) {
      await lookAtApplications({ rows });
      await pull();
    }
    expect(await rows('select job_ats_id, desired from ats.interviews order by ats_id')).toEqual([
      expect.objectContaining({ desired: 'canceled' }),
      { job_ats_id: other, desired: 'invited' },
    ]);
    expect(await invited()).toHaveLength(2);
  });
});

describe('what the documents of Workable leave open', () => {
  it.each([1, 2])(
    'read the other way (%i), nobody else is invited, and nothing is asked in vain',
    async (nth) => {
      const others = Object.entries(workableSwitchTable.alternatives).flatMap(([name, all]) =>
        nth in all ? [[name, all[nth]] as const] : [],
      );
      const { workable, pull, invited } = await connectWorkable({ switches: Object.fromEntries(others) });
      workable.act.applyMany({ count: 5 });
      await pull();
      for (const email of ['ann', 'bob', 'cid'])
        workable.act.apply({ email: `${email}@home.test`, stage: video });
      workable.act.disqualify({ candidate_id: workable.act.apply({ ...ann, email: 'dan@home.test' }).id });
      // A list may be behind.
      workable.clock.advance(120_000);
      await pull();
      await pull();
      expect(await invited()).toEqual(['ann', 'bob', 'cid'].map((one) => `${one}@home.test invited`));
      expect(workable.requests.filter(({ status }) => status >= 400)).toEqual([]);
    },
  );
});

describe('a stage that has its name again', () => {
  it('shows who entered it meanwhile, once', async () => {
    const scene = await connectWorkable();
    // A command asks for the stages each time; the service does in their turn.
    const pull = async () => {
      scene.session = { ...scene.session, isAsked: true };
      return scene.pull();
    };
    await pull();
    const slug = 'video-interview';
    scene.workable.act.renameStage({ slug, name: 'Another' });
    expect((await pull()).notes).toEqual([expect.stringContaining('Nobody is invited by the trigger')]);
    scene.workable.act.apply({ ...ann, stage: 'Another' });
    await pull();
    expect(await scene.invited()).toEqual([]);
    scene.workable.act.renameStage({ slug, name: video });
    expect(await pull()).toMatchObject({ invited: 1, notes: [] });
    expect(await pull()).toMatchObject({ invited: 0 });
  });
});
