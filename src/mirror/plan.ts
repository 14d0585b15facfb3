/** The account's plan: one row, written when it changed. */
import type { Plan, Read } from '../sparkhire/client.js';
import { storableJson } from './encoding.js';
import { planColumns } from './mapping.js';
import { jsonText, type WrittenRow } from './merge-sql.js';
import type { MirrorTransaction, StoreCounts } from './store.js';

const names = [
  'name',
  'job_slots_limit',
  'job_slots_remaining',
  'user_slots_limit',
  'user_slots_remaining',
  'users_paid',
  'features',
  'renews_at',
];

/** @param uuid what names the plan in sync.changes: it has no uuid of its own, the company's stands for it */
export async function storePlan(tx: MirrorTransaction, plan: Read<Plan>, uuid: string): Promise<StoreCounts> {
  const columns = planColumns(plan);
  const record = storableJson({ ...columns, raw: plan.raw });
  const list = names.join(', ');
  const moved = names.map((name) => [name, `s.${name} is distinct from o.${name}`] as const);
  const told = [...moved, ['deleted_at', 'o.deleted_at is not null']] as const;
  const existing = names.map((name) => [name, `s.${name} is not null`] as const);
  const rows = await tx.query<Omit<WrittenRow, 'uuid'>>(
    `with incoming as (select * from jsonb_populate_record(null::sparkhire.plans, $2::jsonb)),
     compared as (
       select case when o.account is null then 'created'
                   when o.deleted_at is not null then 'restored'
                   when ${['raw', ...names].map((name) => `s.${name} is distinct from o.${name}`).join(' or ')}
                     then 'updated' end as change,
         case when o.account is null then '{}' else array_remove(array[${told
           .map(([name, isMoved]) => `case when ${isMoved} then '${name}' end`)
           .join(', ')}], null) end as fields,
         case when o.account is not null then ${jsonText('o', told)} end as before,
         case when o.account is null then ${jsonText('s', existing)} else ${jsonText('s', told)} end as after
       from incoming s left join sparkhire.plans o on o.account = $1
     ),
     written as (
       insert into sparkhire.plans (account, ${list}, raw)
       select $1, ${names.map((name) => `s.${name}`).join(', ')}, s.raw from incoming s, compared c
       where c.change is not null
       on conflict (account) do update set ${[...names, 'raw'].map((n) => `${n} = excluded.${n}`).join(', ')},
         mirrored_at = now(), deleted_at = null
     )
     select change, case when change = 'updated' and fields = '{}' then array['raw'] else fields end as fields,
       before, after
     from compared where change is not null`,
    [tx.account, record],
  );
  for (const row of rows) {
    tx.changes.push({ resource: 'plans', uuid, ...row });
    await noteSold(tx, row.change === 'updated' ? row.fields : names);
  }
  const created = rows.filter(({ change }) => change === 'created').length;
  return {
    read: 1,
    created,
    updated: rows.length - created,
    unchanged: 1 - rows.length,
    quarantined: 0,
  };
}

const seats = ['user_slots_limit', 'user_slots_remaining', 'users_paid'];

/** What is waited for is what the plan sells; its other fields may be others at every reading. */
async function noteSold(tx: MirrorTransaction, changed: readonly string[]): Promise<void> {
  const isSold = changed.some((name) => names.includes(name) && name !== 'renews_at');
  if (!isSold) return;
  await tx.query(
    `insert into sync.accounts as a (account, plan_changed_at, seats_changed_at)
     values ($1, now(), case when $2 then now() end)
     on conflict (account) do update set plan_changed_at = excluded.plan_changed_at,
       seats_changed_at = coalesce(excluded.seats_changed_at, a.seats_changed_at)`,
    [tx.account, changed.some((name) => seats.includes(name))],
  );
}
