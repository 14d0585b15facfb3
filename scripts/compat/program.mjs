// The installed package as child processes of a Node that is given.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const running = new Set();

/** Ends what still runs, as a signal does. */
export function endPrograms() {
  for (const child of running) child.kill('SIGTERM');
}

/** @param as uid and gid, where it is to be another user */
export function openProgram(node, installed, as = {}) {
  const bin = join(installed, 'bin', 'sparkhire-sync.js');

  function start(args, env, { cwd = '/' } = {}) {
    const child = spawn(node, [bin, ...args], {
      ...as,
      cwd,
      env: { PATH: process.env.PATH, HOME: cwd, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    const text = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (chunk) => {
        text[name] += chunk;
      });
    }
    const ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        running.delete(child);
        resolve({ code, ...text });
      });
    });
    return { child, text, ended };
  }

  async function run(args, env, options) {
    const result = await start(args, env, options).ended;
    if (/Warning/.test(result.stderr)) throw new Error(`${args[0]} warns: ${result.stderr}`);
    return result;
  }

  return {
    start,
    run,
    /** Its --json answer. */
    async answer(args, env, codes = [0]) {
      const { code, stdout, stderr } = await run([...args, '--json'], env);
      if (!codes.includes(code)) throw new Error(`${args.join(' ')} ended with ${code}: ${stdout} ${stderr}`);
      return JSON.parse(stdout);
    },
    async refuses(args, env, words) {
      const { code, stderr } = await run(args, env);
      if (code !== 1 || !words.test(stderr))
        throw new Error(`${args[0]} ended with ${code}, without ${words}: ${stderr}`);
    },
  };
}
