/** Settings: where they come from, what goes over what, and errors that say all that is wrong at once. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  chooseAccounts,
  type LoadOptions,
  loadSettings,
  policiesOf,
  SettingsError,
} from '../../../src/config.js';

const folder = mkdtempSync(join(tmpdir(), 'settings-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

/** A file with this content, and its path. */
function file(text: string): string {
  const path = join(folder, `${++files}.yaml`);
  writeFileSync(path, text);
  return path;
}

const key = { SPARKHIRE_API_KEY: 'the-key' };

/** The problems that loading these settings meets; none if it works. */
function problems(environment: NodeJS.ProcessEnv, options: LoadOptions = {}): string[] {
  try {
    loadSettings({ ...options, environment });
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    const failed = error as SettingsError;
    expect(failed.code).toBe('SETTINGS_INVALID');
    expect(failed.remedy).toBeTruthy();
    for (const line of failed.problems) expect(failed.message).toContain(line);
    return failed.problems;
  }
}

/** The names at which problems were found, in alphabetical order. */
const names = (found: string[]) => found.map((line) => line.slice(0, line.indexOf(':'))).sort();

describe('without any setting but a key', () => {
  it('the documented defaults hold', () => {
    expect(loadSettings({ environment: key })).toMatchObject({
      database: { url: null },
      accounts: [
        {
          name: 'default',
          apiKey: 'the-key',
          baseUrl: 'https://api.sparkhire.com/v1.0',
          rateLimit: 400,
          rateWindowMs: 60_000,
          pageSize: 100,
          requestTimeoutMs: 30_000,
        },
      ],
      schedule: { tick: '* * * * *', sweep: expect.stringMatching(/^\S+ \S+ \* \* \*$/) },
      write: { settleSeconds: 60 },
      http: { host: '127.0.0.1', port: 8080, publicUrl: null, trustedProxies: [] },
      secrets: {},
      log: { level: 'info' },
    });
  });

  it('and without a key, only commands that need no account go on', () => {
    expect(problems({})).toEqual([expect.stringMatching(/^SPARKHIRE_API_KEY: /)]);
    expect(loadSettings({ environment: {}, needsAccounts: false }).accounts).toEqual([]);
  });
});

describe('what goes over what', () => {
  it('environment over file over default', () => {
    const path = file(`
      sparkhire: { rateLimit: 200, pageSize: 50 }
      http: { port: 9000 }
      log: { level: debug }
    `);
    const { accounts, http, log } = loadSettings({
      environment: { ...key, SPARKHIRE_RATE_LIMIT: '150', LOG_LEVEL: 'error' },
      file: path,
    });
    expect(accounts[0]).toMatchObject({ rateLimit: 150, pageSize: 50, requestTimeoutMs: 30_000 });
    expect(http).toMatchObject({ port: 9000, host: '127.0.0.1' });
    expect(log.level).toBe('error');
  });

  it('a file named by SYNC_CONFIG, or --config over it', () => {
    const environment = { ...key, SYNC_CONFIG: file('http: { port: 9001 }') };
    expect(loadSettings({ environment }).http.port).toBe(9001);
    expect(loadSettings({ environment, file: file('http: { port: 9002 }') }).http.port).toBe(9002);
  });

  it.each(['', '   ', '\t'])('%j in the environment is the same as unset', (blank) => {
    const environment = Object.fromEntries(
      [
        'DATABASE_URL',
        'SPARKHIRE_BASE_URL',
        'SPARKHIRE_RATE_LIMIT',
        'SYNC_CONFIG',
        'SYNC_PUBLIC_URL',
        'SYNC_ADMIN_TOKEN',
        'SYNC_ENCRYPTION_KEY',
        'SYNC_SCHEDULE',
        'LOG_LEVEL',
      ].map((name) => [name, blank]),
    );
    expect(loadSettings({ environment: { ...environment, ...key } })).toEqual(
      loadSettings({ environment: key }),
    );
    expect(problems({ SPARKHIRE_API_KEY: blank })).toEqual([expect.stringMatching(/^SPARKHIRE_API_KEY: /)]);
  });

  it('proxies to trust are a list, separated by commas in the environment', () => {
    const proxies = (of: LoadOptions) => loadSettings(of).http.trustedProxies;
    const environment = { ...key, SYNC_TRUSTED_PROXIES: ' 10.0.0.5, fd00::/8 ,' };
    expect(proxies({ environment })).toEqual(['10.0.0.5', 'fd00::/8']);
    const path = file("http: { trustedProxies: ['10.0.0.0/8'] }");
    expect(proxies({ environment: key, file: path })).toEqual(['10.0.0.0/8']);
    expect(problems({ ...key, SYNC_TRUSTED_PROXIES: '10.0.0.5, caddy' })).toEqual([
      'SYNC_TRUSTED_PROXIES: "caddy" is neither an address nor a range: write addresses or ranges, such as 10.0.0.5 or 10.0.0.0/8',
    ]);
    expect(problems(key, { file: file('http: { trustedProxies: 7 }') })).toEqual([
      expect.stringMatching(/^http\.trustedProxies: must be a list/),
    ]);
  });

  it('an empty file, and sections with nothing in them, change nothing', () => {
    const plain = loadSettings({ environment: key });
    for (const text of ['', '# nothing yet\n', 'http:\nsparkhire:\n  # rateLimit: 100\naccounts:\n']) {
      expect(loadSettings({ environment: key, file: file(text) })).toEqual(plain);
    }
  });

  it('null unsets what may be unset', () => {
    const path = file('http: { publicUrl: null }\ndatabase: { url: null }');
    expect(loadSettings({ environment: key, file: path })).toMatchObject({
      http: { publicUrl: null },
      database: { url: null },
    });
  });

  it('does not change what was loaded before', () => {
    loadSettings({ environment: { ...key, SPARKHIRE_RATE_LIMIT: '7' }, file: file('http: { port: 1 }') });
    expect(loadSettings({ environment: key })).toMatchObject({
      accounts: [{ rateLimit: 400 }],
      http: { port: 8080 },
    });
  });
});

describe('values', () => {
  it('durations may be fractions of a second, and come out as whole milliseconds', () => {
    const { accounts, write } = loadSettings({
      environment: {
        ...key,
        SPARKHIRE_RATE_WINDOW_SECONDS: '0.07',
        SPARKHIRE_REQUEST_TIMEOUT_SECONDS: '.25',
        SYNC_SETTLE_SECONDS: '0.5',
      },
    });
    expect(accounts[0]).toMatchObject({ rateWindowMs: 70, requestTimeoutMs: 250 });
    expect(write.settleSeconds).toBe(0.5);
    const tiny = loadSettings({ environment: { ...key, SPARKHIRE_RATE_WINDOW_SECONDS: '0.0001' } });
    expect(tiny.accounts[0]!.rateWindowMs).toBe(1);
  });

  it('port 0 is any free port', () => {
    expect(loadSettings({ environment: { ...key, SYNC_HTTP_PORT: '0' } }).http.port).toBe(0);
  });

  it('any positive whole number is a rate limit', () => {
    for (const limit of ['1', '400', '1000000', '+7'])
      expect(
        loadSettings({ environment: { ...key, SPARKHIRE_RATE_LIMIT: limit } }).accounts[0]!.rateLimit,
      ).toBe(Number(limit));
  });

  it('a fraction is told wherever a whole number is wanted, and what is no number as that', () => {
    const wrong = (value: string) =>
      file(`policies: { massChange: { rows: ${value} } }\nmirror: { detailsAgainPerSweep: ${value} }\n`);
    const told = (value: string) => problems(key, { file: wrong(value) });
    expect(told('1.5')).toEqual([
      'mirror.detailsAgainPerSweep: must be a whole number',
      'policies.massChange.rows: must be a whole number',
    ]);
    expect(told('.nan')).toEqual([
      'mirror.detailsAgainPerSweep: must be a number',
      'policies.massChange.rows: must be a number',
    ]);
  });

  it('a base address loses slashes at its end', () => {
    const { accounts } = loadSettings({
      environment: { ...key, SPARKHIRE_BASE_URL: 'http://localhost:4010/v1.0//' },
    });
    expect(accounts[0]!.baseUrl).toBe('http://localhost:4010/v1.0');
  });

  it('cron expressions may have seconds', () => {
    const environment = { ...key, SYNC_SCHEDULE: '*/5 * * * * *', SYNC_SWEEP_SCHEDULE: '0 4 * * 1-5' };
    expect(loadSettings({ environment }).schedule).toMatchObject({
      tick: '*/5 * * * * *',
      sweep: '0 4 * * 1-5',
    });
  });

  it.each(['a:b', 'with spaces inside', 'ключ-🔑', '"quoted"', '$HOME #no-comment', '0', 'null', '{"a":1}'])(
    'keys are opaque: %s',
    (apiKey) => {
      expect(loadSettings({ environment: { SPARKHIRE_API_KEY: apiKey } }).accounts[0]!.apiKey).toBe(apiKey);
      const keyPath = file(`${apiKey}\n`);
      const path = file(`accounts: [{ name: a, apiKeyFile: ${JSON.stringify(keyPath)} }]`);
      expect(loadSettings({ environment: {}, file: path }).accounts[0]!.apiKey).toBe(apiKey);
    },
  );

  it('words of other systems are added to those that are known, however they are written', () => {
    const path = file(
      "policies: { users: { roles: { 'Chef_de-Bureau': standard, ADMIN: standard, recruiter: null } } }",
    );
    const { roles } = loadSettings({ environment: key, file: path }).policies.users;
    expect(roles).toMatchObject({
      'chef de bureau': 'standard',
      admin: 'standard',
      recruiter: null,
      member: 'standard',
    });
    const wrong = file('policies: { users: { roles: { boss: king } } }');
    expect(problems(key, { file: wrong })).toEqual([
      expect.stringMatching(/^policies\.users\.roles\.boss: must be administrator or standard, or null/),
    ]);
  });

  it('keys are made on demand only where they can be stored', () => {
    const provision = (environment: NodeJS.ProcessEnv, text = '') =>
      loadSettings({ environment: { ...key, ...environment }, file: file(text) }).policies.keys.provision;
    const encryption = { SYNC_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64') };
    expect([provision({}), provision(encryption)]).toEqual(['never', 'demand']);
    expect(provision(encryption, 'policies: { keys: { provision: command } }')).toBe('command');
  });

  it('secrets are taken as they are', () => {
    const secrets = {
      SYNC_WEBHOOK_AUTH: 'hook:pass:word with spaces',
      SYNC_ADMIN_TOKEN: 'sixteen letters.',
      SYNC_VIEWER_TOKEN: 'another sixteen!',
      SYNC_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
    };
    expect(loadSettings({ environment: { ...key, ...secrets } }).secrets).toEqual({
      webhookAuth: secrets.SYNC_WEBHOOK_AUTH,
      adminToken: secrets.SYNC_ADMIN_TOKEN,
      viewerToken: secrets.SYNC_VIEWER_TOKEN,
      encryptionKey: secrets.SYNC_ENCRYPTION_KEY,
    });
  });
});

describe('wrong settings', () => {
  const wrong: Array<[string, string[]]> = [
    ['DATABASE_URL', ['mysql://localhost/x', 'localhost', 'postgres//x', 'postgres://u:p#w@host/db']],
    ['SYNC_MIGRATE_AT_START', ['maybe', '2']],
    ['SPARKHIRE_BASE_URL', ['ftp://x', 'api.sparkhire.com', 'https://user:pw@host', 'https://host/?a=1']],
    ['SPARKHIRE_RATE_LIMIT', ['0', '-1', '1.5', 'many', '1e3', 'Infinity', 'NaN', '0x10', '1_000']],
    ['SPARKHIRE_RATE_WINDOW_SECONDS', ['0', '-1', 'a minute', '60s', '86401']],
    ['SPARKHIRE_PAGE_SIZE', ['0', '-5', '2.5', '10001', 'all']],
    ['SPARKHIRE_REQUEST_TIMEOUT_SECONDS', ['0', 'never', '1,5']],
    ['SYNC_SCHEDULE', ['every minute', '* * * *', '61 * * * *', '* * * * * * *']],
    ['SYNC_SWEEP_SCHEDULE', ['@sometimes', '0 25 * * *']],
    ['SYNC_SCHEDULE_TIMEZONE', ['EST', 'IST', 'Europe/Nowhere', 'Berlin', '+02:00']],
    ['SYNC_SETTLE_SECONDS', ['0', '-0.5', 'x']],
    ['SYNC_HTTP_PORT', ['-1', '65536', '80.5', 'http']],
    ['SYNC_PUBLIC_URL', ['sync.mill.test', 'ws://sync.mill.test', 'https://']],
    ['SYNC_WEBHOOK_AUTH', ['nocolon', ':nouser', 'nopassword:']],
    ['SYNC_ADMIN_TOKEN', ['fifteen letters']],
    ['SYNC_VIEWER_TOKEN', ['short']],
    ['SYNC_ENCRYPTION_KEY', ['c2hvcnQ=', `${'A'.repeat(42)}==`, 'A'.repeat(44), 'not base64 at all!']],
    ['LOG_LEVEL', ['verbose', 'INFO!']],
  ];
  it.each(wrong.flatMap(([name, values]) => values.map((value) => [name, value] as const)))(
    '%s=%s is refused by its name, without its value',
    (name, value) => {
      const found = problems({ ...key, [name]: value });
      expect(names(found)).toEqual([name]);
      // Short ones may stand in the sentence by chance.
      if (value.length > 6) expect(found[0]).not.toContain(value);
    },
  );

  it('are all told at once', () => {
    const environment = Object.fromEntries(wrong.map(([name, [value]]) => [name, value]));
    expect(names(problems({ ...key, ...environment }))).toEqual(wrong.map(([name]) => name).sort());
  });

  it('are told by the name their writer used: a key of the file, a variable of the environment', () => {
    const path = file(
      'sparkhire: { rateLimit: none, pageSize: 0 }\nhttp: { port: 1.5 }\nlog: { level: loud }',
    );
    expect(
      names(problems({ ...key, SPARKHIRE_RATE_LIMIT: '-1', LOG_LEVEL: 'quiet' }, { file: path })),
    ).toEqual(['LOG_LEVEL', 'SPARKHIRE_RATE_LIMIT', 'http.port', 'sparkhire.pageSize']);
  });

  it('say what to write for a choice that is gone', () => {
    const path = file('policies: { keys: { missing: auto } }');
    expect(problems(key, { file: path })).toEqual([
      expect.stringMatching(/^policies\.keys\.missing: auto is no longer a choice\. hold .* administrator/),
    ]);
    const other = file('policies: { keys: { missing: never } }');
    expect(problems(key, { file: other })).toEqual(['policies.keys.missing: must be hold or administrator']);
  });

  it('of the file are told beside the missing key', () => {
    expect(names(problems({}, { file: file('sparkhire: { rateLimit: none }') }))).toEqual([
      'SPARKHIRE_API_KEY',
      'sparkhire.rateLimit',
    ]);
    expect(names(problems({}, { file: file('secrets: { adminToken: x }') }))).toEqual([
      'SPARKHIRE_API_KEY',
      'secrets',
    ]);
  });

  it('of the file are told by the whole path of a key nobody knows', () => {
    const path = file(`
      sparkhire: { ratelimit: 5, rateLimit: 5, page_size: 5 }
      htpp: { port: 1 }
      mirror: { massDisappearance: { percent: 5 } }
      accounts: [{ name: a, apiKeyEnv: A_KEY, apiKey: abcdef-the-key-itself }]
    `);
    const found = problems({ A_KEY: 'k' }, { file: path });
    expect(names(found)).toEqual([
      'accounts.0.apiKey',
      'htpp',
      'mirror.massDisappearance.percent',
      'sparkhire.page_size',
      'sparkhire.ratelimit',
    ]);
    expect(found.join()).not.toContain('abcdef-the-key-itself');
  });

  it.each([
    ['of another kind', 'sparkhire: fast', 'sparkhire'],
    ['that is a list', 'http: [1]', 'http'],
    ['of accounts that is no list', 'accounts: { name: a }', 'accounts'],
    ['of accounts that are no mappings', 'accounts: [north]', 'accounts.0'],
  ])('a section %s is told by its key', (_, text, name) => {
    expect(names(problems(key, { file: file(text) }))).toEqual([name]);
    // Also where the environment sets something inside it.
    const inside = { SPARKHIRE_RATE_LIMIT: '7', SYNC_HTTP_PORT: '7' };
    expect(names(problems({ ...key, ...inside }, { file: file(text) }))).toEqual([name]);
  });

  it.each([
    ['a mapping', 'secrets: { adminToken: 0123456789abcdef }'],
    ['a word', 'secrets: 0123456789abcdef'],
    ['a list', 'secrets: [0123456789abcdef]'],
  ])('secrets in a file are refused, as %s, without showing them', (_, text) => {
    const found = problems(key, { file: file(text) });
    expect(names(found)).toEqual(['secrets']);
    expect(found.join()).not.toContain('0123456789abcdef');
  });

  it.each([
    ['does not exist', join(folder, 'none.yaml')],
    ['is a folder', folder],
  ])('a file that %s is told by its path', (_, path) => {
    expect(names(problems(key, { file: path }))).toEqual([path]);
    expect(names(problems({ ...key, SYNC_CONFIG: path }))).toEqual([path]);
  });

  it.each([
    ['is no YAML', 'http: { port: 1'],
    ['is no mapping', '- 1\n- 2'],
    ['is a single word', 'hello'],
    ['holds a key twice', 'http: { port: 1 }\nhttp: { port: 2 }'],
    ['holds two documents', 'a: 1\n---\nb: 2'],
  ])('a file that %s is told by its path', (_, text) => {
    const path = file(text);
    expect(names(problems(key, { file: path }))).toEqual([path]);
  });

  it.each([
    'database: { url: "postgres://u:hunter2-secret@h/d" "more" }',
    'database:\n  url: postgres://u:hunter2-secret@h/d: x\n bad',
    'database: *hunter2-secret',
    'database: !hunter2-secret x\n- y',
    '"hunter2-secret" "hunter2-secret"',
    '[a, "hunter2-secret"] hunter2-secret',
    'a: "hunter2-secret\n',
    'a: b: hunter2-secret',
    '%hunter2-secret\n---\na: 1',
    'hunter2-secret: 1\nhunter2-secret: 2',
  ])('a broken file is not quoted: %j', (text) => {
    const found = problems(key, { file: file(text) });
    expect(found.length).toBeGreaterThan(0);
    expect(found.join('\n')).not.toContain('hunter2-secret');
  });
});

describe('several accounts', () => {
  const path = () =>
    file(`
      sparkhire: { rateLimit: 300, pageSize: 40 }
      accounts:
        - name: north
          apiKeyEnv: NORTH_KEY
        - name: south
          apiKeyFile: ${JSON.stringify(file('south-key\n'))}
          rateLimit: 100
          rateWindowSeconds: 0.5
          baseUrl: http://localhost:9/v1.0/
          pageSize: 10
          requestTimeoutSeconds: 1.5
    `);

  it('with an empty section of policies decide as all others', () => {
    const accounts = 'accounts: [{ name: a, apiKeyEnv: K, policies: }, { name: b, apiKeyEnv: K }]';
    const settings = loadSettings({ environment: { K: 'k' }, file: file(accounts) });
    expect(policiesOf(settings, settings.accounts[0]!)).toEqual(settings.policies);
  });

  it('decide otherwise where they say so, and as all others where they say nothing', () => {
    const settings = loadSettings({
      environment: { K: 'k' },
      file: file(`
        policies: { jobs: { withdrawn: delete }, massChange: { rows: 7 } }
        accounts:
          - { name: north, apiKeyEnv: K }
          - { name: south, apiKeyEnv: K, policies: { jobs: { withdrawn: inactive, statuses: { live: open } }, keys: { missing: administrator } } }
      `),
    });
    const [north, south] = settings.accounts.map((account) => policiesOf(settings, account));
    expect(north).toBe(settings.policies);
    expect(north).toMatchObject({ jobs: { withdrawn: 'delete' }, keys: { missing: 'hold' } });
    const { jobs, keys, ...rest } = south!;
    expect(jobs).toMatchObject({
      withdrawn: 'inactive',
      statuses: { live: 'open', ...north!.jobs.statuses },
    });
    expect(keys).toEqual({ ...north!.keys, missing: 'administrator' });
    expect(rest).toEqual({
      fields: north!.fields,
      users: north!.users,
      massChange: { ...north!.massChange, rows: 7 },
    });
  });

  it('take their keys from where they are, and have what else differs', () => {
    const settings = loadSettings({ environment: { NORTH_KEY: 'north-key' }, file: path() });
    expect(settings.accounts).toEqual([
      {
        name: 'north',
        apiKey: 'north-key',
        baseUrl: 'https://api.sparkhire.com/v1.0',
        rateLimit: 300,
        rateWindowMs: 60_000,
        pageSize: 40,
        requestTimeoutMs: 30_000,
      },
      {
        name: 'south',
        apiKey: 'south-key',
        baseUrl: 'http://localhost:9/v1.0',
        rateLimit: 100,
        rateWindowMs: 500,
        pageSize: 10,
        requestTimeoutMs: 1500,
      },
    ]);
    expect(chooseAccounts(settings, undefined)).toEqual(settings.accounts);
    expect(chooseAccounts(settings, 'south').map(({ name }) => name)).toEqual(['south']);
    expect(() => chooseAccounts(settings, 'west')).toThrow(
      expect.objectContaining({ code: 'ACCOUNT_UNKNOWN', remedy: expect.stringContaining('north, south') }),
    );
  });

  it('share what the environment says of all, each under what it says of itself', () => {
    const { accounts } = loadSettings({
      environment: { NORTH_KEY: 'k', SPARKHIRE_RATE_LIMIT: '50' },
      file: path(),
    });
    expect(accounts.map(({ rateLimit }) => rateLimit)).toEqual([50, 100]);
  });

  it('whose keys are missing are told by the variable and the file that lack them', () => {
    const nowhere = join(folder, 'no-such-key');
    const empty = file('  \n');
    const text = `accounts:
      - { name: a, apiKeyEnv: A_KEY }
      - { name: b, apiKeyFile: ${JSON.stringify(nowhere)} }
      - { name: c, apiKeyFile: ${JSON.stringify(empty)} }
      - { name: d, apiKeyEnv: D_KEY }`;
    const found = problems({ D_KEY: ' ' }, { file: file(text) });
    expect(names(found)).toEqual(['A_KEY', 'D_KEY', empty, nowhere].sort());
    expect(found.find((line) => line.startsWith('A_KEY'))).toContain('account a');
  });

  it('whose keys are missing are told together with what else is wrong', () => {
    const text = 'accounts: [{ name: a, apiKeyEnv: A_KEY }]\nhttp: { port: -1 }';
    expect(names(problems({}, { file: file(text) }))).toEqual(['A_KEY', 'http.port']);
  });

  it('need no keys for a command that does not talk to Spark Hire', () => {
    const text = 'accounts: [{ name: a, apiKeyEnv: A_KEY }, { name: b, apiKeyFile: /no/such/file }]';
    expect(problems({}, { file: file(text), needsAccounts: false })).toEqual([]);
  });

  it.each([
    ['without a name', '{ apiKeyEnv: K }', 'accounts.0.name'],
    ['without a place for the key', '{ name: a }', 'accounts.0'],
    ['with two places for the key', '{ name: a, apiKeyEnv: K, apiKeyFile: f }', 'accounts.0'],
    ['with an empty place for the key', '{ name: a, apiKeyEnv: "" }', 'accounts.0.apiKeyEnv'],
    ['whose name would not do in an address', '{ name: a/b, apiKeyEnv: K }', 'accounts.0.name'],
    ['with an empty name', '{ name: "", apiKeyEnv: K }', 'accounts.0.name'],
    ['with a wrong value of its own', '{ name: a, apiKeyEnv: K, rateLimit: 0 }', 'accounts.0.rateLimit'],
    [
      'with a policy that is none',
      '{ name: a, apiKeyEnv: K, policies: { jobs: { withdrawn: gone } } }',
      'accounts.0.policies.jobs.withdrawn',
    ],
    [
      'with a policy of another name',
      '{ name: a, apiKeyEnv: K, policies: { job: {} } }',
      'accounts.0.policies.job',
    ],
  ])('%s are refused', (_, entry, name) => {
    const found = problems({ K: 'k' }, { file: file(`accounts: [${entry}]`) });
    expect(names(found)).toEqual([name]);
    expect(found[0]).not.toMatch(/Invalid input|expected|Too small/);
  });

  it('with something wrong in them are called by their names, and so are packages', () => {
    const text = `accounts:
      - { name: north, apiKeyEnv: K }
      - { name: south, apiKeyEnv: K, rateLimit: 0, packages: [{ name: standard, type: phone }] }
      - { apiKeyEnv: K, rateLimit: 0 }`;
    expect(problems({ K: 'k' }, { file: file(text) })).toEqual([
      'accounts.1.rateLimit: must be greater than 0 (account south)',
      'accounts.1.packages.0.type: must be one_way or live (account south, package standard)',
      'accounts.2.name: must be a name',
      'accounts.2.rateLimit: must be greater than 0',
    ]);
  });

  it('of one name are refused', () => {
    const text = 'accounts: [{ name: a, apiKeyEnv: K }, { name: a, apiKeyEnv: K }]';
    expect(names(problems({ K: 'k' }, { file: file(text) }))).toEqual(['accounts']);
  });
});

it('a number out of its bounds is told the bound', () => {
  const text = 'policies: { massChange: { share: 2 } }\nmirror: { massDisappearance: { share: -1 } }';
  expect(problems(key, { file: file(text) })).toEqual([
    'mirror.massDisappearance.share: must be at least 0',
    'policies.massChange.share: must be at most 1',
  ]);
});

describe('no secret', () => {
  it('stands in any message', () => {
    const secrets = {
      SPARKHIRE_API_KEY: 'secret-key-1',
      DATABASE_URL: 'postgresql:secret-pw-2@h',
      SYNC_WEBHOOK_AUTH: 'secret-auth-3',
      SYNC_ADMIN_TOKEN: 'secret-tok-4',
      SYNC_VIEWER_TOKEN: 'secret-tok-5',
      SYNC_ENCRYPTION_KEY: 'secret-key-6',
      SPARKHIRE_BASE_URL: 'https://secret-user-7:secret-8@h',
      SYNC_PUBLIC_URL: 'secret-9',
    };
    const text = problems({ ...secrets, LOG_LEVEL: 'loud' }).join('\n');
    expect(text).not.toContain('secret-');
  });
});
