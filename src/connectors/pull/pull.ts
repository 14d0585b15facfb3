/**
 * One reading of a connected ATS into schema ats.
 *
 *   who entered a stage, by a window closed on both sides ─► those of a trigger, not met before
 *     ─► their applications as they are now ─► judged ─► rows, people skipped and the cursor in one transaction
 *
 * Windows overlap and stay behind now, so that what the ATS shows late is met. What a window brings twice is known by the
 * key of its row. An invitation is taken back only on an explicit word: an entry that was left, an application that ended,
 * or one that is not shown when it is asked for by itself, not then and not a while later. What a list does not have withdraws nobody.
 */
import { byThemselves, inTransaction } from '../../db/database.js';
import {
  cancelInvitations,
  mendInvitations,
  writeInvitations,
  writeJobs,
  writePackages,
  writeSkipped,
  writeUsers,
} from '../rows.js';
import { type Candidates, findCandidates } from './candidates.js';
import { type Cursor, noteFailure, type Position, readCursor, saveCursor, saveEnded } from './cursor.js';
import { judgeAll } from './invite.js';
import { type Leaving, whoLeft } from './leaves.js';
import type { PullSession } from './session.js';

import { changesOf, type Turn } from './turns.js';
import { blockedAfter, endedAfter, unreadAfter, unreadWords, unshownAfter } from './unshown.js';
import { withdrawnMeanwhile } from './waiting.js';

export interface PullResult {
  requests: number;
  /** Entries into a stage of the settings that were not met before. */
  entries: number;
  /** Rows of ats.interviews that were made. */
  invited: number;
  /** Rows that were taken back. */
  canceled: number;
  skipped: number;
  jobs: number;
  users: number;
  /** Up to when everything has been read. */
  readUntil: string;
  /** What somebody should know. */
  notes: string[];
}

/** @param hints applications that a webhook named: they are looked at whatever the window has */
export async function pull(session: PullSession, hints: readonly string[] = []): Promise<PullResult> {
  const { db, account, connector, signal } = session;
  try {
    return await pullOnce(session, hints);
  } catch (error) {
    if (!signal.aborted) await noteFailure(db, account, connector.kind, error).catch(() => {});
    throw error;
  }
}

async function pullOnce(session: PullSession, hints: readonly string[]): Promise<PullResult> {
  const { db, account, connector, settings } = session;
  const of = { account, source: connector.kind, prefix: connector.prefix };
  const before = connector.requests();
  const now = new Date(session.clock.now());
  const shown = connector.sight?.rows();
  const cursor = await readCursor(db, account, connector.kind);
  connector.listed?.begin();
  connector.marks?.resume(cursor.position.marks);
  const found: Candidates = await findCandidates(session, of, cursor, hints);
  // Before anybody is judged: whether a package is there is part of it.
  const packages = JSON.stringify(settings.packages);
  if (packages !== cursor.position.packages || found.entered.length > 0)
    await writePackages(byThemselves(db), of, settings.packages);
  const judged = await judgeAll(session, of, found);
  const { turn } = found;
  const leaving: Leaving = await whoLeft(session, of, found, turn, now);
  const waiting = await withdrawnMeanwhile(
    session,
    of,
    cursor.position,
    judged.applications,
    turn.name === 'skipped' ? 'all' : [...judged.applications.keys(), ...found.changed],
  );
  const changes = await changesOf(session, of, turn);
  const jobs = new Map([...judged.jobs, ...changes.jobs]);
  const users = new Map([...judged.users, ...changes.users]);
  const isProven = shown !== connector.sight?.rows() || (await proves(session, turn));
  const next: Cursor = {
    readUntil: isProven ? found.cursor.readUntil : cursor.readUntil,
    position: {
      ...found.cursor.position,
      packages,
      turns: turn.next,
      turnsFrom: turnsFrom(cursor.position, turn, isProven),
      unproven: !isProven,
      marks: isProven ? (connector.marks?.left() ?? {}) : cursor.position.marks,
      absent: {
        ...Object.fromEntries(waiting.missing.map((id) => [id, now.toISOString()])),
        ...leaving.absent,
      },
      waitingAfter: waiting.after,
      unshown: unshownAfter(cursor.position.unshown, found, judged, now, [
        ...leaving.vanished,
        ...waiting.vanished,
        ...(connector.listed?.unread() ?? []).map((id) => ({ entry_id: null, application_id: id })),
      ]),
      unread: unreadAfter(cursor.position.unread, connector.listed, now),
      blocked: blockedAfter(found.cursor.position.blocked, judged),
      ended: endedAfter(
        cursor.position.ended,
        [...judged.skipped, ...waiting.skipped, ...leaving.told],
        judged.invitations,
        now,
      ),
    },
  };
  await session.fence();
  const written = await inTransaction(db, async (tx) => {
    const counts = {
      users: await writeUsers(tx, of, [...users.values()]),
      jobs: await writeJobs(tx, of, [...jobs.values()]),
      invited: await writeInvitations(tx, of, judged.invitations, judged.entries),
      canceled: await cancelInvitations(tx, of, [...leaving.rows, ...waiting.rows]),
    };
    await mendInvitations(tx, of, waiting.mended);
    const skipped = [...judged.skipped, ...found.vanished, ...waiting.skipped, ...leaving.told];
    await writeSkipped(tx, of, skipped, judged.applications);
    await saveCursor(tx, account, connector.kind, next);
    return counts;
  });
  return {
    requests: connector.requests() - before,
    entries: judged.invitations.length + judged.skipped.length,
    ...written,
    skipped: judged.skipped.length,
    readUntil: next.readUntil!.toISOString(),
    notes: [
      ...found.notes,
      ...unreadNote(session, next.position),
      ...rekeyedNote(judged.rekeyed),
      ...(connector.notes?.() ?? []),
    ],
  };
}

/** Whoever asks is told of all of them, a log only of those that are new. */
function unreadNote({ connector, isAsked }: PullSession, { unread }: Position): string[] {
  const told = isAsked === true ? unread : unread.filter(({ since, at }) => since === at);
  const words = unreadWords(connector.title, told);
  return words === null ? [] : [`${words}. That is tried again automatically.`];
}

/** Nobody is invited twice for it; but an entry that was skipped before is met as a new one. */
function rekeyedNote(count: number): string[] {
  if (count === 0) return [];
  return [
    `${count} ${count === 1 ? 'entry' : 'entries'} of people who were invited came under another key than before: nobody is invited again, but an entry should keep its key.`,
  ];
}

/**
 * What waits is read again by itself: before a person's approval sends it. @returns how many are taken back
 */
export async function withdrawWaiting(session: PullSession): Promise<number> {
  const { db, account, connector } = session;
  const of = { account, source: connector.kind, prefix: connector.prefix };
  const { position } = await readCursor(db, account, connector.kind);
  let after: string | null = null;
  let canceled = 0;
  do {
    const {
      rows,
      skipped,
      mended,
      after: last,
    } = await withdrawnMeanwhile(
      session,
      of,
      { absent: position.absent, waitingAfter: after },
      new Map(),
      'all',
    );
    await session.fence();
    const ended = endedAfter(position.ended, skipped, [], new Date(session.clock.now()));
    position.ended = ended;
    canceled += await inTransaction(db, async (tx) => {
      await mendInvitations(tx, of, mended);
      await writeSkipped(tx, of, skipped, new Map());
      await saveEnded(tx, account, connector.kind, ended);
      return cancelInvitations(tx, of, rows);
    });
    after = last;
  } while (after !== null);
  return canceled;
}

/**
 * Whether what is empty is so in truth. Where a turn has taken the second request of an idle reading, the next one asks:
 * until then the cursor stays.
 */
async function proves({ connector, signal }: PullSession, turn: Turn): Promise<boolean> {
  if (connector.sight === undefined) return true;
  if (turn.name !== null) return false;
  await connector.sight.prove(signal);
  return true;
}

/** A turn that was shown nothing is looked at in its time, from where something was shown. */
function turnsFrom(
  { turns, turnsFrom: before }: Position,
  turn: Turn,
  isProven: boolean,
): Position['turnsFrom'] {
  const { [turn.name ?? '']: from, ...others } = before;
  if (turn.name === null) return before;
  return isProven ? others : { ...others, [turn.name]: from ?? turns[turn.name]! };
}
