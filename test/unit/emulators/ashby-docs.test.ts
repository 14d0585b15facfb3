import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { endpoints } from '#emulators/ats-emulator/ashby/endpoints';
import { ashbySwitchTable } from '#emulators/ats-emulator/ashby/index';
import { actInputs } from '#emulators/ats-emulator/ashby/world/acts';

const page = readFileSync(new URL('../../../docs/emulator.md', import.meta.url), 'utf8');
const [section] = page.slice(page.indexOf('## Ashby')).split(/\n## (?!Ashby)/) as [string];

describe('the page about the emulated Ashby', () => {
  it('has a row for every switch: its question, its default, its other readings', () => {
    const { names, alternatives, questions } = ashbySwitchTable;
    const rows = names.map((name) => {
      const [standard, ...others] = alternatives[name].map((one) => `\`${String(one)}\``);
      return `| \`${name}\` | ${questions[name].question} | ${standard} | ${others.join(', ')} |`;
    });
    const table = section.slice(section.indexOf('### Switches of Ashby'), section.indexOf('### Faults'));
    expect(table.split('\n').filter((line) => line.startsWith('| `'))).toEqual(rows);
  });

  it('names every act and every field that it takes', () => {
    const rows = section.split('\n').filter((line) => line.startsWith('| `'));
    for (const [name, input] of Object.entries(actInputs)) {
      const row = rows.find((line) => line.split('|')[1]!.includes(`\`${name}\``));
      expect(row, name).toBeDefined();
      for (const field of Object.keys(input.shape)) expect(row, name).toContain(field);
    }
  });

  it('names every endpoint', () => {
    for (const name of Object.keys(endpoints)) expect(section).toContain(name);
  });
});
