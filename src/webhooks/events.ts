/**
 * Applies an account's waiting webhook events; done by the account's owner. A payload is a hint: what is newer than
 * the mirror is stored at once, and where there is doubt (judge.ts) the object itself is read. Rows, their changes
 * and the events' outcomes are one transaction; reading happens before it.
 *
 * In come deliveries (receive/) and orders; out go rows of the mirror, hints for connectors/, and calls of orders/.
 * register.ts keeps the webhooks in Spark Hire. A delivery alone deletes nothing.
 */
import type { AccountSession } from '../account-session.js';
import { markGone, storeSingles } from '../backfill/singles.js';
import { inMirrorTransaction, type MirrorTransaction, storeRows } from '../mirror/store.js';
import type { MirrorRow } from '../mirror/tables.js';
import { type HintedName, parseHint } from './hint.js';
import { hintedResource, type ReadResult, readObject } from './hinted-objects.js';
import type { Known } from './judge.js';
import {
  type EndedEvent,
  type EventOutcome,
  endEvents,
  eventOutcomes,
  type HintedEvent,
  type HintedObject,
  type PostponedEvent,
} from './outcomes.js';
import {
  findMirrored,
  loadAgain,
  loadDue,
  loadKnown,
  objectKey,
  postpone,
  recordEnds,
  type WaitingEvent,
} from './waiting-events.js';

export interface ApplyOptions {
  /** Events taken at once; 500 unless given. */
  batchSize?: number;
  /** Objects read at the same time, and stored together; 8 unless given. */
  readsAtOnce?: number;
}

export interface ApplyResult {
  /** Events that are done, by how they ended. */
  outcomes: Record<EventOutcome, number>;
  /** Events left for later, since their object could not be read. */
  postponed: number;
  /** Rows of jobs, interviews and their questions. */
  created: number;
  updated: number;
  deleted: number;
}

/** An object that is to be read, with the events that wait for it. */
interface Doubt {
  resource: HintedName;
  uuid: string;
  ids: string[];
}

const hintedNames = ['jobs', 'interviews'] as const;

interface Run {
  session: AccountSession;
  batchSize: number;
  readsAtOnce: number;
  result: ApplyResult;
  doubts: Map<string, Doubt>;
}

/**
 * Applies what is due, oldest first, until nothing is left.
 * @throws ApiError KEY_REFUSED, SyncError DATABASE_UNREACHABLE, or the reason of the session's signal; what was
 *   not done is still waiting then
 */
export async function applyEvents(session: AccountSession, options: ApplyOptions = {}): Promise<ApplyResult> {
  const outcomes = Object.fromEntries(eventOutcomes.map((name) => [name, 0])) as ApplyResult['outcomes'];
  const run: Run = {
    session,
    batchSize: options.batchSize ?? 500,
    readsAtOnce: options.readsAtOnce ?? 8,
    result: { outcomes, postponed: 0, created: 0, updated: 0, deleted: 0 },
    doubts: new Map(),
  };
  const { db, account, signal } = session;
  let after = '0';
  for (;;) {
    signal.throwIfAborted();
    const events = await loadDue(db, account.name, after, run.batchSize);
    if (events.length > 0) {
      await applyBatch(run, events);
      // Those in doubt still wait: they are not taken again. A number that was drawn early may be committed late.
      after = run.doubts.size > 0 ? events.at(-1)!.id : '0';
    } else if (run.doubts.size > 0) {
      // Payloads that came meanwhile need not wait for all of the reading.
      await readSome(run);
    } else if (after !== '0') {
      after = '0';
    } else {
      return run.result;
    }
  }
}

/** Applies the payloads that can be taken as they are; the others become doubts. */
async function applyBatch(run: Run, events: readonly WaitingEvent[]): Promise<void> {
  const { db, account } = run.session;
  const { objects, ended } = await objectsOf(run, events);
  const doubts: Doubt[] = [];
  const counted = await inMirrorTransaction(db, account.name, async (tx) => {
    const known = await loadKnown(tx, account.name, objects);
    const rows: Record<HintedName, MirrorRow[]> = { jobs: [], interviews: [] };
    for (const object of objects) {
      const { resource, uuid } = object;
      const key = objectKey(resource, uuid);
      const ends = endEvents(object, known.get(key), null, run.doubts.has(key));
      const { row, isPartial, undecided } = ends;
      ended.push(...ends.ended);
      if (row !== null) rows[resource].push(row);
      if (undecided.length > 0 || (row !== null && isPartial))
        doubts.push({ resource, uuid, ids: undecided });
    }
    for (const name of hintedNames) await storeRows(tx, name, rows[name], { mergeAll: true });
    await recordEnds(tx, ended, tx.forgotten);
    return countsOf(tx, ended);
  });
  addTo(run.result, counted);
  for (const doubt of doubts) {
    const key = objectKey(doubt.resource, doubt.uuid);
    const before = run.doubts.get(key)?.ids ?? [];
    run.doubts.set(key, { ...doubt, ids: [...before, ...doubt.ids] });
  }
}

/** What the events are about. Those of which that cannot be told are ended. */
async function objectsOf(
  run: Run,
  events: readonly WaitingEvent[],
): Promise<{ objects: HintedObject[]; ended: EndedEvent[] }> {
  const { db, account } = run.session;
  const ended: EndedEvent[] = [];
  const hints = events.map((event): HintedEvent | null => {
    try {
      const headers = { event: event.event, payloadType: event.payload_type };
      return { id: event.id, hint: parseHint(headers, event.body) };
    } catch (error) {
      const problem = error instanceof SyntaxError ? 'is no JSON' : 'cannot be read';
      ended.push({ id: event.id, outcome: 'failed', resource: null, uuid: null, error: problem });
      return null;
    }
  });
  const strange = hints.flatMap((one) => (one?.hint.kind === 'unknown' ? (one.hint.uuid ?? []) : []));
  const mirrored = await findMirrored(db, account.name, strange);
  const objects = new Map<string, HintedObject>();
  for (const one of hints) {
    if (one === null) continue;
    const { kind, uuid } = one.hint;
    const resource = kind === 'job' ? 'jobs' : kind === 'unknown' ? mirrored.get(uuid ?? '') : 'interviews';
    if (uuid === null || resource === undefined) {
      ended.push({ id: one.id, outcome: 'unknown', resource: null, uuid: null });
      continue;
    }
    const key = objectKey(resource, uuid);
    const object = objects.get(key) ?? { resource, uuid, events: [] };
    object.events.push(one);
    objects.set(key, object);
  }
  return { objects: [...objects.values()], ended };
}

/** Reads some of the objects in doubt and settles the events that wait for them. */
async function readSome(run: Run): Promise<void> {
  const { db, account } = run.session;
  const chunk = [...run.doubts.values()].slice(0, run.readsAtOnce);
  const reads = await readAll(run, chunk);
  const ids = chunk.flatMap((doubt) => doubt.ids);
  const { objects: told, ended } = await objectsOf(run, await loadAgain(db, account.name, ids));
  const byKey = new Map(told.map((object) => [objectKey(object.resource, object.uuid), object]));
  const objects = chunk.map(
    (doubt) => byKey.get(objectKey(doubt.resource, doubt.uuid)) ?? { ...doubt, events: [] },
  );
  for (const { resource, uuid } of chunk) run.doubts.delete(objectKey(resource, uuid));
  const postponed = postponeRest(run, [...reads.values()]);
  const counted = await inMirrorTransaction(db, account.name, async (tx) => {
    const known = await loadKnown(tx, account.name, chunk);
    for (const name of hintedNames) {
      const read = objects
        .filter(({ resource }) => resource === name)
        .map((object) => {
          const key = objectKey(name, object.uuid);
          return { object, known: known.get(key), read: believed(object, known.get(key), reads.get(key)!) };
        });
      await storeReads(tx, name, read);
      const ends = read.map((one) => endEvents(one.object, one.known, one.read, false));
      for (const one of ends) {
        ended.push(...one.ended);
        postponed.push(...one.postponed);
      }
      const newer = ends.flatMap(({ row }) => row ?? []);
      await storeRows(tx, name, newer);
    }
    await recordEnds(tx, ended, tx.forgotten);
    const givenUp = await postpone(tx, postponed);
    return { ...countsOf(tx, ended), postponed: postponed.length - givenUp.length, givenUp };
  });
  addTo(run.result, counted);
  run.result.postponed += counted.postponed;
  for (const outcome of counted.givenUp) run.result.outcomes[outcome]++;
}

async function readAll({ session }: Run, doubts: readonly Doubt[]): Promise<Map<string, ReadResult>> {
  const reads = doubts.map(async ({ resource, uuid }) => {
    const read = await readObject(session.client, resource, uuid, session.signal);
    return [objectKey(resource, uuid), read] as const;
  });
  return new Map(await Promise.all(reads));
}

/** Where nothing can be read, the rest is not tried in vain. */
function postponeRest({ doubts }: Run, reads: readonly ReadResult[]): PostponedEvent[] {
  const [first] = reads;
  if (first?.state !== 'failed' || !reads.every((read) => read.state === 'failed' && read.silent)) return [];
  const rest = [...doubts.values()].flatMap(({ resource, uuid, ids }) =>
    ids.map((id) => ({ id, resource, uuid, error: first.error, ends: null })),
  );
  doubts.clear();
  return rest;
}

/**
 * A webhook may overtake the copy of Spark Hire's data that answers reads: a 404 means that the object is gone only where
 * a deletion was told of, now or before.
 */
function believed({ events }: HintedObject, known: Known | undefined, read: ReadResult): ReadResult {
  if (read.state !== 'gone' || events.some(({ hint }) => hint.deletes)) return read;
  const wasGone = known !== undefined && (known.stored === null ? known.gone : known.stored.deleted);
  return wasGone ? read : { state: 'missing' };
}

async function storeReads(
  tx: MirrorTransaction,
  name: HintedName,
  reads: ReadonlyArray<{ object: HintedObject; read: ReadResult }>,
): Promise<void> {
  const there = reads.flatMap(({ read }) => (read.state === 'there' ? [read.read] : []));
  if (there.length > 0) await storeSingles(tx, hintedResource(name), there);
  const gone = reads.flatMap(({ object, read }) => (read.state === 'gone' ? object.uuid : []));
  if (gone.length > 0) await markGone(tx, name, gone);
}

interface Counted {
  created: number;
  updated: number;
  deleted: number;
  ended: readonly EndedEvent[];
}

function countsOf(tx: MirrorTransaction, ended: readonly EndedEvent[]): Counted {
  const count = (...kinds: string[]) => tx.changes.filter(({ change }) => kinds.includes(change)).length;
  return {
    created: count('created'),
    updated: count('updated', 'restored'),
    deleted: count('deleted'),
    ended,
  };
}

function addTo(result: ApplyResult, { created, updated, deleted, ended }: Counted): void {
  result.created += created;
  result.updated += updated;
  result.deleted += deleted;
  for (const { outcome } of ended) result.outcomes[outcome]++;
}
