/** What a person is asked about, or another row takes over, is not ended in the same plan. */
import { expect, it } from 'vitest';
import type { RowRead } from '../../../src/desired/contexts.js';
import { askingIn, type Considered, waitForAnswers } from '../../../src/push/decide/among-rows.js';
import { decide } from '../../../src/reconcile/decide.js';
import type { RowContext } from '../../../src/reconcile/types.js';
import {
  interview,
  job,
  linked,
  policies,
  seenInterview,
  seenJob,
  unlinked,
  withdrawn,
} from '../../support/reconcile-rows.js';

const considered = (context: RowContext): Considered => ({
  context,
  decision: decide(context, policies),
  read: {} as RowRead,
});

/** A new job row of which a person is asked whether `job-a` is its own. */
const asker = considered({ ...unlinked(job(), { adoptable: [seenJob()] }), atsId: 'J-2' });

it("an object whose row is gone is not ended before a person has said whether it is another one's", () => {
  const closing = considered(withdrawn(linked(job(), seenJob())));
  expect(closing.decision.action).toMatchObject({ action: 'close', uuid: 'job-a' });
  const rows = [closing, asker];
  const told = waitForAnswers(rows, askingIn(rows), new Map());
  expect(told).toEqual([{ atsId: 'J-1', context: { waitsFor: { atsId: 'J-2' } } }]);
  // The row is there and means its job, so it is closed all the same; one that is gone waits.
  const { context } = told[0]!;
  expect(decide({ ...closing.context, ...context }, policies).action).toMatchObject({ action: 'close' });
  const gone = { ...closing.context, row: null, ...context };
  expect(decide(gone, policies)).toMatchObject({
    action: null,
    state: 'held',
    heir: 'J-2',
    reason: expect.stringMatching(/^waits for row J-2, which may be this one under another key/),
  });
});

it('an object that another row takes over is not ended', () => {
  const closing = considered(linked(job(), seenJob(), { row: null }));
  const taker = considered(unlinked(job()));
  const adopting: Considered = {
    ...taker,
    decision: {
      ...taker.decision,
      atsId: 'J-3',
      action: { ...taker.decision.action!, action: 'adopt', uuid: 'job-a' },
    },
  };
  expect(waitForAnswers([closing, adopting], new Map(), new Map())).toEqual([
    { atsId: 'J-1', context: { waitsFor: { atsId: 'J-3' } } },
  ]);
});

it('an invitation whose row is gone waits where a person is asked about its job', () => {
  const canceling = considered(linked(interview(), seenInterview(), { row: null }));
  expect(canceling.decision.action).toMatchObject({ action: 'cancel' });
  const [told] = waitForAnswers([canceling], new Map(), askingIn([asker]));
  expect(told).toEqual({ atsId: 'I-1', context: { waitsFor: { atsId: 'J-2', isJob: true } } });
  expect(decide({ ...canceling.context, ...told!.context }, policies)).toMatchObject({
    action: null,
    state: 'held',
    reason: expect.stringMatching(/^waits for job J-2, which may be the job of this row under another key/),
  });
});
