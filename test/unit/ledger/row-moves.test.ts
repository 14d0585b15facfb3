/**
 * What may become of a row: that `moved` keeps to the table, and what the table says of writes on their way. That PostgreSQL
 * keeps to it as well is shown in test/integration/ledger/row-moves.test.ts; that each event is told when it happened, by
 * the tests of those who tell it.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { moved, type RowMove, rowEvents, rowMoves } from '../../../src/ledger/row-moves.js';
import { rowStates } from '../../../src/reconcile/types.js';

it('a row never gets into a state that its event does not lead to, and stays where the event says nothing of it', () => {
  fc.assert(
    fc.property(
      fc.option(fc.constantFrom(...rowStates)),
      fc.array(fc.tuple(fc.constantFrom(...rowEvents), fc.constantFrom(...rowStates))),
      (begin, events) => {
        let state = begin;
        for (const [event, to] of events) {
          const move: RowMove = rowMoves[event];
          if (!move.to.includes(to)) {
            expect(() => moved(state, event, to)).toThrow(`becomes ${to}`);
            continue;
          }
          const next = moved(state, event, to);
          const isNamed = state === null ? move.makes === true : move.from.includes(state);
          expect(next).toBe(isNamed ? to : state);
          state = next;
        }
      },
    ),
  );
});

it('a write is on its way only for a row that was to be sent, or of which a decision found it', () => {
  const leading = rowEvents.filter((event) => (rowMoves[event] as RowMove).to.includes('in_flight'));
  expect(leading).toEqual(['decided', 'sent', 'doubtful']);
  expect(rowMoves.sent.from).toEqual(['pending']);
  expect(rowMoves.doubtful.from).toEqual(['pending']);
});

it('what surely was not sent moves nothing but a row whose write was on its way', () => {
  for (const state of rowStates)
    expect(moved(state, 'unsent', 'pending')).toBe(state === 'in_flight' ? 'pending' : state);
});
