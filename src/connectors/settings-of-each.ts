/** Settings that every connected ATS has, whatever its kind. */
import { z } from 'zod';
import { number, yesOrNo } from '../setting-values.js';

const wanted = (words: string) => ({
  error: ({ input }: { input?: unknown }) => (input === undefined ? 'is missing' : words),
});

/** Identifiers of an ATS may be numbers, which YAML takes for such. */
const nameOrId = z
  .union([z.string(), z.number()], wanted('must be a name or an id'))
  .transform((value) => String(value).trim())
  .refine((text) => text !== '', 'must not be empty');

const jobs = z.preprocess(
  (value) => (typeof value === 'string' && value.trim().toLowerCase() === 'all' ? 'all' : value),
  z.union([z.literal('all'), z.array(nameOrId).min(1)], 'must be all, or a list of ids or titles of jobs'),
);

const triggerSchema = z.strictObject({ stage: nameOrId, jobs: jobs.default('all'), package: nameOrId });

const day = z.iso.date();
const moment = z.iso.datetime({ offset: true });

const from = z
  .string('must be now, all or an ISO date')
  .refine(
    (text) => ['now', 'all'].includes(text) || day.safeParse(text).success || moment.safeParse(text).success,
    'must be now, all, a date such as 2026-11-01, or a time such as 2026-11-01T09:00:00Z',
  )
  .transform((text): 'now' | 'all' | Date => (text === 'now' || text === 'all' ? text : new Date(text)));

const noteOrNone = z.enum(['note', 'none'], 'must be note or none');
const stageName = nameOrId.optional();

/** Of the YAML file and the variables; where a secret is, not the secret. */
export const settingsOfEach = {
  lagSeconds: number((n) => n.min(0, 'must be at least 0').max(86_400, 'must be at most a day')).default(300),
  webhookSecretEnv: z.string().min(1, 'must not be empty').optional(),
  webhookSecretFile: z.string().min(1, 'must not be empty').optional(),
  from: from.default('now'),
  triggers: z.array(triggerSchema).default([]),
  onLeave: z.enum(['keep', 'cancel'], 'must be keep or cancel').default('keep'),
  reentry: z.enum(['ignore', 'invite'], 'must be ignore or invite').default('ignore'),
  jobs: z.enum(['needed', 'open'], 'must be needed or open').default('needed'),
  include: z
    .strictObject({ private: yesOrNo.default(false), confidential: yesOrNo.default(false) })
    .default({ private: false, confidential: false }),
  writeBack: z
    .strictObject({
      invited: noteOrNone.default('note'),
      completed: noteOrNone.default('note'),
      expired: noteOrNone.default('none'),
      /** Who sees the notes, where the ATS makes a difference. */
      visibility: z
        .enum(['public', 'private', 'admin_only'], 'must be public, private or admin_only')
        .default('public'),
      /** A custom field of the application that holds the state, by its name, key or id. */
      field: nameOrId.nullable().default(null),
      move: z.strictObject({ invited: stageName, completed: stageName, expired: stageName }).default({}),
    })
    .default({
      invited: 'note',
      completed: 'note',
      expired: 'none',
      visibility: 'public',
      field: null,
      move: {},
    }),
};

const question = z.strictObject({
  text: z.string('must be text').min(1, 'must not be empty'),
  time_limit: number((n) => n.int('must be a whole number').positive('must be greater than 0')),
  takes: number((n) => n.int('must be a whole number').min(-1, 'must be at least -1')).optional(),
});

/** As ats.packages has them; that table's judge says what is wrong with their meaning. */
export const packagesSchema = z
  .array(
    z.strictObject({
      name: nameOrId,
      type: z.enum(['one_way', 'live'], 'must be one_way or live').default('one_way'),
      question_set_uuid: z.uuid('must be a uuid').optional(),
      questions: z.array(question).min(1, 'must not be empty').optional(),
      deadline_days: number((n) =>
        n.positive('must be greater than 0').max(365, 'must be at most 365'),
      ).optional(),
      email_message: z.string('must be text').optional(),
      timezone: z.string('must be text').optional(),
    }),
  )
  .refine(
    (packages) => new Set(packages.map(({ name }) => name)).size === packages.length,
    'each package needs a name of its own',
  );

export type Trigger = z.output<typeof triggerSchema>;
export type PackageSettings = z.output<typeof packagesSchema>[number];

/** What every kind has once its secrets were read. */
export interface SettingsOfEach
  extends z.output<z.ZodObject<Omit<typeof settingsOfEach, `webhookSecret${string}`>>> {
  baseUrl: string;
  webhookSecret: string | null;
  /** Written into ats.packages. */
  packages: PackageSettings[];
}
