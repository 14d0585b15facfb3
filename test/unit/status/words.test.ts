import { describe, expect, it } from 'vitest';
import { fitted } from '../../../src/status/render/words.js';

describe('a text on a terminal', () => {
  it('is broken at blanks, what goes on below its first word', () => {
    expect(fitted('! user U-2: the role is not known\n  as it is', 20)).toBe(
      '! user U-2: the role\n  is not known\n  as it is',
    );
    expect(fitted('  To Spark Hire: 1 created', 16)).toBe('  To Spark Hire:\n  1 created');
    expect(fitted('Account default: mirrored', 16)).toBe('Account default:\n  mirrored');
  });

  it('is left as it is where it fits, and in a file', () => {
    const text = '+ job J-1 "Nurse"\n\n1 to create';
    expect(fitted(text, 40)).toBe(text);
    expect(fitted('one two three', null)).toBe('one two three');
  });
});
