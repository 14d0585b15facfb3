/**
 * Orders, placed and taken back. An order is a row of ats.interviews and one of sync.orders, committed together: everything else is
 * done with it as with any row. The same order twice, also at once, is one.
 */
import { randomUUID } from 'node:crypto';
import { isSent } from '../connectors/standing-rows.js';
import { inTransaction, query, type Statements } from '../db/database.js';
import { forgottenOf, nameOf } from '../forgotten/hashes.js';
import { asksForOne, endedIn } from '../interview-status.js';
import { emailProblem } from '../text/email-address.js';
import { addressForm, folded, plainText } from '../text/forms.js';
import { lineProblem } from '../text/lines.js';
import { type Order, OrderRefused, sourceOf } from './order.js';
import { type KnownOrder, type OrdersOf, readOrder } from './store.js';

/**
 * @param again whether an order of the same key is the same one: always, or as long as nothing has become of it yet
 * @param signal nothing is stored once it aborts
 * @returns what is true of it as it is committed
 * @throws OrderRefused
 */
export function placeOrder(
  of: OrdersOf,
  order: Order,
  again: 'always' | 'until_over',
  signal: AbortSignal,
): Promise<KnownOrder> {
  const { account, protocol } = of;
  const placed = async (tx: Statements, atsId: string) => {
    const order = (await readOrder(of, atsId, tx))!;
    signal.throwIfAborted();
    return order;
  };
  return inTransaction(of.db, async (tx) => {
    await tx.query("select pg_advisory_xact_lock(hashtextextended('order ' || $1 || $2 || $3, 0))", [
      account,
      protocol,
      order.key,
    ]);
    const [known] = await tx.query<KnownRow>(
      `select o.ats_id as "atsId", i.job_ats_id as job, i.candidate_name as name, i.candidate_email as email, ${isSent} as "isSent",
         i.ats_id is null or i.desired = 'canceled' or ${endedIn('m.status')}
         or m.deleted_at is not null as "isOver", o.erased_at is not null as "isErased"
       from sync.orders o
       left join ats.interviews i on i.account = o.account and i.ats_id = o.ats_id and i.deleted_at is null
       left join sync.links l on l.account = o.account and l.resource = 'interviews' and l.ats_id = o.ats_id
       left join sparkhire.interviews m on m.account = l.account and m.uuid = l.uuid
       where o.account = $1 and o.protocol = $2 and o.order_key = $3 order by o.ordered_at desc limit 1`,
      [account, protocol, order.key],
    );
    // Of whoever was erased it is a new order, which is refused, unless they may be invited again.
    if (known !== undefined && !known.isErased && (again === 'always' || !known.isOver)) {
      if (!known.isOver && !known.isSent) await mend(tx, of, known, await judged(tx, account, order));
      return placed(tx, known.atsId);
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
    return placed(tx, atsId);
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

/** The row of an order that comes again. */
interface KnownRow {
  atsId: string;
  job: string;
  name: string;
  email: string;
  isSent: boolean;
  isOver: boolean;
  isErased: boolean;
}

/** What was corrected in the ATS before the order came again, as long as nothing has left. */
async function mend(
  tx: Statements,
  { account, protocol }: OrdersOf,
  { atsId, job, ...was }: KnownRow,
  { name, email }: Order['candidate'],
): Promise<void> {
  if (name === was.name && email === was.email) return;
  if (addressForm(email) !== addressForm(was.email)) await refuseInvited(tx, account, job, email);
  await tx.query(
    `update ats.interviews i set candidate_name = $4, candidate_email = $5
     where i.account = $1 and i.ats_id = $2 and i.source = $3 and not ${isSent}`,
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
  const unfit = lineProblem(name);
  if (unfit !== null)
    throw new OrderRefused('invalid', `The candidate's name ${unfit}. Correct it, then order again.`);
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
       and ${asksForOne('i')}
       and (m.uuid is null or m.deleted_at is null and not ${endedIn('m.status')}) limit 1`,
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

/**
 * The invitation is taken back, as by `desired = 'canceled'`.
 * @param atsId null: no order of that name is known
 * @throws OrderRefused also where the candidate has completed it: that is no invitation any more
 */
export async function withdrawOrder(of: OrdersOf, atsId: string | null): Promise<void> {
  const order = atsId === null ? null : await readOrder(of, atsId);
  if (order === null) throw new OrderRefused('unknown_order', 'This interview was not ordered here.');
  if (order.row.isErased)
    throw new OrderRefused(
      'erased',
      'This candidate was erased here, so the interview can only be canceled in Spark Hire.',
    );
  if (order.row.status === 'completed')
    throw new OrderRefused(
      'too_late',
      'The candidate has completed the interview already, so there is nothing to cancel.',
    );
  await query(
    of.db,
    `with taken as (
       update ats.interviews set desired = 'canceled'
       where account = $1 and ats_id = $2 and source = $3 and desired is distinct from 'canceled' returning account, ats_id)
     update sync.orders o set canceled_at = clock_timestamp() from taken where o.account = taken.account and o.ats_id = taken.ats_id`,
    [of.account, order.atsId, sourceOf(of.protocol)],
  );
}
