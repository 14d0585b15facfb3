/** What is true now, account by account: what `status` and `issues` tell, and how the last hours went. */
import { z } from 'zod';
import { inTransaction } from '../../db/database.js';
import { encryptionKeys } from '../../encryption.js';
import { cronTimes } from '../../service/cron-times.js';
import { lanes } from '../../sparkhire/client.js';
import { connectedWords } from '../../status/connected-ats.js';
import { webhookWords } from '../../status/render/status.js';
import { leftWords, secondsLeft } from '../../status/render/time-left.js';
import { count, counted } from '../../status/render/words.js';
import { type AccountStatus, readStatus } from '../../status/status.js';
import { readCounts } from '../../status/status-queries.js';
import { readIssues } from '../../story/issues.js';
import { accountOf, type ConsoleContext } from '../context.js';
import { look, type Route } from '../routes.js';
import { at, issueGroup, ofAccount } from '../schemas.js';
import { dayOf, readChanges, readDay, readQueued, readSent } from './overview-queries.js';
import { remembered } from './remembered.js';
import { standing, standingOf, trouble, troublesOf } from './standing.js';

const laneCounts = z.partialRecord(z.enum(lanes), z.number());

const briefly = z.object({
  account: z.string(),
  ...standing.shape,
  owner: z.boolean().describe('Whether a process works on it now'),
  conflicts: z.number().describe('Open ones'),
  queued: z.object({
    invitations: z.number(),
    at: at.nullable().describe('When they will be out; null: nobody knows yet'),
    words: z.string(),
  }),
});

export const accountsAnswer = z.object({ now: at, accounts: z.array(briefly) });

export const overviewAnswer = z.object({
  now: at,
  accounts: z.array(
    briefly.extend({
      lag: z.array(
        z.object({
          resource: z.string(),
          seconds: z.number().nullable().describe('Since it was last read with success; null: never'),
          rows: z.number().describe('Not older than a minute'),
          sweeping: z.boolean(),
        }),
      ),
      ats: z
        .object({
          source: z.string(),
          behindSeconds: z.number().nullable(),
          words: z.string(),
          failing: z.boolean(),
        })
        .nullable()
        .describe('The connected ATS; null where none is'),
      rows: z.record(z.string(), z.number()).describe('Rows of the ATS by state'),
      budget: z.object({
        used: z.number().describe('In the window that is now'),
        limit: z.number().nullable(),
        windowSeconds: z.number(),
        minutes: z
          .array(z.object({ at, lanes: laneCounts, rateLimited: z.number() }))
          .describe('The last hour; minutes in which nothing was sent are left out'),
      }),
      changes: z
        .array(
          z.object({
            at,
            created: z.number(),
            updated: z.number(),
            deleted: z.number(),
            restored: z.number(),
          }),
        )
        .describe('Rows of the mirror that changed, by the hour; not older than a minute'),
      day: z
        .object({ invited: z.number(), completed: z.number(), expired: z.number(), canceled: z.number() })
        .describe(
          'Interviews of the last 24 hours, by the times that Spark Hire tells; not older than a minute',
        ),
      webhooks: z.object({
        registered: z.boolean(),
        wanted: z.boolean(),
        waiting: z.number(),
        words: z.string(),
      }),
      next: z.array(z.object({ what: z.string(), at })).describe('What comes when'),
      issues: z.array(issueGroup).describe('Why rows are not in step; the oldest few causes'),
      moreIssues: z.number().describe('Causes that are left out'),
      troubles: z.array(trouble).describe('What is wrong, and what to do about it'),
    }),
  ),
});

export type Overview = z.infer<typeof overviewAnswer>;
export type Accounts = z.infer<typeof accountsAnswer>;
type AccountOverview = Overview['accounts'][number];

const mostIssues = 5;
const countsMs = 60_000;
const issuesMs = 5_000;

export function overviewRoutes(context: ConsoleContext): Route[] {
  const { db, settings, accounts, clock } = context;
  const names = accounts.map(({ name }) => name);
  const counts = remembered(clock, countsMs, () => inTransaction(db, (tx) => readCounts(tx, names)));
  const changes = remembered(clock, countsMs, () => readChanges(db, names));
  const days = remembered(clock, countsMs, () => readDay(db, names));
  const issues = remembered(clock, issuesMs, () => readIssues(db));
  const next = nextRuns(context);

  const readBriefly = async (configured: typeof accounts) => {
    const status = await readStatus(db, {
      configured,
      webhooksWanted: settings.http.publicUrl !== null,
      encryptionKeyIds: [...encryptionKeys(settings.secrets).byId.keys()],
      counts: await counts(),
    });
    const { now } = status;
    const groups = await issues();
    const queued = await readQueued(
      db,
      configured.map(({ name }) => name),
    );
    return {
      now,
      accounts: status.accounts
        .filter((account) => account.configured)
        .map((account) => {
          const own = of(account, groups);
          const waitsSince = own.find((group) => group.waits_for === 'person')?.since ?? null;
          const brief: z.infer<typeof briefly> = {
            account: account.account,
            ...standingOf(account, waitsSince, now),
            owner: account.owner !== null,
            conflicts: account.conflicts.open,
            queued: outBy(account, of(account, queued)[0]?.rows ?? 0, now),
          };
          return { account, own, brief };
        }),
    };
  };
  const read = async (name?: string): Promise<Overview> => {
    const asked = name === undefined ? accounts : [accountOf(context, name)];
    const { now, accounts: shown } = await readBriefly(asked);
    const sent = await readSent(
      db,
      asked.map((account) => account.name),
    );
    const [changed, day] = [await changes(), await days()];
    return {
      now,
      accounts: shown.map(({ account, own, brief }): AccountOverview => {
        const { connectedAts: ats, webhooks } = account;
        return {
          ...brief,
          lag: account.resources.map(({ resource, lagSeconds, rows, sweepInProgress }) => ({
            resource,
            seconds: lagSeconds,
            rows,
            sweeping: sweepInProgress !== null,
          })),
          ats:
            ats === null
              ? null
              : {
                  source: ats.source,
                  behindSeconds: ats.behindSeconds,
                  words: connectedWords(ats, now),
                  failing: ats.failure !== null,
                },
          rows: {
            ...account.ats.states,
            ...(account.ats.queued > 0 ? { queued: account.ats.queued } : {}),
          },
          budget: {
            ...account.budget,
            minutes: of(account, sent).map(({ account: _, ...minute }) => minute),
          },
          changes: of(account, changed).map(({ account: _, ...hour }) => hour),
          day: dayOf(of(account, day)[0]),
          webhooks: {
            registered: webhooks.registered,
            wanted: webhooks.wanted,
            waiting: webhooks.waiting,
            words: webhookWords(webhooks, now),
          },
          next: next(account, now),
          issues: own.slice(0, mostIssues),
          moreIssues: Math.max(0, own.length - mostIssues),
          troubles: troublesOf(account, now),
        };
      }),
    };
  };
  return [
    look(
      '/api/overview',
      'What is true now, account by account, and how the last hours went.',
      ofAccount,
      overviewAnswer,
      ({ query: { account } }) => read(account),
    ),
    look(
      '/api/accounts',
      'What is true now of each account, in a sentence: those that something is wrong with first.',
      z.strictObject({}),
      accountsAnswer,
      async (): Promise<Accounts> => {
        const { now, accounts: shown } = await readBriefly(accounts);
        const briefs = shown.map(({ brief }) => brief);
        return { now, accounts: briefs.sort((a, b) => rank(a) - rank(b)) };
      },
    ),
  ];
}

const rank = ({ level }: Pick<z.infer<typeof standing>, 'level'>) => ['wrong', 'waits', 'ok'].indexOf(level);

const of = <Row extends { account: string }>({ account }: { account: string }, rows: readonly Row[]) =>
  rows.filter((row) => row.account === account);

/** When what the service does by itself comes next. */
function nextRuns({
  settings,
}: ConsoleContext): (account: AccountStatus, now: string) => AccountOverview['next'] {
  const { tick, sweep, timezone, refreshSeconds } = settings.schedule;
  const times = { tick: cronTimes(tick, timezone), sweep: cronTimes(sweep, timezone) };
  return ({ activities, owner }, now) => {
    if (owner === null) return [];
    const refreshed = activities.find(({ activity }) => activity === 'refresh')?.succeededAt;
    const planned = [
      { what: 'tick', time: times.tick.next(Date.parse(now)) },
      {
        what: 'refresh',
        time: refreshed == null ? Number.NaN : Date.parse(refreshed) + refreshSeconds * 1000,
      },
      { what: 'full sweep', time: times.sweep.next(Date.parse(now)) },
      ...activities.map(({ activity, retryAt, failures }) => ({
        what: `${activity} again`,
        time: retryAt === null || failures === 0 ? Number.NaN : Date.parse(retryAt),
      })),
    ];
    return planned
      .filter(({ time }) => Number.isFinite(time))
      .sort((a, b) => a.time - b.time)
      .map(({ what, time }) => ({
        what,
        at: new Date(Math.max(time, Date.parse(now))).toISOString(),
      }));
  };
}

/** When the invitations that wait will be out. */
function outBy(
  { writing, budget, conflicts }: AccountStatus,
  invitations: number,
  now: string,
): AccountOverview['queued'] {
  if (invitations === 0) return { invitations, at: null, words: 'No invitation waits to be sent.' };
  const waits = `${counted(invitations, 'invitation')} ${invitations === 1 ? 'waits' : 'wait'} to be sent`;
  if (conflicts.byKind.mass_change !== undefined)
    return { invitations, at: null, words: `${waits}: once the plan that is held is approved.` };
  const left =
    writing?.secondsLeft ??
    (budget.limit === null
      ? null
      : secondsLeft({
          left: invitations,
          done: 0,
          seconds: 0,
          requests: invitations,
          budget: { used: budget.used, limit: budget.limit, windowMs: budget.windowSeconds * 1000 },
        }));
  if (left === null) return { invitations, at: null, words: `${waits}: in the next round.` };
  return {
    invitations,
    at: new Date(Date.parse(now) + left * 1000).toISOString(),
    words: `${waits}: ${leftWords(left) ?? `${count(Math.round(left))} s`}.`,
  };
}
