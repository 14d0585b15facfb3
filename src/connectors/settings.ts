/** The settings of a connected ATS: a schema for each kind, the variables of the single account, and where secrets are. */
import { z } from 'zod';
import { type AshbySettings, ashbySchema, readAshbySettings } from './ashby/settings.js';
import { type GreenhouseSettings, greenhouseSchema, readGreenhouseSettings } from './greenhouse/settings.js';
import { type LeverSettings, leverSchema, readLeverSettings } from './lever/settings.js';
import type { PackageSettings, SecretSources } from './settings-of-each.js';
import { readSqlSettings, type SqlSettings, sqlSchema } from './sql/settings.js';
import { readWorkableSettings, type WorkableSettings, workableSchema } from './workable/settings.js';

/** One line a kind. */
const schemas = [greenhouseSchema, ashbySchema, leverSchema, sqlSchema, workableSchema] as const;
const kinds = schemas.map((schema) => schema.shape.kind.value);
const anyOf = [kinds.slice(0, -1).join(', '), kinds.at(-1)].join(' or ');

export const atsSchema = z.discriminatedUnion('kind', schemas, {
  error: ({ input }) => {
    const { kind } = (input ?? {}) as { kind?: unknown };
    return kind === undefined ? `is missing: ${anyOf}` : `must be ${anyOf}`;
  },
});

export type AtsSettings = GreenhouseSettings | AshbySettings | LeverSettings | SqlSettings | WorkableSettings;
export type AtsKind = AtsSettings['kind'];

/** Environment variables and the setting of the single account's `ats` that each goes over. */
export const atsEnvironment: Readonly<Record<string, readonly (string | number)[]>> = {
  ATS_KIND: ['kind'],
  ATS_BASE_URL: ['baseUrl'],
  ATS_TOKEN_URL: ['tokenUrl'],
  ATS_SUBDOMAIN: ['subdomain'],
  ATS_LAG_SECONDS: ['lagSeconds'],
  ATS_FROM: ['from'],
  ATS_STAGE: ['triggers', 0, 'stage'],
  ATS_PACKAGE: ['triggers', 0, 'package'],
  ATS_ON_LEAVE: ['onLeave'],
  ATS_SQL_VIEW: ['sql', 'view'],
  ATS_SQL_QUERY: ['sql', 'query'],
};

/** Variables that hold a secret of the single account. */
export const atsSecretVariables = ['ATS_API_KEY', 'ATS_CLIENT_ID', 'ATS_CLIENT_SECRET', 'ATS_WEBHOOK_SECRET'];

type Parsed = z.output<typeof atsSchema>;

/** What each kind has of its own, with its secrets. */
const readers: {
  readonly [K in AtsKind]: (ats: Extract<Parsed, { kind: K }>, secrets: SecretSources) => object;
} = {
  greenhouse: readGreenhouseSettings,
  ashby: readAshbySettings,
  lever: readLeverSettings,
  sql: readSqlSettings,
  workable: readWorkableSettings,
};

export function readAtsSettings(
  ats: Parsed,
  packages: PackageSettings[],
  secrets: SecretSources,
): AtsSettings {
  const {
    webhookSecretEnv: _,
    webhookSecretFile: __,
    ...each
  } = { webhookSecretEnv: 0, webhookSecretFile: 0, ...ats };
  const read = readers[ats.kind] as (ats: Parsed, secrets: SecretSources) => object;
  const webhookSecret = secrets.optional('webhookSecret', 'ATS_WEBHOOK_SECRET', ats);
  return { ...each, webhookSecret, packages, ...read(ats, secrets) } as AtsSettings;
}
