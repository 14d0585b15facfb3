// Compiles packages/ and src/, each into its dist/, bundles the command line, and builds the pages. Runs from npm's `prepare` and `pretest`; skips itself where the compiler is not
// installed (a production install), and where nothing changed since the last build.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle, bundlerRuns } from './bundle.mjs';
import { pages } from './pages.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const packages = readdirSync(join(root, 'packages')).map((name) => join('packages', name));
const stamp = join(root, 'dist', '.built');

function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  let latest = stat.mtimeMs;
  for (const entry of readdirSync(path)) latest = Math.max(latest, newest(join(path, entry)));
  return latest;
}

/** npm links the commands of dependencies only; in a checkout `npx sparkhire-sync` needs this one as well. */
function linkCommand() {
  const folder = join(root, 'node_modules', '.bin');
  const link = join(folder, 'sparkhire-sync');
  if (process.platform === 'win32' || !existsSync(folder)) return;
  rmSync(link, { force: true });
  symlinkSync(join('..', '..', 'bin', 'sparkhire-sync.js'), link);
}

if (!existsSync(compiler)) {
  if (existsSync(stamp)) process.exit(0);
  console.error('TypeScript is not installed: run `npm ci` (with development dependencies) first.');
  process.exit(1);
}
linkCommand();
// What npm installed counts: the bundle holds copies of it.
const inputs = [
  'src',
  'config',
  ...packages.flatMap((path) => [join(path, 'src'), join(path, 'tsconfig.json')]),
  'scripts',
  'bin',
  'tsconfig.json',
  'tsconfig.build.json',
  'package.json',
  'node_modules/.package-lock.json',
]
  .map((path) => join(root, path))
  .filter((path) => existsSync(path))
  .map(newest);
if (existsSync(stamp) && statSync(stamp).mtimeMs > Math.max(...inputs) && !process.argv.includes('--force')) {
  process.exit(0);
}
for (const [folder, config] of [
  // The pages are no program for Node: the bundler alone makes them.
  ...packages.filter((path) => path !== join('packages', 'console')).map((path) => [path, 'tsconfig.json']),
  ['.', 'tsconfig.build.json'],
]) {
  rmSync(join(root, folder, 'dist'), { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [compiler, '-p', join(root, folder, config)], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
if (bundlerRuns()) {
  await bundle();
  await pages();
} else {
  console.warn(
    `Not bundled by Node ${process.versions.node}: commands start slower, and the console has no pages.`,
  );
}
writeFileSync(stamp, '');
