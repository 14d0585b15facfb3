#!/bin/sh
# The default entry of libphonenumber-js (its small metadata) calls numbers valid that the full metadata knows as not
# assigned, and has no type for valid mobile numbers of most countries: `getType()` is undefined there, so "is it a mobile"
# cannot be asked of it. Both entries load in about the same time. Exits with 1 if that is not so any more.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund libphonenumber-js@1.13.16 >/dev/null
cat >try.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { parsePhoneNumberFromString as small } from 'libphonenumber-js';
import { parsePhoneNumberFromString as full } from 'libphonenumber-js/max';

const { version } = JSON.parse(readFileSync('node_modules/libphonenumber-js/package.json', 'utf8'));
console.log(`libphonenumber-js ${version}, node ${process.version}`);
const numbers = {
  '+81901234567': 'Japan, one digit short of a mobile',
  '+8612312345678': 'China, no such prefix',
  '+4915123456789': 'Germany, a mobile',
  '+919876543210': 'India, a mobile',
  '+447911123456': 'United Kingdom, a mobile',
};
const told = {};
for (const [number, what] of Object.entries(numbers)) {
  const [a, b] = [small(number), full(number)].map((one) => `${one.isValid()} ${one.getType()}`);
  told[number] = `${a} | ${b}`;
  console.log(`${number.padEnd(15)} ${what.padEnd(36)} small: ${a.padEnd(16)} full: ${b}`);
}
const isSo =
  told['+81901234567'] === 'true undefined | false undefined' &&
  told['+8612312345678'] === 'true undefined | false undefined' &&
  told['+4915123456789'] === 'true undefined | true MOBILE' &&
  told['+919876543210'] === 'true undefined | true MOBILE';
process.exit(isSo ? 0 : 1);
JS
node try.mjs
