import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { allScopes, greenhouseSwitchTable } from '#emulators/ats-emulator/greenhouse/index';
import { actInputs } from '#emulators/ats-emulator/greenhouse/world/acts';

const page = readFileSync(new URL('../../../docs/emulator.md', import.meta.url), 'utf8');
const section = page.slice(page.indexOf('## Greenhouse'), page.indexOf('## Ashby'));

describe('the page about the emulated Greenhouse', () => {
  it('has a row for every switch: its question, its default, its other readings', () => {
    const { names, alternatives, questions } = greenhouseSwitchTable;
    const rows = names.map((name) => {
      const [standard, ...others] = alternatives[name].map((one) => `\`${String(one)}\``);
      return `| \`${name}\` | ${questions[name].question} | ${standard} | ${others.join(', ')} |`;
    });
    const table = section.slice(section.indexOf('### Switches of Greenhouse'), section.indexOf('### Faults'));
    expect(table.split('\n').filter((line) => line.startsWith('| `'))).toEqual(rows);
  });

  it('names every act and every field that it takes', () => {
    const rows = section.split('\n').filter((line) => line.startsWith('| `'));
    for (const [name, input] of Object.entries(actInputs)) {
      const row = rows.find((line) => line.split('|')[1]!.includes(`\`${name}\``));
      expect(row, name).toBeDefined();
      if (/`(apply|addProspect|editCandidate)`/.test(row!)) continue;
      for (const field of Object.keys(input.shape)) expect(row, name).toContain(field);
    }
  });

  it('names every list', () => {
    for (const scope of allScopes.filter((one) => one.endsWith(':list'))) {
      expect(section).toContain(scope.split(':')[1]);
    }
  });
});
