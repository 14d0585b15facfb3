import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { leverSwitchTable } from '#emulators/ats-emulator/lever/index';
import { actInputs } from '#emulators/ats-emulator/lever/world/acts';

const page = readFileSync(new URL('../../../docs/emulator-lever.md', import.meta.url), 'utf8');

describe('the page about the emulated Lever', () => {
  it('has a row for every switch: its question, its default, its other readings', () => {
    const { names, alternatives, questions } = leverSwitchTable;
    const rows = names.map((name) => {
      const [standard, ...others] = alternatives[name].map((one) => `\`${String(one)}\``);
      return `| \`${name}\` | ${questions[name].question} | ${standard} | ${others.join(', ')} |`;
    });
    const table = page.slice(page.indexOf('## Switches'), page.indexOf('## Acts'));
    expect(table.split('\n').filter((line) => line.startsWith('| `'))).toEqual(rows);
  });

  it('names every act and every field that it takes', () => {
    const rows = page
      .slice(page.indexOf('## Acts'))
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    for (const [name, input] of Object.entries(actInputs)) {
      const row = rows.find((line) => line.split('|')[1]!.includes(`\`${name}\``));
      expect(row, name).toBeDefined();
      if (name === 'addLead') continue;
      for (const field of Object.keys(input.shape)) expect(row, name).toContain(field);
    }
  });
});
