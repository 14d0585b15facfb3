import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/reconcile/decide.js';
import { makePlan } from '../../../../src/reconcile/plan/plan.js';
import type { SharedInterview } from '../../../../src/reconcile/types.js';
import {
  answer,
  carriedOut,
  interview,
  linked,
  policies,
  seenInterview,
  seenShareLink,
  settledBase,
  shareLink,
  sharing,
  unlinked,
  withdrawn,
} from '../../../support/reconcile-rows.js';

const decideOf = (context: Parameters<typeof decide>[0]) => decide(context, policies);
const withInterviews = (first: Partial<SharedInterview>, inPlan: boolean | null = true) => {
  const [one, two] = sharing(shareLink()).interviews;
  return unlinked(shareLink(), { shares: { interviews: [{ ...one!, ...first }, two!], inPlan } });
};

describe('share links: first contact', () => {
  it('creates one with all that is sent', () => {
    expect(decideOf(unlinked(shareLink({ sendEmail: true })))).toMatchObject({
      state: 'pending',
      next: 'synced',
      issues: [],
      action: {
        action: 'create',
        uuid: null,
        changes: [
          { field: 'reviewer', from: null, to: { name: 'Liv Dahl', email: 'liv@example.com' } },
          { field: 'interviews', from: null, to: ['I-1', 'I-2'] },
          { field: 'send_email', from: null, to: true },
          { field: 'status', from: null, to: 'active' },
        ],
        settles: settledBase.share_links,
        label: 'liv@example.com',
      },
    });
  });

  it.each([
    ['accepted', { observedStatus: 'accepted' }],
    ['not mirrored yet', { observedStatus: null }],
    ['not sent yet', { uuid: null, observedStatus: null }],
  ])('waits for an interview that is %s, and says so', (_what, first) => {
    const message = expect.stringMatching(
      /once all its interviews are completed\. Not completed so far: I-1\.$/,
    );
    expect(decideOf(withInterviews(first))).toMatchObject({
      state: 'held',
      action: null,
      issues: [{ code: 'UNKNOWN_REFERENCE', field: 'interview_ats_ids', message }],
    });
  });

  it('looks at the interviews of a request once, and not once for each of its reviewers', () => {
    const interviewAtsIds = Array.from({ length: 100 }, (_, n) => `I-${n}`);
    let looks = 0;
    const interviews = sharing(shareLink({ interviewAtsIds })).interviews.map((one) => ({
      ...one,
      get observedStatus() {
        looks += 1;
        return 'completed';
      },
    }));
    for (let n = 0; n < 100; n++) {
      const values = shareLink({ interviewAtsIds, reviewer: { name: 'Liv', email: `liv${n}@example.com` } });
      const { action } = decideOf(unlinked(values, { shares: { interviews, inPlan: true } }));
      expect(action?.action).toBe('create');
    }
    expect(looks).toBeLessThan(1000);
  });

  it('names what somebody has to see to before what it waits for, and not hundreds of them', () => {
    const interviewAtsIds = Array.from({ length: 8 }, (_, n) => `I-${n + 1}`);
    const shares = sharing(shareLink({ interviewAtsIds }));
    const told = (last: string) => {
      const interviews = shares.interviews.map((one, index) => ({
        ...one,
        observedStatus: index === 7 ? last : 'requested',
      }));
      return decideOf(unlinked(shareLink({ interviewAtsIds }), { shares: { ...shares, interviews } })).issues;
    };
    expect(told('requested')).toMatchObject([
      { message: expect.stringMatching(/so far: I-1, I-2, I-3, I-4, I-5, 3 more\.$/) },
    ]);
    expect(told('expired')).toMatchObject([{ message: expect.stringMatching(/^Interview I-8 is expired/) }]);
  });

  it.each([
    ['nobody knows', { known: false, uuid: null, observedStatus: null }],
    ['was canceled', { observedStatus: 'cancelled' }],
    ['has expired', { observedStatus: 'expired' }],
    ['was deleted', { observedStatus: 'deleted' }],
  ])('names an interview that %s', (_what, first) => {
    expect(decideOf(withInterviews(first))).toMatchObject({
      state: 'held',
      action: null,
      issues: [
        { code: 'UNKNOWN_REFERENCE', field: 'interview_ats_ids', message: expect.stringMatching(/I-1/) },
      ],
    });
  });

  it('waits for a plan that has them; one that does not tell is no reason', () => {
    expect(decideOf(withInterviews({}, false))).toMatchObject({
      state: 'held',
      next: 'held',
      action: null,
      issues: [{ code: 'PLAN_LIMIT', field: null }],
      conflicts: [{ kind: 'plan_limit', uuid: null }],
    });
    expect(decideOf(withInterviews({}, null)).action?.action).toBe('create');
  });

  it('takes over the one that is the same, and no other', () => {
    const adopts = (over: Parameters<typeof seenShareLink>[0]) =>
      decideOf(unlinked(shareLink(), { adoptable: [seenShareLink(over)] })).action!.action;
    expect(adopts({ reviewerEmail: 'LIV@example.com', interviewUuids: ['interview-2', 'interview-1'] })).toBe(
      'adopt',
    );
    for (const over of [
      { deleted: true },
      { reviewerEmail: 'moe@example.com' },
      { reviewerEmail: null },
      { interviewUuids: ['interview-1'] },
      { interviewUuids: ['interview-1', 'interview-2', 'interview-3'] },
      { interviewUuids: null },
    ]) {
      expect([over, adopts(over)]).toEqual([over, 'create']);
    }
  });

  it('asks before it mails the reviewer of one that was closed and that no row explains', () => {
    const adoptable = [seenShareLink({ status: 'inactive' })];
    const asked = decideOf(unlinked(shareLink(), { adoptable }));
    expect(asked).toMatchObject({
      state: 'conflict',
      action: null,
      conflicts: [{ kind: 'possible_duplicate', uuid: 'link-a' }],
    });
    const answers = [answer({ ...asked.conflicts[0]!, take: 'create' })];
    expect(decideOf(unlinked(shareLink(), { adoptable, answers })).action?.action).toBe('create');
    // One that is made closed is mailed to nobody.
    const open = [seenShareLink({ status: 'active' })];
    expect(decideOf(unlinked(shareLink({ status: 'inactive' }), { adoptable: open })).action?.action).toBe(
      'create',
    );
  });

  it('asks where several are the same', () => {
    const adoptable = [seenShareLink(), seenShareLink({ uuid: 'link-b' })];
    expect(decideOf(unlinked(shareLink(), { adoptable }))).toMatchObject({
      state: 'conflict',
      action: null,
      conflicts: [{ kind: 'possible_duplicate' }],
    });
  });
});

describe('share links: linked', () => {
  it.each([
    ['active', 'inactive', 'close'],
    ['inactive', 'active', 'update'],
  ] as const)('are changed from %s to %s', (before, now, action) => {
    const base = { ...settledBase.share_links, status: { ats: before, sparkhire: before } };
    const context = linked(shareLink({ status: now }), seenShareLink({ status: before }), {
      link: { uuid: 'link-a', base, how: 'created' },
    });
    const decision = decideOf(context);
    expect(decision).toMatchObject({
      next: 'synced',
      action: { action, uuid: 'link-a', changes: [{ field: 'status', from: before, to: now }] },
    });
    const after = carriedOut(context, decision);
    expect(decideOf(after)).toMatchObject({ state: 'synced', action: null });
  });

  it('stay as somebody set them in Spark Hire; changed on both sides to the same is settled', () => {
    const closed = seenShareLink({ status: 'inactive' });
    expect(decideOf(linked(shareLink(), closed))).toMatchObject({
      state: 'synced',
      action: null,
      settles: {},
    });
    expect(decideOf(linked(shareLink({ status: 'inactive' }), closed))).toMatchObject({
      action: null,
      settles: { status: { ats: 'inactive', sparkhire: 'inactive' } },
    });
  });

  it('cannot show others, or be for another name', () => {
    const more = shareLink({ interviewAtsIds: ['I-1', 'I-2', 'I-3'] });
    expect(decideOf(linked(more, seenShareLink()))).toMatchObject({
      state: 'rejected',
      action: null,
      issues: [{ code: 'IMMUTABLE_AFTER_SEND', field: 'interview_ats_ids' }],
    });
    const renamed = shareLink({ reviewer: { name: 'Liv Moe', email: 'liv@example.com' } });
    expect(decideOf(linked(renamed, seenShareLink()))).toMatchObject({
      state: 'rejected',
      issues: [{ code: 'IMMUTABLE_AFTER_SEND', field: 'reviewers' }],
    });
    // Whether it opens is another matter.
    const closing = decideOf(linked({ ...more, status: 'inactive' }, seenShareLink()));
    expect(closing.action?.action).toBe('close');
  });

  it('may show the same interviews under other ids', () => {
    const values = shareLink({ interviewAtsIds: ['I-7', 'I-8'] });
    const { interviews, ...rest } = sharing(values);
    const shares = {
      ...rest,
      interviews: interviews.map((one, at) => ({ ...one, uuid: `interview-${at + 1}` })),
    };
    expect(decideOf(linked(values, seenShareLink(), { shares }))).toMatchObject({
      state: 'synced',
      issues: [],
      settles: { interviews: { ats: ['I-7', 'I-8'], sparkhire: null } },
    });
  });

  it('are asked about where they were deleted', () => {
    expect(decideOf(linked(shareLink(), seenShareLink({ deleted: true })))).toMatchObject({
      state: 'conflict',
      conflicts: [{ kind: 'remote_deleted' }],
    });
  });
});

describe('share links: of requests whose keys are line numbers', () => {
  const others = ['interview-1', 'interview-3'];
  const theirs = {
    adoptable: [seenShareLink({ uuid: 'link-b' })],
    formerRows: [
      {
        uuid: 'link-b',
        atsId: 'R-2/liv@example.com',
        base: settledBase.share_links,
        longGone: false,
        isThere: true as const,
      },
    ],
  };

  it('go on with the row that says what they show, whose own link shows something else', () => {
    const own = seenShareLink({ interviewUuids: others });
    expect(decideOf(linked(shareLink(), own, theirs)).action).toMatchObject({
      action: 'adopt',
      uuid: 'link-b',
    });
    // The keys are the same, and mean other interviews by now.
    expect(decideOf(linked(shareLink(), own)).issues).toMatchObject([{ code: 'IMMUTABLE_AFTER_SEND' }]);
    expect(decideOf(linked(shareLink(), seenShareLink(), theirs)).action).toBeNull();
  });

  it.each([
    ['rows of their interviews go over to others first', { areMoving: true as const }, 'pending'],
    ['a row of theirs means another interview than it has', {}, 'synced'],
  ])('stay where %s', (_what, more, state) => {
    const shares = sharing(shareLink());
    const interviews = shares.interviews.map((one) => ({ ...one, unsettled: true as const }));
    const context = { ...theirs, shares: { ...shares, interviews, ...more } };
    expect(decideOf(linked(shareLink(), seenShareLink({ interviewUuids: others }), context))).toMatchObject({
      action: null,
      state,
    });
  });

  it('are closed where they were left with a row that asks for something else, and that row gets one of its own', () => {
    const base = { ...settledBase.share_links, left: { ats: true, sparkhire: null } };
    const context = linked(shareLink(), seenShareLink({ interviewUuids: others }), { isLeftOver: true });
    expect(decideOf({ ...context, link: { ...context.link!, base } })).toMatchObject({
      state: 'pending',
      action: { action: 'close', uuid: 'link-a' },
    });
  });
});

describe('share links: withdrawn', () => {
  it('are closed, once', () => {
    const context = withdrawn(linked(shareLink(), seenShareLink()));
    const decision = decideOf(context);
    expect(decision).toMatchObject({ next: 'gone', action: { action: 'close', uuid: 'link-a' } });
    expect(decideOf(carriedOut(context, decision))).toMatchObject({ state: 'gone', action: null });
  });

  it('are left alone where they are closed already, are deleted, or never were', () => {
    for (const observed of [seenShareLink({ status: 'inactive' }), seenShareLink({ deleted: true })]) {
      expect(decideOf(withdrawn(linked(shareLink(), observed)))).toMatchObject({
        state: 'gone',
        action: null,
      });
    }
    expect(decideOf(withdrawn(unlinked(shareLink())))).toMatchObject({ state: 'gone', action: null });
  });

  it('open again where the row is there again', () => {
    const context = withdrawn(linked(shareLink(), seenShareLink()));
    const closed = carriedOut(context, decideOf(context));
    const again = decideOf({ ...closed, row: { ...closed.row!, wanted: true } });
    expect(again.action).toMatchObject({ action: 'update', changes: [{ field: 'status', to: 'active' }] });
  });
});

it('share links come last in a plan, and many that are closed are too much at once', () => {
  const many = Array.from({ length: 10 }, (_, n) => {
    const context = withdrawn(linked(shareLink(), seenShareLink()));
    return decideOf({ ...context, atsId: `R-${n}/liv@example.com` });
  });
  const living = { users: 0, jobs: 0, interviews: 50, share_links: 40 };
  const canceled = decideOf(withdrawn(linked(interview(), seenInterview())));
  const plan = makePlan([...many, canceled], { linked: living, policies });
  expect(plan.actions.map(({ resource }) => resource).slice(0, 2)).toEqual(['interviews', 'share_links']);
  expect(plan.held).toMatchObject({ resources: ['share_links'] });
  expect(plan.held!.reason).toContain('10 of 40 active share links');
});
