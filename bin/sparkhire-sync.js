#!/usr/bin/env node
import { existsSync } from 'node:fs';

const entry = new URL('../dist/cli/index.js', import.meta.url);
if (!existsSync(entry)) {
  console.error('sparkhire-sync is not built yet. Run `npm ci` (or `npm run build`) in its folder.');
  process.exit(1);
}
const { main } = await import(entry.href);
await main(process.argv);
