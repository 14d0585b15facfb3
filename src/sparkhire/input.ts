/**
 * What is checked before anything is sent. Messages name the field and the rule, never the value.
 * The resources' own schemas are `lazy`: a client has dozens, and a command needs two or three of them.
 */
import { z } from 'zod';
import { SyncError } from '../errors.js';
import { emailProblem } from '../text/email-address.js';
import { rfc3339 } from './fields.js';

/** @throws SyncError INPUT_INVALID, every problem in one message */
export function checkInput<S extends z.ZodType>(what: string, schema: S, input: unknown): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, []));
  throw new SyncError('INPUT_INVALID', `${what}: ${problems.join('; ')}`, {
    remedy: 'Correct the input; nothing was sent.',
  });
}

/** Of a choice between shapes, the problems of the shape that was meant. */
function problemsOf(issue: z.core.$ZodIssue, parents: PropertyKey[]): string[] {
  const path = [...parents, ...issue.path];
  if (issue.code === 'invalid_union') {
    const meant = issue.errors.find((issues) => issues.every((inner) => inner.path.length > 0));
    if (meant !== undefined && meant.length > 0) return meant.flatMap((inner) => problemsOf(inner, path));
  }
  return [path.length === 0 ? issue.message : `${path.map(String).join('.')}: ${issue.message}`];
}

export const uuidInput = z.guid();
export const nonEmpty = z.string().trim().min(1, 'must not be empty');
export const emailInput = z
  .string()
  .trim()
  .refine((address) => emailProblem(address) === null, 'must be an e-mail address');

/** At least one of the fields must be given. */
export function someField<S extends z.ZodObject>(schema: S) {
  return schema.refine((input) => Object.values(input as object).some((value) => value !== undefined), {
    message: 'at least one field must be given',
  });
}

/** A moment as Date or RFC 3339 text, sent as RFC 3339, not after the same day of next year. */
export function scheduledAt(now: () => number) {
  return z.union([z.date(), z.string()]).transform((value, context): string => {
    const text = value instanceof Date ? value.toISOString() : rfc3339(value);
    if (text === null) {
      context.addIssue({ code: 'custom', message: 'must be a date or an RFC 3339 timestamp' });
      return z.NEVER;
    }
    const latest = new Date(now());
    latest.setUTCFullYear(latest.getUTCFullYear() + 1);
    if (Date.parse(text) > latest.getTime()) {
      context.addIssue({ code: 'custom', message: 'must be within one year from now' });
      return z.NEVER;
    }
    return text;
  });
}

/** Seconds a candidate may take for an answer. */
export const timeLimits = [30, 60, 90, 120, 160, 180] as const;
export const timeLimitInput = z.literal(timeLimits, { error: `must be one of ${timeLimits.join(', ')}` });
/** Retakes: −1 is unlimited. */
export const takesInput = z.number().int().min(-1, 'must be -1 to 5').max(5, 'must be -1 to 5');

/** First and last position, 1-based and inclusive. */
export const rangeInput = z
  .tuple([z.number().int().positive(), z.number().int().positive()])
  .refine(([first, last]) => first <= last, 'must not end before it begins');

/** Which number the server gives to the first row of a list; null: not known, 1 is what the document shows. */
export interface Ranges {
  first: 0 | 1 | null;
}

/** Ranges as `range=a-b`, and lists of values as `name[]=`, as Spark Hire writes them. */
export function encodeQuery(
  query: {
    arrays?: Record<string, readonly string[] | undefined>;
    orderby?: string;
    range?: readonly [number, number];
  },
  { first }: Ranges,
): string {
  const parts: string[] = [];
  for (const [name, values] of Object.entries(query.arrays ?? {})) {
    for (const value of values ?? [])
      parts.push(`${encodeURIComponent(`${name}[]`)}=${encodeURIComponent(value)}`);
  }
  if (query.orderby !== undefined) parts.push(`orderby=${encodeURIComponent(query.orderby)}`);
  if (query.range !== undefined) {
    const [from, to] = query.range.map((position) => position - 1 + (first ?? 1));
    parts.push(`range=${from}-${to}`);
  }
  return parts.join('&');
}
