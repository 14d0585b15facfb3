/** Values in the answers of ATSs, as far as several write them alike. */
import { z } from 'zod';

/** A number or a text, as text. */
export const id = z.union([z.string().min(1), z.number().int()]).transform(String);
export const idOrNull = id.nullish().transform((value) => value ?? null);
export const time = z.string().transform((text, context) => {
  const at = new Date(text);
  if (!Number.isNaN(at.getTime())) return at;
  context.addIssue({ code: 'custom', message: 'is no time' });
  return z.NEVER;
});
export const textOrNull = z
  .string()
  .nullish()
  .transform((text) => text?.trim() || null);
