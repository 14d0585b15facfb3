/**
 * One reading of a connected ATS into schema ats.
 *
 *   who entered a stage, by a window closed on both sides ─► those of a trigger, not met before
 *     ─► their applications as they are now ─► judged ─► rows, people skipped and the cursor in one transaction
 *
 * Windows overlap and stay behind now, so that what the ATS shows late is met. What a window brings twice is known by the
 * key of its row. An invitation is taken back only on an explicit word: an entry that was left, an application that ended,
 * or one that twice was not shown when it was asked for by itself. What a list does not have withdraws nobody.
 */
import type { Clock } from '../clock.js';
import { byThemselves, type Database, inTransaction } from '../db/database.js';
import type { Logger } from '../log.js';
import { type Candidates, findCandidates } from './candidates.js';
import type { Connector } from './connector.js';
import { type Cursor, noteFailure, readCursor, saveCursor } from './cursor.js';
import { judgeAll } from './invite.js';
import { type Leaving, whoLeft } from './leaves.js';
import {
  cancelInvitations,
  writeInvitations,
  writeJobs,
  writePackages,
  writeSkipped,
  writeUsers,
} from './rows.js';
import type { SettingsOfEach } from './settings-of-each.js';
import { changesOf } from './turns.js';

export interface PullSession {
  db: Database;
  account: string;
  connector: Connector;
  settings: SettingsOfEach;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  /** A fresh sign that the account may be worked on here. */
  fence(): Promise<void>;
}

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
  const cursor = await readCursor(db, account, connector.kind);
  const found: Candidates = await findCandidates(session, of, cursor, hints);
  // Before anybody is judged: whether a package is there is part of it.
  const packages = JSON.stringify(settings.packages);
  if (packages !== cursor.position.packages || found.entered.length > 0)
    await writePackages(byThemselves(db), of, settings.packages);
  const judged = await judgeAll(session, of, found);
  const { turn } = found;
  const leaving: Leaving = await whoLeft(session, of, found, turn);
  const changes = await changesOf(session, of, turn);
  const jobs = new Map([...judged.jobs, ...changes.jobs]);
  const users = new Map([...judged.users, ...changes.users]);
  const next: Cursor = {
    readUntil: found.cursor.readUntil,
    position: {
      ...found.cursor.position,
      packages,
      turns: turn.next,
      missing: leaving.missing,
    },
  };
  await session.fence();
  const written = await inTransaction(db, async (tx) => {
    const counts = {
      users: await writeUsers(tx, of, [...users.values()]),
      jobs: await writeJobs(tx, of, [...jobs.values()]),
      invited: await writeInvitations(tx, of, judged.invitations, judged.entries),
      canceled: await cancelInvitations(tx, of, leaving.rows),
    };
    await writeSkipped(tx, of, [...judged.skipped, ...found.vanished]);
    await saveCursor(tx, account, connector.kind, next);
    return counts;
  });
  return {
    requests: connector.requests() - before,
    entries: judged.invitations.length + judged.skipped.length,
    ...written,
    skipped: judged.skipped.length,
    readUntil: next.readUntil!.toISOString(),
    notes: [...found.notes, ...rekeyedNote(judged.rekeyed), ...(connector.notes?.() ?? [])],
  };
}

/** Nobody is invited twice for it; but an entry that was skipped before is met as a new one. */
function rekeyedNote(count: number): string[] {
  if (count === 0) return [];
  return [
    `${count} ${count === 1 ? 'entry' : 'entries'} of people who were invited came under another key than before: nobody is invited again, but an entry should keep its key.`,
  ];
}
