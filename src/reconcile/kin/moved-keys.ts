/**
 * Whether the keys of rows seem to have moved: a row says what another linked row had said and says no more, as all do where
 * keys are the numbers of lines. What goes over to its own object beyond doubt (`kin.ts`) is no matter. Of all else nothing
 * tells whether it is an edit, so a person is asked before anything is renamed, closed or deleted. Pure.
 */

import { folded } from '../../text/forms.js';
import { endsJob } from '../actions.js';
import type { Base, Decision, Desired, Json, PushResource, RowContext } from '../types.js';
import { type Same, sameEmail, sameValue, sameWords } from '../values/equality.js';
import { placeValue } from '../values/places.js';
import { leftOver, linkedAs } from './kin.js';

/** What tells whom or what a row means: a user's name and address, a job's title and place. */
type Naming = Record<string, Json>;

/** A linked row that says something else than was agreed last. */
export interface Renaming {
  /** Its object. */
  uuid: string;
  was: Naming;
  /** null: it is not there any more. */
  says: Naming | null;
  /** Its object was another row's, which went over to something else: this row never said what it is. */
  isLeftOver: boolean;
}

/** Two rows, the first of which says what the second had said. */
export interface Shift {
  resource: 'users' | 'jobs' | 'interviews';
  atsId: string;
  /** null: the row was left with another one's object, and says something else. */
  former: string | null;
  /** Of what no row stands for any more once rows have gone over to their own: addresses of users, titles of jobs. */
  left?: string[];
}

const sameTitle: Same = (a, b) => typeof a === 'string' && typeof b === 'string' && folded(a) === folded(b);

type NamedResource = 'users' | 'jobs';

const fields: Record<NamedResource, Record<string, Same>> = {
  users: { name: sameWords, email: sameEmail },
  jobs: { title: sameTitle, place: (a, b) => a === null || b === null || sameValue(a, b) },
};

const isNamed = (resource: PushResource): resource is NamedResource =>
  resource === 'users' || resource === 'jobs';

function saidIn(base: Base, resource: NamedResource): Naming {
  return Object.fromEntries(Object.keys(fields[resource]).map((field) => [field, base[field]?.ats ?? null]));
}

function namingOf(values: Desired): Naming {
  if (values.resource === 'users') return { name: values.name, email: values.email };
  if (values.resource !== 'jobs') return {};
  return { title: values.title, place: values.place === null ? null : placeValue(values.place) };
}

const nameOf = (resource: NamedResource, naming: Naming) =>
  naming[resource === 'users' ? 'email' : 'title'] ?? null;

/** Of a row that is linked, and says something else than was agreed or is gone; undefined of all others. */
export function renamingOf(context: RowContext): Renaming | undefined {
  const { resource, row, link, observed } = context;
  if (resource === 'interviews' && context.isLeftOver)
    return { uuid: link!.uuid, was: {}, says: {}, isLeftOver: true };
  if (!isNamed(resource) || link === null || observed?.deleted === true) return undefined;
  const was = saidIn(link.base, resource);
  const isLeftOver = link.base[leftOver] !== undefined && link.base[leftOver].ats === nameOf(resource, was);
  const { uuid } = link;
  if (row === null) return { uuid, was, says: null, isLeftOver };
  if (row.values === null) return undefined;
  const says = namingOf(row.values);
  // So it was called when a person said that the object is its own.
  if (link.base[linkedAs] !== undefined && link.base[linkedAs].ats === nameOf(resource, says))
    return undefined;
  return saysAll(resource, says, was) ? undefined : { uuid, was, says, isLeftOver };
}

function saysAll(resource: NamedResource, says: Naming, was: Naming): boolean {
  return Object.entries(fields[resource]).every(([field, same]) => same(says[field]!, was[field]!));
}

/** A decision, and what it is about. */
export interface Named {
  decision: Decision;
  renaming?: Renaming | undefined;
}

/** Why the keys of a resource seem to have moved; null if they do not. */
export function findShift(decided: readonly Named[]): Shift | null {
  for (const resource of ['users', 'jobs'] as const) {
    const rows = decided.filter(({ decision }) => decision.resource === resource);
    const found = shiftOf(resource, rows);
    if (found === null) continue;
    const left = leftBehind(resource, rows);
    return left.length === 0 ? found : { ...found, left };
  }
  const ended = decided.find(
    ({ decision: { resource, action }, renaming }) =>
      resource === 'interviews' && action?.action === 'cancel' && renaming?.isLeftOver === true,
  );
  return ended === undefined ? null : { resource: 'interviews', atsId: ended.decision.atsId, former: null };
}

/** What rows leave for another object, and no other row goes over to. */
function leftBehind(resource: NamedResource, rows: readonly Named[]): string[] {
  const adopting = rows.filter(({ decision }) => decision.action?.action === 'adopt');
  const taken = new Set(adopting.map(({ decision }) => decision.action!.uuid));
  return adopting.flatMap(({ renaming }) => {
    if (renaming === undefined || taken.has(renaming.uuid)) return [];
    const name = nameOf(resource, renaming.was);
    return typeof name === 'string' ? name : [];
  });
}

function shiftOf(resource: NamedResource, decided: readonly Named[]): Shift | null {
  const renamed = decided.filter(({ renaming }) => renaming !== undefined);
  if (renamed.length === 0) return null;
  const formerOf = formerRows(resource, renamed);
  let explained: Shift | null = null;
  for (const one of decided) {
    const { atsId, action } = one.decision;
    const former = formerOf(one);
    if (former === undefined) continue;
    const shift: Shift = { resource, atsId, former: former.decision.atsId };
    if (action?.action !== 'adopt') return shift;
    if (one.renaming !== undefined) explained ??= shift;
  }
  // Among rows that have moved, what is called otherwise may be anything.
  const edited = renamed.filter(isRenamed);
  if (explained !== null && edited.length > 0) return explained;
  const guessed = renamed.find((one) => one.renaming!.isLeftOver && (isRenamed(one) || isEnding(one)));
  return guessed === undefined ? null : { resource, atsId: guessed.decision.atsId, former: null };
}

/** A row that is there ends what it was left with. */
function isEnding({ decision: { action }, renaming }: Named): boolean {
  return action !== null && renaming!.says !== null && endsJob(action.action, action.changes);
}

function isRenamed({ decision: { resource, action } }: Named): boolean {
  if (action?.action !== 'update' || !isNamed(resource)) return false;
  return action.changes.some(({ field }) => Object.hasOwn(fields[resource], field));
}

/** Finds the row that had said what a row says, and has left it: by what was said, since many may be renamed at once. */
function formerRows(resource: NamedResource, renamed: readonly Named[]): (one: Named) => Named | undefined {
  const byWord = new Map<string, Named[]>();
  for (const one of renamed)
    for (const word of wordsOf(resource, one.renaming!.was)) {
      const same = byWord.get(word);
      if (same === undefined) byWord.set(word, [one]);
      else same.push(one);
    }
  return (one) => {
    const says = one.renaming === undefined ? createdAs(resource, one.decision) : one.renaming.says;
    if (says === null) return undefined;
    for (const word of wordsOf(resource, says)) {
      const former = byWord.get(word)?.find((other) => other !== one && isFormer(resource, one, says, other));
      if (former !== undefined) return former;
    }
    return undefined;
  };
}

const wordsOf = (resource: NamedResource, naming: Naming) =>
  (resource === 'users' ? ['name', 'email'] : ['title']).flatMap((field) => {
    const word = naming[field];
    return typeof word === 'string' ? `${field} ${folded(word)}` : [];
  });

function createdAs(resource: NamedResource, { action }: Decision): Naming | null {
  if (action?.action !== 'create') return null;
  const made = new Map(action.changes.map(({ field, to }) => [field, to]));
  return Object.fromEntries(Object.keys(fields[resource]).map((field) => [field, made.get(field) ?? null]));
}

/**
 * Whether `one` says what `other` had said and says no more. A row that keeps what the other had not, such as a user's name
 * when an address passes on, is who it was; a new row has to say all of it.
 */
function isFormer(resource: NamedResource, one: Named, says: Naming, other: Named): boolean {
  const { was, says: now } = other.renaming!;
  if (one.renaming === undefined || resource === 'jobs') {
    // A new row that says what one had said that is gone is that one under another key.
    const isLeft = now === null ? one.renaming !== undefined : !saysAll(resource, now, was);
    return isLeft && saysAll(resource, says, was);
  }
  const { was: own } = one.renaming;
  const same = (field: string, a: Naming | null, b: Naming) =>
    a !== null && fields[resource][field]!(a[field]!, b[field]!);
  const names = Object.keys(fields[resource]);
  const keeps = names.some((field) => same(field, says, own) && !same(field, own, was));
  return (
    !keeps &&
    names.some((field) => same(field, says, was) && !same(field, own, was) && !same(field, now, was))
  );
}
