/** What a person's rows before mean for an entry that would invite them: whether they were invited, and what is not finished. Pure. */

import type { Application, Entry } from '../connector.js';
import type { SettingsOfEach } from '../settings-of-each.js';
import type { InvitedEntry, InvitedRow } from '../standing-rows.js';
import type { TriggeredEntry } from './candidates.js';
import type { Known } from './judge.js';
import { foldName } from './triggers.js';

/**
 * @param theirs because of which entries people of the application were invited
 * @param asked rows that invited their address to the job, whoever wrote them
 */
export function judgeEarlier(
  { entry, stage, trigger }: TriggeredEntry,
  application: Application | null,
  { theirs, asked }: { theirs: readonly InvitedEntry[]; asked: readonly InvitedRow[] },
  onLeave: SettingsOfEach['onLeave'],
): Pick<Known, 'isInvited' | 'isSameEntry' | 'pending' | 'endedSince'> {
  const all = application?.entries ?? [];
  const sameStage = new Set(all.flatMap(({ id, stageId }) => (stageId === entry.stageId ? id : [])));
  const left = new Set(all.flatMap(({ id, isCurrent }) => (isCurrent ? [] : id)));
  const rowsLeft = theirs.filter(({ entry_id }) => left.has(entry_id));
  // The same reading takes them back: what had not left is as if it had never been.
  const isGone = isOneOf(rowsLeft.filter(({ sent }) => !sent));
  const isCanceled = isOneOf(onLeave === 'cancel' ? rowsLeft : []);
  // What the ATS does not show any more counts too: it may have another key there now.
  const earlier = theirs.filter(
    (row) =>
      row.entry_id !== entry.id &&
      !isGone(row) &&
      (sameStage.has(row.entry_id) || foldName(row.stage) === foldName(stage.name)),
  );
  const isThis = (row: InvitedRow) => row.package === trigger.package;
  const others = asked.filter((row) => !isGone(row));
  const ofJob = theirs.filter((row) => row.job === application?.jobId && !isGone(row));
  const isAsked = (row: InvitedRow) => isThis(row) && row.wanted && !isCanceled(row);
  const rows = [...ofJob, ...others];
  return {
    isInvited: earlier.length > 0 || others.some(isThis),
    isSameEntry: earlier.some(({ entered_at }) => entered_at?.getTime() === entry.enteredAt?.getTime()),
    pending: pendingOf(rows, isAsked),
    endedSince: rows.find((row) => isAsked(row) && endedSince(row, entry))?.ats_id ?? null,
  };
}

function isOneOf(rows: readonly InvitedRow[]): (row: InvitedRow) => boolean {
  const keys = new Set(rows.map(({ ats_id }) => ats_id));
  return ({ ats_id }) => keys.has(ats_id);
}

/** What comes before the end of an interview is the wish that it fulfils, also where it is read or judged only afterwards. */
const endedSince = ({ pending, ended }: InvitedRow, { enteredAt }: Entry): boolean =>
  !pending && ended !== null && enteredAt !== null && enteredAt <= ended;

/** A row that is being canceled stands in the way until it is: what comes before its end is the same wish. */
function pendingOf(rows: readonly InvitedRow[], isThis: (row: InvitedRow) => boolean): Known['pending'] {
  const open = rows.filter(({ pending }) => pending);
  const [row] = [...open.filter(isThis), ...open];
  return row === undefined ? null : { row: row.ats_id, isThis: isThis(row), sent: row.sent };
}
