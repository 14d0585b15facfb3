/** The one schema of all settings. Where a value can come from is in config.ts. */
import { accessSync, constants } from 'node:fs';
import cron from 'node-cron';
import { z } from 'zod';
import { atsSchema } from './connectors/settings.js';
import { packagesSchema } from './connectors/settings-of-each.js';
import { partnerSchema } from './orders/settings.js';
import { httpUrl, number, positiveInteger, seconds, yesOrNo } from './setting-values.js';
import { foldWord } from './text/fold-word.js';

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

const token = z.string().min(16, 'must have at least 16 characters');

const isEncryptionKey = (text: string) =>
  /^[A-Za-z0-9+/]{43}=$/.test(text) && Buffer.from(text, 'base64').length === 32;
const encryptionKeyForm = '32 bytes in base64 (44 characters); `openssl rand -base64 32` makes one';

/** Words of other systems, by what they mean here; a null takes one of those as delivered away. */
function words<const Word extends string>(...meanings: Word[]) {
  const meaning = z.enum(
    meanings,
    `must be ${meanings.join(' or ')}, or null for a word that is not to be known`,
  );
  return z
    .record(z.string(), meaning.nullable())
    .transform((mapping) =>
      Object.fromEntries(Object.entries(mapping).map(([word, to]) => [foldWord(word), to])),
    );
}

const autoIsGone =
  'auto is no choice any more: hold (the default) has rows wait for the key of the person they name, administrator sends them with the key of the account';

const fieldPolicy = z.enum(['merge', 'ats', 'sparkhire'], 'must be merge, ats or sparkhire');

function fieldPolicies<const Name extends string>(...names: Name[]) {
  const policies = Object.fromEntries(names.map((name) => [name, fieldPolicy])) as Record<
    Name,
    typeof fieldPolicy
  >;
  return z.strictObject(policies);
}

const sparkhireFields = {
  baseUrl: httpUrl.transform((text) => text.replace(/\/+$/, '')),
  rateLimit: positiveInteger,
  rateWindowSeconds: seconds,
  pageSize: number((n) =>
    n.int('must be a whole number').positive('must be greater than 0').max(10_000, 'must be at most 10000'),
  ),
  requestTimeoutSeconds: seconds,
};

const accountEntry = z
  .strictObject({
    name: z
      .string('must be a name')
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'must be letters, digits, dots, dashes or underscores'),
    apiKeyEnv: z.string().min(1, 'must not be empty').optional(),
    apiKeyFile: z.string().min(1, 'must not be empty').optional(),
    ...z.object(sparkhireFields).partial().shape,
    ats: atsSchema.nullable().default(null),
    packages: packagesSchema.default([]),
    partner: partnerSchema.nullable().default(null),
  })
  .refine((entry) => (entry.apiKeyEnv === undefined) !== (entry.apiKeyFile === undefined), {
    message: 'needs either apiKeyEnv or apiKeyFile',
  });

export const settingsSchema = z.strictObject({
  database: z.strictObject({
    url: databaseUrl.nullable(),
    migrateAtStart: yesOrNo,
    maxConnections: number((n) =>
      n.int('must be a whole number').min(3, 'must be at least 3').max(100, 'must be at most 100'),
    ),
  }),
  sparkhire: z.strictObject(sparkhireFields),
  accounts: z
    .array(accountEntry)
    .refine(
      (entries) => new Set(entries.map((entry) => entry.name)).size === entries.length,
      'each account needs a name of its own',
    ),
  ats: atsSchema.nullable(),
  packages: packagesSchema,
  partner: partnerSchema.nullable(),
  mirror: z.strictObject({
    detailConcurrency: positiveInteger.pipe(z.number().max(64)),
    detailsAgainPerSweep: number((n) => n.int().min(0)),
    concurrentSweeps: positiveInteger,
    massDisappearance: z.strictObject({
      share: number((n) => n.min(0).max(1)),
      rows: number((n) => n.int().min(0)),
    }),
  }),
  schedule: z.strictObject({
    tick: cronExpression,
    sweep: cronExpression,
    timezone: timeZone,
    refreshSeconds: seconds,
    webhookCheckSeconds: seconds,
    tickSecondsWithWebhooks: number((n) =>
      n.min(0, 'must be at least 0').max(86_400, 'must be at most a day'),
    ),
  }),
  retention: z.strictObject({ changesDays: days, runsDays: days, webhookEventsDays: days }),
  write: z.strictObject({ settleSeconds: seconds, concurrency: positiveInteger.pipe(z.number().max(64)) }),
  policies: z.strictObject({
    fields: z.strictObject({
      users: fieldPolicies('name', 'email'),
      jobs: fieldPolicies('title', 'description', 'status', 'place'),
      interviews: fieldPolicies('scheduled_at'),
      share_links: fieldPolicies('status'),
    }),
    jobs: z.strictObject({
      firstContact: z.enum(['ask', 'link', 'create'], 'must be ask, link or create'),
      withdrawn: z.enum(['inactive', 'delete'], 'must be inactive or delete'),
      closeUnderInterviews: yesOrNo,
      withoutSlot: z.enum(['wait', 'inactive'], 'must be wait or inactive'),
      statuses: words('open', 'closed'),
    }),
    users: z.strictObject({
      paid: z.enum(['refuse', 'allow'], 'must be refuse or allow'),
      withdrawn: z.enum(['propose', 'delete'], 'must be propose or delete'),
      roles: words('administrator', 'standard'),
    }),
    keys: z.strictObject({
      provision: z.enum(['command', 'demand'], 'must be command or demand'),
      missing: z.enum(['hold', 'administrator'], {
        error: ({ input }) => (input === 'auto' ? autoIsGone : 'must be hold or administrator'),
      }),
      refused: z.enum(['hold', 'administrator'], 'must be hold or administrator'),
      absent: z.enum(['hold', 'administrator'], 'must be hold or administrator'),
    }),
    massChange: z.strictObject({
      share: number((n) => n.min(0).max(1)),
      rows: number((n) => n.int().min(0)),
      windowSeconds: number((n) => n.min(0)),
      missingSeconds: number((n) => n.min(0).max(3600)),
      creations: number((n) => n.int('must be a whole number').min(0, 'must be at least 0')),
    }),
  }),
  http: z.strictObject({
    host: z.string().min(1, 'must not be empty'),
    port: number((n) => n.int('must be a whole number').min(0).max(65_535, 'must be at most 65535')),
    publicUrl: httpUrl.transform((text) => text.replace(/\/+$/, '')).nullable(),
    staleSeconds: seconds,
  }),
  secrets: z.strictObject({
    webhookAuth: z
      .string()
      .regex(/^[^:]+:.+$/, 'must be user:password')
      .optional(),
    adminToken: token.optional(),
    viewerToken: token.optional(),
    encryptionKey: z.string().refine(isEncryptionKey, `must be ${encryptionKeyForm}`).optional(),
    previousEncryptionKeys: z
      .string()
      .transform((text) => text.split(',').flatMap((key) => key.trim() || []))
      .refine(
        (keys) => keys.every(isEncryptionKey),
        `must be keys separated by commas, each ${encryptionKeyForm}`,
      )
      .optional(),
  }),
  log: z.strictObject({
    level: z.enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'must be trace, debug, info, warn, error, fatal or silent',
    ),
  }),
});

/** A key that cannot be stored is not made. */
export const checkedSettings = settingsSchema.transform((settings) => {
  const { policies, secrets } = settings;
  if (secrets.encryptionKey !== undefined) return settings;
  return {
    ...settings,
    policies: { ...policies, keys: { ...policies.keys, provision: 'never' as const } },
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
  SYNC_WEBHOOK_AUTH: ['secrets', 'webhookAuth'],
  SYNC_ADMIN_TOKEN: ['secrets', 'adminToken'],
  SYNC_VIEWER_TOKEN: ['secrets', 'viewerToken'],
  SYNC_ENCRYPTION_KEY: ['secrets', 'encryptionKey'],
  SYNC_ENCRYPTION_KEY_PREVIOUS: ['secrets', 'previousEncryptionKeys'],
  LOG_LEVEL: ['log', 'level'],
};
