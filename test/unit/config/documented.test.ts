/** config/default.yaml, the schema and the variables that users were promised say the same. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadSettings } from '../../../src/config.js';
import { environmentSettings, settingsJsonSchema, settingsSchema } from '../../../src/config-schema.js';
import { atsEnvironment } from '../../../src/connectors/settings.js';

const text = readFileSync(new URL('../../../config/default.yaml', import.meta.url), 'utf8');
const defaults = parse(text) as Record<string, unknown>;

interface Shape {
  properties?: Record<string, Shape>;
  items?: Shape;
}

/** The paths of all settings the schema knows; `accounts[]` stands for an entry of the list. */
function paths(shape: Shape, path: string[] = []): string[] {
  if (shape.items?.properties !== undefined)
    return paths(shape.items, [...path.slice(0, -1), `${path.at(-1)}[]`]);
  if (shape.properties === undefined) return [path.join('.')];
  return Object.entries(shape.properties).flatMap(([key, inner]) => paths(inner, [...path, key]));
}
const known = paths(settingsJsonSchema() as Shape);

function valueAt(tree: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((node, key) => (node as Record<string, unknown>)?.[key], tree);
}

describe('config/default.yaml', () => {
  it('was compared with what the schema really knows', () => {
    expect(known).toEqual(expect.arrayContaining(['http.port', 'accounts[].name', 'secrets.adminToken']));
  });

  it.each(known.filter((path) => !/^(accounts\[\]|packages\[\]|secrets)\./.test(path)))(
    'has %s with its default',
    (path) => {
      expect(valueAt(defaults, path)).not.toBeUndefined();
    },
  );

  it('has nothing the schema does not know', () => {
    expect(settingsSchema.safeParse({ ...defaults, secrets: {} }).error?.issues ?? []).toEqual([]);
  });

  it.each(['name', 'apiKeyEnv', 'apiKeyFile'])('explains the key %s of an account', (key) => {
    expect(text).toMatch(new RegExp(`#.*\\b${key}:`));
  });

  it('says of every section or value what it is, in a comment beside or above it', () => {
    const lines = text.split('\n');
    const silent = lines.filter(
      (line, index) =>
        /^ +\w+: \S/.test(line) && !line.includes('#') && !lines.slice(0, index).at(-1)?.includes('#'),
    );
    // The two numbers of massDisappearance are explained together, above their section.
    expect(silent.map((line) => line.trim().split(':')[0])).toEqual(['share', 'rows']);
  });

  it.each([
    ...Object.keys(environmentSettings),
    ...Object.keys(atsEnvironment),
    'SPARKHIRE_API_KEY',
    'ATS_CLIENT_ID',
    'ATS_CLIENT_SECRET',
    'ATS_WEBHOOK_SECRET',
  ])('names the variable %s', (name) => {
    expect(text).toContain(name);
  });
});

/** A value for every variable users were promised, and what it sets. */
const promised: Array<[string, string, string, unknown]> = [
  ['DATABASE_URL', 'postgres://u:p@h/d', 'database.url', 'postgres://u:p@h/d'],
  ['SPARKHIRE_API_KEY', 'another', 'accounts.0.apiKey', 'another'],
  ['SPARKHIRE_BASE_URL', 'http://h/v1.0', 'accounts.0.baseUrl', 'http://h/v1.0'],
  ['SPARKHIRE_RATE_LIMIT', '17', 'accounts.0.rateLimit', 17],
  ['SPARKHIRE_RATE_WINDOW_SECONDS', '1.5', 'accounts.0.rateWindowMs', 1500],
  ['SPARKHIRE_PAGE_SIZE', '23', 'accounts.0.pageSize', 23],
  ['SPARKHIRE_REQUEST_TIMEOUT_SECONDS', '2', 'accounts.0.requestTimeoutMs', 2000],
  ['SYNC_SCHEDULE', '*/2 * * * *', 'schedule.tick', '*/2 * * * *'],
  ['SYNC_SWEEP_SCHEDULE', '5 5 * * *', 'schedule.sweep', '5 5 * * *'],
  ['SYNC_SCHEDULE_TIMEZONE', 'Europe/Berlin', 'schedule.timezone', 'Europe/Berlin'],
  ['SYNC_SETTLE_SECONDS', '3', 'write.settleSeconds', 3],
  ['SYNC_HTTP_HOST', '0.0.0.0', 'http.host', '0.0.0.0'],
  ['SYNC_HTTP_PORT', '1', 'http.port', 1],
  ['SYNC_PUBLIC_URL', 'https://sync.mill.test/hooks', 'http.publicUrl', 'https://sync.mill.test/hooks'],
  ['SYNC_WEBHOOK_AUTH', 'u:p', 'secrets.webhookAuth', 'u:p'],
  ['SYNC_ADMIN_TOKEN', '0123456789abcdef', 'secrets.adminToken', '0123456789abcdef'],
  ['SYNC_VIEWER_TOKEN', '0123456789abcdef', 'secrets.viewerToken', '0123456789abcdef'],
  ['SYNC_ENCRYPTION_KEY', `${'A'.repeat(43)}=`, 'secrets.encryptionKey', `${'A'.repeat(43)}=`],
  ['LOG_LEVEL', 'warn', 'log.level', 'warn'],
];

describe('the variable', () => {
  it.each(promised)('%s is read', (name, value, path, expected) => {
    const key = { SPARKHIRE_API_KEY: 'k' };
    expect(valueAt(loadSettings({ environment: key }), path)).not.toEqual(expected);
    expect(valueAt(loadSettings({ environment: { ...key, [name]: value } }), path)).toEqual(expected);
  });

  it('of every other setting that has one is a promise too', () => {
    const told = new Set(promised.map(([name]) => name));
    expect(Object.keys(environmentSettings).filter((name) => !told.has(name))).toEqual([
      'SYNC_MIGRATE_AT_START',
      'SYNC_TRUSTED_PROXIES',
      'SYNC_ENCRYPTION_KEY_PREVIOUS',
    ]);
    for (const path of Object.values(environmentSettings)) expect(known).toContain(path.join('.'));
  });
});
