/** A person decides about one conflict: it is refused with an error. */
import { type GivenAnswer, resolveConflicts } from '../../src/conflicts/conflicts.js';
import type { Database } from '../../src/db/database.js';

export async function resolveConflict(
  db: Database,
  { id, revision, ...decision }: GivenAnswer,
): Promise<void> {
  const { refused } = await resolveConflicts(db, [{ id, revision }], decision);
  if (refused[0] !== undefined) throw refused[0].error;
}
