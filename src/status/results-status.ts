/** What was written back to a connected ATS, and what waits. */
import type { Transaction } from '../db/database.js';
import { ago, count } from './render/words.js';

export interface ResultsStatus {
  written: number;
  /** Not written yet, or its answer was lost and it is looked for. */
  waiting: number;
  refused: number;
  /** Why the latest one that waits or was refused did. */
  lastError: string | null;
  lastWrittenAt: string | null;
  /** Interviews whose results are still to come. */
  followed: number;
}

export const noResults: ResultsStatus = {
  written: 0,
  waiting: 0,
  refused: 0,
  lastError: null,
  lastWrittenAt: null,
  followed: 0,
};

/** By the index of results and the one of interviews that are followed: of an account without an ATS nothing is read. */
export async function readResults(
  tx: Transaction,
  accounts: readonly string[],
): Promise<Array<ResultsStatus & { account: string }>> {
  const rows = await tx.query<
    Omit<ResultsStatus, 'lastWrittenAt'> & { account: string; lastWrittenAt: Date | null }
  >(
    `with told as (
       select account, count(*) filter (where outcome = 'written')::int as written,
         count(*) filter (where outcome in ('waiting', 'unknown'))::int as waiting,
         count(*) filter (where outcome = 'refused')::int as refused,
         (array_agg(error order by at desc) filter (where error is not null))[1] as "lastError",
         max(at) filter (where outcome = 'written') as "lastWrittenAt"
       from sync.ats_results where account = any($1) group by 1),
     followed as (
       select account, count(*)::int as interviews from sync.links
       where account = any($1) and results_to is not null group by 1)
     select account, coalesce(t.written, 0) as written, coalesce(t.waiting, 0) as waiting,
       coalesce(t.refused, 0) as refused, t."lastError", t."lastWrittenAt", coalesce(f.interviews, 0) as followed
     from told t full join followed f using (account)`,
    [accounts],
  );
  return rows.map(({ lastWrittenAt, ...row }) => ({
    ...row,
    lastWrittenAt: lastWrittenAt?.toISOString() ?? null,
  }));
}

/** null where there is nothing to tell. */
export function resultsWords(results: ResultsStatus, now: string): string | null {
  const { written, waiting, refused, lastError, lastWrittenAt, followed } = results;
  if (written + waiting + refused + followed === 0) return null;
  const last = lastWrittenAt === null ? '' : ` (the last ${ago(lastWrittenAt, now)})`;
  const parts = [
    `${count(written)} written back${last}`,
    waiting > 0 ? `${count(waiting)} waiting` : null,
    refused > 0 ? `${count(refused)} refused` : null,
    followed > 0 ? `${count(followed)} ${followed === 1 ? 'interview' : 'interviews'} followed` : null,
  ].filter((part) => part !== null);
  const why = lastError === null ? '' : `; ${lastError}: the view sync.ats_results has each`;
  return `${parts.join(', ')}${why}`;
}
