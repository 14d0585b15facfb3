/** The pages that `npm run docs` makes of the code are what it would make now, and explain all that there is. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { environmentSettings, settingsJsonSchema } from '../../src/config-schema.js';
import { atsEnvironment, atsSecretVariables } from '../../src/connectors/settings.js';
import { consoleCodes, statusOf } from '../../src/console/refusals.js';
import { errorCodes } from '../../src/errors.js';
import { conflictKinds } from '../../src/reconcile/conflict-kinds.js';
import { issueCodes } from '../../src/reconcile/types.js';

const root = new URL('../../', import.meta.url);
const textOf = (path: string) => readFileSync(new URL(path, root), 'utf8');
const imported = async (path: string) => (await import(new URL(path, root).href)) as Record<string, unknown>;
type Page = (of: object) => string;
const { settingsPage } = (await imported('scripts/docs/settings.mjs')) as { settingsPage: Page };
const { codesPage } = (await imported('scripts/docs/codes.mjs')) as { codesPage: Page };

const settings = {
  defaults: parse(textOf('config/default.yaml')) as object,
  environment: environmentSettings,
  atsEnvironment,
  atsSecretVariables,
};
const made = () => settingsPage({ schema: settingsJsonSchema(), ...settings });
const codes = {
  errorCodes,
  issueCodes,
  conflictKinds: Object.keys(conflictKinds),
  consoleCodes,
  statusOf,
};

describe('docs/settings.md', () => {
  it('is what npm run docs makes of the schema: run it after a change there', () => {
    expect(textOf('docs/settings.md')).toBe(made());
  });

  it('names every variable', () => {
    for (const name of [
      ...Object.keys(environmentSettings),
      ...Object.keys(atsEnvironment),
      ...atsSecretVariables,
    ])
      expect(made()).toContain(`\`${name}\``);
  });

  it('cannot be made while a setting says nothing of itself', () => {
    const schema = settingsJsonSchema() as { properties: Record<string, { properties: object }> };
    Object.assign(schema.properties.http!.properties, { mute: { type: 'string' } });
    expect(() => settingsPage({ schema, ...settings })).toThrow('http.mute');
  });
});

describe('docs/codes.md', () => {
  it('is what npm run docs makes of the lists of codes: run it after a change there', () => {
    expect(textOf('docs/codes.md')).toBe(codesPage(codes));
  });

  it('says of each code what it means and what helps, in sentences', () => {
    const lines = codesPage(codes)
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    const cells = lines.map((line) => line.split('|').map((text) => text.trim()));
    expect(cells.map(([, code]) => code)).toEqual(
      [issueCodes, codes.conflictKinds, Object.keys(errorCodes), Object.keys(consoleCodes)]
        .flat()
        .map((code) => `\`${code}\``)
        .sort(
          (a, b) => cells.findIndex(([, code]) => code === a) - cells.findIndex(([, code]) => code === b),
        ),
    );
    for (const [, , meaning, helps, exit] of cells) {
      expect(meaning).toMatch(/[.)]$/);
      expect(helps).toMatch(/\.$/);
      if (exit !== '') expect(exit).toMatch(/^([12]|4\d\d)$/);
    }
  });

  it('cannot be made with a code nobody explained, or with an explanation of none', () => {
    expect(() => codesPage({ ...codes, issueCodes: [...issueCodes, 'NEW_ISSUE'] })).toThrow('NEW_ISSUE');
    expect(() => codesPage({ ...codes, errorCodes: { ...errorCodes, NEW: 'New.' } })).toThrow('NEW');
    const { INTERNAL: _, ...fewer } = errorCodes;
    expect(() => codesPage({ ...codes, errorCodes: fewer })).toThrow('INTERNAL');
  });
});
