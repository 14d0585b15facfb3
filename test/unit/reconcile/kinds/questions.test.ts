/** Questions that are edited after an interview was sent. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/reconcile/decide.js';
import { editOf, sameQuestions, stagesOf } from '../../../../src/reconcile/kinds/questions.js';
import { makePlan } from '../../../../src/reconcile/plan/plan.js';
import { renderPlan } from '../../../../src/reconcile/plan/render.js';
import type {
  DesiredInterview,
  DesiredQuestion,
  Json,
  ObservedQuestion,
  RowContext,
} from '../../../../src/reconcile/types.js';
import { answer, interview, linked, policies, seenInterview } from '../../../support/reconcile-rows.js';

const q = (text: string, time_limit = 60, takes = -1): DesiredQuestion => ({ text, time_limit, takes });
const json = (list: unknown) => list as Json;

/** What an interview has once these requests were sent. */
function carried(current: ObservedQuestion[], target: DesiredQuestion[]): ObservedQuestion[] {
  const { texts, adds, removes } = editOf(current, target);
  const edited = current.map((question, at) => {
    const text = texts.find((one) => one.at === at)?.text;
    return text === undefined ? question : { ...question, text };
  });
  return [...edited.filter((_, at) => !removes.includes(at)), ...adds];
}

const question = fc.record({
  text: fc.constantFrom('a', 'b', 'c'),
  time_limit: fc.constantFrom(30, 60),
  takes: fc.constantFrom(-1, 1),
});
const lists = fc.array(question, { minLength: 1, maxLength: 5 });

describe('an edit of questions', () => {
  it.each([
    ['a text', [q('a'), q('b')], [q('a'), q('B')], { texts: [{ at: 1, text: 'B' }], adds: [], removes: [] }],
    ['another order of the same kind', [q('a'), q('b')], [q('b'), q('a')], { adds: [], removes: [] }],
    ['one more', [q('a')], [q('a'), q('b')], { texts: [], adds: [q('b')], removes: [] }],
    ['one less', [q('a'), q('b')], [q('a')], { texts: [], adds: [], removes: [1] }],
    ['a time limit', [q('a', 30)], [q('a', 60)], { texts: [], adds: [q('a', 60)], removes: [0] }],
    [
      'the first of a kind moved back',
      [q('a', 30), q('b', 60)],
      [q('b', 60), q('a', 30)],
      { texts: [], adds: [q('a', 30)], removes: [0] },
    ],
    [
      'what an interrupted one has left',
      [q('a'), q('b', 30), q('b', 60)],
      [q('a'), q('b', 60)],
      { adds: [], removes: [1] },
    ],
    ['nothing', [q('a'), q('b', 30)], [q('a'), q('b', 30)], { texts: [], adds: [], removes: [] }],
  ] as Array<[string, DesiredQuestion[], DesiredQuestion[], object]>)(
    'for %s',
    (_title, current, target, edit) => {
      expect(editOf(current, target)).toMatchObject(edit);
      expect(carried(current, target)).toEqual(target);
    },
  );

  it('leads to what is wanted from wherever it stopped, and never over an interview without questions', () => {
    fc.assert(
      fc.property(lists, lists, lists, (current, target, other) => {
        const stages = stagesOf(current, target);
        expect(stages[0]).toEqual(current);
        expect(stages.at(-1)).toEqual(target);
        for (const stage of stages) {
          expect(stage.length).toBeGreaterThan(0);
          expect(carried([...stage], target)).toEqual(target);
          expect(carried([...stage], other)).toEqual(other);
        }
        expect(editOf(target, target)).toEqual({ texts: [], adds: [], removes: [] });
      }),
    );
  });

  it('takes what cannot be read for no difference', () => {
    const unread = [{ text: ' a', time_limit: 60, takes: null }];
    expect(sameQuestions(json(unread), json([q('a', 60, 3)]))).toBe(true);
    expect(sameQuestions(json(unread), json([q('a', 30, 3)]))).toBe(false);
  });
});

const old = q('Why bread?');
const asked = (over: Partial<DesiredInterview>, more: Partial<RowContext> = {}): RowContext =>
  linked(interview(over), seenInterview({ questions: [old] }), more);
const shows = (context: RowContext, questions: ObservedQuestion[] | undefined, status = 'requested') => ({
  ...context,
  observed: seenInterview({ questions, status }),
});
const cakes = [q('Why cakes?'), q('How many?', 30)];

describe('questions of an interview that was sent', () => {
  it('are edited while nobody has accepted', () => {
    const context = asked({ questions: cakes });
    for (const seen of [[old], undefined]) {
      expect(decide(shows(context, seen), policies)).toMatchObject({
        state: 'pending',
        next: 'synced',
        issues: [],
        action: {
          action: 'update',
          changes: [{ field: 'questions', from: [old], to: cakes }],
          settles: { questions: { ats: { questions: cakes, questionSetUuid: null }, sparkhire: cakes } },
        },
      });
    }
    // An unlimited number of takes is what no number means.
    const same = asked({ questions: [{ ...old, takes: null }] });
    expect(decide(same, policies)).toMatchObject({ state: 'synced', action: null });
  });

  it('go out with a new deadline in one action', () => {
    const at = '2027-04-01T12:00:00Z';
    const decision = decide(asked({ questions: cakes, deadline: { at } }), policies);
    expect(decision.action?.changes.map(({ field }) => field)).toEqual(['scheduled_at', 'questions']);
  });

  it('stand once the candidate accepted', () => {
    for (const [over, field] of [
      [{ questions: cakes }, 'questions'],
      [{ questionSetUuid: 'set-a' }, 'question_set_uuid'],
    ] as const) {
      for (const status of ['accepted', 'completed']) {
        const context = shows(asked({ ...over, questions: cakes }), undefined, status);
        const told = decide({ ...context, questionSet: { known: false, questions: null } }, policies);
        expect(told).toMatchObject({
          state: 'rejected',
          action: null,
          missesSet: false,
          issues: [{ code: 'IMMUTABLE_AFTER_SEND', field }],
        });
      }
    }
    // Cleared away once it was completed; or given by a package, which is a template.
    const over = { questions: cakes, fromPackage: ['questions'] };
    for (const values of [{ questions: null }, { questions: [] }, over]) {
      expect(decide(shows(asked(values), undefined, 'completed'), policies)).toMatchObject({
        state: 'synced',
        issues: [],
      });
    }
  });

  it.each([
    [null, 'without a status'],
    ['Viewed', 'as viewed'],
  ])('stand, and that is told, where the status is %s', (status, shown) => {
    const context = shows(asked({ questions: cakes }), undefined, status as string);
    expect(decide(context, policies)).toMatchObject({
      state: 'rejected',
      action: null,
      issues: [{ code: 'IMMUTABLE_AFTER_SEND', field: 'questions', message: expect.stringContaining(shown) }],
    });
  });

  it('that somebody edited in Spark Hire stand, and a person is asked if the ATS edits them too', () => {
    const theirs = [q('Why rolls?')];
    expect(decide(shows(asked({}), theirs), policies)).toMatchObject({ state: 'synced', action: null });
    const both = shows(asked({ questions: cakes }), theirs);
    const told = decide(both, policies);
    expect(told).toMatchObject({
      state: 'conflict',
      action: null,
      conflicts: [{ kind: 'field_diverged', field: 'questions', ats: cakes, sparkhire: theirs }],
    });
    const decided = (take: string, more: Partial<RowContext> = {}) =>
      decide({ ...both, answers: [answer({ ...told.conflicts[0]!, take })], ...more }, policies);
    expect(decided('ats')).toMatchObject({ action: { changes: [{ from: theirs, to: cakes }] } });
    expect(decided('sparkhire')).toMatchObject({
      state: 'synced',
      settles: { questions: { ats: { questions: cakes }, sparkhire: theirs } },
    });
    // What they saw is not what is there now.
    const since = shows(both, [q('Why buns?')]).observed;
    expect(decided('ats', { observed: since })).toMatchObject({ state: 'conflict', action: null });
    // To the same: settled.
    expect(decide(shows(both, cakes), policies)).toMatchObject({
      state: 'synced',
      settles: { questions: { sparkhire: cakes } },
    });
  });

  it('go on from where an edit stopped, and back if the ATS thought better of it', () => {
    const edit = { from: [old], to: [q('Why bread?', 30), q('When?', 30)] };
    for (const halfway of stagesOf(edit.from, edit.to)) {
      const context = { ...shows(asked({ questions: cakes }), [...halfway]), edit };
      expect(decide(context, policies)).toMatchObject({
        conflicts: [],
        action: { changes: [{ to: cakes }] },
      });
      const back = decide({ ...shows(asked({}), [...halfway]), edit }, policies);
      if (halfway.length === 1 && sameQuestions(json(halfway), json([old]))) expect(back.action).toBeNull();
      else expect(back).toMatchObject({ conflicts: [], action: { changes: [{ to: [old] }] } });
    }
    // Accepted in the middle of it: that is told for as long as the row says something else.
    const caught = (over: Partial<DesiredInterview>) =>
      decide(
        { ...shows(asked(over), [old, q('When?', 30)], 'accepted'), edit: { from: [old], to: cakes } },
        policies,
      );
    const middle = [old, q('When?', 30)];
    for (const questions of [[old], cakes]) {
      const context = {
        ...shows(asked({ questions }), middle, 'accepted'),
        edit: { from: [old], to: [q('When?', 30)] },
      };
      expect(decide(context, policies)).toMatchObject({
        state: 'rejected',
        action: null,
        issues: [{ code: 'IMMUTABLE_AFTER_SEND', message: expect.stringContaining('being edited') }],
      });
    }
    expect(caught({ questions: middle })).toMatchObject({ state: 'synced', action: null, issues: [] });
    const foreign = { ...shows(asked({ questions: cakes }), [q('Why rolls?')]), edit };
    expect(decide(foreign, policies)).toMatchObject({ state: 'conflict', action: null });
  });

  it('come from a set where the row names one now', () => {
    const values = { questionSetUuid: 'set-a', questions: null };
    const known = { known: true, questions: cakes };
    const decision = decide(asked(values, { questionSet: known }), policies);
    expect(decision.action?.changes).toMatchObject([{ field: 'questions', to: cakes }]);
    expect(decide(asked(values, { questionSet: { known: false, questions: null } }), policies)).toMatchObject(
      {
        state: 'held',
        missesSet: true,
        action: null,
        issues: [{ code: 'UNKNOWN_REFERENCE', field: 'question_set_uuid' }],
      },
    );
    expect(decide(asked(values), policies)).toMatchObject({ state: 'held', missesSet: false, action: null });
    const unread = asked(values, { questionSet: { known: true, questions: null } });
    expect(decide(unread, policies)).toMatchObject({ state: 'held', missesSet: true, action: null });
  });

  it('are never taken away from a one-way interview', () => {
    expect(decide(asked({ questions: null }), policies)).toMatchObject({
      state: 'rejected',
      action: null,
      issues: [{ code: 'REQUIRED_FIELD_MISSING', field: 'questions' }],
    });
  });

  it('of a set that changed since are no edit', () => {
    const edited = asked({ questionSetUuid: 'set-a', questions: null });
    const pair = { ats: { questions: null, questionSetUuid: 'set-a' }, sparkhire: json([old]) };
    const link = { ...edited.link!, base: { ...edited.link!.base, questions: pair } };
    const changed = { ...edited, link, questionSet: { known: true, questions: cakes } };
    expect(decide(changed, policies)).toMatchObject({ state: 'synced', action: null });
    // From the set to questions of its own.
    const own = { ...changed, row: asked({ questions: cakes }).row };
    expect(decide(own, policies).action?.changes).toMatchObject([{ from: [old], to: cakes }]);
  });

  it('are told by what was sent where it is not known what the interview showed', () => {
    const adopted = asked({ questions: cakes });
    expect(decide(shows(adopted, [old]), policies).action).not.toBeNull();
    expect(decide(shows(adopted, [q('Made by hand')]), policies)).toMatchObject({ state: 'conflict' });
  });
});

it('a plan tells questions in a line', () => {
  const decision = decide(asked({ questions: cakes }), policies);
  const plan = makePlan([decision], {
    linked: { users: 1, jobs: 1, interviews: 100, share_links: 1 },
    policies,
  });
  expect(renderPlan(plan)).toContain(
    '~ interview I-1 "per@example.com" → questions: ["Why bread?" (60 s)] → ["Why cakes?" (60 s); "How many?" (30 s)]',
  );
});
