/** Settings of the ATSs that order interviews themselves: where the secrets of each are, not the secrets. */
import { z } from 'zod';
import { httpUrl } from '../setting-values.js';

const place = z.string().min(1, 'must not be empty').optional();
const baseUrl = httpUrl.transform((text) => text.replace(/\/+$/, '')).optional();

/** By protocol, as it stands in the path: /partner/ACCOUNT/PROTOCOL. */
export const partnerSchema = z.strictObject({
  greenhouse: z.strictObject({ keyEnv: place, keyFile: place, baseUrl }).optional(),
  teamtailor: z
    .strictObject({ secretEnv: place, secretFile: place, apiKeyEnv: place, apiKeyFile: place, baseUrl })
    .optional(),
  ashby: z
    .strictObject({ secretEnv: place, secretFile: place, apiKeyEnv: place, apiKeyFile: place, baseUrl })
    .optional(),
});

export interface PartnerSettings {
  /** `key`: what the customer gives to Greenhouse. `baseUrl`: where it is told of completed tests; null: wherever it says, if that is Greenhouse's. */
  greenhouse: { key: string; baseUrl: string | null } | null;
  /** `secret` proves who calls, `apiKey` is shown where results are told. */
  teamtailor: { secret: string; apiKey: string; baseUrl: string | null } | null;
  ashby: { secret: string; apiKey: string; baseUrl: string } | null;
}

/** Secrets of the single account. */
export const partnerSecretVariables = [
  'PARTNER_GREENHOUSE_KEY',
  'PARTNER_TEAMTAILOR_SECRET',
  'PARTNER_TEAMTAILOR_API_KEY',
  'PARTNER_ASHBY_SECRET',
  'PARTNER_ASHBY_API_KEY',
];

/** As the settings of a connected ATS read theirs. */
interface Secrets {
  needed(name: string, variable: string, section: object): string | undefined;
  optional(name: string, variable: string, section: object): string | null;
}

type Sections = z.output<typeof partnerSchema>;

/** A protocol is on where its section stands, or where the variable of its first secret is set. Null where none is. */
export function readPartnerSettings(sections: Sections | null, secrets: Secrets): PartnerSettings | null {
  const read = <T>(
    section: object | undefined,
    first: readonly [name: string, variable: string],
    of: (secret: string) => T,
  ): T | null => {
    const secret = secrets[section === undefined ? 'optional' : 'needed'](...first, section ?? {});
    return secret === null || secret === undefined ? null : of(secret);
  };
  const { greenhouse, teamtailor, ashby } = sections ?? {};
  const settings: PartnerSettings = {
    greenhouse: read(greenhouse, ['key', 'PARTNER_GREENHOUSE_KEY'], (key) => ({
      key,
      baseUrl: greenhouse?.baseUrl ?? null,
    })),
    teamtailor: read(teamtailor, ['secret', 'PARTNER_TEAMTAILOR_SECRET'], (secret) => ({
      secret,
      apiKey: secrets.needed('apiKey', 'PARTNER_TEAMTAILOR_API_KEY', teamtailor ?? {}) ?? '',
      baseUrl: teamtailor?.baseUrl ?? null,
    })),
    ashby: read(ashby, ['secret', 'PARTNER_ASHBY_SECRET'], (secret) => ({
      secret,
      apiKey: secrets.needed('apiKey', 'PARTNER_ASHBY_API_KEY', ashby ?? {}) ?? '',
      baseUrl: ashby?.baseUrl ?? 'https://api.ashbyhq.com',
    })),
  };
  return Object.values(settings).every((one) => one === null) ? null : settings;
}
