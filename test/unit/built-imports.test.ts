/** Scripts and benches use what is built, and no compiler reads them. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const textOf = (path: string) => readFileSync(new URL(path, root), 'utf8');
const files = ['bench', 'scripts'].flatMap((folder) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.mjs'))
    .map((name) => `${folder}/${name}`),
);

function exportsOf(path: string): Set<string> {
  const text = textOf(path);
  const names = [
    ...text.matchAll(/^export (?:async )?(?:function\*?|const|let|class) (\w+)/gm),
    ...[...text.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, list]) => [
      ...list!.matchAll(/(\w+)\s*(?:,|$)/g),
    ]),
  ].map(([, name]) => name!);
  for (const [, other] of text.matchAll(/^export \* from '([^']+)\.js'/gm))
    names.push(...exportsOf(join(dirname(path), `${other}.ts`)));
  return new Set(names);
}

it('what scripts and benches import from dist is exported by the source of it', () => {
  const missing: string[] = [];
  let seen = 0;
  for (const file of files) {
    for (const [, names, path] of textOf(file).matchAll(
      /^import \{([^}]*)\} from '(?:\.\.\/)+((?:packages\/[\w-]+\/)?dist\/[^']+)\.js'/gm,
    )) {
      const exported = exportsOf(`${path!.replace(/dist\//, 'src/')}.ts`);
      for (const name of names!.split(',').map((one) => one.trim().split(' as ')[0]!)) {
        if (name === '') continue;
        seen++;
        if (!exported.has(name)) missing.push(`${file}: ${name} of ${path}`);
      }
    }
  }
  expect(missing).toEqual([]);
  expect(seen).toBeGreaterThan(50);
});
