/**
 * Ashby's own orders beside the connector to the same Ashby: whichever comes first, one job and one invitation.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import { applicant, connectAshby } from '../connectors/ashby/fixture.js';
import { seed } from '../desired/fixture.js';
import { orderWorld } from './world.js';

/** Ann, in the stage of the connector's settings, and an order for her application. */
async function both() {
  const scene = await connectAshby({ jobs: 1 }, { ATS_FROM: 'all' });
  const orders = await orderWorld(scene.db, 'ashby', 'default');
  await seed(scene.db, 'ats.packages', [
    { account: 'default', package: 'open', type: 'one_way', deadline_days: 7 },
  ]);
  await scene.pull();
  const application = applicant(scene);
  const { id, title } = scene.ashby.state.jobs.one(application.jobId);
  const order = (email = 'ann@home.test') =>
    orders.order({ package: 'open', email, id: application.id, job: { id, title } });
  /** Jobs of theirs, and who is invited to which. */
  const there = async () => ({
    jobs: (await scene.rows<{ id: string }>(`select ats_id as id from ats.jobs where ats_id <> 'J'`)).map(
      (one) => one.id,
    ),
    invited: await scene.rows(`select candidate_email as email, job_ats_id as job from ats.interviews`),
  });
  const once = { jobs: [id], invited: [{ email: 'ann@home.test', job: id }] };
  return { scene, order, there, once };
}

it('whom the connector invited is not invited by an order, which is told why', async () => {
  const { scene, order, there, once } = await both();
  expect(await scene.pull()).toMatchObject({ invited: 1 });
  for (const email of ['ann@home.test', 'ANN@home.test'])
    expect(await order(email)).toMatchObject({ status: 422, said: expect.stringContaining('is invited') });
  expect(await there()).toEqual(once);
});

it('whom an order invited is not invited by the connector, which notes it and has the same job', async () => {
  const { scene, order, there, once } = await both();
  const { status, row } = await order();
  expect(status).toBe(200);
  for (const _ of [1, 2]) expect(await scene.pull()).toMatchObject({ invited: 0 });
  expect(await there()).toEqual(once);
  expect(await scene.rows('select reason from sync.ats_skipped')).toEqual([{ reason: 'interview_pending' }]);
  // The connector keeps the job from then on, and the order stays the same one.
  expect(await order()).toMatchObject({ status: 200, row });
  expect(await scene.rows(`select source from ats.jobs where ats_id <> 'J'`)).toEqual([{ source: 'ashby' }]);
});
