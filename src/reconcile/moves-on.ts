/** A linked row that means something else than its object by now, as all do where keys are the numbers of lines: it goes over. */
import { hasEnded, isPending } from '../interview-status.js';
import { answerTo } from './answers.js';
import type { Draft } from './draft.js';
import { adopt, first } from './first-contact.js';
import { isWaitedFor } from './kin/former.js';
import { isBeyondDoubt } from './kin/kin.js';
import { formerOf } from './kin/resembling.js';
import type { Rules } from './kinds/rules.js';
import type { Desired, Observed, RowContext } from './types.js';
import { statusOf } from './values/equality.js';

/**
 * A row that was withdrawn in the load that moved keys takes over what it means, where that one's row is there and means
 * something else: to end it is this row's.
 */
export function movesToEnd(rules: Rules, values: Desired, draft: Draft): boolean {
  const { formerRows = [], ...context } = draft.context;
  if (context.resource !== 'interviews') return false;
  const there = formerRows.filter(({ isThere }) => isThere);
  const [only, ...more] = rules
    .candidates(values, { ...context, formerRows: there })
    .filter(({ uuid }) => there.some((former) => former.uuid === uuid));
  if (only === undefined || more.length > 0) return false;
  adopt(rules, values, only.uuid, rules.likeness, draft);
  draft.next = 'pending';
  return true;
}

/**
 * A row that means somebody else than its object takes over what that one's row has left, which gets its object instead.
 * @returns whether there is such a thing
 */
export function movesOn(rules: Rules, values: Desired, draft: Draft): boolean {
  const { context } = draft;
  const { formerRows = [], hasLeft, namesakes = [] } = context;
  if (formerRows.length === 0) return false;
  const [only, ...more] = rules.candidates(values, context).filter((one) => {
    const former = formerOf(context, one.uuid);
    if (isWorse(one, context)) return false;
    if (former === undefined) return values.resource === 'interviews';
    return isBeyondDoubt(values, one, former, hasLeft);
  });
  if (only === undefined) {
    const isAsked = namesakes.some((uuid) => formerOf(context, uuid) !== undefined);
    const answer = answerTo('possible_duplicate', context, rules.identity(values));
    if (!isAsked || answer?.choice === 'create') return false;
    // It may be somebody whose row is gone or means another one, under a new address.
    first(rules, values, draft);
    return true;
  }
  if (more.length > 0 && hasLeft === true) {
    // Surely not its own any more, and one of several: a person says which.
    first(rules, values, draft);
    return true;
  }
  if (more.length > 0 || formerOf(context, only.uuid) === undefined) return false;
  adopt(rules, values, only.uuid, rules.likeness, draft);
  return true;
}

/**
 * Whether the row would give a pending interview, which no other row takes over, for one that has ended. One that was completed is taken
 * where its own row is there and names somebody else: there lines have moved.
 */
function isWorse(one: Observed, context: RowContext): boolean {
  const { observed } = context;
  if (one.resource !== 'interviews' || observed?.resource !== 'interviews') return false;
  if (!isPending(observed.status) || !hasEnded(one.status) || isWaitedFor(context)) return false;
  return statusOf(one.status) !== 'completed' || formerOf(context, one.uuid)?.isThere !== true;
}
