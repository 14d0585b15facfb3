/**
 * People who were listed and not shown when they were asked for: the application, the candidate or the entry
 * itself. One answer that is empty for want of a right is no word on them, so they are looked at again for days.
 */
import { SyncError } from '../../errors.js';
import type { Application, Listed } from '../connector.js';
import type { SkippedRow } from '../rows.js';
import type { Candidates } from './candidates.js';
import type { Position, Unread, Unshown } from './cursor.js';
import type { Judged } from './invite.js';

const daysMs = 3 * 86_400_000;
/** So many of whom none is shown are no chance: what fifty are asked for by is one request. */
const whole = 50;
/** They are part of the cursor. */
const most = 1_000;

function isShown(application: Application | undefined, entry: string | null): boolean {
  if (application === undefined) return false;
  if (!application.isActive || entry === null) return true;
  return application.candidate !== null && application.entries.some(({ id }) => id === entry);
}

/** Who waits for the end of another interview; whoever was judged anew does so only if that says so. */
export function blockedAfter(
  before: Position['blocked'],
  { blocked, skipped, invitations }: Pick<Judged, 'blocked' | 'skipped' | 'invitations'>,
): Position['blocked'] {
  const judged = new Set([
    ...skipped.map(({ entry_id }) => entry_id),
    ...invitations.map(({ extra }) => extra.entry_id),
  ]);
  return [...blocked, ...before.filter(({ entry }) => !judged.has(entry))].slice(0, most);
}

/** One that nobody asks for any more is forgotten; those that are invited are asked for once a day. */
const toldMs = 2 * 86_400_000;
/** They are part of the cursor. */
const mostTold = 100;

/** @param listed what this reading asked for */
export function unreadAfter(before: readonly Unread[], listed: Listed | undefined, now: Date): Unread[] {
  if (listed === undefined) return [];
  const failed = [...listed.failures()].map(([application, { message: why }]): Unread => {
    const since = before.find((one) => one.application === application)?.since ?? now.toISOString();
    return { application, why, since, at: now.toISOString() };
  });
  const kept = before.filter(
    ({ application, at }) =>
      !listed.failures().has(application) &&
      !listed.read().has(application) &&
      now.getTime() - Date.parse(at) < toldMs,
  );
  return [...failed, ...kept].slice(0, mostTold);
}

/** Of several the first ones. @param title how the ATS is called */
export function unreadWords(title: string, unread: readonly Unread[]): string | null {
  if (unread.length === 0) return null;
  const told = unread.slice(0, 3).map(({ application, why }) => `${application} (${why.replace(/\.$/, '')})`);
  const more = unread.length > told.length ? ` and ${unread.length - told.length} more` : '';
  const what = unread.length === 1 ? 'an application' : `${unread.length} applications`;
  return `${what} of ${title} cannot be read, though others can: ${told.join(', ')}${more}`;
}

const monthMs = 30 * 86_400_000;

/**
 * Those who are not invited, or not any more, since their application had ended or was not shown: for a month
 * their application is looked at when it changes. Who is invited after all is none of them any more.
 */
export function endedAfter(
  before: readonly Unshown[],
  told: readonly SkippedRow[],
  invitations: Judged['invitations'],
  now: Date,
): Unshown[] {
  const invited = new Set<string | null>(invitations.map(({ extra }) => extra.entry_id));
  const fresh = told.flatMap(({ entry_id: entry, application_id: application, reason }) =>
    reason === 'not_active' ? { entry, application, since: now.toISOString() } : [],
  );
  const known = new Set<string | null>(fresh.map(({ entry }) => entry));
  return [
    ...fresh,
    ...before.filter(
      ({ entry, since }) =>
        !known.has(entry) && !invited.has(entry) && now.getTime() - Date.parse(since) < monthMs,
    ),
  ].slice(0, most);
}

/**
 * @param takenBack whose invitation is taken back since they are not shown, or of whom no entry could be read: they may be shown again
 * @returns those to be looked at again, who has waited longest for it first
 * @throws SyncError where a whole batch is not shown: nothing of such a reading counts
 */
export function unshownAfter(
  before: readonly Unshown[],
  { vanished, hints }: Pick<Candidates, 'vanished' | 'hints'>,
  { skipped, invitations, applications }: Pick<Judged, 'skipped' | 'invitations' | 'applications'>,
  now: Date,
  takenBack: ReadonlyArray<{ entry_id: string | null; application_id: string }>,
): Unshown[] {
  const asked = new Set(hints);
  const isOpen = ({ entry, application }: Pick<Unshown, 'entry' | 'application'>) =>
    !isShown(applications.get(application), entry);
  const known = new Set(before.map(({ entry }) => entry));
  const kept = before.filter(
    (one) => now.getTime() - Date.parse(one.since) < daysMs && (!asked.has(one.application) || isOpen(one)),
  );
  const judged = skipped.filter(({ reason }) => reason !== 'before_from');
  const fresh = [...judged, ...vanished]
    .map(({ entry_id: entry, application_id: application }: SkippedRow) => ({ entry, application }))
    .filter((one) => !known.has(one.entry) && isOpen(one));
  if (fresh.length >= whole && fresh.length === judged.length + vanished.length && invitations.length === 0) {
    throw new SyncError(
      'ATS_FORBIDDEN',
      `The ATS lists ${fresh.length} people who entered a stage, and shows none of them when they are asked for.`,
      {
        remedy:
          'Run `sparkhire-sync ats check`: a right may be missing. Nobody is skipped for it; they are read when they are shown.',
      },
    );
  }
  const isKept = (one: Pick<Unshown, 'entry' | 'application'>) =>
    kept.some(({ entry, application }) => entry === one.entry && application === one.application);
  const gone = takenBack
    .map(({ entry_id: entry, application_id: application }) => ({ entry, application }))
    .filter((one) => !isKept(one));
  return [
    ...kept.filter(({ application }) => !asked.has(application)),
    ...[...fresh, ...gone].map((one) => ({ ...one, since: now.toISOString() })),
    ...kept.filter(({ application }) => asked.has(application)),
  ].slice(0, most);
}
