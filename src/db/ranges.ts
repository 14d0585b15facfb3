/** How Spark Hire counts the rows of an account's lists, as it was found out. */
import { type Database, query } from './database.js';

export interface RangesKnown {
  /** The number of the first row; null: not known. */
  first: 0 | 1 | null;
}

export async function readRanges(db: Database, account: string): Promise<RangesKnown> {
  const [row] = await query<RangesKnown>(
    db,
    'select ranges_from as first from sync.accounts where account = $1',
    [account],
  );
  return { first: row?.first ?? null };
}

export async function saveRanges(db: Database, account: string, { first }: RangesKnown): Promise<void> {
  await query(db, 'update sync.accounts set ranges_from = $2 where account = $1', [account, first]);
}
