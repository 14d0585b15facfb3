/** Settings of an account that is connected to Greenhouse, by Harvest v3. */
import { z } from 'zod';
import { httpUrl } from '../../setting-values.js';
import type { SecretSources } from '../settings-of-each.js';
import { type SettingsOfEach, settingsOfEach } from '../settings-of-each.js';

const name = z.string().min(1, 'must not be empty').optional();
const address = httpUrl.transform((text) => text.replace(/\/+$/, '')).nullable();

const itsOwn = {
  baseUrl: 'https://harvest.greenhouse.io/v3',
  tokenUrl: 'https://auth.greenhouse.io/token',
};

export const greenhouseSchema = z
  .strictObject({
    ...settingsOfEach,
    kind: z.literal('greenhouse'),
    baseUrl: address.default(null).describe("Another address than the ATS's own, path included."),
    tokenUrl: address.default(null).describe('Where tokens are given: the whole address.'),
    clientIdEnv: name.describe('Variable that holds the client id.'),
    clientSecretEnv: name.describe('Variable that holds the client secret.'),
    clientSecretFile: name.describe('Or a file that holds nothing but that secret.'),
    subject: z
      .union([z.string(), z.number()], 'must be the number of a user')
      .transform(String)
      .refine((text) => /^\d+$/.test(text), 'must be the number of a user')
      .nullable()
      .default(null)
      .describe("Number of the Greenhouse user to act as. Without it: the credential's own user."),
  })
  // The secret of one must not be sent to the other.
  .refine(({ baseUrl, tokenUrl }) => baseUrl === null || tokenUrl !== null, {
    path: ['tokenUrl'],
    message: 'is missing: a baseUrl of its own needs the whole address where tokens are given',
  });

export interface GreenhouseSettings extends SettingsOfEach {
  kind: 'greenhouse';
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  subject: string | null;
}

/** @returns the settings of its own with their secrets */
export function readGreenhouseSettings(
  ats: z.output<typeof greenhouseSchema>,
  secrets: SecretSources,
): Omit<GreenhouseSettings, Exclude<keyof SettingsOfEach, 'baseUrl'>> {
  return {
    kind: 'greenhouse',
    baseUrl: ats.baseUrl ?? itsOwn.baseUrl,
    tokenUrl: ats.tokenUrl ?? itsOwn.tokenUrl,
    clientId: secrets.needed('clientId', 'ATS_CLIENT_ID', ats) ?? '',
    clientSecret: secrets.needed('clientSecret', 'ATS_CLIENT_SECRET', ats) ?? '',
    subject: ats.subject,
  };
}
