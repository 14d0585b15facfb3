/** Plans: what would be written to Spark Hire, and the approval of one that a safety limit holds. */
import { z } from 'zod';
import type { BackfillResult } from '../../backfill/result.js';
import { namesOf } from '../../conflicts/names.js';
import { query } from '../../db/database.js';
import { SyncError } from '../../errors.js';
import { accountOf, type ConsoleContext, namesAsked } from '../context.js';
import { act, look, type Route } from '../routes.js';
import { at, reason } from '../schemas.js';
import { workFor } from './asked-work.js';
import { shared } from './remembered.js';

export const heldAnswer = z.object({
  held: z.array(
    z.object({
      account: z.string(),
      conflict: z.number(),
      reason: z.string().nullable(),
      checksum: z.string().nullable(),
      since: at,
    }),
  ),
  moved: z
    .array(z.string())
    .describe(
      'Accounts whose database is a copy, or was restored or moved: nothing is written until their plan is approved',
    ),
});

export const planAnswer = z.object({
  account: z.string(),
  checksum: z.string(),
  held: z.string().nullable().describe('Why it waits for a person'),
  actions: z.array(
    z.object({
      resource: z.string(),
      ats_id: z.string(),
      uuid: z.string().nullable(),
      name: z.string().nullable().describe('Title or name, where it is known; of the first 2,000'),
      job: z.string().nullable().describe('Of an interview: the title of its job'),
      action: z.string(),
      changes: z.array(z.object({ field: z.string(), from: z.unknown(), to: z.unknown() })),
      reason: z.string(),
      actor: z.string().optional().describe("The user with whose key it is written; else the account's own"),
    }),
  ),
  text: z.string().describe('As `sparkhire-sync plan` prints it'),
});

export const approvedAnswer = z.object({
  pushed: z.record(z.string(), z.number()),
  requests: z.number(),
  notes: z.array(z.string()),
});

export type HeldPlans = z.infer<typeof heldAnswer>;
export type PlanShown = z.infer<typeof planAnswer>;
export type Approved = z.infer<typeof approvedAnswer>;

/** The account's other work has its turn in between. */
const sharedMs = 10_000;
const mostNamed = 2000;

export function planRoutes(context: ConsoleContext): Route[] {
  const { db, clock } = context;
  const read = async (account: string): Promise<PlanShown> => {
    const { plan, text, error } = await workFor(context, account, 'plan', {});
    if (plan === null) throw failure(error);
    const { checksum, held, actions } = plan;
    const named = await namesOf(
      db,
      actions.slice(0, mostNamed).map((action, id) => ({ ...action, id, account })),
    );
    const shown = actions.map((action, id) => {
      const { name = null, job = null } = named.get(id) ?? {};
      return { ...action, name, job };
    });
    return { account, checksum, held, actions: shown, text };
  };
  const forViewers = new Map(
    context.accounts.map(({ name }) => [name, shared(clock, sharedMs, () => read(name))]),
  );
  return [
    look(
      '/api/plans/held',
      'Plans that a safety limit holds: they wait for somebody to approve them.',
      z.strictObject({ account: z.string().optional() }),
      heldAnswer,
      async ({ query: { account } }): Promise<HeldPlans> => {
        const rows = await query<Omit<HeldPlans['held'][number], 'since'> & { since: Date }>(
          db,
          `select account, id::int as conflict, reason, sparkhire_value ->> 'checksum' as checksum, opened_at as since
           from sync.conflicts where resolved_at is null and kind = 'mass_change' and account = any($1)
           order by opened_at, id`,
          [namesAsked(context, account)],
        );
        const moved = await query<{ account: string }>(
          db,
          'select account from sync.accounts where moved_at is not null and account = any($1) order by 1',
          [namesAsked(context, account)],
        );
        return {
          held: rows.map((row) => ({ ...row, since: row.since.toISOString() })),
          moved: moved.map((row) => row.account),
        };
      },
    ),
    {
      // It reads from Spark Hire and writes nothing there: who only looks may ask for it.
      ...act(
        '/api/plan',
        'Reads Spark Hire, and shows what would be sent there. Sends nothing. Those who only look share one for ten seconds.',
        z.strictObject({ account: z.string() }),
        planAnswer,
        async ({ body: { account }, session }): Promise<PlanShown> => {
          const { name } = accountOf(context, account);
          return session.role === 'admin' ? read(name) : forViewers.get(name)!();
        },
        ['REMOTE_FAILED'],
      ),
      acts: false,
    },
    act(
      '/api/plan/approve',
      'Releases a plan that is held, if nothing changed since, and carries it out.',
      z.strictObject({
        account: z.string(),
        checksum: z.string().min(1),
        reason,
      }),
      approvedAnswer,
      async ({ body: { account, checksum, reason: why }, person }): Promise<Approved> => {
        const result = await workFor(context, account, 'apply', { approve: checksum, by: person(why) });
        if (result.error !== undefined) throw failure(result.error);
        const { pushed, requests, notes } = result;
        return { pushed, requests, notes };
      },
      ['PLAN_CHANGED', 'DATABASE_MOVED', 'REMOTE_FAILED'],
    ),
  ];
}

function failure(error: BackfillResult['error']): SyncError {
  const { code, message, remedy } = error ?? { code: 'INTERNAL', message: 'There is no plan.' };
  return new SyncError(code as SyncError['code'], message, { remedy });
}
