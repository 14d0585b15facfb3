/** Runs: what was done and when, and the ones under way, told as they go. */
import { z } from 'zod';
import { type Database, query } from '../db/database.js';
import { beginBackfill } from './asked-work.js';
import { type ConsoleContext, namesAsked } from './context.js';
import { act, look, type Route } from './routes.js';
import { at } from './schemas.js';

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
    runs: z.array(run).describe('Those under way'),
    steps: z.array(
      z.object({
        account: z.string(),
        kind: z.string(),
        resource: z.string(),
        phase: z.string(),
        done: z.number(),
        total: z.number().nullable(),
        outcome: z.string().nullable(),
      }),
    ),
  })
  .describe('Each message of GET /api/events');

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
        const rows = await query<Runs['runs'][number]>(
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
        reason: z.string().trim().min(1, 'must say why').max(500).optional(),
      }),
      z.object({ begun: z.literal(true) }),
      async ({ body: { account, reason }, person }) => {
        await beginBackfill(context, account, person(reason));
        return { begun: true as const };
      },
    ),
  ];
}

interface Step {
  resource: string;
  phase: string;
  done: number;
  total: number | null;
  outcome: string | null;
}

/** What is under way: runs, and the steps of work that somebody asked for. */
export async function readLive(db: Database, names: readonly string[]): Promise<Live> {
  const runs = await query<Live['runs'][number]>(
    db,
    `select ${columns} from sync.runs where outcome = 'running' and account = any($1) order by id`,
    [names],
  );
  const asked = await query<{ account: string; kind: string; lines: Step[] | null }>(
    db,
    `select account, kind, progress -> 'lines' as lines from sync.commands
     where state in ('asked', 'running') and state = 'running' and account = any($1) order by id`,
    [names],
  );
  return {
    now: new Date().toISOString(),
    runs,
    steps: asked.flatMap(({ account, kind, lines }) =>
      (lines ?? []).map(({ resource, phase, done, total, outcome }) => ({
        account,
        kind,
        resource,
        phase,
        done,
        total,
        outcome,
      })),
    ),
  };
}
