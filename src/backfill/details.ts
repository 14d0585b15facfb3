/**
 * What listings leave out, one GET an object: descriptions, questions, share links. Each row knows whether its
 * details are due, so work that was cut off goes on with the objects that are left.
 */
import type { AccountSession } from '../account-session.js';
import { type Database, query } from '../db/database.js';
import { pendingIn } from '../interview-status.js';
import { linkedAbort } from '../linked-abort.js';
import { inMirrorTransaction, type MirrorTransaction } from '../mirror/store.js';
import { ApiError, type Read } from '../sparkhire/client.js';
import { ObjectFailures } from './failures.js';
import { addCounts, noCounts, type Progress, type ResourceCounts } from './progress.js';
import { type DetailedName, detailedNames, listedResource } from './resources.js';
import { storeSingles } from './singles.js';
import type { Pass } from './sweep/pass.js';

export interface DetailsResult {
  counts: ResourceCounts;
  /** Rows that changed now and had not before in this pass. */
  updated: number;
  questions: ResourceCounts;
  /** Objects this key may not read, or that went away meanwhile. */
  hidden: number;
  /** Objects that could not be read although they are there; they stay due. */
  failures: ObjectFailures;
}

/** What reading details needs to know of its pass. */
export type PassSoFar = Pick<Pass, 'startedAt' | 'done'>;

type Loaded = Read<{ uuid: string }>;

const chunk = 500;
const batch = 25;

/**
 * What is due, as a condition with $1 and $2. While a listing lacks many rows only those it held are asked for:
 * the others would be asked for in vain at every backfill. So would rows that are not listed at all and were
 * asked for by themselves since they changed: the sweep asks for them again in due time.
 */
function dueCondition(name: DetailedName): string {
  return `r.account = $1 and r.details_due and r.deleted_at is null and ($2 or exists (
    select from sync.sweep_seen s where s.account = r.account and s.resource = '${name}' and s.uuid = r.uuid))
    and not exists (select from sync.unlisted u where u.account = r.account and u.resource = '${name}'
      and u.uuid = r.uuid and u.asked_at >= r.mirrored_at)`;
}

export async function countDue(
  session: AccountSession,
  name: DetailedName,
  pass: PassSoFar,
): Promise<number> {
  const [row] = await query<{ due: number }>(
    session.db,
    `select count(*)::int as due from sparkhire.${name} r where ${dueCondition(name)}`,
    [session.account.name, pass.done[name] !== 'partly'],
  );
  return row!.due;
}

/** Whether any details are due. Cheap: due rows have an index of their own. */
export async function hasDue(db: Database, account: string): Promise<boolean> {
  const [row] = await query<{ due: boolean }>(
    db,
    `select ${detailedNames
      .map((name) => `exists (select from sparkhire.${name} r where ${dueCondition(name)})`)
      .join(' or ')} as due`,
    [account, true],
  );
  return row!.due;
}

/**
 * An interview that was made from here and has not changed since: its details are those of the answer to its creation,
 * unless somebody who was told of it changed them in the very second it was made. One more request for each invitation
 * is too much for that.
 */
const isAsItWasMade = `r.updated_at = r.created_at and jsonb_typeof(r.raw -> 'questions') = 'array'
  and r.raw -> 'questions' <> '[]' and exists (select from sync.links l
    where l.account = r.account and l.resource = 'interviews' and l.uuid = r.uuid and l.how = 'created'
      and l.linked_at = r.details_at)`;

/**
 * Makes details due that may have changed without a trace in the listing: timestamps are whole seconds, so an
 * object that was read right after a change may have changed again in the same second (half a minute allows for
 * clocks that differ); and a share link shows parts of interviews, which have changed or gone since.
 * @param settled only those that were read at least half a minute ago: whoever comes by often would read the others
 *   again and again
 */
export async function makeDoubtfulDue(
  session: AccountSession,
  name: DetailedName,
  { settled = false }: { settled?: boolean } = {},
): Promise<void> {
  const shows =
    name === 'share_links'
      ? `or exists (select from sparkhire.interviews i
           where i.account = r.account and i.uuid = any(r.interview_uuids) and i.mirrored_at > r.details_at)`
      : '';
  const certain = name === 'interviews' ? `and (${isAsItWasMade}) is not true` : '';
  await query(
    session.db,
    `update sparkhire.${name} r set details_due = true
     where account = $1 and not details_due and deleted_at is null ${certain}
       and (details_at < coalesce(updated_at, created_at) + interval '30 s' ${shows})
       and (not $2 or details_at < clock_timestamp() - interval '30 s')`,
    [session.account.name, settled],
  );
}

/**
 * Objects that may well change without a trace in their listing: a candidate is at work on the questions, or somebody opens
 * and closes a share link. What an advanced link shows changes likewise.
 */
const changesUnseen: Partial<Record<DetailedName, string>> = {
  interviews: `${pendingIn('status')} or share_url is not null
    or completed_at > clock_timestamp() - interval '30 days'`,
  share_links: 'true',
};

/**
 * Makes details due that are old: a day where a change would leave no trace, a month elsewhere. The oldest first, so that
 * a large account has all of its objects read in turn.
 * @param most objects of each resource; each costs a request
 */
export async function makeOldDue(
  session: AccountSession,
  names: readonly DetailedName[],
  most: number,
): Promise<void> {
  for (const name of names) {
    await query(
      session.db,
      `update sparkhire.${name} set details_due = true
       where account = $1 and uuid = any(array(
         select uuid from sparkhire.${name}
         where account = $1 and not details_due and deleted_at is null
           and (details_at < clock_timestamp() - interval '30 days'
             or (${changesUnseen[name] ?? 'false'}) and details_at < clock_timestamp() - interval '20 hours')
         order by details_at limit $2))`,
      [session.account.name, most],
    );
  }
}

/** Makes every object's details due again: of question sets those that their listing had not told. */
export async function makeAllDue(session: AccountSession, name: DetailedName): Promise<void> {
  await query(
    session.db,
    `update sparkhire.${name} set details_due = true
     where account = $1 and not details_due and deleted_at is null
       ${name === 'question_sets' ? 'and details_at is not null' : ''}`,
    [session.account.name],
  );
}

/** An object whose details are due, and when its row last changed, to the microsecond. */
interface DueObject {
  uuid: string;
  mirroredAt: string;
}

async function* dueObjects(
  session: AccountSession,
  name: DetailedName,
  pass: PassSoFar,
): AsyncGenerator<DueObject> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = await query<DueObject>(
      session.db,
      `select r.uuid, r.mirrored_at::text as "mirroredAt" from sparkhire.${name} r
       where ${dueCondition(name)} and r.uuid > $3 order by r.uuid limit ${chunk}`,
      [session.account.name, pass.done[name] !== 'partly', after],
    );
    yield* rows;
    if (rows.length < chunk) return;
    after = rows.at(-1)!.uuid;
  }
}

export function noDetails(): DetailsResult {
  return {
    counts: noCounts(),
    updated: 0,
    questions: noCounts(),
    hidden: 0,
    failures: new ObjectFailures(),
  };
}

/** Reads and stores what is due, several objects at a time; `result` counts what was done, also if it throws. */
export async function pullDetails(
  session: AccountSession,
  name: DetailedName,
  concurrency: number,
  progress: Progress,
  result: DetailsResult,
  pass: PassSoFar,
): Promise<void> {
  const { client, signal } = session;
  const resource = listedResource(name);
  const due = dueObjects(session, name, pass);
  let loaded: Loaded[] = [];
  let hidden: DueObject[] = [];
  let flushing = Promise.resolve();
  let done = 0;
  const stop = linkedAbort(signal);

  function flush(): Promise<void> {
    const [reads, refused] = [loaded, hidden];
    loaded = [];
    hidden = [];
    flushing = flushing.then(async () => {
      if (refused.length > 0) await leaveHidden(session, name, refused);
      if (reads.length === 0) return;
      const stored = await inMirrorTransaction(session.db, session.account.name, async (tx) => {
        const before = await changedInPass(tx, name, reads, pass);
        const singles = await storeSingles(tx, resource, reads);
        const now = tx.changes.filter((change) => change.resource === name && !before.has(change.uuid));
        return { ...singles, updated: now.length };
      });
      result.updated += stored.updated;
      addCounts(result.counts, stored.counts);
      addCounts(result.questions, stored.questions);
    });
    return flushing;
  }

  async function worker(): Promise<void> {
    for (;;) {
      stop.signal.throwIfAborted();
      const next = await due.next();
      if (next.done) return;
      try {
        const read = await resource.get(client, next.value.uuid, { lane: 'details', signal: stop.signal });
        loaded.push(read);
        result.failures.succeeded();
      } catch (error) {
        if (error instanceof ApiError && (error.code === 'NOT_FOUND' || error.code === 'FORBIDDEN')) {
          result.hidden++;
          hidden.push(next.value);
        } else {
          result.failures.add(error);
        }
      }
      progress.advance(name, 'details', ++done);
      if (loaded.length + hidden.length >= batch) await flush();
    }
  }

  const workers = Array.from({ length: concurrency }, () =>
    worker().catch((error: unknown) => {
      stop.abort(error);
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(workers);
  stop.unlink();
  await flush();
  const broken = outcomes.filter((outcome) => outcome.status === 'rejected').map((o) => o.reason as unknown);
  if (broken.length > 0) throw stop.signal.reason ?? broken[0];
}

/** Who could not be read is not asked for again, until the listing shows a change (or has done so meanwhile). */
async function leaveHidden(
  session: AccountSession,
  name: DetailedName,
  objects: readonly DueObject[],
): Promise<void> {
  await inMirrorTransaction(session.db, session.account.name, (tx) =>
    tx.query(
      `update sparkhire.${name} r set details_due = false, details_at = clock_timestamp()
       from unnest($2::uuid[], $3::timestamptz[]) as h(uuid, mirrored_at)
       where r.account = $1 and r.uuid = h.uuid and r.mirrored_at = h.mirrored_at and r.details_due`,
      [tx.account, objects.map(({ uuid }) => uuid), objects.map(({ mirroredAt }) => mirroredAt)],
    ),
  );
}

/** Which of these rows the pass has changed already: most were created by its listing, and are completed now. */
async function changedInPass(
  tx: MirrorTransaction,
  name: DetailedName,
  reads: readonly Loaded[],
  pass: PassSoFar,
): Promise<Set<string>> {
  const rows = await tx.query<{ uuid: string }>(
    `select uuid from sparkhire.${name} where account = $1 and uuid = any($2::uuid[]) and mirrored_at >= $3`,
    [tx.account, reads.map((read) => read.value.uuid), pass.startedAt],
  );
  return new Set(rows.map(({ uuid }) => uuid));
}
