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

/** A row of a list, or whose it is where it is of another form. */
export type RowOf<Row> = { row: Row } | { unread: string; fields: string };

/** @param whose names the application of a row that cannot be read otherwise; a row that names none is no row */
export function rowOf<Row>(schema: z.ZodType<Row>, whose: z.ZodType<string>) {
  return z.unknown().transform((value, context): RowOf<Row> => {
    const read = schema.safeParse(value, { jitless: true });
    if (read.success) return { row: read.data };
    const { issues } = read.error;
    const fields = [...new Set(issues.map(({ path }) => path.join('.') || 'the row'))].join(', ');
    const named = whose.safeParse(value, { jitless: true });
    if (named.success) return { unread: named.data, fields };
    for (const { path, message } of issues) context.addIssue({ code: 'custom', path, message });
    return z.NEVER;
  });
}

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
