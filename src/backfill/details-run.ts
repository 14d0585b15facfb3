/** The details of one resource as a recorded run, and what they add to a result. */
import type { AccountSession } from '../account-session.js';
import { saveCheckpoint } from '../db/checkpoints.js';
import { byThemselves } from '../db/database.js';
import { countDue, type DetailsResult, noDetails, type PassSoFar, pullDetails } from './details.js';
import { noCounts, type Progress } from './progress.js';
import { recorded } from './recorded.js';
import type { DetailedName } from './resources.js';
import { addQuestions, type BackfillResult } from './result.js';

/** Details complete rows that the listing has just written: those are not counted as updated a second time. */
function addDetails(result: BackfillResult, name: DetailedName, details: DetailsResult): void {
  const sum = result.resources[name] ?? noCounts();
  result.resources[name] = sum;
  sum.updated += details.updated;
  sum.unchanged = Math.max(0, sum.unchanged - details.updated);
  sum.quarantined += details.counts.quarantined;
  sum.details += details.counts.read;
  if (name === 'interviews') addQuestions(result, details.questions);
  if (details.hidden > 0) {
    result.notes.push(
      `${name}: ${details.hidden} of those known cannot be read in Spark Hire now: gone, or hidden from this key. Nothing is done about that before a sweep has found out; \`sparkhire-sync conflicts\` shows what a person is asked`,
    );
  }
}

/** Reads what is due now. A failure of single objects is noted in the result. */
export async function detailsRun(
  session: AccountSession,
  name: DetailedName,
  options: { detailConcurrency: number; progress: Progress },
  pass: PassSoFar,
  result: BackfillResult,
): Promise<void> {
  const due = await countDue(session, name, pass);
  if (due === 0) return;
  const details = noDetails();
  const part = {
    kind: 'details',
    resource: name,
    counts: details.counts,
    progress: options.progress,
  } as const;
  try {
    await recorded(session, part, result, async (progress) => {
      progress.begin(name, 'details', due, 0);
      await pullDetails(session, name, options.detailConcurrency, progress, details, pass);
      if (details.failures.failed > 0) throw details.failures.first;
    });
  } finally {
    addDetails(result, name, details);
  }
  if (details.failures.failed > 0) return;
  options.progress.end(name, 'details', 'done');
  await saveCheckpoint(byThemselves(session.db), session.account.name, name, 'details', { completed: true });
}
