import { expect, it } from 'vitest';
import { type Happened, inOrder, momentOf, type Step } from '../../../src/story/order.js';

const row = { account: 'a', resource: 'interviews', ats_id: 'I-1' };
const at = (micros: number) => `2026-03-01T10:00:00.${String(micros).padStart(6, '0')}Z`;
const one = (step: Step, micros: number, number = 0): Happened => ({ ...row, step, at: at(micros), number });
const told = (events: Happened[]) => inOrder(events).map(({ step, number }) => `${step} ${number}`);

it('what happened at one time is told by cause, and by number within a table', () => {
  expect(
    told([
      one('became', 7),
      one('opened', 7, 2),
      one('opened', 7, 1),
      one('decided', 7, 5),
      one('ended', 7, 1),
      one('arrived', 7),
    ]),
  ).toEqual(['arrived 0', 'ended 1', 'decided 5', 'opened 1', 'opened 2', 'became 0']);
});

it('microseconds count', () => {
  expect(told([one('decided', 11, 2), one('answered', 10, 1)])).toEqual(['answered 1', 'decided 2']);
});

it('what an answer brought about is told after it and with its time, though its transaction began before', () => {
  const events = [
    one('linked', 20),
    one('agreed', 20),
    one('became', 20),
    one('ended', 20, 3),
    one('changed', 22, 9),
    one('answered', 21, 1),
    one('sent', 10, 1),
    one('heard', 15),
  ];
  expect(told(events)).toEqual([
    'sent 1',
    'heard 0',
    'ended 3',
    'answered 1',
    'linked 0',
    'agreed 0',
    'became 0',
    'changed 9',
  ]);
  expect(inOrder(events).find(({ step }) => step === 'linked')!.at).toBe(at(21));
});

it('what other rows say, and what was before a write was sent, stays where it is', () => {
  const other = { ...one('linked', 20), ats_id: 'I-2' };
  const events = [one('sent', 10, 1), one('answered', 30, 1), one('agreed', 9), other];
  expect(told(events)).toEqual(['agreed 0', 'sent 1', 'linked 0', 'answered 1']);
  // A question about an answer that was lost is asked in between.
  expect(told([one('sent', 10, 1), one('answered', 30, 1), one('asked', 20, 4)])).toEqual([
    'sent 1',
    'asked 4',
    'answered 1',
  ]);
});

it('a time is told with all its microseconds, and what is none is left out', () => {
  expect(momentOf('2026-03-01T10:00:00.12+00:00')).toBe('2026-03-01T10:00:00.120000Z');
  expect(momentOf('2026-03-01T10:00:00+00:00')).toBe('2026-03-01T10:00:00.000000Z');
  for (const none of [null, undefined, 'infinity', '-infinity', '']) expect(momentOf(none)).toBeNull();
});
