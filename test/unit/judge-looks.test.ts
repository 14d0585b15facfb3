import { describe, expect, it } from 'vitest';
import { judgeLooks, type LookFacts, type Seen, type Sought } from '../../src/apply/judge-looks.js';

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
    expect(look([seen('x', { title: 'Head Baker' })], {}, job)).toEqual({ kind: 'absent' });
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
    expect(look([seen('x', { email: null })], {}, user)).toEqual({ kind: 'absent' });
  });
});
