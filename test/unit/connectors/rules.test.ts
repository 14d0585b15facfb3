/** Rules of connectors that need neither an ATS nor a database. */
import { describe, expect, it } from 'vitest';
import type { Application, Entry } from '../../../src/connectors/connector.js';
import { candidateOf } from '../../../src/connectors/greenhouse/read-applications.js';
import { waitMs } from '../../../src/connectors/http.js';
import { placeOf } from '../../../src/connectors/place.js';
import { judge, type Known, type SkipReason } from '../../../src/connectors/pull/judge.js';
import { describeUnmatched, nearest, triggerOf, unmatched } from '../../../src/connectors/pull/triggers.js';
import { isFresh } from '../../../src/connectors/token-store.js';

const at = new Date('2026-11-20T10:00:00Z');
const entry: Entry = { id: '7', applicationId: '5', stageId: '3', enteredAt: at, isCurrent: true };
const application: Application = {
  id: '5',
  jobId: '2',
  isProspect: false,
  isActive: true,
  candidate: {
    id: '1',
    name: 'Ann Baker',
    email: 'ann@home.test',
    mayEmail: true,
    isPrivate: false,
    isAnonymized: false,
  },
  entries: [entry],
  requestedBy: null,
  url: null,
};
const known: Known = {
  since: null,
  job: 'shown',
  isInvited: false,
  pending: null,
  endedSince: null,
  isSameEntry: false,
  hasPackage: true,
  isForgotten: false,
  taken: null,
};
const settings = { include: { private: false, confidential: false }, reentry: 'ignore' as const };
const trigger = { stage: 'Video', jobs: 'all' as const, package: 'standard' };

describe('the first reason that holds', () => {
  /** Each makes one more reason hold, beginning with the last of them. */
  const worse: Array<[SkipReason, (of: { application: Application; known: Known }) => void]> = [
    ['another_writer', ({ known: k }) => Object.assign(k, { taken: 'interview' })],
    ['draft_job', ({ known: k }) => Object.assign(k, { job: 'draft' })],
    ['unmapped_package', ({ known: k }) => Object.assign(k, { hasPackage: false })],
    [
      'interview_pending',
      ({ known: k }) => Object.assign(k, { pending: { row: 'gh-1', isThis: false, sent: true } }),
    ],
    ['already_invited', ({ known: k }) => Object.assign(k, { isInvited: true })],
    ['no_email', ({ application: a }) => Object.assign(a.candidate!, { email: null })],
    ['may_not_email', ({ application: a }) => Object.assign(a.candidate!, { mayEmail: false })],
    ['anonymized', ({ application: a }) => Object.assign(a.candidate!, { isAnonymized: true })],
    ['private', ({ application: a }) => Object.assign(a.candidate!, { isPrivate: true })],
    ['confidential_job', ({ known: k }) => Object.assign(k, { job: 'confidential' })],
    ['left_stage', ({ application: a }) => Object.assign(a.entries[0]!, { isCurrent: false })],
    ['not_active', ({ application: a }) => Object.assign(a, { isActive: false })],
    ['prospect', ({ application: a }) => Object.assign(a, { isProspect: true })],
    ['before_from', ({ known: k }) => Object.assign(k, { since: new Date(at.getTime() + 1) })],
  ];

  it('is told, in the order of the list, and nobody is skipped for nothing', () => {
    const of = structuredClone({ application, known });
    expect(judge(entry, of.application, trigger, of.known, settings)).toBeNull();
    for (const [reason, make] of worse) {
      make(of);
      expect(judge(entry, of.application, trigger, of.known, settings)?.reason).toBe(reason);
    }
  });

  it('is already_invited for whom a provider of the ATS itself was asked for, once more only since they came back', () => {
    const asked = { ...application, askedElsewhere: new Date(at.getTime() - 1) };
    expect(judge(entry, asked, trigger, known, settings)?.reason).toBe('already_invited');
    const again = { ...settings, reentry: 'invite' as const };
    expect(judge(entry, asked, trigger, known, again)).toBeNull();
    const since = { ...application, askedElsewhere: new Date(at.getTime() + 1) };
    expect(judge(entry, since, trigger, known, again)?.reason).toBe('already_invited');
  });

  it('is not_active, private or confidential_job for what the ATS does not show', () => {
    expect(judge(entry, null, trigger, known, settings)?.reason).toBe('not_active');
    expect(judge(entry, { ...application, candidate: null }, trigger, known, settings)?.reason).toBe(
      'private',
    );
    expect(judge(entry, application, trigger, { ...known, job: 'hidden' }, settings)?.reason).toBe(
      'confidential_job',
    );
  });

  it('is before_from where the time of the entry is not known, unless all are invited', () => {
    const backfilled = { ...entry, enteredAt: null };
    expect(judge(backfilled, application, trigger, { ...known, since: at }, settings)?.reason).toBe(
      'before_from',
    );
    expect(judge(backfilled, application, trigger, known, settings)).toBeNull();
    const fresh = { ...backfilled, isFresh: true };
    expect(
      judge(fresh, { ...application, entries: [fresh] }, trigger, { ...known, since: at }, settings),
    ).toBeNull();
  });

  it('is already_invited for an entry that only has another key, whatever the settings say of coming back', () => {
    const same = { ...known, isInvited: true, isSameEntry: true };
    expect(judge(entry, application, trigger, same, { ...settings, reentry: 'invite' })?.reason).toBe(
      'already_invited',
    );
  });

  it('is already_invited for who comes back while the same interview is not finished, whatever the settings say', () => {
    const again = { ...settings, reentry: 'invite' as const };
    const before = { ...known, isInvited: true };
    expect(judge(entry, application, trigger, before, again)).toBeNull();
    const pending = { row: 'gh-1', isThis: true, sent: true };
    expect(judge(entry, application, trigger, { ...before, pending }, again)).toMatchObject({
      reason: 'already_invited',
      message: expect.stringContaining('(row gh-1)'),
    });
    const over = { ...before, endedSince: 'gh-1' };
    expect(judge(entry, application, trigger, over, again)?.reason).toBe('already_invited');
  });

  it('is none where the settings include them', () => {
    const wide = { include: { private: true, confidential: true }, reentry: 'invite' as const };
    const of = structuredClone({ application, known });
    Object.assign(of.application.candidate!, { isPrivate: true });
    Object.assign(of.known, { job: 'confidential', isInvited: true });
    expect(judge(entry, of.application, trigger, of.known, wide)).toBeNull();
  });
});

describe('a trigger', () => {
  const stage = { id: '3', name: 'Video interview', jobId: '2', jobTitle: 'Head Baker', isActive: true };

  it.each([
    ['VIDEO  Interview', 'all', true],
    ['videointerview', 'all', true],
    ['3', 'all', true],
    ['Video interview', ['2'], true],
    ['Video interview', ['head baker'], true],
    ['Video interview', ['Cook'], false],
    ['Video', 'all', false],
    ['2', 'all', false],
  ] as const)('of stage %s, jobs %j: belongs to it: %s', (name, jobs, belongs) => {
    const one = { stage: name, jobs: jobs === 'all' ? jobs : [...jobs], package: 'p' };
    expect(triggerOf([one], stage) !== null).toBe(belongs);
  });

  it('is named by the id that several jobs share', () => {
    const shared = { ...stage, id: `${stage.jobId} video`, sharedId: 'video' };
    expect(triggerOf([{ stage: 'video', jobs: [stage.jobId], package: 'p' }], shared)).not.toBeNull();
    expect(triggerOf([{ stage: 'video', jobs: ['another'], package: 'p' }], shared)).toBeNull();
  });

  it('is the first that belongs', () => {
    const first = { stage: '3', jobs: ['2'], package: 'own' };
    expect(triggerOf([first, { stage: '3', jobs: 'all', package: 'p' }], stage)).toBe(first);
  });

  it('names a stage that several jobs share by the id that the ATS has for it', () => {
    const shared = { id: '2/3', sharedId: '3', name: 'Video', jobId: '2', jobTitle: null, isActive: true };
    const wanted = (stage: string) => [{ stage, jobs: 'all' as const, package: 'p' }];
    expect(['3', '2/3', 'video'].map((stage) => triggerOf(wanted(stage), shared) !== null)).toEqual([
      true,
      true,
      true,
    ]);
    expect(triggerOf(wanted('2'), shared)).toBeNull();
  });

  it('that belongs to none is told with the nearest names, or with the jobs that have the stage', () => {
    const stages = ['Application Review', 'Video interview', 'Onsite', 'Offer'].map((name, n) => ({
      ...stage,
      id: `s${n}`,
      name,
    }));
    const wrong = { stage: 'Vidoe intervew', jobs: 'all' as const, package: 'p' };
    expect(unmatched([wrong], stages)).toEqual([wrong]);
    expect(describeUnmatched(wrong, stages)).toContain('the nearest are “Video interview”');
    expect(describeUnmatched({ ...wrong, stage: 'offer', jobs: ['Cook'] }, stages)).toContain(
      'jobs that have: “Head Baker”',
    );
    expect(nearest('x', [])).toEqual([]);
  });
});

it.each([
  ['Vienna, Vienna, Austria', ['Vienna', 'Vienna', 'Austria']],
  ['New York, NY, USA', ['New York', 'NY', 'USA']],
  ['Berlin, Germany', ['Berlin', null, 'Germany']],
  ['Remote', ['Remote', null, null]],
  ['Site 4, Bergen, Vestland, Norway', [null, null, null]],
  [' , ', [null, null, null]],
  [null, [null, null, null]],
])('the place %j is read as %j', (text, [city, region, country]) => {
  expect(placeOf(text)).toEqual({ city, region, country });
});

describe('a candidate', () => {
  const row = {
    id: '1',
    first_name: 'Elizabeth',
    last_name: 'Baker',
    preferred_name: null,
    private: null,
    can_email: true,
    email_addresses: [],
  };

  it.each([
    [{}, 'Elizabeth Baker'],
    [{ preferred_name: 'Liz' }, 'Liz Baker'],
    [{ preferred_name: 'Liz Baker' }, 'Liz Baker'],
    [{ first_name: null }, 'Baker'],
    [{ first_name: null, last_name: null }, ''],
  ])('of the names %j is called %j', (more, name) => {
    expect(candidateOf({ ...row, ...more })).toMatchObject({ name, isAnonymized: name === '' });
  });

  it('is mailed at another address where the personal one is none', () => {
    const value = (text: string, type: string) => ({ value: text, type });
    const of = (...email_addresses: object[]) => candidateOf({ ...row, email_addresses } as typeof row);
    const wrong = value('ann at home', 'personal');
    expect(of(wrong, value('w@x.test', 'work'))).toMatchObject({ email: 'w@x.test' });
    expect(of(wrong)).toMatchObject({ email: 'ann at home' });
  });

  it('is mailed at the personal address, else the first', () => {
    const value = (text: string, type: string) => ({ value: text, type });
    const many = {
      ...row,
      email_addresses: [value('w@x.test', 'work'), value('p@x.test', 'personal')],
    };
    expect(candidateOf(many)).toMatchObject({ email: 'p@x.test' });
    const few = { ...row, email_addresses: [value('w@x.test', 'work')] };
    expect(candidateOf(few)).toMatchObject({ email: 'w@x.test' });
  });
});

it('a token is fresh until a minute before its end, or the last quarter of a short life', () => {
  const hour = { token: 't', issuedAt: 0, expiresAt: 3_600_000 };
  expect([isFresh(hour, 3_539_999), isFresh(hour, 3_540_000)]).toEqual([true, false]);
  const short = { token: 't', issuedAt: 0, expiresAt: 4_000 };
  expect([isFresh(short, 2_999), isFresh(short, 3_000)]).toEqual([true, false]);
});

it('how long to wait is told by Retry-After, in seconds or as a time, else by the end of the window', () => {
  const now = Date.UTC(2026, 0, 1);
  expect(waitMs({ 'retry-after': '7' }, now)).toBe(7_050);
  expect(waitMs({ 'retry-after': new Date(now + 9_000).toUTCString() }, now)).toBe(10_000);
  expect(waitMs({ 'x-ratelimit-reset': String(now / 1000 + 12) }, now)).toBe(13_000);
  expect(waitMs({}, now)).toBeNull();
});
