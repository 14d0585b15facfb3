import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/errors.js';

const script = new URL('../../scripts/errors-doc.mjs', import.meta.url);
const { errorsPage } = (await import(script.href)) as {
  errorsPage(codes: Record<string, string>): string;
};

describe('docs/errors.md', () => {
  it('is what scripts/errors-doc.mjs makes of src/errors.ts: run it after a change there', () => {
    const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
    expect(page).toBe(errorsPage(errorCodes));
  });

  it('has a line for each code: its meaning, what helps, the exit code', () => {
    const page = errorsPage(errorCodes);
    for (const [code, meaning] of Object.entries(errorCodes)) {
      const line = page.split('\n').find((text) => text.startsWith(`| \`${code}\` |`));
      const [, , told, helps, exit] = line!.split('|').map((cell) => cell.trim());
      expect(told).toBe(meaning);
      expect(helps).toMatch(/\.$/);
      expect(['1', '2']).toContain(exit);
    }
  });

  it('cannot be made with a code nobody explained, or with an explanation of none', () => {
    expect(() => errorsPage({ ...errorCodes, NEW_CODE: 'New.' })).toThrow('NEW_CODE');
    const { INTERNAL: _, ...fewer } = errorCodes;
    expect(() => errorsPage(fewer)).toThrow('INTERNAL');
  });
});
