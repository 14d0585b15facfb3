/**
 * Rows a proven sweep did not meet. Absence alone deletes nothing: a row may be hidden from this key, or left out
 * of the listing. Each is asked for by itself, and only "gone" marks it as deleted. Where too much is missing at
 * once, nobody is asked and a person decides.
 */
import type { AccountSession } from '../../account-session.js';
import { inMirrorTransaction } from '../../mirror/store.js';
import { type KeyView, mayReadKeys } from '../facts.js';
import { ObjectFailures } from '../failures.js';
import { addCounts, noCounts, type Progress, type ResourceCounts } from '../progress.js';
import type { ListedName } from '../resources.js';
import { type Absence, covers, type Limits, tooMuchMissing } from './absence.js';
import { type Answer, askFor, settle } from './confirmation.js';
import { closeHold, endRelease, holdBack, isViewChanged, waitingRelease } from './mass-disappearance.js';
import { type AbsentRow, forgetUnlisted, readUnmet } from './unlisted.js';

export type { Limits };

export interface DeletionResult {
  deleted: number;
  /** Rows that are there although the sweep did not meet them, and differ from what was known. */
  updated: number;
  /** What became of the questions of interviews. */
  questions: ResourceCounts;
  /** Rows that could not be asked for; they stay as they are. */
  failures: ObjectFailures;
  /** Whether a conflict is open that a person has to look at. */
  held: boolean;
}

/** So many rows are asked for before what was answered is stored. */
const batch = 50;

/**
 * Called after a sweep that was proven to be complete, and again if it was interrupted.
 * @throws ApiError, SyncError what concerns more than single rows; what was found out until then is stored
 */
export async function confirmDeletions(
  session: AccountSession,
  name: ListedName,
  sweepStartedAt: Date,
  limits: Limits,
  view: KeyView,
  progress: Progress,
): Promise<DeletionResult> {
  const result: DeletionResult = {
    deleted: 0,
    updated: 0,
    questions: noCounts(),
    failures: new ObjectFailures(),
    held: false,
  };
  const viewChanged = await isViewChanged(session, name, view);
  const { missing, doubtful, known, met } = await readUnmet(session, name, sweepStartedAt, viewChanged);
  const release = await waitingRelease(session, name);
  const absenceWith = (gone: readonly AbsentRow[]): Absence => ({
    missing: missing.length,
    gone: gone.length,
    known: known + gone.length,
    met,
    viewChanged,
  });

  /** Whether a person has to look first, in which case the conflict is open now, or has looked already. */
  async function judge(gone: readonly AbsentRow[]): Promise<'few' | 'released' | 'held'> {
    const absence = absenceWith(gone);
    const reason = tooMuchMissing(absence, limits);
    if (reason === null) return 'few';
    if (release !== null && covers(release, absence, view)) return 'released';
    await holdBack(session, name, reason, absence, [...missing, ...gone], view);
    return 'held';
  }

  if ((await judge([])) === 'held') return { ...result, held: true };
  const total = missing.length + doubtful.length;
  let asked = 0;
  if (total > 0) progress.begin(name, 'deletions', total, 0);
  const ask = (rows: readonly AbsentRow[]) =>
    askFor(session, name, rows, result.failures, () => progress.advance(name, 'deletions', ++asked));
  const store = async (answers: readonly Answer[]) => {
    const settled = await settle(session, name, answers);
    result.deleted += settled.deleted;
    result.updated += settled.updated;
    addCounts(result.questions, settled.questions);
  };
  const held = (): DeletionResult => {
    progress.end(name, 'deletions', 'too much is missing');
    return { ...result, held: true };
  };

  // Those known to be there first: how many of them are gone now counts before anything is marked.
  const endings: Answer[] = [];
  for (const rows of batches(doubtful)) {
    const { answers, stopped } = await ask(rows);
    session.signal.throwIfAborted();
    endings.push(...answers.filter(isGone));
    await store(answers.filter((answer) => !isGone(answer)));
    if (stopped !== null) throw stopped;
  }
  const gone = endings.map(({ row }) => row);
  const verdict = await judge(gone);
  if (verdict === 'held') {
    // From now on they are missing like any other row.
    await inMirrorTransaction(session.db, session.account.name, (tx) =>
      forgetUnlisted(
        tx,
        name,
        gone.map(({ uuid }) => uuid),
      ),
    );
    return held();
  }
  if (verdict === 'few') await closeHold(session, name, missing.length + gone.length);

  /** Stores the answers, unless the key lost its rights meanwhile: then "gone" may have meant "not for you". */
  async function storeIfSure(answers: readonly Answer[]): Promise<boolean> {
    if (answers.some(isGone) && (await hasLostRights(session, view))) {
      const reason = 'the API key lost its administrator right while the listing was read';
      const absence = { ...absenceWith(gone), viewChanged: true };
      await holdBack(session, name, reason, absence, [...missing, ...gone], { ...view, administers: false });
      return false;
    }
    await store(answers);
    return true;
  }

  for (const rows of batches(endings)) {
    if (!(await storeIfSure(rows))) return held();
  }
  for (const rows of batches(missing)) {
    const { answers, stopped } = await ask(rows);
    session.signal.throwIfAborted();
    if (!(await storeIfSure(answers))) return held();
    if (stopped !== null) throw stopped;
  }
  // Rows that could not be asked for are still missing: the release holds for them.
  if (verdict === 'released' && result.failures.failed === 0) await endRelease(session, name, 'used');
  if (total > 0) progress.end(name, 'deletions', `${result.deleted} gone`);
  return result;
}

const isGone = (answer: Answer) => answer.state === 'gone';

function* batches<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < rows.length; from += batch) yield rows.slice(from, from + batch);
}

async function hasLostRights(session: AccountSession, view: KeyView): Promise<boolean> {
  if (view.administers !== true || view.userUuid === null) return false;
  return (await mayReadKeys(session, view.userUuid, 'sweep', false)) === false;
}
