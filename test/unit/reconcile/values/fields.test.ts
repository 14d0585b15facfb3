import { describe, expect, it } from 'vitest';
import type { FieldPolicy, Json, Pair } from '../../../../src/reconcile/types.js';
import {
  sameEmail,
  sameInstant,
  sameStatus,
  sameText,
  sameTimezone,
  sameValue,
  sameWords,
} from '../../../../src/reconcile/values/equality.js';
import { decideField } from '../../../../src/reconcile/values/fields.js';

type Kinds = [merge: string, ats: string, sparkhire: string];
const all = (kind: string): Kinds => [kind, kind, kind];
const policies: FieldPolicy[] = ['merge', 'ats', 'sparkhire'];

const pair: Pair = { ats: 'A', sparkhire: 'S' };

/** Every combination of absent, equal and changed, and what each policy makes of it. */
const table: Array<
  [title: string, base: Pair | undefined, desired: Json | undefined, observed: Json | undefined, Kinds]
> = [
  ['absent, absent, unreadable', undefined, undefined, undefined, all('nothing')],
  ['absent, absent, a value', undefined, undefined, 'X', all('nothing')],
  ['absent, a value, unreadable', undefined, 'X', undefined, all('write')],
  ['absent, a value, the same', undefined, 'X', 'X', all('settle')],
  ['absent, a value, null', undefined, 'X', null, all('write')],
  ['absent, a value, blank', undefined, 'X', ' ', all('write')],
  ['absent, nothing, nothing', undefined, null, '', all('settle')],
  ['absent, a value, another', undefined, 'X', 'Y', ['conflict', 'overwrite', 'accept']],
  ['present, absent, unreadable', pair, undefined, undefined, all('nothing')],
  ['present, absent, as settled', pair, undefined, 'S', all('nothing')],
  ['present, absent, changed', pair, undefined, 'X', all('accept')],
  ['present, as settled, unreadable', pair, 'A', undefined, all('nothing')],
  ['present, as settled, as settled', pair, 'A', 'S', all('nothing')],
  ["present, as settled, changed to the ATS's", pair, 'A', 'A', all('settle')],
  ['present, as settled, changed', pair, 'A', 'X', ['accept', 'overwrite', 'accept']],
  ['present, as settled, emptied', pair, 'A', null, ['accept', 'overwrite', 'accept']],
  ['present, changed, unreadable', pair, 'X', undefined, ['write', 'write', 'accept']],
  ['present, changed, as settled', pair, 'X', 'S', ['write', 'write', 'accept']],
  ["present, changed to Spark Hire's, as settled", pair, 'S', 'S', all('settle')],
  ['present, changed, changed the same', pair, 'X', 'X', all('settle')],
  ['present, changed, changed', pair, 'X', 'Y', ['conflict', 'overwrite', 'accept']],
];

describe('decideField: base, desired, observed', () => {
  it.each(table)('%s', (_title, base, desired, observed, kinds) => {
    const found = policies.map(
      (policy) => decideField({ field: 'title', base, desired, observed, policy }).kind,
    );
    expect(found).toEqual(kinds);
  });

  it('has a line for each combination', () => {
    const kindOf = (value: Json | undefined, settled: Json | undefined) =>
      value === undefined ? 'absent' : value === settled ? 'equal' : 'changed';
    const covered = new Set(
      table.map(([, base, desired, observed]) =>
        [base ? 'present' : 'absent', kindOf(desired, base?.ats), kindOf(observed, base?.sparkhire)].join(),
      ),
    );
    const wanted = [
      ...['absent', 'equal', 'changed'].flatMap((desired) =>
        ['absent', 'equal', 'changed'].map((observed) => `present,${desired},${observed}`),
      ),
      // Without a base, nothing can be equal to it.
      ...['absent', 'changed'].flatMap((desired) =>
        ['absent', 'changed'].map((observed) => `absent,${desired},${observed}`),
      ),
    ];
    expect([...covered].sort()).toEqual(wanted.sort());
  });

  it('does not let an accepted drift move the base: the next edit in the ATS is a conflict', () => {
    const base = { ats: 'A', sparkhire: 'A' };
    const decided = (desired: string, observed: string) =>
      decideField({ field: 'title', base, desired, observed, policy: 'merge' }).kind;
    expect(decided('A', 'drifted')).toBe('accept');
    expect(decided('edited', 'drifted')).toBe('conflict');
    expect(decided('edited', 'A')).toBe('write');
  });
});

describe('what counts as the same', () => {
  it.each([
    [sameText, ' Baker ', 'Baker', true],
    [sameText, 'a\r\nb\rc', 'a\nb\nc', true],
    [sameText, null, '  ', true],
    [sameText, 'baker', 'Baker', false],
    [sameText, 'a b', 'a  b', false],
    [sameText, 'Zoe\u0308', 'Zo\u00eb', true],
    [sameText, 'a\u00a0b\u2003c\ufeff', 'a b c', true],
    [sameText, 'a  \nb\u2028c', 'a\nb\nc', true],
    [sameText, 'a\n  b', 'a\nb', false],
    // What joins letters or signs has a meaning.
    [
      sameText,
      '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645',
      '\u0645\u06cc\u062e\u0648\u0627\u0647\u0645',
      false,
    ],
    [sameWords, 'Ana  Mari\u0301a\u00a0\u00a0Lie', 'Ana Mar\u00eda Lie', true],
    [sameWords, 'a\n\n b', 'a b', true],
    [sameWords, 'ab', 'a b', false],
    [sameWords, 'ana', 'Ana', false],
    [sameWords, null, ' \u00a0', true],
    [sameEmail, 'Jo@B\u00fccher.example', ' jo@xn--bcher-kva.example', true],
    [sameEmail, 'jo@bu\u0308cher.example', 'jo@b\u00fccher.example', true],
    [sameEmail, 'jo@bucher.example', 'jo@b\u00fccher.example', false],
    [sameEmail, 'jo@no domain', 'jo@no domains', false],
    [sameTimezone, 'Europe/Kiev', 'Europe/Kyiv', true],
    [sameTimezone, 'Asia/Calcutta', 'asia/kolkata', true],
    [sameTimezone, 'America/Buenos_Aires', 'America/Argentina/Buenos_Aires', true],
    [sameTimezone, null, 'Etc/UTC', true],
    [sameTimezone, 'Europe/Kyiv', 'Europe/Bucharest', false],
    [sameTimezone, 'America/New_York', 'America/Detroit', false],
    [sameTimezone, 'Nowhere/Known', 'Nowhere/Else', false],
    [sameEmail, ' Ida@Example.COM', 'ida@example.com', true],
    [sameEmail, 'ida@example.com', 'ida@example.org', false],
    [sameStatus, 'cancelled', 'canceled', true],
    [sameStatus, 'Active', 'active', true],
    [sameStatus, 'active', 'inactive', false],
    [sameInstant, '2027-03-01T12:00:00Z', '2027-03-01T13:00:00.4+01:00', true],
    [sameInstant, '2027-03-01T12:00:00.6Z', '2027-03-01T12:00:01Z', true],
    [sameInstant, '2027-03-01T12:00:00Z', '2027-03-01T12:00:01Z', false],
    [sameInstant, null, null, true],
    [sameInstant, null, '2027-03-01T12:00:00Z', false],
    [sameInstant, { days: 7 }, { days: 7 }, true],
    [sameValue, { a: ' x', b: [1, null] }, { b: [1, null], a: 'x' }, true],
    [sameValue, [1, 2], [2, 1], false],
  ] as Array<[typeof sameText, Json, Json, boolean]>)('%o: %j and %j: %j', (same, a, b, expected) => {
    expect(same(a, b)).toBe(expected);
    expect(same(b, a)).toBe(expected);
  });
});
