// `npm run demo`: installs what is missing, builds what is missing, then runs the demo in this process's place.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function step(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (error) console.error(`${command} could not be run: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}

if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`Node.js 20 or newer is needed; this is ${process.version}.`);
  process.exit(1);
}
if (!existsSync(join(root, 'node_modules', '.package-lock.json'))) {
  console.log('Installing what is needed (once) ...');
  step('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
}
step(process.execPath, [join(root, 'scripts', 'build.mjs')]);

const bin = join(root, 'bin', 'sparkhire-sync.js');
const child = spawn(process.execPath, [bin, 'demo', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
// Ctrl-C reaches the child by itself as well; two signals in quick succession count as one there.
for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => child.kill(name));
child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
