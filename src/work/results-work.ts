/** Carrying back what became of invitations: to the connected ATS, and to those that ordered them. */
import type { AccountSession } from '../account-session.js';
import { type BackfillResult, fail } from '../backfill/result.js';
import { systemClock } from '../clock.js';
import type { Settings } from '../config.js';
import { tellings } from '../connectors/write-back/results.js';
import { type WroteBack, writeBack } from '../connectors/write-back/write-back.js';
import { facadesOf } from '../orders/facades.js';
import { type Told, tellOrders } from '../orders/tell.js';

/** @param hurry whether orders that could not be told are tried before their time @returns null where nobody takes results, or nothing may be written. @throws SyncError ATS_… */
export async function carryBack(
  session: AccountSession,
  settings: Settings,
  { hurry }: { hurry: boolean },
): Promise<WroteBack | null> {
  const { account, db, log, signal, place } = session;
  if (place.moved) return null;
  const told =
    account.partner === undefined
      ? null
      : tellOrders({
          db,
          account: account.name,
          facades: facadesOf(account.partner, systemClock),
          clock: systemClock,
          log,
          signal,
          hurry,
        });
  // An ATS that does not answer keeps no other waiting.
  const ends = await Promise.allSettled([told, carryBackToConnected(session, settings)]);
  const [orders, results] = ends.map((end) => {
    if (end.status === 'rejected') throw end.reason;
    return end.value;
  }) as [Told | null, WroteBack | null];
  if (orders === null || results === null) return orders ?? results;
  const due = [orders.nextMs, results.nextMs].flatMap((ms) => ms ?? []);
  return {
    written: orders.written + results.written,
    refused: orders.refused + results.refused,
    waiting: orders.waiting + results.waiting,
    nextMs: due.length === 0 ? null : Math.min(...due),
  };
}

async function carryBackToConnected(session: AccountSession, settings: Settings): Promise<WroteBack | null> {
  const { account, ats, db, log, signal, fence } = session;
  if (ats?.writer === undefined || account.ats === undefined) return null;
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
    const done = await carryBack(session, settings, { hurry: true });
    if (done === null) return;
    const { written, refused, waiting } = done;
    result.writtenBack = { written, refused, waiting };
    const where =
      session.account.partner === undefined
        ? 'the view sync.ats_results says why'
        : 'the view sync.ats_results and the table sync.orders say why';
    if (refused > 0) {
      result.notes.push(
        `${session.ats?.title ?? 'The ATS'} does not take ${refused} of the results: ${where}`,
      );
    }
    if (waiting > 0) {
      result.notes.push(
        `${waiting} ${waiting === 1 ? 'result waits' : 'results wait'} to be written back: ${where}`,
      );
    }
  } catch (error) {
    if (session.signal.aborted) throw error;
    fail(result, error);
  }
}
