/** Shapes that several answers share. */
import { z } from 'zod';
import { longestReason } from '../db/audit.js';
import { kindsWith } from '../reconcile/conflict-kinds.js';

/** A moment. */
export const at = z.string().describe('RFC 3339, UTC');

export const issueGroup = z
  .object({
    account: z.string(),
    code: z.string(),
    root: z.object({
      resource: z.string(),
      ats_id: z.string().nullable(),
      name: z.string().nullable(),
      field: z.string().nullable(),
      state: z.string().nullable(),
      conflict: z.number().nullable().describe('Number of the conflict that is to be decided'),
    }),
    roots: z.number(),
    message: z.string(),
    remedy: z.string(),
    waits_for: z.enum(['person', 'itself']),
    since: at,
    count: z.number().describe('Rows that it keeps'),
    rows: z.array(
      z.object({
        resource: z.string(),
        ats_id: z.string(),
        state: z.string(),
        since: at,
        message: z.string().optional(),
      }),
    ),
  })
  .describe('As `sparkhire-sync issues --json` prints it');

export const conflictRow = z
  .object({
    id: z.number(),
    account: z.string(),
    resource: z.string(),
    kind: z.string().describe(`Such as ${kindsWith(({ of }) => of === 'row').join(', ')}`),
    ats_id: z.string().nullable(),
    uuid: z.string().nullable(),
    field: z.string().nullable(),
    base_value: z.unknown(),
    ats_value: z.unknown(),
    sparkhire_value: z.unknown(),
    reason: z.string().nullable(),
    policy: z.string().nullable(),
    opened_at: at,
    resolved_at: at.nullable(),
    resolution: z.string().nullable(),
    resolved_by: z.string().nullable(),
    revision: z.number(),
    acted_at: at.nullable().describe('When the decision was carried out or put aside'),
    carried_out: z
      .boolean()
      .nullable()
      .describe('Whether the decision was carried out; false: it was put aside'),
  })
  .describe('A row of sync.conflicts');

/** Which account; all of them unless given. */
export const ofAccount = z.strictObject({ account: z.string().optional() });

/** Why somebody acts. */
export const reason = z
  .string('must say why')
  .trim()
  .min(1, 'must say why')
  .max(longestReason, `must be at most ${longestReason} characters`)
  .describe('Kept in sync.audit');

/** Whether PostgreSQL can keep each text in it: it has neither NUL nor half a character. */
export function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return !/[\0\p{Surrogate}]/u.test(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(isStorable);
}
