// This program, and where a commit is named that one's beside it: what their commands cost, in turn.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkOut } from './checkout.mjs';
import { fixed } from './figures.mjs';
import { environment, program } from './program.mjs';

/** @returns `programs` ({ of, file }), the other commit's first; `commit` (abbreviated, if there is one) and `remove()` */
export function besides(revision) {
  const other = revision === undefined ? undefined : checkOut(revision);
  const theirs = other && { of: other.commit, file: join(other.folder, 'bin', 'sparkhire-sync.js') };
  return {
    programs: [...(theirs ? [theirs] : []), { of: 'this', file: program }],
    commit: other?.commit,
    remove: () => other?.remove(),
  };
}

/**
 * Runs a command to its end. Node tells nothing of what a child took; bash does: user and system of the whole process.
 * @returns `cpuMs`, `wallMs`
 */
export function measured(args, extra, cwd) {
  const script = `TIMEFORMAT='%3U %3S %3R'; time "$@" > /dev/null`;
  const { status, stderr } = spawnSync('bash', ['-c', script, 'bash', process.execPath, ...args], {
    cwd,
    env: { ...environment(extra), LC_ALL: 'C' },
    encoding: 'utf8',
  });
  // 3: it is done, and something waits for a person.
  if (status !== 0 && status !== 3) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  const [user, system, wall] = stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { cpuMs: (user + system) * 1000, wallMs: wall * 1000 };
}

/**
 * CPU of all connections to PostgreSQL that have ended, in milliseconds, by steps of 10; null where it runs elsewhere or is not
 * Linux. What the server does of its own accord is among it.
 */
export async function serverCpuMs(client) {
  const { rows } = await client.query('select pg_backend_pid() as pid');
  try {
    const parent = stat(rows[0].pid)[1];
    const [childrenUser, childrenSystem] = stat(parent).slice(13, 15);
    return (childrenUser + childrenSystem) * 10;
  } catch {
    return null;
  }
}

/** From the state on: the third field. */
function stat(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
}

/** This one's figure over the other commit's; nothing without one. */
export const ratio = (mine, theirs) => (theirs ? fixed(mine / theirs) : '–');
