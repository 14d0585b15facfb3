// A database for one part of the benchmark: on the server that is given, or on an embedded one in memory.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { openDatabase } from '../dist/db/database.js';
import { migrate } from '../dist/db/migrate.js';
import { acquireEmbeddedPostgres } from '../packages/embedded-postgres/dist/index.js';

/** In memory where there is room for two copies of 100,000 rows and the log: disks differ too much. */
function scratchDirectory() {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    if (bavail * bsize > 4 * 2 ** 30) return '/dev/shm';
  } catch {
    // No such directory.
  }
  return tmpdir();
}

/**
 * @returns its address, `about` (what it is, for the output), `create()` for a new migrated database (empty if another commit is to
 * migrate it), `close()`
 */
export async function openServer() {
  const given = process.env.DATABASE_URL || process.env.TEST_DATABASE_URL;
  let url = given;
  let close = async () => {};
  let where = 'the server of DATABASE_URL';
  if (!given) {
    const dir = mkdtempSync(join(scratchDirectory(), 'sparkhire-bench-'));
    chmodSync(dir, 0o711);
    const server = await acquireEmbeddedPostgres({ dir });
    url = server.url;
    where = `embedded server in ${dir.replace(/-[^-]+$/, '-…')}`;
    close = async () => {
      await server.release();
      rmSync(dir, { recursive: true, force: true });
    };
  }
  const databases = [];
  return {
    about: await describe(url, where),
    async create({ migrated = true } = {}) {
      const name = `sparkhire_bench_${randomBytes(6).toString('hex')}`;
      await statement(url, `create database ${name}`);
      databases.push(name);
      const own = new URL(url);
      own.pathname = `/${name}`;
      if (migrated) await migrate(own.href);
      return own.href;
    },
    async close() {
      for (const name of databases) await statement(url, `drop database if exists ${name} with (force)`);
      await close();
    },
  };
}

/**
 * A new database, filled, and the program's own pool to it, for as long as `work` takes.
 * @param fill with a client; `work` gets it too, and the address
 */
export async function withFilled(server, { fill, maxConnections = 1 }, work) {
  const url = await server.create();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await fill(client);
    const db = openDatabase(url, { maxConnections });
    try {
      return await work({ url, client, db });
    } finally {
      await db.destroy();
    }
  } finally {
    await client.end();
  }
}

async function statement(url, sql) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function describe(url, where) {
  const [row] = await statement(
    url,
    `select current_setting('server_version') as version, current_setting('fsync') as fsync,
       current_setting('synchronous_commit') as "synchronousCommit",
       current_setting('shared_buffers') as "sharedBuffers"`,
  );
  return { where, ...row };
}
