import { z } from 'zod';
import { invalid } from './api-error.js';

/** Checks a request body. @throws ApiError with the first thing that is wrong */
export function parseBody<S extends z.ZodType>(schema: S, body: unknown): z.infer<S> {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw invalid('api.invalid_body', 'The body must be a JSON object.');
  }
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const path = issue.path.join('.');
  throw invalid('api.invalid_parameter', path ? `${path}: ${issue.message}` : issue.message);
}

export const text = z.string().trim().min(1, 'is required');

/** The document shows addresses and gives no rule for them: something on both sides of an @, and no blanks. */
export const email = z
  .string()
  .regex(/^[^\s@]+@[^\s@]+$|^"[^"]+"@[^\s@]+$/, 'must be an e-mail address')
  .max(320);

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** An RFC 3339 timestamp; becomes milliseconds. */
export const timestamp = z.string().transform((value, context) => {
  const ms = rfc3339.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms)) {
    context.addIssue({ code: 'custom', message: 'must be an RFC 3339 timestamp' });
    return z.NEVER;
  }
  return ms;
});

export const timezone = z.string().refine((name) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}, 'must be a time zone of the tz database');

export const activeStatus = z.enum(['active', 'inactive']);
export const timeLimit = z.union(
  [30, 60, 90, 120, 160, 180].map((seconds) => z.literal(seconds)),
  'must be 30, 60, 90, 120, 160 or 180',
);
export const takes = z.int().min(-1).max(5);

export const questionFields = z.object({ text, time_limit: timeLimit, takes: takes.optional() });

export const questionInput = questionFields.transform((question) => ({
  text: question.text,
  timeLimit: question.time_limit as number,
  takes: question.takes ?? -1,
}));
