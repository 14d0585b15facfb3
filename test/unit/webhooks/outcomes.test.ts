/** How an event ends, by what its payload is judged to be and by what reading its object came to. */
import { describe, expect, it } from 'vitest';
import type { ReadResult } from '../../../src/webhooks/hinted-objects.js';
import { endOf } from '../../../src/webhooks/outcomes.js';

const reads = {
  'not read': null,
  there: { state: 'there', read: { value: { uuid: 'u' }, raw: {} } },
  gone: { state: 'gone' },
  hidden: { state: 'hidden' },
  missing: { state: 'missing' },
  failed: { state: 'failed', error: 'REMOTE_FAILED: no', silent: false },
  silent: { state: 'failed', error: 'REMOTE_UNREACHABLE: no', silent: true },
} as unknown as Record<string, ReadResult | null>;

const verdicts = ['superseded', 'stale', 'unchanged'] as const;

describe('an event', () => {
  it.each(verdicts)('that is %s ends so, whatever was read', (verdict) => {
    for (const read of Object.values(reads)) expect(endOf(verdict, null, read, true)).toBe(verdict);
  });

  it.each(Object.keys(reads))(
    'whose payload was stored is applied, unless its object is gone: %s',
    (name) => {
      expect(endOf('apply', 'applied', reads[name]!, false)).toBe(name === 'gone' ? 'gone' : 'applied');
    },
  );

  it('whose payload is older than the object as it was read is superseded', () => {
    expect(endOf('apply', 'superseded', reads.there!, false)).toBe('superseded');
  });

  it.each([
    ['not read', null],
    ['there', 'read'],
    ['gone', 'gone'],
    ['hidden', 'hidden'],
    ['missing', { ends: 'missing', error: expect.stringMatching(/^NOT_FOUND: /) }],
    ['failed', { ends: 'failed', error: 'REMOTE_FAILED: no' }],
    ['silent', { ends: null, error: 'REMOTE_UNREACHABLE: no' }],
  ])('in doubt ends by what was read: %s', (name, end) => {
    expect(endOf('read', null, reads[name]!, false)).toEqual(end);
    expect(endOf('apply', null, reads[name]!, false)).toEqual(end);
  });

  it('about a uuid that nobody has seen, and that cannot be found, is unknown', () => {
    expect(endOf('read', null, reads.missing!, true)).toBe('unknown');
    expect(endOf('read', null, reads.there!, true)).toBe('read');
  });
});
