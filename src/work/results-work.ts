/** Carrying back to the connected ATS what became of its invitations. */
import type { AccountSession } from '../account-session.js';
import { type BackfillResult, fail } from '../backfill/result.js';
import { systemClock } from '../clock.js';
import type { Settings } from '../config.js';
import { tellings } from '../connectors/results.js';
import { type WroteBack, writeBack } from '../connectors/write-back.js';

/** @returns null where no ATS is connected that takes results, or nothing may be written. @throws SyncError ATS_… */
export async function carryBack(session: AccountSession, settings: Settings): Promise<WroteBack | null> {
  const { account, ats, db, log, signal, fence, place } = session;
  if (ats?.writer === undefined || account.ats === undefined || place.moved) return null;
  const { lagSeconds, writeBack: wanted } = account.ats;
  return writeBack({
    db,
    account: account.name,
    source: ats.kind,
    title: ats.title,
    writer: ats.writer,
    wanted: tellings(wanted),
    // What was written may be shown as late as everything else.
    settleMs: Math.max(settings.write.settleSeconds, lagSeconds) * 1000,
    clock: systemClock,
    log,
    signal,
    fence,
  });
}

/** The end of a command that carries the ATS's wishes over. */
export async function carryBackInto(
  result: BackfillResult,
  session: AccountSession,
  settings: Settings,
): Promise<void> {
  try {
    const done = await carryBack(session, settings);
    if (done === null) return;
    const { written, refused, waiting } = done;
    result.writtenBack = { written, refused, waiting };
    const title = session.ats!.title;
    if (refused > 0) {
      result.notes.push(
        `${title} does not take ${refused} of the results: the view sync.ats_results says why`,
      );
    }
    if (waiting > 0) {
      result.notes.push(
        `${waiting} ${waiting === 1 ? 'result waits' : 'results wait'} to be written back: the view sync.ats_results says why`,
      );
    }
  } catch (error) {
    if (session.signal.aborted) throw error;
    fail(result, error);
  }
}
