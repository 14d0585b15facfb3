/** What the roles of readers and of the ATS may do outside of the tables of schema ats, and which of it they lack. */
import type { Ask } from './ats-objects.js';

const schemas = `(values ('sparkhire_reader', 'sparkhire'), ('sparkhire_reader', 'sync'), ('sparkhire_reader', 'ats'),
  ('sparkhire_ats_writer', 'ats')) w (role, schema)`;

/** SQL: whether a role lacks a whole schema: somebody made it after the migration, which was not allowed to. */
export const rolesLackRights = `exists (select from ${schemas} join pg_roles r on r.rolname = w.role
  join pg_namespace n on n.nspname = w.schema
  where pg_has_role(n.nspowner, 'usage') and not has_schema_privilege(r.oid, n.oid, 'usage'))`;

export interface LackingRole {
  role: string;
  /** To follow "may not": `use schema ats`, `read sync.conflicts`. */
  lacks: string[];
}

/** @param own whether only what the database user can give counts */
export async function rolesThatLack(ask: Ask, own: boolean): Promise<LackingRole[]> {
  const mine = (owner: string) => (own ? `pg_has_role(${owner}, 'usage')` : 'true');
  return ask<LackingRole>(
    `select role, array_agg(what order by what) as lacks from (
       select w.role, 'use schema ' || w.schema as what from ${schemas} join pg_roles r on r.rolname = w.role
       join pg_namespace n on n.nspname = w.schema
       where ${mine('n.nspowner')} and not has_schema_privilege(r.oid, n.oid, 'usage')
       union all
       select r.rolname, 'read ' || n.nspname || '.' || c.relname from pg_roles r
       cross join pg_class c join pg_namespace n on n.oid = c.relnamespace
       where r.rolname = 'sparkhire_reader' and c.relkind in ('r', 'p', 'v') and ${mine('c.relowner')}
         and (n.nspname = 'sparkhire' or n.nspname = 'sync' and c.relname in ('changes', 'runs', 'checkpoints', 'conflicts', 'issues'))
         and not has_table_privilege(r.oid, c.oid, 'select')) lacking
     group by 1 order by 1`,
  );
}
