import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../', import.meta.url));
const tests = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => readFileSync(`${folder}/${file}`, 'utf8'))
  .join('\n');
const documented = readFileSync(new URL('../../docs/open-points.md', import.meta.url), 'utf8');

describe('the open points of the API', () => {
  const points = Array.from({ length: 35 }, (_, i) => i + 1);
  it.each(points)('point %i is documented and has a test of its own', (point) => {
    expect(documented).toMatch(new RegExp(`^\\| ${point} \\|`, 'm'));
    expect(tests).toMatch(new RegExp(`['"\`]points? (\\d+(, | and ))*${point}\\b`));
  });
});
