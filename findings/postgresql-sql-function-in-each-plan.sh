#!/bin/sh
# PostgreSQL puts a function that is one SQL expression in the place of its call: in each plan, and each time an index on it is
# written. With a table of letters in it (translate), planning one look-up by such an index takes many times as long as
# where a function in PL/pgSQL is called, though neither function runs for ASCII. Exits with 0 while the plan shows the body.
# DATABASE_URL: a PostgreSQL in UTF8 where a schema may be made; it is removed.
set -eu
: "${DATABASE_URL:?a PostgreSQL}"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund pg@8.23.1
cat >look.mjs <<'END'
import pg from 'pg';

const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
const [{ server_version: version }] = (await client.query('show server_version')).rows;
console.log(`PostgreSQL ${version}`);
const letters = Array.from({ length: 1400 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join('');
const body = `case when $1 ~ '^[ -~]*$' then lower($1) else translate($1, '${letters}', '${[...letters].reverse().join('')}') end`;
const schema = `plans_${process.pid}`;
const length = {};
await client.query(`create schema ${schema}; set search_path = ${schema}`);
try {
  await client.query(`create function inlined(text) returns text language sql immutable return ${body};
    create function called(text) returns text language plpgsql immutable as $$begin return ${body}; end$$`);
  for (const name of ['inlined', 'called']) {
    await client.query(`create table by_${name} (email text); create index on by_${name} (${name}(email))`);
    const sql = `from by_${name} where ${name}(email) = ${name}('Ada@example.org')`;
    const { rows } = await client.query(`explain (verbose) select 1 ${sql}`);
    length[name] = JSON.stringify(rows).length;
    const ms = [];
    for (let i = 0; i < 200; i++) {
      const explained = await client.query(`explain (summary, format json) select 1 ${sql}`);
      ms.push(explained.rows[0]['QUERY PLAN'][0]['Planning Time']);
    }
    ms.sort((a, b) => a - b);
    console.log(`${name.padEnd(8)} the plan has ${length[name]} letters; planned in ${ms[100].toFixed(2)} ms (median of 200)`);
  }
} finally {
  await client.query(`drop schema ${schema} cascade`);
  await client.end();
}
process.exit(length.inlined > 2800 && length.called < 1000 ? 0 : 1);
END
node look.mjs
