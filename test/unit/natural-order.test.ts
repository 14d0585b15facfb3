/** Keys in the order in which people count. */
import { expect, it } from 'vitest';
import { naturally } from '../../src/text/natural-order.js';

it('numbers in keys count by their value', () => {
  const keys = [
    'J-10',
    'J-2',
    'J-1',
    'J-02',
    'J',
    'J-1-b',
    'J-1-a',
    'K-1',
    '9',
    '10',
    'J-99999999999999999999',
    'J-100000000000000000000',
  ];
  expect(keys.sort(naturally)).toEqual([
    '9',
    '10',
    'J',
    'J-1',
    'J-1-a',
    'J-1-b',
    'J-02',
    'J-2',
    'J-10',
    'J-99999999999999999999',
    'J-100000000000000000000',
    'K-1',
  ]);
});

it('keys that differ are never the same', () => {
  for (const [a, b] of [
    ['1', '01'],
    ['a', 'A'],
    ['', '0'],
    ['I-1', 'I-1 '],
  ] as const) {
    expect(Math.sign(naturally(a, b))).toBe(-Math.sign(naturally(b, a)));
    expect(naturally(a, b)).not.toBe(0);
  }
  expect(naturally('J-1', 'J-1')).toBe(0);
});
