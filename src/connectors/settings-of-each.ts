/** Settings that every connected ATS has, whatever its kind. */
import { z } from 'zod';
import { number, yesOrNo } from '../setting-values.js';
import type { ResultState } from './connector.js';

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

const triggerSchema = z.strictObject({
  stage: nameOrId.describe('Name or id of the stage. Case and blanks do not matter.'),
  jobs: jobs.default('all').describe('`all`, or a list of ids or titles of jobs.'),
  package: nameOrId.describe('Package to invite with.'),
});

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
  lagSeconds: number((n) => n.min(0, 'must be at least 0').max(86_400, 'must be at most a day'))
    .default(300)
    .describe('How far behind now the ATS is read, since it shows late what it has.'),
  webhookSecretEnv: z
    .string()
    .min(1, 'must not be empty')
    .optional()
    .describe('Variable that holds the secret of its webhooks.'),
  webhookSecretFile: z
    .string()
    .min(1, 'must not be empty')
    .optional()
    .describe('Or a file that holds nothing but that secret.'),
  from: from
    .default('now')
    .describe('`now`, `all`, or an ISO date. Whoever entered a stage before it is not invited.'),
  triggers: z.array(triggerSchema).default([]).describe('Stages whose candidates are invited.'),
  onLeave: z
    .enum(['keep', 'cancel'], 'must be keep or cancel')
    .default('keep')
    .describe('What becomes of a pending invitation when its application leaves the stage or ends.'),
  reentry: z
    .enum(['ignore', 'invite'], 'must be ignore or invite')
    .default('ignore')
    .describe('Whether somebody who enters the same stage again is invited again.'),
  jobs: z
    .enum(['needed', 'open'], 'must be needed or open')
    .default('needed')
    .describe('Which jobs are made in Spark Hire: `needed` by an invitation, or all that are `open`.'),
  include: z
    .strictObject({
      private: yesOrNo.default(false).describe('Whether private candidates are invited too.'),
      confidential: yesOrNo
        .default(false)
        .describe('Whether candidates of confidential jobs are invited too.'),
    })
    .default({ private: false, confidential: false }),
  writeBack: z
    .strictObject({
      invited: noteOrNone.default('note').describe('Written back when the candidate was invited.'),
      completed: noteOrNone.default('note').describe('Written back when the interview is completed.'),
      expired: noteOrNone.default('none').describe('Written back when it has expired.'),
      visibility: z
        .enum(['public', 'private', 'admin_only'], 'must be public, private or admin_only')
        .default('public')
        .describe('Who sees the notes, where the ATS makes a difference.'),
      field: nameOrId
        .nullable()
        .default(null)
        .describe('Custom field of the application that holds the state: its name, key or id.'),
      move: z
        .strictObject({
          invited: stageName.describe('Stage to move an invited application to.'),
          completed: stageName.describe('Stage to move a completed one to.'),
          expired: stageName.describe('Stage to move an expired one to.'),
        })
        .default({}),
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
  text: z.string('must be text').min(1, 'must not be empty').describe('The question.'),
  time_limit: number((n) => n.int().positive('must be greater than 0')).describe('Seconds for the answer.'),
  takes: number((n) => n.int().min(-1, 'must be at least -1'))
    .optional()
    .describe('How often it may be recorded. `-1`: any number.'),
});

/** As ats.packages has them; that table's judge says what is wrong with their meaning. */
export const packagesSchema = z
  .array(
    z.strictObject({
      name: nameOrId.describe('Name that triggers and rows use.'),
      type: z
        .enum(['one_way', 'live'], 'must be one_way or live')
        .default('one_way')
        .describe('Kind of interview.'),
      question_set_uuid: z.uuid('must be a uuid').optional().describe('Question set of Spark Hire.'),
      questions: z
        .array(question)
        .min(1, 'must not be empty')
        .optional()
        .describe('Or questions of its own.'),
      deadline_days: number((n) => n.positive('must be greater than 0').max(365, 'must be at most 365'))
        .optional()
        .describe('Days that a candidate has.'),
      email_message: z.string('must be text').optional().describe('Text of the invitation.'),
      timezone: z
        .string('must be text')
        .optional()
        .describe('Time zone of the deadline, such as `Europe/Berlin`.'),
    }),
  )
  .refine(
    (packages) => new Set(packages.map(({ name }) => name)).size === packages.length,
    'each package needs a name of its own',
  );

export type Trigger = z.output<typeof triggerSchema>;
export type PackageSettings = z.output<typeof packagesSchema>[number];

/** How a state is told the ATS. */
export type Told = 'note' | 'tag' | 'link' | 'none';

/** What every kind has once its secrets were read. */
export interface SettingsOfEach
  extends z.output<z.ZodObject<Omit<typeof settingsOfEach, `webhookSecret${string}` | 'writeBack'>>> {
  writeBack: Omit<z.output<typeof settingsOfEach.writeBack>, ResultState> & Record<ResultState, Told>;
  baseUrl: string;
  webhookSecret: string | null;
  /** Written into ats.packages. */
  packages: PackageSettings[];
}

/** Where secrets come from: a variable or a file that the settings name, or else the variable of the single account. */
export interface SecretSources {
  /** Tells what is missing. @param name such as `clientId`, for `clientIdEnv` and `clientIdFile` */
  needed(name: string, variable: string, ats: object): string | undefined;
  /** null where the settings name none and the variable is not set. */
  optional(name: string, variable: string, ats: object): string | null;
}
