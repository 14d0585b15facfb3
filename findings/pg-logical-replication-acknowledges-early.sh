#!/bin/sh
# pg-logical-replication 2.5.0, by itself, acknowledges a change as soon as it was handed to the listener. An async listener that
# is still at work when its program ends never gets the change again: it is lost. Its README offers `flowControl` against
# memory that grows; it is also what makes delivery at least once. Exits with 0 while that is so.
# DATABASE_URL: a superuser's connection to a PostgreSQL with wal_level = logical. It makes a table, a publication and a slot
# there, and removes them.
set -eu
: "${DATABASE_URL:?a PostgreSQL with wal_level = logical}"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund pg@8.23.1 pg-logical-replication@2.5.0
cat >look.mjs <<'END'
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { LogicalReplicationService, PgoutputPlugin } from 'pg-logical-replication';

const { version } = JSON.parse(readFileSync('node_modules/pg-logical-replication/package.json', 'utf8'));
const connectionString = process.env.DATABASE_URL;
const name = `early_${process.pid}`;
const client = new pg.Client({ connectionString });
await client.connect();
const [{ server_version: server }] = (await client.query('show server_version')).rows;
console.log(`pg-logical-replication ${version}, PostgreSQL ${server}, Node ${process.version}`);
await client.query(`create table ${name} (n int primary key)`);
await client.query(`create publication ${name} for table ${name}`);

/** Listens until so many were done, then stops as a process that ends does. @returns what was done */
async function listen(options, ms, stopAt) {
  const done = [];
  const { promise, resolve } = (() => {
    let resolve;
    return { promise: new Promise((r) => { resolve = r; }), resolve };
  })();
  const service = new LogicalReplicationService({ connectionString }, { acknowledge: { auto: true, timeoutSeconds: 0 }, ...options });
  service.on('error', () => {});
  service.on('data', async (_, log) => {
    if (log.tag !== 'insert') return;
    await sleep(ms);
    done.push(log.new.n);
    if (done.length === stopAt) resolve();
  });
  service.subscribe(new PgoutputPlugin({ protoVersion: 1, publicationNames: [name] }), name).catch(() => {});
  await Promise.race([promise, sleep(4000)]);
  const before = [...done];
  await service.stop();
  await sleep(500);
  return before;
}

let lost;
try {
  for (const [title, options] of [['by itself', {}], ['with flowControl', { flowControl: { enabled: true } }]]) {
    await client.query(`truncate ${name}`);
    await client.query('select pg_create_logical_replication_slot($1, $2)', [name, 'pgoutput']);
    for (let n = 1; n <= 5; n++) await client.query(`insert into ${name} values (${n})`);
    const first = await listen(options, 300, 2);
    const again = await listen(options, 0, 5);
    const missing = [1, 2, 3, 4, 5].filter((n) => !first.includes(n) && !again.includes(n));
    console.log(`${title.padEnd(17)} done: ${first}  after a new start: ${again}  never: ${missing}`);
    lost ??= missing.length;
    if (title !== 'by itself' && missing.length > 0) lost = 0;
    await client.query('select pg_drop_replication_slot($1)', [name]);
  }
} finally {
  await client.query('select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1', [name]);
  await client.query(`drop publication ${name}; drop table ${name}`);
  await client.end();
}
console.log(lost > 0 ? '\nAs seen before.' : '\nThis has changed.');
process.exit(lost > 0 ? 0 : 1);
END
node look.mjs
