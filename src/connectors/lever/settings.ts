/** Settings of an account that is connected to Lever, by its API of version 1. */
import { z } from 'zod';
import { apiKeySettings, readApiKey } from '../api-key.js';
import type { SecretSources } from '../settings-of-each.js';
import { type SettingsOfEach, settingsOfEach } from '../settings-of-each.js';

const itsOwn = 'https://api.lever.co/v1';

const told = z.enum(['link', 'tag', 'note', 'none'], 'must be link, tag, note or none');
const { visibility: _, field: __, ...states } = settingsOfEach.writeBack.unwrap().shape;

export const leverSchema = z.strictObject({
  ...settingsOfEach,
  ...apiKeySettings,
  kind: z.literal('lever'),
  performAs: z
    .string('must be the id or the e-mail address of a user')
    .trim()
    .min(1, 'must not be empty')
    .nullable()
    .default(null)
    .describe(
      'Id or e-mail address of the Lever user in whose name is written. Without it: nobody in particular.',
    ),
  writeBack: z
    .strictObject({
      ...states,
      invited: told.default('note').describe('Written back when the candidate was invited.'),
      completed: told.default('note').describe('Written back when the interview is completed.'),
      expired: told.default('none').describe('Written back when it has expired.'),
    })
    .default({ invited: 'note', completed: 'note', expired: 'none', move: {} })
    .transform((writeBack) => ({ ...writeBack, visibility: 'public' as const, field: null })),
});

export interface LeverSettings extends SettingsOfEach {
  kind: 'lever';
  apiKey: string;
  performAs: string | null;
}

/** @returns the settings of its own with their secrets */
export function readLeverSettings(
  ats: z.output<typeof leverSchema>,
  secrets: SecretSources,
): Pick<LeverSettings, 'kind' | 'baseUrl' | 'apiKey' | 'performAs'> {
  return {
    kind: 'lever',
    baseUrl: ats.baseUrl ?? itsOwn,
    apiKey: readApiKey(ats, secrets),
    performAs: ats.performAs,
  };
}
