/** A row that has its turn again and again in one push ends it. */
import { expect, it } from 'vitest';
import type { Decided } from '../../../src/push/decide/among-rows.js';
import { TurnCounts } from '../../../src/push/round.js';
import type { PlannedAction } from '../../../src/reconcile/actions.js';

const action = { resource: 'interviews', atsId: 'I-1', action: 'adopt' } as PlannedAction;
const planned = (hash: string): Decided[] => [
  { decision: { ...action, action }, read: { hash } } as unknown as Decided,
];

/** Plans with a turn each of the row, whose content has these hashes. */
function play(hashes: readonly string[]): void {
  const turns = new TurnCounts();
  for (const hash of hashes) {
    turns.begin(planned(hash));
    turns.had(action);
  }
  turns.begin([]);
}

it('a row that stays the same has its turn eleven times at most', () => {
  expect(() => play(Array.from({ length: 11 }, () => 'a'))).not.toThrow();
  expect(() => play(Array.from({ length: 12 }, () => 'a'))).toThrow('row I-1 (interviews)');
});

it('a row that the ATS writes again and again has as many turns as it takes', () => {
  expect(() => play(Array.from({ length: 40 }, (_, n) => `${n}`))).not.toThrow();
});
