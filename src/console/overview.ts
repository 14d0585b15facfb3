/** What is true now, account by account: what `status` and `issues` tell, and how the last hours went. */
import { z } from 'zod';
import { type Database, inTransaction, query } from '../db/database.js';
import { encryptionKeys } from '../encryption.js';
import { cronTimes } from '../service/cron-times.js';
import { lanes } from '../sparkhire/client.js';
import { connectedWords } from '../status/connected-ats.js';
import { webhookWords } from '../status/render/status.js';
import { leftWords, secondsLeft } from '../status/render/time-left.js';
import { count, counted } from '../status/render/words.js';
import { type AccountStatus, readStatus } from '../status/status.js';
import { readCounts } from '../status/status-queries.js';
import { readIssues } from '../story/issues.js';
import type { ConsoleContext } from './context.js';
import { remembered } from './remembered.js';
import { look, type Route } from './routes.js';
import { at, issueGroup } from './schemas.js';
import { standing, standingOf, trouble, troublesOf } from './standing.js';

const laneCounts = z.partialRecord(z.enum(lanes), z.number());

export const overviewAnswer = z.object({
  now: at,
  accounts: z.array(
    z.object({
      account: z.string(),
      ...standing.shape,
      owner: z.boolean().describe('Whether a process works on it now'),
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
      queued: z.object({
        invitations: z.number(),
        at: at.nullable().describe('When they will be out; null: nobody knows yet'),
        words: z.string(),
      }),
      conflicts: z.number().describe('Open ones'),
      issues: z.array(issueGroup).describe('Why rows are not in step; the oldest few causes'),
      moreIssues: z.number().describe('Causes that are left out'),
      troubles: z.array(trouble).describe('What is wrong, and what to do about it'),
    }),
  ),
});

export type Overview = z.infer<typeof overviewAnswer>;
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

  const read = async (): Promise<Overview> => {
    const status = await readStatus(db, {
      configured: accounts,
      webhooksWanted: settings.http.publicUrl !== null,
      encryptionKeyIds: [...encryptionKeys(settings.secrets).byId.keys()],
      counts: await counts(),
    });
    const sent = await readSent(db, names);
    const [changed, groups, queued] = [await changes(), await issues(), await readQueued(db, names)];
    const day = await days();
    const { now } = status;
    return {
      now,
      accounts: status.accounts
        .filter(({ configured }) => configured)
        .map((account): AccountOverview => {
          const of = <Row extends { account: string }>(rows: readonly Row[]) =>
            rows.filter((row) => row.account === account.account);
          const own = of(groups);
          const { connectedAts: ats, webhooks } = account;
          return {
            account: account.account,
            ...standingOf(
              account,
              own.filter((group) => group.waits_for === 'person')[0]?.since ?? null,
              now,
            ),
            owner: account.owner !== null,
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
            budget: { ...account.budget, minutes: of(sent).map(({ account: _, ...minute }) => minute) },
            changes: of(changed).map(({ account: _, ...hour }) => hour),
            day: dayOf(of(day)[0]),
            webhooks: {
              registered: webhooks.registered,
              wanted: webhooks.wanted,
              waiting: webhooks.waiting,
              words: webhookWords(webhooks, now),
            },
            next: next(account, now),
            queued: outBy(account, of(queued)[0]?.rows ?? 0, now),
            conflicts: account.conflicts.open,
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
      z.strictObject({}),
      overviewAnswer,
      read,
    ),
  ];
}

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

interface Minute {
  account: string;
  at: string;
  lanes: Record<string, number>;
  rateLimited: number;
}

/** What was sent before a booking was sent after the one before: it belongs to the minute of that. */
async function readSent(db: Database, names: readonly string[]): Promise<Minute[]> {
  const rows = await query<{ account: string; at: Date; what: string; times: number }>(
    db,
    `with blocks as (
       select account, sent, coalesce(lag(booked_at) over (partition by account order by booked_at), booked_at) as since
       from sync.request_blocks where account = any($1) and booked_at > clock_timestamp() - interval '61 minutes')
     select account, date_trunc('minute', since) as at, s.key as what, sum(s.value::int)::int as times
     from blocks cross join lateral jsonb_each_text(sent) s
     where since > clock_timestamp() - interval '60 minutes'
     group by 1, 2, 3 order by 1, 2`,
    [names],
  );
  const minutes = new Map<string, Minute>();
  for (const { account, at: time, what, times } of rows) {
    const id = JSON.stringify([account, time]);
    const minute = minutes.get(id) ?? { account, at: time.toISOString(), lanes: {}, rateLimited: 0 };
    minutes.set(id, minute);
    if (what === 'rate_limited') minute.rateLimited = times;
    else minute.lanes[what] = times;
  }
  return [...minutes.values()];
}

interface Hour {
  account: string;
  at: string;
  created: number;
  updated: number;
  deleted: number;
  restored: number;
}

async function readChanges(db: Database, names: readonly string[]): Promise<Hour[]> {
  const of = (change: string) => `count(*) filter (where change = '${change}')::int as ${change}`;
  const rows = await query<Omit<Hour, 'at'> & { at: Date }>(
    db,
    `select account, date_trunc('hour', recorded_at) as at, ${['created', 'updated', 'deleted', 'restored'].map(of).join(', ')}
     from sync.changes where recorded_at > date_trunc('hour', now()) - interval '23 hours' and account = any($1)
     group by 1, 2 order by 1, 2`,
    [names],
  );
  return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
}

type Day = AccountOverview['day'];

const dayOf = ({ invited = 0, completed = 0, expired = 0, canceled = 0 }: Partial<Day> = {}): Day => ({
  invited,
  completed,
  expired,
  canceled,
});

/** By the index of what changed last: the times are Spark Hire's, so that a first reading is no day's work. */
function readDay(db: Database, names: readonly string[]): Promise<Array<Day & { account: string }>> {
  return query(
    db,
    `select account, count(*) filter (where created_at > now() - interval '24 hours')::int as invited,
       count(*) filter (where status = 'completed' and completed_at > now() - interval '24 hours')::int as completed,
       count(*) filter (where status = 'expired')::int as expired, count(*) filter (where status = 'canceled')::int as canceled
     from sparkhire.interviews
     where updated_at > now() - interval '24 hours' and deleted_at is null and account = any($1) group by 1`,
    [names],
  );
}

/** Rows that stand for nobody's interview yet, and could be sent: by the index of rows that are not in step. */
function readQueued(
  db: Database,
  names: readonly string[],
): Promise<Array<{ account: string; rows: number }>> {
  return query(
    db,
    `select d.account, count(*)::int as rows from sync.desired_rows d
     where d.account = any($1) and d.resource = 'interviews' and d.state = 'pending'
       and d.state in ('pending', 'held', 'rejected', 'conflict', 'in_flight')
       and (select l.uuid from sync.links l
         where l.account = d.account and l.resource = d.resource and l.ats_id = d.ats_id limit 1) is null
     group by 1`,
    [names],
  );
}
