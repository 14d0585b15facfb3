/**
 * One round of carrying results back to the connected ATS.
 *
 *   interviews of the connector that reached a state ─► intents, committed ─► what the ATS has of them already
 *     ─► there: confirmed · absent: sent once, marked as sent just before · answer lost: looked for, not sent again
 *
 * What an unknown outcome left counts as absent only when two looks did not find it, the later one after the time that the
 * ATS may take to show it. Never beside another round of the same account: whoever runs it holds the account.
 */
import type { Clock } from '../../clock.js';
import { byThemselves } from '../../db/database.js';
import { type ErrorCode, SyncError } from '../../errors.js';
import { fenceMs } from '../../ledger/intents.js';
import { closeResults } from '../../ledger/links.js';
import {
  confirmResult,
  markSent,
  markUnknown,
  planNextLook,
  prepareAgain,
  prepareResults,
  putOff,
  type ResultsOf,
  refuseResult,
} from '../../ledger/result-intents.js';
import { linkedAbort } from '../../linked-abort.js';
import type { Logger } from '../../log.js';
import type { Found, Result, Sent, Write, Writer } from '../connector.js';
import { type Due, type Intent, readDue } from './due-results.js';
import { fieldText, markerOf, noteText, type Telling } from './results.js';

export interface WriteBackOptions extends ResultsOf {
  /** How messages call the ATS. */
  title: string;
  writer: Writer;
  wanted: readonly Telling[];
  /** How long a lost write is looked for: at least what the ATS may be behind. Milliseconds. */
  settleMs: number;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  /** A fresh sign that the account may be worked on here. */
  fence(): Promise<void>;
}

export interface WroteBack {
  /** Also those that were found to be there. */
  written: number;
  /** The ATS does not take them, for good. */
  refused: number;
  /** Those whose outcome is not known, or that have to wait. */
  waiting: number;
  /** When something is to be looked for; null if nothing is. */
  nextMs: number | null;
}

/** In one look, as many as an ATS shows at once. */
const batch = 50;
/** So often something is sent and not shown before that is an answer. */
const mostVain = 3;
const mostVainInDoubt = 2;
/** Where nothing of the kind is shown at all, so many settling times pass before it counts as absent. */
const doubtfulTimes = 3;
/** A right that is missing, or an application that is not shown: asked again after this. */
const putOffMs = 3600_000;

/** Codes of attempts that the ATS turned away before it did anything. */
const turnedAway: ReadonlySet<ErrorCode> = new Set([
  'ATS_ACCESS_REFUSED',
  'ATS_FORBIDDEN',
  'ATS_RATE_LIMITED',
]);

/** A right or a setting that somebody can put in order; nothing has left. */
const mendable: ReadonlySet<ErrorCode> = new Set(['ATS_FORBIDDEN', 'ATS_REQUEST_REFUSED']);

/** @throws SyncError ATS_…: nothing more can be written now; what was not is written by a later round */
export async function writeBack(options: WriteBackOptions): Promise<WroteBack> {
  const { wanted, signal } = options;
  const done: WroteBack = { written: 0, refused: 0, waiting: 0, nextMs: null };
  const forbidden: SyncError[] = [];
  for (;;) {
    signal.throwIfAborted();
    const { due, waiting, nextMs } = await readDue(options, wanted, batch);
    const over = due.filter(({ action }) => action === null);
    if (over.length > 0) {
      await closeResults(
        byThemselves(options.db),
        options.account,
        over.map(({ atsId }) => atsId),
      );
    }
    const left = due.filter(({ action }) => action !== null);
    if (left.length > 0) await carryBack(options, left, done, forbidden);
    if (due.length < batch && left.length === 0) {
      Object.assign(done, { waiting, nextMs });
      break;
    }
  }
  if (forbidden.length > 0 && done.written === 0) throw forbidden[0]!;
  return done;
}

interface Job {
  result: Result;
  intent: Intent;
}

async function carryBack(
  options: WriteBackOptions,
  due: readonly Due[],
  done: WroteBack,
  forbidden: SyncError[],
): Promise<void> {
  const jobs = await prepare(options, due);
  const found = await options.writer.look(
    jobs.map(({ result }) => result),
    options.signal,
  );
  for (const { result, intent } of jobs) {
    options.signal.throwIfAborted();
    await conclude(options, result, intent, found.get(result.marker) ?? { is: 'missing' }, done, forbidden);
  }
}

/** Commits what is to be written before anything of it is. */
async function prepare(options: WriteBackOptions, due: readonly Due[]): Promise<Job[]> {
  const results = due.map((one) => ({ one, result: resultOf(one, options.wanted) }));
  const fresh = results.filter(({ one }) => one.intent === null);
  const ids =
    fresh.length === 0
      ? new Map<string, string>()
      : await prepareResults(
          options,
          fresh.map(({ one, result: { marker } }) => ({
            atsId: one.atsId,
            action: one.action!,
            uuid: one.facts.uuid,
            marker,
          })),
        );
  return results.flatMap(({ one, result }) => {
    if (one.intent !== null) return { result, intent: one.intent };
    const id = ids.get(one.atsId);
    return id === undefined
      ? []
      : { result, intent: { id, state: 'prepared', looked: 0, missed: false, vain: 0, ageMs: 0 } };
  });
}

function resultOf(
  { applicationId, entryId, facts, action, intent }: Due,
  wanted: readonly Telling[],
): Result {
  const { kind, state, target } = wanted.find((one) => one.action === action)!;
  return {
    marker: markerOf(facts.uuid, action!),
    kind,
    state,
    applicationId: applicationId ?? '',
    entryId: entryId ?? '',
    text: kind === 'note' ? noteText(state, facts) : kind === 'field' ? fieldText(state, facts) : '',
    links: [facts.shareUrl, facts.watchUrl].filter((link) => link !== null),
    target,
    ownStages: wanted.filter((one) => one.kind === 'move').map((one) => one.target),
    isLost: intent !== null && intent.state !== 'prepared',
  };
}

async function conclude(
  options: WriteBackOptions,
  result: Result,
  intent: Intent,
  found: Found,
  done: WroteBack,
  forbidden: SyncError[],
): Promise<void> {
  const isDoubtful = found.is === 'absent' && found.isDoubtful;
  const proofMs = options.settleMs * (isDoubtful ? doubtfulTimes : 1);
  const { id, state, looked, missed, vain, ageMs } = intent;
  if (found.is === 'there') {
    await confirmResult(options, id, found.reference);
    done.written += 1;
  } else if (found.is === 'overtaken') {
    await refuse(options, result, id, found.reason, done);
  } else if (found.is === 'failed') {
    await putOffFor(options, id, found.error, forbidden);
  } else if (found.is === 'missing') {
    const reason = 'the ATS does not show the application: it was deleted, or is hidden from the credential';
    if (missed) await refuse(options, result, id, reason, done);
    else await putOff(options, id, reason, true, putOffMs);
  } else if (state === 'prepared') {
    await send(options, result, id, found.write, done, forbidden);
  } else if (looked === 0 || ageMs < proofMs) {
    await planNextLook(options, intent, options.settleMs);
  } else if (vain + 1 >= (isDoubtful ? mostVainInDoubt : mostVain)) {
    const reason = `it was sent ${vain + 1} times, and the ATS never showed it`;
    await refuse(options, result, id, reason, done);
  } else {
    await prepareAgain(options, id, true);
    await send(options, result, id, found.write, done, forbidden);
  }
}

async function refuse(
  options: WriteBackOptions,
  { applicationId, kind, state }: Result,
  id: string,
  reason: string,
  done: WroteBack,
): Promise<void> {
  await refuseResult(options, id, reason);
  done.refused += 1;
  options.log.warn(
    { event: 'result_refused', application: applicationId, result: state },
    `${options.title}: the ${kind} that says ${state} is not written to application ${applicationId}: ${reason}`,
  );
}

/** Of this one only, perhaps: the others have their turn. */
async function putOffFor(
  options: WriteBackOptions,
  id: string,
  error: SyncError,
  forbidden: SyncError[],
): Promise<void> {
  forbidden.push(error);
  await putOff(options, id, error.message.replace(/\.$/, ''), false, putOffMs);
}

/** It must not leave any more. */
class Withheld extends Error {}

async function send(
  options: WriteBackOptions,
  result: Result,
  id: string,
  write: Write,
  done: WroteBack,
  forbidden: SyncError[],
): Promise<void> {
  const { clock, signal } = options;
  // What has left is waited for: its outcome would be unknown otherwise.
  const giveUp = linkedAbort(signal);
  let left = false;
  let mark: string | null = null;
  let sent: Sent;
  const leaving = async () => {
    left = false;
    signal.throwIfAborted();
    await options.fence();
    const began = { monotonic: clock.monotonic(), now: clock.now() };
    const marked = await markSent(options, id, mark);
    if (marked === null) throw new Withheld();
    mark = marked;
    // A machine that was suspended shows it in one of its clocks only.
    const elapsed = [clock.monotonic() - began.monotonic, Math.abs(clock.now() - began.now)];
    if (signal.aborted || Math.max(...elapsed) > fenceMs) throw signal.reason ?? new Withheld();
    left = true;
    giveUp.unlink();
  };
  try {
    sent = await write(leaving, giveUp.signal);
  } catch (error) {
    const isTurnedAway = error instanceof SyncError && turnedAway.has(error.code);
    if (left && !isTurnedAway) {
      sent = { outcome: 'unknown' };
    } else if (error instanceof SyncError && mendable.has(error.code)) {
      return putOffFor(options, id, error, forbidden);
    } else {
      if (mark !== null) await prepareAgain(options, id, false);
      if (error instanceof Withheld) return;
      throw error;
    }
  } finally {
    giveUp.unlink();
  }
  if (sent.outcome === 'done') {
    await confirmResult(options, id, sent.reference);
    done.written += 1;
  } else if (sent.outcome === 'refused') {
    await refuse(options, result, id, sent.reason, done);
  } else {
    await markUnknown(options, id);
  }
}
