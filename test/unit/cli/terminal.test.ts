/** Whether colors are wanted: by the conventions, and what the terminal is. */
import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { hasColors, widthOf } from '../../../src/cli/report/terminal.js';

const stream = (facts: { isTTY?: boolean; columns?: number }) => Object.assign(new Writable(), facts);
const terminal = stream({ isTTY: true, columns: 60 });
const file = stream({});

describe('colors', () => {
  it.each([
    ['a terminal', {}, terminal, true],
    ['a file', {}, file, false],
    ['a terminal with NO_COLOR', { NO_COLOR: '1' }, terminal, false],
    ['a terminal with an empty NO_COLOR', { NO_COLOR: '' }, terminal, true],
    ['a file with FORCE_COLOR', { FORCE_COLOR: '1' }, file, true],
    ['a terminal with FORCE_COLOR=0', { FORCE_COLOR: '0' }, terminal, false],
    ['a file with both', { FORCE_COLOR: '1', NO_COLOR: '1' }, file, false],
    ['a terminal that is dumb', { TERM: 'dumb' }, terminal, false],
  ])('of %s', (_, env, output, wanted) => {
    expect(hasColors({ env }, output)).toBe(wanted);
    expect(hasColors({ env, noColor: true }, output)).toBe(false);
  });
});

it('only a terminal has a width', () => {
  expect([widthOf(terminal), widthOf(stream({ isTTY: true })), widthOf(file)]).toEqual([60, 80, null]);
});
