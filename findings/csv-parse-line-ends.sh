#!/bin/sh
# csv-parse takes the end of the first line for the end of all records. A file whose header ends with LF and whose rows end
# with CRLF (a header written by one program, rows appended by another) is read without an error, and the last value of each
# row keeps a carriage return. Given a list of line ends, it reads every such file right, also from a stream that is cut
# between the two characters. Exits with 1 if that is not so any more.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund csv-parse@7.0.3 >/dev/null
cat >try.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { parse } from 'csv-parse';

const { version } = JSON.parse(readFileSync('node_modules/csv-parse/package.json', 'utf8'));
console.log(`csv-parse ${version}, node ${process.version}`);
const read = async (pieces, options) => {
  const rows = [];
  for await (const row of Readable.from(pieces).pipe(parse(options))) rows.push(row);
  return JSON.stringify(rows);
};
const text = 'desired,ats_id\ncanceled,K1\r\ncanceled,K2\r\n';
const wanted = '[["desired","ats_id"],["canceled","K1"],["canceled","K2"]]';
const byDefault = await read([text], {});
console.log(`by itself:         ${byDefault}`);
const ends = { record_delimiter: ['\r\n', '\n', '\r'] };
const told = await read([text], ends);
console.log(`with all ends:     ${told}`);
const cut = await read([...text], ends);
console.log(`in single letters: ${cut}`);
const isSo = byDefault === '[["desired","ats_id"],["canceled","K1\\r"],["canceled","K2\\r"]]';
process.exit(isSo && told === wanted && cut === wanted ? 0 : 1);
JS
node try.mjs
