#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleRuns, openBundle } from './bundle.js';

const bundle = fileURLToPath(new URL('../dist/bundle/sparkhire-sync.cjs', import.meta.url));
const compiled = new URL('../dist/cli/index.js', import.meta.url);

/** The bundle starts faster; an older Node 20 builds none. */
async function load() {
  if (bundleRuns && existsSync(bundle)) return openBundle(bundle).run();
  if (existsSync(compiled)) return import(compiled.href);
  console.error('sparkhire-sync is not built yet. Run `npm ci` (or `npm run build`) in its folder.');
  process.exit(1);
}

const { runProcess } = await load();
await runProcess();
