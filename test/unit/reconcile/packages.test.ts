/** Rows that take something from a package: they wait for it, and what becomes of it later is no wish. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/reconcile/decide.js';
import type { Issue, JudgedRow, RowContext } from '../../../src/reconcile/types.js';
import { interview, linked, policies, seenInterview, unlinked, user } from '../../support/reconcile-rows.js';

const missing: Issue = {
  code: 'UNKNOWN_REFERENCE',
  field: 'package',
  message: 'There is no package P-1 (yet): waits for it.',
};
const withRow = (context: RowContext, over: Partial<JudgedRow>): RowContext => ({
  ...context,
  row: { ...context.row!, ...over },
});

describe('a row whose package is missing', () => {
  it('is held with what it waits for, and not rejected', () => {
    const context = withRow(unlinked(interview()), { values: null, waits: [missing] });
    expect(decide(context, policies)).toMatchObject({ state: 'held', issues: [missing], action: null });
  });

  it('is rejected all the same where something is wrong', () => {
    const wrong: Issue = { code: 'INVALID_FORMAT', field: 'candidate_email', message: 'Correct it.' };
    const context = withRow(unlinked(interview()), { values: null, issues: [wrong], waits: [missing] });
    expect(decide(context, policies)).toMatchObject({ state: 'rejected', issues: [wrong, missing] });
  });

  it('goes on where it was sent, and is not sent anew without it', () => {
    const values = interview({ deadline: { days: 0 } });
    const sent = withRow(linked(values, seenInterview()), { waits: [missing] });
    expect(decide(sent, policies)).toMatchObject({ state: 'synced', issues: [], action: null });
    const again = withRow(unlinked(values), { waits: [missing] });
    expect(decide(again, policies)).toMatchObject({ state: 'held', issues: [missing], action: null });
  });
});

describe('a package that changed', () => {
  it('changes nothing about an invitation that was sent', () => {
    const context = linked(interview(), seenInterview());
    const now = interview({
      type: 'live',
      questions: [{ text: 'Another?', time_limit: 30, takes: null }],
      fromPackage: ['type', 'questions', 'deadline_at'],
    });
    expect(decide(withRow(context, { values: now }), policies)).toMatchObject({
      state: 'synced',
      issues: [],
      action: null,
    });
    const own = { ...now, fromPackage: ['type'] };
    expect(decide(withRow(context, { values: own }), policies).action?.changes).toMatchObject([
      { field: 'questions' },
    ]);
  });
});

it('two rows for one user are told apart from two invitations', () => {
  expect(decide(unlinked(user(), { twin: 'U-0' }), policies)).toMatchObject({
    state: 'rejected',
    issues: [{ code: 'DUPLICATE', field: 'email', message: expect.stringContaining('user') }],
  });
});
