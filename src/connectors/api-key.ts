/** Access by one API key: where it stands in the settings, and how requests carry it. */
import { z } from 'zod';
import { httpUrl } from '../setting-values.js';
import type { Authorize } from './http.js';
import type { SecretSources } from './settings-of-each.js';

const name = z.string().min(1, 'must not be empty').optional();

/** What the schema of such a kind has besides `settingsOfEach`. */
export const apiKeySettings = {
  baseUrl: httpUrl
    .transform((text) => text.replace(/\/+$/, ''))
    .nullable()
    .default(null)
    .describe("Another address than the ATS's own, path included."),
  apiKeyEnv: name.describe('Variable that holds the API key of the ATS.'),
  apiKeyFile: name.describe('Or a file that holds nothing but that key.'),
};

/** Empty where it is missing, which the sources tell. */
export function readApiKey(ats: object, secrets: SecretSources): string {
  return secrets.needed('apiKey', 'ATS_API_KEY', ats) ?? '';
}

/** A header Authorization; an API key is the user name, and no password. */
export const basicOf = (user: string, password = '') =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

export function basicKey(key: string): Authorize {
  const authorization = basicOf(key);
  return async () => authorization;
}

export function bearerKey(key: string): Authorize {
  return async () => `Bearer ${key}`;
}
