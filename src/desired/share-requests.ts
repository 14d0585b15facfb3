/** Share requests, taken apart into a row for each of their reviewers: those are what is carried to Spark Hire. */
import type { Transaction } from '../db/database.js';
import { atsTables } from '../db/objects/ats-tables.js';
import { enqueue } from '../ledger/queue.js';
import { noteRead } from '../ledger/rows.js';
import { partsOfShareLinkKey, shareLinkKey } from '../reconcile/kinds/share-keys.js';
import { type AtsShareRequest, contentHash } from './ats-rows.js';
import { emailsForgotten } from './forgotten.js';
import { type JudgedShareRequest, judgeShareLink, judgeShareRequest, shareLinkKeys } from './judge/shares.js';
import type { Known, ReadRow } from './known-row.js';
import { readableColumns, withTooLarge } from './read/readable.js';

interface ReadRequest {
  request: JudgedShareRequest;
  hash: string;
}

async function readRequests(
  tx: Transaction,
  account: string,
  atsIds: readonly string[],
): Promise<Map<string, ReadRequest>> {
  const records = await tx.query<AtsShareRequest & { hash: string }>(
    `select t.ats_id as "atsId",
       ${readableColumns(atsTables.share_requests, 't')}, ${contentHash(atsTables.share_requests, 't')} as hash
     from unnest($2::text[]) as k(ats_id)
     cross join lateral (select * from ats.share_requests
       where account = $1 and ats_id = k.ats_id and deleted_at is null limit 1) t`,
    [account, atsIds],
  );
  const read = withTooLarge(records);
  const emails = read.flatMap(({ reviewers }) => reviewersOf(reviewers).flatMap(emailOf));
  const forgotten = await emailsForgotten(tx, account, emails);
  return new Map(
    read.map(({ hash, ...record }) => {
      const others = reviewersOf(record.reviewers).filter(
        (one) => !emailOf(one).some((email) => forgotten.has(email)),
      );
      const isForgotten = others.length < reviewersOf(record.reviewers).length;
      const named = isForgotten ? { ...record, reviewers: others } : record;
      return [record.atsId, { request: judgeShareRequest(named, isForgotten), hash }];
    }),
  );
}

const reviewersOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function emailOf(reviewer: unknown): string[] {
  const email = (reviewer as { email?: unknown } | null)?.email;
  return typeof email === 'string' ? [email] : [];
}

/** The rows of these keys; of a request that is not there, and of reviewers whom it does not name (any more), none. One statement. */
export async function readShareRows(
  tx: Transaction,
  account: string,
  known: ReadonlyMap<string, Pick<Known, 'arrived'>>,
): Promise<Map<string, ReadRow>> {
  const ids = new Set([...known.keys()].map((key) => partsOfShareLinkKey(key).requestAtsId));
  const requests = await readRequests(tx, account, [...ids]);
  const rows = new Map<string, ReadRow>();
  for (const [key, { arrived }] of known) {
    const read = requests.get(partsOfShareLinkKey(key).requestAtsId);
    if (read === undefined) continue;
    const judged = judgeShareLink(read.request, key);
    if (judged.wanted) rows.set(key, { judged: { ...judged, arrived }, hash: read.hash });
  }
  return rows;
}

const atOnce = 1000;

/**
 * Queues the rows of the requests that are queued, of the reviewers they name now and of those they once named, and
 * puts the requests down as seen.
 */
export async function takeShareRequests(tx: Transaction, account: string): Promise<void> {
  for (;;) {
    const taken = await tx.query<{ ats_id: string; queued_at: Date }>(
      `with taken as (
         delete from sync.desired_queue where account = $1 and resource = 'share_requests' and ats_id in (
           select distinct ats_id from sync.desired_queue
           where account = $1 and resource = 'share_requests' order by ats_id limit ${atOnce})
         returning ats_id, queued_at)
       select ats_id, min(queued_at) as queued_at from taken group by 1 order by 2, 1`,
      [account],
    );
    if (taken.length > 0) await takeApart(tx, account, taken);
    if (taken.length < atOnce) return;
  }
}

async function takeApart(
  tx: Transaction,
  account: string,
  taken: ReadonlyArray<{ ats_id: string; queued_at: Date }>,
): Promise<void> {
  const atsIds = taken.map(({ ats_id: atsId }) => atsId);
  const requests = await readRequests(tx, account, atsIds);
  const before = await tx.query<{ request: string; ats_id: string }>(
    `select k.ats_id as request, d.ats_id from unnest($2::text[]) as k(ats_id)
     join sync.desired_rows d on d.account = $1 and d.resource = 'share_links'
       and regexp_replace(d.ats_id, '/[^/]*$', '') = k.ats_id`,
    [account, atsIds],
  );
  const keysOf = new Map(
    atsIds.map((atsId) => {
      const read = requests.get(atsId);
      return [atsId, new Set(read === undefined ? [] : shareLinkKeys(read.request))] as const;
    }),
  );
  for (const { request, ats_id: key } of before) keysOf.get(request)!.add(key);
  // One that was withdrawn before anybody looked at it has a row to tell so.
  for (const [atsId, keys] of keysOf) if (keys.size === 0) keys.add(shareLinkKey(atsId, ''));
  const rows = taken.flatMap(({ ats_id: atsId, queued_at: at }) =>
    [...keysOf.get(atsId)!].map((key) => ({ key, at })),
  );
  await enqueue(
    tx,
    account,
    `select 'share_links', k.* from unnest($2::text[], $3::timestamptz[]) as k(ats_id, queued_at)`,
    [rows.map(({ key }) => key), rows.map(({ at }) => at)],
    'resource, ats_id, queued_at',
  );
  const read = atsIds.map((atsId) => ({ atsId, hash: requests.get(atsId)?.hash ?? null }));
  await noteRead(
    tx,
    account,
    'share_requests',
    read.map((one) => ({ ...one, isThere: one.hash !== null })),
  );
}
