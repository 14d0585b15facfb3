/** What may be ordered, what was, and what the ATS was told of it. */
import { saveCheckpoint } from '../db/checkpoints.js';
import { byThemselves, type Database, query, type Statements } from '../db/database.js';
import type { Package, Protocol, RowState } from './order.js';

export interface OrdersOf {
  db: Database;
  account: string;
  protocol: Protocol;
}

/** @param withJob only those that name a job, for an ATS that names none */
export async function readPackages(
  { db, account }: OrdersOf,
  { withJob }: { withJob: boolean },
): Promise<Package[]> {
  const rows = await query<Package>(
    db,
    `select package as name, job_ats_id is not null as "hasJob" from ats.packages
     where account = $1 and deleted_at is null and (job_ats_id is not null or not $2) order by package`,
    [account, withJob],
  );
  return rows;
}

/** An order, and what has become of its row. */
export interface KnownOrder {
  atsId: string;
  key: string;
  package: string;
  updateUrl: string | null;
  /** What the ATS was told last; null: nothing, or nobody knows whether it took what was sent since. */
  told: string | null;
  /** How often it was not told in vain since. */
  tries: number;
  /** It is to be tried again later, and not before. */
  isPutOff: boolean;
  row: RowState;
}

const columns = `o.ats_id as "atsId", o.order_key as key, o.package, o.update_url as "updateUrl", o.told, o.tries,
  coalesce(o.tell_at > clock_timestamp(), false) as "isPutOff",
  jsonb_build_object('state', s.state, 'status', s.status, 'rating', s.rating, 'watchUrl', s.watch_url, 'shareUrl', s.share_url, 'issues', s.issues,
    'isErased', o.erased_at is not null, 'desired', case when a.deleted_at is null then coalesce(a.desired, case when a.ats_id is not null then 'invited' end) end) as row,
  s.completed_at as "completedAt", s.deadline_at as deadline, coalesce(s.changed_at, o.ordered_at) as "changedAt"`;
const joined = `left join ats.interview_sync s on s.account = o.account and s.ats_id = o.ats_id
  left join ats.interviews a on a.account = o.account and a.ats_id = o.ats_id`;

type Found = Omit<KnownOrder, 'row'> & {
  row: Omit<RowState, 'completedAt' | 'deadline' | 'changedAt'> & { state: string | null };
  completedAt: Date | null;
  deadline: Date | null;
  changedAt: Date;
};

const known = ({ completedAt, deadline, changedAt, row, ...order }: Found): KnownOrder => ({
  ...order,
  row: {
    ...row,
    // Neither a row nor anything that is known of one: it was removed.
    state: row.state ?? 'gone',
    issues: row.issues ?? [],
    rating: row.rating === null ? null : Number(row.rating),
    completedAt,
    deadline,
    changedAt,
  },
});

/** @param on the transaction that placed it, if it is to be read before it is committed @returns null: there is no such order */
export async function readOrder(
  { db, account, protocol }: OrdersOf,
  atsId: string,
  on: Statements = byThemselves(db),
): Promise<KnownOrder | null> {
  const [row] = await on.query<Found>(
    `select ${columns} from sync.orders o ${joined} where o.account = $1 and o.protocol = $2 and o.ats_id = $3`,
    [account, protocol, atsId],
  );
  return row === undefined ? null : known(row);
}

/** By the ATS's own name of it. @returns its row's key; null: there is no such order */
export async function findOrder({ db, account, protocol }: OrdersOf, key: string): Promise<string | null> {
  const [row] = await query<{ atsId: string }>(
    db,
    `select ats_id as "atsId" from sync.orders where account = $1 and protocol = $2 and order_key = $3 order by ordered_at desc limit 1`,
    [account, protocol, key],
  );
  return row?.atsId ?? null;
}

const changes = `sync.row_changes c join sync.orders o on o.account = c.account and o.ats_id = c.ats_id`;

/**
 * Orders whose rows changed since the last look, oldest first. A change is known by its time: no two have the same, and none comes
 * that is older than one that was seen.
 * @returns `upTo`: what the next look goes on from
 */
export async function readChanged(
  { db, account, protocol }: OrdersOf,
  most: number,
): Promise<{ orders: KnownOrder[]; upTo: string }> {
  const [top] = await query<{ at: string }>(
    db,
    "select coalesce(max(changed_at), '-infinity')::text as at from sync.row_changes",
  );
  const rows = await query<Found & { change: string }>(
    db,
    `select ${columns}, o.change from (
       select o.*, c.changed_at::text as change, c.changed_at as nth from ${changes}
       where c.account = $1 and c.resource = 'interviews' and o.protocol = $2 and c.changed_at <= $4::timestamptz
         and c.changed_at > coalesce((select watermark from sync.checkpoints
           where account = $1 and resource = 'orders' and kind = $2), '-infinity')
       order by c.changed_at limit $3) o ${joined} order by o.nth`,
    [account, protocol, most, top!.at],
  );
  return { orders: rows.map(known), upTo: rows.length < most ? top!.at : rows.at(-1)!.change };
}

export async function changesSeen({ db, account, protocol }: OrdersOf, upTo: string): Promise<void> {
  if (upTo === '-infinity') return;
  await saveCheckpoint(byThemselves(db), account, 'orders', protocol, { watermark: upTo, onlyIfNew: true });
}

/** Whatever waits to be told again is due. */
export async function hurryWaiting(db: Database, account: string): Promise<void> {
  await query(
    db,
    'update sync.orders set tell_at = clock_timestamp() where account = $1 and tell_at > clock_timestamp()',
    [account],
  );
}

/** Orders that the ATS could not be told of, and is to be told of now. @returns `nextMs`: when the next one is due; null: none is */
export async function readWaiting(
  { db, account, protocol }: OrdersOf,
  most: number,
): Promise<{ orders: KnownOrder[]; nextMs: number | null }> {
  const rows = await query<Found>(
    db,
    `select ${columns} from (
       select * from sync.orders where account = $1 and protocol = $2 and tell_at <= clock_timestamp()
       order by tell_at limit $3) o ${joined}`,
    [account, protocol, most],
  );
  const [next] = await query<{ ms: number | null }>(
    db,
    `select extract(epoch from min(tell_at) - clock_timestamp())::float8 * 1000 as ms from sync.orders
     where account = $1 and protocol = $2 and tell_at > clock_timestamp()`,
    [account, protocol],
  );
  return { orders: rows.map(known), nextMs: next?.ms ?? null };
}

/** Something else is about to leave: until it is known to be told, nobody knows what the ATS has. */
export async function orderBeingTold(
  { db, account, protocol }: OrdersOf,
  { atsId, told }: KnownOrder,
): Promise<void> {
  if (told === null) return;
  await query(db, 'update sync.orders set told = null where account = $1 and protocol = $2 and ats_id = $3', [
    account,
    protocol,
    atsId,
  ]);
}

/** @param told null: there was nothing to tell */
export async function orderTold(
  { db, account, protocol }: OrdersOf,
  { atsId }: KnownOrder,
  told: string | null,
): Promise<void> {
  await query(
    db,
    `update sync.orders set told = coalesce($4, told), told_at = case when $4::text is null then told_at else clock_timestamp() end,
       tries = 0, tell_at = null, problem = null
     where account = $1 and protocol = $2 and ats_id = $3 and ($4::text is not null or tell_at is not null or problem is not null)`,
    [account, protocol, atsId, told],
  );
}

/** @param againMs null: it is tried again only once something changes */
export async function ordersNotTold(
  { db, account, protocol }: OrdersOf,
  orders: readonly KnownOrder[],
  { problem, tries, againMs }: { problem: string; tries: number; againMs: number | null },
): Promise<void> {
  await query(
    db,
    `update sync.orders set tries = $5, problem = $4, failed_at = clock_timestamp(),
       tell_at = clock_timestamp() + $6 * interval '1 millisecond'
     where account = $1 and protocol = $2 and ats_id = any($3)`,
    [account, protocol, orders.map(({ atsId }) => atsId), problem, tries, againMs],
  );
}
