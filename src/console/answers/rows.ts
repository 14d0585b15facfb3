/** Rows of the ATS by what became of them, and who was skipped; looking at some of them again at once. */
import { z } from 'zod';
import { audit } from '../../db/audit.js';
import { inTransaction, query } from '../../db/database.js';
import { enqueue, wakePush } from '../../ledger/queue.js';
import { accountOf, type ConsoleContext, namesAsked } from '../context.js';
import { act, look, type Route } from '../routes.js';
import { at, reason } from '../schemas.js';

const resources = ['users', 'jobs', 'interviews', 'share_links'] as const;
const states = ['pending', 'held', 'rejected', 'conflict', 'in_flight', 'synced', 'gone'] as const;

export const rowsAnswer = z.object({
  rows: z.array(
    z.object({
      account: z.string(),
      resource: z.string(),
      ats_id: z.string(),
      name: z.string().nullable(),
      state: z.string(),
      queued: z.boolean().describe('It changed since it was looked at'),
      since: at,
      uuid: z.string().nullable(),
      issues: z.array(z.object({ code: z.string(), field: z.string().nullable(), message: z.string() })),
    }),
  ),
  next: z.string().nullable().describe('Given as `after`, it goes on there'),
});

export const skippedAnswer = z.object({
  people: z.array(
    z.object({
      account: z.string(),
      source: z.string(),
      entry_id: z.string(),
      application_id: z.string(),
      reason: z.string(),
      message: z.string(),
      seen_at: at,
    }),
  ),
  next: z.string().nullable(),
});

export type Rows = z.infer<typeof rowsAnswer>;
export type Skipped = z.infer<typeof skippedAnswer>;

const page = 50;
/** What is not in step has an index of its own. */
const unsettled = `('pending', 'held', 'rejected', 'conflict', 'in_flight')`;

/** A place in a list: the three columns it is ordered by. */
const placeOf = (parts: readonly string[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
const partsOf = z.tuple([z.string(), z.string(), z.string()]);

const after = z
  .string()
  .max(2000)
  .transform((text, { addIssue }) => {
    try {
      return partsOf.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
    } catch {
      addIssue('is no place in this list; leave it out to begin at the first');
      return z.NEVER;
    }
  })
  .optional();

export function rowRoutes(context: ConsoleContext): Route[] {
  const { db } = context;
  return [
    look(
      '/api/rows',
      'Rows of the ATS: those that are not in step, or those in the state that is asked for.',
      z.strictObject({
        account: z.string().optional(),
        resource: z.enum(resources).optional(),
        state: z.enum(states).optional(),
        code: z.string().max(40).optional().describe('Only with an open issue of this code'),
        after,
      }),
      rowsAnswer,
      async ({ query: { account, resource, state, code, after: from } }): Promise<Rows> => {
        const isSettled = state === 'synced' || state === 'gone';
        const rows = await query<Omit<Rows['rows'][number], 'since'> & { since: Date }>(
          db,
          `select d.account, d.resource, d.ats_id, d.state, d.updated_at as since, l.uuid::text,
             coalesce(u.name, j.title, i.candidate_name) as name, q.id is not null as queued, coalesce(s.issues, '[]') as issues
           from (
             select * from sync.desired_rows d
             where account = any($1) and resource = any($2) and state = any($3)
               and ${isSettled ? 'true' : `state in ${unsettled}`}
               and ($4::text is null or (account, resource, ats_id) > ($4, $5, $6))
               and ($7::text is null or (select i.id from sync.issues i where i.account = d.account and i.resource = d.resource
                 and i.ats_id = d.ats_id and i.resolved_at is null and i.code = $7 limit 1) is not null)
             order by account, resource, ats_id limit ${page + 1}) d
           left join lateral (select uuid from sync.links
             where account = d.account and resource = d.resource and ats_id = d.ats_id limit 1) l on true
           left join lateral (select name from ats.users
             where d.resource = 'users' and account = d.account and ats_id = d.ats_id limit 1) u on true
           left join lateral (select title from ats.jobs
             where d.resource = 'jobs' and account = d.account and ats_id = d.ats_id limit 1) j on true
           left join lateral (select candidate_name from ats.interviews
             where d.resource = 'interviews' and account = d.account and ats_id = d.ats_id limit 1) i on true
           left join lateral (select id from sync.desired_queue
             where account = d.account and resource = d.resource and ats_id = d.ats_id limit 1) q on true
           left join lateral (select jsonb_agg(jsonb_build_object('code', code, 'field', field, 'message', message) order by id)
               as issues from sync.issues
             where account = d.account and resource = d.resource and ats_id = d.ats_id and resolved_at is null) s on true
           order by d.account, d.resource, d.ats_id`,
          [
            namesAsked(context, account),
            resource === undefined ? [...resources] : [resource],
            state === undefined ? states.slice(0, 5) : [state],
            from?.[0] ?? null,
            from?.[1] ?? null,
            from?.[2] ?? null,
            code ?? null,
          ],
        );
        const last = rows.length > page ? rows[page - 1]! : undefined;
        return {
          rows: rows.slice(0, page).map((row) => ({ ...row, since: row.since.toISOString() })),
          next: last === undefined ? null : placeOf([last.account, last.resource, last.ats_id]),
        };
      },
    ),
    look(
      '/api/skipped',
      'Who entered a stage of a connected ATS and is not invited, and why.',
      z.strictObject({ account: z.string().optional(), after }),
      skippedAnswer,
      async ({ query: { account, after: from } }): Promise<Skipped> => {
        const people = await query<Omit<Skipped['people'][number], 'seen_at'> & { seen_at: Date }>(
          db,
          `select account, source, entry_id, application_id, reason, message, seen_at from sync.ats_skipped
           where account = any($1) and ($2::text is null or (account, source, entry_id) > ($2, $3, $4))
           order by account, source, entry_id limit ${page + 1}`,
          [namesAsked(context, account), from?.[0] ?? null, from?.[1] ?? null, from?.[2] ?? null],
        );
        const last = people.length > page ? people[page - 1]! : undefined;
        return {
          people: people.slice(0, page).map((one) => ({ ...one, seen_at: one.seen_at.toISOString() })),
          next: last === undefined ? null : placeOf([last.account, last.source, last.entry_id]),
        };
      },
    ),
    act(
      '/api/rows/retry',
      'Has rows looked at again at once, instead of in the next round.',
      z.strictObject({
        account: z.string(),
        rows: z
          .array(z.strictObject({ resource: z.enum(resources), ats_id: z.string().min(1) }))
          .min(1, 'must name one at least')
          .max(1000),
        reason,
      }),
      z.object({ queued: z.number() }),
      async ({ body: { account, rows, reason: why }, person }) => {
        accountOf(context, account);
        const queued = await inTransaction(db, async (tx) => {
          const done = await enqueue(
            tx,
            account,
            `select d.resource, d.ats_id from jsonb_to_recordset($2::jsonb) as k(resource text, ats_id text)
             join sync.desired_rows d on d.account = $1 and d.resource = k.resource and d.ats_id = k.ats_id`,
            [JSON.stringify(rows)],
          );
          const target =
            rows.length === 1 ? `${rows[0]!.resource} ${rows[0]!.ats_id}` : `${rows.length} rows`;
          await audit(tx, person(why), { account, what: 'rows retry', target, after: { rows } });
          await wakePush(tx, account);
          return done;
        });
        return { queued };
      },
    ),
  ];
}
