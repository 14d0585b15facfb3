import { describe, expect, it } from 'vitest';
import { isFormOfBoth, settledByCreation } from '../../../src/push/send/answered.js';
import type { Json, Observed } from '../../../src/reconcile/types.js';

const uuid = '11111111-1111-4111-8111-111111111111';
const common = { uuid, deleted: false, createdAt: null };
const job = (more: object): Observed => ({
  ...common,
  resource: 'jobs',
  title: 'Baker',
  description: 'Bakes.',
  status: 'active',
  location: null,
  ...more,
});
const interview = (type: string, scheduledAt: string | null): Observed => ({
  ...common,
  resource: 'interviews',
  type,
  status: 'requested',
  scheduledAt,
  jobUuid: null,
  candidateName: null,
  candidateEmail: null,
  shared: false,
});
const user = (more: object): Observed => ({
  ...common,
  resource: 'users',
  name: 'Ada',
  email: 'ada@example.org',
  role: null,
  active: true,
  ...more,
});
const sent = (ats: Json) => ({ ats, sparkhire: ats });

describe('what a creation settles', () => {
  it.each([
    ['Active', false],
    [null, false],
    ['inactive', true],
    ['in review', true],
  ])('a status that is made %s differs: %s', (status, differs) => {
    const { base, ...told } = settledByCreation({ status: sent('active') }, job({ status }));
    expect(told).toEqual({ differs });
    // The ATS has not had its way: its wish counts as a later change.
    expect(base.status).toEqual({ ats: differs ? null : 'active', sparkhire: status });
  });

  it('texts in a form of their own are agreed, lost ones are not', () => {
    const settles = { title: sent('baker'), description: sent('Bakes.') };
    expect(settledByCreation(settles, job({ title: 'BAKER', description: '<p>Bakes.</p>' }))).toEqual({
      differs: false,
      base: {
        title: { ats: 'baker', sparkhire: 'BAKER' },
        description: { ats: 'Bakes.', sparkhire: '<p>Bakes.</p>' },
      },
    });
    expect(settledByCreation(settles, job({ title: 'baker', description: ' ' }))).toEqual({
      differs: true,
      base: { title: sent('baker') },
    });
    expect(settledByCreation(settles, job({ title: 'baker', description: undefined }))).toEqual({
      differs: false,
      base: settles,
    });
    // An answer of the uuid alone tells nothing of it.
    const all = { ...settles, status: sent('active') };
    expect(settledByCreation(all, job({ title: null, description: undefined, status: null }), true)).toEqual({
      differs: false,
      base: all,
    });
  });

  it.each([
    ['one_way', '2027-03-04T12:00:00Z', false],
    ['one_way', '2027-03-04T23:59:59Z', false],
    ['one_way', '2027-03-05T12:00:30Z', true],
    ['one_way', '2027-03-04T11:59:00Z', true],
    ['one_way', null, false],
    ['live', '2027-03-04T12:00:00+00:00', false],
    ['live', '2027-03-04T12:02:00Z', true],
  ])('a time of a %s interview that becomes %s differs: %s', (type, made, differs) => {
    const settles = { scheduled_at: sent('2027-03-04T12:00:30Z') };
    const told = settledByCreation(settles, interview(type, made));
    expect(told.differs).toBe(differs);
    expect(told.base.scheduled_at).toEqual(
      differs ? undefined : { ats: '2027-03-04T12:00:30Z', sparkhire: made },
    );
  });

  it('days are no moment, and what could not be read is taken as sent', () => {
    const settles = { scheduled_at: { ats: { days: 5 }, sparkhire: null } };
    expect(settledByCreation(settles, interview('one_way', '2027-03-04T12:00:00Z')).differs).toBe(false);
    expect(settledByCreation({ status: sent('active') }, null)).toEqual({
      differs: false,
      base: { status: sent('active') },
    });
  });

  it('a role is kept as it was made, as far as that is told', () => {
    const settles = { role: { ats: 'standard', sparkhire: null }, email: sent('Ada@example.org') };
    expect(settledByCreation(settles, user({})).differs).toBe(false);
    expect(settledByCreation(settles, user({ role: 'Standard' })).base.role).toEqual(settles.role);
    expect(settledByCreation(settles, user({ role: 'administrator' }))).toMatchObject({
      differs: true,
      base: { role: { ats: 'standard', sparkhire: 'administrator' } },
    });
    expect(settledByCreation(settles, user({ email: 'other@example.org' })).base).toEqual({
      role: settles.role,
    });
  });
});

describe('a deadline that Spark Hire shows as the end of its day', () => {
  const shown = '2027-03-01T23:59:59Z';
  const pair = { ats: '2027-03-01T10:00:00Z', sparkhire: shown };
  it.each([
    ['an hour of the same day', 'one_way', pair, shown, '2027-03-01T15:00:00Z', true],
    ['another day', 'one_way', pair, shown, '2027-03-02T10:00:00Z', false],
    ['the day before', 'one_way', pair, shown, '2027-02-28T10:00:00Z', false],
    ['a start', 'live', pair, shown, '2027-03-01T15:00:00Z', false],
    ['what was agreed to the second', 'one_way', { ats: shown, sparkhire: shown }, shown, pair.ats, false],
    ['what somebody moved there', 'one_way', pair, '2027-03-02T12:00:00Z', '2027-03-02T10:00:00Z', false],
    ['nothing that was agreed', 'one_way', undefined, shown, '2027-03-01T15:00:00Z', false],
  ])('is that of %s too: %#', (_, type, agreed, from, to, same) => {
    expect(isFormOfBoth(type, agreed, from, to)).toBe(same);
  });
});
