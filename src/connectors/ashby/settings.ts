/** Settings of an account that is connected to Ashby. */
import { z } from 'zod';
import { apiKeySettings, readApiKey } from '../api-key.js';
import type { SecretSources } from '../settings-of-each.js';
import { type SettingsOfEach, settingsOfEach } from '../settings-of-each.js';

const { writeBack } = settingsOfEach;

export const ashbySchema = z.strictObject({
  ...settingsOfEach,
  ...apiKeySettings,
  kind: z.literal('ashby'),
  writeBack: writeBack
    .refine(({ visibility }) => visibility === 'public', {
      path: ['visibility'],
      message: 'must be public: whoever sees a candidate in Ashby sees the notes that come by its API',
    })
    .refine(({ field }) => field === null, {
      path: ['field'],
      message: 'must be null: nothing is written into custom fields of Ashby',
    }),
});

export interface AshbySettings extends SettingsOfEach {
  kind: 'ashby';
  apiKey: string;
}

/** @returns the settings of its own with their secrets */
export function readAshbySettings(
  ats: z.output<typeof ashbySchema>,
  secrets: SecretSources,
): Omit<AshbySettings, Exclude<keyof SettingsOfEach, 'baseUrl'>> {
  return {
    kind: 'ashby',
    baseUrl: ats.baseUrl ?? 'https://api.ashbyhq.com',
    apiKey: readApiKey(ats, secrets),
  };
}
