/** What the search makes of words, and what may be a little old. */
import { describe, expect, it } from 'vitest';
import { wordsQuery } from '../../src/console/find.js';
import { remembered } from '../../src/console/remembered.js';

it.each([
  ['ada lake', 'ada & lake:*'],
  ["O'Brien", 'O & Brien:*'],
  ['Anne-Marie  Li', 'Anne & Marie & Li'],
  ["'; drop table x --", 'drop & table & x'],
  ['a & b | !c:*', 'a & b & c'],
  ['Åse Łódź', 'Åse & Łódź:*'],
  ['...', null],
])('the search for %j asks for %j: nothing of it is syntax', (q, asked) => {
  expect(wordsQuery(q)).toBe(asked);
});

describe('what is remembered', () => {
  it('is looked up once for all who ask, and again when it is old, while they are told what is known', async () => {
    const clock = { at: 0, monotonic: () => clock.at };
    const ends: Array<(value: number) => void> = [];
    const read = remembered(clock, 100, () => new Promise<number>((resolve) => ends.push(resolve)));
    const both = Promise.all([read(), read()]);
    ends[0]!(1);
    expect(await both).toEqual([1, 1]);
    clock.at = 99;
    expect(await read()).toBe(1);
    expect(ends).toHaveLength(1);
    clock.at = 100;
    expect([await read(), await read()]).toEqual([1, 1]);
    expect(ends).toHaveLength(2);
    ends[1]!(2);
    await Promise.resolve();
    await Promise.resolve();
    expect(await read()).toBe(2);
  });

  it('goes on being told where it cannot be looked up again', async () => {
    const clock = { at: 0, monotonic: () => clock.at };
    let fails = false;
    const read = remembered(clock, 1, async () => {
      if (fails) throw new Error('away');
      return 7;
    });
    expect(await read()).toBe(7);
    fails = true;
    clock.at = 5;
    expect([await read(), await read()]).toEqual([7, 7]);
  });
});
