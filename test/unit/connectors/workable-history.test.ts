/** What the activities of a candidate in Workable say of the stages they entered. */
import { describe, expect, it } from 'vitest';
import { activitySchema, historyOf, type Standing } from '../../../src/connectors/workable/history.js';

const slug = (name: string) => name.toLowerCase().replace(' ', '-');
const stage = (name: string | null) => (name === null ? null : { id: 1, name, slug: slug(name) });
let seconds = 0;

/** A second later than the one before, unless told otherwise. */
function activity(id: string, action: string, from: string | null, to: string | null = null, at?: string) {
  seconds += 1;
  return activitySchema.parse({
    id,
    action,
    action_stage: stage(from),
    target_stage: stage(to),
    created_at: at ?? new Date(Date.UTC(2026, 10, 20, 9, 0, seconds)).toISOString(),
    member: { id: '1f395d', name: 'Nadia Berg' },
    body: null,
  });
}

const move = (id: string, from: string, to: string, at?: string) => activity(id, slug(to), from, to, at);
const candidate = (name: string | null): Standing => ({
  id: 'c1',
  job: { shortcode: 'J1', title: 'Baker' },
  stage: name,
});
const told = (stands: string | null, ...activities: Array<ReturnType<typeof activity>>) =>
  historyOf(candidate(stands), activities).steps.map(
    ({ entry }) => `${entry.id} ${entry.stageId}${entry.isCurrent ? ' now' : ''}`,
  );

describe('the entries of a candidate', () => {
  it('begin with how they came, and go on with each move, whatever else is told', () => {
    expect(
      told(
        'Offer',
        activity('1', 'applied', 'Applied'),
        activity('2', 'comment', 'Applied'),
        move('3', 'Applied', 'Interview'),
        activity('4', 'disqualified', 'Interview'),
        activity('5', 'reverted', 'Interview'),
        move('6', 'Interview', 'Offer'),
        activity('7', 'rating', 'Offer'),
      ),
    ).toEqual(['1 J1/applied', '3 J1/interview', '6 J1/offer now']);
  });

  it('who comes back makes another one', () => {
    const applied = activity('1', 'applied', 'Applied');
    const back = [
      move('2', 'Applied', 'Offer'),
      move('3', 'Offer', 'Applied'),
      move('4', 'Applied', 'Offer'),
    ];
    expect(told('Offer', applied, ...back)).toEqual([
      '1 J1/applied',
      '2 J1/offer',
      '3 J1/applied',
      '4 J1/offer now',
    ]);
  });

  it('are in the order of time, and of ids as hexadecimal numbers in the same moment', () => {
    const at = '2026-11-21T10:00:00.000Z';
    const later = move('a0', 'Interview', 'Offer', at);
    const sooner = move('9f', 'Applied', 'Interview', at);
    expect(told('Offer', later, sooner, activity('b', 'applied', 'Applied'))).toEqual([
      'b J1/applied',
      '9f J1/interview',
      'a0 J1/offer now',
    ]);
  });

  it('from before they came to the job are of no stage of it, and coming into a later stage is told once', () => {
    expect(
      told(
        'Interview',
        activity('1', 'uploaded', 'Sourced'),
        move('2', 'Sourced', 'Interview'),
        activity('3', 'moved', 'Interview'),
        move('4', 'Interview', 'Interview'),
      ),
    ).toEqual(['1 /sourced', '2 /interview', '4 J1/interview now']);
    expect(told('Sourced', activity('1', 'copied', 'Sourced'))).toEqual(['1 J1/sourced now']);
  });

  it('leave out the last one where the candidate shows another stage: one of both is out of date', () => {
    const both = [activity('1', 'applied', 'Applied'), move('2', 'Applied', 'Interview')];
    expect(told('Offer', ...both)).toEqual(['1 J1/applied']);
    expect(told(null, ...both)).toEqual(['1 J1/applied']);
  });

  it('find the stage of a beginning that names none by the first move, or by where they still stand', () => {
    const applied = activity('1', 'applied', null);
    expect(told('Offer', applied, move('2', 'Applied', 'Offer'))).toEqual(['1 J1/applied', '2 J1/offer now']);
    expect(told('Applied', applied)).toEqual(['1 J1/applied now']);
    expect(told(null, applied)).toEqual([]);
  });
});

it('a video interview that another provider was asked for is told, the last one', () => {
  const asked = (at?: string) => activity('5', 'video-interview-requested', 'Applied', null, at);
  const before = historyOf(candidate('Applied'), [activity('1', 'applied', 'Applied')]);
  expect(before.askedElsewhere).toBeNull();
  const at = ['2026-11-21T10:00:00.000Z', '2026-11-22T10:00:00.000Z'] as const;
  const after = historyOf(candidate('Applied'), [asked(at[1]), asked(at[0])]);
  expect(after.askedElsewhere).toEqual(new Date(at[1]));
});
