/** How the built program is loaded. */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sparkhire-start-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the start', () => {
  const root = join(import.meta.dirname, '..', '..');

  it('is from the bundle, with what V8 made of it at the build', () => {
    const bundle = join(root, 'dist', 'bundle', 'sparkhire-sync.cjs');
    const script = `import { openBundle } from ${JSON.stringify(pathToFileURL(join(root, 'bin', 'bundle.js')).href)};
      process.stdout.write(String(openBundle(${JSON.stringify(bundle)}).script.cachedDataRejected));`;
    const args = ['--input-type=module', '--eval', script];
    expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toBe('false');
  });

  it('is from the bundle alone where what V8 made of it is of another one or damaged', () => {
    const copy = join(directory, 'damaged');
    for (const folder of ['bin', 'dist/bundle']) {
      mkdirSync(join(copy, folder), { recursive: true });
      for (const name of readdirSync(join(root, folder)))
        copyFileSync(join(root, folder, name), join(copy, folder, name));
    }
    copyFileSync(join(root, 'package.json'), join(copy, 'package.json'));
    const [cache] = readdirSync(join(copy, 'dist', 'bundle')).filter((name) => name.endsWith('.cache'));
    const program = [join(copy, 'bin', 'sparkhire-sync.js'), '--version'];
    const whole = readFileSync(join(copy, 'dist', 'bundle', cache!));
    const holed = Buffer.from(whole).fill(0, whole.length / 2, whole.length / 2 + 16_384);
    for (const bytes of [
      Buffer.alloc(0),
      whole.subarray(0, whole.length / 2),
      Buffer.alloc(whole.length),
      holed,
    ]) {
      writeFileSync(join(copy, 'dist', 'bundle', cache!), bytes);
      expect(execFileSync(process.execPath, program, { encoding: 'utf8' })).toMatch(/^\d+\.\d+\.\d+\n$/);
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
