import { describe, expect, it } from 'vitest';
import { type Refusal, stillHolds } from '../../../src/reconcile/refusals.js';

const minutes = (n: number) => n * 60_000;
const hours = (n: number) => minutes(60 * n);

const nothingSince: Refusal['since'] = {
  actorChanged: false,
  answered: false,
  planChanged: false,
  parentChanged: false,
};

function refused(
  of: Partial<Refusal> & { code?: 'PLAN_LIMIT' | 'REMOTE_REJECTED'; field?: string } = {},
): Refusal {
  const { code = 'REMOTE_REJECTED', field = null, ...more } = of;
  return {
    action: 'create',
    hash: null,
    fingerprint: 'f',
    actor: null,
    issue: { code, field, message: 'No.' },
    forMs: 0,
    times: 1,
    isAccepted: false,
    isThere: false,
    since: nothingSince,
    ...more,
  };
}

const since = (what: keyof Refusal['since']) => ({ since: { ...nothingSince, [what]: true } });

describe('what Spark Hire refused is not sent again', () => {
  it.each([
    ['just now', refused(), true],
    ['in the last 24 hours', refused({ forMs: hours(24) - 1 }), true],
    ['a day ago', refused({ forMs: hours(24) }), false],
    ['unless who acts is another by now', refused(since('actorChanged')), false],
    ['unless what it depends on has changed', refused(since('parentChanged')), false],
    ['whatever a person has answered', refused(since('answered')), true],
    ['whatever the plan sells by now, which is not why', refused(since('planChanged')), true],
    ['for want of room, 10 minutes long', refused({ code: 'PLAN_LIMIT', forMs: minutes(10) - 1 }), true],
    ['for want of room, not longer', refused({ code: 'PLAN_LIMIT', forMs: minutes(10) }), false],
    [
      'for want of room, until the plan changes',
      refused({ code: 'PLAN_LIMIT', ...since('planChanged') }),
      false,
    ],
    [
      'for want of room the third time, 40 minutes',
      refused({ code: 'PLAN_LIMIT', times: 3, forMs: minutes(39) }),
      true,
    ],
    [
      'for want of room the third time, not longer',
      refused({ code: 'PLAN_LIMIT', times: 3, forMs: minutes(40) }),
      false,
    ],
    [
      'for want of room the hundredth time, a day',
      refused({ code: 'PLAN_LIMIT', times: 100, forMs: hours(24) - 1 }),
      true,
    ],
    [
      'for want of room the hundredth time, not longer',
      refused({ code: 'PLAN_LIMIT', times: 100, forMs: hours(24) }),
      false,
    ],
    ['to whoever acted, 10 minutes long', refused({ field: 'owner_ats_id', forMs: minutes(11) }), false],
    ['of what is there, 10 minutes long', refused({ isThere: true, forMs: minutes(11) }), false],
    [
      'though it was accepted, and is never shown, for ever',
      refused({ isAccepted: true, forMs: hours(1000) }),
      true,
    ],
    [
      'that it had accepted, until a person has answered',
      refused({ isAccepted: true, ...since('answered') }),
      false,
    ],
    [
      'that it had accepted, whatever else has changed',
      refused({ isAccepted: true, ...since('parentChanged') }),
      true,
    ],
    [
      'that it had accepted, unless who acts is another',
      refused({ isAccepted: true, ...since('actorChanged') }),
      false,
    ],
  ])('%s', (_, refusal, holds) => {
    expect(stillHolds(refusal)).toBe(holds);
  });
});
