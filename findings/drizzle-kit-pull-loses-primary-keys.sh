#!/bin/sh
# drizzle-kit 0.31.11: `pull` by a login that may only read gives tables without their primary keys, and says nothing. It asks
# information_schema.table_constraints, which shows a table to those who may write it. Exits with 0 while that is so.
# DATABASE_URL: a superuser's connection. It makes a database and a role there, and removes them.
set -eu
: "${DATABASE_URL:?a PostgreSQL}"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund pg@8.23.1 drizzle-orm@0.45.4 drizzle-kit@0.31.11
cat >look.mjs <<'END'
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import pg from 'pg';

const version = JSON.parse(readFileSync('node_modules/drizzle-kit/package.json', 'utf8')).version;
const admin = new pg.Client({ connectionString: process.env.DATABASE_URL });
await admin.connect();
const [{ server_version: server }] = (await admin.query('show server_version')).rows;
console.log(`drizzle-kit ${version}, PostgreSQL ${server}, Node ${process.version}`);
const name = `keys_${process.pid}`;
const password = randomBytes(12).toString('hex');
await admin.query(`create database ${name}`);
await admin.query(`create role ${name} login password '${password}' in role pg_read_all_data`);
const url = new URL(process.env.DATABASE_URL);
url.pathname = `/${name}`;
const client = new pg.Client({ connectionString: url.href });

function pull(who, address) {
  writeFileSync(`${who}.config.mjs`, `export default { dialect: 'postgresql', out: '${who}', dbCredentials: { url: process.env.LOOKED_AT } };`);
  execFileSync('npx', ['drizzle-kit', 'pull', '--config', `${who}.config.mjs`], {
    env: { ...process.env, LOOKED_AT: address },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const has = /primaryKey\(/.test(readFileSync(`${who}/schema.ts`, 'utf8').replace(/^import.*$/gm, ''));
  console.log(`pulled by the ${who}: ${has ? 'with' : 'without'} the primary key`);
  return has;
}

let lost = false;
try {
  await client.connect();
  await client.query('create table people (account text, id int, name text, primary key (account, id))');
  const own = pull('owner', url.href);
  url.username = name;
  url.password = password;
  lost = own && !pull('reader', url.href);
} finally {
  await client.end();
  await admin.query(`drop database ${name} with (force)`);
  await admin.query(`drop role ${name}`);
  await admin.end();
}
console.log(lost ? '\nAs seen before.' : '\nThis has changed.');
process.exitCode = lost ? 0 : 1;
END
node look.mjs
