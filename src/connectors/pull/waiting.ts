/**
 * Rows that wait and were not sent: held with the plan, by their job, or for a key. Before they are decided on they are read
 * again, so that nobody is invited who may not be any more, nor at an address that was mended in the ATS meanwhile.
 */
import { byThemselves, type Database, query } from '../../db/database.js';
import { forgottenOf, nameOf } from '../../forgotten/hashes.js';
import type { Application } from '../connector.js';
import type { MendedRow, SkippedRow } from '../rows.js';
import { addressesInvited, isSent, isWanted, type OfConnector, personKey } from '../standing-rows.js';
import type { Position } from './cursor.js';
import { judge } from './judge.js';
import type { PullSession } from './session.js';

export interface Withdrawn {
  /** Keys of ats.interviews. */
  rows: string[];
  skipped: SkippedRow[];
  /** Rows that stay, and name their person otherwise than the ATS does by now. */
  mended: MendedRow[];
  /** Of those skipped, whose application was not shown twice. */
  vanished: SkippedRow[];
  /** Applications that were not shown, or without their candidate: not shown twice, they are withdrawn. */
  missing: string[];
  /** The last row that was looked at, where others come after it. */
  after: string | null;
}

interface WaitingRow {
  atsId: string;
  entryId: string;
  applicationId: string;
  job: string | null;
  name: string | null;
  email: string | null;
}

/** Rows that are rejected wait for what they say to be mended: all of them are read again in their turn, else those of these applications. */
export type Rejected = 'all' | readonly string[];

/** In one reading, at most, unless the connector says otherwise: twelve requests. */
const atOnce = 200;

function waitingRows(
  db: Database,
  of: OfConnector,
  after: string | null,
  rejected: Rejected,
  most: number,
): Promise<WaitingRow[]> {
  return query<WaitingRow>(
    db,
    `select i.ats_id as "atsId", i.extra ->> 'entry_id' as "entryId", i.extra ->> 'application_id' as "applicationId",
       i.job_ats_id as job, i.candidate_name as name, i.candidate_email as email
     from (select ats_id, false as rejected from sync.desired_rows
         where account = $1 and resource = 'interviews' and state in ('pending', 'held')
       union select ats_id, false from sync.desired_queue where account = $1 and resource = 'interviews'
       union select ats_id, true from sync.desired_rows
         where account = $1 and resource = 'interviews' and state = 'rejected' and ($5::text[] is null or $5 <> '{}')) w
     join ats.interviews i on i.account = $1 and i.ats_id = w.ats_id and i.source = $2
     where (not w.rejected or $5 is null or i.extra ->> 'application_id' = any($5)) and ($3::text is null or i.ats_id > $3)
       and ${isWanted} and not ${isSent}
     order by i.ats_id limit $4`,
    [of.account, of.source, after, most, rejected === 'all' ? null : rejected],
  );
}

/** @param read what was read of applications already */
export async function withdrawnMeanwhile(
  session: PullSession,
  of: OfConnector,
  { absent, waitingAfter }: Pick<Position, 'absent' | 'waitingAfter'>,
  read: ReadonlyMap<string, Application>,
  rejected: Rejected,
): Promise<Withdrawn> {
  const { connector, settings, db, signal } = session;
  // A copy is compared as a whole by every reading.
  if (connector.missingSaysNothing === true)
    return { rows: [], skipped: [], mended: [], vanished: [], missing: [], after: null };
  const most = connector.atOnce ?? atOnce;
  const rows = await waitingRows(db, of, waitingAfter, rejected, most);
  const unread = [...new Set(rows.map(({ applicationId }) => applicationId))].filter((id) => !read.has(id));
  const applications = new Map([
    ...read,
    ...(unread.length === 0 ? [] : await connector.applications(unread, signal)),
  ]);
  const withdrawn: Withdrawn = {
    rows: [],
    skipped: [],
    mended: [],
    vanished: [],
    missing: [],
    after: rows.length < most ? null : rows.at(-1)!.atsId,
  };
  const isTaken = await takenAddresses(session, of, rows, applications);
  for (const row of rows) {
    const { atsId, entryId, applicationId } = row;
    const application = applications.get(applicationId);
    if (application === undefined && connector.listed?.hasActive(applicationId) === true) continue;
    if (!application?.candidate && absent[applicationId] === undefined) {
      withdrawn.missing.push(applicationId);
      continue;
    }
    const skip = whyNot(entryId, application ?? null, settings) ?? isTaken(row);
    if (skip === null) {
      const { name, email } = application!.candidate!;
      if (name !== row.name || email !== row.email)
        withdrawn.mended.push({ ats_id: atsId, candidate_name: name, candidate_email: email! });
      continue;
    }
    withdrawn.rows.push(atsId);
    const told = { entry_id: entryId, application_id: applicationId, ...skip };
    withdrawn.skipped.push(told);
    if (!applications.has(applicationId)) withdrawn.vanished.push(told);
  }
  return withdrawn;
}

/** Who has another address by now is another one to Spark Hire: it may be of somebody who was invited, or was erased. */
async function takenAddresses(
  { db, account }: PullSession,
  of: OfConnector,
  rows: readonly WaitingRow[],
  applications: ReadonlyMap<string, Application>,
): Promise<(row: WaitingRow) => Pick<SkippedRow, 'reason' | 'message'> | null> {
  const changed = new Map<string, string>();
  for (const { atsId, job, applicationId, email: before } of rows) {
    const email = applications.get(applicationId)?.candidate?.email ?? null;
    if (email !== null && personKey(job ?? '', email) !== personKey(job ?? '', before ?? ''))
      changed.set(atsId, email);
  }
  if (changed.size === 0) return () => null;
  const invited = await addressesInvited(db, of.account, [...changed.values()]);
  const identities = [...changed.values()].map((value) => ({ kind: 'email' as const, value }));
  const forgotten = await (await forgottenOf(byThemselves(db), account))?.find(identities);
  return ({ atsId, job }) => {
    const email = changed.get(atsId);
    if (email === undefined) return null;
    if (forgotten?.has(nameOf({ kind: 'email', value: email })))
      return {
        reason: 'forgotten',
        message:
          'the person was erased with `sparkhire-sync forget`; the invitation was taken back before it left',
      };
    if ((invited.get(personKey(job ?? '', email)) ?? []).every((row) => row.ats_id === atsId)) return null;
    return {
      reason: 'already_invited',
      message:
        'has another address in the ATS by now, which was invited to this job before; the invitation was taken back before it left',
    };
  };
}

/** History that vanished says nothing: it does so when a candidate is anonymized. */
function whyNot(entryId: string, application: Application | null, settings: PullSession['settings']) {
  const stage = { package: '', stage: '', jobs: 'all' as const };
  const shown = application?.entries.find(({ id }) => id === entryId);
  const entry = shown ?? {
    id: entryId,
    applicationId: application?.id ?? '',
    stageId: '',
    enteredAt: null,
    isCurrent: true,
  };
  const known = {
    since: null,
    job: 'shown',
    isInvited: false,
    pending: null,
    endedSince: null,
    isSameEntry: false,
    hasPackage: true,
    isForgotten: false,
    taken: null,
  } as const;
  const asKept = application === null || shown ? application : { ...application, entries: [entry] };
  const skip = judge(entry, asKept, stage, known, settings);
  if (skip === null) return null;
  const why = skip.reason === 'left_stage' ? 'has left the stage again' : skip.message;
  return { ...skip, message: `${why}; the invitation was taken back before it left` };
}
