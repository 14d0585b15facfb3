#!/usr/bin/env node
import { existsSync } from 'node:fs';

// The bundle starts faster; an older Node 20 builds none.
const entry = ['bundle/sparkhire-sync.js', 'cli/index.js']
  .map((path) => new URL(`../dist/${path}`, import.meta.url))
  .find((url) => existsSync(url));
if (entry === undefined) {
  console.error('sparkhire-sync is not built yet. Run `npm ci` (or `npm run build`) in its folder.');
  process.exit(1);
}
const { main } = await import(entry.href);
await main(process.argv);
