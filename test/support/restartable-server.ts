/** A PostgreSQL server of one test's own, to be stopped, frozen and started again as servers are on bad days. */
import { readdirSync, readFileSync } from 'node:fs';
import { predecessorEnding, type RunningServer, startServer } from '#embedded-postgres/cluster';
import { makeThrowAwayCluster, startOnFreePort } from './postgres-server.js';

export interface RestartableServer {
  /** A superuser's connection to an empty database. The same after each start. */
  url: string;
  /** `fast` ends connections with a word, `immediate` as a crash does, with a recovery at the next start. */
  stop(how: 'fast' | 'immediate'): Promise<void>;
  start(): Promise<void>;
  /** Starts it anew after it could not go on: it may have ended by itself, and is ended as a crash does where it has not. */
  revive(): Promise<void>;
  /** All its processes stand still: connections stay open, new ones are made, and nothing is answered. */
  freeze(): void;
  thaw(): void;
  /** Ends it and removes its files. */
  drop(): Promise<void>;
}

const maxConnections = 60;

/** @param base where its files are to be: in memory unless given */
export async function startRestartableServer(base?: string): Promise<RestartableServer> {
  const cluster = await makeThrowAwayCluster(base);
  let running: RunningServer | null = null;
  let port: number;
  try {
    const started = await startOnFreePort(cluster, { maxConnections });
    ({ port } = started);
    running = started.server;
  } catch (error) {
    cluster.remove();
    throw error;
  }

  function signalAll(signal: NodeJS.Signals): void {
    if (running === null) return;
    for (const pid of [running.pid, ...childrenOf(running.pid)]) {
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended meanwhile.
      }
    }
  }

  async function startOnce(): Promise<void> {
    const { installation, dataDir } = cluster;
    running = await startServer(installation, { dataDir, port, durable: false, maxConnections });
  }

  const server: RestartableServer = {
    url: cluster.urlAt(port, 'sparkhire'),
    async stop(how) {
      if (running === null) return;
      if (how === 'fast') await running.stop();
      else {
        if (isRunning(running.pid)) process.kill(running.pid, 'SIGQUIT');
        await running.exited;
      }
      running = null;
    },
    async start() {
      for (;;) {
        try {
          await startOnce();
          return;
        } catch (error) {
          // After a crash, its last processes may take a moment.
          if (!predecessorEnding(error)) throw error;
        }
      }
    },
    async revive() {
      await server.stop('immediate');
      await server.start();
    },
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    async drop() {
      signalAll('SIGCONT');
      await running?.stop();
      cluster.remove();
    },
  };
  return server;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        // The second field, the name in parentheses, may hold spaces and parentheses.
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent;
      } catch {
        return false;
      }
    });
}
