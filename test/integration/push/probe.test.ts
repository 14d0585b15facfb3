/** While Spark Hire fails, one write at a time shows whether it still does. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Applied, allSynced, onceEach, openApplied } from './send/fixture.js';

let applied: Applied;
beforeEach(async () => {
  applied = await openApplied();
});
afterEach(() => applied.close());

const posts = () =>
  applied.emulator.requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/interviews'))
    .length;

async function postsOf(round: () => Promise<unknown>): Promise<number> {
  const before = posts();
  await round();
  return posts() - before;
}

it('invitations that are answered 500 end the round, and each next one tries a single one until that is answered', {
  tags: ['rare'],
}, async () => {
  await applied.invite(40);
  const failing = applied.emulator.faults.add({
    method: 'POST',
    path: '/interviews$',
    effect: { kind: 'status', status: 500, when: 'before' },
  });
  const fails = () => expect(applied.round()).rejects.toMatchObject({ code: 'REMOTE_FAILED' });
  // Six are under way when the fifth in a row has failed.
  expect(await postsOf(fails)).toBeLessThan(12);
  expect(await postsOf(fails)).toBe(1);
  expect(await postsOf(fails)).toBe(1);
  const inFlight = await applied.rows(`select from sync.desired_rows where state = 'in_flight'`);
  expect(inFlight).toHaveLength(posts());

  applied.emulator.faults.remove(failing);
  const left = 40 - posts();
  expect(await postsOf(() => applied.round())).toBe(left);
  await applied.rounds();
  expect(await applied.states('interviews')).toEqual(allSynced(40));
  expect(applied.invitations()).toEqual(onceEach(40));
});
