/** Whatever was decided: at the moment it leaves, an invitation that is there already, or on its way, is not made again. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadContexts } from '../../../../src/desired/contexts.js';
import { recordDecided } from '../../../../src/push/decide/decisions.js';
import { execute } from '../../../../src/push/send/execute.js';
import { decide } from '../../../../src/reconcile/decide.js';
import type { PlannedAction, RowContext } from '../../../../src/reconcile/types.js';
import { type Applied, interview, job, meansOf, openApplied, policies } from './fixture.js';

let applied: Applied;
beforeEach(async () => {
  applied = await openApplied();
  await applied.put('jobs', [job('J-1')]);
  await applied.round();
  const row = interview('I-1', 'c1@example.org');
  await applied.put('interviews', [
    row,
    { ...row, ats_id: 'I-2' },
    { ...row, ats_id: 'I-3', candidate_email: 'C1@EXAMPLE.org' },
  ]);
});
afterEach(() => applied.close());

/** The decisions of somebody who knows nothing of the other rows and of what Spark Hire shows; recorded. */
async function decidedBlindly(): Promise<Array<{ action: PlannedAction; context: RowContext }>> {
  const session = await applied.process();
  const blindly: Array<{ action: PlannedAction; context: RowContext }> = [];
  for await (const chunk of loadContexts(session.db, 'default', 'interviews', { now: Date.now() })) {
    for (const known of chunk.contexts) {
      const context = { ...known, twin: null, adoptable: [] };
      const decision = decide(context, policies);
      await recordDecided(session, [{ decision, read: chunk.read.get(context.atsId)! }]);
      if (decision.action?.action === 'create') blindly.push({ action: decision.action, context });
    }
  }
  return blindly;
}

it('three rows for one person, sent at the same time by a decision that is blind: one e-mail', async () => {
  const all = await decidedBlindly();
  expect(all).toHaveLength(3);
  const session = await applied.process();
  let created = 0;
  for (let again = 0; again < 2; again += 1) {
    const outcomes = await Promise.all(all.map((planned) => execute(meansOf(session), planned)));
    created += outcomes.filter(({ kind }) => kind === 'done').length;
  }
  expect(created).toBe(1);
  // Which of them is the first is nobody's choice, and each writes the address in its own way.
  const sent = () => Object.entries(applied.invitations()).map(([to, times]) => [to.toLowerCase(), times]);
  expect(sent()).toEqual([['c1@example.org', 1]]);
  await applied.rounds();
  expect(sent()).toEqual([['c1@example.org', 1]]);
  expect(Object.values(await applied.states('interviews')).sort()).toEqual([
    'rejected',
    'rejected',
    'synced',
  ]);
});
