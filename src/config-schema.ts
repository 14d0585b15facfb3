/** The one schema of all settings. Where a value can come from is in config.ts. */
import { accessSync, constants } from 'node:fs';
import cron from 'node-cron';
import { z } from 'zod';
import { policiesSchema } from './config-policies.js';
import { atsSchema } from './connectors/settings.js';
import { packagesSchema } from './connectors/settings-of-each.js';
import { partnerSchema } from './orders/settings.js';
import { httpUrl, number, positiveInteger, seconds, yesOrNo } from './setting-values.js';
import { isNetwork } from './trusted-proxies.js';

const days = number((n) => n.positive('must be greater than 0').max(36_500, 'must be at most 36500'));

const cronExpression = z
  .string('must be a cron expression')
  .refine((text) => cron.validate(text), 'must be a cron expression of five fields, or six with seconds');

/** Abbreviations such as EST and IST are left out: they mean several places. */
const timeZone = z.string('must be the name of a time zone').refine((name) => {
  if (name === 'UTC') return true;
  try {
    return name.includes('/') && new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}, 'must be UTC or a time zone such as Europe/Berlin');

/** What the driver knows; docs/service.md says what each means. */
const sslModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

const databaseUrl = z
  .string()
  .refine((text) => !namesSeveralHosts(text), {
    message:
      'names several hosts, which is not supported: name one, such as an address that follows the primary server',
    abort: true,
  })
  .refine((text) => /^postgres(ql)?:\/\//.test(text) && URL.canParse(text), {
    message:
      'must be an address that begins with postgres:// or postgresql:// (special characters of a password as %XX)',
    abort: true,
  })
  .superRefine((text, context) => {
    const { searchParams } = new URL(text);
    const mode = searchParams.get('sslmode');
    if (mode !== null && mode !== '' && !sslModes.includes(mode)) {
      const message = `has an sslmode that is not known, ${JSON.stringify(mode)}: use one of ${sslModes.join(', ')}`;
      context.addIssue({ code: 'custom', message });
    }
    for (const name of ['sslrootcert', 'sslcert', 'sslkey']) {
      const file = searchParams.get(name);
      if (file === null || (name === 'sslrootcert' && file === 'system') || isReadable(file)) continue;
      context.addIssue({ code: 'custom', message: `names a file in ${name} that cannot be read: ${file}` });
    }
  });

/** As libpq takes them: h1:5432,h2 or host=h1,h2. */
function namesSeveralHosts(text: string): boolean {
  const hosts = /^postgres(?:ql)?:\/\/(?:[^/]*@)?([^/?#]*)/.exec(text)?.[1] ?? '';
  return hosts.includes(',') || /[?&](?:host|hostaddr|port)=[^&]*(?:,|%2C)/i.test(text);
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

const notOfProxies = (text: string) =>
  /\/0+$/.test(text)
    ? `"${text}" is everybody, and everybody would be believed: name the addresses or ranges of the proxies, such as 10.0.0.5 or 10.0.0.0/8`
    : `"${text}" is neither an address nor a range: write addresses or ranges, such as 10.0.0.5 or 10.0.0.0/8`;

const token = z.string().min(16, 'must have at least 16 characters');

const isEncryptionKey = (text: string) =>
  /^[A-Za-z0-9+/]{43}=$/.test(text) && Buffer.from(text, 'base64').length === 32;
const encryptionKeyForm = '32 bytes in base64 (44 characters); `openssl rand -base64 32` makes one';

const sparkhireFields = {
  baseUrl: httpUrl
    .transform((text) => text.replace(/\/+$/, ''))
    .describe("Address of Spark Hire's API, version included."),
  rateLimit: positiveInteger.describe('Requests per window, for the account as a whole.'),
  rateWindowSeconds: seconds.describe('Length of that window.'),
  pageSize: number((n) =>
    n.int().positive('must be greater than 0').max(10_000, 'must be at most 10000'),
  ).describe('Rows asked for per page. A server that sends fewer is followed.'),
  requestTimeoutSeconds: seconds.describe('How long one request may take, its answer included.'),
};

const accountEntry = z
  .strictObject({
    name: z
      .string('must be a name')
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'must be letters, digits, dots, dashes or underscores')
      .describe('Name of the account. All rows in the database carry it: do not change it later.'),
    apiKeyEnv: z
      .string()
      .min(1, 'must not be empty')
      .optional()
      .describe('Variable that holds the API key of an administrator.'),
    apiKeyFile: z
      .string()
      .min(1, 'must not be empty')
      .optional()
      .describe('Or a file that holds nothing but that key.'),
    ...z.object(sparkhireFields).partial().shape,
    ats: atsSchema
      .nullable()
      .default(null)
      .describe('The ATS connected to this account, as under [`ats`](#ats).'),
    packages: packagesSchema
      .default([])
      .describe('Packages of this account, as under [`packages`](#packages).'),
    partner: partnerSchema
      .nullable()
      .default(null)
      .describe('ATSs that order interviews of this account, as under [`partner`](#partner).'),
    policies: policiesSchema
      .optional()
      .describe(
        'What this account decides otherwise, as under [`policies`](#policies). What it leaves out is as for all accounts.',
      ),
  })
  .refine((entry) => (entry.apiKeyEnv === undefined) !== (entry.apiKeyFile === undefined), {
    message: 'needs either apiKeyEnv or apiKeyFile',
  });

export const settingsSchema = z.strictObject({
  database: z
    .strictObject({
      url: databaseUrl
        .nullable()
        .describe('Address of the PostgreSQL database. `null`: an embedded PostgreSQL under `.data/`.'),
      migrateAtStart: yesOrNo.describe(
        'Whether commands upgrade the schemas when they start. `false`: only `migrate` does.',
      ),
      maxConnections: number((n) =>
        n.int().min(3, 'must be at least 3').max(100, 'must be at most 100'),
      ).describe('Connections of one process, besides the one that holds its locks.'),
    })
    .describe('Its own database.'),
  sparkhire: z
    .strictObject(sparkhireFields)
    .describe('Spark Hire. An entry of `accounts` may have its own value for each.'),
  accounts: z
    .array(accountEntry)
    .refine(
      (entries) => new Set(entries.map((entry) => entry.name)).size === entries.length,
      'each account needs a name of its own',
    )
    .describe(
      'One entry for each Spark Hire account. It takes the settings of `sparkhire`, too. Without entries, `SPARKHIRE_API_KEY` makes one account called `default`.',
    ),
  ats: atsSchema
    .nullable()
    .describe(
      'The connected ATS of the single account. With several accounts, each entry of `accounts` has its own.',
    ),
  packages: packagesSchema.describe(
    'What a trigger invites with. The connector writes these into `ats.packages`.',
  ),
  partner: partnerSchema
    .nullable()
    .describe(
      'ATSs that order interviews themselves. Of the single account; with several accounts, each entry of `accounts` has its own.',
    ),
  mirror: z
    .strictObject({
      detailConcurrency: positiveInteger
        .pipe(z.number().max(64))
        .describe('Single objects read at the same time, within the rate limit.'),
      detailsAgainPerSweep: number((n) => n.int().min(0)).describe(
        'Objects of each kind that a sweep reads again, because no listing shows all of their changes.',
      ),
      concurrentSweeps: positiveInteger.describe('Accounts that one process sweeps at the same time.'),
      massDisappearance: z.strictObject({
        share: number((n) => n.min(0).max(1)).describe(
          'If a sweep misses more than this share of a resource, nothing is marked deleted and a conflict opens.',
        ),
        rows: number((n) => n.int().min(0)).describe(
          'Fewer missing rows than this never count as a mass disappearance.',
        ),
      }),
    })
    .describe('Reading Spark Hire into schema `sparkhire`.'),
  schedule: z
    .strictObject({
      tick: cronExpression.describe('When the service looks for news, as a cron expression.'),
      sweep: cronExpression.describe('When the service reads everything, as a cron expression.'),
      timezone: timeZone.describe('Time zone of these two, such as `Europe/Berlin`.'),
      refreshSeconds: seconds.describe('How often question sets, share links, company and plan are read.'),
      webhookCheckSeconds: seconds.describe('How often the service checks that its webhook is registered.'),
      tickSecondsWithWebhooks: number((n) =>
        n.min(0, 'must be at least 0').max(86_400, 'must be at most a day'),
      ).describe('How far apart ticks may be while webhooks arrive. `0`: as often as without.'),
    })
    .describe('When the service does what.'),
  retention: z
    .strictObject({
      changesDays: days.describe('Rows of `sync.changes`.'),
      runsDays: days.describe('Rows of `sync.runs`. Ticks that found nothing new go after an hour.'),
      webhookEventsDays: days.describe('Rows of `sync.webhook_events`.'),
    })
    .describe('How long the bookkeeping is kept, in days.'),
  write: z
    .strictObject({
      settleSeconds: seconds.describe(
        'How long a write with a lost answer is looked for before it counts as not done. Longer than any timeout on the way.',
      ),
      concurrency: positiveInteger
        .pipe(z.number().max(64))
        .describe('Writes under way at the same time, within the rate limit.'),
    })
    .describe('Writing to Spark Hire.'),
  policies: policiesSchema,
  http: z
    .strictObject({
      host: z.string().min(1, 'must not be empty').describe('Address to listen on.'),
      port: number((n) => n.int().min(0).max(65_535, 'must be at most 65535')).describe(
        'Port to listen on. `0`: any free one.',
      ),
      publicUrl: httpUrl
        .transform((text) => text.replace(/\/+$/, ''))
        .nullable()
        .describe(
          'Where Spark Hire reaches the webhook receiver. If set, webhooks are registered automatically.',
        ),
      trustedProxies: z
        .preprocess(
          (value) =>
            typeof value === 'string' ? value.split(',').flatMap((one) => one.trim() || []) : value,
          z
            .array(z.string('must be text'), 'must be a list of addresses or ranges')
            .superRefine((all, { addIssue }) => {
              for (const one of all.filter((text) => !isNetwork(text)))
                addIssue({ code: 'custom', message: notOfProxies(one) });
            }),
        )
        .describe(
          'Proxies in front, by address or range: what they say in `X-Forwarded-For` is believed. Nobody else is. In the environment: separated by commas.',
        ),
      staleSeconds: seconds.describe(
        'An account is stale so long after a tick was due that did not succeed. `/readyz` answers 503 once all are.',
      ),
    })
    .describe('The HTTP server of `run`: health, metrics, webhooks.'),
  secrets: z
    .strictObject({
      webhookAuth: z
        .string()
        .regex(/^[^:]+:.+$/, 'must be user:password')
        .optional()
        .describe(
          '`user:password` that Spark Hire sends with webhooks. Without it, a random one is made at each registration.',
        ),
      adminToken: token.optional().describe('Opens the console, to act. At least 16 characters.'),
      viewerToken: token.optional().describe('Opens the console, to read only. At least 16 characters.'),
      encryptionKey: z
        .string()
        .refine(isEncryptionKey, `must be ${encryptionKeyForm}`)
        .optional()
        .describe(
          "Encrypts users' API keys and the token of the ATS: 32 bytes in base64, from `openssl rand -base64 32`.",
        ),
      previousEncryptionKeys: z
        .string()
        .transform((text) => text.split(',').flatMap((key) => key.trim() || []))
        .refine(
          (keys) => keys.every(isEncryptionKey),
          `must be keys separated by commas, each ${encryptionKeyForm}`,
        )
        .optional()
        .describe('Earlier encryption keys, separated by commas. They only decrypt.'),
    })
    .describe('Secrets come from the environment only, never from a file of settings.'),
  log: z
    .strictObject({
      level: z
        .enum(
          ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
          'must be trace, debug, info, warn, error, fatal or silent',
        )
        .describe('How much is logged.'),
    })
    .describe('Log lines on stderr.'),
});

/** The schema of what is written in a file of settings, with each default that the file may leave out. */
export function settingsJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(settingsSchema, {
    io: 'input',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      // Zod leaves it out where the value is read into something else.
      const { def } = zodSchema._zod;
      if (def.type === 'default') jsonSchema.default ??= def.defaultValue as typeof jsonSchema.default;
    },
  });
}

/** A key that cannot be stored is not made. */
export const checkedSettings = settingsSchema.transform((settings) => {
  const isStored = settings.secrets.encryptionKey !== undefined;
  const possible = ({ keys, ...others }: typeof settings.policies) => ({
    ...others,
    keys: isStored ? keys : { ...keys, provision: 'never' as const },
  });
  return {
    ...settings,
    policies: possible(settings.policies),
    accounts: settings.accounts.map(({ policies, ...account }) => ({
      ...account,
      ...(policies === undefined ? {} : { policies: possible(policies) }),
    })),
  };
});

export type CheckedSettings = z.infer<typeof checkedSettings>;

/** Environment variables and the setting each goes over. */
export const environmentSettings: Readonly<Record<string, readonly string[]>> = {
  DATABASE_URL: ['database', 'url'],
  SYNC_MIGRATE_AT_START: ['database', 'migrateAtStart'],
  SPARKHIRE_BASE_URL: ['sparkhire', 'baseUrl'],
  SPARKHIRE_RATE_LIMIT: ['sparkhire', 'rateLimit'],
  SPARKHIRE_RATE_WINDOW_SECONDS: ['sparkhire', 'rateWindowSeconds'],
  SPARKHIRE_PAGE_SIZE: ['sparkhire', 'pageSize'],
  SPARKHIRE_REQUEST_TIMEOUT_SECONDS: ['sparkhire', 'requestTimeoutSeconds'],
  SYNC_SCHEDULE: ['schedule', 'tick'],
  SYNC_SWEEP_SCHEDULE: ['schedule', 'sweep'],
  SYNC_SCHEDULE_TIMEZONE: ['schedule', 'timezone'],
  SYNC_SETTLE_SECONDS: ['write', 'settleSeconds'],
  SYNC_HTTP_HOST: ['http', 'host'],
  SYNC_HTTP_PORT: ['http', 'port'],
  SYNC_PUBLIC_URL: ['http', 'publicUrl'],
  SYNC_TRUSTED_PROXIES: ['http', 'trustedProxies'],
  SYNC_WEBHOOK_AUTH: ['secrets', 'webhookAuth'],
  SYNC_ADMIN_TOKEN: ['secrets', 'adminToken'],
  SYNC_VIEWER_TOKEN: ['secrets', 'viewerToken'],
  SYNC_ENCRYPTION_KEY: ['secrets', 'encryptionKey'],
  SYNC_ENCRYPTION_KEY_PREVIOUS: ['secrets', 'previousEncryptionKeys'],
  LOG_LEVEL: ['log', 'level'],
};
