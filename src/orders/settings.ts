/** Settings of the ATSs that order interviews themselves: where the secrets of each are, not the secrets. */
import { z } from 'zod';
import { httpUrl } from '../setting-values.js';

const secret = (name: string) => ({
  [`${name}Env`]: z
    .string()
    .min(1, 'must not be empty')
    .optional()
    .describe('Variable that holds it, where it is another one than the usual.'),
  [`${name}File`]: z
    .string()
    .min(1, 'must not be empty')
    .optional()
    .describe('Or a file that holds nothing else.'),
});
const baseUrl = httpUrl
  .transform((text) => text.replace(/\/+$/, ''))
  .optional()
  .describe("Where results are sent, if not to the ATS's own address.");

/** By protocol, as it stands in the path: /partner/ACCOUNT/PROTOCOL. */
export const partnerSchema = z.strictObject({
  greenhouse: z
    .strictObject({ ...secret('key'), baseUrl })
    .optional()
    .describe('Assessment Partner. The key is what Greenhouse calls with.'),
  teamtailor: z
    .strictObject({ ...secret('secret'), ...secret('apiKey'), baseUrl })
    .optional()
    .describe('Partner API. The secret proves who calls, the API key is sent with results.'),
  ashby: z
    .strictObject({ ...secret('secret'), ...secret('apiKey'), baseUrl })
    .optional()
    .describe('Assessments. The secret is what Ashby calls with, the API key is sent with results.'),
});

export interface PartnerSettings {
  /** `key`: what the customer gives to Greenhouse. `baseUrl`: where it is told of completed tests; null: wherever it says, if that is Greenhouse's. */
  greenhouse: { key: string; baseUrl: string | null } | null;
  /** `secret` proves who calls, `apiKey` is shown where results are told. */
  teamtailor: { secret: string; apiKey: string; baseUrl: string | null } | null;
  ashby: { secret: string; apiKey: string; baseUrl: string } | null;
}

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
