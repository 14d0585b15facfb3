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
 * link of the reviewer to the same interviews, and linked to no row. A stranger is an interview of the job, a user or a
 * job, made since then, that nothing explains: it is linked to no row and fits no open intent. It may be ours, and
 * somebody has given it another address or title, so nothing is sent again without a person. So is a share link of the reviewer that does not tell what it shows, or that
 * was opened or closed since. What the mirror knew before the write left is neither: no clock is needed for that. Else
 * "since" leaves out only what can't be wrong: a time without an offset may be local, and clocks differ. Wishes for the same share link are as good as each other: whichever of them made what is
 * found, each gets one, in their order.
 */

import type { PushResource } from '../../reconcile/types.js';
import { sameEmail, sameStatus, sameWords } from '../../reconcile/values/equality.js';

/** A creation that is looked for. */
export interface Sought {
  id: string;
  resource: PushResource;
  email: string | null;
  jobUuid: string | null;
  title: string | null;
  /** What a share link is to show, and whether it is to open. */
  interviewUuids?: readonly string[] | null;
  status?: string | null;
  /** Earliest moment it can have been made, by Spark Hire's clock, in milliseconds. */
  since: number;
  /** The last change of the mirror when it left: what was known by then it did not make. Null if not known. */
  knownThen?: number | null;
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
  /** So much later it may have been made all the same: its time names no offset, so it may be local. */
  laterMs?: number;
  /** With which change the mirror came to know it (`sync.changes`); null: with none that is known. */
  knownSince?: number | null;
}

/** Local time of the westernmost place, taken for UTC, is so much too early. */
export const westernmostMs = 12 * 3_600_000;

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
  const unlinked = seen.filter((object) => !linked.has(object.uuid));
  const free = unlinked.filter((object) => madeSince(sought, object));
  const rivals = others.filter(({ id, resource }) => id !== sought.id && resource === sought.resource);
  const wantedByOthers = (object: Seen) =>
    rivals.some((other) => madeSince(other, object) && isLike(other, object));
  const isShared = sought.resource === 'share_links';
  const mine = isShared ? dealt(sought, unlinked, rivals) : free.filter((object) => isLike(sought, object));
  if (mine.length === 1 && (isShared || !wantedByOthers(mine[0]!)))
    return { kind: 'found', uuid: mine[0]!.uuid };
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
  const { what, one, many } = strange[sought.resource];
  const came = strangers.length === 1 ? one : `${strangers.length} ${many}`;
  const reason = `The outcome of ${what} is unknown. It was not found, but since then ${came} came up that no row explains.`;
  return { kind: 'unclear', candidates: strangers, reason };
}

/** What is sought, and who came up instead, in a message. */
const strange: Record<PushResource, { what: string; one: string; many: string }> = {
  users: { what: 'making a user', one: 'a user', many: 'users' },
  jobs: { what: 'making a job', one: 'a job', many: 'jobs' },
  interviews: { what: 'an invitation', one: 'an interview of this job', many: 'interviews of this job' },
  share_links: {
    what: 'a share link',
    one: 'a share link of this reviewer',
    many: 'share links of this reviewer',
  },
};

/** The one that falls to this wish among those for the same; all of them if there are more than wishes. */
function dealt(sought: Sought, unlinked: readonly Seen[], rivals: readonly Sought[]): Seen[] {
  const wishes = [sought, ...rivals.filter((other) => isSameLink(sought, other.email, other))].sort(
    (a, b) => a.since - b.since || Number(a.id) - Number(b.id),
  );
  const made = unlinked
    .filter((object) => isLike(sought, object) && wishes.some((wish) => madeSince(wish, object)))
    .sort((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0) || (a.uuid < b.uuid ? -1 : 1));
  if (made.length > wishes.length) return made;
  const mine = made[wishes.indexOf(sought)];
  return mine === undefined || !madeSince(sought, mine) ? [] : [mine];
}

/** What does not tell when it was made may have been made since. */
function madeSince(sought: Sought, seen: Seen): boolean {
  // A user is one by the e-mail, whenever it was made: Spark Hire has no second one.
  if (sought.resource === 'users') return seen.active !== false || cameSince(sought, seen);
  return seen.createdAt === null ? !wasKnown(sought, seen) : cameSince(sought, seen);
}

function cameSince(sought: Sought, seen: Seen): boolean {
  return mayBeSince(sought.since, seen) && !wasKnown(sought, seen);
}

/** Whether its own time says that it may have been made since. */
export function mayBeSince(since: number, { createdAt, laterMs = 0 }: Seen): boolean {
  return createdAt !== null && createdAt + laterMs >= since;
}

function wasKnown({ knownThen = null }: Sought, { knownSince = null }: Seen): boolean {
  return knownThen !== null && knownSince !== null && knownSince <= knownThen;
}

function isLike(sought: Sought, object: Seen): boolean {
  switch (sought.resource) {
    case 'users':
      return sameAddress(sought.email, object.email);
    case 'jobs':
      return sought.title !== null && object.title !== null && sameWords(sought.title, object.title);
    case 'interviews':
      return sameAddress(sought.email, object.email) && ofJob(sought, object);
    case 'share_links':
      return isSameLink(sought, object.email, object);
  }
}

/** One that does not name its job may be of any. */
function ofJob(sought: Sought, object: Seen): boolean {
  return object.jobUuid === null || sought.jobUuid === null || object.jobUuid === sought.jobUuid;
}

function isStranger(sought: Sought, object: Seen): boolean {
  if (sought.resource === 'share_links') {
    const { email, status, interviewUuids = null } = object;
    return (
      !isLike(sought, object) &&
      (interviewUuids === null
        ? sameAddress(sought.email, email)
        : isSameLink({ ...sought, status }, email, object))
    );
  }
  // Of users and jobs that were there before, all are listed that do not tell when they were made.
  if (!cameSince(sought, object)) return false;
  return sought.resource !== 'interviews' || ofJob(sought, object);
}

/** Of the same reviewer, to the same interviews, and as open. */
function isSameLink(
  sought: Sought,
  email: string | null,
  { interviewUuids, status = null }: Pick<Sought, 'interviewUuids' | 'status'>,
): boolean {
  return (
    sameAddress(sought.email, email) &&
    sameSet(sought.interviewUuids, interviewUuids) &&
    sameStatus(sought.status ?? null, status)
  );
}

function sameSet(a: readonly string[] | null = null, b: readonly string[] | null = null): boolean {
  if (a === null || b === null) return false;
  return a.every((one) => b.includes(one)) && b.every((one) => a.includes(one));
}

function sameAddress(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && sameEmail(a, b);
}
