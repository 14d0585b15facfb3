/** A long run is planned anew when the ATS has written since, and not because its own rows wait for their turn. */
import { expect, it } from 'vitest';
import { outdated } from '../../../src/push/news.js';
import { interview, openApplied, stillClock } from './send/fixture.js';

it('is due for what was queued since the plan', async () => {
  const applied = await openApplied({ interviews: 0, jobs: 0 });
  try {
    const session = await applied.process();
    await applied.invite(3);
    const queued = await applied.rows<{ id: string }>('select id::text from sync.desired_queue');
    expect(queued.length).toBeGreaterThan(0);
    const clock = stillClock();
    const known = queued.map(({ id }) => id);
    const isOutdated = outdated(session, 0, known, clock);
    const isIgnorant = outdated(session, 0, known.slice(1), clock);
    expect(await isIgnorant()).toBe(false);
    clock.pass({ monotonic: 1000, now: 1000 });
    expect([await isOutdated(), await isIgnorant()]).toEqual([false, true]);
    await applied.put('interviews', [interview('I-9', 'c9@example.org')]);
    expect(await isOutdated()).toBe(true);
  } finally {
    await applied.close();
  }
});
