// Puts the compiled command line and what it imports into a few scripts, dist/bundle/sparkhire-sync.cjs and those that
// it loads for a command, and beside each what V8 made of it: most of the time a short command takes is finding, reading
// and compiling some 900 small files.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { openBundle, writeCache } from '../bin/bundle.js';
import { lighter } from './lighter.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const folder = join(dist, 'bundle');

/** A compiled module goes on finding the files it looks for from its own place. */
const ownPlaces = {
  name: 'own-places',
  transform(code, id) {
    if (
      !id.startsWith(root + sep) ||
      id.includes(`${sep}node_modules${sep}`) ||
      !code.includes('import.meta.url')
    )
      return null;
    const place = JSON.stringify(relative(folder, id).split(sep).join('/'));
    return { code: code.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`), map: null };
  },
};

/** With what every command line is read: one file. */
const beginning = [
  ...['errors.js', 'cli/invocation.js'].map((path) => join(dist, path)),
  join('node_modules', 'commander', 'lib'),
  join('node_modules', 'commander', 'index.js'),
  join('node_modules', 'commander', 'esm.mjs'),
];

/** What the bundler needs; the program itself runs on any Node 20. */
export function bundlerRuns() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
}

export async function bundle() {
  const { rolldown } = await import('rolldown');
  const build = await rolldown({
    input: { 'sparkhire-sync': join(dist, 'cli', 'index.js') },
    platform: 'node',
    // Never imported, only looked for: drivers of other databases, a native one of PostgreSQL.
    external: (id) => drivers.has(id),
    plugins: [ownPlaces, lighter],
    logLevel: 'silent',
  });
  const { output } = await build.write({
    dir: folder,
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    comments: false,
    codeSplitting: { groups: [{ name: 'start', test: (id) => beginning.some((path) => id.includes(path)) }] },
  });
  await build.close();
  const files = output.map(({ fileName }) => join(folder, fileName));
  for (const [index, file] of files.entries()) {
    // A function, as Node makes one of every such file, so that its cache is of the whole. Modules are strict. A text
    // of ASCII alone takes half the memory and needs no decoding.
    const text = readFileSync(file, 'utf8').replace(/[^\0-\x7f]/g, escaped);
    writeFileSync(
      file,
      `// ${holds(output[index]).join(' ')}\n` +
        `(function (exports, require, module, __filename, __dirname) { 'use strict'; ${text}\n})`,
    );
  }
  const { exports, load, scripts } = openBundle(files[0]);
  for (const file of files) load(file);
  await warmUp(exports);
  for (const [file, script] of scripts) writeCache(file, script);
}

/** Once it has run, V8 knows what is needed at each start: settings are read, and a database is looked for in vain. */
async function warmUp({ main }) {
  const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });
  const env = { SPARKHIRE_API_KEY: 'none', DATABASE_URL: 'postgres://nobody:nothing@127.0.0.1:1/none' };
  for (const command of ['apply', 'status']) {
    const { signal: stopSignal } = new AbortController();
    await main([command], {
      env,
      stdout: nowhere(),
      stderr: nowhere(),
      stopSignal: () => stopSignal,
      exitCode: 0,
    });
  }
}

/** What a file of the bundle is made of: packages, folders of src/, and files directly in it. */
function holds({ moduleIds }) {
  const names = moduleIds.map((id) => {
    const [, name] = id.match(/.*[/\\]node_modules[/\\]((?:@[^/\\]+[/\\])?[^/\\]+)/) ?? [];
    if (name !== undefined) return name;
    const own = relative(id.startsWith(dist + sep) ? dist : root, id)
      .split(sep)
      .join('/');
    return own.includes('/') ? dirname(own) : own;
  });
  return [...new Set(names)].filter((name) => /^[@\w]/.test(name)).sort();
}

function escaped(character) {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
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
