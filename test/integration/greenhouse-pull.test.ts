/** From entries into stages of Greenhouse to rows of schema ats. */
import { expect, it } from 'vitest';
import { connect } from './pull-fixture.js';

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
