/** What a killed supervisor may have left in a data directory: a server that still runs, or only its pid file. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { removeIfPossible } from './cluster.js';

/**
 * Stops a server that nobody supervises any more, and makes a stale postmaster.pid harmless.
 * Only for the holder of the directory's lock: it knows that no living supervisor owns that server.
 */
export async function clearOrphan(dataDir: string): Promise<void> {
  const file = join(dataDir, 'postmaster.pid');
  let lines: string[];
  try {
    lines = readFileSync(file, 'utf8').split('\n');
  } catch (error) {
    // Root without its usual capabilities may not look: PostgreSQL itself then decides what the file means.
    if (['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return;
    throw error;
  }
  const pid = Number(lines[0]);
  // On Windows a program cannot tell.
  if (!Number.isInteger(pid) || pid < 2 || process.platform === 'win32') return;
  const orders: NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGKILL'];
  for (const order of orders) {
    if (!serves(pid, dataDir)) break;
    process.kill(pid, order);
    for (let waited = 0; waited < 30_000 && serves(pid, dataDir); waited += 20) await delay(20);
  }
  if (alive(pid)) {
    // Another process has that number by now, and PostgreSQL would refuse to start because of it. A file that
    // names its parent it takes for stale, and still looks for processes of the old server, which it would
    // not if the file were gone.
    writeFileSync(file, [process.pid, ...lines.slice(1)].join('\n'));
  }
}

/** Removes what an interrupted initCluster left. */
export function removeHalfMade(dataDir: string): void {
  const parent = dirname(dataDir);
  for (const name of readdirSync(parent)) {
    if (name.startsWith(`${basename(dataDir)}.new-`)) removeIfPossible(join(parent, name));
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether a process is the PostgreSQL server on a data directory. */
function serves(pid: number, dataDir: string): boolean {
  try {
    if (process.platform === 'linux') {
      const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return args[args.indexOf('-D') + 1] === dataDir;
    }
    const command = execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return `${command} `.includes(` -D ${dataDir} `);
  } catch {
    return false;
  }
}
