/** Question sets that rows name: asked for anew before a row is held because its set is not known. */
import type { AccountSession } from '../../account-session.js';
import { concernsOne } from '../../backfill/failures.js';
import { wholeResources } from '../../backfill/resources.js';
import { query } from '../../db/database.js';
import type { Decision } from '../../reconcile/types.js';
import type { Limiter } from '../../sparkhire/client.js';
import { readListing, readSingles } from './reading.js';

interface Asked {
  /** Monotonic, in milliseconds. */
  at: number;
  succeeded: boolean;
}

const pauseMs = 60_000;
/** Sets that are read by themselves at a time. */
const mostSingles = 100;
/** By the limiter, which lives as long as the account is owned. */
const lastAsked = new WeakMap<Limiter, Asked>();

/** Whether what the mirror does not have counts as not there: not where Spark Hire would not tell its sets. */
export function setsAreTold({ limiter }: AccountSession): boolean {
  return lastAsked.get(limiter)?.succeeded !== false;
}

/**
 * Reads the sets if rows wait for one that is not known, or not its questions, once a minute at most.
 * @returns whether the rows are to be decided again
 */
export async function askForSets(session: AccountSession, decisions: readonly Decision[]): Promise<boolean> {
  const { limiter, signal } = session;
  const last = lastAsked.get(limiter);
  // Where they could not be read no row waits for one: then it is time that tells when to ask again.
  const isWanted = last?.succeeded === false || decisions.some(({ missesSet }) => missesSet);
  if (!isWanted || (last !== undefined && performance.now() - last.at < pauseMs)) return false;
  let succeeded = true;
  try {
    await readListing(session, wholeResources.question_sets);
    await readUntold(session);
  } catch (error) {
    if (signal.aborted || !concernsOne(error)) throw error;
    session.log.info(
      { event: 'question_sets_unreadable', code: error.code },
      `question sets cannot be read, so Spark Hire judges the ones that rows name: ${error.message}`,
    );
    succeeded = false;
  }
  lastAsked.set(limiter, { at: performance.now(), succeeded });
  return true;
}

/** Sets whose questions the listing left out. */
async function readUntold(session: AccountSession): Promise<void> {
  const due = await query<{ uuid: string }>(
    session.db,
    `select uuid from sparkhire.question_sets where account = $1 and details_due and deleted_at is null
     order by uuid limit $2`,
    [session.account.name, mostSingles],
  );
  const uuids = due.map(({ uuid }) => uuid);
  await readSingles(session, wholeResources.question_sets, uuids);
}
