// Leaves out of the bundle, or puts off, what packages load for nothing. Without it the program does the same, and starts
// slower.
import { readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const inPackages = `${sep}node_modules${sep}`;
const isFile = (id, ...path) => id.endsWith(join('node_modules', ...path));

// Modules that stand for others, by what is asked for: when they do, and their text.
const substitutes = {
  // The one part of undici that is used; its index brings fetch, WebSocket and more.
  undici: {
    isFor: () => true,
    text: () => "export { default as Agent } from 'undici/lib/dispatcher/agent.js';",
  },
  // commander and node-cron load it in case a command or a task is a program of its own.
  'node:child_process': {
    isFor: (importer) => importer.includes(inPackages),
    text: () => `for (const name of ['exec', 'execFile', 'execSync', 'fork', 'spawn', 'spawnSync'])
      Object.defineProperty(exports, name, { enumerable: true, get: () => require('node:child_process')[name] });`,
  },
  // The default settings are parsed here; a file of another text is parsed when it is read.
  yaml: {
    isFor: (importer) => !importer.includes(inPackages),
    text() {
      const known = readFileSync(fileURLToPath(new URL('../config/default.yaml', import.meta.url)), 'utf8');
      const [text, tree] = [known, JSON.stringify(parse(known))].map((value) => JSON.stringify(value));
      return `exports.parse = (text, options) =>
        text === ${text} ? JSON.parse(${tree}) : require('yaml').parse(text, options);`;
    },
  },
};
substitutes.child_process = substitutes['node:child_process'];
const marked = (id) => `\0lighter:${id}`;

export const lighter = {
  name: 'lighter',
  resolveId(id, importer) {
    if (importer === undefined || importer.startsWith(marked(''))) return null;
    return Object.hasOwn(substitutes, id) && substitutes[id].isFor(importer) ? marked(id) : null;
  },
  load: (id) => (id.startsWith(marked('')) ? substitutes[id.slice(marked('').length)].text() : null),
  transform(code, id) {
    // Without a navigator pg makes a Response to see whether it is at Cloudflare's: Node 20 loads all of fetch for that.
    if (isFile(id, 'pg', 'lib', 'stream.js')) {
      return { code: code.replace('if (isCloudflareRuntime())', 'if (false)'), map: null };
    }
    // HTTP/2 is never asked for.
    if (isFile(id, 'undici', 'lib', 'dispatcher', 'client-h2.js')) return { code: '', map: null };
    return null;
  },
};
