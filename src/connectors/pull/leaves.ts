/** Invitations that are to be taken back, on an explicit word of the ATS. */

import type { Application } from '../connector.js';
import type { SkippedRow } from '../rows.js';
import { type LivingRow, livingRows, type OfConnector } from '../standing-rows.js';
import type { Candidates } from './candidates.js';
import type { Absent } from './cursor.js';
import type { PullSession } from './session.js';
import type { Turn } from './turns.js';

export interface Leaving {
  /** Keys of ats.interviews. */
  rows: string[];
  /** The same for people: why nobody is invited by these entries any more. */
  told: SkippedRow[];
  /** Of these, whose application was not shown twice. */
  vanished: SkippedRow[];
  /** Applications that were asked for and not shown, for the first time. */
  missing: string[];
  /** Of these, where an invitation has left. */
  absent: Absent[];
}

/**
 * An invitation that has left is canceled only if a second look, so much later, does not show its application either: what an ATS
 * does not find for a minute, as while it is deployed, is not gone.
 */
const absentMs = 10 * 60_000;
/** They are part of the cursor. */
const most = 1_000;

/**
 * `onLeave: keep` keeps what was sent; what was not is no invitation yet, and nobody is invited to a stage they have left.
 */
export async function whoLeft(
  session: PullSession,
  of: OfConnector,
  { left, hints, changed, applications: read, cursor }: Candidates,
  turn: Turn,
): Promise<Leaving> {
  const { connector, settings, db, signal } = session;
  const now = session.clock.now();
  const before = new Set(cursor.position.missing);
  const absent = cursor.position.absent;
  const longAbsent = new Set(
    absent.flatMap(({ application, since }) => (now - Date.parse(since) >= absentMs ? application : [])),
  );
  const wanted = {
    entries: left.map(({ id }) => id),
    applications: [...changed, ...hints, ...before, ...longAbsent],
  };
  const living = await livingRows(db, of, turn.name === 'living' ? null : wanted);
  const ends = living.filter(({ isSent }) => settings.onLeave === 'cancel' || !isSent);
  const isOver = new Set(wanted.entries);
  const asked = ends.filter(({ entryId }) => !isOver.has(entryId)).map(({ applicationId }) => applicationId);
  const unread = [...new Set(asked)].filter((id) => !read.has(id));
  const applications = new Map([
    ...read,
    ...(unread.length === 0 ? [] : await connector.applications(unread, signal)),
  ]);
  const missing = connector.missingSaysNothing ? [] : asked.filter((id) => !applications.has(id));
  const gone = ends.filter(
    (row) =>
      isOver.has(row.entryId) ||
      hasEnded(row, applications) ||
      isMissingAgain(row, applications, row.isSent ? longAbsent : before),
  );
  const isSent = new Set(ends.flatMap((row) => (row.isSent ? row.applicationId : [])));
  const known = new Set(absent.map(({ application }) => application));
  const fresh = [...new Set(missing)].filter((id) => isSent.has(id) && !known.has(id));
  const told = gone.map((row): SkippedRow => {
    const ended = applications.get(row.applicationId)?.isActive !== true && !isOver.has(row.entryId);
    return {
      entry_id: row.entryId,
      application_id: row.applicationId,
      reason: ended ? 'not_active' : 'left_stage',
      message: takenBack(row, ended),
    };
  });
  return {
    rows: gone.map(({ atsId }) => atsId),
    told,
    vanished: told.filter(
      ({ entry_id, application_id }) => !isOver.has(entry_id) && !applications.has(application_id),
    ),
    missing: [...new Set(missing)].filter((id) => !isSent.has(id) && !before.has(id)),
    absent: [
      ...absent.filter(({ application: id }) => !longAbsent.has(id) && !applications.has(id)),
      ...fresh.map((application) => ({ application, since: new Date(now).toISOString() })),
    ].slice(0, most),
  };
}

/** Whoever comes back by the same entry, as one who is unrejected, is invited by it where nothing had left. */
function takenBack({ isSent }: LivingRow, ended: boolean): string {
  const why = ended ? 'the application ended' : 'they left the stage';
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

function isMissingAgain(
  { applicationId }: LivingRow,
  applications: ReadonlyMap<string, Application>,
  before: ReadonlySet<string>,
): boolean {
  return before.has(applicationId) && !applications.has(applicationId);
}
