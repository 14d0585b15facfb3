/**
 * What else changes in an ATS: jobs, users, applications that end. One of these a reading, that which was looked at longest ago:
 * so a reading that finds nothing costs two requests.
 */
import type { Job, User, Window } from './connector.js';
import type { Cursor } from './cursor.js';
import { missingUsers, ownersOf } from './invite.js';
import type { PullSession } from './pull.js';
import { anyUnsent, type OfConnector, ownRows } from './standing-rows.js';

/**
 * How often each is worth it, in seconds. `skipped`: people who are skipped for something that may be mended, such as a missing
 * address. `living`: every invitation that is under way, whether its application is there.
 */
const periods = { applications: 60, jobs: 600, skipped: 1800, users: 3600, living: 86_400 } as const;
export type TurnName = keyof typeof periods;

export interface Turn {
  /** null: nothing is due. */
  name: TurnName | null;
  window: Window;
  /** Whether nothing was read before, or not with these settings. */
  isFirst: boolean;
  /** When each was looked at, once this reading is stored. */
  next: Record<string, string>;
}

const overlapMs = 5 * 60_000;

/** @param isSurvey whether all who stand in the stages are looked at: at first, and with other settings */
export async function turnOf(
  { db, settings }: PullSession,
  of: OfConnector,
  { readUntil, position: { turns } }: Cursor,
  { now, isSurvey }: { now: Date; isSurvey: boolean },
): Promise<Turn> {
  const to = new Date(now.getTime() - settings.lagSeconds * 1000);
  const next: Record<string, string> = {};
  // What is written now is as it is now.
  for (const name of Object.keys(periods)) next[name] = turns[name] ?? to.toISOString();
  const nobody = { name: null, window: { from: to, to }, isFirst: isSurvey, next };
  if (readUntil === null || isSurvey) return nobody;
  const watched = settings.onLeave === 'cancel' || (await anyUnsent(db, of));
  const due = (Object.keys(periods) as TurnName[])
    .filter((name) => watched || (name !== 'applications' && name !== 'living'))
    .map((name) => ({ name, over: (to.getTime() - Date.parse(next[name]!)) / (periods[name] * 1000) }))
    .filter(({ over }) => over >= 1)
    .sort((a, b) => b.over - a.over);
  const [first] = due;
  if (first === undefined) return nobody;
  const from = new Date(Date.parse(next[first.name]!) - overlapMs);
  return {
    name: first.name,
    window: { from, to },
    isFirst: false,
    next: { ...next, [first.name]: to.toISOString() },
  };
}

export interface Changes {
  jobs: Map<string, Job>;
  users: Map<string, User>;
}

/** Jobs and users that have a row and changed; with `jobs: open`, all jobs that are open. */
export async function changesOf(session: PullSession, of: OfConnector, turn: Turn): Promise<Changes> {
  const { connector, settings, db, signal } = session;
  const isOpen = settings.jobs === 'open';
  if (isOpen && turn.isFirst) {
    const open = await connector.jobs('open', signal);
    return withOwners(
      session,
      [...open.values()].filter((job) => isTaken(job, settings, false)),
    );
  }
  if (turn.name === 'users') {
    const changed = await connector.changed('users', turn.window, signal);
    const own = await ownRows(db, of, 'users', changed);
    return {
      jobs: new Map(),
      users: own.size === 0 ? new Map() : await connector.users([...own.keys()], signal),
    };
  }
  if (turn.name !== 'jobs') return { jobs: new Map(), users: new Map() };
  const changed = await connector.changed('jobs', turn.window, signal);
  const own = await ownRows(db, of, 'jobs', changed);
  const wanted = isOpen ? changed : [...own.keys()];
  const read = wanted.length === 0 ? new Map<string, Job>() : await connector.jobs(wanted, signal);
  return withOwners(
    session,
    [...read.values()].filter((job) => isTaken(job, settings, own.has(job.id))),
  );
}

async function withOwners(session: PullSession, taken: readonly Job[]): Promise<Changes> {
  const jobs = new Map(taken.map((job) => [job.id, job]));
  return { jobs, users: await missingUsers(session, ownersOf(jobs)) };
}

function isTaken(
  { status, isConfidential }: Job,
  { include }: PullSession['settings'],
  isThere: boolean,
): boolean {
  if (isConfidential && !include.confidential) return isThere;
  return isThere ? status !== 'draft' : status === 'open';
}
