/** Jobs and users that come along with invitations, and what becomes of them later. */
import { expect, it } from 'vitest';
import { readIssues } from '../../../../src/story/issues.js';
import { explain } from '../../../../src/story/story.js';
import { applicant, type Connected, connect } from '../pull-fixture.js';

/** The turn of this has come. */
async function turnOf({ rows }: Connected, name: string): Promise<void> {
  await rows(
    `update sync.ats_cursors set position = jsonb_set(position, array['turns', $1::text],
       to_jsonb(to_char(now() - interval '30 days', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))`,
    [name],
  );
}

it('a job has the place of its office, the text of its advertisement, and its responsible recruiter with it', async () => {
  const scene = await connect();
  await scene.pull();
  const { state, act } = scene.greenhouse;
  const office = [...state.offices.values()].find(({ location }) => location?.split(',').length === 3)!;
  const recruiter = [...state.users.values()].find(
    ({ deactivated, service_account }) => !deactivated && !service_account,
  )!;
  const made = act.addJob({
    name: 'Pastry chef',
    office_id: office.id,
    stages: ['Application Review', 'Video interview'],
    content: '<p>Bakes.</p>',
    recruiter_id: recruiter.id,
  }) as { id: number };
  const bare = act.addJob({
    name: 'Miller',
    office_id: null,
    stages: ['Application Review', 'Video interview'],
    content: null,
  }) as { id: number };
  applicant(scene, { job_id: made.id });
  applicant(scene, { job_id: bare.id });
  await scene.pull();
  const [city, region, country] = office.location!.split(', ');
  const [job, miller] = await scene.rows('select * from ats.jobs order by ats_id');
  expect(job).toMatchObject({
    title: 'Pastry chef',
    description: '<p>Bakes.</p>',
    status: 'open',
    city,
    region,
    country,
    owner_ats_id: String(recruiter.id),
  });
  // Nothing is guessed: without a place the row is told of.
  expect(miller).toMatchObject({ title: 'Miller', description: 'Miller', city: null, country: null });
  const users = await scene.rows('select ats_id, email, active, source from ats.users');
  expect(users).toContainEqual({
    ats_id: String(recruiter.id),
    email: recruiter.primary_email,
    active: true,
    source: 'greenhouse',
  });
});

it('a job that is rejected for its place is to be mended in Greenhouse, and is read again though it did not change', async () => {
  const scene = await connect();
  await scene.pull();
  const { state, act } = scene.greenhouse;
  const office = [...state.offices.values()].find(({ location }) => location?.split(',').length === 3)!;
  const location = office.location!;
  state.offices.change(office.id, { location: null });
  const stages = ['Application Review', 'Video interview'];
  applicant(scene, {
    job_id: (act.addJob({ name: 'Miller', office_id: office.id, stages }) as { id: number }).id,
  });
  await scene.pull();
  await scene.rows(
    `insert into sync.desired_rows (resource, ats_id, state) select 'jobs', ats_id, 'rejected' from ats.jobs
     on conflict (account, resource, ats_id) do update set state = excluded.state`,
  );
  await scene.rows(
    `insert into sync.issues (resource, ats_id, code, field, message)
     select 'jobs', ats_id, 'REQUIRED_FIELD_MISSING', 'city', 'Give city and country.' from ats.jobs`,
  );
  const said = await readIssues(scene.db, { state: 'rejected' });
  expect(said.map(({ remedy }) => remedy)).toEqual([expect.stringContaining('of the job in Greenhouse')]);
  const [row] = await scene.rows<{ ats_id: string }>('select ats_id from ats.jobs');
  const [story] = (await explain(scene.db, row!.ats_id)).stories;
  expect(story!.subjects[0]!.causes[0]!.remedy).toBe(said[0]!.remedy);
  state.jobs.load(Number(row!.ats_id), { updated_at: 0 });
  state.offices.change(office.id, { location });
  await turnOf(scene, 'jobs');
  await scene.pull();
  expect((await scene.rows('select city from ats.jobs'))[0]!.city).toBe(location.split(', ')[0]);
});

it('a job that is renamed or closed, and a user who is deactivated, are so here in their turn', async () => {
  const scene = await connect();
  await scene.pull();
  const who = applicant(scene);
  await scene.pull();
  const [job] = (await scene.rows('select ats_id from ats.jobs')) as [{ ats_id: string }];
  const [user] = (await scene.rows('select ats_id from ats.users')) as [{ ats_id: string }];
  scene.greenhouse.act.editJob({ job_id: Number(job.ats_id), name: 'Another name' });
  scene.greenhouse.act.closeJob({ job_id: Number(job.ats_id) });
  scene.greenhouse.act.deactivateUser({ user_id: Number(user.ats_id) });
  await turnOf(scene, 'jobs');
  await scene.pull();
  expect(await scene.rows('select title, status from ats.jobs')).toEqual([
    { title: 'Another name', status: 'closed' },
  ]);
  await turnOf(scene, 'users');
  await scene.pull();
  expect(await scene.rows('select active from ats.users where ats_id = $1', [user.ats_id])).toEqual([
    { active: false },
  ]);
  expect(who.id).toBeGreaterThan(0);
});

it('rows of other writers are never touched, nor are those that say the same written', async () => {
  const scene = await connect();
  await scene.pull();
  const job = [...scene.greenhouse.state.jobs.values()].find(
    ({ status, confidential }) => status === 'open' && !confidential,
  )!;
  await scene.rows('insert into ats.jobs (ats_id, title, status) values ($1, $2, $3)', [
    String(job.id),
    'Mine',
    'open',
  ]);
  applicant(scene);
  await scene.pull();
  expect(await scene.rows('select title, source from ats.jobs')).toEqual([{ title: 'Mine', source: null }]);
  await scene.rows('delete from sync.desired_queue');
  for (const name of ['jobs', 'users', 'living']) {
    await turnOf(scene, name);
    await scene.pull();
  }
  expect(await scene.rows('select resource, ats_id from sync.desired_queue')).toEqual([]);
});

it('with `jobs: open` every job that is open is made, but no template and none that is confidential', async () => {
  const scene = await connect();
  scene.session.settings.jobs = 'open';
  await scene.pull();
  const open = [...scene.greenhouse.state.jobs.values()].filter(
    ({ status, confidential, is_template }) => status === 'open' && !confidential && !is_template,
  );
  const rows = await scene.rows<{ ats_id: string }>('select ats_id from ats.jobs');
  expect(rows.map(({ ats_id }) => Number(ats_id)).sort()).toEqual(open.map(({ id }) => id).sort());
  const { id } = scene.greenhouse.act.addJob({ name: 'New here' }) as { id: number };
  await turnOf(scene, 'jobs');
  await scene.pull();
  expect(await scene.rows('select title from ats.jobs where ats_id = $1', [String(id)])).toEqual([
    { title: 'New here' },
  ]);
});
