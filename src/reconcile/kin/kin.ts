/**
 * Is this the same thing? What a row says, what an object of Spark Hire shows, and what rows had said of that. Pure. What may be
 * the same `desired/read/kin/*-sql.ts` looks for; which rows have left their objects is told there (`stays`), since it takes others' rows.
 *
 *                 is called by   is the same with                is beyond doubt another's   has gone over to another
 *   user          address        the address                     with its name               by address and name, or as all
 *                                                                                            that another one's had said
 *   job           title          the title and the place         if it invites whom that     by title and whom it invites
 *                                                                one's rows had invited,
 *                                                                and has the title or has
 *                                                                gone over itself
 *   interview     candidate      address, job and type           the same                    by the candidate
 *   share link    reviewer       reviewer and interviews         the same                    by the interviews
 *
 * Both sides rename things. So an object is called what it shows, and what rows had said: what was agreed last, what a person
 * was asked about since, and of an interview also the address that it was sent to at first.
 */

import { hasEnded } from '../../interview-status.js';
import { folded } from '../../text/forms.js';
import type {
  Answer,
  Base,
  Desired,
  FormerRow,
  Json,
  Observed,
  ObservedInterview,
  ObservedShareLink,
  RowContext,
  SharedInterview,
} from '../types.js';
import { type Same, sameEmail, sameValue, sameWords } from '../values/equality.js';
import { mayBeAt, placeValue } from '../values/places.js';
import { onceForList, onceForLists } from '../values/shared-lists.js';

/** What a row had said of an object: what was settled, and what people were asked about it. */
export type Said = Pick<FormerRow, 'base' | 'asked'>;

const nothing: Said = { base: {} };

/** A pair of a base: what the row of a user or job was called when a person said that the object is its own. */
export const linkedAs = 'linked';

/**
 * A pair of a base: what a user or job was called when it passed to a row that had not asked for it; of all others `true`.
 * Null once the row says so.
 */
export const leftOver = 'left';
const sameName: Same = (a, b) => typeof a === 'string' && typeof b === 'string' && folded(a) === folded(b);

/** What a row may have said last of a field: what was agreed, or what a person was asked about since. */
function saidOf({ base, asked = [] }: Said, field: string): Json[] {
  const since = asked.filter((one) => one.kind === 'field_diverged' && one.field === field);
  return [base[field]?.ats ?? null, ...since.map(({ ats }) => ats)];
}

/** Of an interview: the address that was agreed last, and the one that it was sent to, where that is another. */
export function addressesSaid(base: Base): string[] {
  const sides = [base.candidate?.ats, base.candidate?.sparkhire] as Array<
    { email?: Json } | null | undefined
  >;
  return sides.flatMap((side) => (typeof side?.email === 'string' ? side.email : []));
}

function namesOf(object: Observed, said: Said): Json[] {
  switch (object.resource) {
    case 'users':
      return [object.email, ...saidOf(said, 'email'), said.base[linkedAs]?.ats ?? null];
    case 'jobs':
      return [object.title, ...saidOf(said, 'title'), said.base[linkedAs]?.ats ?? null];
    case 'interviews':
      return [object.candidateEmail, ...addressesSaid(said.base)];
    case 'share_links':
      return [object.reviewerEmail];
  }
}

export function nameOf(values: Desired): string {
  switch (values.resource) {
    case 'users':
      return values.email;
    case 'jobs':
      return values.title;
    case 'interviews':
      return values.candidate.email;
    case 'share_links':
      return values.reviewer.email;
  }
}

const isNamed = (name: string, names: readonly Json[], same: Same) =>
  names.some((one) => typeof one === 'string' && same(one, name));

/** Whether the object is called what the row says. */
export function isCalled(values: Desired, object: Observed, said: Said = nothing): boolean {
  const same = values.resource === 'jobs' ? sameName : sameEmail;
  return values.resource === object.resource && isNamed(nameOf(values), namesOf(object, said), same);
}

/** Whether it is somebody of the same name under another address: people may have changed the address in Spark Hire. */
export function isNamesake(values: Desired, object: Observed): boolean {
  if (values.resource !== 'interviews' || object.resource !== 'interviews') return false;
  return sameName(values.candidate.name, object.candidateName) && isOfType(values, object);
}

/** Whether a row that is linked means the one whom its object is for, by the address or by the name. */
export const meansIts = (values: Desired, object: Observed, base: Base): boolean =>
  isCalled(values, object, { base }) || isNamesake(values, object);

/** Whether a job that is there may be where the row says; where it says no place nothing speaks against it. */
export function mayBeThere(values: Desired, object: Observed): boolean {
  if (values.resource !== 'jobs' || object.resource !== 'jobs' || values.place === null) return true;
  return mayBeAt(values.place, object.location);
}

/**
 * Whether what is called so is the same, as far as that shows. Of an interview whether it is of that job is judged beside: one
 * that was deleted has others in its place.
 * @param interviews those that a share link is to show
 */
export function isSame(
  values: Desired,
  object: Observed,
  said: Said = nothing,
  interviews: readonly SharedInterview[] = [],
): boolean {
  if (!isCalled(values, object, said)) return false;
  if (values.resource === 'jobs') {
    if (values.place === null) return false;
    return mayBeThere(values, object) || sameValue(placeValue(values.place), said.base.place?.ats ?? null);
  }
  if (object.resource === 'interviews') return isOfType(values, object);
  return object.resource !== 'share_links' || shows(object, interviews);
}

export function isOfType(values: Desired, { type }: ObservedInterview): boolean {
  return type === null || (values.resource === 'interviews' && values.type === type);
}

/** Whether a share link shows exactly these interviews. */
export function shows(
  { interviewUuids }: ObservedShareLink,
  interviews: readonly SharedInterview[],
): boolean {
  return interviewUuids !== null && interviews.length > 0 && areThese(interviewUuids, interviews);
}

const uuidsOf = onceForList((uuids: readonly string[]) => new Set(uuids));

const areThese = onceForLists((uuids: readonly string[], interviews: readonly SharedInterview[]) => {
  const wanted = new Set(interviews.map(({ uuid }) => uuid));
  return uuids.every((uuid) => wanted.has(uuid)) && uuidsOf(uuids).size === wanted.size;
});

/**
 * Whether a share link may come to show these: those that are not in Spark Hire (yet) may be any, and those that were deleted there no
 * link shows any more.
 */
export function mayShow(
  { interviewUuids }: ObservedShareLink,
  interviews: readonly SharedInterview[] | undefined,
): boolean {
  return interviewUuids !== null && interviews !== undefined && mayBeThese(interviewUuids, interviews);
}

const areSettled = onceForList((interviews: readonly SharedInterview[]) =>
  interviews.every(({ unsettled }) => unsettled !== true),
);

const showsOthers = (object: ObservedShareLink, interviews: readonly SharedInterview[]) =>
  object.interviewUuids !== null && !mayShow(object, interviews);

/** Whether a share link was left with the row when keys moved, and the row is to show something else: it never asked for it. */
export function isLinkOfAnother(
  base: Base,
  object: Observed | undefined,
  interviews: readonly SharedInterview[],
): boolean {
  if (object?.resource !== 'share_links' || object.deleted || object.interviewUuids === null) return false;
  return base[leftOver]?.ats === true && areSettled(interviews) && !shows(object, interviews);
}

const mayBeThese = onceForLists((uuids: readonly string[], interviews: readonly SharedInterview[]) => {
  const shown = uuidsOf(uuids);
  const isLeft = ({ uuid, observedStatus }: SharedInterview) =>
    uuid === null || observedStatus === 'deleted' || shown.has(uuid);
  if (uuids.length > interviews.length || !interviews.every(isLeft)) return false;
  const named = new Set(interviews.map(({ uuid }) => uuid));
  const others = uuids.filter((uuid) => !named.has(uuid));
  return others.length <= interviews.filter(({ uuid }) => uuid === null).length;
});

/** Whether a share link shows all of these, which a row names that cannot be used as it is: what it shows is not told, too. */
export function showsAll({ interviewUuids }: ObservedShareLink, uuids: readonly string[]): boolean {
  return interviewUuids === null || isAllOf(interviewUuids, uuids);
}

const isAllOf = onceForLists((shown: readonly string[], uuids: readonly string[]) =>
  uuids.every((uuid) => uuidsOf(shown).has(uuid)),
);

/**
 * Whether a row that is linked may mean somebody or something else by now than its object, as all rows do where a loader numbers
 * them: it is called otherwise. That alone is an edit; it has gone over if it is beyond doubt another's.
 * @param interviews those that a share link is to show
 */
export function isAnothers(
  values: Desired | null,
  base: Base,
  object: Observed | undefined,
  interviews?: readonly SharedInterview[],
): boolean {
  if (values === null || object === undefined || object.deleted) return false;
  if (object.resource === 'share_links')
    return interviews !== undefined && areSettled(interviews) && showsOthers(object, interviews);
  return !isCalled(values, object, { base });
}

/**
 * Whether an interview was left with the row when keys moved, and the row means somebody else, or another job: it never asked
 * for that interview.
 * @param job the uuid of the row's job; null if that is not in Spark Hire
 */
export function isLeftOfAnother(
  values: Desired | null,
  base: Base,
  object: Observed | undefined,
  job: string | null,
): boolean {
  if (values === null || object?.resource !== 'interviews' || object.deleted) return false;
  if (base[leftOver]?.ats !== true) return false;
  return !meansIts(values, object, base) || object.jobUuid !== job;
}

/**
 * Whether a row that was gone and came back has its key from something that is over: neither what it is called nor, of people,
 * their name is what it was, or it never asked for that interview, which was left with its key. Whom a job's row invites is
 * looked at beside.
 * @param interviews those that a share link is to show
 */
export function isUsedAgain(
  values: Desired,
  base: Base,
  object: Observed,
  interviews?: readonly SharedInterview[],
): boolean {
  if (object.resource === 'interviews' && base[leftOver]?.ats === true && hasEnded(object.status))
    return true;
  if (!isAnothers(values, base, object, interviews)) return false;
  if (values.resource === 'users' && object.resource === 'users')
    return !isNamed(values.name, [object.name, ...saidOf({ base }, 'name')], sameName);
  if (values.resource === 'interviews' && object.resource === 'interviews') {
    const { name = null } = (base.candidate?.ats ?? {}) as { name?: Json };
    return hasEnded(object.status) && !isNamed(values.candidate.name, [object.candidateName, name], sameName);
  }
  return (object.resource === 'jobs' || object.resource === 'share_links') && object.status !== 'active';
}

/**
 * Whether a row that has gone over is, beyond doubt, what the former row had stood for.
 * @param jobGoneOver of a job: neither its title nor anybody whom it invites is its own object's, as where a line moves up and is edited
 */
export function isBeyondDoubt(
  values: Desired,
  object: Observed,
  former: Said & Pick<FormerRow, 'leads'>,
  jobGoneOver = false,
): boolean {
  if (values.resource === 'users' && object.resource === 'users')
    return isNamed(values.name, [object.name, ...saidOf(former, 'name')], sameWords);
  if (values.resource !== 'jobs') return true;
  return (
    former.leads === true && (isSame(values, object, former) || (jobGoneOver && mayBeThere(values, object)))
  );
}

// ---- of a row, among all that may be its own

export const besideOf = ({ beside }: RowContext, uuid: string): string | undefined => beside[uuid];

/**
 * What is there and is the same, as far as that shows; beyond doubt, where its own row is there as well and says something else.
 * A job is known by those who were invited to it, too.
 */
export function alike<O extends Observed>(values: Desired, context: RowContext): O[] {
  return context.adoptable.filter((one): one is O => {
    if (one.deleted) return false;
    if (one.resource === 'jobs' && context.ledTo.includes(one.uuid)) return true;
    const former = formerOf(context, one.uuid);
    if (former?.isThere && !isBeyondDoubt(values, one, former)) return false;
    return isSame(values, one, former, context.shares?.interviews);
  });
}

export function formerOf({ formerRows }: RowContext, uuid: string): FormerRow | undefined {
  return formerRows.find((row) => row.uuid === uuid);
}

/** The answers of people about its fields that nobody has carried out yet. */
export function answersOf({ asked = [] }: FormerRow): Answer[] {
  return asked.flatMap(({ take, ...one }) => (take === null ? [] : [{ ...one, take }]));
}

/** The row that is to be settled before anything becomes of this one's object: it may be this one under another key, or takes it over. */
export function comesFirst({ waitsFor, successor }: RowContext): RowContext['waitsFor'] {
  return waitsFor ?? (successor === null || successor.withdrawn !== undefined ? null : successor);
}
