/** Where the tests get a PostgreSQL server from: the first that is there. */
import {
  accessSync,
  chmodSync,
  constants,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from '#embedded-postgres/binaries';
import {
  initCluster,
  portTaken,
  type RunningServer,
  randomPassword,
  startServer,
} from '#embedded-postgres/cluster';
import { chooseIdentity, type Installation } from '#embedded-postgres/identity';
import { messageOf } from '../../src/errors.js';

export interface TestServer {
  /** A superuser's connection to a database that tests leave alone. */
  url: string;
  /** Whether it goes away with the test run, with all its databases. */
  throwAway: boolean;
  stop(): Promise<void>;
}

/**
 * `TEST_DATABASE_URL`; a container, if a Docker engine answers; a throw-away embedded server in memory.
 * Each of these is a real PostgreSQL: the tests know no substitute.
 */
export async function startTestServer(): Promise<TestServer> {
  const given = process.env.TEST_DATABASE_URL;
  if (given) return { url: given, throwAway: false, stop: async () => {} };
  if (await dockerAnswers(process.env.DOCKER_HOST)) {
    try {
      return await startContainer();
    } catch (error) {
      // An engine without the image, and no way to get it.
      console.warn(`No PostgreSQL container, so an embedded server: ${messageOf(error)}`);
    }
  }
  return startThrowAwayServer();
}

async function startContainer(): Promise<TestServer> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const password = randomPassword();
  const container = await new GenericContainer('postgres:18-alpine')
    .withEnvironment({ POSTGRES_PASSWORD: password, POSTGRES_DB: 'postgres' })
    .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=200'])
    .withTmpFs({ '/var/lib/postgresql': 'rw' })
    .withExposedPorts(5432)
    // The image starts the server twice: once to set it up, once for good.
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
    .start();
  const url = `postgres://postgres:${password}@${container.getHost()}:${container.getMappedPort(5432)}/postgres`;
  return {
    url,
    throwAway: true,
    stop: async () => {
      await container.stop();
    },
  };
}

/**
 * Asks the engine itself: that a `docker` command is installed says nothing.
 * @param host the value of DOCKER_HOST
 */
export function dockerAnswers(host: string | undefined): Promise<boolean> {
  let target: { socketPath: string } | { host: string; port: number };
  if (host === undefined || host === '') target = { socketPath: '/var/run/docker.sock' };
  else if (host.startsWith('unix://')) target = { socketPath: host.slice('unix://'.length) };
  else if (/^(tcp|http):/.test(host)) {
    const { hostname, port } = new URL(host.replace(/^tcp:/, 'http:'));
    target = { host: hostname, port: Number(port || 2375) };
  } else return Promise.resolve(false);
  return new Promise((resolve) => {
    const ping = request({ ...target, path: '/_ping', timeout: 1000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.once('timeout', () => ping.destroy());
    ping.once('error', () => resolve(false));
    ping.once('close', () => resolve(false));
    ping.end();
  });
}

const prefix = 'sparkhire-test-';

/** A server of this process: in memory where possible, gone with the process or at the latest at the next run. */
export async function startThrowAwayServer(): Promise<TestServer> {
  const cluster = await makeThrowAwayCluster();
  try {
    const { port, server } = await startOnFreePort(cluster, { maxConnections: 300 });
    return {
      url: cluster.urlAt(port, 'postgres'),
      throwAway: true,
      stop: async () => {
        await server.stop();
        cluster.remove();
      },
    };
  } catch (error) {
    cluster.remove();
    throw error;
  }
}

export interface ThrowAwayCluster {
  installation: Installation;
  dataDir: string;
  urlAt(port: number, database: string): string;
  /** Its files; no server may run on them any more. */
  remove(): void;
}

export async function makeThrowAwayCluster(base = scratchDirectory()): Promise<ThrowAwayCluster> {
  removeLeftovers(base);
  const directory = mkdtempSync(join(base, `${prefix}${process.pid}-${startedAt(process.pid)}-`));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    // The server may run as another user, who has to get to its data.
    chmodSync(directory, 0o711);
    const dataDir = join(directory, 'data');
    const binaries = findBinaries(join(directory, 'lib'));
    const identity = chooseIdentity({ binaries, dataDir, dataOwner: undefined });
    if (!identity) throw new Error(`an unprivileged user cannot reach ${binaries.root} or ${directory}`);
    const installation = { binaries, identity };
    const password = randomPassword();
    await initCluster(installation, { dataDir, password, durable: false });
    return {
      installation,
      dataDir,
      urlAt: (port, database) => `postgres://sparkhire:${password}@127.0.0.1:${port}/${database}`,
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Starts a server on the cluster, on any port that is free. */
export async function startOnFreePort(
  { installation, dataDir }: ThrowAwayCluster,
  options: { maxConnections: number },
): Promise<{ port: number; server: RunningServer }> {
  for (let attempt = 1; ; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    try {
      return {
        port,
        server: await startServer(installation, { dataDir, port, durable: false, ...options }),
      };
    } catch (error) {
      if (!portTaken(error) || attempt === 10) throw error;
    }
  }
}

/** In memory, if there is room for a cluster and some databases: containers often have only 64 MB. */
export function scratchDirectory(): string {
  try {
    accessSync('/dev/shm', constants.W_OK | constants.X_OK);
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize > 2 ** 30 ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** Stops the servers of test runs that were killed, and removes their files. */
export function removeLeftovers(base: string): void {
  for (const name of readdirSync(base)) {
    const [, pid, started] = /^sparkhire-test-(\d+)-(\d+)-/.exec(name) ?? [];
    if (pid === undefined || startedAt(Number(pid)) === started) continue;
    const directory = join(base, name);
    try {
      const server = Number(readFileSync(join(directory, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);
      if (commandOf(server).includes(join(directory, 'data'))) process.kill(server, 'SIGQUIT');
    } catch {
      // It has ended, or it belongs to somebody else.
    }
    try {
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    } catch {
      // Somebody else's, or not quite gone: for a later run.
    }
  }
}

/** What tells a process from a later one with the same number: its start in clock ticks; 0 where unknown. */
function startedAt(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the name in parentheses, may hold spaces and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    if (process.platform === 'linux') return undefined;
  }
  try {
    process.kill(pid, 0);
    return '0';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? '0' : undefined;
  }
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
}
