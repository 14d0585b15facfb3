/**
 * What Spark Hire's document calls an interview that is pending, and one of which nothing is to come any more: for TypeScript,
 * and for SQL over the mirror. There the documented words stand as they stand here (`asStatus`). Any other word, and none,
 * is neither pending nor ended.
 */
const pending = ['requested', 'accepted'] as const;
export const endedStatuses = ['completed', 'expired', 'canceled'] as const;

export const interviewStatuses = [...pending, ...endedStatuses] as const;

/** A word for a status, in whatever letters it was sent. */
export function statusWord(text: string): string {
  const word = text.trim().toLowerCase();
  return word === 'cancelled' ? 'canceled' : word;
}

const isOneOf = (words: readonly string[], status: string | null) =>
  status !== null && words.includes(statusWord(status));

/** Whether an interview is still to be done. */
export const isPending = (status: string | null): boolean => isOneOf(pending, status);

/** Whether nothing is to come of an interview any more. */
export const hasEnded = (status: string | null): boolean => isOneOf(endedStatuses, status);

const listed = (words: readonly string[]) => words.map((word) => `'${word}'`).join(', ');

/** SQL: the same of a column. Null where the column is. */
export const pendingIn = (column: string) => `${column} in (${listed(pending)})`;

/** SQL: the same of a column; false where the column is null. */
export const endedIn = (column: string) => `coalesce(${column} in (${listed(endedStatuses)}), false)`;

/** SQL: a row of ats.interviews asks for its interview. @param row alias of the table */
export const asksForOne = (row: string) =>
  `${row}.deleted_at is null and lower(btrim(coalesce(${row}.desired, ''))) not in ('canceled', 'cancelled')`;
