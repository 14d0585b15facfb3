/**
 * Orders in the database. An order is a row of ats.interviews and one of sync.orders, committed together: everything else is
 * done with it as with any row. The same order twice, also at once, is one.
 */
import { randomUUID } from 'node:crypto';
import { isSent } from '../connectors/standing-rows.js';
import { type Database, inTransaction, query, type Statements } from '../db/database.js';
import { forgottenOf, nameOf } from '../forgotten/hashes.js';
import { emailProblem } from '../text/email-address.js';
import { addressForm, folded, plainText } from '../text/forms.js';
import { type Order, OrderRefused, type Package, type Protocol, type RowState, sourceOf } from './order.js';

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

/**
 * @param again whether an order of the same key is the same one: always, or as long as nothing has become of it yet
 * @returns the key of its row
 * @throws OrderRefused
 */
export function placeOrder(of: OrdersOf, order: Order, again: 'always' | 'until_over'): Promise<string> {
  const { account, protocol } = of;
  return inTransaction(of.db, async (tx) => {
    await tx.query("select pg_advisory_xact_lock(hashtextextended('order ' || $1 || $2 || $3, 0))", [
      account,
      protocol,
      order.key,
    ]);
    const [known] = await tx.query<{ atsId: string; isOver: boolean }>(
      `select o.ats_id as "atsId", a.ats_id is null or a.desired = 'canceled' or coalesce(m.status in ('completed', 'expired', 'canceled'), false)
         or m.deleted_at is not null as "isOver"
       from sync.orders o
       left join ats.interviews a on a.account = o.account and a.ats_id = o.ats_id and a.deleted_at is null
       left join sync.links l on l.account = o.account and l.resource = 'interviews' and l.ats_id = o.ats_id
       left join sparkhire.interviews m on m.account = l.account and m.uuid = l.uuid
       where o.account = $1 and o.protocol = $2 and o.order_key = $3 order by o.ordered_at desc limit 1`,
      [account, protocol, order.key],
    );
    if (known !== undefined && (again === 'always' || !known.isOver)) {
      if (!known.isOver) await mend(tx, of, known.atsId, await judged(tx, account, order));
      return known.atsId;
    }
    const candidate = await judged(tx, account, order);
    const job = await jobOf(tx, of, order);
    await refuseInvited(tx, account, job, candidate.email);
    const atsId = await freeKey(tx, account, order.atsIds);
    await tx.query(
      `insert into ats.interviews (account, ats_id, source, job_ats_id, candidate_name, candidate_email, package, requested_by_ats_id, extra)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        account,
        atsId,
        sourceOf(protocol),
        job,
        candidate.name,
        candidate.email,
        order.package,
        await whoOrdered(tx, account, order.orderedBy, job),
        JSON.stringify({ order: { protocol, key: order.key, ...order.about } }),
      ],
    );
    await tx.query(
      `insert into sync.orders (account, ats_id, protocol, order_key, package, update_url) values ($1, $2, $3, $4, $5, $6)`,
      [account, atsId, protocol, order.key, order.package, order.updateUrl],
    );
    return atsId;
  });
}

/** The first that no row has, also none that is gone. */
async function freeKey(tx: Statements, account: string, keys: readonly string[]): Promise<string> {
  const taken = await tx.query<{ key: string }>(
    `select k as key from unnest($2::text[]) k
     where exists (select from ats.interviews where account = $1 and ats_id = k)
       or exists (select from sync.orders where account = $1 and ats_id = k)
       or exists (select from sync.desired_rows where account = $1 and resource = 'interviews' and ats_id = k)`,
    [account, keys],
  );
  return keys.find((key) => !taken.some((one) => one.key === key)) ?? `${keys.at(-1)}-${randomUUID()}`;
}

/** What was corrected in the ATS before the order came again, as long as nothing has left. */
async function mend(
  tx: Statements,
  { account, protocol }: OrdersOf,
  atsId: string,
  { name, email }: Order['candidate'],
): Promise<void> {
  await tx.query(
    `update ats.interviews i set candidate_name = $4, candidate_email = $5
     where i.account = $1 and i.ats_id = $2 and i.source = $3 and (i.candidate_name, i.candidate_email) is distinct from ($4, $5)
       and not ${isSent}`,
    [account, atsId, sourceOf(protocol), name, email],
  );
}

async function judged(tx: Statements, account: string, { candidate }: Order): Promise<Order['candidate']> {
  const name = plainText(candidate.name);
  const email = plainText(candidate.email);
  if (email === '')
    throw new OrderRefused('invalid', 'The candidate has no e-mail address: add one, then order again.');
  const problem = emailProblem(email);
  if (problem !== null)
    throw new OrderRefused(
      'invalid',
      `The candidate's e-mail address ${problem}. Correct it, then order again.`,
    );
  if (name === '') throw new OrderRefused('invalid', 'The candidate has no name: add one, then order again.');
  const identity = { kind: 'email', value: email } as const;
  const erased = await (await forgottenOf(tx, account))?.find([identity]);
  if (erased?.has(nameOf(identity)))
    throw new OrderRefused('erased', 'This person asked to be erased, so no invitation is sent to them.');
  return { name, email };
}

/** The package's job, else the one that has the title of the order's, else one that is made for it. */
async function jobOf(tx: Statements, of: OrdersOf, order: Order): Promise<string> {
  const { account, protocol } = of;
  const [found] = await tx.query<{ job: string | null }>(
    'select job_ats_id as job from ats.packages where account = $1 and package = $2 and deleted_at is null',
    [account, order.package],
  );
  if (found === undefined)
    throw new OrderRefused(
      'unknown_package',
      `There is no interview package ${JSON.stringify(order.package)} any more: choose another one.`,
    );
  if (found.job !== null) return found.job;
  if (order.job === null || plainText(order.job.title) === '')
    throw new OrderRefused(
      'no_job',
      `The interview package ${JSON.stringify(order.package)} does not say for which job it is: set its job_ats_id in ats.packages.`,
    );
  const { id, title } = order.job;
  const jobs = await tx.query<{ id: string; title: string | null; source: string | null; isOpen: boolean }>(
    `select ats_id as id, title, source, lower(btrim(status)) is distinct from 'closed' as "isOpen" from ats.jobs
     where account = $1 and deleted_at is null`,
    [account],
  );
  const isAlike = (one: { title: string | null }) =>
    one.title !== null && folded(one.title) === folded(title);
  // The ATS's own id of the job, whoever wrote the row: a connector, a loader, or an order before.
  const own = jobs.find((one) => one.id === id);
  if (own !== undefined && (own.source !== null || isAlike(own) || id.length >= 8)) return own.id;
  if (own !== undefined)
    throw new OrderRefused(
      'no_job',
      `Job ${id} of the ATS is called ${JSON.stringify(title)}, and row ${id} of ats.jobs otherwise: set job_ats_id of the package in ats.packages.`,
    );
  const alike = jobs.filter((one) => one.isOpen && isAlike(one));
  if (alike.length === 1) return alike[0]!.id;
  await tx.query(
    `insert into ats.jobs (account, ats_id, source, title, description, status, work_mode)
     values ($1, $2, $3, $4, $4, 'open', 'remote') on conflict (account, ats_id) do nothing`,
    // As the connector of that ATS would write it, which keeps it from then on.
    [account, id, protocol, plainText(title)],
  );
  return id;
}

/**
 * Nobody is invited to a job twice at a time. An order that waited for the end of another row would be sent days later, when nobody
 * expects it: so it is refused at once, and may be placed again then.
 */
async function refuseInvited(tx: Statements, account: string, job: string, email: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtextextended('order for ' || $1 || ' ' || $2, 0))", [
    account,
    addressForm(email),
  ]);
  const [row] = await tx.query<{ id: string }>(
    `select i.ats_id as id from ats.interviews i
     left join sync.links l on l.account = i.account and l.resource = 'interviews' and l.ats_id = i.ats_id
     left join sparkhire.interviews m on m.account = l.account and m.uuid = l.uuid
     left join sync.desired_rows d on d.account = i.account and d.resource = 'interviews' and d.ats_id = i.ats_id
     where i.account = $1 and coalesce(d.state, 'pending') not in ('rejected', 'gone') and "left"(i.job_ats_id, 200) = "left"($2, 200) and i.job_ats_id = $2
       and sync.likeness(i.candidate_email) = sync.likeness($3)
       and i.deleted_at is null and lower(btrim(i.desired)) is distinct from 'canceled'
       and (m.uuid is null or m.deleted_at is null and m.status not in ('completed', 'expired', 'canceled')) limit 1`,
    [account, job, email],
  );
  if (row !== undefined)
    throw new OrderRefused(
      'invited',
      `This person is invited to an interview for this job already (${row.id}). Order again once that one has ended.`,
    );
}

/** Only who has a key here, and sees the job in Spark Hire: as an administrator, or as its owner. */
async function whoOrdered(
  tx: Statements,
  account: string,
  email: string | null,
  job: string,
): Promise<string | null> {
  if (email === null) return null;
  const [user] = await tx.query<{ id: string }>(
    `select u.ats_id as id from ats.users u
     join sparkhire.users m on m.account = u.account and lower(m.email) = lower(btrim(u.email)) and m.deleted_at is null
     join sync.user_keys k on k.account = m.account and k.user_uuid = m.uuid and k.state = 'usable'
     where u.account = $1 and u.deleted_at is null and lower(btrim(u.email)) = lower($2)
       and (lower(m.role) = 'administrator' or u.ats_id = (select owner_ats_id from ats.jobs where account = $1 and ats_id = $3))
     limit 1`,
    [account, email.trim(), job],
  );
  return user?.id ?? null;
}

/** An order, and what has become of its row. */
export interface KnownOrder {
  atsId: string;
  key: string;
  package: string;
  updateUrl: string | null;
  /** What the ATS was told last; null: nothing. */
  told: string | null;
  /** How often it was not told in vain since. */
  tries: number;
  row: RowState;
}

const columns = `o.ats_id as "atsId", o.order_key as key, o.package, o.update_url as "updateUrl", o.told, o.tries,
  jsonb_build_object('state', s.state, 'status', s.status, 'rating', s.rating, 'watchUrl', s.watch_url, 'shareUrl', s.share_url, 'issues', s.issues,
    'desired', case when a.deleted_at is null then coalesce(a.desired, case when a.ats_id is not null then 'invited' end) end) as row,
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

/** @returns null: there is no such order */
export async function readOrder(
  { db, account, protocol }: OrdersOf,
  atsId: string,
): Promise<KnownOrder | null> {
  const [row] = await query<Found>(
    db,
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

/** The invitation is taken back, as by `desired = 'canceled'`. What is over already stays as it is. */
export async function withdrawOrder({ db, account, protocol }: OrdersOf, atsId: string): Promise<void> {
  await query(
    db,
    `update ats.interviews set desired = 'canceled'
     where account = $1 and ats_id = $2 and source = $3 and desired is distinct from 'canceled'`,
    [account, atsId, sourceOf(protocol)],
  );
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
  await query(
    db,
    `insert into sync.checkpoints as c (account, resource, kind, watermark, updated_at) values ($1, 'orders', $2, $3, now())
     on conflict (account, resource, kind) do update set watermark = excluded.watermark, updated_at = excluded.updated_at
     where c.watermark is distinct from excluded.watermark`,
    [account, protocol, upTo],
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
    `select greatest(0, extract(epoch from min(tell_at) - clock_timestamp()))::float8 * 1000 as ms from sync.orders
     where account = $1 and protocol = $2 and tell_at > clock_timestamp()`,
    [account, protocol],
  );
  return { orders: rows.map(known), nextMs: next?.ms ?? null };
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
export async function orderNotTold(
  { db, account, protocol }: OrdersOf,
  { atsId }: KnownOrder,
  problem: string,
  againMs: number | null,
): Promise<void> {
  await query(
    db,
    `update sync.orders set tries = case when $5::float8 is null then 0 else tries + 1 end, problem = $4, failed_at = clock_timestamp(),
       tell_at = clock_timestamp() + $5 * interval '1 millisecond'
     where account = $1 and protocol = $2 and ats_id = $3`,
    [account, protocol, atsId, problem, againMs],
  );
}
