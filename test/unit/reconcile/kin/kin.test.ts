/** What is the same, by what rows say, what Spark Hire shows and what rows had said before. */
import { describe, expect, it } from 'vitest';
import {
  isAnothers,
  isBeyondDoubt,
  isSame,
  isUsedAgain,
  mayShow,
} from '../../../../src/reconcile/kin/kin.js';
import type {
  Base,
  Desired,
  FormerRow,
  Observed,
  ObservedShareLink,
  SharedInterview,
} from '../../../../src/reconcile/types.js';
import { interview, job, seenInterview, seenJob, seenUser, user } from '../../../support/reconcile-rows.js';

const agreed = (field: string, value: string): Base => ({ [field]: { ats: value, sparkhire: value } });
const invitedAs = (email: string, first: string | null = null): Base => ({
  candidate: { ats: { email }, sparkhire: first === null ? null : { email: first } },
});
const former = (base: Base, more: Partial<FormerRow> = {}): FormerRow => ({
  ...{ uuid: 'x', atsId: 'X-1', base, longGone: false },
  ...more,
});

const shown: Observed = seenInterview({ candidateEmail: 'shown@example.org' });
const invites = (email: string) =>
  interview({ candidate: { name: 'C', email, phone: null, phoneE164: null } });

describe('an object is the same as a row means', () => {
  it.each<[string, Desired, Observed, Base, boolean]>([
    ['a user with that address', user({ email: 'A@x.org' }), seenUser({ email: 'a@x.org' }), {}, true],
    ['a user with another one', user({ email: 'b@x.org' }), seenUser({ email: 'a@x.org' }), {}, false],
    [
      'a user who had it',
      user({ email: 'b@x.org' }),
      seenUser({ email: 'a@x.org' }),
      agreed('email', 'b@x.org'),
      true,
    ],
    ['a job with that title', job({ title: 'Baker' }), seenJob({ title: 'BAKER' }), {}, true],
    [
      'a job that had it',
      job({ title: 'Baker' }),
      seenJob({ title: 'Cook' }),
      agreed('title', 'Baker'),
      true,
    ],
    [
      'a job somewhere else',
      job({ title: 'Baker' }),
      seenJob({ title: 'Baker', location: 'Lima, Peru' }),
      {},
      false,
    ],
    ['an interview with that candidate', invites('shown@example.org'), shown, {}, true],
    [
      'an interview that was agreed to be theirs',
      invites('now@example.org'),
      shown,
      invitedAs('now@example.org'),
      true,
    ],
    [
      'an interview that was sent to them at first',
      invites('first@example.org'),
      shown,
      invitedAs('now@example.org', 'first@example.org'),
      true,
    ],
    [
      'an interview with somebody else',
      invites('other@example.org'),
      shown,
      invitedAs('now@example.org'),
      false,
    ],
    [
      'an interview of another type',
      invites('shown@example.org'),
      seenInterview({ candidateEmail: 'shown@example.org', type: 'live' }),
      {},
      false,
    ],
    ['another kind of thing', user({ email: 'shown@example.org' }), shown, {}, false],
  ])('%s', (_, row, object, base, same) => {
    expect(isSame(row, object, { base })).toBe(same);
  });
});

describe('a row may have gone over to another object', () => {
  const ada = seenUser({ name: 'Ada', email: 'ada@x.org' });
  it.each<[string, Desired, Observed, boolean]>([
    ['perhaps where a user has another address', user({ name: 'Ada', email: 'new@x.org' }), ada, true],
    ['not where a user has another name', user({ name: 'Eva', email: 'ada@x.org' }), ada, false],
    ['where a user has another address and name', user({ name: 'Ben', email: 'ben@x.org' }), ada, true],
    ['perhaps where a job has another title', job({ title: 'Cook' }), seenJob({ title: 'Baker' }), true],
    ['where an interview is with somebody else', invites('other@example.org'), shown, true],
    ['not from what was deleted', invites('other@example.org'), { ...shown, deleted: true }, false],
  ])('%s', (_, row, object, gone) => {
    expect(isAnothers(row, {}, object)).toBe(gone);
  });

  it('beyond doubt to a job only if it invites whom the former row had invited and has its title or nothing of its own, and to a user only by name', () => {
    const baker = job({ title: 'Baker' });
    expect(isBeyondDoubt(baker, seenJob({ title: 'Baker' }), former({}))).toBe(false);
    expect(isBeyondDoubt(baker, seenJob({ title: 'Baker' }), former({}, { leads: true }))).toBe(true);
    expect(isBeyondDoubt(baker, seenJob({ title: 'Cook' }), former({}, { leads: true }))).toBe(false);
    expect(isBeyondDoubt(baker, seenJob({ title: 'Cook' }), former({}, { leads: true }), true)).toBe(true);
    expect(isBeyondDoubt(baker, seenJob({ title: 'Cook' }), former({}), true)).toBe(false);
    const inLima = seenJob({ title: 'Cook', location: 'Lima, Peru' });
    expect(isBeyondDoubt(baker, inLima, former({}, { leads: true }), true)).toBe(false);
    const ben = user({ name: 'Ben', email: 'ben@x.org' });
    expect(isBeyondDoubt(ben, seenUser({ name: 'B.', email: 'ben@x.org' }), former({}))).toBe(false);
    expect(
      isBeyondDoubt(ben, seenUser({ name: 'B.', email: 'ben@x.org' }), former(agreed('name', 'Ben'))),
    ).toBe(true);
    expect(isBeyondDoubt(invites('shown@example.org'), shown, former({}))).toBe(true);
  });
});

describe('a key whose row was gone is used again', () => {
  const ada = seenUser({ name: 'Ada', email: 'ada@x.org' });
  const ended = seenInterview({ candidateName: 'Ada', candidateEmail: 'ada@x.org', status: 'canceled' });
  const bens = interview({ candidate: { name: 'Ben', email: 'ben@x.org', phone: null, phoneE164: null } });
  const adas = interview({ candidate: { name: 'ada', email: 'new@x.org', phone: null, phoneE164: null } });
  const called = { candidate: { ats: { name: 'Ben', email: 'b@x.org' }, sparkhire: null } };
  it.each<[string, Desired, Observed, Base, boolean]>([
    ['by a user of another address and name', user({ name: 'Ben', email: 'ben@x.org' }), ada, {}, true],
    ['not by a user of that name', user({ name: 'ada', email: 'new@x.org' }), ada, {}, false],
    ['not by a user of that address', user({ name: 'Ben', email: 'ADA@x.org' }), ada, {}, false],
    [
      'not by a user who had that name',
      user({ name: 'Ben', email: 'n@x.org' }),
      ada,
      agreed('name', 'Ben'),
      false,
    ],
    [
      'by a job of another title',
      job({ title: 'Cook' }),
      seenJob({ title: 'Baker', status: 'inactive' }),
      {},
      true,
    ],
    ['not while the old one is open', job({ title: 'Cook' }), seenJob({ title: 'Baker' }), {}, false],
    ['by a candidate of another address and name', bens, ended, {}, true],
    ['not by a candidate of that name', adas, ended, {}, false],
    ['not by a candidate who was called so', bens, ended, called, false],
    ['not while the old invitation is pending', bens, { ...ended, status: 'requested' }, {}, false],
  ])('%s', (_, row, object, base, again) => {
    expect(isUsedAgain(row, base, object)).toBe(again);
  });
});

it.each<[string, string[], Array<[uuid: string | null, status: string]>, boolean]>([
  [
    'all of them',
    ['a', 'b'],
    [
      ['b', 'completed'],
      ['a', 'completed'],
    ],
    true,
  ],
  ['another one', ['a'], [['b', 'completed']], false],
  ['one more', ['a', 'b'], [['a', 'completed']], false],
  [
    'one less',
    ['a'],
    [
      ['a', 'completed'],
      ['b', 'completed'],
    ],
    false,
  ],
  [
    'one that is not there yet',
    ['a', 'b'],
    [
      ['a', 'completed'],
      [null, ''],
    ],
    true,
  ],
  [
    'what was deleted since no more',
    ['a'],
    [
      ['a', 'completed'],
      ['b', 'deleted'],
    ],
    true,
  ],
  ['none, since whom its row names may have been deleted', [], [[null, '']], true],
  [
    'two where one is not there yet',
    ['b', 'c'],
    [
      [null, ''],
      ['a', 'deleted'],
    ],
    false,
  ],
])('a share link that shows %s may be the one under another key, or not', (_, interviewUuids, named, may) => {
  const interviews = named.map(
    ([uuid, observedStatus], at): SharedInterview => ({
      atsId: `I-${at}`,
      known: true,
      uuid,
      observedStatus,
    }),
  );
  expect(mayShow({ interviewUuids } as ObservedShareLink, interviews)).toBe(may);
});
