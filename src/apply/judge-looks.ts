/**
 * What looking for a created object tells. Pure.
 *
 *   objects like it, made since it was sent        strangers        while it settles   at the end
 *   --------------------------------------------   --------------   ----------------   ------------
 *   one, and no other open intent wants it         –                found              found
 *   one that another open intent may mean too      –                wait               unclear
 *   several                                        –                wait               unclear
 *   none                                           none             wait               absent
 *   none                                           some             wait               unclear
 *
 * "Like it": an interview of the job with the candidate's e-mail, a job with the title, a user with the e-mail, a share
 * link of the reviewer to the same interviews, and linked to no row. A stranger is an interview of the job, made since
 * then, that nothing explains: it is linked to no row and fits no open intent. It may be ours under another address, so
 * nothing is sent again without a person. So is a share link of the reviewer that does not tell what it shows.
 */
import { folded, sameText } from '../reconcile/equality.js';
import type { PushResource } from '../reconcile/types.js';

/** A creation that is looked for. */
export interface Sought {
  id: string;
  resource: PushResource;
  email: string | null;
  jobUuid: string | null;
  title: string | null;
  /** What a share link is to show. */
  interviewUuids?: readonly string[] | null;
  /** Earliest moment it can have been made, by Spark Hire's clock, in milliseconds. */
  since: number;
}

/** An object as Spark Hire lists it. */
export interface Seen {
  uuid: string;
  email: string | null;
  name: string | null;
  jobUuid: string | null;
  title: string | null;
  status: string | null;
  /** What a share link shows; null if it does not tell. */
  interviewUuids?: readonly string[] | null;
  /** false for a user who is disabled. */
  active: boolean | null;
  /** Milliseconds; null if it does not tell. */
  createdAt: number | null;
}

export interface LookFacts {
  /** What was listed, each object once. */
  seen: readonly Seen[];
  /** Uuids that are linked to a row. */
  linked: ReadonlySet<string>;
  /** Other open creations of the account. */
  others: readonly Sought[];
  /** Whether it has been looked long and often enough. */
  over: boolean;
}

export type LookVerdict =
  | { kind: 'found'; uuid: string }
  | { kind: 'wait' }
  | { kind: 'absent' }
  | { kind: 'unclear'; candidates: Seen[]; reason: string };

export function judgeLooks(sought: Sought, { seen, linked, others, over }: LookFacts): LookVerdict {
  const free = seen.filter((object) => !linked.has(object.uuid) && madeSince(sought, object));
  const mine = free.filter((object) => isLike(sought, object));
  const rivals = others.filter(({ id, resource }) => id !== sought.id && resource === sought.resource);
  const wantedByOthers = (object: Seen) =>
    rivals.some((other) => madeSince(other, object) && isLike(other, object));
  if (mine.length === 1 && !wantedByOthers(mine[0]!)) return { kind: 'found', uuid: mine[0]!.uuid };
  if (!over) return { kind: 'wait' };
  if (mine.length > 0) {
    const reason =
      mine.length === 1
        ? 'The outcome of a write is unknown. One object fits, and another row whose write is as unclear may have made it.'
        : `The outcome of a write is unknown. ${mine.length} objects fit, and any of them may be the one.`;
    return { kind: 'unclear', candidates: mine, reason };
  }
  const strangers = free.filter((object) => isStranger(sought, object) && !wantedByOthers(object));
  if (strangers.length === 0) return { kind: 'absent' };
  const [what, them] =
    sought.resource === 'share_links'
      ? ['a share link', 'share links of this reviewer']
      : ['an invitation', 'interviews of this job'];
  const reason = `The outcome of ${what} is unknown. It was not found, but since then ${strangers.length} ${them} came up that no row explains.`;
  return { kind: 'unclear', candidates: strangers, reason };
}

/** What does not tell when it was made may have been made since. */
function madeSince({ resource, since }: Sought, { createdAt, active }: Seen): boolean {
  // A user is one by the e-mail, whenever it was made: Spark Hire has no second one.
  if (resource === 'users') return active !== false || (createdAt !== null && createdAt >= since);
  return createdAt === null || createdAt >= since;
}

function isLike(sought: Sought, object: Seen): boolean {
  switch (sought.resource) {
    case 'users':
      return sameAddress(sought.email, object.email);
    case 'jobs':
      return sought.title !== null && object.title !== null && sameText(sought.title, object.title);
    case 'interviews':
      return sameAddress(sought.email, object.email) && ofJob(sought, object);
    case 'share_links':
      return sameAddress(sought.email, object.email) && sameSet(sought.interviewUuids, object.interviewUuids);
  }
}

/** One that does not name its job may be of any. */
function ofJob(sought: Sought, object: Seen): boolean {
  return object.jobUuid === null || sought.jobUuid === null || object.jobUuid === sought.jobUuid;
}

function isStranger(sought: Sought, object: Seen): boolean {
  if (sought.resource === 'share_links') {
    return sameAddress(sought.email, object.email) && (object.interviewUuids ?? null) === null;
  }
  return sought.resource === 'interviews' && object.createdAt !== null && ofJob(sought, object);
}

function sameSet(a: readonly string[] | null = null, b: readonly string[] | null = null): boolean {
  if (a === null || b === null) return false;
  return a.every((one) => b.includes(one)) && b.every((one) => a.includes(one));
}

function sameAddress(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && folded(a) === folded(b);
}
