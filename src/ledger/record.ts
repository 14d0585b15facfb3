/**
 * The ledger is the one writer of the tables that several rooms share: sync.desired_rows, links, intents, issues and
 * conflicts, and queues rows for a look. In come decisions, and what became of writes; out go the rows of these tables, and lines of the log about them.
 * Of what is right for a row it decides one thing: under which key an answer goes on (answers.ts), since that is known only as it is recorded. It
 * asks nobody but PostgreSQL: not Spark Hire, not an ATS. Others read the tables as they need them,
 * joined with their own; only `forget` empties columns of them (forgotten/).
 *
 * This file: what was decided about rows, recorded as a whole. The states of rows and their moves are in row-moves.ts.
 */
import type { Transaction } from '../db/database.js';
import { type HeldFor, toldOf } from '../reconcile/parents.js';
import type { Decision } from '../reconcile/types.js';
import { endAnswers, passAnswersOn } from './answers.js';
import { recordConflicts, recordOverwritten } from './conflicts.js';
import { recordIssues } from './issues.js';
import type { OpenedConflict } from './journal.js';
import { settleLinks } from './links.js';
import { noteDecided } from './rows.js';

export interface RecordOptions {
  /** Entries of sync.desired_queue that these decisions answer. */
  queueIds: readonly (string | number)[];
  /** Hash of each row's content as it was judged, by ats_id; a row without one keeps the hash it has. */
  hashes?: ReadonlyMap<string, string | null>;
  /**
   * Why the plan waits for a person: what was found out is told (issues, conflicts, states), and nothing that cannot be
   * taken back is done. What the ATS wants now may be a mistake, and is put right before anybody approves it.
   */
  held?: HeldFor | null;
}

/** What is new with it, for the log. */
export interface Recorded {
  conflicts: OpenedConflict[];
  /** Rows that were not rejected before. */
  rejected: Decision[];
}

/** Records a chunk of decisions about rows of one resource, one a row. What is recorded already is not written again. */
export async function recordDecisions(
  tx: Transaction,
  account: string,
  decided: readonly Decision[],
  { queueIds, hashes, held = null }: RecordOptions,
): Promise<Recorded> {
  const recorded: Recorded = { conflicts: [], rejected: [] };
  const decisions = held === null ? await passAnswersOn(tx, account, decided) : decided.map(withheld);
  if (decisions.length > 0) {
    const told = decisions.map((decision) => ({ row: decision, issues: toldOf(decision, held) }));
    await recordIssues(tx, account, told);
    recorded.conflicts = await recordConflicts(tx, account, decisions);
    await endAnswers(tx, account, decisions);
    await recordOverwritten(tx, account, decisions);
    await settleLinks(tx, account, decisions);
    recorded.rejected = await noteDecided(tx, account, decisions, hashes);
  }
  if (queueIds.length > 0) {
    await tx.query('delete from sync.desired_queue where account = $1 and id = any($2::bigint[])', [
      account,
      queueIds,
    ]);
  }
  return recorded;
}

/**
 * As long as the plan is held no link ends, no answer is put aside or goes on under another key, and nothing is settled because a row
 * was withdrawn. Such a row stays pending, so that it is decided again.
 */
function withheld(decision: Decision): Decision {
  const { state, next, settles, carriedOut, unlink } = decision;
  const ends = next === 'gone' && (unlink || Object.keys(settles).length > 0);
  return {
    ...decision,
    state: ends && state === 'gone' ? 'pending' : state,
    settles: next === 'gone' ? {} : settles,
    overwritten: [],
    carriedOut: next === 'gone' ? [] : carriedOut,
    putAside: [],
    unlink: false,
  };
}
