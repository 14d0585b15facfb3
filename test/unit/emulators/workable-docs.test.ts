import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { workableSwitchTable } from '#emulators/ats-emulator/workable/index';

const page = readFileSync(new URL('../../../docs/emulator.md', import.meta.url), 'utf8');

it('the page about the emulated Workable has a row for every switch: its question, its default, its other readings', () => {
  const { names, alternatives, questions } = workableSwitchTable;
  const rows = names.map((name) => {
    const [standard, ...others] = alternatives[name].map((one) => `\`${String(one)}\``);
    return `| \`${name}\` | ${questions[name].question} | ${standard} | ${others.join(', ')} |`;
  });
  const [, after = ''] = page.split('### Switches of Workable');
  const [table = ''] = after.split('The control endpoints');
  expect(table.split('\n').filter((line) => line.startsWith('| `'))).toEqual(rows);
});
