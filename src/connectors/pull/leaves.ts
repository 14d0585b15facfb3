/** Invitations that are to be taken back, on an explicit word of the ATS. */

import type { Application } from '../connector.js';
import type { SkippedRow } from '../rows.js';
import { type LivingRow, livingRows, type OfConnector } from '../standing-rows.js';
import type { Candidates } from './candidates.js';
import type { PullSession } from './session.js';
import type { Turn } from './turns.js';

export interface Leaving {
  /** Keys of ats.interviews. */
  rows: string[];
  /** The same for people: why nobody is invited by these entries any more. */
  told: SkippedRow[];
  /** Of these, whose application was not shown twice. */
  vanished: SkippedRow[];
  /** Since when applications are not shown. */
  absent: Record<string, string>;
}

/**
 * What was sent is canceled only where it has not been shown for so long: a fault of the ATS, or one of its updates, lasts for
 * minutes. What was not sent is invited again once it is shown, so it waits for the next reading only.
 */
const absentMs = 15 * 60_000;

/**
 * `onLeave: keep` keeps what was sent; what was not is no invitation yet, and nobody is invited to a stage they have left.
 */
export async function whoLeft(
  session: PullSession,
  of: OfConnector,
  { left, hints, changed, applications: read, cursor }: Candidates,
  turn: Turn,
  now: Date,
): Promise<Leaving> {
  const { connector, settings, db, signal } = session;
  const before = cursor.position.absent;
  const named = new Set([...changed, ...hints]);
  const wanted = {
    entries: left.map(({ id }) => id),
    applications: [...named, ...Object.keys(before)],
  };
  const living = await livingRows(db, of, turn.name === 'living' ? null : wanted);
  const ends = living.filter(({ isSent }) => settings.onLeave === 'cancel' || !isSent);
  const isOver = new Set(wanted.entries);
  const isDue = ({ applicationId, isSent }: LivingRow) =>
    !isSent || now.getTime() - Date.parse(before[applicationId]!) >= absentMs;
  const others = ends.filter(({ entryId }) => !isOver.has(entryId));
  const asked = others
    .filter((row) => before[row.applicationId] === undefined || named.has(row.applicationId) || isDue(row))
    .map(({ applicationId }) => applicationId);
  const unread = [...new Set(asked)].filter((id) => !read.has(id));
  const applications = new Map([
    ...read,
    ...(unread.length === 0 ? [] : await connector.applications(unread, signal)),
  ]);
  // What a list has is there, whatever is answered when it is asked for by itself.
  const isAbsent = ({ applicationId: id }: LivingRow) =>
    connector.missingSaysNothing !== true &&
    !applications.has(id) &&
    connector.listed?.hasActive(id) !== true;
  const absent = others.filter(isAbsent);
  const isGone = (row: LivingRow) => before[row.applicationId] !== undefined && isDue(row);
  const gone = [
    ...ends.filter((row) => isOver.has(row.entryId) || hasEnded(row, applications)),
    ...absent.filter(isGone),
  ];
  const told = gone.map((row): SkippedRow => {
    const ended = applications.get(row.applicationId)?.isActive !== true && !isOver.has(row.entryId);
    return {
      entry_id: row.entryId,
      application_id: row.applicationId,
      reason: ended ? 'not_active' : 'left_stage',
      message: takenBack(row, ended, absent.includes(row)),
    };
  });
  return {
    rows: gone.map(({ atsId }) => atsId),
    told,
    vanished: told.filter(
      ({ entry_id, application_id }) => !isOver.has(entry_id) && !applications.has(application_id),
    ),
    absent: Object.fromEntries(
      absent
        .filter((row) => !isGone(row))
        .map(({ applicationId: id }) => [id, before[id] ?? now.toISOString()]),
    ),
  };
}

/** Whoever comes back by the same entry, as one who is unrejected, is invited by it where nothing had left. */
function takenBack({ isSent }: LivingRow, ended: boolean, isAbsent: boolean): string {
  const why = isAbsent
    ? 'the ATS did not show the application any more'
    : ended
      ? 'the application ended'
      : 'they left the stage';
  return isSent
    ? `the invitation was canceled when ${why}; they are invited again when they re-enter the stage, with \`reentry: invite\``
    : `the invitation was taken back before it left, when ${why}; ${ended ? 'they are invited after all when the application is active again' : 'they are invited when they enter the stage again'}`;
}

/** History that vanished says nothing: it does so when a candidate is anonymized. */
function hasEnded(
  { applicationId, entryId }: LivingRow,
  applications: ReadonlyMap<string, Application>,
): boolean {
  const application = applications.get(applicationId);
  if (application === undefined) return false;
  const entry = application.entries.find(({ id }) => id === entryId);
  return !application.isActive || entry?.isCurrent === false;
}
