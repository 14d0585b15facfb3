import { describe, expect, it } from 'vitest';
import { fileOutput } from '../../../src/cli/report/file-output.js';

/** A disk with so much room, of which more may be made. */
function disk(room: number) {
  const state = { room, text: '' };
  const output = fileOutput(7, (_, bytes) => {
    const written = Math.min(state.room, bytes.length);
    if (written === 0) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    state.room -= written;
    state.text += Buffer.from(bytes.subarray(0, written)).toString();
    return written;
  });
  return { state, output };
}

describe('a log in a file', () => {
  it('leaves out what a full disk does not take, and says how much once there is room', () => {
    const { state, output } = disk(4);
    for (const line of ['one\n', 'two\nthree\n', 'four\n']) output.write(line);
    expect(state.text).toBe('one\n');
    state.room = 1000;
    output.write('five\n');
    const [first, told, last] = state.text.trimEnd().split('\n');
    expect([first, last]).toEqual(['one', 'five']);
    expect(JSON.parse(told!)).toMatchObject({
      event: 'log_lines_lost',
      lost: 3,
      msg: '3 lines of the log could not be written (ENOSPC)',
    });
  });

  it('begins a new line after one that was cut off', () => {
    const { state, output } = disk(5);
    output.write('{"a":1}\n');
    expect(state.text).toBe('{"a":');
    state.room = 1000;
    output.write('{"b":2}\n');
    expect(state.text.split('\n').map((line) => line.slice(0, 9))).toEqual([
      '{"a":',
      '{"level":',
      '{"b":2}',
      '',
    ]);
  });
});
