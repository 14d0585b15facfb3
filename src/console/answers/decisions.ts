/** Conflicts: what is open and was, what can be decided and what each decision sends, and the decision. */
import { z } from 'zod';
import {
  type ConflictRow,
  explanationOf,
  findConflict,
  groupConflicts,
  listConflicts,
  resolveConflicts,
} from '../../conflicts/conflicts.js';
import { invitationsBehind, type Named, nameOf, namesOf } from '../../conflicts/names.js';
import { SyncError } from '../../errors.js';
import { type ConsoleContext, namesAsked } from '../context.js';
import { act, look, type Route } from '../routes.js';
import { at, conflictRow, reason } from '../schemas.js';

const choice = z.object({ take: z.string(), does: z.string().describe('What it does, and what it sends') });

const listed = conflictRow.extend({
  called: z.string().describe('The row with names people know'),
  takes: z.array(z.string()).describe('What can be decided'),
});

export const conflictsAnswer = z.object({
  groups: z
    .array(
      z.object({
        account: z.string(),
        resource: z.string(),
        kind: z.string(),
        field: z.string().nullable(),
        reason: z.string().nullable(),
        since: at,
        count: z.number(),
        rows: z.array(listed).describe('The first of them'),
        others: z
          .array(z.object({ id: z.number(), revision: z.number() }))
          .describe('Those that follow, as far as they can be decided at once; none where they are closed'),
        choices: z.array(choice).describe('What can be decided about all of them alike'),
      }),
    )
    .describe('Those that say the same of the same kind of thing'),
});

export const conflictAnswer = z.object({
  conflict: listed,
  meaning: z.array(z.string()),
  behind: z.string().nullable().describe('What hangs on it'),
  waiting: z.string(),
  choices: z.array(choice),
  next: z.string(),
  missing: z.array(z.string()),
});

export const resolveAnswer = z.object({
  resolved: z.array(conflictRow),
  refused: z.array(
    z.object({
      id: z.number(),
      code: z.string(),
      error: z.string(),
      remedy: z.string().nullable(),
      conflict: conflictRow.nullable().describe('As it is now'),
    }),
  ),
  next: z.array(z.string()).describe('What carries the decisions out'),
});

export type Conflicts = z.infer<typeof conflictsAnswer>;
export type ConflictShown = z.infer<typeof conflictAnswer>;
export type Resolved = z.infer<typeof resolveAnswer>;

const mostOfGroup = 100;
const mostDecided = 1000;
const mostClosed = 200;

export function conflictRoutes(context: ConsoleContext): Route[] {
  const { db } = context;
  const ours = namesAsked(context, undefined);
  return [
    look(
      '/api/conflicts',
      'Conflicts in groups that have one cause: those that are open, or the latest that are closed.',
      z.strictObject({ account: z.string().optional(), closed: z.stringbool().optional() }),
      conflictsAnswer,
      async ({ query: { account, closed = false } }): Promise<Conflicts> => {
        const accounts = namesAsked(context, account);
        const rows = await listConflicts(db, { accounts, closed: closed ? mostClosed : undefined });
        const groups = groupConflicts(rows);
        const shown = groups.flatMap((group) => group.rows.slice(0, mostOfGroup));
        const names = await namesOf(db, shown);
        return {
          groups: groups.map((group) => {
            const first = group.rows.slice(0, mostOfGroup).map((row) => listedRow(row, names.get(row.id)));
            return {
              ...group,
              count: group.rows.length,
              rows: first,
              others: closed
                ? []
                : group.rows.slice(mostOfGroup, mostDecided).map(({ id, revision }) => ({ id, revision })),
              choices: closed ? [] : common(group.rows),
            };
          }),
        };
      },
    ),
    look(
      '/api/conflict',
      'One conflict: what happened, and what can be decided.',
      z.strictObject({ id: z.coerce.number().int().positive() }),
      conflictAnswer,
      async ({ query: { id } }): Promise<ConflictShown> => {
        const row = await findConflict(db, id, ours);
        const named = (await namesOf(db, [row])).get(id);
        const { meaning, waiting, choices, next } = explanationOf(row);
        return {
          conflict: listedRow(row, named),
          meaning,
          behind: await invitationsBehind(db, row),
          waiting,
          choices: row.resolved_at === null ? choices : [],
          next,
          missing: named?.missing ?? [],
        };
      },
      ['CONFLICT_UNKNOWN'],
    ),
    act(
      '/api/conflicts/resolve',
      'Decides conflicts, all in the same way. One alone that changed meanwhile, or is closed, answers 409.',
      z.strictObject({
        conflicts: z
          .array(z.strictObject({ id: z.number().int().positive(), revision: z.number().int().positive() }))
          .min(1, 'must name one at least')
          .max(mostDecided),
        take: z.string().min(1),
        reason,
      }),
      resolveAnswer,
      async ({ body: { conflicts, take, reason: why }, person }): Promise<Resolved> => {
        const by = person(why);
        const { resolved, refused } = await resolveConflicts(db, conflicts, {
          take,
          by: by.who,
          person: by,
          accounts: ours,
        });
        const [only] = refused;
        if (conflicts.length === 1 && only !== undefined) throw only.error;
        const told = [];
        for (const { id, error } of refused) {
          const { code, message, remedy = null } = error;
          told.push({ id, code, error: message, remedy, conflict: await asItIs(id) });
        }
        return {
          resolved,
          refused: told,
          next: [...new Set(resolved.map((row) => explanationOf(row).next))],
        };
      },
      ['CONFLICT_UNKNOWN', 'CONFLICT_CHANGED', 'CONFLICT_RESOLVED'],
    ),
  ];

  async function asItIs(id: number): Promise<ConflictRow | null> {
    try {
      return await findConflict(db, id, ours);
    } catch (error) {
      if (error instanceof SyncError && error.code === 'CONFLICT_UNKNOWN') return null;
      throw error;
    }
  }
}

function listedRow(row: ConflictRow, named: Named | undefined) {
  const takes = row.resolved_at === null ? explanationOf(row).choices.map(({ take }) => take) : [];
  return { ...row, called: nameOf(row, named), takes };
}

function common(rows: readonly ConflictRow[]): Array<z.infer<typeof choice>> {
  const each = rows.map((row) => explanationOf(row).choices);
  return each[0]!.filter(({ take }) => each.every((choices) => choices.some((one) => one.take === take)));
}
