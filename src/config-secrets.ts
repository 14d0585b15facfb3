/** Where the secrets of settings are: in variables and files that the settings name, never in the settings. */
import { readFileSync } from 'node:fs';
import type { SecretSources } from './connectors/settings-of-each.js';
import { messageOf } from './errors.js';

export function secretFile(path: string, what: string, problems: string[]): string | undefined {
  try {
    const key = readFileSync(path, 'utf8').trim();
    if (key !== '') return key;
    problems.push(`${path}: is empty; it takes ${what}`);
  } catch (error) {
    problems.push(`${path}: cannot be read (${messageOf(error)})`);
  }
  return undefined;
}

const words: Record<string, string> = {
  clientId: 'client id',
  clientSecret: 'client secret',
  webhookSecret: 'secret of the webhooks',
  apiKey: 'API key',
  key: 'key',
  secret: 'secret',
};

/** @param isSingle whether the variables without an account's name are its own */
export function secretSources(
  given: (name: string) => string | undefined,
  isSingle: boolean,
  at: string,
  problems: string[],
): SecretSources {
  const read = (name: string, variable: string, ats: object, isNeeded: boolean) => {
    const { [`${name}Env`]: env, [`${name}File`]: file } = ats as Record<string, string | undefined>;
    if (env !== undefined && file !== undefined) {
      problems.push(`${at}: needs either ${name}Env or ${name}File`);
      return undefined;
    }
    if (file !== undefined) return secretFile(file, `the ${words[name] ?? name}`, problems);
    const from = env ?? (isSingle ? variable : undefined);
    const value = from === undefined ? undefined : given(from);
    if (value !== undefined || (env === undefined && !isNeeded)) return value;
    problems.push(
      from === undefined
        ? `${at}: needs ${name}Env or ${name}File`
        : `${from}: is not set; it takes the ${words[name] ?? name} of the ATS`,
    );
    return undefined;
  };
  return {
    needed: (name, variable, ats) => read(name, variable, ats, true),
    optional: (name, variable, ats) => read(name, variable, ats, false) ?? null,
  };
}
