/** `sparkhire-sync demo --once` in an empty folder: it works by itself, again and again, and leaves nothing running. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runProcess, startProcess } from '../support/process.js';
import { eventually } from '../support/service.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sparkhire-demo-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));

/** Processes that work in the demo's folder, or were told of it. */
function processesOfDemo(): string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      if (command.includes(directory)) found.push(`${pid} ${command}`);
    } catch {
      // It has just ended.
    }
  }
  return found;
}

const nothingIsLeft = () => eventually(() => expect(processesOfDemo()).toEqual([]), { everyMs: 200 });

const demo = (args: string[]) => runProcess(['demo', '--once', ...args], { cwd: directory });

it('goes round, says what happens, and does so again', async () => {
  const first = await demo(['--jobs', '4', '--interviews', '30']);
  expect(first.stderr).toBe('');
  expect(first.code).toBe(0);
  expect(first.stdout).toMatch(
    /1\. Starting PostgreSQL[\s\S]*2\. [\s\S]*mirrored completely[\s\S]*3\. [\s\S]*4\. From the ATS[\s\S]*to kari\.nilsen@example\.com[\s\S]*5\. From Greenhouse[\s\S]*to mia\.huber@example\.com[\s\S]*6\. /,
  );
  // The result stands on the candidate in Greenhouse.
  expect(first.stdout).toMatch(
    /Rating: 4\.5 of 5\.\n.*Watch it: https:.*\n.*\[sparkhire-sync [0-9a-f-]{36} completed\]/,
  );
  expect(first.stdout).toMatch(/interviews +30 +30 +0 +0 +0 +30/);
  expect(first.stdout).toMatch(/night|nurse/i);
  expect(first.stdout).not.toMatch(/undefined|NaN|\[object/);
  expect(existsSync(join(directory, '.data'))).toBe(true);
  await nothingIsLeft();

  const second = await demo(['--jobs', '4', '--interviews', '30']);
  expect(second.code).toBe(0);
  await nothingIsLeft();
});

it('comes back after a signal and after a kill, and takes nothing from the environment of a real account', async () => {
  const start = () =>
    startProcess(['demo', '--once', '--jobs', '4', '--interviews', '30'], {
      cwd: directory,
      env: {
        DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
        SPARKHIRE_BASE_URL: 'http://127.0.0.1:1/v1.0',
      },
    });
  const stopped = start();
  await stopped.waitForLine(/2\. Mirroring/);
  stopped.kill('SIGINT');
  expect((await stopped.ended).code).toBe(1);
  await nothingIsLeft();

  const killed = start();
  await killed.waitForLine(/2\. Mirroring/);
  killed.kill('SIGKILL');
  expect((await killed.ended).signal).toBe('SIGKILL');
  // Its PostgreSQL notices by itself.
  await nothingIsLeft();

  const again = await start().ended;
  expect(again.stderr).toBe('');
  expect(again.code).toBe(0);
  expect(again.stdout).toContain('mirrored completely');
  await nothingIsLeft();
});
