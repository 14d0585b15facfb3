/** Jobs and interviews as webhooks tell of them: how each is read, and how a payload becomes a row. */
import { type ListedResource, listedResource } from '../backfill/resources.js';
import { readSingle } from '../backfill/singles.js';
import { type MirrorRow, type MirrorTable, mirrorTables } from '../mirror/tables.js';
import type { Client, Read } from '../sparkhire/client.js';
import type { JsonObject } from '../sparkhire/fields.js';
import { readRow } from '../sparkhire/reading.js';
import { interviewSchema } from '../sparkhire/resources/interviews.js';
import { jobSchema } from '../sparkhire/resources/jobs.js';
import type { HintedName } from './hint.js';

type Loaded = Read<{ uuid: string; updated_at?: string | null; created_at?: string | null }>;

/** What reading an object came to. */
export type ReadResult =
  | { state: 'there'; read: Loaded }
  | { state: 'gone' }
  /** It cannot be found, and nothing else says that it is gone. */
  | { state: 'missing' }
  | { state: 'hidden' }
  /** `silent`: it may well be that nothing can be read just now; else it is this object. */
  | { state: 'failed'; error: string; silent: boolean };

export function hintedResource(name: HintedName): ListedResource<{ uuid: string }> {
  return listedResource(name);
}

export function hintedTable(name: HintedName): MirrorTable {
  return mirrorTables[name];
}

/** A payload, merged with what is stored, as a list item; null if it cannot be read. */
export function hintedRow(name: HintedName, merged: JsonObject): MirrorRow | null {
  const row = readRow<{ uuid: string }>(name === 'jobs' ? jobSchema : interviewSchema, merged);
  return row.ok ? hintedResource(name).row(row, 'list') : null;
}

/** @throws what concerns more than this object and does not pass: a refused key, stopped work, our own database */
export async function readObject(
  client: Client,
  name: HintedName,
  uuid: string,
  signal: AbortSignal,
): Promise<ReadResult> {
  const told = await readSingle<Loaded['value']>(client, hintedResource(name), uuid, {
    lane: 'interactive',
    signal,
  });
  switch (told.state) {
    case 'there':
    case 'gone':
    case 'hidden':
      return told;
    default: {
      const { code, message } = told.error;
      if (code === 'KEY_REFUSED' || code === 'ABORTED') throw told.error;
      return { state: 'failed', error: `${code}: ${message}`, silent: told.state === 'silent' };
    }
  }
}
