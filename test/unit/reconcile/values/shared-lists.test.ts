/** What is found out of lists once, and the texts of long lists: the same as if each were looked at by itself. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayShow, shows } from '../../../../src/reconcile/kin/kin.js';
import type { ObservedShareLink, SharedInterview } from '../../../../src/reconcile/types.js';
import { sameValue } from '../../../../src/reconcile/values/equality.js';
import { canonical } from '../../../../src/reconcile/values/fingerprint.js';
import { onceForList, onceForLists } from '../../../../src/reconcile/values/shared-lists.js';
import { anyLetter } from '../../../support/any-letter.js';

const uuids = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 5 });
const linkOf = (interviewUuids: string[] | null) => ({ interviewUuids }) as ObservedShareLink;
const named = fc.array(fc.option(fc.constantFrom('a', 'b', 'c', 'd'), { nil: null }), { maxLength: 5 });
const interviewsOf = (list: Array<string | null>): SharedInterview[] =>
  list.map((uuid, n) => ({ atsId: `I-${n}`, known: true, uuid, observedStatus: null }));

describe('lists that reviewers have in common', () => {
  it('are judged once each, also where the answer is nothing', () => {
    let asked = 0;
    const first = onceForList((list: readonly string[]) => {
      asked += 1;
      return list[0];
    });
    const [one, other]: string[][] = [['a'], []];
    expect([first(one!), first(other!), first(one!), first(other!)]).toEqual([
      'a',
      undefined,
      'a',
      undefined,
    ]);
    expect(asked).toBe(2);
    const together = onceForLists((a: readonly string[], b: readonly string[]) => {
      asked += 1;
      return [...a, ...b].join();
    });
    expect([together(one!, other!), together(other!, one!), together(one!, one!)]).toEqual(['a', 'a', 'a,a']);
    expect(together(one!, one!)).toBe('a,a');
    expect(asked).toBe(5);
  });

  it('show the same, or may come to, exactly where the interviews compared one by one do', () => {
    fc.assert(
      fc.property(uuids, named, (shown, list) => {
        const interviews = interviewsOf(list);
        const isShown = list.length > 0 && new Set([...shown, ...list]).size === new Set(shown).size;
        const isWhole = isShown && new Set(shown).size === new Set(list).size;
        expect(shows(linkOf(shown), interviews)).toBe(isWhole);
        const open = list.filter((uuid) => uuid === null).length;
        const others = shown.filter((uuid) => !list.includes(uuid)).length;
        const may =
          shown.length <= list.length &&
          others <= open &&
          list.every((uuid) => uuid === null || shown.includes(uuid));
        expect(mayShow(linkOf(shown), interviews)).toBe(may);
      }),
    );
    expect([shows(linkOf(null), interviewsOf(['a'])), mayShow(linkOf(null), interviewsOf([]))]).toEqual([
      false,
      false,
    ]);
  });
});

describe('a list of texts', () => {
  it('has the canonical form that its texts have one by one', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: anyLetter })), (list) => {
        expect(canonical(list)).toBe(`[${list.map((one) => JSON.stringify(one)).join(',')}]`);
      }),
    );
  });

  it('is the same as one whose texts are written in another way, and in the same order only', () => {
    expect(sameValue(['a', 'b'], ['a', 'b'])).toBe(true);
    expect(sameValue(['a', 'b'], ['a ', 'b'])).toBe(true);
    expect(sameValue(['a', 'b'], ['b', 'a'])).toBe(false);
    expect(sameValue(['a'], ['a', 'b'])).toBe(false);
  });
});
