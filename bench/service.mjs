// The built service as a child process, and what /proc says of it.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { startEmulated } from './emulated.mjs';
import { environment, program } from './program.mjs';

/**
 * Starts `sparkhire-sync run` on a free port; of another commit if its program is given.
 * @returns its address, `accounts` that it works on, `waitFor(event)` for a line of its log, `stop()`, `kill()`
 */
export async function startService(env, args = [], file = program) {
  const child = spawn(process.execPath, [file, 'run', ...args], {
    env: environment({ SYNC_HTTP_PORT: '0', ...env, LOG_LEVEL: 'info' }),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const counts = new Map();
  const troubles = [];
  const accounts = new Set();
  const waiting = new Set();
  let tail = '';
  let ended = false;
  const end = new Promise((resolve) => {
    child.once('close', (code) => {
      ended = true;
      for (const { reject } of waiting) reject(new Error(`the service ended with ${code}: ${tail}`));
      resolve(code);
    });
  });

  function take(text) {
    let line;
    try {
      line = JSON.parse(text);
    } catch {
      tail = (tail + text).slice(-2000);
      return;
    }
    counts.set(line.event, (counts.get(line.event) ?? 0) + 1);
    if (line.event === 'account_taken') accounts.add(line.account);
    if (line.event === 'account_given_back') accounts.delete(line.account);
    if (line.level >= 40) {
      troubles.push(line);
      tail = (tail + text).slice(-2000);
    }
    for (const one of waiting) if (one.event === line.event) one.resolve(line);
  }

  let rest = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) take(line);
  });

  const service = {
    pid: child.pid,
    url: '',
    /** How often the log had this event. */
    count: (event) => counts.get(event) ?? 0,
    /** Lines of level warn and above. */
    troubles,
    /** Those that it works on, by its log. */
    accounts,
    /** The next line of the log with this event. */
    waitFor(event) {
      if (ended) return Promise.reject(new Error(`the service ended: ${tail}`));
      return new Promise((resolve, reject) => {
        const one = { event, reject, resolve: (line) => waiting.delete(one) && resolve(line) };
        waiting.add(one);
      });
    },
    /** Resolves to the exit code. */
    stop() {
      if (!ended) child.kill('SIGTERM');
      return end;
    },
    kill() {
      if (!ended) child.kill('SIGKILL');
      return end;
    },
  };
  service.url = (await service.waitFor('listening')).url;
  return service;
}

/**
 * A service with a Spark Hire and a database of its own, once its first tick is done; it makes no other.
 * @param size of the emulated company
 * @param prepare makes what is to be there before it starts; may return more settings
 */
export async function openService({ of, file }, server, size, prepare) {
  const emulator = await startEmulated(size);
  const url = await server.create({ migrated: false });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  let service;
  const close = async () => {
    await service?.stop();
    await client.end();
    await emulator.stop();
  };
  try {
    // Ticks bring rows, and they push.
    const env = { ...emulator.env, DATABASE_URL: url, SYNC_SCHEDULE: '0 0 1 1 *' };
    const more = await prepare({ env, emulator, client });
    service = await startService({ ...env, ...more }, [], file);
    await until('the first tick', () =>
      isThere(client, `select from sync.runs where kind = 'tick' and outcome = 'succeeded'`),
    );
    return { of, url, client, emulator, service, close };
  } catch (error) {
    await close();
    throw new Error(`${of}: ${error.message}`, { cause: error });
  }
}

export async function isThere(client, sql) {
  return (await client.query(sql)).rows.length > 0;
}

/** Waits until `check` answers something other than null or false. */
export async function until(what, check, { timeoutMs = 120_000, everyMs = 50 } = {}) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await check();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(everyMs);
  }
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Seconds of CPU a process has used so far; null where there is no /proc. */
export function cpuSeconds(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // What follows the name in brackets: state is the first, utime and stime the 12th and 13th.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return null;
  }
}

/** Memory of a process (RSS) in MB; null where there is no /proc. */
export function rssMb(pid) {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
  } catch {
    return null;
  }
}
