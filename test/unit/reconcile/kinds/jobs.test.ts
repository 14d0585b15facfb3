import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/reconcile/decide.js';
import type { Place, Policies } from '../../../../src/reconcile/types.js';
import { mayBeAt } from '../../../../src/reconcile/values/places.js';
import {
  answer,
  carriedOut,
  job,
  linked,
  oslo,
  policies,
  seenJob,
  settledBase,
  unlinked,
  withdrawn,
} from '../../../support/reconcile-rows.js';

const jobPolicy = (over: Partial<Policies['jobs']>): Policies => ({
  ...policies,
  jobs: { ...policies.jobs, ...over },
});
const bergen: Place = { kind: 'location', city: 'Bergen', state: null, country: 'Norway' };
const remote: Place = { kind: 'locality', work_mode: 'remote', work_place: null };

describe('jobs: first contact', () => {
  it('creates one that nothing resembles', () => {
    const context = unlinked(job({ status: 'inactive' }));
    const decision = decide(context, policies);
    expect(decision).toMatchObject({
      state: 'pending',
      next: 'synced',
      action: { action: 'create', label: 'Baker' },
    });
    expect(decision.action!.changes).toContainEqual({ field: 'status', from: null, to: 'inactive' });
    expect(decision.action!.settles).toEqual({
      ...settledBase.jobs,
      status: { ats: 'inactive', sparkhire: 'inactive' },
    });
    expect(decide(carriedOut(context, decision), policies)).toMatchObject({
      state: 'synced',
      action: null,
      settles: {},
    });
  });

  it.each([
    ['description', { description: null }],
    ['city', { place: null }],
    ['country', { place: { ...oslo, country: null } as Place }],
  ])('creates none without %s', (field, over) => {
    expect(decide(unlinked(job(over)), policies)).toMatchObject({
      state: 'rejected',
      action: null,
      issues: [{ code: 'REQUIRED_FIELD_MISSING', field }],
    });
  });

  it.each([
    [null, [{ code: 'UNKNOWN_REFERENCE', field: 'owner_ats_id' }], null],
    [{ atsId: 'U-1', known: true, uuid: null }, [], 'waits for user U-1 to be in Spark Hire'],
  ])('waits for its owner: %j', (owner, issues, reason) => {
    const context = unlinked(job({ ownerAtsId: 'U-1' }), {
      parents: { job: null, requestedBy: null, owner },
    });
    expect(decide(context, policies)).toMatchObject({ state: 'held', action: null, issues, reason });
  });

  describe('with a job of the same title and place', () => {
    const context = unlinked(job({ title: ' Baker ' }), {
      adoptable: [
        seenJob(),
        seenJob({ uuid: 'job-b', title: 'Cook' }),
        seenJob({ uuid: 'job-c', location: 'Bergen, Norway' }),
      ],
    });
    const asked = decide(context, policies).conflicts[0]!;

    it('asks', () => {
      expect(decide(context, policies)).toMatchObject({ state: 'conflict', action: null });
      expect(asked).toMatchObject({
        kind: 'possible_duplicate',
        uuid: 'job-a',
        field: null,
        ats: { title: 'baker', place: oslo },
        sparkhire: { uuid: 'job-a', title: 'Baker', location: 'Oslo, Norway' },
        policy: 'ask',
      });
    });

    it('links or creates by policy', () => {
      expect(decide(context, jobPolicy({ firstContact: 'link' })).action).toMatchObject({
        action: 'adopt',
        uuid: 'job-a',
      });
      expect(decide(context, jobPolicy({ firstContact: 'create' }))).toMatchObject({
        action: { action: 'create' },
        conflicts: [],
      });
    });

    it.each([
      ['link', 'adopt'],
      ['link:job-a', 'adopt'],
      ['create', 'create'],
    ])('does what a person chose: %s', (take, action) => {
      const decided = { ...context, answers: [answer({ ...asked, field: null, take })] };
      expect(decide(decided, policies)).toMatchObject({ action: { action, answers: ['1'] }, conflicts: [] });
    });

    it('asks again if what the person saw is not so any more', () => {
      const answers = [answer({ ...asked, field: null, take: 'create' })];
      const another = {
        ...context,
        answers,
        adoptable: [...context.adoptable, seenJob({ uuid: 'job-d' })],
      };
      expect(decide(another, policies)).toMatchObject({
        action: null,
        conflicts: [{ kind: 'possible_duplicate' }],
      });
      const renamed = unlinked(job({ place: bergen }), { answers, adoptable: context.adoptable });
      expect(decide(renamed, policies)).toMatchObject({
        action: null,
        conflicts: [{ uuid: 'job-c' }],
        putAside: ['1'],
      });
    });

    it('keeps a choice until something was done with it', () => {
      const answers = [answer({ ...asked, field: null, take: 'create' })];
      const waiting = {
        ...context,
        answers,
        row: { ...context.row!, values: job({ ownerAtsId: 'U-9' }) },
      };
      expect(decide(waiting, policies)).toMatchObject({ state: 'held', carriedOut: [], putAside: [] });
    });
  });

  it('lists several, and links none by itself', () => {
    const context = unlinked(job(), { adoptable: [seenJob({ uuid: 'b' }), seenJob({ uuid: 'a' })] });
    const asked = decide(context, jobPolicy({ firstContact: 'link' })).conflicts[0]!;
    expect(asked).toMatchObject({ uuid: null, sparkhire: [{ uuid: 'a' }, { uuid: 'b' }] });
    const decided = { ...context, answers: [answer({ ...asked, take: 'link:b' })] };
    expect(decide(decided, policies).action).toMatchObject({ action: 'adopt', uuid: 'b' });
  });

  it.each([
    [oslo, 'Oslo, Norway', true],
    [oslo, 'Oslo, NO', true],
    [oslo, '0155 Oslo, Norway', true],
    [oslo, 'Oslo, Sweden', false],
    [oslo, 'Osloville, Norway', false],
    [oslo, null, false],
    [{ ...oslo, city: 'Austin', state: 'TX', country: 'United States' }, 'Austin, TX 78701, USA', true],
    [{ ...oslo, city: 'Austin', state: 'Texas', country: 'US' }, 'Austin, TX, USA', true],
    [{ ...oslo, city: 'Springfield', state: 'IL', country: 'US' }, 'Springfield, MA, US', false],
    [
      { ...oslo, city: 'Springfield', state: 'Illinois', country: null },
      'Springfield, Massachusetts, US',
      false,
    ],
    [{ kind: 'locality', work_mode: 'remote', work_place: null }, 'Remote', true],
    [{ kind: 'locality', work_mode: 'remote', work_place: null }, null, true],
    [{ kind: 'locality', work_mode: 'remote', work_place: null }, 'Oslo, Norway', false],
    [{ kind: 'locality', work_mode: 'hybrid', work_place: 'Harbour 1' }, 'Harbour 1', true],
    [{ kind: 'locality', work_mode: 'hybrid', work_place: 'Harbour 1' }, null, false],
  ] as Array<[Place, string | null, boolean]>)('%j may be at %j: %j', (place, address, expected) => {
    expect(mayBeAt(place, address)).toBe(expected);
  });
});

describe('jobs: linked', () => {
  it('writes what changed, in one write', () => {
    const context = linked(job({ title: 'Head Baker', description: 'Leads.', place: bergen }), seenJob());
    const decision = decide(context, policies);
    expect(decision.action).toMatchObject({
      action: 'update',
      uuid: 'job-a',
      label: 'Baker',
      reason: 'changed in the ATS',
      changes: [
        { field: 'title', from: 'Baker', to: 'Head Baker' },
        { field: 'description', from: 'Bakes bread.', to: 'Leads.' },
        { field: 'place', from: oslo, to: bergen },
      ],
    });
    expect(decide(carriedOut(context, decision), policies)).toMatchObject({
      state: 'synced',
      action: null,
      settles: {},
    });
  });

  it('merges edits of different fields, and leaves the one in conflict alone', () => {
    const context = linked(
      job({ title: 'Head Baker', description: 'Leads.' }),
      seenJob({ title: 'Pastry Baker', status: 'inactive' }),
    );
    expect(decide(context, policies)).toMatchObject({
      state: 'conflict',
      next: 'conflict',
      action: { changes: [{ field: 'description', to: 'Leads.' }] },
      conflicts: [
        {
          kind: 'field_diverged',
          uuid: 'job-a',
          field: 'title',
          base: { ats: 'Baker', sparkhire: 'Baker' },
          ats: 'Head Baker',
          sparkhire: 'Pastry Baker',
          policy: 'merge',
        },
        { kind: 'field_diverged', field: 'status', ats: 'active', sparkhire: 'inactive' },
      ],
    });
  });

  it('a job that only Spark Hire made inactive is a question, unless a policy says whose its status is', () => {
    const context = linked(job(), seenJob({ status: 'inactive' }));
    const by = (status: 'merge' | 'ats' | 'sparkhire') =>
      decide(context, { ...policies, fields: { ...policies.fields, jobs: { status } } });
    expect(by('merge')).toMatchObject({ state: 'conflict', action: null, conflicts: [{ field: 'status' }] });
    expect(by('ats').action?.changes).toEqual([{ field: 'status', from: 'inactive', to: 'active' }]);
    expect(by('sparkhire')).toMatchObject({ state: 'synced', action: null, conflicts: [] });
    const closed = linked(job({ status: 'inactive' }), seenJob({ status: 'inactive' }));
    expect(decide(closed, policies)).toMatchObject({ state: 'synced', action: null, conflicts: [] });
  });

  it('takes a description that was not read as unchanged', () => {
    const unread = seenJob({ description: undefined });
    expect(decide(linked(job(), unread), policies).action).toBeNull();
    expect(decide(linked(job({ description: 'New.' }), unread), policies).action?.changes).toEqual([
      { field: 'description', from: 'Bakes bread.', to: 'New.' },
    ]);
    // One that somebody emptied there was read: both sides changed it.
    expect(
      decide(linked(job({ description: 'New.' }), seenJob({ description: null })), policies),
    ).toMatchObject({
      action: null,
      conflicts: [{ field: 'description', sparkhire: null }],
    });
    const { description: _, ...base } = settledBase.jobs;
    const adopted = linked(job({ description: 'New.' }), unread, {
      link: { uuid: 'job-a', base, how: 'adopted' },
    });
    expect(decide(adopted, policies)).toMatchObject({ action: null, conflicts: [], settles: {} });
  });

  it.each([
    [remote, ['work_mode']],
    [
      { kind: 'locality', work_mode: 'hybrid', work_place: 'Harbour 1' } as Place,
      ['work_mode', 'work_place'],
    ],
  ])('cannot change how it is worked: %j', (place, fields) => {
    const decision = decide(linked(job({ place, title: 'Cook' }), seenJob()), policies);
    expect(decision.issues.map(({ code, field }) => [code, field])).toEqual(
      fields.map((field) => ['IMMUTABLE_AFTER_SEND', field]),
    );
    expect(decision).toMatchObject({ state: 'rejected', action: { changes: [{ field: 'title' }] } });
  });

  it('does not compare a place with the address that comes back', () => {
    const seen = seenJob({ location: 'Somewhere else' });
    expect(decide(linked(job(), seen), policies)).toMatchObject({ action: null, conflicts: [], settles: {} });
  });

  it('closes, but not under pending interviews', () => {
    const context = linked(job({ status: 'inactive', title: 'Cook' }), seenJob());
    expect(decide(context, policies).action).toMatchObject({ action: 'update' });
    const only = linked(job({ status: 'inactive' }), seenJob());
    expect(decide(only, policies).action).toMatchObject({ action: 'close', reason: 'closed in the ATS' });
    const busy = { ...context, pendingInterviews: 2 };
    expect(decide(busy, policies)).toMatchObject({
      state: 'held',
      next: 'held',
      reason: 'stays open while 2 interviews are pending: it is closed once they have ended',
      action: { action: 'update', changes: [{ field: 'title' }] },
    });
    expect(decide(busy, jobPolicy({ closeUnderInterviews: true })).action?.changes).toHaveLength(2);
    expect(decide({ ...only, pendingInterviews: 1 }, policies)).toMatchObject({
      state: 'held',
      action: null,
    });
  });

  it('puts back a drift where the ATS owns the field, with a record', () => {
    const owned: Policies = { ...policies, fields: { ...policies.fields, jobs: { title: 'ats' } } };
    const context = linked(job(), seenJob({ title: 'Pastry Baker' }));
    expect(decide(context, policies)).toMatchObject({ state: 'synced', action: null });
    expect(decide(context, owned)).toMatchObject({
      action: {
        reason: 'put back: policy ats',
        changes: [{ field: 'title', from: 'Pastry Baker', to: 'Baker' }],
      },
      overwritten: [{ field: 'title', ats: 'Baker', sparkhire: 'Pastry Baker', policy: 'ats' }],
    });
  });

  it('settles, where both sides changed to the same', () => {
    const context = linked(job({ title: 'Cook' }), seenJob({ title: 'Cook ' }));
    expect(decide(context, policies)).toMatchObject({
      state: 'synced',
      action: null,
      settles: { title: { ats: 'Cook', sparkhire: 'Cook ' } },
    });
  });
});

describe('jobs: withdrawn', () => {
  it('is closed, or deleted by policy', () => {
    const context = withdrawn(linked(job(), seenJob()));
    const decision = decide(context, policies);
    expect(decision).toMatchObject({
      state: 'pending',
      next: 'gone',
      action: { action: 'close', changes: [{ field: 'status', from: 'active', to: 'inactive' }] },
    });
    expect(decide(carriedOut(context, decision), policies)).toMatchObject({ state: 'gone', action: null });
    const removed = decide(context, jobPolicy({ withdrawn: 'delete' }));
    expect(removed).toMatchObject({ next: 'gone', action: { action: 'delete', uuid: 'job-a' } });
    const after = decide(carriedOut(context, removed), policies);
    expect(after).toMatchObject({ state: 'gone', action: null, unlink: false, conflicts: [] });
  });

  it.each(['inactive', 'active'])(
    'one that was deleted and is still there, %s, is not deleted again',
    (status) => {
      const deleting = jobPolicy({ withdrawn: 'delete' });
      const context = withdrawn(linked(job(), seenJob()));
      const kept = { ...carriedOut(context, decide(context, deleting)), observed: seenJob({ status }) };
      expect(decide(kept, deleting)).toMatchObject({ state: 'gone', action: null });
      const back = { ...kept, row: linked(job(), seenJob()).row };
      const { settles, action } = decide(back, deleting);
      expect({ settles, action }).toMatchObject({ settles: { deleted: { ats: false } }, action: null });
      const again = withdrawn({ ...back, link: { ...back.link!, base: { ...back.link!.base, ...settles } } });
      expect(decide(again, deleting)).toMatchObject({ action: { action: 'delete' } });
    },
  );

  it.each(['inactive', 'delete'] as const)('is held under pending interviews (%s)', (how) => {
    const context = { ...withdrawn(linked(job(), seenJob())), pendingInterviews: 1 };
    expect(decide(context, jobPolicy({ withdrawn: how }))).toMatchObject({
      state: 'held',
      action: null,
      reason: 'stays open while 1 interview is pending: it is closed once it has ended',
    });
    expect(decide(context, jobPolicy({ withdrawn: how, closeUnderInterviews: true })).action).not.toBeNull();
  });

  it('is not closed again after somebody opened it in Spark Hire', () => {
    const context = withdrawn(linked(job(), seenJob()));
    const closed = carriedOut(context, decide(context, policies));
    expect(decide({ ...closed, observed: seenJob() }, policies)).toMatchObject({
      state: 'gone',
      action: null,
    });
  });

  it('needs nothing where it never was, and waits until the mirror has seen it', () => {
    expect(decide(withdrawn(unlinked(job())), policies)).toMatchObject({
      state: 'gone',
      action: null,
      unlink: false,
    });
    expect(decide({ ...withdrawn(linked(job(), seenJob())), observed: null }, policies)).toMatchObject({
      state: 'pending',
      action: null,
      unlink: false,
    });
    const closed = linked(job(), seenJob({ status: 'inactive' }));
    expect(decide(withdrawn(closed), policies)).toMatchObject({
      state: 'gone',
      action: null,
      settles: { status: { ats: 'inactive', sparkhire: 'inactive' } },
    });
    // A row that is not there agrees to nothing: what people closed stays closed when it is back.
    expect(decide({ ...closed, row: null }, policies)).toMatchObject({
      state: 'gone',
      action: null,
      settles: {},
    });
  });
});
