/** Which addresses in rows of the ATS are of people who were erased. */
import type { Statements } from '../db/database.js';
import { forgottenOf, nameOf } from '../forgotten/hashes.js';

/** One statement where nobody was erased, two where somebody was; none for no addresses. */
export async function emailsForgotten(
  on: Statements,
  account: string,
  emails: readonly string[],
): Promise<ReadonlySet<string>> {
  const forgotten = emails.length === 0 ? null : await forgottenOf(on, account);
  if (forgotten === null) return new Set();
  const found = await forgotten.find(emails.map((value) => ({ kind: 'email', value })));
  return new Set(emails.filter((value) => found.has(nameOf({ kind: 'email', value }))));
}
