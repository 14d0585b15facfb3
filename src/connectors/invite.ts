/** From entries to rows: each application is read as it is now, judged, and its job and users are taken along. */
import type { Candidates, TriggeredEntry } from './candidates.js';
import type { Application, Job, User } from './connector.js';
import { judge, judgeTime, type Known, type Skip } from './judge.js';
import type { PullSession } from './pull.js';
import type { EntryRow, InvitationRow, SkippedRow } from './rows.js';
import {
  everInvited,
  type InvitedEntry,
  type OfConnector,
  ownRows,
  packagesThere,
  usersThere,
} from './standing-rows.js';
import { foldName } from './triggers.js';

export interface Judged {
  invitations: InvitationRow[];
  entries: EntryRow[];
  skipped: SkippedRow[];
  jobs: Map<string, Job>;
  users: Map<string, User>;
  /** Everything that was read of applications. */
  applications: Map<string, Application>;
  /** Entries that had another key when their people were invited. */
  rekeyed: number;
}

/** Of applications that are read together: what is needed of them, and no more. */
const together = 50;

export async function judgeAll(session: PullSession, of: OfConnector, found: Candidates): Promise<Judged> {
  const { db, account } = session;
  const judged: Judged = {
    invitations: [],
    entries: [],
    skipped: [],
    jobs: new Map(),
    users: new Map(),
    applications: new Map(found.applications),
    rekeyed: 0,
  };
  const due: TriggeredEntry[] = [];
  for (const one of found.entered) {
    const late = judgeTime(one.entry, one.since);
    if (late === null) due.push(one);
    else judged.skipped.push(skippedRow(one, late));
  }
  if (due.length === 0) return judged;
  const packages = await packagesThere(db, account);
  const jobs: KnownJobs = { read: new Map(), there: new Map() };
  const entries = new Map<string, InvitedEntry[]>();
  for (let at = 0; at < due.length; at += together) {
    const some = due.slice(at, at + together);
    await judgeSome(session, of, some, { packages, jobs, entries }, judged);
  }
  for (const { job_ats_id } of judged.invitations) {
    const job = jobs.read.get(job_ats_id);
    // A draft is no job to anybody outside yet.
    if (job !== undefined && job.status !== 'draft') judged.jobs.set(job.id, job);
  }
  const asking = judged.invitations.map(({ requested_by_ats_id }) => requested_by_ats_id);
  judged.users = await missingUsers(session, [...asking, ...ownersOf(judged.jobs)]);
  return judged;
}

export const ownersOf = (jobs: ReadonlyMap<string, Job>) => [...jobs.values()].map(({ ownerId }) => ownerId);

/** Those of these users who have no row yet. */
export async function missingUsers(
  { connector, db, account, signal }: PullSession,
  ids: ReadonlyArray<string | null>,
): Promise<Map<string, User>> {
  const named = [...new Set(ids.flatMap((id) => id ?? []))];
  const there = await usersThere(db, account, named);
  const unknown = named.filter((id) => !there.has(id));
  return unknown.length === 0 ? new Map() : connector.users(unknown, signal);
}

function skippedRow({ entry }: TriggeredEntry, { reason, message }: Skip): SkippedRow {
  return { entry_id: entry.id, application_id: entry.applicationId, reason, message };
}

interface KnownJobs {
  read: Map<string, Job>;
  /** Those that have a row, with their owners. */
  there: Map<string, string | null>;
}

function jobOf(application: Application | null, { read, there }: KnownJobs): Known['job'] {
  const id = application?.jobId ?? null;
  if (id === null) return 'hidden';
  const job = read.get(id);
  if (job !== undefined) return job.isConfidential ? 'confidential' : 'shown';
  return there.has(id) ? 'shown' : 'hidden';
}

/** What the judgement of all of them goes by. */
interface Around {
  packages: ReadonlySet<string>;
  jobs: KnownJobs;
  /** Because of which entries people were invited, by application: those of this reading too. */
  entries: Map<string, InvitedEntry[]>;
}

async function judgeSome(
  session: PullSession,
  of: OfConnector,
  some: readonly TriggeredEntry[],
  { packages, jobs, entries }: Around,
  judged: Judged,
): Promise<void> {
  const { connector, settings, signal, db } = session;
  const ids = [...new Set(some.map(({ entry }) => entry.applicationId))].filter(
    (id) => !judged.applications.has(id),
  );
  if (ids.length > 0) {
    for (const [id, application] of await connector.applications(ids, signal))
      judged.applications.set(id, application);
  }
  const of50 = some.flatMap(({ entry }) => judged.applications.get(entry.applicationId) ?? []);
  await readJobsOf(session, of, of50, jobs);
  const before = await everInvited(
    db,
    of,
    of50.map(({ id }) => id),
  );
  for (const one of before) noteEntry(entries, one);
  for (const one of some) {
    const { entry, stage, trigger, since } = one;
    const application = judged.applications.get(entry.applicationId) ?? null;
    const sameStage = new Set(
      application?.entries.flatMap(({ id, stageId }) => (stageId === entry.stageId ? id : [])),
    );
    // What the ATS does not show any more counts too: it may have another key there now.
    const others = (entries.get(entry.applicationId) ?? []).filter(
      ({ entry_id, stage: name }) =>
        entry_id !== entry.id && (sameStage.has(entry_id) || foldName(name) === foldName(stage.name)),
    );
    const isSameEntry = others.some(({ entered_at }) => entered_at?.getTime() === entry.enteredAt?.getTime());
    const skip = judge(
      entry,
      application,
      trigger,
      {
        since,
        job: jobOf(application, jobs),
        isInvited: others.length > 0,
        isSameEntry,
        hasPackage: packages.has(trigger.package),
      },
      settings,
    );
    if (skip?.reason === 'already_invited' && isSameEntry) judged.rekeyed++;
    if (skip !== null) {
      judged.skipped.push(skippedRow(one, skip));
      continue;
    }
    const { candidate, jobId, requestedBy, url } = application!;
    judged.invitations.push({
      ats_id: `${of.prefix}-${entry.id}`,
      job_ats_id: jobId!,
      candidate_name: candidate!.name,
      candidate_email: candidate!.email!,
      candidate_phone: candidate!.phone,
      package: trigger.package,
      requested_by_ats_id: requestedBy ?? jobs.read.get(jobId!)?.ownerId ?? jobs.there.get(jobId!) ?? null,
      extra: {
        connector: of.source,
        application_id: entry.applicationId,
        candidate_id: candidate!.id,
        entry_id: entry.id,
        url,
      },
    });
    const invited = {
      entry_id: entry.id,
      application_id: entry.applicationId,
      stage: stage.name,
      package: trigger.package,
      entered_at: entry.enteredAt,
    };
    judged.entries.push(invited);
    noteEntry(entries, invited);
  }
}

function noteEntry(entries: Around['entries'], entry: InvitedEntry): void {
  entries.set(entry.application_id, [...(entries.get(entry.application_id) ?? []), entry]);
}

/** Of jobs that have a row it is known that they may be shown; their changes come by themselves. */
async function readJobsOf(
  { connector, db, signal }: PullSession,
  of: OfConnector,
  applications: readonly Application[],
  jobs: KnownJobs,
): Promise<void> {
  const ids = [...new Set(applications.flatMap(({ jobId }) => jobId ?? []))].filter(
    (id) => !jobs.read.has(id) && !jobs.there.has(id),
  );
  for (const [id, owner] of await ownRows(db, of, 'jobs', ids)) jobs.there.set(id, owner);
  const unknown = ids.filter((id) => !jobs.there.has(id));
  if (unknown.length === 0) return;
  for (const [id, job] of await connector.jobs(unknown, signal)) jobs.read.set(id, job);
}
