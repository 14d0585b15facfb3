import { expect, it } from 'vitest';
import { applicationSchema, entriesOf } from '../../../src/connectors/ashby/read-applications.js';

it.each([
  ['counts them', [1, 2, 3]],
  ['is the place of the stage in its plan', [2, 3, 2]],
  ['is always the same', [1, 1, 1]],
])('whoever came back stands in the stage where the number of an entry %s', (_, numbers) => {
  const at = (hour: number) => `2026-11-30T0${hour}:00:00.000Z`;
  const stay = (n: number, stageId: string, left: boolean) => ({
    ...{ id: `entry-${n}`, stageId, title: stageId, stageNumber: numbers[n] },
    ...{ enteredStageAt: at(n), leftStageAt: left ? at(n + 1) : null },
  });
  const history = [stay(0, 'video', true), stay(1, 'onsite', true), stay(2, 'video', false)];
  for (const applicationHistory of [history, history.toReversed()]) {
    const application = applicationSchema.parse({
      ...{ id: 'a-1', status: 'Active', updatedAt: at(3), createdAt: at(0) },
      candidate: { id: 'c-1', name: 'Ada Lake', primaryEmailAddress: { value: 'ada@candidates.example' } },
      job: { id: 'j-1', title: 'Baker' },
      currentInterviewStage: { id: 'video', title: 'video', interviewPlanId: 'p-1' },
      ...{ hiringTeam: [], applicationHistory },
    });
    const current = entriesOf(application).filter((entry) => entry.isCurrent);
    expect(current).toEqual([expect.objectContaining({ stageId: expect.stringContaining('video') })]);
  }
});
