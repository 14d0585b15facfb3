// A PostgreSQL of any major version, and a PgBouncer in front of it. Both on 127.0.0.1, for one check.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { randomPassword } from '../../packages/embedded-postgres/dist/cluster.js';
import { chooseIdentity, giveTo, spawnAs } from '../../packages/embedded-postgres/dist/identity.js';

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * @param tls the files of `makeAuthority`: then the server takes encrypted connections only
 * @returns `urlOf({user, password, database})`, `statement(sql)` as the superuser, `superuser` (name, password), `port`, `stop()`
 */
export async function startPostgres(folder, binaries, tls) {
  const home = mkdtempSync(join(folder, 'server-'));
  chmodSync(home, 0o711);
  const dataDir = join(home, 'data');
  const identity = chooseIdentity({ binaries, dataDir, dataOwner: undefined });
  if (!identity) throw new Error(`no user without rights can reach ${home}`);
  const installation = { binaries, identity };
  const superuser = { user: 'admin', password: randomPassword() };
  mkdirSync(dataDir);
  giveTo(identity, dataDir);
  const passwordFile = join(home, 'password');
  writeFileSync(passwordFile, superuser.password, { mode: 0o600 });
  if (identity.owner) chownSync(passwordFile, identity.owner.uid, identity.owner.gid);
  await toEnd(
    spawnAs(
      installation,
      binaries.initdb,
      [
        ...[`--pgdata=${dataDir}`, `--username=${superuser.user}`, `--pwfile=${passwordFile}`, '--no-sync'],
        ...['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    ),
  );
  const port = await freePort();
  const settings = {
    port,
    listen_addresses: `'127.0.0.1'`,
    unix_socket_directories: `''`,
    max_connections: 300,
    fsync: 'off',
    ...(tls ? { ssl: 'on', ssl_cert_file: `'server.crt'`, ssl_key_file: `'server.key'` } : {}),
  };
  if (tls) {
    for (const [name, content] of Object.entries(tls.server)) place(join(dataDir, name), content, identity);
    writeFileSync(join(dataDir, 'pg_hba.conf'), 'hostssl all all 127.0.0.1/32 scram-sha-256\n');
  }
  appendFileSync(
    join(dataDir, 'postgresql.conf'),
    Object.entries(settings)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join(''),
  );
  const child = spawnAs(installation, binaries.postgres, ['-D', dataDir], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await printed(child, child.stderr, /database system is ready to accept connections/);
  const urlOf = ({ user, password, database }, at = port) => {
    const url = new URL(`postgres://${user}:${password}@127.0.0.1:${at}/${database}`);
    if (tls) url.search = `sslmode=verify-full&sslrootcert=${tls.file}`;
    return url.href;
  };
  return {
    superuser,
    port,
    urlOf,
    async statement(sql) {
      const client = new pg.Client({ connectionString: urlOf({ ...superuser, database: 'postgres' }) });
      await client.connect();
      try {
        return await client.query(sql);
      } finally {
        await client.end();
      }
    },
    async stop() {
      await ended(child, 'SIGINT');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function place(file, content, { owner }) {
  writeFileSync(file, content, { mode: 0o600 });
  if (owner) chownSync(file, owner.uid, owner.gid);
}

/** A private authority, and a certificate of it for 127.0.0.1. @returns `file` (the authority's certificate), `server` (files for the server) */
export function makeAuthority(folder) {
  const home = mkdtempSync(join(folder, 'authority-'));
  chmodSync(home, 0o755);
  const openssl = (...args) =>
    execFileSync('openssl', args, { cwd: home, stdio: ['ignore', 'pipe', 'pipe'] });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-days',
    '2',
    '-subj',
    '/CN=Private CA',
  );
  openssl('req', ...key, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=database');
  writeFileSync(join(home, 'names'), 'subjectAltName = IP:127.0.0.1\n');
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names'];
  openssl('x509', '-req', '-in', 'server.csr', ...signed, '-out', 'server.crt');
  const read = (name) => execFileSync('cat', [join(home, name)]);
  return {
    file: join(home, 'ca.crt'),
    server: { 'server.crt': read('server.crt'), 'server.key': read('server.key') },
  };
}

/** In session mode. @returns its version, `port`, `stop()`; null where it is not installed */
export async function startPgBouncer(folder, server, { user, password }) {
  const { stdout } = spawnSync('pgbouncer', ['--version'], { encoding: 'utf8' });
  if (!stdout) return null;
  const home = mkdtempSync(join(folder, 'pgbouncer-'));
  chmodSync(home, 0o755);
  const port = await freePort();
  writeFileSync(join(home, 'users.txt'), `"${user}" "${password}"\n`);
  writeFileSync(
    join(home, 'pgbouncer.ini'),
    `[databases]
* = host=127.0.0.1 port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${home}/users.txt
pool_mode = session
default_pool_size = 60
`,
  );
  const asUser = process.getuid() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn('pgbouncer', [...asUser, join(home, 'pgbouncer.ini')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await printed(child, child.stderr, /process up/);
  return {
    version: stdout.split('\n')[0],
    port,
    async stop() {
      await ended(child, 'SIGKILL');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Waits for a line; what the program goes on to print is read, so that it never waits for a reader. */
function printed(child, stream, pattern) {
  let text = '';
  return new Promise((resolve, reject) => {
    stream.setEncoding('utf8').on('data', (chunk) => {
      text = (text + chunk).slice(-4000);
      if (pattern.test(text)) resolve();
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${child.spawnargs[0]} ended with ${code}: ${text}`)));
  });
}

/** Ctrl-C may have ended it already. */
async function ended(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

async function toEnd(child) {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${child.spawnargs.join(' ')} ended with ${code}: ${text}`);
}
