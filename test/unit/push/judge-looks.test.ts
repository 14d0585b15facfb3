import { describe, expect, it } from 'vitest';
import {
  judgeLooks,
  type LookFacts,
  type Seen,
  type Sought,
  westernmostMs,
} from '../../../src/push/lost/judge-looks.js';

const since = Date.parse('2026-03-02T10:00:00Z');
const invitation: Sought = {
  id: '1',
  resource: 'interviews',
  email: 'Mira@Example.org',
  jobUuid: 'job-a',
  title: null,
  since,
};
const seen = (uuid: string, more: Partial<Seen> = {}): Seen => ({
  uuid,
  email: 'mira@example.org',
  name: 'Mira',
  jobUuid: 'job-a',
  title: null,
  status: 'requested',
  active: null,
  createdAt: since + 1000,
  ...more,
});
const look = (objects: Seen[], more: Partial<LookFacts> = {}, sought = invitation) =>
  judgeLooks(sought, { seen: objects, linked: new Set(), others: [], over: true, ...more });

describe('looking for an invitation', () => {
  it('finds the one of this job and address, however its case', () => {
    expect(look([seen('x')])).toEqual({ kind: 'found', uuid: 'x' });
    expect(look([seen('x')], { over: false })).toEqual({ kind: 'found', uuid: 'x' });
  });

  it('waits while it settles, then calls it absent', () => {
    expect(look([], { over: false })).toEqual({ kind: 'wait' });
    expect(look([])).toEqual({ kind: 'absent' });
  });

  it('does not take what is linked, older, or of another job', () => {
    expect(look([seen('x')], { linked: new Set(['x']) })).toEqual({ kind: 'absent' });
    expect(look([seen('x', { createdAt: since - 1 })])).toEqual({ kind: 'absent' });
    expect(look([seen('x', { createdAt: since })])).toEqual({ kind: 'found', uuid: 'x' });
    expect(look([seen('x', { jobUuid: 'job-b' })])).toEqual({ kind: 'absent' });
  });

  it('counts one without a time, or without a job, among the likely ones', () => {
    expect(look([seen('x', { createdAt: null })])).toEqual({ kind: 'found', uuid: 'x' });
    expect(look([seen('x', { jobUuid: null })])).toEqual({ kind: 'found', uuid: 'x' });
  });

  it('does not call one older whose time may be local: it may have been made half a day later', () => {
    const hours = 3_600_000;
    const local = (behind: number) =>
      look([seen('x', { createdAt: since - behind * hours, laterMs: westernmostMs })]);
    expect([local(6), local(12)]).toEqual(Array(2).fill({ kind: 'found', uuid: 'x' }));
    expect(local(12.1)).toEqual({ kind: 'absent' });
    const stranger = { email: 'someone@example.org', createdAt: since - 6 * hours, laterMs: westernmostMs };
    expect(look([seen('x', stranger)])).toMatchObject({ kind: 'unclear' });
  });

  it('does not take what the mirror knew before the write left, whatever its time says', () => {
    const sent = { ...invitation, knownThen: 7 };
    for (const more of [{}, { createdAt: null }, { createdAt: since - 1, laterMs: westernmostMs }]) {
      expect(look([seen('x', { ...more, knownSince: 7 })], {}, sent)).toEqual({ kind: 'absent' });
      for (const knownSince of [8, null])
        expect(look([seen('x', { ...more, knownSince })], {}, sent)).toEqual({ kind: 'found', uuid: 'x' });
    }
    const stranger = seen('y', { email: 'someone@example.org', knownSince: 3 });
    expect(look([stranger], {}, sent)).toEqual({ kind: 'absent' });
    expect(look([seen('x', { knownSince: 3 })])).toEqual({ kind: 'found', uuid: 'x' });
  });

  it('leaves several to a person, at the end', () => {
    expect(look([seen('x'), seen('y')], { over: false })).toEqual({ kind: 'wait' });
    expect(look([seen('x'), seen('y')])).toMatchObject({
      kind: 'unclear',
      candidates: [{ uuid: 'x' }, { uuid: 'y' }],
    });
  });

  it.each([
    ['no address', { email: null }],
    ['another address', { email: 'someone@example.org' }],
    ['no address and no job', { email: null, jobUuid: null }],
  ])('leaves a stranger with %s to a person, at the end', (_, more) => {
    expect(look([seen('x', more)], { over: false })).toEqual({ kind: 'wait' });
    expect(look([seen('x', more)])).toMatchObject({ kind: 'unclear', candidates: [{ uuid: 'x' }] });
  });

  it('is not troubled by a stranger where it was found', () => {
    expect(look([seen('x'), seen('y', { email: null })])).toEqual({ kind: 'found', uuid: 'x' });
  });

  it('is not troubled by what another open intent explains', () => {
    const other = { ...invitation, id: '2', email: 'someone@example.org' };
    expect(look([seen('x', { email: 'someone@example.org' })], { others: [other] })).toEqual({
      kind: 'absent',
    });
  });

  it('does not take what another open intent may mean as well', () => {
    const twin = { ...invitation, id: '2' };
    expect(look([seen('x')], { others: [twin], over: false })).toEqual({ kind: 'wait' });
    expect(look([seen('x')], { others: [twin] })).toMatchObject({ kind: 'unclear' });
    // The other one was sent after it had been made.
    expect(look([seen('x')], { others: [{ ...twin, since: since + 5000 }] })).toMatchObject({
      kind: 'found',
    });
    // An intent is no rival of its own.
    expect(look([seen('x')], { others: [invitation] })).toMatchObject({ kind: 'found' });
  });
});

describe('looking for a job or a user', () => {
  const job: Sought = { ...invitation, resource: 'jobs', email: null, jobUuid: null, title: 'Baker ' };
  const user: Sought = { ...invitation, resource: 'users', jobUuid: null };

  it('finds a job by its title and time', () => {
    expect(look([seen('x', { title: 'Baker' })], {}, job)).toEqual({ kind: 'found', uuid: 'x' });
    expect(look([seen('x', { title: 'Baker', createdAt: since - 1 })], {}, job)).toEqual({ kind: 'absent' });
    expect(look([seen('x', { title: 'Baker' }), seen('y', { title: 'Baker' })], {}, job)).toMatchObject({
      kind: 'unclear',
    });
  });

  it('finds a user by the e-mail, but no disabled one from before', () => {
    const old = { createdAt: since - 1 };
    expect(look([seen('x', { ...old, active: true })], {}, user)).toEqual({ kind: 'found', uuid: 'x' });
    expect(look([seen('x', { ...old, active: false })], {}, user)).toEqual({ kind: 'absent' });
    expect(look([seen('x', { active: false })], {}, user)).toEqual({ kind: 'found', uuid: 'x' });
  });

  it('leaves one that somebody may have given another title or address since to a person, at the end', () => {
    const others: Array<[Sought, Seen, string]> = [
      [job, seen('x', { title: 'Head Baker' }), 'a job came up'],
      [user, seen('x', { email: 'married@example.org', active: true }), 'a user came up'],
      [user, seen('x', { email: null }), 'a user came up'],
    ];
    for (const [sought, object, reason] of others) {
      expect(look([object], { over: false }, sought)).toEqual({ kind: 'wait' });
      expect(look([object], {}, sought)).toMatchObject({
        kind: 'unclear',
        candidates: [{ uuid: 'x' }],
        reason: expect.stringContaining(reason),
      });
      expect(look([object], { linked: new Set(['x']) }, sought)).toEqual({ kind: 'absent' });
      for (const createdAt of [null, since - 1])
        expect(look([{ ...object, createdAt }], {}, sought)).toEqual({ kind: 'absent' });
    }
  });
});

describe('looking for a share link', () => {
  const link = (id: string, more: Partial<Sought> = {}): Sought => ({
    id,
    resource: 'share_links',
    email: 'Mira@Example.org',
    jobUuid: null,
    title: null,
    interviewUuids: ['one', 'two'],
    status: 'active',
    since,
    ...more,
  });
  const shown = (uuid: string, more: Partial<Seen> = {}) =>
    seen(uuid, { jobUuid: null, status: 'active', interviewUuids: ['two', 'one'], ...more });
  const lookFor = (objects: Seen[], sought: Sought, others: Sought[] = [], more: Partial<LookFacts> = {}) =>
    look(objects, { others, ...more }, sought);

  it('finds the one of this reviewer that shows the same interviews', () => {
    expect(lookFor([shown('x')], link('1'))).toEqual({ kind: 'found', uuid: 'x' });
    expect(lookFor([shown('x', { interviewUuids: ['one'] })], link('1'))).toEqual({ kind: 'absent' });
    expect(lookFor([shown('x', { interviewUuids: ['one', 'two', 'three'] })], link('1'))).toEqual({
      kind: 'absent',
    });
    expect(lookFor([shown('x', { email: 'other@example.org' })], link('1'))).toEqual({ kind: 'absent' });
    expect(lookFor([shown('x', { createdAt: since - 1 })], link('1'))).toEqual({ kind: 'absent' });
  });

  it('gives each of the same wishes one, in their order, and sends the rest again', () => {
    const [first, second] = [link('9'), link('10')];
    const both = [shown('b', { createdAt: since + 2000 }), shown('a')];
    expect(lookFor(both, first, [second])).toEqual({ kind: 'found', uuid: 'a' });
    expect(lookFor(both, second, [first])).toEqual({ kind: 'found', uuid: 'b' });
    expect(lookFor([shown('a')], first, [second])).toEqual({ kind: 'found', uuid: 'a' });
    expect(lookFor([shown('a')], second, [first], { over: false })).toEqual({ kind: 'wait' });
    expect(lookFor([shown('a')], second, [first])).toEqual({ kind: 'absent' });
    // Wishes for other links, and objects that are older than a wish, are no matter of these.
    const other = link('1', { interviewUuids: ['one'] });
    expect(lookFor([shown('a')], first, [other])).toEqual({ kind: 'found', uuid: 'a' });
    const later = link('10', { since: since + 1500 });
    expect(lookFor([shown('a')], later, [])).toEqual({ kind: 'absent' });
    expect(lookFor(both, later, [first])).toEqual({ kind: 'found', uuid: 'b' });
  });

  it('leaves more than there are wishes for to a person, and what does not tell what it shows', () => {
    expect(lookFor([shown('a'), shown('b')], link('1'))).toMatchObject({
      kind: 'unclear',
      candidates: [{ uuid: 'a' }, { uuid: 'b' }],
    });
    expect(lookFor([shown('a', { interviewUuids: null })], link('1'))).toMatchObject({
      kind: 'unclear',
      candidates: [{ uuid: 'a' }],
      reason: expect.stringContaining('share link'),
    });
    // Somebody closed it: it may be the one all the same.
    expect(lookFor([shown('a', { status: 'inactive' })], link('1'))).toMatchObject({ kind: 'unclear' });
    expect(lookFor([shown('a', { interviewUuids: null })], link('1'), [], { over: false })).toEqual({
      kind: 'wait',
    });
  });
});
