/**
 * How the events about one object end (`endEvents`). Each payload is judged against what is stored (judge.ts); the newest that may be
 * applied is, or the object is read, and then a payload counts only if it is newer than that. Pure.
 *
 *   outcome      what is stored        it was
 *   -------      --------------        ------
 *   applied      its payload           newer than the mirror
 *   read         the object, as read   in doubt
 *   unchanged    nothing               what the mirror has
 *   stale        nothing               older than the mirror
 *   superseded   nothing               older than another event, or than the object as it was read
 *   gone         the deletion          about an object that was deleted
 *   missing      nothing               about an object that cannot be found, though nobody said that it was deleted: the next sweep finds out
 *   hidden       nothing               about an object that this key may not see
 *   unknown      nothing               about nothing that is mirrored
 *   failed       nothing               not to be understood, or about an object that cannot be read
 *
 * `missing` and `failed` are tried again first. What is in doubt and was not read yet ends once it was.
 */
import type { MirrorRow } from '../mirror/tables.js';
import { asTimestamp, type JsonObject } from '../sparkhire/fields.js';
import { type Hint, type HintedName, microseconds } from './hint.js';
import { hintedRow, hintedTable, type ReadResult } from './hinted-objects.js';
import { type Judgement, judge, type Known, mergedOver, type Verdict } from './judge.js';

export const eventOutcomes = [
  'applied',
  'read',
  'unchanged',
  'stale',
  'superseded',
  'gone',
  'missing',
  'hidden',
  'unknown',
  'failed',
] as const;
export type EventOutcome = (typeof eventOutcomes)[number];

/** Tries after which no waiting cures: those for an object that cannot be found take more than a minute. */
export const mostAttempts = { failed: 10, missing: 5 } as const;

/** It is tried again. */
export interface Later {
  error: string;
  /** How it ends after enough tries; null if it never does. */
  ends: keyof typeof mostAttempts | null;
}

/** An event, and how it ended. */
export interface EndedEvent {
  id: string;
  outcome: EventOutcome;
  resource: HintedName | null;
  uuid: string | null;
  error?: string;
}

export interface PostponedEvent extends Later {
  id: string;
  resource: HintedName;
  uuid: string;
}

export interface HintedEvent {
  id: string;
  hint: Hint;
}

/** An object, and the events that are about it. */
export interface HintedObject {
  resource: HintedName;
  uuid: string;
  events: HintedEvent[];
}

export interface Ends {
  /** The newest payload over what is stored, if it is to be stored. */
  row: MirrorRow | null;
  /** Whether it lacks what the stored object has. */
  isPartial: boolean;
  ended: EndedEvent[];
  postponed: PostponedEvent[];
  /** Events that end once the object was read. */
  undecided: string[];
}

/**
 * What becomes of the events about an object.
 * @param read what reading it came to; null: it was not read yet
 * @param isDoubted it is about to be read, and may turn out to be gone: no payload makes it meanwhile
 */
export function endEvents(
  object: HintedObject,
  known: Known | undefined,
  read: ReadResult | null,
  isDoubted: boolean,
): Ends {
  const { resource, uuid, events } = object;
  const facts = known ?? { stored: null, gone: false };
  const judged = judgedWith(object, { ...facts, gone: facts.gone || isDoubted }, read);
  const { verdicts = [], partial: isPartial = false, row = null, end: payload = null } = judged ?? {};
  const ends: Ends = { row, isPartial, ended: [], postponed: [], undecided: [] };
  for (const [index, { id, hint }] of events.entries()) {
    const isStranger = hint.guessed && facts.stored === null;
    const end = endOf(verdicts[index] ?? 'read', payload, read, isStranger);
    if (typeof end === 'string') ends.ended.push({ id, outcome: end, resource, uuid });
    else if (end !== null) ends.postponed.push({ id, resource, uuid, ...end });
    else if (judged === null) ends.ended.push({ id, outcome: 'failed', resource, uuid });
    else ends.undecided.push(id);
  }
  return ends;
}

interface PayloadEnd {
  /** The payload over what is stored, or was read; null if it is not stored. */
  row: MirrorRow | null;
  end: 'applied' | 'superseded' | null;
}

/** null: the content defeats us (nested beyond measure). */
function judgedWith(
  { resource, events }: HintedObject,
  known: Known,
  read: ReadResult | null,
): (Judgement & PayloadEnd) | null {
  const hints = events.map(({ hint }) => hint);
  try {
    const judgement = judge(hints, known, hintedTable(resource));
    return { ...judgement, ...payloadEnd(resource, judgement, known, read) };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** What becomes of the newest payload, if there is one. */
function payloadEnd(
  resource: HintedName,
  { payload, atOnce }: Judgement,
  { stored }: Known,
  read: ReadResult | null,
): PayloadEnd {
  if (payload === null || read?.state === 'gone') return { row: null, end: null };
  if (read?.state === 'there') {
    const { updated_at, created_at } = read.read.value;
    const time = asTimestamp(updated_at ?? created_at);
    const isNewer = time !== null && payload.at > microseconds(time);
    const row = isNewer ? rowOver(resource, payload.object, read.read.raw) : null;
    return { row, end: row === null ? 'superseded' : 'applied' };
  }
  const row = atOnce ? rowOver(resource, payload.object, stored?.raw ?? {}) : null;
  return { row, end: row === null ? null : 'applied' };
}

function rowOver(resource: HintedName, payload: JsonObject, raw: JsonObject): MirrorRow | null {
  return hintedRow(resource, mergedOver(payload, raw, hintedTable(resource)));
}

/**
 * @param payload what became of the newest payload of its object; null: nothing yet
 * @param read what reading the object came to; null: it was not read yet
 * @param isStranger whether its uuid may be that of something else, and nothing is stored under it
 * @returns null: the object has to be read first
 */
export function endOf(
  verdict: Verdict,
  payload: 'applied' | 'superseded' | null,
  read: ReadResult | null,
  isStranger: boolean,
): EventOutcome | Later | null {
  if (verdict !== 'apply' && verdict !== 'read') return verdict;
  if (verdict === 'apply' && payload !== null && read?.state !== 'gone') return payload;
  switch (read?.state) {
    case undefined:
      return null;
    case 'there':
      return 'read';
    case 'gone':
    case 'hidden':
      return read.state;
    case 'missing':
      // What nobody has seen yet may be the uuid of something else.
      return isStranger
        ? 'unknown'
        : { error: 'NOT_FOUND: it cannot be found, and nobody said that it was deleted', ends: 'missing' };
    case 'failed':
      return { error: read.error, ends: read.silent ? null : 'failed' };
  }
}
