/**
 * What Spark Hire refused is not sent again as it stands, until it may be allowed. Pure: what has happened since is read by
 * desired/read/standing.ts.
 */
import type { WhoActs } from './acting/acting.js';
import type { Decision, Refused, RowContext } from './types.js';
import { fingerprint } from './values/fingerprint.js';

/** The last write of a row, if it was refused. */
export interface Refusal extends Refused {
  action: string;
  /** Of the row's content as it was judged; null: it was gone. */
  hash: string | null;
  /** How often it was refused so since something of the row was accepted, this time included. */
  times: number;
  /** Spark Hire accepted it, and does not show it. */
  isAccepted: boolean;
  /** What it was to change is there. */
  isThere: boolean;
  since: {
    /** It was sent with another key than the one of now, or the user who acted was changed. */
    actorChanged: boolean;
    /** A person answered a question about the row. */
    answered: boolean;
    /** What the plan sells has changed. */
    planChanged: boolean;
    /** What it depends on has changed: an interview's job, a share link's interviews; of a user, some address has become free. */
    parentChanged: boolean;
  };
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** For want of room, to the person who acted, whose column is told then, or of what is there: that may end without a word. */
const mayEndUntold = ({ issue, isThere }: Refusal) =>
  issue.code === 'PLAN_LIMIT' || issue.field !== null || isThere;

/** 10 minutes, 20, 40 and so on: the more often it was said, the longer it waits. */
const restMs = ({ times }: Refusal) => 10 * minuteMs * 2 ** (Math.min(times, 10) - 1);

/** The first rule that applies decides; a refusal to which none applies holds. */
const rules: ReadonlyArray<{ applies: (refusal: Refusal) => boolean; holds: boolean }> = [
  // Whoever acts now may be allowed to.
  { applies: ({ since }) => since.actorChanged, holds: false },
  // It would be accepted every day, and never be seen: a person says what is to become of it.
  { applies: ({ isAccepted, since }) => isAccepted && !since.answered, holds: true },
  { applies: ({ isAccepted }) => isAccepted, holds: false },
  { applies: ({ issue, since }) => issue.code === 'PLAN_LIMIT' && since.planChanged, holds: false },
  { applies: ({ since }) => since.parentChanged, holds: false },
  { applies: (refusal) => mayEndUntold(refusal) && refusal.forMs >= restMs(refusal), holds: false },
  // What else it may have depended on nobody knows.
  { applies: ({ forMs }) => forMs >= dayMs, holds: false },
];

/** Whether it is no use yet to send the same again. */
export function stillHolds(refusal: Refusal): boolean {
  return rules.find(({ applies }) => applies(refusal))?.holds ?? true;
}

/** Whether it is of this write: of the same content, in the same name, unless it is the plan that does not allow it. */
export function refuses(refused: Refused, action: NonNullable<Decision['action']>, acts: WhoActs): boolean {
  const actor = acts.kind === 'user' ? acts.uuid : null;
  const isByOther = acts.kind === 'wait' || refused.actor !== actor;
  if (isByOther && refused.issue.code !== 'PLAN_LIMIT') return false;
  return refused.fingerprint === fingerprint(action);
}

/** Whether it is for want of a slot or seat that it was refused, and nothing is known of that since: it waits for one then. */
export function waitsAsRefused({ refused, noRoom }: Pick<RowContext, 'refused' | 'noRoom'>): boolean {
  return refused?.issue.code === 'PLAN_LIMIT' && noRoom === null;
}
