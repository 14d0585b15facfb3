// Puts the compiled command line and what it imports into one file, dist/bundle/sparkhire-sync.js: most of the time a
// short command takes is finding, reading and compiling some 900 small files.
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
const folder = join(dist, 'bundle');

/** A compiled module goes on finding the files it looks for from its own place. */
const ownPlaces = {
  name: 'own-places',
  transform(code, id) {
    if (!id.startsWith(dist + sep) || !code.includes('import.meta.url')) return null;
    const place = JSON.stringify(relative(folder, id).split(sep).join('/'));
    return { code: code.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`), map: null };
  },
};

/** What the bundler needs; the program itself runs on any Node 20. */
function bundlerRuns() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
}

export async function bundle() {
  if (!bundlerRuns()) {
    console.warn(`Not bundled by Node ${process.versions.node}: commands start slower.`);
    return;
  }
  const { rolldown } = await import('rolldown');
  const build = await rolldown({
    input: { 'sparkhire-sync': join(dist, 'cli', 'index.js') },
    platform: 'node',
    // Never imported, only looked for: drivers of other databases, a native one of PostgreSQL.
    external: (id) => drivers.has(id),
    plugins: [ownPlaces],
    logLevel: 'silent',
  });
  await build.write({ dir: folder, format: 'esm', codeSplitting: false });
  await build.close();
}

const drivers = new Set([
  'better-sqlite3',
  'mysql',
  'mysql2',
  'oracledb',
  'pg-native',
  'pg-query-stream',
  'sqlite3',
  'tedious',
]);
