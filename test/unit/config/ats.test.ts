/** The settings of a connected ATS: where they may stand, what is wrong with them, and that their secrets stay secret. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadSettings, type SettingsError } from '../../../src/config.js';
import { kinds } from '../../../src/connectors/open.js';

const folder = mkdtempSync(join(tmpdir(), 'ats-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

function file(text: string): string {
  const path = join(folder, `${++files}.yaml`);
  writeFileSync(path, text);
  return path;
}

const credential = { ATS_CLIENT_ID: 'an-id', ATS_CLIENT_SECRET: 'the-secret' };
const key = { SPARKHIRE_API_KEY: 'the-key' };

const names = Object.keys(kinds);
const anyKind = `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;

function load(yaml: string, environment: Record<string, string> = {}) {
  return loadSettings({ environment: { ...key, ...environment }, file: file(yaml) }).accounts;
}

function problems(yaml: string, environment: Record<string, string> = {}): string[] {
  try {
    load(yaml, environment);
    return [];
  } catch (error) {
    return (error as SettingsError).problems;
  }
}

describe('a connected ATS', () => {
  it('is none unless the settings have one', () => {
    expect(load('')[0]!.ats).toBeUndefined();
  });

  it('of the single account takes everything from variables', () => {
    const [account] = load('', {
      ...credential,
      ATS_KIND: 'greenhouse',
      ATS_BASE_URL: 'http://127.0.0.1:9/v3/',
      ATS_TOKEN_URL: 'http://127.0.0.1:9/token',
      ATS_LAG_SECONDS: '0.5',
      ATS_FROM: 'all',
      ATS_STAGE: 'Video interview',
      ATS_PACKAGE: 'standard',
      ATS_ON_LEAVE: 'cancel',
      ATS_WEBHOOK_SECRET: 'shared',
    });
    expect(account!.ats).toMatchObject({
      kind: 'greenhouse',
      baseUrl: 'http://127.0.0.1:9/v3',
      tokenUrl: 'http://127.0.0.1:9/token',
      lagSeconds: 0.5,
      from: 'all',
      triggers: [{ stage: 'Video interview', jobs: 'all', package: 'standard' }],
      onLeave: 'cancel',
      clientId: 'an-id',
      clientSecret: 'the-secret',
      webhookSecret: 'shared',
    });
  });

  it('of kind ashby takes its key from a variable', () => {
    expect(load('', { ATS_KIND: 'ashby', ATS_API_KEY: 'opens it' })[0]!.ats).toMatchObject({
      kind: 'ashby',
      baseUrl: 'https://api.ashbyhq.com',
      apiKey: 'opens it',
      webhookSecret: null,
    });
    expect(
      problems('ats: { kind: ashby, writeBack: { visibility: private, field: State } }', {
        ATS_API_KEY: 'k',
      }),
    ).toEqual([
      expect.stringMatching(/^ats\.writeBack\.visibility: must be public/),
      expect.stringMatching(/^ats\.writeBack\.field: must be null/),
    ]);
    expect(problems('ats: { kind: ashby }')).toEqual([expect.stringContaining('ATS_API_KEY')]);
  });

  it('of kind sql takes its view or query from a variable', () => {
    const view = { ATS_KIND: 'sql', ATS_SQL_VIEW: 'hr."Stage entries"' };
    expect(load('', view)[0]!.ats).toMatchObject({
      kind: 'sql',
      sql: { view: 'hr."Stage entries"', timeoutSeconds: 20 },
      lagSeconds: 0,
      writeBack: { completed: 'none' },
    });
    const query = { ATS_SQL_QUERY: 'select 1; ;' };
    expect(load('ats: { kind: sql, sql: { timeoutSeconds: 5 } }', query)[0]!.ats).toMatchObject({
      sql: { query: 'select 1', timeoutSeconds: 5 },
    });
  });

  it('has the defaults of config/default.yaml, and the addresses of its vendor', () => {
    const [account] = load('ats: { kind: greenhouse }', credential);
    expect(account!.ats).toEqual({
      kind: 'greenhouse',
      baseUrl: 'https://harvest.greenhouse.io/v3',
      tokenUrl: 'https://auth.greenhouse.io/token',
      lagSeconds: 300,
      clientId: 'an-id',
      clientSecret: 'the-secret',
      subject: null,
      webhookSecret: null,
      from: 'now',
      triggers: [],
      onLeave: 'keep',
      reentry: 'ignore',
      jobs: 'needed',
      include: { private: false, confidential: false },
      writeBack: {
        invited: 'note',
        completed: 'note',
        expired: 'none',
        visibility: 'public',
        field: null,
        move: {},
      },
      packages: [],
    });
  });

  it('takes ids as numbers, all in any case, a date or a time, and packages', () => {
    const [account] = load(
      `ats:
  kind: greenhouse
  subject: 4001
  from: 2026-11-01
  triggers:
    - { stage: 77, jobs: [12, Baker], package: standard }
    - { stage: Video, jobs: ALL, package: short }
packages:
  - { name: standard, type: one_way, deadline_days: 7, questions: [{ text: Why?, time_limit: 90, takes: 2 }] }
`,
      credential,
    );
    expect(account!.ats).toMatchObject({
      subject: '4001',
      from: new Date('2026-11-01T00:00:00Z'),
      triggers: [
        { stage: '77', jobs: ['12', 'Baker'], package: 'standard' },
        { stage: 'Video', jobs: 'all', package: 'short' },
      ],
      packages: [{ name: 'standard', type: 'one_way', deadline_days: 7 }],
    });
  });

  it('may stand beside a list of one account, which then has it', () => {
    const accounts = 'accounts: [{ name: north, apiKeyEnv: SPARKHIRE_API_KEY }]';
    const [top] = load(`${accounts}\nats: { kind: greenhouse, onLeave: cancel }`, credential);
    expect(top).toMatchObject({ name: 'north', ats: { onLeave: 'cancel' } });
    const own = 'accounts: [{ name: north, apiKeyEnv: SPARKHIRE_API_KEY, ats: { kind: greenhouse } }]';
    expect(load(own, { ...credential, ATS_FROM: 'all' })[0]).toMatchObject({ ats: { from: 'all' } });
  });

  it('is of each of several accounts with variables or files of its own', () => {
    writeFileSync(join(folder, 'secret'), 'from a file\n');
    const accounts = load(
      `accounts:
  - name: north
    apiKeyEnv: SPARKHIRE_API_KEY
    ats: { kind: greenhouse, clientIdEnv: NORTH_ID, clientSecretFile: ${join(folder, 'secret')}, webhookSecretEnv: NORTH_HOOK }
  - { name: south, apiKeyEnv: SPARKHIRE_API_KEY }
`,
      { NORTH_ID: 'n', NORTH_HOOK: 'h' },
    );
    expect(accounts.map(({ ats }) => ats ?? null)).toEqual([
      expect.objectContaining({ clientId: 'n', clientSecret: 'from a file', webhookSecret: 'h' }),
      null,
    ]);
  });

  it('needs its secrets only for commands that ask it', () => {
    const settings = { environment: { ATS_KIND: 'greenhouse' }, needsAccounts: false };
    expect(() => loadSettings(settings)).not.toThrow();
  });
});

describe('what is wrong with the settings of an ATS', () => {
  it.each<[string, string, Record<string, string>, string[]]>([
    ['its kind is unknown', 'ats: { kind: greenhous }', {}, [`ats.kind: must be ${anyKind}`]],
    ['its kind is missing', 'ats: { from: all }', {}, [`ats.kind: is missing: ${anyKind}`]],
    ['only a variable of it is there', '', { ATS_STAGE: 'Video' }, [`ATS_KIND: is missing: ${anyKind}`]],
    [
      'only its secret is there',
      '',
      { ATS_CLIENT_ID: 'x' },
      ['ATS_KIND: is not set; it takes the kind of ATS that ATS_CLIENT_ID is of'],
    ],
    [
      'its secrets are missing',
      'ats: { kind: greenhouse }',
      {},
      [
        'ATS_CLIENT_ID: is not set; it takes the client id of the ATS',
        'ATS_CLIENT_SECRET: is not set; it takes the client secret of the ATS',
      ],
    ],
    [
      'its stage has no package',
      'ats: { kind: greenhouse }',
      { ...credential, ATS_STAGE: 'Video' },
      ['ATS_PACKAGE: is missing'],
    ],
    [
      'a trigger lacks its stage',
      'ats: { kind: greenhouse, triggers: [{ package: p }] }',
      credential,
      ['ats.triggers.0.stage: is missing'],
    ],
    [
      'a date does not exist',
      'ats: { kind: greenhouse }',
      { ...credential, ATS_FROM: '2026-02-30' },
      ['ATS_FROM: must be now, all, a date such as 2026-11-01, or a time such as 2026-11-01T09:00:00Z'],
    ],
    ['kind sql has no view', 'ats: { kind: sql }', {}, ['ats.sql: is missing: it takes view or query']],
    [
      'kind sql has what it cannot use',
      'ats: { kind: sql, sql: { view: a b, query: select 1 }, writeBack: { completed: note }, lagSeconds: -1, baseUrl: "http://h" }',
      {},
      [
        'ats.lagSeconds: must be at least 0',
        'ats.writeBack.completed: must be none: kind sql writes nothing back; the views of schema ats tell',
        'ats.sql.view: must be the name of a view or table: view, schema.view, or "View" in double quotes',
        'ats.sql: takes either view or query',
        'ats.baseUrl: no such setting',
      ],
    ],
    [
      'a key is unknown',
      'ats: { kind: greenhouse, trigers: [] }',
      credential,
      ['ats.trigers: no such setting'],
    ],
    [
      'a word is unknown',
      'ats: { kind: greenhouse, onLeave: drop }',
      credential,
      ['ats.onLeave: must be keep or cancel'],
    ],
    [
      'its secret would go elsewhere',
      'ats: { kind: greenhouse, baseUrl: "http://h/v3" }',
      credential,
      ['ats.tokenUrl: is missing: a baseUrl of its own needs the whole address where tokens are given'],
    ],
    [
      'packages have no ATS',
      'packages: [{ name: p }]',
      {},
      ['packages: are written for a connected ATS; without one, put them into the table ats.packages'],
    ],
    [
      'a package is there twice',
      'ats: { kind: greenhouse }\npackages: [{ name: p }, { name: p, type: live }]',
      credential,
      ['packages: each package needs a name of its own'],
    ],
    [
      'there are several accounts',
      'ats: { kind: greenhouse }\naccounts: [{ name: a, apiKeyEnv: SPARKHIRE_API_KEY }, { name: b, apiKeyEnv: SPARKHIRE_API_KEY }]',
      { ATS_FROM: 'all' },
      ['ats, ATS_FROM: there are several accounts; give each its own `ats`'],
    ],
    [
      'packages of several accounts stand at the top',
      'packages: [{ name: p }]\naccounts: [{ name: a, apiKeyEnv: SPARKHIRE_API_KEY }, { name: b, apiKeyEnv: SPARKHIRE_API_KEY }]',
      {},
      ['packages: there are several accounts; give each its own `packages`'],
    ],
    [
      'one of several accounts names no secret',
      'accounts: [{ name: a, apiKeyEnv: SPARKHIRE_API_KEY, ats: { kind: greenhouse, clientIdEnv: A } }, { name: b, apiKeyEnv: SPARKHIRE_API_KEY }]',
      { A: 'a' },
      ['accounts.0.ats: needs clientSecretEnv or clientSecretFile (account a)'],
    ],
  ])('is told where %s', (_, yaml, environment, told) => {
    expect(problems(yaml, environment)).toEqual(told);
  });

  it('never quotes a secret', () => {
    const told = problems('ats: { kind: greenhouse, onLeave: drop, from: soon }', {
      ...credential,
      ATS_WEBHOOK_SECRET: 'hush',
    });
    expect(told.join()).not.toMatch(/the-secret|hush|an-id/);
  });
});
