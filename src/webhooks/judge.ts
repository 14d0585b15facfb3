/**
 * What becomes of the hints about one object. Pure.
 *
 *   the payload, against what is stored          becomes
 *   -----------------------------------          -------
 *   updated later                                applied (of several the newest, the others are superseded)
 *   updated earlier                              stale
 *   same time, nothing in it that is new         unchanged
 *   same time, other content; no time            the object is read
 *   nothing stored, payload complete             applied, unless the object was found to be gone before
 *   a deletion, a rating, an unknown event       the object is read
 *   any, and the row is marked as deleted        the object is read
 */
import { isDeepStrictEqual } from 'node:util';
import type { MirrorTable } from '../mirror/tables.js';
import { asTimestamp, isObject, type JsonObject } from '../sparkhire/fields.js';
import { type Hint, microseconds } from './hint.js';

/** What is known of the object here. */
export interface Known {
  stored: {
    raw: JsonObject;
    /** Microseconds since the epoch of its last update, or its creation; null if neither is known. */
    at: bigint | null;
    deleted: boolean;
  } | null;
  /** Whether an earlier event found that it does not exist. */
  gone: boolean;
}

export type Verdict = 'apply' | 'superseded' | 'stale' | 'unchanged' | 'read';

export interface Judgement {
  /** For each hint, in their order. */
  verdicts: Verdict[];
  /** The newest payload, if one is to be applied. */
  payload: { object: JsonObject; at: bigint } | null;
  /** Whether the payload may be applied before the object is read. */
  atOnce: boolean;
  /** Whether the payload lacks what the stored object has, so that reading the object tells what became of it. */
  partial: boolean;
}

/** Without these nothing is stored: they are what a row is looked for by. */
const essentials: Partial<Record<MirrorTable['name'], readonly string[]>> = {
  interviews: ['type', 'status', 'assigned_to'],
  jobs: ['title', 'status'],
};

/** @param hints about the same object, in the order they came in */
export function judge(hints: readonly Hint[], known: Known, table: MirrorTable): Judgement {
  const { stored } = known;
  const verdicts = hints.map((hint) => judgeOne(hint, known, table));
  let newest: { index: number; object: JsonObject; at: bigint } | null = null;
  for (const [index, hint] of hints.entries()) {
    if (verdicts[index] !== 'apply') continue;
    const one = { index, object: hint.object!, at: timeOf(hint)! };
    if (newest === null || one.at > newest.at) {
      if (newest !== null) verdicts[newest.index] = 'superseded';
      newest = one;
    } else {
      // Two that claim the same time and differ: neither can be trusted to be the later one.
      const differ = one.at === newest.at && !isDeepStrictEqual(one.object, newest.object);
      verdicts[index] = differ ? 'read' : 'superseded';
    }
  }
  return {
    verdicts,
    payload: newest === null ? null : { object: newest.object, at: newest.at },
    atOnce: stored === null ? !verdicts.includes('read') : !stored.deleted && !hints.some((h) => h.deletes),
    partial: newest !== null && stored !== null && lacksSome(newest.object, stored.raw, table),
  };
}

function judgeOne(hint: Hint, { stored, gone }: Known, table: MirrorTable): Verdict {
  if (!hint.certain || hint.deletes || hint.object === null) return 'read';
  if (hint.kind !== 'interview' && hint.kind !== 'job') return 'read';
  if (stored?.deleted) return 'read';
  const at = timeOf(hint, stored === null);
  if (at === null) return 'read';
  if (stored === null) {
    const { object } = hint;
    const complete = (essentials[table.name] ?? []).every((name) => object[name] != null);
    return complete && !gone ? 'apply' : 'read';
  }
  if (stored.at === null) return 'read';
  if (at !== stored.at) return at > stored.at ? 'apply' : 'stale';
  return isDeepStrictEqual(mergedOver(hint.object, stored.raw, table), stored.raw) ? 'unchanged' : 'read';
}

/** @param orCreated whether the time of its creation will do: nothing is there that could be newer */
function timeOf(hint: Hint, orCreated = true): bigint | null {
  const time = hint.updatedAt ?? (orCreated ? asTimestamp(hint.object?.created_at) : null);
  return time === null ? null : microseconds(time);
}

/** Some servers leave out what became empty again: then a missing key is news that cannot be told from none. */
function lacksSome(payload: JsonObject, raw: JsonObject, table: MirrorTable): boolean {
  return table.listedKeys.some((name) => !(name in payload) && raw[name] != null);
}

/**
 * A payload over the object as stored. It may be any part of the object: what it leaves out stays, also inside
 * of objects it refers to, and what only a single read carries is never blanked.
 */
export function mergedOver(payload: JsonObject, raw: JsonObject, table: MirrorTable): JsonObject {
  const merged = over(payload, raw);
  for (const path of table.detailPaths) {
    const [name, inner] = path.split('.') as [string, string | undefined];
    if (inner === undefined) {
      if (isBlank(merged[name]) && !isBlank(raw[name])) merged[name] = raw[name];
      continue;
    }
    const [part, kept] = [merged[name], raw[name]];
    if (!isObject(part) || !isObject(kept) || part.uuid !== kept.uuid) continue;
    if (isBlank(part[inner]) && !isBlank(kept[inner])) merged[name] = { ...part, [inner]: kept[inner] };
  }
  return merged;
}

function isBlank(value: unknown): boolean {
  return value == null || (Array.isArray(value) && value.length === 0);
}

function over(fresh: JsonObject, kept: JsonObject): JsonObject {
  const merged: JsonObject = { ...kept, ...fresh };
  for (const [name, part] of Object.entries(kept)) {
    const other = fresh[name];
    if (!isObject(part) || !isObject(other)) continue;
    if (part.uuid !== undefined && part.uuid === other.uuid) merged[name] = over(other, part);
  }
  return merged;
}
