/** What the search makes of words, what is said on pages, and what may be a little old. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { textOf } from '../../../packages/console/src/values.js';
import { kindWords, spoken } from '../../../packages/console/src/words.js';
import { wordsQuery } from '../../../src/console/answers/find.js';
import { remembered } from '../../../src/console/answers/remembered.js';
import { told, wordsOf } from '../../../src/console/asked-wrongly.js';
import { reason } from '../../../src/console/schemas.js';
import { conflictKinds } from '../../../src/reconcile/conflict-kinds.js';
import { skippedWords } from '../../../src/status/render/words.js';

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

it('a command of the command line is a page here; what has none stays as it is', () => {
  const words = (text: string) =>
    spoken(text)
      .map((part) =>
        'text' in part ? part.text : 'code' in part ? `[${part.code}]` : `<${part.words} ${part.address}>`,
      )
      .join('');
  expect(words('Decide: `sparkhire-sync conflicts show 12`.')).toBe(
    'Decide: <conflict 12 #/conflicts?id=12>.',
  );
  expect(
    words('Look at `sparkhire-sync plan`; release it with `sparkhire-sync apply --approve CHECKSUM`.'),
  ).toBe('Look at <the plan #/plan>; release it with <Approve this plan #/plan>.');
  expect(words('The next sweep carries it out: sparkhire-sync backfill')).toBe(
    'The next sweep carries it out: <Read everything now #/runs>',
  );
  expect(words('Set `SYNC_PUBLIC_URL`, then `sparkhire-sync webhooks register`.')).toBe(
    'Set [SYNC_PUBLIC_URL], then [sparkhire-sync webhooks register].',
  );
  expect(words('entered before 2026-11-30T00:55:06.716Z, <b>')).toBe(
    'entered before 2026-11-30 00:55:06 UTC, <b>',
  );
  expect(words('an odd ` quote')).toBe('an odd ` quote');
});

it('kinds of conflicts and reasons to skip somebody have words, all of them', () => {
  for (const kind of Object.keys(conflictKinds)) expect(kindWords(kind, null, 'a')).toMatch(/^[A-Z].* /);
  expect(kindWords('field_diverged', 'work_mode', 'onsite')).toBe('Changed on both sides: work mode');
  expect(kindWords('field_diverged', 'work_mode', null)).toBe('The two sides differ: work mode');
  expect(skippedWords('before_from')).toBe('came before it began');
  expect(skippedWords('a_new_one')).toBe('a new one');
});

it('what was asked wrongly is told by its name, and what it can be', () => {
  const schema = z.strictObject({
    state: z.enum(['held', 'gone', 'synced']).optional(),
    id: z.coerce.number().int().positive(),
    job: z.uuid().optional(),
    reason: reason.optional(),
    code: z.string().max(3).optional(),
    rows: z.array(z.string()).min(1).optional(),
    account: z.string(),
  });
  const words = (asked: object) =>
    told(schema.safeParse({ id: 1, account: 'a', ...asked }, { error: wordsOf }).error?.issues ?? []);
  expect(words({})).toBeNull();
  expect(words({ state: 'bogus' })).toBe('state: must be held, gone or synced');
  expect(words({ id: 'abc' })).toBe('id: must be a number');
  expect(words({ id: -1 })).toBe('id: must be more than 0');
  expect(words({ job: 'x' })).toBe('job: must be an id of Spark Hire (a UUID)');
  expect(words({ reason: 7 })).toBe('reason: must say why');
  expect(words({ reason: 'x'.repeat(501) })).toBe('reason: must be at most 500 characters');
  expect(words({ code: 'long' })).toBe('code: must be at most 3 characters');
  expect(words({ rows: [] })).toBe('rows: must be at least 1 of them');
  expect(words({ account: undefined, colour: 1 })).toBe(
    'account: is missing; what was asked: there is no colour',
  );
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

it('a moment that differs is told as everywhere else, with parts of a second where it has any', () => {
  expect(textOf('2026-12-09T02:43:22.000Z')).toBe('2026-12-09 02:43:22 UTC');
  expect(textOf('2026-12-09T02:43:22.854Z')).toBe('2026-12-09 02:43:22.854 UTC');
  expect(textOf('On 2026-12-09T02:43:22Z')).toBe('On 2026-12-09T02:43:22Z');
});
