/** docs/scaling.md sorts the tables by what their keys hold. Here it is compared with the schema. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { connectTo } from '../support/service.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

it('docs/scaling.md says of each table whether its key holds the account', async () => {
  const page = readFileSync(new URL('../../docs/scaling.md', import.meta.url), 'utf8');
  const told = new Map<string, string>();
  for (const [, what, tables] of page.matchAll(/^\| ([^|]+) \| (`(?:ats|sparkhire|sync)\.[^|]+) \|$/gm))
    for (const [, table] of tables!.matchAll(/`([a-z_.]+)`/g)) told.set(table!, what!);
  const client = await connectTo(database.url);
  const { rows } = await client.query<{ table: string; what: string }>(
    `select format('%s.%s', n.nspname, c.relname) as table,
       case when a.attnum is null then 'no \`account\`' when i.indrelid is null then 'no primary key'
         when a.attnum = any(i.indkey) then '\`account\` is in the primary key' else 'the key is a number alone' end as what
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     left join pg_index i on i.indrelid = c.oid and i.indisprimary
     left join pg_attribute a on a.attrelid = c.oid and a.attname = 'account'
     where c.relkind = 'r' and n.nspname in ('ats', 'sparkhire', 'sync')`,
  );
  const { rows: unique } = await client.query<{ name: string }>(
    `select i.indexrelid::regclass::text as name
     from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attname = 'account'
     where i.indisunique and not i.indisprimary and not a.attnum = any(i.indkey) and n.nspname in ('ats', 'sparkhire', 'sync')`,
  );
  await client.end();
  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(rows.map(({ table, what }) => [table, what])));
  expect(unique.map(({ name }) => name)).toEqual(['sync.webhooks_token_key']);
});
