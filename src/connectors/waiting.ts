/**
 * Rows that wait and were not sent: held with the plan, by their job, or for a key. Before they are decided on they are read
 * again, so that nobody is invited who may not be any more.
 */
import { type Database, query } from '../db/database.js';
import type { Application } from './connector.js';
import { judge } from './judge.js';
import type { PullSession } from './pull.js';
import type { SkippedRow } from './rows.js';
import type { OfConnector } from './standing-rows.js';

export interface Withdrawn {
  /** Keys of ats.interviews. */
  rows: string[];
  skipped: SkippedRow[];
  /** Of these, whose application was not shown twice. */
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
}

/** In one reading, at most: twelve requests. */
const most = 200;

function waitingRows(db: Database, of: OfConnector, after: string | null): Promise<WaitingRow[]> {
  return query<WaitingRow>(
    db,
    `select i.ats_id as "atsId", i.extra ->> 'entry_id' as "entryId", i.extra ->> 'application_id' as "applicationId"
     from (select ats_id from sync.desired_rows where account = $1 and resource = 'interviews' and state in ('pending', 'held')
       union select ats_id from sync.desired_queue where account = $1 and resource = 'interviews') w
     join ats.interviews i on i.account = $1 and i.ats_id = w.ats_id and i.source = $2
     where i.deleted_at is null and coalesce(i.desired, 'invited') <> 'canceled' and ($3::text is null or i.ats_id > $3)
       and not exists (select from sync.links l where l.account = $1 and l.resource = 'interviews' and l.ats_id = i.ats_id)
       and not exists (select from sync.intents n where n.account = $1 and n.resource = 'interviews' and n.ats_id = i.ats_id
         and n.state in ('sent', 'unknown', 'confirmed'))
     order by i.ats_id limit $4`,
    [of.account, of.source, after, most],
  );
}

/** @param read what was read of applications already */
export async function withdrawnMeanwhile(
  session: PullSession,
  of: OfConnector,
  { missing, waitingAfter }: { missing: readonly string[]; waitingAfter: string | null },
  read: ReadonlyMap<string, Application>,
): Promise<Withdrawn> {
  const { connector, settings, db, signal } = session;
  // A copy is compared as a whole by every reading.
  if (connector.missingSaysNothing === true)
    return { rows: [], skipped: [], vanished: [], missing: [], after: null };
  const rows = await waitingRows(db, of, waitingAfter);
  const unread = [...new Set(rows.map(({ applicationId }) => applicationId))].filter((id) => !read.has(id));
  const applications = new Map([
    ...read,
    ...(unread.length === 0 ? [] : await connector.applications(unread, signal)),
  ]);
  const before = new Set(missing);
  const withdrawn: Withdrawn = {
    rows: [],
    skipped: [],
    vanished: [],
    missing: [],
    after: rows.length < most ? null : rows.at(-1)!.atsId,
  };
  for (const { atsId, entryId, applicationId } of rows) {
    const application = applications.get(applicationId);
    if ((application === undefined || application.candidate === null) && !before.has(applicationId)) {
      withdrawn.missing.push(applicationId);
      continue;
    }
    const skip = whyNot(entryId, application ?? null, settings);
    if (skip === null) continue;
    withdrawn.rows.push(atsId);
    const told = { entry_id: entryId, application_id: applicationId, ...skip };
    withdrawn.skipped.push(told);
    if (!applications.has(applicationId)) withdrawn.vanished.push(told);
  }
  return withdrawn;
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
