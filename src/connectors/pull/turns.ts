/**
 * What else changes in an ATS: jobs, users, applications that end. One of these a reading, that which was looked at longest ago:
 * so a reading that finds nothing costs two requests.
 */
import type { Job, User, Window } from '../connector.js';
import { anyUnsent, type OfConnector, ownRows, rejectedJobs } from '../standing-rows.js';
import type { Cursor } from './cursor.js';
import type { PullSession } from './session.js';
import { ownedJobs, peopleOf } from './who-asks.js';

/**
 * How often each is worth it, in seconds. `skipped`: people who are skipped for something that may be mended, such as a missing
 * address. `standing`: all who stand in the stages, where a window may leave somebody out. `stages`: whether the triggers still are those of a job. `unshown`: those who were listed and not shown. `living`: every invitation that is under way, whether its application is there.
 */
const periods = {
  applications: 60,
  jobs: 600,
  unshown: 120,
  stages: 300,
  skipped: 1800,
  users: 3600,
  standing: 1800,
  living: 86_400,
} as const;
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

/**
 * @param now by the clock of the ATS
 * @param until up to when this reading counts as read
 * @param isSurvey whether all who stand in the stages are looked at: at first, and with other settings
 */
export async function turnOf(
  { connector, db, settings }: PullSession,
  of: OfConnector,
  { readUntil, position: { turns, turnsFrom, unproven, unshown, ended } }: Cursor,
  { now, until, isSurvey }: { now: Date; until: Date; isSurvey: boolean },
): Promise<Turn> {
  const to = new Date(now.getTime() - settings.lagSeconds * 1000);
  const next: Record<string, string> = {};
  // What is written now is as it is now.
  for (const name of Object.keys(periods)) {
    const before = turns[name];
    next[name] = before === undefined || Date.parse(before) > until.getTime() ? until.toISOString() : before;
  }
  const nobody = { name: null, window: { from: to, to }, isFirst: isSurvey, next };
  if (readUntil === null || isSurvey || unproven) return nobody;
  const watched = settings.onLeave === 'cancel' || ended.length > 0 || (await anyUnsent(db, of));
  const due = (Object.keys(periods) as TurnName[])
    .filter((name) => watched || (name !== 'applications' && name !== 'living'))
    .filter((name) => name !== 'unshown' || unshown.length > 0)
    .filter((name) => name !== 'standing' || connector.looksAgain === true)
    .map((name) => ({ name, over: (until.getTime() - Date.parse(next[name]!)) / (periods[name] * 1000) }))
    .filter(({ over }) => over >= 1)
    .sort((a, b) => b.over - a.over);
  const [first] = due;
  if (first === undefined) return nobody;
  const from = new Date(Date.parse(turnsFrom[first.name] ?? next[first.name]!) - overlapMs);
  return {
    name: first.name,
    window: { from, to },
    isFirst: false,
    next: { ...next, [first.name]: until.toISOString() },
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
      of,
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
  // A place that is mended is another object's change, not the job's.
  const changed = [
    ...new Set([...(await connector.changed('jobs', turn.window, signal)), ...(await rejectedJobs(db, of))]),
  ];
  const own = await ownRows(db, of, 'jobs', changed);
  const wanted = isOpen ? changed : [...own.keys()];
  const read = wanted.length === 0 ? new Map<string, Job>() : await connector.jobs(wanted, signal);
  return withOwners(
    session,
    of,
    [...read.values()].filter((job) => isTaken(job, settings, own.has(job.id))),
  );
}

async function withOwners(session: PullSession, of: OfConnector, taken: readonly Job[]): Promise<Changes> {
  const jobs = new Map(taken.map((job) => [job.id, job]));
  const owners = taken.map(({ ownerId }) => ownerId);
  return ownedJobs(jobs, await peopleOf(session, of, owners));
}

function isTaken(
  { status, isConfidential }: Job,
  { include }: PullSession['settings'],
  isThere: boolean,
): boolean {
  if (isConfidential && !include.confidential) return isThere;
  return isThere ? status !== 'draft' : status === 'open';
}
