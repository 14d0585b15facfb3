// Builds packages/console/src into dist/pages: one page, one script, one style sheet, named for what is in them.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const source = join(root, 'packages', 'console', 'src');
const target = join(root, 'dist', 'pages');

export async function pages() {
  const { rolldown } = await import('rolldown');
  const build = await rolldown({
    input: join(source, 'main.tsx'),
    platform: 'browser',
    tsconfig: false,
    transform: { target: 'es2022', jsx: { runtime: 'automatic', importSource: 'preact' } },
    // Sources import what TypeScript makes of them.
    resolve: { extensionAlias: { '.js': ['.ts', '.tsx', '.js'] } },
    logLevel: 'warn',
  });
  const { output } = await build.generate({ format: 'es', minify: true, comments: false });
  await build.close();
  const [{ code }] = output;
  const style = readFileSync(join(source, 'style.css'), 'utf8');
  mkdirSync(target, { recursive: true });
  const names = { SCRIPT: write('console', 'js', code), STYLE: write('console', 'css', style) };
  const page = readFileSync(join(source, 'index.html'), 'utf8');
  writeFileSync(
    join(target, 'index.html'),
    page.replace(/SCRIPT|STYLE/g, (name) => names[name]),
  );
  writeFileSync(join(target, 'icon.svg'), readFileSync(join(source, 'icon.svg')));
}

function write(name, kind, content) {
  const hash = createHash('sha256').update(content).digest('base64url').slice(0, 8).replaceAll(/[-_]/g, '0');
  const file = `${name}-${hash}.${kind}`;
  writeFileSync(join(target, file), content);
  return file;
}
