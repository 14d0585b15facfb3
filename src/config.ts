/**
 * Settings: config/default.yaml, one more YAML file over it, the environment over both. Everything is checked at
 * once, and every error is reported by the name its writer used.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, type YAMLParseError } from 'yaml';
import { type CheckedSettings, checkedSettings, environmentSettings } from './config-schema.js';
import { secretFile, secretSources } from './config-secrets.js';
import {
  type AtsSettings,
  atsEnvironment,
  atsSecretVariables,
  readAtsSettings,
} from './connectors/settings.js';
import { messageOf, SyncError } from './errors.js';
import { type PartnerSettings, readPartnerSettings } from './orders/settings.js';

export interface Account {
  name: string;
  /** The administrator's API key: a secret. */
  apiKey: string;
  baseUrl: string;
  rateLimit: number;
  rateWindowMs: number;
  pageSize: number;
  requestTimeoutMs: number;
  /** The ATS that is connected to it, with its secrets, if one is. */
  ats?: AtsSettings | undefined;
  /** ATSs that order interviews themselves, with their secrets. */
  partner?: PartnerSettings | undefined;
  /** Its own, completed by those of all accounts; without a section of its own there are none. */
  policies?: CheckedSettings['policies'] | undefined;
}

export interface Settings
  extends Omit<CheckedSettings, 'accounts' | 'sparkhire' | 'ats' | 'packages' | 'partner'> {
  accounts: Account[];
}

export interface LoadOptions {
  environment?: NodeJS.ProcessEnv;
  /** The file given with --config. */
  file?: string;
  /** Whether the command talks to Spark Hire: then at least one account is needed. Default true. */
  needsAccounts?: boolean;
}

/** Several wrong settings at once; `problems` holds a line for each. */
export class SettingsError extends SyncError {
  constructor(readonly problems: string[]) {
    super('SETTINGS_INVALID', `Settings cannot be used:\n${problems.map((line) => `  ${line}`).join('\n')}`, {
      remedy: 'Correct them (config/default.yaml explains every setting) and start again.',
    });
  }
}

type Tree = { [key: string]: unknown };

const defaultFile = fileURLToPath(new URL('../config/default.yaml', import.meta.url));

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An empty section of a file changes nothing. */
function merged(base: unknown, over: unknown): unknown {
  if (over === null && typeof base === 'object') return base;
  if (!isTree(base) || !isTree(over)) return over;
  const result: Tree = { ...base };
  for (const [key, value] of Object.entries(over)) result[key] = merged(base[key], value);
  return result;
}

function readYaml(path: string, problems: string[]): Tree | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    problems.push(`${path}: cannot be read (${messageOf(error)})`);
    return undefined;
  }
  try {
    const tree: unknown = parse(text, { logLevel: 'error' }) ?? {};
    if (isTree(tree)) return tree;
    problems.push(`${path}: must be a mapping of settings`);
  } catch (error) {
    // The parser's own message may quote the file, and with it a secret.
    const { code, linePos } = error as Partial<YAMLParseError>;
    const kind = code === undefined ? '' : `: ${code.toLowerCase().replaceAll('_', ' ')}`;
    const place = linePos === undefined ? '' : `, line ${linePos[0].line}`;
    problems.push(`${path}: is not valid YAML${kind}${place}`);
  }
  return undefined;
}

/** As they are in the package: they do not change while it runs. */
let defaults: Tree | undefined;

/** Sets a value, unless a file has put something else than a mapping in its way: that is told as it is. */
function setPath(tree: Tree, path: readonly string[], value: unknown): void {
  let node: unknown = tree;
  for (const key of path.slice(0, -1)) node = isTree(node) ? node[key] : undefined;
  if (isTree(node)) node[path.at(-1)!] = value;
}

/** @throws SettingsError with every problem found */
export function loadSettings(options: LoadOptions = {}): Settings {
  const environment = options.environment ?? process.env;
  const given = (name: string) => environment[name]?.trim() || undefined;
  const problems: string[] = [];
  defaults ??= readYaml(defaultFile, problems);
  let tree = structuredClone(defaults ?? {});
  const file = options.file ?? given('SYNC_CONFIG');
  const over = file === undefined ? {} : readYaml(file, problems);
  tree = merged(tree, over ?? {}) as Tree;
  if (tree.secrets !== undefined) problems.push('secrets: come from the environment only, not from a file');
  tree.secrets = {};

  const sources = new Map<string, string>();
  for (const [name, path] of Object.entries(environmentSettings)) {
    const value = given(name);
    if (value === undefined) continue;
    setPath(tree, path, value);
    sources.set(path.join('.'), name);
  }
  placeAts(tree, given, sources, problems);
  completePolicies(tree);
  const result = checkedSettings.safeParse(tree, { jitless: true });
  if (!result.success) {
    for (const issue of result.error.issues) problems.push(...describe(issue, sources));
  }
  const needsKeys = options.needsAccounts !== false;
  const keys = readKeys(tree.accounts, given, needsKeys ? problems : []);
  // A file that cannot be read may well have held accounts.
  if (needsKeys && keys.length === 0 && over !== undefined) problems.push(missingKey);
  if (problems.length > 0 || !result.success)
    throw new SettingsError(problems.map((line) => withNames(line, tree)));
  const { sparkhire, accounts, ats, packages, partner, ...rest } = result.data;
  const isSingle = accounts.length < 2;
  if (!isSingle && partner !== null)
    problems.push('partner: there are several accounts; give each its own `partner`');
  const connected = new Map<string, AtsSettings>();
  const partners = new Map<string, PartnerSettings>();
  for (const [index, entry] of (accounts.length === 0
    ? [{ name: 'default', ats, packages, partner }]
    : accounts
  ).entries()) {
    const secrets = (section: string) =>
      secretSources(given, isSingle, `accounts.${index}.${section}`, needsKeys ? problems : []);
    const sections = entry.partner ?? (isSingle ? partner : null);
    const orders = readPartnerSettings(sections, secrets('partner'));
    if (orders !== null) partners.set(entry.name, orders);
    if (entry.ats === null) continue;
    connected.set(entry.name, readAtsSettings(entry.ats, entry.packages, secrets('ats')));
  }
  if (problems.length > 0) throw new SettingsError(problems.map((line) => withNames(line, tree)));
  const entries = new Map(accounts.map((entry) => [entry.name, entry]));
  return {
    ...rest,
    accounts: keys.flatMap(({ name, key }) => {
      const own = entries.get(name);
      const account = {
        name,
        apiKey: key ?? '',
        ats: connected.get(name),
        partner: partners.get(name),
        policies: own?.policies,
      };
      return key === undefined ? [] : [makeAccount(account, { ...sparkhire, ...own })];
    }),
  };
}

/** A key counts the entries of a list; people know them by their names. */
function withNames(problem: string, tree: Tree): string {
  const [key = ''] = problem.split(':', 1);
  const names: string[] = [];
  let node: unknown = tree;
  let list = '';
  for (const part of key.split('.')) {
    const isEntry = Array.isArray(node);
    node = isEntry || isTree(node) ? (node as Tree)[part] : undefined;
    if (isEntry && isTree(node) && typeof node.name === 'string' && node.name !== '')
      names.push(`${list.replace(/s$/, '')} ${node.name}`);
    list = part;
  }
  return names.length === 0 ? problem : `${problem} (${names.join(', ')})`;
}

/**
 * What stands at the top, or in a variable, is of the single account: it goes where the schema looks for it. In a list of one
 * account that is its entry.
 */
function placeAts(
  tree: Tree,
  given: (name: string) => string | undefined,
  sources: Map<string, string>,
  problems: string[],
): void {
  const entries = Array.isArray(tree.accounts) ? tree.accounts : [];
  const variables = Object.keys(atsEnvironment).filter((name) => given(name) !== undefined);
  const sections = [
    ...(tree.ats === null ? [] : ['ats']),
    ...(Array.isArray(tree.packages) && tree.packages.length > 0 ? ['packages'] : []),
  ];
  const names = [...sections, ...variables];
  if (entries.length > 1 && names.length > 0) {
    const own = variables.length > 0 && !sections.includes('ats') ? ['ats', ...sections] : sections;
    const theirs = own.map((section) => `\`${section}\``).join(' and ');
    problems.push(`${names.join(', ')}: there are several accounts; give each its own ${theirs}`);
    Object.assign(tree, { ats: null, packages: [] });
    return;
  }
  const [only] = entries;
  const node = isTree(only) ? only : tree;
  const at = node === tree ? [] : ['accounts', 0];
  if (node !== tree) {
    node.ats = merged(tree.ats, node.ats ?? null) ?? null;
    node.packages ??= tree.packages;
    Object.assign(tree, { ats: null, packages: [] });
  }
  if (variables.length > 0) {
    node.ats ??= {};
    if (!isTree(node.ats)) return;
    // The variables tell one trigger, for all jobs.
    if (given('ATS_STAGE') !== undefined || given('ATS_PACKAGE') !== undefined) node.ats.triggers = [{}];
    for (const name of variables) {
      const path = atsEnvironment[name]!;
      if (path[0] === 'triggers')
        Object.assign((node.ats.triggers as [Tree])[0], { [path[2]!]: given(name) });
      else {
        const [section, key] = path.map(String);
        if (key === undefined) node.ats[section!] = given(name);
        else node.ats[section!] = { ...((node.ats[section!] as Tree | undefined) ?? {}), [key]: given(name) };
      }
    }
    for (const [name, path] of Object.entries(atsEnvironment))
      sources.set([...at, 'ats', ...path].join('.'), name);
  }
  const isConnected = node.ats !== null && node.ats !== undefined;
  const lone = atsSecretVariables.filter((name) => given(name) !== undefined);
  if (isConnected) return;
  if (lone.length > 0)
    problems.push(
      `ATS_KIND: is not set; it takes the kind of ATS that ${lone.join(', ')} ${lone.length === 1 ? 'is' : 'are'} of`,
    );
  if (Array.isArray(node.packages) && node.packages.length > 0)
    problems.push(
      `${[...at, 'packages'].join('.')}: are written for a connected ATS; without one, put them into the table ats.packages`,
    );
}

/** What an account leaves out of its policies is as for all. */
function completePolicies(tree: Tree): void {
  for (const entry of Array.isArray(tree.accounts) ? tree.accounts : [])
    if (isTree(entry) && entry.policies !== undefined) entry.policies = merged(tree.policies, entry.policies);
}

const missingKey =
  'SPARKHIRE_API_KEY: is not set; it takes the API key of an administrator of the Spark Hire account';

interface Issue {
  code: string;
  path: PropertyKey[];
  message: string;
  keys?: string[];
  expected?: string;
  minimum?: number | bigint;
  maximum?: number | bigint;
}

function describe(issue: Issue, sources: Map<string, string>): string[] {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).map((key) => `${path === '' ? key : `${path}.${key}`}: no such setting`);
  }
  return [`${sources.get(path) ?? path}: ${words(issue)}`];
}

const kinds: Record<string, string> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'text',
};

/** The schema's own words, or plain ones where it has none. */
function words({ code, message, expected = '', minimum, maximum }: Issue): string {
  if (/received undefined$/.test(message)) return 'is missing';
  if (code === 'invalid_type' && message.startsWith('Invalid input')) {
    return `must be ${kinds[expected] ?? expected}`;
  }
  if (message.startsWith('Too small')) return `must be at least ${minimum}`;
  if (message.startsWith('Too big')) return `must be at most ${maximum}`;
  return message;
}

type Connection = CheckedSettings['sparkhire'];

function makeAccount(
  account: Pick<Account, 'name' | 'apiKey' | 'ats' | 'partner' | 'policies'>,
  connection: Connection,
): Account {
  const { baseUrl, rateLimit, pageSize, rateWindowSeconds, requestTimeoutSeconds } = connection;
  return {
    ...account,
    baseUrl,
    rateLimit,
    rateWindowMs: milliseconds(rateWindowSeconds),
    pageSize,
    requestTimeoutMs: milliseconds(requestTimeoutSeconds),
  };
}

function milliseconds(seconds: number): number {
  return Math.max(1, Math.round(seconds * 1000));
}

/** The accounts by name and their keys. What is wrong with them otherwise is the schema's business. */
function readKeys(
  entries: unknown,
  given: (name: string) => string | undefined,
  problems: string[],
): Array<{ name: string; key: string | undefined }> {
  if (!Array.isArray(entries) || entries.length === 0) {
    const key = given('SPARKHIRE_API_KEY');
    return key === undefined && (entries === undefined || Array.isArray(entries))
      ? []
      : [{ name: 'default', key }];
  }
  return entries.map((entry: unknown) => {
    const { name, apiKeyEnv, apiKeyFile } = isTree(entry) ? entry : ({} as Tree);
    let key: string | undefined;
    if (typeof apiKeyEnv === 'string' && apiKeyEnv !== '') {
      key = given(apiKeyEnv);
      if (key === undefined) {
        problems.push(`${apiKeyEnv}: is not set; it takes the API key of account ${String(name)}`);
      }
    } else if (typeof apiKeyFile === 'string' && apiKeyFile !== '') {
      key = secretFile(apiKeyFile, 'the API key', problems);
    }
    return { name: String(name), key };
  });
}

/** What is decided for an account: its own policies, or those of all. */
export function policiesOf(
  { policies }: Pick<Settings, 'policies'>,
  account: Pick<Account, 'policies'>,
): Settings['policies'] {
  return account.policies ?? policies;
}

/**
 * The accounts a command works on.
 * @throws SyncError ACCOUNT_UNKNOWN
 */
export function chooseAccounts(settings: Settings, name: string | undefined): Account[] {
  if (name === undefined) return settings.accounts;
  const chosen = settings.accounts.filter((account) => account.name === name);
  if (chosen.length > 0) return chosen;
  const names = settings.accounts.map((account) => account.name).join(', ');
  throw accountUnknown(name, `Configured: ${names || 'none'}.`);
}

export const accountUnknown = (name: string, remedy: string): SyncError =>
  new SyncError('ACCOUNT_UNKNOWN', `There is no account called "${name}".`, { remedy });
