/** A batch of rows into its table of schema ats. */
import type { Transaction } from '../../db/database.js';
import type { AtsTable } from '../../db/objects/ats-tables.js';
import type { Batch } from './batches.js';

export interface Written {
  created: number;
  updated: number;
  /** Neither written nor there as they came: a trigger of somebody else dropped them, or has them under other keys. */
  dropped: number;
}

/** Whether a trigger is asked about each row before it is written: this program has none such. */
export async function isFiltered(tx: Transaction, { name }: AtsTable): Promise<boolean> {
  const [table] = await tx.query<{ filtered: boolean }>(
    `select exists (select from pg_trigger where tgrelid = to_regclass('ats.${name}') and not tgisinternal
       and tgtype & 3 = 3 and tgenabled <> 'D') as filtered`,
  );
  return table!.filtered;
}

/** Inserts what is new and changes what differs. A row that is the same already is not touched. */
export async function writeBatch(
  tx: Transaction,
  account: string,
  table: AtsTable,
  { columns, rows, json }: Batch,
  mayBeFiltered: boolean,
): Promise<Written> {
  const types = new Map<string, string>([[table.key, 'text'], ...table.columns]);
  const others = columns.filter((column) => column !== table.key);
  const list = (names: readonly string[], prefix = '') => names.map((name) => `${prefix}${name}`).join(', ');
  const given = `json_to_recordset($2::json) as r(${columns.map((column) => `${column} ${types.get(column)}`).join(', ')})`;
  const conflict =
    others.length === 0
      ? 'do nothing'
      : `do update set ${others.map((name) => `${name} = excluded.${name}`).join(', ')}
         where (${list(others, 't.')}) is distinct from (${list(others, 'excluded.')})`;
  const [written] = await tx.query<{ created: number; updated: number; keys: string[] | null }>(
    `with written as (
       insert into ats.${table.name} as t (account, ${list(columns)})
       select $1, ${list(columns)} from ${given}
       on conflict (account, ${table.key}) ${conflict}
       returning xmax = 0 as created, ${table.key} as key)
     select count(*) filter (where created)::int as created, count(*) filter (where not created)::int as updated
       ${mayBeFiltered ? ', array_agg(key) as keys' : ''}
     from written`,
    [account, json],
  );
  const { created, updated, keys } = written!;
  if (!mayBeFiltered || created + updated === rows) return { created, updated, dropped: 0 };
  const same =
    others.length === 0 ? '' : `and (${list(others, 't.')}) is not distinct from (${list(others, 'r.')})`;
  const [left] = await tx.query<{ dropped: number }>(
    `select count(*)::int as dropped from ${given}
     where not r.${table.key} = any($3) and not exists (select from ats.${table.name} t
       where t.account = $1 and t.${table.key} = r.${table.key} ${same})`,
    [account, json, keys ?? []],
  );
  return { created, updated, dropped: left!.dropped };
}
