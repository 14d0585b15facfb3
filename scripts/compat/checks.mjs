// What is run on one PostgreSQL with one Node. Each check is given what it needs, answers in a few words, and throws if something is not as it should be.
import { randomBytes } from 'node:crypto';
import { chownSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { runTests } from '../run-tests.mjs';
import { openProgram } from './program.mjs';
import { goesRound, mirrorsAll } from './program-checks.mjs';
import { makeAuthority, startPgBouncer, startPostgres } from './servers.mjs';

// Without a slash at its end: names of test files are told from here.
const root = join(fileURLToPath(import.meta.url), '..', '..', '..');
/** nobody */
const another = { uid: 65534, gid: 65534 };

/** Cannot be tried on this machine. */
export class NotHere extends Error {}

/** The names are those of the columns. The demo brings its own PostgreSQL, so it takes none here. */
export const checks = {
  backfill: (on) => withDatabase(on, {}, ({ program, url }) => mirrorsAll(program, url)),
  run: (on) => withDatabase(on, {}, ({ program, url }) => goesRound(program, url)),
  demo: async (on) => demo(await programOf(on), on),
  tests: integrationTests,
  pgbouncer: throughPgBouncer,
  tls: overTls,
  owner: ownerWithoutCreateRole,
  installed: asAnotherUser,
};

/** Takes minutes, so it is not run on every pair. */
export const long = ['tests'];
export const withoutServer = ['demo'];

async function programOf({ downloads, nodeVersion }, options) {
  const [node, installed] = await Promise.all([downloads.node(nodeVersion), downloads.installed()]);
  return openProgram(node, installed, options);
}

/** A server of its own, with a login that owns an empty database. */
async function withDatabase(on, { tls, createRole = true, as }, work) {
  const binaries = await on.downloads.postgres(on.postgresVersion);
  const server = await startPostgres(on.folder, binaries, tls);
  try {
    const owner = { user: 'sync_owner', password: randomBytes(12).toString('hex'), database: 'ats_copy' };
    await server.statement(
      `create role ${owner.user} login password '${owner.password}' ${createRole ? 'createrole' : ''}`,
    );
    await server.statement(`create database ${owner.database} owner ${owner.user} encoding 'UTF8'`);
    const program = await programOf(on, as);
    return await work({ server, owner, program, url: server.urlOf(owner) });
  } finally {
    await server.stop();
  }
}

const both = async (program, url) => {
  await mirrorsAll(program, url);
  await goesRound(program, url);
  return 'ok';
};

async function demo(program, { folder }, owner) {
  const cwd = mkdtempSync(join(folder, 'demo-'));
  if (owner) chownSync(cwd, owner.uid, owner.gid);
  const { code, stdout, stderr } = await program.run(['demo', '--once', '--interviews', '30'], {}, { cwd });
  if (code !== 0 || stderr !== '')
    throw new Error(`demo ended with ${code}: ${stdout.slice(-500)} ${stderr}`);
  return 'ok';
}

async function integrationTests(on) {
  const [node, binaries] = await Promise.all([
    on.downloads.node(on.nodeVersion),
    on.downloads.postgres(on.postgresVersion),
  ]);
  const server = await startPostgres(on.folder, binaries);
  try {
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const { passed, failed, failures, status, output } = await runTests({
      cwd: root,
      command: [node, vitest, 'run', ...(on.files.length > 0 ? on.files : ['test/integration'])],
      env: { ...process.env, TEST_DATABASE_URL: server.urlOf({ ...server.superuser, database: 'postgres' }) },
    });
    if (status !== 0) {
      const named = failures.map(({ file, name, error }) => `${file}: ${name}\n    ${error.split('\n')[0]}`);
      throw new Error(
        `${failed} of ${passed + failed} failed\n  ${named.join('\n  ') || output.slice(-1500)}`,
      );
    }
    return `${passed.toLocaleString('en')} passed`;
  } finally {
    await server.stop();
  }
}

function throughPgBouncer(on) {
  return withDatabase(on, {}, async ({ server, owner, program }) => {
    const pooler = await startPgBouncer(on.folder, server, owner);
    if (pooler === null) throw new NotHere('pgbouncer is not installed');
    try {
      return await both(program, server.urlOf(owner, pooler.port));
    } finally {
      await pooler.stop();
    }
  });
}

function overTls(on) {
  const tls = makeAuthority(on.folder);
  return withDatabase(on, { tls }, async ({ program, url }) => {
    const unknown = new URL(url);
    unknown.searchParams.delete('sslrootcert');
    await program.refuses(['migrate'], { DATABASE_URL: unknown.href }, /sslrootcert=FILE/);
    unknown.search = '';
    await program.refuses(['migrate'], { DATABASE_URL: unknown.href }, /sslmode=require/);
    return both(program, url);
  });
}

function ownerWithoutCreateRole(on) {
  return withDatabase(on, { createRole: false }, async ({ server, program, url }) => {
    const { code, stderr } = await program.run(['migrate'], { DATABASE_URL: url });
    if (code !== 0 || !stderr.includes('create role sparkhire_reader nologin'))
      throw new Error(`migrate without the roles ended with ${code}: ${stderr}`);
    await server.statement('create role sparkhire_reader');
    await server.statement('create role sparkhire_ats_writer');
    await both(program, url);
    if (!(await mayReadAndWrite(url))) throw new Error('the roles that were made later have no rights');
    return 'ok';
  });
}

/** What `migrate` gives to the two roles, also where they were made after its first run. */
async function mayReadAndWrite(connectionString) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows } = await client.query(
      `select has_table_privilege('sparkhire_reader', 'sparkhire.interviews', 'select')
         and has_table_privilege('sparkhire_ats_writer', 'ats.interviews', 'insert') as granted`,
    );
    return rows[0].granted;
  } finally {
    await client.end();
  }
}

/** In an installation that it may only read, with no home and nowhere to write but for the demo's own folder. */
function asAnotherUser(on) {
  if (process.getuid() !== 0) throw new NotHere('only root may start programs as another user');
  return withDatabase(on, { as: another }, async ({ program, url }) => {
    await both(program, url);
    return demo(program, on, another);
  });
}
