/** The order of the rules, and what people decided. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/reconcile/decide.js';
import { identityOf } from '../../../src/reconcile/kinds/index.js';
import type { Answer, Issue, RowContext } from '../../../src/reconcile/types.js';
import {
  answer,
  carriedOut,
  interview,
  job,
  linked,
  policies,
  refused,
  seenInterview,
  seenJob,
  unlinked,
  withdrawn,
} from '../../support/reconcile-rows.js';

const open = (kind: 'field_diverged' | 'unknown_outcome' | 'plan_limit', id = '7') => ({
  id,
  kind,
  field: null,
  uuid: null,
});

describe('the order of the rules', () => {
  it('does nothing at all while the outcome of a write is unknown', () => {
    const context = linked(job({ title: 'Cook' }), seenJob({ deleted: true }), {
      openIntent: { id: '1', action: 'update', state: 'unknown' },
      openConflicts: [open('field_diverged')],
      answers: [answer({ field: 'title' })],
    });
    for (const each of [context, withdrawn(context)]) {
      expect(decide(each, policies)).toMatchObject({
        state: 'in_flight',
        next: 'in_flight',
        action: null,
        conflicts: [],
        keeps: ['7'],
        carriedOut: [],
        putAside: [],
        unlink: false,
      });
    }
  });

  it('carries a withdrawal out, though the row is wrong', () => {
    const context = linked(interview(), seenInterview());
    const issues: Issue[] = [{ code: 'INVALID_FORMAT', field: 'candidate_email', message: 'Correct it.' }];
    const row = { ...context.row!, values: null, issues };
    expect(decide({ ...context, row }, policies)).toMatchObject({ state: 'rejected', issues, action: null });
    expect(decide({ ...context, row: { ...row, wanted: false } }, policies).action?.action).toBe('cancel');
    expect(decide({ ...context, row: null }, policies).action?.action).toBe('cancel');
  });

  it('leaves questions about fields open until the object of a row that is gone has ended', () => {
    const context = linked(job(), seenJob(), { row: null, openConflicts: [open('field_diverged')] });
    const decision = decide(context, policies);
    expect(decision).toMatchObject({ action: { action: 'close' }, keeps: ['7'] });
    const closed = { ...carriedOut(context, decision), openConflicts: [open('field_diverged')] };
    expect(decide(closed, policies)).toMatchObject({ state: 'gone', action: null, keeps: [] });
  });

  it('leaves conflicts and choices of a wrong row as they are', () => {
    const context = linked(job(), seenJob(), {
      openConflicts: [open('field_diverged')],
      answers: [answer({ field: 'title' })],
    });
    const row = {
      ...context.row!,
      issues: [{ code: 'UNMAPPED_ENUM', field: 'status', message: 'x' } as Issue],
    };
    expect(decide({ ...context, row }, policies)).toMatchObject({
      state: 'rejected',
      keeps: ['7'],
      carriedOut: [],
      putAside: [],
    });
  });

  it('does not send again what was refused, until it is something else', () => {
    const issue: Issue = { code: 'REMOTE_REJECTED', field: null, message: 'Spark Hire refused it.' };
    const context = refused(unlinked(job(), { openConflicts: [open('plan_limit')] }), issue);
    expect(decide(context, policies)).toMatchObject({
      state: 'rejected',
      action: null,
      issues: [issue],
      // What the plan has left is not what it waits for any more.
      keeps: [],
    });
    const other = {
      ...context,
      row: { ...context.row!, values: job({ title: 'Cook' }) },
    };
    expect(decide(other, policies)).toMatchObject({
      state: 'pending',
      action: { action: 'create' },
      // It keeps its place until it is known that it was made.
      keeps: ['7'],
    });
  });

  it('is not kept from settling and from adopting by a refusal', () => {
    const issue: Issue = { code: 'REMOTE_REJECTED', field: null, message: 'Spark Hire refused it.' };
    const same = refused(linked(job({ title: 'Cook' }), seenJob({ title: 'Cook' })), issue);
    expect(decide(same, policies)).toMatchObject({ state: 'synced', issues: [], settles: { title: {} } });
    const there = refused(unlinked(interview(), { adoptable: [seenInterview()] }), issue);
    expect(decide(there, policies).action?.action).toBe('adopt');
  });

  it('records no overwriting that was refused', () => {
    const issue: Issue = { code: 'REMOTE_REJECTED', field: null, message: 'Spark Hire refused it.' };
    const owned = { ...policies, fields: { ...policies.fields, jobs: { title: 'ats' as const } } };
    const drifted = refused(linked(job(), seenJob({ title: 'Cook' })), issue, null, owned);
    expect(decide(drifted, owned)).toMatchObject({ state: 'rejected', action: null, overwritten: [] });
  });
});

describe('a field that diverged', () => {
  const context = linked(job({ title: 'Head Baker' }), seenJob({ title: 'Pastry Baker' }));
  const seen = { field: 'title', ats: 'Head Baker', sparkhire: 'Pastry Baker' };

  it('stays a conflict, the same each time', () => {
    const decision = decide(context, policies);
    expect(decide(carriedOut(context, decision), policies)).toEqual(decision);
  });

  it("takes the ATS's value", () => {
    const decided = { ...context, answers: [answer({ ...seen, take: 'ats' })] };
    const decision = decide(decided, policies);
    expect(decision).toMatchObject({
      state: 'pending',
      conflicts: [],
      action: { changes: [{ field: 'title', from: 'Pastry Baker', to: 'Head Baker' }], answers: ['1'] },
    });
    expect(decide(carriedOut(decided, decision), policies)).toMatchObject({ state: 'synced', action: null });
  });

  it("takes Spark Hire's value: the sides differ in peace, until one changes", () => {
    const decided = { ...context, answers: [answer({ ...seen, take: 'sparkhire' })] };
    const decision = decide(decided, policies);
    expect(decision).toMatchObject({
      state: 'synced',
      action: null,
      conflicts: [],
      carriedOut: ['1'],
      settles: { title: { ats: 'Head Baker', sparkhire: 'Pastry Baker' } },
    });
    const after = carriedOut(decided, decision);
    expect(decide(after, policies)).toMatchObject({
      state: 'synced',
      action: null,
      settles: {},
      conflicts: [],
    });
    const edited = { ...after, row: { ...after.row!, values: job({ title: 'Chief Baker' }) } };
    expect(decide(edited, policies).action?.changes).toMatchObject([
      { from: 'Pastry Baker', to: 'Chief Baker' },
    ]);
  });

  it.each(['ats', 'sparkhire'])('asks again if a value changed since: %s', (take) => {
    for (const stale of [{ ats: 'Baker!' }, { sparkhire: 'Cook' }]) {
      const decided = { ...context, answers: [answer({ ...seen, ...stale, take })] };
      expect(decide(decided, policies)).toMatchObject({
        state: 'conflict',
        action: null,
        conflicts: [seen],
        settles: {},
        putAside: ['1'],
      });
    }
  });

  it('follows the later of two choices', () => {
    const answers = [
      answer({ ...seen, id: '1', take: 'sparkhire' }),
      answer({ ...seen, id: '2', take: 'ats' }),
    ];
    const both = { ...context, answers };
    const decision = decide(both, policies);
    expect(decision).toMatchObject({ settles: {}, action: { answers: ['2'] }, putAside: [] });
    expect(decide(carriedOut(both, decision), policies)).toMatchObject({ action: null, putAside: ['1'] });
  });

  it('keeps a choice while the row is not there, but for closing a job, which is then carried out', () => {
    const title = answer({ ...seen, id: '1' });
    const status = answer({ id: '2', field: 'status', ats: 'inactive', sparkhire: 'paused' });
    const answers = [title, status];
    const gap = { ...linked(job(), seenJob({ status: 'paused' }), { answers }), row: null };
    const closing = decide(gap, policies);
    expect(closing).toMatchObject({ action: { action: 'close', answers: ['2'] } });
    expect(decide({ ...carriedOut(gap, closing), answers }, policies)).toMatchObject({
      state: 'gone',
      action: null,
      putAside: ['2'],
    });
    expect(decide({ ...gap, pendingInterviews: 1 }, policies)).toMatchObject({
      state: 'held',
      carriedOut: [],
      putAside: [],
    });
  });

  it('leaves a job open whose row is not there, for as long as a person chose that', () => {
    const gap = { ...linked(job(), seenJob({ status: 'paused' })), row: null };
    const [asked] = decide(gap, policies).conflicts;
    const left = { ...gap, answers: [answer({ ...asked!, take: 'sparkhire' })] };
    const decision = decide(left, policies);
    expect(decision).toMatchObject({ state: 'gone', action: null, conflicts: [], settles: {} });
    expect(decide(carriedOut(left, decision), policies)).toEqual(decision);
  });

  it('keeps a choice whose write was refused or has to wait', () => {
    const issue: Issue = { code: 'REMOTE_REJECTED', field: null, message: 'no' };
    const answers = [answer({ ...seen, take: 'ats' })];
    expect(decide(refused({ ...context, answers }, issue), policies)).toMatchObject({
      action: null,
      carriedOut: [],
      putAside: [],
    });
    const status = { field: 'status', ats: 'inactive', sparkhire: 'paused', take: 'ats' };
    const closing = linked(job({ status: 'inactive' }), seenJob({ status: 'paused' }), {
      answers: [answer(status)],
      pendingInterviews: 1,
    });
    expect(decide(closing, policies)).toMatchObject({
      state: 'held',
      action: null,
      carriedOut: [],
      putAside: [],
    });
    expect(decide({ ...closing, pendingInterviews: 0 }, policies)).toMatchObject({
      action: { action: 'close', answers: ['1'] },
    });
  });
});

describe('an object that is gone from Spark Hire', () => {
  const context = linked(interview(), seenInterview({ deleted: true }));
  const identity = { candidate_email: 'per@example.com', job_ats_id: 'J-1' };
  const choose = (take: string, over: Partial<Answer> = {}) => [
    answer({ kind: 'remote_deleted', uuid: 'interview-a', ats: identity, take, ...over }),
  ];

  it('is a conflict and no second object', () => {
    expect(decide(context, policies)).toMatchObject({
      state: 'conflict',
      action: null,
      unlink: false,
      conflicts: [
        { kind: 'remote_deleted', uuid: 'interview-a', field: null, ats: identity, sparkhire: null },
      ],
    });
  });

  it('is told by its name where its row is called otherwise, and by whom it was deleted', () => {
    const nurse = linked(job({ title: 'Baker' }), seenJob({ title: 'Nurse', deleted: true }), {
      link: { uuid: 'job-a', how: 'created', base: { title: { ats: 'Nurse', sparkhire: 'Nurse' } } },
    });
    const reason = (of: RowContext) => decide(of, policies).conflicts[0]?.reason;
    expect(reason(context)).toBe('It was deleted in Spark Hire, and the ATS asks for it.');
    expect(reason(nurse)).toBe('Nurse was deleted in Spark Hire, and the ATS asks for Baker under its key.');
    expect(reason({ ...nurse, deletedHere: true })).toBe(
      'Nurse was deleted in Spark Hire by this service, when the ATS had withdrawn it, and the ATS asks for Baker under its key.',
    );
    expect(decide({ ...nurse, deletedHere: true, isUsedAgain: true }, policies)).toMatchObject({
      action: { action: 'create', label: 'Baker' },
      conflicts: [],
    });
  });

  it('is not known to be, as long as the mirror does not have it: nothing is done or asked', () => {
    const unseen = {
      ...context,
      observed: null,
      openConflicts: [open('field_diverged')],
      answers: choose('ats'),
    };
    for (const each of [unseen, withdrawn(unseen), { ...unseen, row: null }]) {
      expect(decide(each, policies)).toMatchObject({
        state: 'pending',
        next: 'pending',
        reason: expect.stringContaining('not in the mirror'),
        action: null,
        conflicts: [],
        keeps: ['7'],
        settles: {},
        carriedOut: [],
        putAside: [],
        unlink: false,
      });
    }
  });

  it('is made again if a person wants it', () => {
    const decided = { ...context, answers: choose('ats') };
    const decision = decide(decided, policies);
    expect(decision).toMatchObject({
      action: { action: 'create', uuid: null, answers: ['1'] },
      conflicts: [],
    });
    expect(decision.action!.reason).toContain('a person');
    expect(decide(carriedOut(decided, decision), policies)).toMatchObject({ state: 'synced', action: null });
    const waiting = { ...decided, parents: { ...decided.parents, job: null } };
    expect(decide(waiting, policies)).toMatchObject({
      state: 'held',
      action: null,
      carriedOut: [],
      putAside: [],
    });
  });

  it('stays gone if a person agrees, and is not made again by the next round', () => {
    const decided = { ...context, answers: choose('sparkhire') };
    const decision = decide(decided, policies);
    expect(decision).toMatchObject({
      state: 'gone',
      action: null,
      unlink: true,
      conflicts: [],
      carriedOut: [],
      putAside: [],
    });
    const after = carriedOut(decided, decision);
    expect(after.link).toBeNull();
    expect(decide(after, policies)).toMatchObject({
      state: 'gone',
      action: null,
      unlink: false,
      carriedOut: [],
      putAside: [],
    });
    // The row may come back, whether it was withdrawn or was not there for a while.
    for (const gap of [withdrawn(after), { ...after, row: null }]) {
      const left = decide(gap, policies);
      expect(left).toMatchObject({ state: 'gone', action: null, carriedOut: [], putAside: [] });
      const back = { ...carriedOut(gap, left), row: context.row };
      expect(decide(back, policies)).toMatchObject({
        state: 'gone',
        action: null,
        carriedOut: [],
        putAside: [],
      });
    }
  });

  it('is asked about again once the row means somebody else', () => {
    const candidate = { ...interview().candidate, email: 'kari@example.com' };
    const row = { ...context.row!, values: interview({ candidate }) };
    const decision = decide({ ...context, row, answers: choose('ats') }, policies);
    expect(decision).toMatchObject({ state: 'conflict', action: null, putAside: ['1'] });
  });

  it('is asked about again if the object that was made in its place is deleted too', () => {
    const again = { ...context, link: { ...context.link!, uuid: 'interview-z' }, answers: choose('ats') };
    expect(decide(again, policies)).toMatchObject({
      action: null,
      conflicts: [{ kind: 'remote_deleted', uuid: 'interview-z' }],
      putAside: ['1'],
    });
  });

  it('is nothing to a row that was withdrawn, and a question again once it is back', () => {
    for (const gap of [withdrawn(context), { ...context, row: null }]) {
      const left = decide(gap, policies);
      expect(left).toMatchObject({ state: 'gone', action: null, unlink: false, conflicts: [] });
      const back = { ...carriedOut(gap, left), row: context.row };
      expect(decide(back, policies)).toMatchObject({
        state: 'conflict',
        action: null,
        conflicts: [{ kind: 'remote_deleted', uuid: 'interview-a' }],
      });
    }
  });
});

describe('an invitation of unknown outcome', () => {
  const context = unlinked(interview(), { openConflicts: [open('unknown_outcome')] });
  const choose = (take: string) => [answer({ kind: 'unknown_outcome', ats: identityOf(interview()), take })];

  it('is never sent again by itself', () => {
    expect(decide(context, policies)).toMatchObject({
      state: 'conflict',
      action: null,
      keeps: ['7'],
      conflicts: [],
    });
  });

  it('is linked, sent again, or let be, as a person decides', () => {
    const resolved = { ...context, openConflicts: [] };
    const adoptable = [seenInterview({ uuid: 'interview-b', status: 'completed' })];
    expect(decide({ ...resolved, adoptable, answers: choose('link:interview-b') }, policies)).toMatchObject({
      action: { action: 'adopt', uuid: 'interview-b', answers: ['1'], settles: { candidate: {}, job: {} } },
    });
    expect(decide({ ...resolved, answers: choose('send') }, policies)).toMatchObject({
      action: { action: 'create', reason: 'a person decided to send it again', answers: ['1'] },
    });
    const none = decide({ ...resolved, answers: choose('none') }, policies);
    expect(none).toMatchObject({ state: 'gone', action: null, carriedOut: [], putAside: [] });
  });

  it.each(['send', 'none'])('keeps what a person decided while the row is not there: %s', (take) => {
    const decided = { ...context, openConflicts: [], answers: choose(take) };
    for (const gap of [withdrawn(decided), { ...decided, row: null }]) {
      const left = decide(gap, policies);
      expect(left).toMatchObject({ state: 'gone', action: null, carriedOut: [], putAside: [] });
      const back = { ...carriedOut(gap, left), row: decided.row };
      expect(decide(back, policies)).toEqual(decide(decided, policies));
    }
  });

  it('is a question also about a row that was withdrawn', () => {
    for (const gap of [withdrawn(context), { ...context, row: null }]) {
      expect(decide(gap, policies)).toMatchObject({ state: 'conflict', action: null, keeps: ['7'] });
    }
  });

  it('is no matter any more once the object of the row is known', () => {
    const seen = linked(interview(), seenInterview({ status: 'completed' }), { answers: choose('send') });
    expect(decide(withdrawn(seen), policies)).toMatchObject({ state: 'gone', putAside: ['1'] });
  });

  describe('sent again, while one that nobody chose from is there', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((uuid) => seenInterview({ uuid }));
    const send = (saw: Array<{ uuid: string }>) => [
      { ...choose('send')[0]!, sparkhire: saw.map(({ uuid }) => ({ uuid })) },
    ];
    const decided = { ...context, openConflicts: [] };

    it('adopts the only one', () => {
      const adopting = decide({ ...decided, answers: send([]), adoptable: [a!] }, policies);
      expect(adopting).toMatchObject({ action: { action: 'adopt', uuid: 'a' }, putAside: [] });
      expect(adopting.action!.answers).toBeUndefined();
    });

    it('sends it again where the person saw them all', () => {
      for (const saw of [[a!], [a!, b!]]) {
        const all = { ...decided, answers: send([b!, a!]), adoptable: saw };
        expect(decide(all, policies).action?.action).toBe('create');
      }
    });

    it('asks again which it is, and then does as told', () => {
      const more = { ...decided, answers: send([a!, b!]), adoptable: [a!, c!] };
      const asked = decide(more, policies);
      expect(asked).toMatchObject({
        state: 'conflict',
        action: null,
        conflicts: [{ kind: 'possible_duplicate', sparkhire: [{ uuid: 'a' }, { uuid: 'c' }] }],
        carriedOut: [],
        putAside: [],
      });
      const told = (take: string) => ({
        ...more,
        answers: [...more.answers, answer({ ...asked.conflicts[0]!, id: '2', take })],
      });
      expect(decide(told('link:c'), policies).action).toMatchObject({ action: 'adopt', uuid: 'c' });
      const creating = decide(told('create'), policies);
      expect(creating.action?.action).toBe('create');
      // It shows one of them only, when it is about to be sent: that one was seen.
      expect(decide({ ...told('create'), adoptable: [c!] }, policies).action?.action).toBe('create');
    });

    it('asks about a job as for every first contact', () => {
      const lost = unlinked(job(), {
        adoptable: [seenJob({ uuid: 'job-z' })],
        answers: [answer({ kind: 'unknown_outcome', ats: identityOf(job()), take: 'send' })],
      });
      expect(decide(lost, policies)).toMatchObject({
        action: null,
        conflicts: [{ kind: 'possible_duplicate', uuid: 'job-z' }],
      });
      const creates = { ...policies, jobs: { ...policies.jobs, firstContact: 'create' as const } };
      expect(decide(lost, creates).action?.action).toBe('create');
    });
  });

  it('is linked as a person decided, and then canceled, though the row was withdrawn meanwhile', () => {
    const decided = { ...context, openConflicts: [], answers: choose('link:interview-b') };
    for (const gap of [withdrawn(decided), { ...decided, row: null }]) {
      const adopting = decide(gap, policies);
      expect(adopting).toMatchObject({
        state: 'pending',
        next: 'pending',
        action: { action: 'adopt', uuid: 'interview-b' },
        unlink: false,
      });
      expect(adopting.action!.reason).toContain('a person');
      const observed = seenInterview({ uuid: 'interview-b' });
      // The take is there until a decision without an action finds it done.
      const seen = { ...carriedOut(gap, adopting), observed, answers: decided.answers };
      const canceling = decide(seen, policies);
      expect(canceling).toMatchObject({ next: 'gone', action: { action: 'cancel', uuid: 'interview-b' } });
      expect(decide({ ...carriedOut(seen, canceling) }, policies)).toMatchObject({
        state: 'gone',
        action: null,
      });
    }
  });

  it('claims for a withdrawn row no values but those that were sent', () => {
    const decided = withdrawn({
      ...context,
      openConflicts: [],
      answers: choose('link:interview-b'),
      adoptable: [],
    });
    expect(decide(decided, policies).action!.settles).toMatchObject({
      candidate: { ats: { email: 'per@example.com' } },
    });
    const candidate = { ...interview().candidate, email: 'kari@example.com' };
    const edited = { ...decided, row: { ...decided.row!, values: interview({ candidate }) } };
    expect(decide(edited, policies).action).toMatchObject({ action: 'adopt', settles: {} });
  });

  it('is linked instead of a deleted one, and not twice', () => {
    const lost = linked(interview(), seenInterview({ deleted: true }), {
      answers: choose('link:interview-b'),
    });
    expect(decide(withdrawn(lost), policies).action).toMatchObject({ action: 'adopt', uuid: 'interview-b' });
    const done = { ...lost, link: { ...lost.link!, uuid: 'interview-b' } };
    expect(decide(withdrawn(done), policies)).toMatchObject({ state: 'gone', action: null, putAside: ['1'] });
  });

  it('carries out with the link also what the person had wanted made: that write had made it', () => {
    const given = (kind: 'possible_duplicate' | 'remote_deleted', take: string, over: Partial<Answer> = {}) =>
      answer({ id: '2', kind, uuid: 'interview-a', ats: identityOf(interview()), take, ...over });
    const lost = (before: Answer, of = context) => ({
      ...of,
      openConflicts: [],
      answers: [before, ...choose('link:interview-b')],
    });
    const deleted = linked(interview(), seenInterview({ deleted: true }));
    for (const each of [
      lost(given('possible_duplicate', 'create')),
      withdrawn(lost(given('possible_duplicate', 'create'))),
      lost(given('remote_deleted', 'ats'), deleted),
      lost(answer({ ...choose('send')[0]!, id: '2' })),
    ]) {
      const { action } = decide(each, policies);
      expect(action).toMatchObject({ action: 'adopt', uuid: 'interview-b' });
      expect([...action!.answers!].sort()).toEqual(['1', '2']);
    }
    const ofAnother = given('possible_duplicate', 'create', { ats: identityOf(job()) });
    expect(decide(lost(ofAnother), policies).action!.answers).toEqual(['1']);
  });

  it('links what the mirror does not have yet, and goes on once it has', () => {
    const decided = { ...context, openConflicts: [], answers: choose('link:interview-c') };
    expect(decide(decided, policies)).toMatchObject({
      next: 'pending',
      action: { action: 'adopt', uuid: 'interview-c' },
    });
  });
});
