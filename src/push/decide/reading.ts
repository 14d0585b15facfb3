/** Reading what a plan rests on and ticks do not read: whole listings, and single objects. */
import type { AccountSession } from '../../account-session.js';
import { concernsOne } from '../../backfill/failures.js';
import type { ListedResource, WholeResource } from '../../backfill/resources.js';
import { storeSingles } from '../../backfill/singles.js';
import { storeListed } from '../../backfill/sweep/sweep.js';
import { inMirrorTransaction } from '../../mirror/store.js';
import type { ApiError } from '../../sparkhire/client.js';

const atOnce = 1000;
/** So many that cannot be read are no accident. */
const mostFailures = 3;

/** Reads a listing that comes in one answer into the mirror. One request. @returns whether the mirror has changed by it */
export async function readListing<T extends { uuid: string }>(
  { db, account, client, signal }: AccountSession,
  resource: WholeResource<T>,
): Promise<boolean> {
  const { rows } = await resource.listWhole(client, { lane: 'write', signal });
  return inMirrorTransaction(db, account.name, async (tx) => {
    let hasNews = false;
    for (let from = 0; from < rows.length; from += atOnce) {
      const { stored } = await storeListed(tx, resource, rows.slice(from, from + atOnce));
      hasNews ||= stored.unchanged < stored.read;
    }
    return hasNews;
  });
}

/**
 * Reads single objects into the mirror, a request each. One that cannot be read now keeps no other from its turn; where
 * several cannot, it gives up.
 * @returns those that were not read, and why
 * @throws what concerns more than one object
 */
export async function readSingles<T extends { uuid: string }>(
  { db, account, client, signal }: AccountSession,
  resource: ListedResource<T>,
  uuids: readonly string[],
): Promise<Map<string, ApiError>> {
  const unread = new Map<string, ApiError>();
  for (const [index, uuid] of uuids.entries()) {
    try {
      const read = await resource.get(client, uuid, { lane: 'write', signal });
      await inMirrorTransaction(db, account.name, (tx) => storeSingles(tx, resource, [read]));
    } catch (error) {
      if (signal.aborted || !concernsOne(error)) throw error;
      unread.set(uuid, error);
      if (unread.size < mostFailures) continue;
      for (const rest of uuids.slice(index + 1)) unread.set(rest, error);
      break;
    }
  }
  return unread;
}
