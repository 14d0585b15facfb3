/** Settings of an account whose ATS is read from a view or query of the database itself. */
import { z } from 'zod';
import { number } from '../../setting-values.js';
import { type SettingsOfEach, settingsOfEach } from '../settings-of-each.js';

const part = String.raw`(?:[\p{L}_][\p{L}\d_$]*|"(?:[^"]|"")+")`;
const viewName = new RegExp(`^${part}(?:\\.${part})?$`, 'u');

const view = z
  .string('must be the name of a view')
  .trim()
  .regex(viewName, 'must be the name of a view or table: view, schema.view, or "View" in double quotes');

const query = z
  .string('must be a query')
  .transform((text) => text.trim().replace(/(?:;\s*)+$/, ''))
  .refine((text) => text !== '', 'must not be empty');

const source = z
  .strictObject(
    {
      view: view.optional().describe('Name of the view or table to read.'),
      query: query.optional().describe('Or a select with the same columns.'),
      timeoutSeconds: number((n) => n.positive('must be greater than 0').max(600, 'must be at most 600'))
        .default(20)
        .describe('How long the query may take.'),
    },
    { error: ({ input }) => (input === undefined ? 'is missing: it takes view or query' : undefined) },
  )
  .refine(({ view, query }) => (view === undefined) !== (query === undefined), 'takes either view or query');

const nothing = z.literal('none', 'must be none: kind sql writes nothing back; the views of schema ats tell');
const { webhookSecretEnv: _, webhookSecretFile: __, ...each } = settingsOfEach;

export const sqlSchema = z.strictObject({
  ...each,
  kind: z.literal('sql'),
  sql: source,
  // What is committed in a database is there for everybody: nothing has to be waited for.
  lagSeconds: number((n) => n.min(0, 'must be at least 0').max(86_400, 'must be at most a day'))
    .default(0)
    .describe('How far behind now the ATS is read, since it shows late what it has.'),
  writeBack: z
    .strictObject({
      invited: nothing.default('none').describe('Kind `sql` writes nothing back.'),
      completed: nothing.default('none').describe('Kind `sql` writes nothing back.'),
      expired: nothing.default('none').describe('Kind `sql` writes nothing back.'),
      move: z.strictObject({}).default({}),
    })
    .default({ invited: 'none', completed: 'none', expired: 'none', move: {} })
    .transform((writeBack) => ({ ...writeBack, visibility: 'public' as const, field: null })),
});

export interface SqlSettings extends SettingsOfEach {
  kind: 'sql';
  sql: z.output<typeof source>;
}

/** @returns the settings of its own */
export function readSqlSettings(
  ats: z.output<typeof sqlSchema>,
): Pick<SqlSettings, 'kind' | 'sql' | 'baseUrl' | 'webhookSecret'> {
  return { kind: 'sql', sql: ats.sql, baseUrl: '', webhookSecret: null };
}
