/** One box: a row, an object or a person by what names it exactly (`explain`), else people, jobs and users by words of their names. */
import { z } from 'zod';
import { type Database, query } from '../../db/database.js';
import { explain } from '../../story/story.js';
import { type ConsoleContext, namesAsked } from '../context.js';
import { look, type Route } from '../routes.js';
import { at } from '../schemas.js';

const cause = z.object({
  code: z.string(),
  root: z.object({
    resource: z.string(),
    ats_id: z.string().nullable(),
    name: z.string().nullable(),
    field: z.string().nullable(),
    conflict: z.number().nullable(),
  }),
  message: z.string(),
  remedy: z.string(),
  waits_for: z.enum(['person', 'itself']),
});

const story = z.object({
  account: z.string(),
  subjects: z.array(
    z.object({
      resource: z.string(),
      ats_id: z.string().nullable(),
      uuid: z.string().nullable(),
      name: z.string().nullable(),
      state: z.string().nullable(),
      status: z.string().nullable(),
      entry: z
        .object({ source: z.string(), application_id: z.string(), candidate_id: z.string().nullable() })
        .optional()
        .describe('Of an entry into a stage of a connected ATS that has no row: whose it is'),
      summary: z.string(),
      causes: z.array(cause),
    }),
  ),
  events: z.array(
    z.object({
      at,
      kind: z.string(),
      resource: z.string(),
      ats_id: z.string().nullable(),
      uuid: z.string().nullable(),
      text: z.string(),
      detail: z.record(z.string(), z.unknown()),
    }),
  ),
});

export const findAnswer = z.object({
  asked: z.string(),
  stories: z.array(story).describe('As `sparkhire-sync explain --json` prints them'),
  erased: z.array(z.object({ account: z.string(), at })),
  searched: z.array(z.string()).describe('What was looked through, in words'),
  more: z.boolean().describe('More was found than is shown'),
  named: z
    .array(
      z.object({
        account: z.string(),
        resource: z.string(),
        ats_id: z.string().nullable(),
        uuid: z.string().nullable(),
        name: z.string(),
        about: z.string().nullable().describe('Job of an interview, address of a user'),
        state: z
          .string()
          .nullable()
          .describe('Status in Spark Hire, or state of a row that is not there yet'),
      }),
    )
    .describe('Whoever and whatever is called so; empty where the words name something exactly'),
});

export type Found = z.infer<typeof findAnswer>;

export function findRoutes(context: ConsoleContext): Route[] {
  const { db } = context;
  return [
    look(
      '/api/find',
      'The whole story of a row, object or person; or those who are called so.',
      z.strictObject({
        q: z.string().trim().min(1, 'must not be empty').max(200),
        account: z.string().optional(),
      }),
      findAnswer,
      async ({ query: { q, account } }): Promise<Found> => {
        const names = namesAsked(context, account);
        const nothing = { asked: q, stories: [], erased: [], searched: [], more: false };
        // A name is no key, as a rule: it is looked for as what it seems to be first.
        const byName = () => calledSo(db, names, q);
        const first = isWords(q) ? await byName() : null;
        if (first !== null && first.named.length > 0) return { ...nothing, ...first };
        const { stories, erased, searched, more } = await explain(db, q, names);
        const second = first ?? (stories.length + erased.length > 0 ? null : await byName());
        return {
          ...nothing,
          stories,
          erased,
          searched: [...searched, 'names of people, and titles of jobs'],
          more: more || second?.more === true,
          named: second?.named ?? [],
        };
      },
    ),
  ];
}

/** No digit, and nothing that stands in keys and addresses. */
const isWords = (q: string) => /^[\p{L}\p{M}\s.'’,()&/-]+$/u.test(q);

const most = 20;

/** As the indexes have it. */
const wordsOf = (column: string) =>
  `to_tsvector('simple'::regconfig, translate(left(${column}, 300), './@-_:''', '       '))`;

/** The last word, from three letters on, stands for all that begin with it: each other one has to be whole, which an index is quick with. */
export function wordsQuery(q: string): string | null {
  const words = q.normalize('NFC').match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const last = words.length - 1;
  return last < 0
    ? null
    : words.map((word, at) => (at === last && word.length > 2 ? `${word}:*` : word)).join(' & ');
}

export async function calledSo(
  db: Database,
  accounts: readonly string[],
  q: string,
): Promise<Pick<Found, 'named' | 'more'>> {
  const words = wordsQuery(q);
  if (words === null) return { named: [], more: false };
  const there = (resource: string, name: string, about: string, state: string) =>
    `(select account, '${resource}' as resource, null as ats_id, uuid::text, ${name} as name, ${about} as about, ${state} as state
      from sparkhire.${resource}
      where ${wordsOf(name)} @@ to_tsquery('simple', $2) and account = any($1) and deleted_at is null limit ${most + 1})`;
  // Those that are in Spark Hire are found there.
  const wanted = (resource: string, name: string, about: string) =>
    `(select r.account, '${resource}', r.ats_id, null, r.${name}, ${about},
        (select state from sync.desired_rows where account = r.account and resource = '${resource}' and ats_id = r.ats_id limit 1)
      from ats.${resource} r
      where ${wordsOf(`r.${name}`)} @@ to_tsquery('simple', $2) and r.account = any($1) and r.deleted_at is null
        and (select l.uuid from sync.links l
          where l.account = r.account and l.resource = '${resource}' and l.ats_id = r.ats_id limit 1) is null
      limit ${most + 1})`;
  const parts = [
    there('interviews', 'candidate_name', 'job_title', 'status'),
    there('jobs', 'title', 'location', 'status'),
    there('users', 'name', 'email', `case when active then 'active' else 'disabled' end`),
    wanted('interviews', 'candidate_name', 'r.job_ats_id'),
    wanted('jobs', 'title', 'r.city'),
    wanted('users', 'name', 'r.email'),
  ];
  const rows = await query<Found['named'][number]>(db, parts.join(' union all '), [accounts, words]);
  const seen = new Map<string, number>();
  const named = rows.filter((row) => {
    const kind = `${row.resource} ${row.uuid === null}`;
    seen.set(kind, (seen.get(kind) ?? 0) + 1);
    return seen.get(kind)! <= most;
  });
  return { named, more: named.length < rows.length };
}
