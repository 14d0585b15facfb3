/** Whatever both sides do: it comes to rest, nothing is written twice, and no edit vanishes unseen. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conflictKinds, type RowConflictKind } from '../../../src/reconcile/conflict-kinds.js';
import { decide } from '../../../src/reconcile/decide.js';
import type {
  Base,
  Decision,
  Desired,
  DesiredJob,
  FieldPolicy,
  Json,
  Observed,
  ObservedInterview,
  ObservedJob,
  Policies,
  RowContext,
} from '../../../src/reconcile/types.js';
import { sameInstant, sameText } from '../../../src/reconcile/values/equality.js';
import {
  activeJob,
  answer,
  carriedOut,
  interview,
  job,
  linked,
  policies,
  seenInterview,
  seenJob,
  seenShareLink,
  seenUser,
  settledBase,
  shareLink,
  unlinked,
  user,
  withdrawn,
} from '../../support/reconcile-rows.js';
import { runsOf } from '../../support/rotation.js';

const policyOf = fc.constantFrom<FieldPolicy>('merge', 'ats', 'sparkhire');
const anyPolicies: fc.Arbitrary<Policies> = fc.record({
  fields: fc.record({
    users: fc.record({ name: policyOf, email: policyOf }),
    jobs: fc.record({ title: policyOf, description: policyOf, status: policyOf, place: policyOf }),
    interviews: fc.record({ scheduled_at: policyOf }),
    share_links: fc.record({ status: policyOf }),
  }),
  jobs: fc.record({
    firstContact: fc.constantFrom('ask', 'link', 'create'),
    withdrawn: fc.constantFrom('inactive', 'delete'),
    closeUnderInterviews: fc.boolean(),
    withoutSlot: fc.constantFrom('wait', 'inactive'),
  }),
  users: fc.record({
    paid: fc.constantFrom('refuse', 'allow'),
    withdrawn: fc.constantFrom('propose', 'delete'),
  }),
  keys: fc.constant(policies.keys),
  massChange: fc.constant({ share: 1, rows: 1000 }),
});

const places = [
  { kind: 'location', city: 'Oslo', state: null, country: 'Norway' },
  { kind: 'location', city: 'Bergen', state: null, country: 'Norway' },
  { kind: 'locality', work_mode: 'remote', work_place: null },
] as const;
const title = fc.constantFrom('Baker', 'Cook', ' Baker ', 'Smith');
const moment = fc.constantFrom('2027-03-01T12:00:00Z', '2027-03-01T12:00:00.3Z', '2027-04-01T12:00:00Z');
const status = fc.constantFrom(
  'requested',
  'accepted',
  'completed',
  'expired',
  'canceled',
  'cancelled',
  null,
);

const desired: fc.Arbitrary<Desired> = fc.oneof(
  fc
    .record({
      name: title,
      email: fc.constantFrom('ida@example.com', 'IDA@example.com', 'moe@example.com'),
      role: fc.constantFrom('standard' as const, 'administrator' as const, null),
      active: fc.constantFrom(true, false, null),
    })
    .map(user),
  fc
    .record({
      title,
      description: fc.constantFrom('Bakes bread.', 'Else.', null),
      status: fc.constantFrom('active' as const, 'inactive' as const),
      place: fc.constantFrom(...places, null),
      ownerAtsId: fc.constantFrom(null, null, 'U-1'),
    })
    .map(job),
  fc
    .record({
      deadline: fc.oneof(
        moment.map((at) => ({ at })),
        fc.constant({ days: 7 }),
      ),
      jobAtsId: fc.constantFrom('J-1', 'J-2'),
      share: fc.boolean(),
      questionSetUuid: fc.constantFrom(null, 'set-a'),
    })
    .map(interview),
  fc
    .record({
      reviewer: fc.record({ name: title, email: fc.constantFrom('liv@example.com', 'LIV@example.com') }),
      interviewAtsIds: fc.constantFrom<string[]>(['I-1', 'I-2'], ['I-1'], ['I-1', 'I-3']),
      sendEmail: fc.boolean(),
      status: fc.constantFrom('active' as const, 'inactive' as const),
    })
    .map(shareLink),
);

const seenOf = (values: Desired, uuid: string): fc.Arbitrary<Observed> => {
  const deleted = fc.constantFrom(false, false, false, true);
  switch (values.resource) {
    case 'users':
      return fc
        .record({ deleted, name: title, email: fc.constantFrom('ida@example.com', 'x@example.com', null) })
        .map((over) => seenUser({ ...over, uuid }));
    case 'jobs':
      return fc
        .record({
          deleted,
          title,
          description: fc.constantFrom('Bakes bread.', 'Longer.', null, undefined),
          status: fc.constantFrom('active', 'inactive'),
        })
        .map((over) => seenJob({ ...over, uuid }));
    case 'interviews':
      return fc
        .record({ deleted, status, scheduledAt: fc.option(moment), shared: fc.boolean() })
        .map((over) => seenInterview({ ...over, uuid }));
    case 'share_links':
      return fc
        .record({
          deleted,
          status: fc.constantFrom('active', 'inactive'),
          interviewUuids: fc.constantFrom<string[] | null>(
            ['interview-1', 'interview-2'],
            ['interview-1'],
            null,
          ),
        })
        .map((over) => seenShareLink({ ...over, uuid }));
  }
};

/** Any row, linked or not, with some of its fields settled. */
const anyContext: fc.Arbitrary<RowContext> = desired.chain((values) =>
  fc
    .record({
      observed: fc.option(seenOf(values, 'there')),
      adoptable: fc.tuple(
        fc.array(seenOf(values, 'a'), { maxLength: 1 }),
        fc.array(seenOf(values, 'b'), { maxLength: 1 }),
      ),
      isLinked: fc.boolean(),
      settled: fc.subarray(Object.keys(settledBase[values.resource])),
      wanted: fc.constantFrom(true, true, true, false),
      twin: fc.constantFrom(null, null, 'I-0'),
      pendingInterviews: fc.constantFrom(0, 2),
      willBeActive: fc.boolean(),
      take: fc.option(fc.constantFrom('ats', 'sparkhire', 'link', 'create', 'send', 'none')),
    })
    .map(({ observed, adoptable, isLinked, settled, wanted, willBeActive, take, ...rest }) => {
      const base: Base = Object.fromEntries(
        settled.map((field) => [field, settledBase[values.resource][field]!]),
      );
      const parents = { job: { ...activeJob, willBeActive }, requestedBy: null, owner: null };
      const context = unlinked(values, {
        ...rest,
        parents,
        adoptable: adoptable.flat(),
        ...(isLinked ? { link: { uuid: 'there', base, how: 'adopted' as const }, observed } : {}),
      });
      context.row!.wanted = wanted;
      return { context, take };
    })
    .map(({ context, take }) => {
      if (take === null) return context;
      // A person's answer to what would be asked.
      const answers = decide(context, policies).conflicts.map((asked, at) =>
        answer({ ...asked, id: `${at}`, take }),
      );
      return { ...context, answers };
    }),
);

const atRest = ({ action, settles, unlink }: Decision) =>
  action === null && !unlink && Object.keys(settles).length === 0;

describe('every decider', () => {
  it('comes to rest: at once, or after the one write that follows an adoption', () => {
    fc.assert(
      fc.property(anyContext, anyPolicies, (start, by) => {
        let context = start;
        let decision = decide(context, by);
        const actions: string[] = [];
        for (let round = 0; round < 3 && !atRest(decision); round += 1) {
          if (decision.action !== null) actions.push(decision.action.action);
          context = carriedOut(context, decision);
          const before = decision;
          decision = decide(context, by);
          // What a decision says it leads to is what it leads to.
          if (before.next !== 'pending' && before.action !== null) expect(decision.state).toBe(before.next);
        }
        expect(atRest(decision)).toBe(true);
        expect(actions.length).toBeLessThanOrEqual(2);
        if (actions.length === 2) expect(actions[0]).toBe('adopt');
        // And it stays there.
        expect(decide(carriedOut(context, decision), by)).toEqual({
          ...decision,
          carriedOut: [],
          putAside: [],
        });
      }),
      { numRuns: runsOf(3000) },
    );
  });

  it('leaves no row about which a person is asked in a state in which nobody looks at it', () => {
    const asks = ({ kind }: { kind: RowConflictKind }) => conflictKinds[kind].asks;
    fc.assert(
      fc.property(anyContext, anyPolicies, (context, by) => {
        const open = decide(context, by).conflicts.filter(asks);
        const openConflicts = open.map(({ kind, field, uuid }, at) => ({ id: `${at}`, kind, field, uuid }));
        for (const now of [
          context,
          withdrawn(context),
          { ...context, row: null },
          { ...context, observed: null },
        ]) {
          const { conflicts, keeps, state, next, action } = decide({ ...now, openConflicts }, by);
          if (!conflicts.some(asks) && keeps.length === 0) continue;
          expect(['synced', 'gone']).not.toContain(state);
          if (action !== null && conflicts.some(asks)) expect(next).toBe('conflict');
        }
      }),
      { numRuns: runsOf(1000) },
    );
  });

  it('is pure: the same in, the same out, and nothing of it changed', () => {
    fc.assert(
      fc.property(anyContext, anyPolicies, (context, by) => {
        const before = structuredClone({ context, by });
        expect(decide(context, by)).toEqual(decide(context, by));
        expect({ context, by }).toEqual(before);
      }),
      { numRuns: runsOf(500) },
    );
  });

  it('writes no field that shows the wanted value already, and none that it asks about', () => {
    fc.assert(
      fc.property(anyContext, anyPolicies, (context, by) => {
        const { action, conflicts } = decide(context, by);
        if (action === null || action.action !== 'update') return;
        expect(action.changes.length).toBeGreaterThan(0);
        for (const { field, from, to } of action.changes) {
          expect(from).not.toEqual(to);
          expect(conflicts.map((conflict) => conflict.field)).not.toContain(field);
        }
      }),
      { numRuns: runsOf(1000) },
    );
  });
});

type Edit =
  | { side: 'ats' | 'sparkhire'; field: 'title' | 'description' | 'status'; value: string }
  | { side: 'resolve'; take: 'ats' | 'sparkhire' }
  | { side: 'sync' };

const text = fc.constantFrom('A', 'B', 'C', 'D');
const side = fc.constantFrom('ats' as const, 'sparkhire' as const);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ side, field: fc.constantFrom('title' as const, 'description' as const), value: text }),
  fc.record({ side, field: fc.constant('status' as const), value: fc.constantFrom('active', 'inactive') }),
  fc.record({
    side: fc.constant('resolve' as const),
    take: fc.constantFrom('ats' as const, 'sparkhire' as const),
  }),
  fc.constant({ side: 'sync' as const }),
);

describe('a job that both sides edit', () => {
  it('converges, and no edit vanishes without a conflict, a person or a policy that says so', () => {
    const fields = ['title', 'description', 'status'] as const;
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 25 }), anyPolicies, (edits, by) => {
        let context = linked(job(), seenJob());
        // What both sides last agreed on, kept here on its own.
        const agreed = Object.fromEntries(
          fields.map((field) => [field, { ats: job()[field] as Json, sparkhire: seenJob()[field] as Json }]),
        );
        const wants = () => context.row!.values as DesiredJob;
        const shows = () => context.observed as ObservedJob;

        const sync = () => {
          const decision = decide(context, by);
          const [ats, former] = [wants(), shows()];
          const written = new Set(decision.action?.changes.map(({ field }) => field) ?? []);
          for (const { field, from, to } of decision.action?.changes ?? []) {
            const last = agreed[field]!;
            expect(to).toBe(ats[field as 'title']);
            expect(from).toBe(former[field as 'title']);
            const unseen = !sameText(former[field as 'title'], last.sparkhire);
            const recorded = decision.overwritten.some((draft) => draft.field === field);
            const decided = context.answers.some(
              (each) =>
                each.field === field && each.take === 'ats' && decision.action?.answers?.includes(each.id),
            );
            if (unseen) expect(recorded || decided).toBe(true);
            if (recorded) expect(by.fields.jobs[field]).toBe('ats');
          }
          for (const field of fields) {
            const decided = context.answers.some(
              (each) =>
                each.field === field &&
                each.take === 'sparkhire' &&
                each.ats === ats[field] &&
                each.sparkhire === former[field],
            );
            const asked = decision.conflicts.some((conflict) => conflict.field === field);
            if (written.has(field)) agreed[field] = { ats: ats[field], sparkhire: ats[field] };
            else if (sameText(ats[field], former[field]!))
              agreed[field] = { ats: ats[field], sparkhire: former[field]! };
            else if (decided && !asked && field in decision.settles) {
              agreed[field] = { ats: ats[field], sparkhire: former[field]! };
            }
          }
          context = carriedOut(context, decision);
          for (const field of fields) {
            if (sameText(wants()[field], shows()[field]!)) continue;
            const asked = decision.conflicts.some((conflict) => conflict.field === field);
            // The ATS's edit is not there: a person is asked, or it gives the first value only.
            const edited = !sameText(wants()[field], agreed[field]!.ats);
            if (edited) expect(asked || by.fields.jobs[field] === 'sparkhire').toBe(true);
          }
          expect(atRest(decide(context, by))).toBe(true);
        };

        for (const step of edits) {
          if (step.side === 'sync') sync();
          else if (step.side === 'ats') {
            const values = { ...wants(), [step.field]: step.value } as DesiredJob;
            context = { ...context, row: { ...context.row!, values } };
          } else if (step.side === 'sparkhire') {
            context = { ...context, observed: { ...shows(), [step.field]: step.value } };
          } else if ('take' in step) {
            const answers = decide(context, by).conflicts.map((asked, at) =>
              answer({ ...asked, id: `${at}`, take: step.take }),
            );
            context = { ...context, answers };
          }
        }
        sync();
      }),
      { numRuns: runsOf(1500) },
    );
  });
});

describe('an interview that both sides treat as they like', () => {
  const step = fc.oneof(
    fc.record({ wanted: fc.boolean() }),
    fc.record({ share: fc.boolean() }),
    fc.record({ at: moment }),
    fc.record({ status: fc.constantFrom('requested', 'accepted', 'completed', 'expired', 'canceled') }),
    fc.record({ scheduledAt: moment }),
    fc.constant({ sync: true }),
  );

  it('is sent once, shared once, canceled only while pending, and its deadline never lost unseen', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        let context = unlinked(interview({ share: true }));
        const done: string[] = [];
        const sync = () => {
          const decision = decide(context, policies);
          const seen = context.observed as ObservedInterview | null;
          const { action } = decision;
          if (action !== null) done.push(action.action);
          if (action?.action === 'cancel') {
            expect(context.row!.wanted).toBe(false);
            expect(['requested', 'accepted']).toContain(seen!.status);
          }
          if (action?.action === 'share') expect(seen!.status).toBe('completed');
          if (action?.action === 'update') {
            expect(sameInstant(seen!.scheduledAt, context.link!.base.scheduled_at!.sparkhire)).toBe(true);
          }
          context = carriedOut(context, decision);
          expect(atRest(decide(context, policies))).toBe(true);
        };
        for (const each of steps) {
          if ('sync' in each) sync();
          else if ('wanted' in each) context = { ...context, row: { ...context.row!, wanted: each.wanted } };
          else if ('share' in each || 'at' in each) {
            const values = context.row!.values as ReturnType<typeof interview>;
            const over = 'share' in each ? { share: each.share } : { deadline: { at: each.at } };
            context = { ...context, row: { ...context.row!, values: { ...values, ...over } } };
          } else if (context.observed !== null) {
            context = { ...context, observed: { ...context.observed, ...each } as Observed };
          }
        }
        sync();
        expect(done.filter((name) => name === 'create').length).toBeLessThanOrEqual(1);
        expect(done.filter((name) => name === 'share').length).toBeLessThanOrEqual(1);
      }),
      { numRuns: runsOf(1500) },
    );
  });
});
