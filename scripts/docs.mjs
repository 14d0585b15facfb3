// `npm run docs`: writes the pages of docs/ that are made from the code: settings.md, codes.md, tables.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { parse } from 'yaml';
import { openServer } from '../bench/database.mjs';
import { environmentSettings, settingsJsonSchema } from '../dist/config-schema.js';
import { atsEnvironment, atsSecretVariables } from '../dist/connectors/settings.js';
import { consoleCodes, statusOf } from '../dist/console/refusals.js';
import { errorCodes } from '../dist/errors.js';
import { conflictKinds } from '../dist/reconcile/conflict-kinds.js';
import { issueCodes } from '../dist/reconcile/types.js';
import { codesPage } from './docs/codes.mjs';
import { settingsPage } from './docs/settings.mjs';
import { readTables, tablesPage } from './docs/tables.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const write = (name, text) => writeFileSync(join(root, 'docs', name), text);

write(
  'settings.md',
  settingsPage({
    schema: settingsJsonSchema(),
    defaults: parse(readFileSync(join(root, 'config', 'default.yaml'), 'utf8')),
    environment: environmentSettings,
    atsEnvironment,
    atsSecretVariables,
  }),
);
write(
  'codes.md',
  codesPage({
    errorCodes,
    issueCodes,
    conflictKinds: Object.keys(conflictKinds),
    consoleCodes,
    statusOf,
  }),
);

const server = await openServer();
const client = new pg.Client({ connectionString: await server.create() });
try {
  await client.connect();
  write('tables.md', tablesPage(await readTables(async (sql) => (await client.query(sql)).rows)));
} finally {
  await client.end();
  await server.close();
}
