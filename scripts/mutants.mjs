// `node scripts/mutants.mjs [--seeds N] [--from N] [--tries N] [--only TEXT]… [--skip N]`: the simulation against deliberate faults, one at a time
// (test/simulation/mutants.mjs), in a copy of the project. With --tries each is played with so many of the seeds at most: those with most of the
// events by which it shows, where those are told, and none of the mended days then. Says for each whether a day found it, and which: first those of test/simulation/mended, then seeds. A day
// that ends badly without the fault too has found nothing. All are played in one process: each file with faults stands there once as it is and once
// for each fault, and each call of it goes to the one whose turn it is.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, watchFile, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { mutants } from '../test/simulation/mutants.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    tries: { type: 'string' },
    only: { type: 'string', multiple: true, default: [''] },
    skip: { type: 'string', default: '0' },
  },
});
const wanted = mutants
  .filter(({ name, file }) => values.only.some((text) => `${file} ${name}`.includes(text)))
  .slice(Number(values.skip));
const copy = mkdtempSync(join(tmpdir(), 'sparkhire-mutants-'));
process.on('SIGINT', () => process.exit(130));
process.on('exit', () => rmSync(copy, { recursive: true, force: true }));
for (const name of [
  'src',
  'packages',
  'test',
  'migrations',
  'config',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
])
  cpSync(join(root, name), join(copy, name), { recursive: true });
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));

/**
 * Functions that ask nobody, with the folders or files whose faults show in their answers alone. With the day as it is each call of
 * them is repeated with each of those faults: where no answer is another one, the fault changes nothing in that day.
 */
const pure = {
  'reconcile/decide.ts': { decide: 'reconcile/' },
  // What is read besides is chosen by these.
  'reconcile/kin/kin.ts': Object.fromEntries(
    `isCalled isNamesake mayBeThere isSame isOfType mayShow isLinkOfAnother showsAll isAnothers isLeftOfAnother isUsedAgain isBeyondDoubt`
      .split(' ')
      .map((name) => [name, 'reconcile/kin/kin.ts']),
  ),
  'desired/judge/judge.ts': { judgeRecord: 'desired/judge/judge.ts' },
  'webhooks/judge.ts': { judge: 'webhooks/judge.ts' },
  'sparkhire/paging/sweep.ts': {
    acceptPage: 'sparkhire/paging/sweep.ts',
    joins: 'sparkhire/paging/sweep.ts',
  },
  'push/lost/judge-looks.ts': { judgeLooks: 'push/lost/judge-looks.ts' },
};
const shownBy = Object.values(pure).flatMap((functions) => Object.values(functions));

for (const file of new Set(wanted.map((one) => one.file)))
  putFaults(
    file,
    wanted.filter((one) => one.file === file),
  );

/** In its place comes a file that hands each call on. */
function putFaults(file, faults) {
  const path = join(copy, 'src', file);
  const text = readFileSync(path, 'utf8');
  const stem = path.replace(/\.ts$/, '');
  writeFileSync(`${stem}.as-it-is.ts`, text);
  const named = faults.map(({ name, find, put }, index) => {
    if (text.split(find).length !== 2) throw new Error(`${file} does not have it once: ${find}`);
    writeFileSync(
      `${stem}.fault-${index}.ts`,
      text.replace(find, () => put),
    );
    return `  ${JSON.stringify(name)}: fault${index},`;
  });
  const base = basename(stem);
  const lines = [
    `import * as asItIs from './${base}.as-it-is.js';`,
    ...faults.map((_, index) => `import * as fault${index} from './${base}.fault-${index}.js';`),
    'const all = () => ({',
    ...named,
    '});',
    'const now = () => all()[globalThis.fault] ?? asItIs;',
    ...exportsOf(text, pure[file] ?? {}),
  ];
  writeFileSync(path, `// @ts-nocheck\n${lines.join('\n')}\n`);
}

/** Functions and tables of functions are those of the fault whose turn it is; classes are one, whoever made the object. */
function exportsOf(text, showing) {
  const handedOn = [...text.matchAll(/^export \{ (\w+) \};/gm)].map(([, name]) => ['', 'function', name]);
  const own = text.matchAll(/^export (?:async )?(function\*?|const|class) (\w+)/gm);
  return [...own, ...handedOn].map(([, kind, name]) => {
    if (name in showing) {
      const faults = wanted.filter(({ file }) => file.startsWith(showing[name])).map((one) => one.name);
      return `export function ${name}(...args) {
  const call = () => now().${name}(...args);
  const answer = call();
  globalThis.called?.(${JSON.stringify(faults)}, call, answer);
  return answer;
}`;
    }
    if (kind.startsWith('function'))
      return `export function ${name}(...args) { return now().${name}(...args); }`;
    if (kind === 'class')
      return `for (const one of [asItIs, ...Object.values(all())])
  Object.defineProperty(one.${name}, Symbol.hasInstance, { value: (object) =>
    [asItIs, ...Object.values(all())].some((other) => other.${name}.prototype.isPrototypeOf(object)) });
export const ${name} = asItIs.${name};`;
    return `export const ${name} = typeof asItIs.${name} === 'function' ? (...args) => now().${name}(...args)
  : typeof asItIs.${name} !== 'object' || Array.isArray(asItIs.${name}) ? asItIs.${name}
  : new Proxy(asItIs.${name}, { get: (_, key) => now().${name}[key] });`;
  });
}

const told = join(copy, 'told');
const found = [];
/** Those that it has not come to. */
const left = () => wanted.filter(({ name }) => !found.some(({ fault }) => fault === name));
writeFileSync(told, '');
watchFile(told, { interval: 1000 }, tell);
const code = await play();
tell();
const missed = [
  ...left().map(({ name }) => name),
  ...found.filter(({ fault, day }) => fault && day === undefined).map(({ fault }) => fault),
];
console.log(
  `${wanted.length - missed.length} of ${wanted.length} caught by mended days and seeds from ${values.from} on, ${values.seeds} at most.`,
);
process.exit(code === 0 && missed.length === 0 ? 0 : 1);

function tell() {
  const lines = readFileSync(told, 'utf8').trim().split('\n').filter(Boolean);
  for (const line of lines.slice(found.length)) {
    const one = JSON.parse(line);
    found.push(one);
    if (one.bad !== undefined)
      for (const [day, wrong] of Object.entries(one.bad))
        console.log(`left out, it ends badly without a fault: ${day}: ${wrong.slice(0, 300)}`);
    if (one.matters !== undefined)
      console.log(`days in which it may change something: ${JSON.stringify(one.matters)}`);
    if (one.fault === undefined) continue;
    const { file } = wanted.find(({ name }) => name === one.fault);
    if (one.day === undefined) console.log(`missed  ${file}: ${one.fault} (${one.played} days)`);
    else
      console.log(
        `caught  ${file}: ${one.fault}\n        ${one.day}: ${one.wrong.split('\n')[0].slice(0, 300)}`,
      );
  }
}

/** @returns the exit code of the tests */
function play() {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const asked = {
    faults: wanted.map(({ name, file, by, given }) => ({
      name,
      isPure: shownBy.some((part) => file.startsWith(part)),
      by,
      given,
    })),
    seeds: Number(values.seeds),
    from: Number(values.from),
    tries: values.tries === undefined ? undefined : Number(values.tries),
    told,
  };
  const child = spawn(
    process.execPath,
    [vitest, 'run', 'test/simulation/mutants.test.ts', '--testTimeout', '0'],
    {
      cwd: copy,
      env: {
        ...process.env,
        NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --max-semi-space-size=64`,
        SIMULATE_FAULTS: JSON.stringify(asked),
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  return new Promise((ended) => child.on('close', (status) => ended(status ?? 1)));
}
