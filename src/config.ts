/**
 * Settings: config/default.yaml, one more YAML file over it, the environment over both. Everything is checked at
 * once, and every error is reported by the name its writer used.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { type CheckedSettings, environmentSettings, settingsSchema } from './config-schema.js';
import { messageOf, SyncError } from './errors.js';

export interface Account {
  name: string;
  /** The administrator's API key: a secret. */
  apiKey: string;
  baseUrl: string;
  rateLimit: number;
  rateWindowMs: number;
  pageSize: number;
  requestTimeoutMs: number;
}

export interface Settings extends Omit<CheckedSettings, 'accounts' | 'sparkhire'> {
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

function merged(base: unknown, over: unknown): unknown {
  if (!isTree(base) || !isTree(over)) return over;
  const result: Tree = { ...base };
  for (const [key, value] of Object.entries(over)) result[key] = merged(base[key], value);
  return result;
}

function readYaml(path: string, problems: string[]): Tree {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    problems.push(`${path}: cannot be read (${messageOf(error)})`);
    return {};
  }
  try {
    const tree: unknown = parse(text) ?? {};
    if (isTree(tree)) return tree;
    problems.push(`${path}: must be a mapping of settings`);
  } catch (error) {
    problems.push(`${path}: is not valid YAML (${messageOf(error).split('\n')[0]})`);
  }
  return {};
}

function setPath(tree: Tree, path: readonly string[], value: unknown): void {
  let node = tree;
  for (const key of path.slice(0, -1)) {
    if (!isTree(node[key])) node[key] = {};
    node = node[key] as Tree;
  }
  node[path.at(-1)!] = value;
}

/** @throws SettingsError with every problem found */
export function loadSettings(options: LoadOptions = {}): Settings {
  const environment = options.environment ?? process.env;
  const given = (name: string) => environment[name]?.trim() || undefined;
  const problems: string[] = [];
  let tree = readYaml(defaultFile, problems);
  const file = options.file ?? given('SYNC_CONFIG');
  if (file !== undefined) tree = merged(tree, readYaml(file, problems)) as Tree;
  if (isTree(tree.secrets)) problems.push('secrets: come from the environment only, not from a file');
  tree.secrets = {};

  const sources = new Map<string, string>();
  for (const [name, path] of Object.entries(environmentSettings)) {
    const value = given(name);
    if (value === undefined) continue;
    setPath(tree, path, value);
    sources.set(path.join('.'), name);
  }
  const result = settingsSchema.safeParse(tree);
  if (!result.success) {
    for (const issue of result.error.issues) problems.push(describe(issue, sources));
  }
  const accounts = result.success ? resolveAccounts(result.data, given, problems) : [];
  if (!result.success && options.needsAccounts !== false && !anyAccount(tree, given))
    problems.push(missingKey);
  if (result.success && options.needsAccounts !== false && accounts.length === 0 && problems.length === 0) {
    problems.push(missingKey);
  }
  if (problems.length > 0 || !result.success) throw new SettingsError(problems);
  const { sparkhire: _, accounts: __, ...rest } = result.data;
  return { ...rest, accounts };
}

const missingKey =
  'SPARKHIRE_API_KEY: is not set; it takes the API key of an administrator of the Spark Hire account';

function anyAccount(tree: Tree, given: (name: string) => string | undefined): boolean {
  const listed = tree.accounts;
  return (Array.isArray(listed) && listed.length > 0) || given('SPARKHIRE_API_KEY') !== undefined;
}

function describe(
  issue: { code: string; path: PropertyKey[]; message: string; keys?: string[] },
  sources: Map<string, string>,
): string {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const names = (issue.keys ?? []).map((key) => (path === '' ? key : `${path}.${key}`));
    return `${names.join(', ')}: no such setting`;
  }
  return `${sources.get(path) ?? path}: ${issue.message}`;
}

function resolveAccounts(
  settings: CheckedSettings,
  given: (name: string) => string | undefined,
  problems: string[],
): Account[] {
  const common = settings.sparkhire;
  const make = (name: string, apiKey: string, own: Partial<typeof common>): Account => ({
    name,
    apiKey,
    baseUrl: own.baseUrl ?? common.baseUrl,
    rateLimit: own.rateLimit ?? common.rateLimit,
    rateWindowMs: (own.rateWindowSeconds ?? common.rateWindowSeconds) * 1000,
    pageSize: own.pageSize ?? common.pageSize,
    requestTimeoutMs: (own.requestTimeoutSeconds ?? common.requestTimeoutSeconds) * 1000,
  });
  if (settings.accounts.length === 0) {
    const key = given('SPARKHIRE_API_KEY');
    return key === undefined ? [] : [make('default', key, {})];
  }
  return settings.accounts.flatMap((entry) => {
    const key = entry.apiKeyEnv !== undefined ? given(entry.apiKeyEnv) : keyFile(entry.apiKeyFile!, problems);
    if (key === undefined && entry.apiKeyEnv !== undefined) {
      problems.push(`${entry.apiKeyEnv}: is not set; it takes the API key of account ${entry.name}`);
    }
    return key === undefined ? [] : [make(entry.name, key, entry)];
  });
}

function keyFile(path: string, problems: string[]): string | undefined {
  try {
    const key = readFileSync(path, 'utf8').trim();
    if (key !== '') return key;
    problems.push(`${path}: is empty; it takes the API key`);
  } catch (error) {
    problems.push(`${path}: cannot be read (${messageOf(error)})`);
  }
  return undefined;
}

/**
 * The accounts a command works on.
 * @throws SyncError ACCOUNT_UNKNOWN
 */
export function chooseAccounts(settings: Settings, name: string | undefined): Account[] {
  if (name === undefined) return settings.accounts;
  const chosen = settings.accounts.filter((account) => account.name === name);
  if (chosen.length > 0) return chosen;
  throw new SyncError('ACCOUNT_UNKNOWN', `There is no account called ${name}.`, {
    remedy: `Configured: ${settings.accounts.map((account) => account.name).join(', ') || 'none'}.`,
  });
}
