/** Answers of ATSs, as far as several write them alike: values, pages, objects asked for by themselves. */
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

/** A list read to its end. */
export async function wholeList<Row>(pages: AsyncIterable<readonly Row[]>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

/** Those that are shown. */
export function byId<Row extends { id: string }>(rows: ReadonlyArray<Row | null>): Map<string, Row> {
  return new Map(rows.flatMap((row) => (row === null ? [] : [[row.id, row]])));
}
