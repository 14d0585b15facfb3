/** Settings of ATSs that are spoken to with a key. */
import { z } from 'zod';
import { httpUrl } from '../setting-values.js';
import type { SecretSources } from './settings.js';
import type { SettingsOfEach } from './settings-of-each.js';

const name = z.string().min(1, 'must not be empty').optional();

export const settingsOfKeyed = {
  /** Another address than the vendor's own. */
  baseUrl: httpUrl
    .transform((text) => text.replace(/\/+$/, ''))
    .nullable()
    .default(null),
  apiKeyEnv: name,
  apiKeyFile: name,
};

export interface KeyedSettings extends SettingsOfEach {
  apiKey: string;
}

/** @param itsOwn the vendor's own address. @returns where it is, and the key to it */
export function readKeyed(
  ats: { baseUrl: string | null },
  itsOwn: string,
  secrets: SecretSources,
): Pick<KeyedSettings, 'baseUrl' | 'apiKey'> {
  return {
    baseUrl: ats.baseUrl ?? itsOwn,
    apiKey: secrets.needed('apiKey', 'ATS_API_KEY', ats) ?? '',
  };
}
