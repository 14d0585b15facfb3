/** The layers of src/: who may import whom, and what no file may be. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const repository = fileURLToPath(new URL('../../', import.meta.url));
/** Where sources are, and what stands before a file's name here. */
const roots = {
  'src/': '',
  'packages/emulators/src/': '',
  'packages/embedded-postgres/src/': 'embedded-postgres/',
};
/** By name, as the layers call it: where the file is. */
const pathOf = new Map(
  Object.entries(roots).flatMap(([root, prefix]) =>
    readdirSync(join(repository, root), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [prefix + relative(join(repository, root), path).split(sep).join('/'), path] as const),
  ),
);
const files = [...pathOf.keys()].sort();
const textOf = (file: string) => readFileSync(pathOf.get(file)!, 'utf8');

const leaves = [
  'errors',
  'clock',
  'log',
  'text',
  'interview-status',
  'linked-abort',
  'config-schema',
  'config',
  'encryption',
];

/**
 * Every layer and what it may import, besides itself. A new folder or file at the top of src/ needs a line here.
 * `packages`: the packages only these layers may use.
 */
const layers: Record<string, readonly string[]> = {
  errors: [],
  clock: [],
  log: [],
  text: [],
  'interview-status': [],
  'linked-abort': [],
  'setting-values': [],
  'trusted-proxies': [],
  encryption: ['errors'],
  // The one way out: a limit in any window, one request and its answer.
  http: ['errors', 'clock'],
  'config-policies': ['text', 'setting-values'],
  'config-schema': ['text', 'setting-values', 'trusted-proxies', 'connectors', 'orders', 'config-policies'],
  'config-secrets': ['connectors', 'errors'],
  config: ['config-schema', 'config-secrets', 'connectors', 'orders', 'errors'],
  sparkhire: ['errors', 'clock', 'log', 'text', 'interview-status', 'http'],
  // What emulators have in common: nothing of the API that one plays.
  emulation: [],
  // Of the program it stands for Spark Hire to, it knows nothing.
  emulator: ['emulation'],
  'ats-emulator': ['emulation'],
  // ATSs that order interviews, as clients.
  ordering: [],
  // A server that starts by itself: nothing of the program is in it.
  'embedded-postgres': [],
  db: ['errors', 'clock', 'log'],
  // Of other programs: it knows the tables that readers may read.
  reader: [],
  // Who was erased, and which columns are personal.
  forgotten: ['ledger', 'db', 'errors', 'text'],
  // The one writer of the tables that several rooms share.
  ledger: ['reconcile', 'db', 'errors', 'clock', 'log', 'text', 'interview-status'],
  // Of Spark Hire it knows nothing: it writes rows of schema ats. Its settings are part of all settings.
  connectors: [
    'ledger',
    'forgotten',
    'db',
    'encryption',
    'setting-values',
    'http',
    'linked-abort',
    'errors',
    'clock',
    'log',
    'text',
    'interview-status',
  ],
  // ATSs that order interviews themselves: they write rows of schema ats, too.
  orders: [
    'connectors',
    'forgotten',
    'setting-values',
    'http',
    'db',
    'errors',
    'clock',
    'log',
    'text',
    'interview-status',
  ],
  mirror: ['forgotten', 'db', 'sparkhire', 'errors', 'clock', 'log'],
  'account-session': ['connectors', 'db', 'sparkhire', ...leaves],
  backfill: ['ledger', 'account-session', 'mirror', 'db', 'sparkhire', ...leaves],
  tick: ['backfill', 'account-session', 'mirror', 'db', 'sparkhire', ...leaves],
  webhooks: [
    'forgotten',
    'connectors',
    'orders',
    'backfill',
    'account-session',
    'mirror',
    'db',
    'sparkhire',
    ...leaves,
  ],
  // Deciding: no PostgreSQL, no HTTP, no clock.
  reconcile: ['errors', 'text', 'interview-status'],
  desired: ['ledger', 'forgotten', 'reconcile', 'db', ...leaves],
  keys: ['desired', 'reconcile', 'ledger', 'backfill', 'account-session', 'db', 'sparkhire', ...leaves],
  push: [
    'keys',
    'desired',
    'reconcile',
    'ledger',
    'backfill',
    'account-session',
    'mirror',
    'db',
    'sparkhire',
    ...leaves,
  ],
  conflicts: ['ledger', 'reconcile', 'db', ...leaves],
  // Why rows wait, and what happened to them.
  story: ['forgotten', 'reconcile', 'db', ...leaves],
  status: [
    'keys',
    'account-session',
    'connectors',
    'orders',
    'webhooks',
    'backfill',
    'db',
    'sparkhire',
    ...leaves,
  ],
  work: [
    'ledger',
    'forgotten',
    'orders',
    'mirror',
    'connectors',
    'keys',
    'push',
    'desired',
    'reconcile',
    'status',
    'tick',
    'webhooks',
    'backfill',
    'account-session',
    'db',
    'sparkhire',
    ...leaves,
  ],
  service: [
    'ledger',
    'connectors',
    'work',
    'push',
    'desired',
    'tick',
    'webhooks',
    'backfill',
    'account-session',
    'db',
    'sparkhire',
    ...leaves,
  ],
  // Shows and does what the commands do.
  console: [
    'trusted-proxies',
    'service',
    'work',
    'status',
    'conflicts',
    'story',
    'reconcile',
    'ledger',
    'backfill',
    'db',
    'sparkhire',
    ...leaves,
  ],
  // Pages and metrics look at the service; the command line puts them together.
  web: ['status', 'db', 'sparkhire', ...leaves],
  cli: [
    'console',
    'forgotten',
    'orders',
    'connectors',
    'keys',
    'web',
    'service',
    'desired',
    'reconcile',
    'work',
    'status',
    'conflicts',
    'story',
    'webhooks',
    'backfill',
    'db',
    'sparkhire',
    'emulator',
    'ats-emulator',
    'embedded-postgres',
    ...leaves,
  ],
  index: ['sparkhire', ...leaves],
};

const packages: Record<string, readonly string[]> = {
  pg: ['db', 'reader'],
  knex: ['db'],
  'pg-copy-streams': ['mirror'],
  'embedded-postgres': ['embedded-postgres'],
  undici: ['http'],
  bottleneck: ['http'],
  commander: ['cli'],
  'cli-progress': ['cli'],
  yaml: ['config'],
  'node-cron': ['config-schema', 'service'],
  'prom-client': ['web'],
  fastify: ['web', 'console'],
  pino: ['log', 'emulation', 'emulator', 'ats-emulator', 'embedded-postgres'],
  'pino-pretty': ['cli'],
  zod: [
    'orders',
    'webhooks',
    'sparkhire',
    'emulator',
    'ats-emulator',
    'emulation',
    'config-policies',
    'config-schema',
    'setting-values',
    'connectors',
    'desired',
    'console',
  ],
  'libphonenumber-js': ['desired'],
  'csv-parse': ['desired'],
};

interface Import {
  from: string;
  /** A file of src/, or the name of a package. */
  to: string;
  isFile: boolean;
}

/** `#emulators/…` and the like are the packages of this repository. */
function fileMeant(from: string, target: string): string {
  if (target.startsWith('#')) return `${target.slice(1).replace(/^emulators\//, '')}.ts`;
  return join(dirname(from), target).split(sep).join('/').replace(/\.js$/, '.ts');
}

function importsOf(file: string): Import[] {
  const text = textOf(file);
  const found: Import[] = [];
  const statement =
    /^(?:import|export)\s(?:type\s)?[^;'"]*?from\s*'([^']+)'|^import\s*'([^']+)'|\bimport\('([^']+)'\)/gm;
  for (const [, named, bare, dynamic] of text.matchAll(statement)) {
    const target = named ?? bare ?? dynamic!;
    const isFile = /^[.#]/.test(target);
    const to = isFile ? fileMeant(file, target) : target.split('/')[0]!;
    found.push({ from: file, to, isFile });
  }
  return found;
}

/** Files that reach each other, as sorted lists. */
function circlesAmong(arrows: ReadonlyArray<{ from: string; to: string }>): string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to } of arrows) next.set(from, [...(next.get(from) ?? []), to]);
  const reached = new Map<string, Set<string>>();
  for (const file of next.keys()) {
    const seen = new Set<string>();
    const waiting = [...next.get(file)!];
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      if (seen.has(one)) continue;
      seen.add(one);
      waiting.push(...(next.get(one) ?? []));
    }
    reached.set(file, seen);
  }
  const circles = new Map<string, string[]>();
  for (const [file, seen] of reached) {
    if (!seen.has(file)) continue;
    const circle = [...seen].filter((other) => reached.get(other)?.has(file)).sort();
    circles.set(circle.join(' '), circle);
  }
  return [...circles.values()].sort((a, b) => (a[0]! < b[0]! ? -1 : 1));
}

const layerOf = (file: string) => file.split('/')[0]!.replace(/\.ts$/, '');
const imports = files.flatMap(importsOf);

describe('the layers of src', () => {
  it('were read: there are files and imports in them', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(imports.filter(({ isFile }) => isFile).length).toBeGreaterThan(150);
    // Every statement that looks like an import was understood.
    for (const file of files) {
      const text = textOf(file);
      const looks = text.match(/^import\b/gm)?.length ?? 0;
      expect([file, importsOf(file).length >= looks]).toEqual([file, true]);
    }
  });

  it('are all known', () => {
    expect([...new Set(files.map(layerOf))].filter((layer) => !(layer in layers))).toEqual([]);
  });

  it('have no circle among them', () => {
    const order: string[] = [];
    const visit = (layer: string, path: string[]): void => {
      expect(path, `${[...path, layer].join(' → ')}`).not.toContain(layer);
      if (order.includes(layer)) return;
      for (const below of layers[layer]!) visit(below, [...path, layer]);
      order.push(layer);
    };
    for (const layer of Object.keys(layers)) visit(layer, []);
  });

  it.each(Object.keys(layers))('%s imports what it may', (layer) => {
    const wrong = imports
      .filter(({ from, to, isFile }) => isFile && layerOf(from) === layer && layerOf(to) !== layer)
      .filter(({ to }) => !layers[layer]!.includes(layerOf(to)));
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it.each(Object.keys(packages))('the package %s is used where it belongs', (name) => {
    const wrong = imports.filter(
      ({ from, to, isFile }) => !isFile && to === name && !packages[name]!.includes(layerOf(from)),
    );
    // Types do not bind a layer to a package's presence, but pg's name what a transaction is: db alone says it.
    expect(wrong.map(({ from }) => from)).toEqual([]);
  });

  it('use no package that package.json does not list', () => {
    const { dependencies } = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    ) as { dependencies: Record<string, string> };
    const used = new Set(
      imports.filter(({ to, isFile }) => !isFile && !to.startsWith('node:')).map(({ to }) => to),
    );
    expect([...used].filter((name) => !(name in dependencies))).toEqual([]);
  });

  it('import files that exist', () => {
    const missing = imports.filter(({ to, isFile }) => isFile && !files.includes(to));
    expect(missing.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it('decide about a row in one direction: what is the same, then what each resource says of it, then the rules of all', () => {
    const inside = imports.filter(({ from, isFile }) => isFile && from.startsWith('reconcile/'));
    const values =
      /^(text|interview-status)|^reconcile\/values\/|^reconcile\/(types|actions|policies|conflict-kinds)\.ts/;
    const parts: Record<string, readonly RegExp[]> = {
      values: [values],
      kin: [values, /^reconcile\/kin\//],
      kinds: [values, /^reconcile\/(kinds|kin|acting)\/|^reconcile\/(draft|parents|refusals)\.ts/],
    };
    const wrong = inside.filter(({ from, to }) => {
      const may = parts[from.split('/')[1]!];
      return may?.some((one) => one.test(to)) === false;
    });
    expect(wrong.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  it('let a row of the ATS become a write in 35 files, of an invitation and of a change: docs/architecture.md names them', () => {
    const text = readFileSync(join(repository, 'docs/architecture.md'), 'utf8');
    const way = text.slice(
      text.indexOf('From there it goes one way'),
      text.indexOf('When it does not go well'),
    );
    const namedIn = (part: string) => [...part.matchAll(/`([\w/-]+\.ts)`/g)].map(([, file]) => file!);
    expect(namedIn(way).filter((file) => !files.includes(file))).toEqual([]);
    for (const others of [/\{[^}]*\}/g, /\[[^\]]*\]/g]) {
      const named = new Set(namedIn(way.replace(others, '')));
      expect(named.size).toBeGreaterThan(25);
      expect(named.size).toBeLessThanOrEqual(35);
    }
  });

  it('have no circle of files, types counted', () => {
    expect(circlesAmong(imports.filter(({ isFile }) => isFile))).toEqual([]);
  });
});

describe('a file of src', () => {
  it('is TypeScript, and has at most 400 lines', () => {
    expect(files.filter((file) => !file.endsWith('.ts'))).toEqual([]);
    const long = files
      .map((file) => [file, textOf(file).split('\n').length - 1] as const)
      .filter(([, lines]) => lines > 400);
    expect(long).toEqual([]);
  });

  it('leaves it to one file which interviews are pending, and which have ended', () => {
    const lists = /'requested', 'accepted'|'completed', 'expired', 'canceled'/;
    const isProgram = (file: string) => !['emulator', 'ordering'].includes(layerOf(file));
    expect(files.filter((file) => isProgram(file) && lists.test(textOf(file)))).toEqual([
      'interview-status.ts',
    ]);
  });

  it('has at most 13 others beside it', () => {
    const beside = new Map<string, number>();
    const pages = readdirSync(join(repository, 'packages/console/src'), {
      recursive: true,
      withFileTypes: true,
    })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    for (const file of [...files, ...pages]) beside.set(dirname(file), (beside.get(dirname(file)) ?? 0) + 1);
    expect([...beside].filter(([, count]) => count > 14)).toEqual([]);
  });

  it.each(['unit', 'integration', 'story', 'process'])(
    'of test/%s stand at most 14 files side by side',
    (kind) => {
      const beside = new Map<string, number>();
      const root = join(repository, 'test', kind);
      for (const entry of readdirSync(root, { recursive: true, withFileTypes: true }))
        if (entry.isFile()) beside.set(entry.parentPath, (beside.get(entry.parentPath) ?? 0) + 1);
      expect([...beside].filter(([, count]) => count > 14)).toEqual([]);
    },
  );

  it('is named for what it is about', () => {
    const vague = /^(utils?|helpers?|common|models?|misc|shared|stuff)(\.ts)?$/i;
    expect(files.filter((file) => file.split('/').some((part) => vague.test(part)))).toEqual([]);
  });

  it('names files and folders in lower case with dashes', () => {
    expect(files.filter((file) => !/^[a-z0-9/-]+\.ts$/.test(file))).toEqual([]);
  });

  it('prints nothing past the commands: stdout is theirs', () => {
    const printing = files.filter(
      (file) => layerOf(file) !== 'cli' && /\bconsole\.|process\.stdout/.test(textOf(file)),
    );
    expect(printing).toEqual([]);
  });

  it('writes a table that rooms share only in ledger/', () => {
    const writing =
      /\b(insert into|update|delete from|merge into|truncate)\s+sync\.(desired_rows|conflicts|intents|issues|links)\b/i;
    const writers = files.filter((file) => writing.test(textOf(file)));
    expect([...new Set(writers.map(layerOf))]).toEqual(['ledger']);
    // And the state of a row only where its statement is made of the table of moves.
    const moving = /\b(insert into|update)\s+sync\.desired_rows\b/i;
    expect(files.filter((file) => moving.test(textOf(file)))).toEqual(['ledger/rows.ts']);
    const queueing = /insert into\s+sync\.desired_queue\b/i;
    expect(files.filter((file) => queueing.test(textOf(file)))).toEqual(['ledger/queue.ts']);
    const reaching = /\b(insert into|update|delete from)\s+sync\.checkpoints\b/i;
    expect(files.filter((file) => reaching.test(textOf(file)))).toEqual(['db/checkpoints.ts']);
  });

  it('reads the clock of the machine only where time is handed in', () => {
    // The deciders and the client are told the time: see clock.ts.
    const reading = files.filter(
      (file) =>
        /^(mirror|sparkhire|http)\//.test(file) &&
        /\bDate\.now\(|new Date\(\)|performance\.now\(/.test(textOf(file)),
    );
    expect(reading).toEqual([]);
  });
});

describe('a test', () => {
  it('that ends sessions of PostgreSQL waits until they are gone: another would be given one that is about to end', () => {
    const root = join(repository, 'test');
    const texts = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
    const calls = texts.flatMap((text) => text.match(/pg_terminate_backend\([^\\)]+\)/g) ?? []);
    expect(calls.length).toBeGreaterThan(10);
    expect(calls.filter((call) => !/, \d+\)$/.test(call))).toEqual([]);
  });
});
