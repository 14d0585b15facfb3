/** Whatever was decided: at the moment it leaves, an invitation that is there already, or on its way, is not made again. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { carryOut } from '../../src/apply/carry-out.js';
import { decide } from '../../src/reconcile/decide.js';
import { type Applied, openApplied, policies, settleMs } from './apply-fixture.js';

let applied: Applied;
beforeEach(async () => {
  applied = await openApplied();
  await applied.invite(1);
  await applied.put('interviews', [
    { ...(await row('I-1')), ats_id: 'I-2' },
    { ...(await row('I-1')), ats_id: 'I-3', candidate_email: 'C1@EXAMPLE.org' },
  ]);
});
afterEach(() => applied.close());

async function row(id: string): Promise<Record<string, unknown>> {
  const [found] = await applied.rows('select * from ats.interviews where ats_id = $1', [id]);
  return found!;
}

/** The decisions of somebody who knows nothing of the other rows and of what Spark Hire shows. */
async function blindly() {
  const decided = await applied.decided('interviews');
  return decided.map(({ context }) => {
    const blind = { ...context, twin: null, adoptable: [] };
    return { context: blind, action: decide(blind, policies).action! };
  });
}

it('three rows for one person, sent at the same time by a decision that is blind: one e-mail', async () => {
  const session = await applied.process();
  let created = 0;
  await applied.round({
    async between(resource) {
      if (resource !== 'interviews') return;
      const all = (await blindly()).filter(({ action }) => action?.action === 'create');
      expect(all).toHaveLength(3);
      for (let again = 0; again < 2; again++) {
        const counts = await carryOut(
          session,
          all.map(({ action }) => action),
          all.map(({ context }) => context),
          { settleMs, concurrency: 6 },
        );
        created += counts.created;
      }
    },
  });
  expect(created).toBe(1);
  expect(applied.invitations()).toEqual({ 'c1@example.org': 1 });
  await applied.rounds();
  expect(applied.invitations()).toEqual({ 'c1@example.org': 1 });
  expect(Object.values(await applied.states('interviews')).sort()).toEqual([
    'rejected',
    'rejected',
    'synced',
  ]);
});
