/**
 * The rows of the ATS that need a look, each with everything its decision needs.
 *
 * These are the rows somebody queued (they changed, or their object did), the rows that are not settled, and the rows
 * about which a person decided something. How many there are altogether does not matter: each source is an index.
 * A chunk is read in one snapshot with a fixed number of statements, in four stages: where its rows stand (`standing`), whose
 * their objects are by now (`readBelonging`), what may be the same (`readKinship`), what they depend on (`surroundings`).
 *
 * In come rows of schema ats and the mirror; out go contexts for reconcile/, read and judged. Besides reading, the room looks after the
 * queue and puts down rows as they came or were read (queue.ts, share-requests.ts, by way of ledger/), and writes the rows of a file
 * (import/). It decides nothing about them, and never asks Spark Hire.
 */

import { type Database, inSnapshot } from '../db/database.js';
import type { PushResource, RowContext, RowHistory, RowItself } from '../reconcile/types.js';
import { keyChunks } from './queue.js';
import { type KnownTwins, kinOf, readBelonging, readKinship } from './read/kin/kinship.js';
import { type ContextOptions, objectOf, type Reading, readStanding, type Standing } from './read/standing.js';
import { readSurroundings, surroundingsOf } from './read/surroundings.js';

/** What recording the decision about a row needs. */
export interface RowRead {
  /** Of the content that was judged; null if schema ats has no such row, or one with `deleted_at`. */
  hash: string | null;
  /** There is no such row, which may be a slip: one with `deleted_at` is gone on purpose. */
  isMissing: boolean;
  /** Entries of sync.desired_queue that are done with once the decision is recorded. */
  queueIds: string[];
  /** How long ago the latest of them was written, in milliseconds; null if there is none. */
  queuedForMs: number | null;
  /** What the row was before; null if it was never judged. */
  state: string | null;
}

export interface ContextChunk {
  /** By ats_id. */
  contexts: RowContext[];
  /** One for each context, by ats_id. */
  read: Map<string, RowRead>;
}

/** In the order of ats_id. What is queued behind the place that was read waits for the next time. */
export async function* loadContexts(
  db: Database,
  account: string,
  resource: PushResource,
  options: ContextOptions,
): AsyncGenerator<ContextChunk, void, undefined> {
  const size = options.chunkSize ?? 1000;
  const twins: KnownTwins = { groups: new Map(), wishes: new Map() };
  for await (const keys of keyChunks(db, account, resource, size, options.atsIds)) {
    yield await inSnapshot(db, (tx) => readChunk({ tx, account, resource, options }, keys, twins));
  }
}

async function readChunk(
  reading: Reading,
  keys: readonly string[],
  twins: KnownTwins,
): Promise<ContextChunk> {
  const standing = await readBelonging(reading, await readStanding(reading, keys));
  const kinship = await readKinship(reading, standing, twins);
  const surroundings = await readSurroundings(reading, standing, kinship);
  return {
    contexts: keys.map((atsId) => ({
      ...itself(reading.resource, standing, atsId),
      ...historyOf(standing, atsId),
      ...kinOf(standing, kinship, atsId),
      ...surroundingsOf(reading, standing, surroundings, atsId),
      ...{ noRoom: null, waitsFor: null, isKeyUser: false },
    })),
    read: new Map(keys.map((atsId) => [atsId, readOf(standing, atsId)])),
  };
}

function isMissing({ known, rows }: Standing, atsId: string): boolean {
  return !rows.has(atsId) && !known.get(atsId)!.isMarked;
}

function readOf(standing: Standing, atsId: string): RowRead {
  const { queueIds, queuedForMs, state } = standing.known.get(atsId)!;
  const hash = standing.rows.get(atsId)?.hash ?? null;
  return { hash, isMissing: isMissing(standing, atsId), queueIds, queuedForMs, state };
}

function itself(resource: PushResource, standing: Standing, atsId: string): RowItself {
  const { link, wasGone } = standing.known.get(atsId)!;
  const row = standing.rows.get(atsId)?.judged ?? null;
  return {
    resource,
    atsId,
    row,
    isMissing: isMissing(standing, atsId),
    wasGone: row !== null && wasGone,
    link,
    observed: objectOf(standing, atsId) ?? null,
  };
}

function historyOf({ known, conflicts, rows }: Standing, atsId: string): RowHistory {
  const { openIntent, edit, queuedAt, arrived, ...book } = known.get(atsId)!;
  const { open = [], answers = [], waitingSince } = conflicts.get(atsId) ?? {};
  // A row that somebody touched since is tried again; one that was and is deleted is the same.
  const refused = book.refusal?.hash === (rows.get(atsId)?.hash ?? null) ? book.refusal : null;
  return {
    openIntent,
    edit,
    openConflicts: open,
    answers,
    refused,
    // Both are microseconds.
    wishedAt: waitingSince ?? (queuedAt ?? arrived) / 1000,
  };
}
