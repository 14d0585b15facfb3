/** The checks of ATSs that order interviews themselves: of `doctor`. */
import type { AccountSession } from '../../account-session.js';
import { query } from '../../db/database.js';
import { type Protocol, protocols } from '../../orders/order.js';
import { type Check, checksOf } from './check.js';

const titles: Record<Protocol, string> = {
  greenhouse: 'Greenhouse',
  teamtailor: 'Teamtailor',
  ashby: 'Ashby',
};

/** None where no ATS may order. */
export async function checkOrders({ account, db }: AccountSession): Promise<Check[]> {
  const { partner, name } = account;
  if (partner === undefined) return [];
  const { passed, warned } = checksOf(name);
  const on = protocols.filter((protocol) => partner[protocol] !== null);
  const [packages] = await query<{ all: number; withJob: number }>(
    db,
    `select count(*)::int as all, count(job_ats_id)::int as "withJob" from ats.packages where account = $1 and deleted_at is null`,
    [name],
  );
  const untold = await query<{ protocol: Protocol; orders: number; problem: string }>(
    db,
    `select protocol, count(*)::int as orders, (array_agg(problem order by ordered_at desc))[1] as problem from sync.orders
     where account = $1 and problem is not null
     group by protocol order by protocol`,
    [name],
  );
  const { all, withJob } = packages!;
  const shownTo = (protocol: Protocol) => (protocol === 'greenhouse' ? withJob : all);
  const nothing = on.filter((protocol) => shownTo(protocol) === 0);
  const checks = [
    ...nothing.map((protocol) =>
      warned(
        'orders',
        `${titles[protocol]} is shown no package to order`,
        protocol === 'greenhouse'
          ? 'Write packages into ats.packages, with the job they are for (job_ats_id): Greenhouse names none.'
          : 'Write packages into ats.packages.',
      ),
    ),
    ...untold.map(({ protocol, orders, problem }) =>
      warned(
        'orders',
        `${titles[protocol]} was not told what has become of ${orders === 1 ? 'an order' : `${orders} orders`}: ${problem}`,
        `Mend what it says; docs/orders.md tells what is tried again. sync.orders has each of them.`,
      ),
    ),
  ];
  if (checks.length > 0) return checks;
  const shown = on.map((protocol) => {
    const many = shownTo(protocol);
    return `${titles[protocol]}: ${many} ${many === 1 ? 'package' : 'packages'} to order`;
  });
  return [passed('orders', `${shown.join(', ')}; every order's state was told`)];
}
