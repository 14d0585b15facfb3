/** How the built program is loaded. */
import { execFileSync, type StdioOptions, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmulator } from '#emulators/emulator/index';
import { createTestDatabase } from '../support/database.js';
import { runProcess } from '../support/process.js';
import { accountSettings } from '../support/program.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sparkhire-start-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const root = join(import.meta.dirname, '..', '..');
const bundle = join(root, 'dist', 'bundle');
const filesOf = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.cjs'))
    .sort()
    .map((name) => join(folder, name));

it.skipIf(!existsSync('/dev/full'))(
  'a log that cannot be written costs its lines and no work; without results the exit code says so',
  async ({ onTestFinished }) => {
    const emulator = await startEmulator({ interviews: 3, jobs: 1 });
    const database = await createTestDatabase();
    onTestFinished(async () => {
      await emulator.close();
      await database.drop();
    });
    const full = openSync('/dev/full', 'w');
    onTestFinished(() => closeSync(full));
    const env = { PATH: process.env.PATH, ...accountSettings(emulator, database.url) };
    const run = async (stdio: StdioOptions) => {
      const child = spawn(process.execPath, [join(root, 'bin', 'sparkhire-sync.js'), 'sync', '--json'], {
        env,
        stdio,
      });
      const stderr = child.stderr === null ? '' : text(child.stderr);
      child.stdout?.resume();
      const [code] = await once(child, 'close');
      return { code, stderr: await stderr };
    };
    expect(await run(['ignore', 'pipe', full])).toMatchObject({ code: 0 });
    const { code, stderr } = await run(['ignore', full, 'pipe']);
    expect(code).toBe(1);
    expect(stderr).toContain('The output cannot be written: ENOSPC');
    expect(stderr).not.toContain('    at ');
  },
);

describe('the start', () => {
  it('is from the bundle, with what V8 made of each of its files at the build', () => {
    const script = `import { openBundle } from ${JSON.stringify(pathToFileURL(join(root, 'bin', 'bundle.js')).href)};
      const { load, scripts } = openBundle(${JSON.stringify(join(bundle, 'sparkhire-sync.cjs'))});
      for (const file of ${JSON.stringify(filesOf(bundle))}) load(file);
      const told = [...scripts].map(([file, { cachedDataRejected }]) => [file, cachedDataRejected]);
      process.stdout.write(JSON.stringify(told));`;
    const args = ['--input-type=module', '--eval', script];
    const told = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as unknown[];
    expect(told.sort()).toEqual(filesOf(bundle).map((file) => [file, false]));
  });

  it('is from the bundle alone where what V8 made of it is of another one or damaged', () => {
    const copy = join(directory, 'damaged');
    for (const folder of ['bin', 'dist/bundle', 'config']) {
      mkdirSync(join(copy, folder), { recursive: true });
      for (const name of readdirSync(join(root, folder)))
        copyFileSync(join(root, folder, name), join(copy, folder, name));
    }
    copyFileSync(join(root, 'package.json'), join(copy, 'package.json'));
    const caches = readdirSync(bundle).filter((name) => name.endsWith('.cache'));
    expect(caches.length).toBeGreaterThan(20);
    const holed = (whole: Buffer) =>
      Buffer.from(whole).fill(0, whole.length / 2, Math.min(whole.length, whole.length / 2 + 16_384));
    for (const damage of [
      () => Buffer.alloc(0),
      (whole: Buffer) => whole.subarray(0, whole.length / 2),
      (whole: Buffer) => Buffer.alloc(whole.length),
      holed,
    ]) {
      for (const name of caches)
        writeFileSync(join(copy, 'dist', 'bundle', name), damage(readFileSync(join(bundle, name))));
      // It says what is missing once all that it would work with is loaded.
      const { status, stderr } = spawnSync(
        process.execPath,
        [join(copy, 'bin', 'sparkhire-sync.js'), 'apply'],
        {
          env: { PATH: process.env.PATH },
          encoding: 'utf8',
        },
      );
      expect([status, stderr]).toEqual([2, expect.stringContaining('SPARKHIRE_API_KEY: is not set')]);
    }
  });

  it('is from the compiled files where an older Node built no bundle', () => {
    const copy = join(directory, 'unbundled');
    mkdirSync(join(copy, 'bin'), { recursive: true });
    mkdirSync(join(copy, 'dist'));
    for (const name of readdirSync(join(root, 'bin')))
      copyFileSync(join(root, 'bin', name), join(copy, 'bin', name));
    copyFileSync(join(root, 'package.json'), join(copy, 'package.json'));
    symlinkSync(join(root, 'dist', 'cli'), join(copy, 'dist', 'cli'));
    const [program, version] = [join(copy, 'bin', 'sparkhire-sync.js'), '--version'];
    expect(execFileSync(process.execPath, [program, version], { encoding: 'utf8' })).toMatch(
      /^\d+\.\d+\.\d+\n$/,
    );
  });
});

describe('a command', () => {
  /**
   * Runs it. Its exit code, what the files of the bundle that it read are made of (their first lines say it), and which of
   * Node's own modules it loaded.
   */
  async function loadedBy(args: readonly string[], env: Record<string, string | undefined> = {}) {
    const hook = join(directory, 'hook.cjs');
    const told = join(directory, 'loaded.json');
    writeFileSync(
      hook,
      `const fs = require('node:fs');
       const { readFileSync } = fs;
       const files = [];
       fs.readFileSync = (path, ...more) => {
         files.push(String(path));
         return readFileSync(path, ...more);
       };
       process.on('exit', () =>
         fs.writeFileSync(process.env.TOLD, JSON.stringify({ files, modules: process.moduleLoadList })));`,
    );
    const more = { NODE_OPTIONS: `--require=${hook}`, TOLD: told };
    const { code } = await runProcess(args, { env: { ...env, ...more }, cwd: directory });
    const { files, modules } = JSON.parse(readFileSync(told, 'utf8')) as Record<string, string[]>;
    const parts = files!
      .filter((file) => file.endsWith('.cjs') && file.startsWith(bundle))
      .flatMap((file) => readFileSync(file, 'latin1').split('\n', 1)[0]!.slice(3).split(' '));
    return {
      code,
      parts: [...new Set(parts)].filter((part) => part !== '').sort(),
      modules: modules!.map((name) => name.replace(/^NativeModule /, '')),
    };
  }

  it.each(['--version', '--help'])(
    'that only says something loads what reads the command line: %s',
    async (flag) => {
      const { code, parts, modules } = await loadedBy([flag]);
      expect([code, parts]).toEqual([0, ['cli', 'cli/report', 'commander', 'errors.js']]);
      expect(modules).not.toContain('child_process');
    },
  );

  it.each(['conflicts', 'status'])(
    'that only asks the database loads no client and no work: %s',
    async (name) => {
      const database = await createTestDatabase();
      try {
        const { code, parts } = await loadedBy([name], {
          DATABASE_URL: database.url,
          SPARKHIRE_API_KEY: 'a key',
        });
        expect(code).toBe(0);
        expect(parts).toEqual(expect.arrayContaining(['knex', 'pg', 'pino', 'zod']));
        expect(
          parts.filter((part) => /^(sparkhire|work|push|apply|desired|mirror|tick)\b/.test(part)),
        ).toEqual([]);
        expect(parts.filter((part) => seldom.includes(part))).toEqual([]);
        expect(parts).not.toContain('undici');
        expect(parts).not.toContain('bottleneck');
      } finally {
        await database.drop();
      }
    },
  );

  it('that finds nothing to do loads what looks for it, and not what it would be done with', async () => {
    const database = await createTestDatabase();
    const emulator = await startEmulator({ users: 2, jobs: 2, interviews: 3, rateLimit: 1_000_000 });
    try {
      const env = accountSettings(emulator, database.url);
      expect(await runProcess(['apply'], { env, cwd: directory })).toMatchObject({ code: 0 });
      const { code, parts, modules } = await loadedBy(['apply'], env);
      expect(code).toBe(0);
      expect(parts).toEqual(expect.arrayContaining(['knex', 'pg', 'pino', 'zod', 'undici', 'push', 'tick']));
      expect(parts.filter((part) => seldom.includes(part))).toEqual([]);
      // Node's own fetch is the last of them.
      for (const name of ['child_process', 'http2', 'internal/deps/undici/undici'])
        expect(modules).not.toContain(name);
    } finally {
      await emulator.close();
      await database.drop();
    }
  });

  /** Of use to one command, to a terminal, or to rows that are there. */
  const seldom = [
    ...['cli-progress', 'csv-parse', 'libphonenumber-js', 'pino-pretty', 'prom-client'],
    ...['db/embedded', 'emulator', 'service', 'web', 'webhooks'],
  ];
});
