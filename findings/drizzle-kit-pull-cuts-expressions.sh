#!/bin/sh
# drizzle-kit 0.31.11: `pull` cuts the expression of an index after 63 characters. The SQL that it writes has an open quote or
# parenthesis there, and PostgreSQL refuses it. Exits with 0 while that is so.
# DATABASE_URL: a superuser's connection. It makes a database there, and removes it.
set -eu
: "${DATABASE_URL:?a PostgreSQL}"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund pg@8.23.1 drizzle-orm@0.45.4 drizzle-kit@0.31.11
cat >look.mjs <<'END'
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import pg from 'pg';

const version = JSON.parse(readFileSync('node_modules/drizzle-kit/package.json', 'utf8')).version;
const admin = new pg.Client({ connectionString: process.env.DATABASE_URL });
await admin.connect();
const [{ server_version: server }] = (await admin.query('show server_version')).rows;
console.log(`drizzle-kit ${version}, PostgreSQL ${server}, Node ${process.version}`);
const name = `cuts_${process.pid}`;
await admin.query(`create database ${name}`);
const url = new URL(process.env.DATABASE_URL);
url.pathname = `/${name}`;
const client = new pg.Client({ connectionString: url.href });
let cut = false;
try {
  await client.connect();
  await client.query(`create table people (id int primary key, first_name text, last_name text, nick_name text);
    create index people_names on people (lower(coalesce(first_name, '') || ' ' || coalesce(last_name, '') || ' ' || coalesce(nick_name, '')))`);
  const [{ was }] = (await client.query(`select pg_get_indexdef('people_names'::regclass) as was`)).rows;
  writeFileSync('drizzle.config.mjs', `export default { dialect: 'postgresql', dbCredentials: { url: process.env.LOOKED_AT } };`);
  execFileSync('npx', ['drizzle-kit', 'pull', '--config', 'drizzle.config.mjs'], {
    env: { ...process.env, LOOKED_AT: url.href },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const file = readdirSync('drizzle').find((one) => one.endsWith('.sql'));
  const made = readFileSync(`drizzle/${file}`, 'utf8').split('\n').find((line) => line.startsWith('CREATE INDEX'));
  console.log(`is:     ${was}\npulled: ${made}`);
  await client.query('drop index people_names');
  const refused = await client.query(made.replace('--> statement-breakpoint', '')).then(() => null, (error) => error.message);
  console.log(`PostgreSQL: ${refused ?? 'takes it'}`);
  cut = refused !== null;
} finally {
  await client.end();
  await admin.query(`drop database ${name} with (force)`);
  await admin.end();
}
console.log(cut ? '\nAs seen before.' : '\nThis has changed.');
process.exitCode = cut ? 0 : 1;
END
node look.mjs
