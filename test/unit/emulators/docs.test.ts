import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { effectKinds } from '#emulators/emulation/faults';
import { actInputs } from '#emulators/emulator/life/acts';
import { switchAlternatives, switchNames, switchQuestions } from '#emulators/emulator/switches';

const page = readFileSync(new URL('../../../docs/emulator.md', import.meta.url), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );

/** What an emulator may use besides itself. */
const outside = /^emulation\//;

describe('docs/emulator.md', () => {
  it('has a row for every switch: its question, its default, its other readings', () => {
    for (const name of switchNames) {
      const [standard, ...others] = switchAlternatives[name].map((one) => `\`${String(one)}\``);
      const row = rows.find((cells) => cells[0] === `\`${name}\``);
      expect(row, name).toEqual([`\`${name}\``, switchQuestions[name].question, standard, others.join(', ')]);
    }
  });

  it('has no row for a switch that is gone', () => {
    const start = page.indexOf('### Transport');
    const table = page.slice(start, page.indexOf('## Faults'));
    const listed = [...table.matchAll(/^\| `(\w+)`/gm)].map((match) => match[1]);
    expect(listed).toEqual(switchNames);
  });

  it('names every act and every effect of a fault', () => {
    const acts = page.slice(page.indexOf('## Acts'));
    for (const name of Object.keys(actInputs)) expect(acts).toContain(`\`${name}\``);
    const faults = page.slice(page.indexOf('## Faults'));
    for (const kind of effectKinds) expect(faults).toContain(`kind: '${kind}'`);
  });
});

describe.each(['emulator', 'ats-emulator'])('packages/emulators/src/%s', (folder) => {
  it('is made from documents: it shares nothing with the client it tests', () => {
    const root = new URL(`../../../packages/emulators/src/${folder}/`, import.meta.url);
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) {
      const here = new URL(file, root);
      for (const [, path] of readFileSync(here, 'utf8').matchAll(/from '(\.[^']+)'/g)) {
        const target = new URL(path!, here).pathname.split('/src/')[1]!;
        if (!target.startsWith(`${folder}/`)) expect(target, file).toMatch(outside);
      }
    }
  });
});
