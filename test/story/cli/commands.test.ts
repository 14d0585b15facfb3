/** Every command once as a user starts it: the built program, as a process of its own. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type GreenhouseEmulator, startGreenhouseEmulator } from '#emulators/ats-emulator/greenhouse/index';
import { runProgram } from '../../support/program.js';
import { openScene, type Scene } from '../../support/scene.js';

let scene: Scene;
let greenhouse: GreenhouseEmulator;
let directory: string;
const closing: Array<() => Promise<void>> = [];
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sparkhire-commands-'));
  const job = 'ats_id,title,description,status,city,country\nJ-1,Baker,Bakes bread.,open,Graz,Austria\n';
  writeFileSync(join(directory, 'jobs.csv'), job);
  greenhouse = await startGreenhouseEmulator({ clientSecret });
  scene = await openScene((clean) => void closing.push(clean), {
    adminKey: 'key-of-commands-0123456789',
    jobs: 2,
    interviews: 4,
    shareLinks: 1,
    jobSlots: -1,
  });
});
afterAll(async () => {
  await greenhouse.close();
  for (const close of closing) await close();
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

const token = 'token-of-commands-0123456789';
const clientSecret = 'client-secret-of-commands';
const secrets = () => [scene.emulator.adminKey, new URL(scene.databaseUrl).password, token, clientSecret];

/** The command lines of all processes, as ps shows them to anybody. */
function commandLines(): string {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');
}

interface Started {
  args?: string[];
  /** A line it prints. */
  says: RegExp;
  /** It goes on until a signal. */
  stays?: boolean;
  more?: () => Record<string, string>;
}

/** In an order in which a user may meet them: what the ATS wants comes with import, and is done by apply. */
const started: Record<string, Started> = {
  migrate: { args: ['--status'], says: /^0001 +mirror +applied/ },
  backfill: { says: /^ +interviews +4 / },
  import: { args: ['jobs', 'jobs.csv'], says: /^1 row of jobs\.csv imported into ats\.jobs/ },
  plan: { says: /^1 to create, 0 to update/ },
  apply: { says: /^ +To Spark Hire: 1 created/ },
  sync: { says: /^ +interviews +4 / },
  status: { says: /^Account default: up to date/ },
  explain: { args: ['J-1'], says: /^In step\. Spark Hire shows it as active\.$/ },
  issues: { says: /^Every row is in step\.$/ },
  forget: { args: ['--export', '-'], says: /^[{[]/ },
  conflicts: { args: ['list'], says: /^No open conflicts\.$/ },
  keys: { args: ['list'], says: /^No key of a user is stored\.$/ },
  webhooks: { args: ['list'], says: /^This API key has no webhooks\.$/ },
  ats: {
    args: ['stages'],
    says: /^ {2}Video interview {2}\(stage \d+\)$/,
    more: () => ({
      ATS_KIND: 'greenhouse',
      ATS_BASE_URL: greenhouse.url,
      ATS_TOKEN_URL: greenhouse.tokenUrl,
      ATS_CLIENT_ID: greenhouse.clientId,
      ATS_CLIENT_SECRET: clientSecret,
    }),
  },
  doctor: { says: /^✓ key / },
  run: {
    says: /"event":"account_taken"/,
    stays: true,
    more: () => ({ SYNC_HTTP_PORT: '0', SYNC_ADMIN_TOKEN: token }),
  },
  emulator: {
    args: ['--port', '0', '--jobs', '1', '--interviews', '1'],
    says: /^The emulated Spark Hire API listens on http:\/\/127\.0\.0\.1:\d+\/v1\.0$/,
    stays: true,
  },
  demo: { args: ['--once', '--jobs', '1', '--interviews', '1'], says: /mirrored completely/ },
};

it('every command that --help lists is among them', async () => {
  const { stdout } = await runProgram(['--help']);
  const listed = stdout.slice(stdout.indexOf('Commands:')).matchAll(/^ {2}(\w+)/gm);
  const names = [...listed].map(([, name]) => name).filter((name) => name !== 'help');
  expect(Object.keys(started).sort()).toEqual(names.sort());
});

it.for(Object.entries(started))('%s', async ([name, { args = [], says, stays, more }]) => {
  const program = scene.process([name, ...args], more?.(), directory);
  await program.waitForLine(says);
  const seen = commandLines();
  if (stays) {
    expect(seen).toContain(`\0${name}\0`);
    program.kill('SIGTERM');
  }
  for (const secret of secrets()) expect(seen).not.toContain(secret);
  const { code, stderr } = await program.ended;
  expect([code, stderr.match(/.*"level":[456]0.*/)?.[0]]).toEqual([0, undefined]);
});
