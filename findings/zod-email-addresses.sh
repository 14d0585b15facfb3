#!/bin/sh
# z.email() of zod refuses addresses that mail systems carry: & and = and ~ before the @ (all allowed by RFC 5322), international
# domains as people write them, and the top level domains that punycode makes of them. Right for a sign-up form, perhaps; wrong
# for addresses that exist already in somebody else's system. Exits with 1 if that is not so any more.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund zod@4.6.7 >/dev/null
cat >try.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const { version } = JSON.parse(readFileSync('node_modules/zod/package.json', 'utf8'));
console.log(`zod ${version}, node ${process.version}`);
const takes = (address) => z.email().safeParse(address).success;
const refused = [
  'ada&bo@example.com',
  'ada=bo@example.com',
  'x~y@example.com',
  'ada@müller.example',
  'ada@xn--e1afmkfd.xn--p1ai',
];
for (const address of refused) console.log(`${address.padEnd(28)} ${takes(address) ? 'taken' : 'refused'}`);
const taken = takes('ada+bo@example.com');
console.log(`${'ada+bo@example.com'.padEnd(28)} ${taken ? 'taken' : 'refused'}`);
process.exit(taken && !refused.some(takes) ? 0 : 1);
JS
node try.mjs
