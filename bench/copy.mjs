// The bound: rows encoded beforehand, one COPY into a table with the same columns and indexes.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { from as copyFrom } from 'pg-copy-streams';
import { mirrorTables } from '../dist/mirror/tables.js';

const columns = mirrorTables.interviews.columns.map(([name]) => name);
const escapes = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function field(value) {
  return value == null ? '\\N' : String(value).replace(/[\\\t\n\r]/g, (char) => escapes[char]);
}

/** Rows of the mirror as COPY's text format, in chunks of some 64 KB. */
export function* encodeForCopy(rows) {
  let text = '';
  for (const row of rows) {
    const raw = JSON.stringify(row.raw);
    const hash = createHash('sha256').update(raw).digest('hex').slice(0, 32);
    const values = [row.uuid, ...columns.map((name) => row.columns[name]), raw, hash];
    text += `${values.map(field).join('\t')}\n`;
    if (text.length > 65_536) {
      yield Buffer.from(text);
      text = '';
    }
  }
  yield Buffer.from(text);
}

export const createCopyTable = `create schema bench;
  create table bench.interviews (like sparkhire.interviews including all)`;

export async function copyAll(client, chunks) {
  const stream = client.query(
    copyFrom(`copy bench.interviews (uuid, ${columns.join(', ')}, raw, list_hash) from stdin`),
  );
  const done = once(stream, 'finish');
  for (const chunk of chunks) {
    if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), done]);
  }
  stream.end();
  await done;
}
