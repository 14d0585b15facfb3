/** What another row stands for, or no row, and a row that means it. */
import { describe, expect, it } from 'vitest';
import { explain } from '../../../../src/conflicts/choices.js';
import { decide } from '../../../../src/reconcile/decide.js';
import { identityOf } from '../../../../src/reconcile/kinds/index.js';
import {
  answer,
  interview,
  job,
  linked,
  policies,
  seenInterview,
  seenJob,
  seenUser,
  unlinked,
  user,
} from '../../../support/reconcile-rows.js';

describe('what a person linked, and another row stands for by now', () => {
  const rows = [
    ['jobs', unlinked(job(), { adoptable: [seenJob({ uuid: 'x' })] })],
    ['users', unlinked(user(), { adoptable: [seenUser({ uuid: 'x' })] })],
    ['interviews', unlinked(interview(), { adoptable: [seenInterview({ uuid: 'x' })] })],
  ] as const;
  it.each(rows)('is a question, and nothing is made (%s)', (_, context) => {
    const linkedBefore = answer({
      ...{ id: '8', kind: 'possible_duplicate', uuid: 'x', field: null, take: 'link' },
      ...{ ats: identityOf(context.row!.values!), sparkhire: { uuid: 'x' } },
    } as never);
    const now = { ...context, beside: { x: 'R-2' }, answers: [linkedBefore] };
    const decision = decide(now, policies);
    expect(decision).toMatchObject({
      action: null,
      state: 'conflict',
      putAside: [],
      conflicts: [{ kind: 'possible_duplicate', uuid: 'x', sparkhire: { of_row: 'R-2' } }],
    });
    expect(decision.conflicts[0]!.reason).toContain('row R-2 stands for it');
    // Free again, it is the row's, as they had said.
    expect(decide({ ...now, beside: {} }, policies).action).toMatchObject({ action: 'adopt', uuid: 'x' });
    const another = answer({ ...decision.conflicts[0]!, id: '9', take: 'create' } as never);
    expect(decide({ ...now, answers: [linkedBefore, another] }, policies).action).toMatchObject({
      action: 'create',
    });
  });
});

describe('a job of no row that is called as a linked row is by now, and has its candidates', () => {
  const cook = seenJob({ uuid: 'cook', title: 'Cook' });
  const context = {
    ...linked(job({ title: 'Cook' }), seenJob({ title: 'Baker' }), {}),
    adoptable: [cook],
    invitedTo: ['cook'],
  };
  const asked = decide(context, policies);

  it('is a question: neither job is written, nor anybody invited', () => {
    expect(asked).toMatchObject({
      action: null,
      conflicts: [{ kind: 'possible_duplicate', uuid: 'cook', sparkhire: { instead_of: 'Baker' } }],
    });
    expect(asked.conflicts[0]!.reason).toContain('while the row stands for Baker');
    const { choices } = explain({
      ...asked.conflicts[0]!,
      resource: 'jobs',
      seen: asked.conflicts[0]!.sparkhire,
    });
    expect(choices.map(({ take }) => take)).toEqual(['link', 'create']);
    expect(choices[1]!.does).toContain('the row keeps Baker');
  });
  it('is the row’s if a person says so, and else the row keeps its own, renamed', () => {
    const decided = (take: string) =>
      decide({ ...context, answers: [answer({ ...asked.conflicts[0]!, take } as never)] }, policies);
    expect(decided('link').action).toMatchObject({ action: 'adopt', uuid: 'cook' });
    expect(decided('create')).toMatchObject({
      action: { action: 'update', changes: [{ field: 'title', to: 'Cook' }] },
      putAside: [],
    });
  });
  it('is no question where nobody of the row’s was invited to it', () => {
    expect(decide({ ...context, invitedTo: [] }, policies).conflicts).toEqual([]);
  });
});
