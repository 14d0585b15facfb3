/** From entries to rows: each application is read as it is now, judged, and its job and users are taken along. */
import { byThemselves } from '../../db/database.js';
import { forgottenOf, type Identity, nameOf } from '../../forgotten/hashes.js';
import type { SyncError } from '../../errors.js';
import type { Application, Job, User } from '../connector.js';
import { readEach } from '../listed.js';
import type { EntryRow, InvitationRow, SkippedRow } from '../rows.js';
import {
  addressesInvited,
  anyJob,
  everInvited,
  type InvitedEntry,
  type InvitedRow,
  noteInvited,
  type OfConnector,
  othersKeys,
  ownRows,
  packagesThere,
  personKey,
} from '../standing-rows.js';
import type { Candidates, TriggeredEntry } from './candidates.js';
import type { Blocked } from './cursor.js';
import { judgeEarlier } from './earlier.js';
import { cannotRead, judge, judgeTime, type Known, type Skip } from './judge.js';
import type { PullSession } from './session.js';
import { only, ownedJobs, peopleOf, whoAsks } from './who-asks.js';

export interface Judged {
  invitations: InvitationRow[];
  entries: EntryRow[];
  skipped: SkippedRow[];
  jobs: Map<string, Job>;
  users: Map<string, User>;
  /** Everything that was read of applications. */
  applications: Map<string, Application>;
  blocked: Blocked[];
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
    blocked: [],
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
  const jobs: KnownJobs = { read: new Map(), failed: new Map(), there: new Map() };
  const entries = new Map<string, InvitedEntry[]>();
  for (let at = 0; at < due.length; at += together) {
    const some = due.slice(at, at + together);
    await judgeSome(session, of, some, { packages, jobs, entries }, judged);
  }
  await nameWhoAsks(session, of, jobs, judged);
  return judged;
}

async function nameWhoAsks(
  session: PullSession,
  of: OfConnector,
  jobs: KnownJobs,
  judged: Judged,
): Promise<void> {
  const ownerOf = (id: string) => jobs.read.get(id)?.ownerId ?? jobs.there.get(id) ?? null;
  const needed = new Map<string, Job>();
  for (const { job_ats_id } of judged.invitations) {
    const job = jobs.read.get(job_ats_id);
    if (job !== undefined) needed.set(job.id, job);
  }
  const recruiters = judged.invitations.map(({ extra }) => extra.requested_by);
  const owners = judged.invitations.map(({ job_ats_id }) => ownerOf(job_ats_id));
  const people = await peopleOf(session, of, [...recruiters, ...owners]);
  for (const row of judged.invitations)
    row.requested_by_ats_id = whoAsks(row.extra.requested_by, ownerOf(row.job_ats_id), people);
  judged.jobs = ownedJobs(needed, people).jobs;
  const asking = judged.invitations.map(({ requested_by_ats_id }) => requested_by_ats_id);
  const owning = [...judged.jobs.values()].map(({ ownerId }) => ownerId);
  judged.users = only(people.users, [...asking, ...owning]);
}

function skippedRow({ entry }: TriggeredEntry, { reason, message }: Skip): SkippedRow {
  return { entry_id: entry.id, application_id: entry.applicationId, reason, message };
}

interface KnownJobs {
  read: Map<string, Job>;
  /** What kept those from being read that could not be, though others could. */
  failed: Map<string, SyncError>;
  /** Those that have a row, with their owners. */
  there: Map<string, string | null>;
}

function jobOf(application: Application | null, { read, there }: KnownJobs): Known['job'] {
  const id = application?.jobId ?? null;
  if (id === null) return 'hidden';
  const job = read.get(id);
  if (job !== undefined)
    return job.isConfidential ? 'confidential' : job.status === 'draft' ? 'draft' : 'shown';
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
  const { connector, settings, signal, db, account } = session;
  const ids = [...new Set(some.map(({ entry }) => entry.applicationId))].filter(
    (id) => !judged.applications.has(id),
  );
  if (ids.length > 0) {
    for (const [id, application] of await connector.applications(ids, signal))
      judged.applications.set(id, application);
  }
  const of50 = some.flatMap(({ entry }) => judged.applications.get(entry.applicationId) ?? []);
  await readJobsOf(session, of, of50, jobs);
  const ids50 = of50.map(({ id }) => id);
  for (const one of await everInvited(db, of, ids50)) noteEntry(entries, one);
  const others = {
    jobs: await othersKeys(
      db,
      of,
      'jobs',
      of50.flatMap(({ jobId }) => jobId ?? []),
    ),
    interviews: await othersKeys(
      db,
      of,
      'interviews',
      some.map(({ entry }) => `${of.prefix}-${entry.id}`),
    ),
  };
  const emails = of50.flatMap(({ candidate }) => candidate?.email ?? []);
  const addresses = await addressesInvited(db, account, emails);
  const forgotten = await forgottenOf(byThemselves(db), account);
  const forgottenOnes = await forgotten?.find(of50.flatMap((one) => identitiesOf(of, one)));
  // Of this reading too: two applications may be of one person, or of one address.
  for (const row of judged.invitations) noteInvited(addresses, row.candidate_email, newRow(row));
  for (const one of some) {
    const { entry, stage, trigger, since } = one;
    const application = judged.applications.get(entry.applicationId) ?? null;
    const named = application?.jobId ?? '';
    const failure = application === null ? connector.listed?.failures().get(entry.applicationId) : undefined;
    const ofJob = jobs.failed.get(named);
    if (failure !== undefined || ofJob !== undefined) {
      const skip = failure === undefined ? cannotRead('job', ofJob!) : cannotRead('application', failure);
      judged.skipped.push(skippedRow(one, skip));
      continue;
    }
    // A copy of the ATS has the ATS's own keys: whoever writes jobs with them means these.
    const isElsewhere = connector.missingSaysNothing === true && others.jobs.has(named);
    const before = judgeEarlier(
      one,
      application,
      {
        theirs: entries.get(entry.applicationId) ?? [],
        asked: addresses.get(personKey(named, application?.candidate?.email ?? '')) ?? [],
      },
      settings.onLeave,
    );
    const skip = judge(
      entry,
      application,
      trigger,
      {
        since,
        job: isElsewhere ? 'shown' : jobOf(application, jobs),
        ...before,
        hasPackage: packages.has(trigger.package),
        isForgotten:
          application !== null &&
          identitiesOf(of, application).some((identity) => forgottenOnes?.has(nameOf(identity))),
        taken:
          others.jobs.has(named) && !isElsewhere
            ? 'job'
            : others.interviews.has(`${of.prefix}-${entry.id}`)
              ? 'interview'
              : null,
      },
      settings,
    );
    if (skip?.reason === 'already_invited' && before.isSameEntry) judged.rekeyed++;
    if (skip !== null) {
      judged.skipped.push(skippedRow(one, skip));
      const { pending } = before;
      const isWaiting = skip.reason === 'interview_pending';
      if (pending !== null && (isWaiting || (skip.reason === 'already_invited' && !pending.sent)))
        judged.blocked.push({
          entry: entry.id,
          application: entry.applicationId,
          by: pending.row,
          ifTakenBack: !isWaiting,
        });
      continue;
    }
    const { candidate, jobId, requestedBy, url } = application!;
    const row: InvitationRow = {
      ats_id: `${of.prefix}-${entry.id}`,
      job_ats_id: jobId!,
      candidate_name: candidate!.name,
      candidate_email: candidate!.email!,
      package: trigger.package,
      requested_by_ats_id: null,
      extra: {
        connector: of.source,
        application_id: entry.applicationId,
        candidate_id: candidate!.id,
        entry_id: entry.id,
        requested_by: requestedBy,
        url,
      },
    };
    judged.invitations.push(row);
    noteInvited(addresses, row.candidate_email, newRow(row));
    const invited = {
      entry_id: entry.id,
      application_id: entry.applicationId,
      stage: stage.name,
      package: trigger.package,
      entered_at: entry.enteredAt,
    };
    judged.entries.push(invited);
    noteEntry(entries, { ...newRow(row), ...invited });
  }
}

function identitiesOf({ source }: OfConnector, { candidate }: Application): Identity[] {
  if (candidate === null) return [];
  const ofAts: Identity = { kind: 'ats_candidate', value: `${source} ${candidate.id}` };
  return candidate.email === null ? [ofAts] : [ofAts, { kind: 'email', value: candidate.email }];
}

const newRow = ({ ats_id, job_ats_id: job, package: name }: InvitationRow): InvitedRow => ({
  ...{ ats_id, job, package: name, pending: true, wanted: true, sent: false, ended: null },
});

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
    (id) => !jobs.read.has(id) && !jobs.there.has(id) && !jobs.failed.has(id),
  );
  for (const [id, owner] of await ownRows(db, of, 'jobs', ids)) jobs.there.set(id, owner);
  const unknown = ids.filter((id) => !jobs.there.has(id));
  if (unknown.length === 0) return;
  const rows = readEach({
    batches: [unknown],
    atOnce: 1,
    read: async (some) => [...(await connector.jobs(some, signal)).values()],
    // Where another one can be read.
    async prove(shown, failure) {
      if (failure === null) return;
      const other = shown?.id ?? (await anyJob(db, of));
      if (other === null || (await connector.jobs([other], signal)).size === 0) throw failure;
    },
    tell(id, failure) {
      if (failure === null) jobs.failed.delete(id);
      else jobs.failed.set(id, failure);
    },
  });
  for await (const some of rows) for (const job of some) jobs.read.set(job.id, job);
}
