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
import { asTimestamp, type JsonObject } from '../sparkhire/fields.js';
import { type Hint, type HintedName, microseconds, parseHint } from './event.js';
import { hintedResource, hintedRow, hintedTable, type ReadResult, readObject } from './hinted-objects.js';
import { type Judgement, judge, type Known, mergedOver } from './judge.js';
import { type EventOutcome, endOf, eventOutcomes } from './outcomes.js';
import {
  type EndedEvent,
  endEvents,
  findMirrored,
  loadAgain,
  loadDue,
  loadKnown,
  objectKey,
  type PostponedEvent,
  postpone,
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

interface HintedEvent {
  id: string;
  hint: Hint;
}

interface HintedObject {
  resource: HintedName;
  uuid: string;
  events: HintedEvent[];
}

/** An object that is to be read, with the events that wait for it. */
interface Doubt {
  resource: HintedName;
  uuid: string;
  ids: string[];
}

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
  const ended: EndedEvent[] = [];
  const objects = await objectsOf(run, events, ended);
  const doubts: Doubt[] = [];
  const settled = await inMirrorTransaction(db, account.name, async (tx) => {
    const known = await loadKnown(tx, account.name, objects);
    const rows: Record<HintedName, MirrorRow[]> = { jobs: [], interviews: [] };
    for (const object of objects) {
      const { resource, uuid } = object;
      const ends = (id: string, outcome: EventOutcome) => ended.push({ id, outcome, resource, uuid });
      const key = objectKey(resource, uuid);
      // An object about to be read is not created by a payload meanwhile: it may turn out to be gone.
      const judgement = judged(object, known.get(key), run.doubts.has(key));
      if (judgement === null) {
        for (const { id } of object.events) ends(id, 'failed');
        continue;
      }
      const row = judgement.atOnce ? judgement.row : null;
      if (row !== null) rows[resource].push(row);
      const doubt: Doubt = { resource, uuid, ids: [] };
      for (const [index, { id }] of object.events.entries()) {
        const end = endOf(judgement.verdicts[index]!, row === null ? null : 'applied', null, false);
        if (typeof end === 'string') ends(id, end);
        else doubt.ids.push(id);
      }
      if (doubt.ids.length > 0 || (row !== null && judgement.partial)) doubts.push(doubt);
    }
    for (const name of ['jobs', 'interviews'] as const)
      await storeRows(tx, name, rows[name], { mergeAll: true });
    await endEvents(tx, ended, tx.forgotten);
    return countsOf(tx, ended);
  });
  addTo(run.result, settled);
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
  ended: EndedEvent[],
): Promise<HintedObject[]> {
  const { db, account } = run.session;
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
  return [...objects.values()];
}

interface Judged extends Judgement {
  /** The newest payload over what is stored. */
  row: MirrorRow | null;
}

/** null: the content defeats us (nested beyond measure). */
function judged(object: HintedObject, known: Known | undefined, doubted = false): Judged | null {
  const table = hintedTable(object.resource);
  const hints = object.events.map(({ hint }) => hint);
  const facts: Known = known ?? { stored: null, gone: false };
  try {
    const judgement = judge(hints, { ...facts, gone: facts.gone || doubted }, table);
    const { payload } = judgement;
    return {
      ...judgement,
      row: payload && rowOver(object.resource, payload.object, facts.stored?.raw ?? {}),
    };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function rowOver(resource: HintedName, payload: JsonObject, raw: JsonObject): MirrorRow | null {
  return hintedRow(resource, mergedOver(payload, raw, hintedTable(resource)));
}

/** Reads some of the objects in doubt and settles the events that wait for them. */
async function readSome(run: Run): Promise<void> {
  const { db, account, client, signal } = run.session;
  const chunk = [...run.doubts].slice(0, run.readsAtOnce);
  const reads = new Map<string, ReadResult>();
  await Promise.all(
    chunk.map(async ([key, { resource, uuid }]) => {
      reads.set(key, await readObject(client, resource, uuid, signal));
    }),
  );
  const ids = chunk.flatMap(([, doubt]) => doubt.ids);
  const ended: EndedEvent[] = [];
  const objects = await objectsOf(run, await loadAgain(db, account.name, ids), ended);
  const byKey = new Map(objects.map((object) => [objectKey(object.resource, object.uuid), object]));
  for (const [key] of chunk) run.doubts.delete(key);
  const postponed: PostponedEvent[] = [];
  // Where nothing can be read, the rest is not tried in vain.
  if (chunk.every(([key]) => isSilent(reads.get(key)!))) {
    const [first] = reads.values();
    const error = first?.state === 'failed' ? first.error : '';
    for (const { resource, uuid, ids: waiting } of run.doubts.values()) {
      for (const id of waiting) postponed.push({ id, resource, uuid, error, ends: null });
    }
    run.doubts.clear();
  }
  const settled = await inMirrorTransaction(db, account.name, async (tx) => {
    const known = await loadKnown(
      tx,
      account.name,
      chunk.map(([, doubt]) => doubt),
    );
    const rows: Record<HintedName, MirrorRow[]> = { jobs: [], interviews: [] };
    for (const name of ['jobs', 'interviews'] as const) {
      const of = chunk.filter(([, doubt]) => doubt.resource === name);
      const objects = of.map(([key, doubt]) => byKey.get(key) ?? { ...doubt, events: [] });
      for (const object of objects) {
        const key = objectKey(name, object.uuid);
        reads.set(key, believed(object, known.get(key), reads.get(key)!));
      }
      await storeReads(tx, name, of, reads);
      for (const object of objects) {
        const key = objectKey(name, object.uuid);
        rows[name].push(...settle(object, known.get(key), reads.get(key)!, ended, postponed));
      }
      await storeRows(tx, name, rows[name]);
    }
    await endEvents(tx, ended, tx.forgotten);
    const givenUp = await postpone(tx, postponed);
    return { ...countsOf(tx, ended), postponed: postponed.length - givenUp.length, givenUp };
  });
  addTo(run.result, settled);
  run.result.postponed += settled.postponed;
  for (const outcome of settled.givenUp) run.result.outcomes[outcome]++;
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

function isSilent(read: ReadResult): boolean {
  return read.state === 'failed' && read.silent;
}

async function storeReads(
  tx: MirrorTransaction,
  name: HintedName,
  chunk: ReadonlyArray<readonly [string, Doubt]>,
  reads: ReadonlyMap<string, ReadResult>,
): Promise<void> {
  const there = chunk.flatMap(([key]) => {
    const read = reads.get(key)!;
    return read.state === 'there' ? [read.read] : [];
  });
  if (there.length > 0) await storeSingles(tx, hintedResource(name), there);
  const gone = chunk.filter(([key]) => reads.get(key)!.state === 'gone').map(([, { uuid }]) => uuid);
  if (gone.length > 0) await markGone(tx, name, gone);
}

/** Ends or postpones an object's events by what reading it came to. @returns a payload that is newer still */
function settle(
  object: HintedObject,
  known: Known | undefined,
  read: ReadResult,
  ended: EndedEvent[],
  postponed: PostponedEvent[],
): MirrorRow[] {
  const { resource, uuid } = object;
  const judgement = judged(object, known);
  const rows: MirrorRow[] = [];
  let payloadEnds: 'applied' | 'superseded' | null = judgement?.atOnce ? 'applied' : null;
  if (judgement?.payload && read.state === 'there') {
    const { updated_at, created_at } = read.read.value;
    const time = asTimestamp(updated_at ?? created_at);
    const newer = time !== null && judgement.payload.at > microseconds(time);
    const row = newer ? rowOver(resource, judgement.payload.object, read.read.raw) : null;
    if (row !== null) rows.push(row);
    payloadEnds = row === null ? 'superseded' : 'applied';
  } else if (judgement?.row && judgement.atOnce && read.state !== 'gone') {
    rows.push(judgement.row);
  }
  for (const [index, { id, hint }] of object.events.entries()) {
    const verdict = judgement?.verdicts[index] ?? 'read';
    const end = endOf(verdict, payloadEnds, read, hint.guessed && known?.stored == null)!;
    if (typeof end === 'string') ended.push({ id, outcome: end, resource, uuid });
    else postponed.push({ id, resource, uuid, ...end });
  }
  return rows;
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
