/** Settings of an account that is connected to Workable, by its API v3. */
import { z } from 'zod';
import { yesOrNo } from '../../setting-values.js';
import { apiKeySettings, readApiKey } from '../api-key.js';
import type { SecretSources } from '../settings-of-each.js';
import { type SettingsOfEach, settingsOfEach } from '../settings-of-each.js';

const nothingToInclude = { private: false, confidential: false, sourced: false };
const notes = { invited: 'note', completed: 'note', expired: 'none', move: {} } as const;

export const workableSchema = z
  .strictObject({
    ...settingsOfEach,
    ...apiKeySettings,
    kind: z.literal('workable'),
    subdomain: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9-]*$/i,
        'must be the first part of your address, such as acme of acme.workable.com',
      )
      .nullable()
      .default(null)
      .describe('The first part of your address, such as `acme` of `acme.workable.com`.'),
    memberId: z
      .union([z.string(), z.number()], 'must be the id or the e-mail address of a member')
      .transform((value) => String(value).trim())
      .nullable()
      .default(null)
      .describe(
        'Member of Workable who writes the comments: id or e-mail address. Without it: the one who moved the candidate.',
      ),
    include: settingsOfEach.include
      .unwrap()
      .extend({
        sourced: yesOrNo
          .default(false)
          .describe('Whether people are invited who were sourced and have not applied.'),
      })
      .default(nothingToInclude),
    writeBack: settingsOfEach.writeBack
      .unwrap()
      .omit({ visibility: true, field: true })
      .default(notes)
      .transform((writeBack) => ({ ...writeBack, visibility: 'public' as const, field: null })),
  })
  .refine(({ baseUrl, subdomain }) => baseUrl !== null || subdomain !== null, {
    path: ['subdomain'],
    message: 'is missing: the first part of your address, such as acme of acme.workable.com',
  });

export interface WorkableSettings extends SettingsOfEach {
  kind: 'workable';
  apiKey: string;
  subdomain: string | null;
  /** An id or an e-mail address. */
  memberId: string | null;
  include: { private: boolean; confidential: boolean; sourced: boolean };
}

/** Without a secret of their own, webhooks are signed with the API key. @returns the settings of its own */
export function readWorkableSettings(
  ats: z.output<typeof workableSchema>,
  secrets: SecretSources,
): Pick<WorkableSettings, 'kind' | 'baseUrl' | 'apiKey' | 'webhookSecret'> {
  const apiKey = readApiKey(ats, secrets);
  return {
    kind: 'workable',
    baseUrl: ats.baseUrl ?? `https://${ats.subdomain}.workable.com/spi/v3`,
    apiKey,
    webhookSecret: secrets.optional('webhookSecret', 'ATS_WEBHOOK_SECRET', ats) ?? (apiKey || null),
  };
}
