#!/usr/bin/env node
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { bundleRuns, openBundle } = require('./bundle.js');

const dist = join(__dirname, '..', 'dist');
const bundle = join(dist, 'bundle', 'sparkhire-sync.cjs');
const compiled = join(dist, 'cli', 'index.js');

/** The bundle starts faster; an older Node 20 builds none. */
async function load() {
  if (bundleRuns && existsSync(bundle)) return openBundle(bundle).exports;
  if (existsSync(compiled)) return import(pathToFileURL(compiled).href);
  console.error('sparkhire-sync is not built yet. Run `npm ci` (or `npm run build`) in its folder.');
  process.exit(1);
}

load().then(({ runProcess }) => runProcess());
