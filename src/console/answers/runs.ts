/** Runs: what was done and when, and the ones under way, told as they go. */
import { z } from 'zod';
import type { ProgressState } from '../../backfill/progress-feed.js';
import { type Database, query } from '../../db/database.js';
import { isWaiting } from '../../status/render/time-left.js';
import { leftOf } from '../../work/progress-words.js';
import { type ConsoleContext, namesAsked } from '../context.js';
import { act, look, type Route } from '../routes.js';
import { at, reason } from '../schemas.js';
import { beginBackfill } from './asked-work.js';

const run = z.object({
  id: z.number(),
  account: z.string(),
  kind: z.string(),
  resource: z.string().nullable(),
  started_at: at,
  finished_at: at.nullable(),
  outcome: z.string(),
  requests: z.number(),
  rate_limited: z.number(),
  rows_read: z.number(),
  rows_created: z.number(),
  rows_updated: z.number(),
  rows_deleted: z.number(),
  error: z.string().nullable(),
});

export const runsAnswer = z.object({
  runs: z.array(run).describe('The newest first'),
  next: z.number().nullable().describe('Given as `before`, it goes on there'),
});

export const liveAnswer = z
  .object({
    now: at,
    runs: z
      .array(run.extend({ waits: z.boolean().describe('For the request budget') }))
      .describe('Those under way'),
    steps: z
      .array(
        z.object({
          run: z.number().describe('Its number'),
          account: z.string(),
          kind: z.string(),
          resource: z.string(),
          phase: z.string(),
          done: z.number(),
          total: z.number().nullable().describe('null: nobody can know it beforehand'),
          left: z.string().nullable().describe('How long it still takes, such as `about 6 min left`'),
          outcome: z.string().nullable(),
        }),
      )
      .describe('Their parts'),
  })
  .describe('Each message of GET /api/events');

type Run = z.infer<typeof run>;
export type Runs = z.infer<typeof runsAnswer>;
export type Live = z.infer<typeof liveAnswer>;

const page = 50;
const columns = `id::int, account, kind, resource, to_json(started_at) #>> '{}' as started_at, to_json(finished_at) #>> '{}' as finished_at,
  outcome, requests, rate_limited, rows_read::int, rows_created::int, rows_updated::int, rows_deleted::int, error`;

export function runRoutes(context: ConsoleContext): Route[] {
  const { db } = context;
  return [
    look(
      '/api/runs',
      'Runs, the newest first.',
      z.strictObject({
        account: z.string().optional(),
        kind: z.string().max(40).optional(),
        before: z.coerce.number().int().positive().optional(),
      }),
      runsAnswer,
      async ({ query: { account, kind, before } }): Promise<Runs> => {
        const rows = await query<Run>(
          db,
          `select ${columns} from sync.runs
           where account = any($1) and ($2::bigint is null or id < $2) and ($3::text is null or kind = $3)
           order by id desc limit ${page + 1}`,
          [namesAsked(context, account), before ?? null, kind ?? null],
        );
        return { runs: rows.slice(0, page), next: rows.length > page ? rows[page - 1]!.id : null };
      },
    ),
    act(
      '/api/backfill',
      'Begins one full sweep into the mirror, and does not wait for its end: GET /api/events shows its progress.',
      z.strictObject({
        account: z.string(),
        reason,
      }),
      z.object({ begun: z.literal(true) }),
      async ({ body: { account, reason: why }, person }) => {
        await beginBackfill(context, account, person(why));
        return { begun: true as const };
      },
    ),
  ];
}

/** What is under way, as each of its rows was last brought up to date. */
export async function readLive(db: Database, names: readonly string[]): Promise<Live> {
  const rows = await query<Run & { progress: ProgressState | null; seconds: number }>(
    db,
    `select ${columns}, progress, extract(epoch from clock_timestamp() - started_at)::float8 as seconds
     from sync.runs where outcome = 'running' and account = any($1) order by id`,
    [names],
  );
  return {
    now: new Date().toISOString(),
    runs: rows.map(({ progress, seconds: _, ...run }) => ({ ...run, waits: isWaiting(progress) })),
    steps: rows.flatMap(({ id, account, kind, progress, seconds }) =>
      (progress?.lines ?? [])
        // A pass knows all its parts; the one under way has a run of its own, which knows how long that takes.
        .filter(
          ({ resource, outcome }) =>
            outcome !== null ||
            kind !== 'backfill' ||
            !rows.some(
              (part) => part.account === account && part.resource === resource && part.progress !== null,
            ),
        )
        .map((line) => ({
          run: id,
          account,
          kind,
          resource: line.resource,
          phase: line.phase,
          done: line.done,
          total: line.total,
          left: line.outcome === null ? leftOf(line, seconds, progress) : null,
          outcome: line.outcome,
        })),
    ),
  };
}
