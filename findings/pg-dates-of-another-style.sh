#!/bin/sh
# pg 8.23.1 reads timestamps in DateStyle ISO only, and does not ask the server for it: with a role or database that has
# another style, every timestamp arrives as null, without an error. Exits with 0 while that is so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund pg@8.23.1
cat >look.mjs <<'END'
import { readFileSync } from 'node:fs';
import pg from 'pg';

const { version } = JSON.parse(readFileSync('node_modules/pg/package.json', 'utf8'));
console.log(`pg ${version}, Node ${process.version}`);

const { TIMESTAMPTZ } = pg.types.builtins;
const read = pg.types.getTypeParser(TIMESTAMPTZ);
// select timestamptz '2026-03-14 05:06:07Z', as PostgreSQL writes it with each DateStyle in TimeZone UTC.
const texts = {
  ISO: '2026-03-14 05:06:07+00',
  German: '14.03.2026 05:06:07 UTC',
  'SQL, DMY': '14/03/2026 05:06:07 UTC',
  Postgres: 'Sat Mar 14 05:06:07 2026 UTC',
};
const seen = Object.entries(texts).map(([style, text]) => {
  const value = read(text);
  const told = value instanceof Date ? (Number.isNaN(value.getTime()) ? 'an invalid date' : value.toISOString()) : String(value);
  console.log(`${style.padEnd(9)} ${text.padEnd(30)} ${told}`);
  return told;
});

const client = new pg.Client('postgres://somebody@nowhere.invalid/some');
const sent = Object.keys(client.getStartupConf());
console.log(`sent at the start of a connection: ${sent.join(', ')}`);

const asSeen =
  seen[0] === '2026-03-14T05:06:07.000Z' &&
  seen.slice(1).every((told) => told !== seen[0]) &&
  !sent.some((name) => /datestyle/i.test(name));
console.log(asSeen ? '\nAs seen before.' : '\nThis has changed.');
process.exit(asSeen ? 0 : 1);
END
node look.mjs
