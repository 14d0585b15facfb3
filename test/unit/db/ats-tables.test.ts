/** The tables of schema ats are described in several places: where they are read, looked for, made again, and in the docs. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { atsTables } from '../../../src/db/objects/ats-tables.js';

const text = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

describe.each(Object.values(atsTables))('the columns of ats.$name', ({ name, key, columns }) => {
  const own = columns.filter(([column]) => column !== 'deleted_at' && column !== 'extra');

  it('are made again with their types', () => {
    const [, list] = new RegExp(`\\('${name}', '${key}', array\\[([^\\]]+(?:\\[\\][^\\]]+)?)\\]\\)`).exec(
      text('migrations/0028_ats_tables.sql'),
    )!;
    const made = [...list!.matchAll(/'(\w+) ([\w[\]]+)/g)].map(([, column, type]) => [column, type]);
    // It came later, in a file of its own that is run again as well.
    if (name === 'packages') {
      const [, column, type] = /add column (\w+) (\w+)/.exec(text('migrations/0046_package_jobs.sql'))!;
      made.push([column, type]);
    }
    expect(made).toEqual(own);
  });

  it('are in the docs with their types', () => {
    const [, list] = new RegExp(`create table ats\\.${name} \\(([^;]+), primary key`).exec(
      text('docs/ats.md').replace(/\s+/g, ' '),
    )!;
    const described = list!.split(', ').map((column) => column.split(' ').slice(0, 2));
    expect(described).toEqual([['account', 'text'], [key, 'text'], ...columns]);
  });
});
