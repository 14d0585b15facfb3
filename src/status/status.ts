/**
 * What `status` tells: everything is read from the database, nothing from Spark Hire.
 *
 * The room says how things stand and what is wrong: status from the database, doctor's checks (checks/) by asking Spark Hire
 * and the ATS too, render/ as text. It reads; it mends nothing.
 */
import { type Database, inSnapshot } from '../db/database.js';
import { type LockHolder, lockHolders } from '../db/locks/ownership.js';
import type { KnownOddField } from '../db/odd-fields.js';
import { type ConnectedAts, readConnectedAts } from './connected-ats.js';
import { mirrored } from './freshness.js';
import { secondsLeft } from './render/time-left.js';
import { noResults, type ResultsStatus, readResults } from './results-status.js';
import {
  type ActivityRow,
  type Counts,
  countedOf,
  knownAccounts,
  type ResourceRow,
  type RunRow,
  readActivities,
  readAts,
  readBudgets,
  readConflicts,
  readCounts,
  readDemotions,
  readLimits,
  readOddFields,
  readPlaces,
  readQuarantined,
  readResources,
  readRuns,
  readUserKeys,
  readWebhooks,
} from './status-queries.js';

/** Times are ISO 8601 in UTC, by the database's clock; null: never, or not known. */
export interface Status {
  now: string;
  /** The newest number in sync.changes; 0 if there is none. */
  changesLastSeq: number;
  accounts: AccountStatus[];
}

export interface AccountStatus {
  account: string;
  /** Whether the settings of this command have the account. */
  configured: boolean;
  /** The process that works on the account now; null if none does. */
  owner: {
    pid: number;
    application: string | null;
    client: string | null;
    connectedAt: string | null;
  } | null;
  budget: { used: number; limit: number | null; windowSeconds: number };
  resources: ResourceStatus[];
  activities: ActivityStatus[];
  /** The latest run of each kind and resource, the newest first. */
  runs: RunStatus[];
  conflicts: { open: number; byKind: Record<string, number> };
  /** Rows put aside because they could not be stored. */
  quarantined: number;
  /** Fields that Spark Hire wrote in another form than it promises, of late. */
  oddFields: Array<KnownOddField & { lastSeenAt: string }>;
  /**
   * Rows of the ATS (users, jobs, interviews) by what became of them; `queued` are those that nobody has looked at since they
   * changed, without those that are pending.
   */
  ats: { states: Record<string, number>; queued: number; openIssues: number };
  /** What is being written to Spark Hire now: rows, and the seconds until they all are; null where nobody knows. */
  writing: { done: number; left: number; secondsLeft: number | null } | null;
  /** What was written back to a connected ATS. */
  results: ResultsStatus;
  /** The ATS that is connected; null if none was ever read. */
  connectedAts: ConnectedAts | null;
  /** Since when the account's own key is known to lack a right that only an administrator's has, and had. */
  keyDemotedAt: string | null;
  /** Since when the database is known to be a copy, restored or moved: nothing is written before a person says so. */
  databaseMovedAt: string | null;
  /** Where webhooks of other installations of this program lead, which work for the same account. */
  otherInstallations: Array<string | null>;
  /**
   * The users' own keys that are stored. `unreadable`: encrypted with a key that is not set here. `idle`: of users who are
   * disabled or gone.
   */
  userKeys: { usable: number; refused: number; unreadable: number; idle: number };
  webhooks: {
    /** Whether the settings give an address at which Spark Hire reaches the receiver. */
    wanted: boolean;
    registered: boolean;
    url: string | null;
    registeredAt: string | null;
    waiting: number;
    oldestWaitingAt: string | null;
    lastReceivedAt: string | null;
  };
}

export interface ResourceStatus {
  resource: string;
  /** Rows that are not marked as deleted. */
  rows: number;
  /** Objects of which what the listing leaves out is still to be read; null where there is no such thing. */
  detailsDue: number | null;
  /** The latest of the following three, or of the activity that covers the resource. */
  lastSuccessAt: string | null;
  lagSeconds: number | null;
  incrementalAt: string | null;
  sweptAt: string | null;
  detailsAt: string | null;
  watermark: string | null;
  /** A sweep that was begun and not finished; the next one goes on from there. */
  sweepInProgress: { read: number | null; updatedAt: string } | null;
}

export interface ActivityStatus {
  activity: string;
  startedAt: string | null;
  succeededAt: string | null;
  /** In a row. */
  failures: number;
  failingSince: string | null;
  errorCode: string | null;
  error: string | null;
  /** What to do about it; null where nothing is known. */
  remedy: string | null;
  retryAt: string | null;
}

export interface RunStatus {
  id: string;
  kind: string;
  resource: string | null;
  startedAt: string;
  finishedAt: string | null;
  outcome: string;
  requests: number;
  rateLimited: number;
  rowsRead: number;
  rowsCreated: number;
  rowsUpdated: number;
  rowsDeleted: number;
  error: string | null;
}

/** What the settings know of an account. */
export interface ConfiguredAccount {
  name: string;
  rateLimit: number;
  rateWindowMs: number;
}

export interface StatusOptions {
  configured: readonly ConfiguredAccount[];
  /** Whether http.publicUrl is set. */
  webhooksWanted: boolean;
  /** Only this account; all that are configured or known to the database unless given. */
  account?: string;
  /** Encryption keys that stored keys can be read with. */
  encryptionKeyIds: readonly string[];
  /**
   * How many rows there were a little while ago; they are counted unless given. Of runs only those under way are told then: a page
   * that is looked at again and again has them by themselves.
   */
  counts?: Counts;
}

/**
 * Looks at one moment of the database, and changes nothing in it.
 * @throws SyncError DATABASE_UNREACHABLE
 */
export function readStatus(db: Database, options: StatusOptions): Promise<Status> {
  const configured = new Map(options.configured.map((account) => [account.name, account]));
  return inSnapshot(db, async (tx) => {
    const known = await knownAccounts(tx);
    const names = [...new Set([...configured.keys(), ...known])].filter(
      (name) => options.account === undefined || name === options.account,
    );
    const [moment] = await tx.query<{ now: Date; seq: string }>(
      'select clock_timestamp() as now, coalesce((select max(seq) from sync.changes), 0) as seq',
    );
    const now = moment!.now;
    // What is kept to by whoever does the work; only where nobody has yet, what these settings would have.
    const limits = new Map((await readLimits(tx, names)).map((row) => [row.account, row]));
    const windows = names.map(
      (name) => limits.get(name)?.windowMs ?? configured.get(name)?.rateWindowMs ?? 60_000,
    );
    const owners = await lockHolders(tx, names);
    const budgets = await readBudgets(tx, names, windows);
    const resources = await readResources(tx, names);
    const activities = await readActivities(tx, names);
    const runs = await readRuns(tx, names, options.counts === undefined ? 'latest' : 'running');
    const conflicts = await readConflicts(tx, names);
    const quarantined = await readQuarantined(tx, names);
    const oddFields = await readOddFields(tx, names);
    const counts = options.counts ?? (await readCounts(tx, names));
    const ats = await readAts(tx, names);
    const results = await readResults(tx, names);
    const demotions = await readDemotions(tx, names);
    const places = await readPlaces(tx, names);
    const userKeys = await readUserKeys(tx, names, options.encryptionKeyIds);
    const webhooks = await readWebhooks(tx, names);
    const connected = await readConnectedAts(tx, names, counts.connected);
    return {
      now: now.toISOString(),
      changesLastSeq: Number(moment!.seq),
      accounts: names.map((name, index): AccountStatus => {
        const of = <Row extends { account: string }>(rows: Row[]) =>
          rows.filter(({ account }) => account === name);
        const byKind = Object.fromEntries(of(conflicts).map(({ kind, open }) => [kind, open]));
        const webhook = of(webhooks)[0];
        const budget = {
          used: of(budgets)[0]?.used ?? 0,
          limit: limits.get(name)?.limit ?? configured.get(name)?.rateLimit ?? null,
          windowSeconds: windows[index]! / 1000,
        };
        const rows: AccountStatus['ats'] = {
          states: Object.fromEntries(of(counts.states).map(({ state, rows }) => [state, rows])),
          queued: of(ats.queued)[0]?.rows ?? 0,
          openIssues: of(ats.issues)[0]?.rows ?? 0,
        };
        return {
          account: name,
          configured: configured.has(name),
          owner: ownerStatus(owners.get(name)),
          budget,
          resources: inOrder(of(resources)).map((row) => resourceStatus(row, countedOf(counts, row), now)),
          activities: of(activities).map(activityStatus),
          runs: of(runs).map(runStatus),
          conflicts: { open: Object.values(byKind).reduce((sum, open) => sum + open, 0), byKind },
          quarantined: of(quarantined)[0]?.rows ?? 0,
          oddFields: of(oddFields).map(({ account: _, lastSeenAt, ...field }) => ({
            ...field,
            lastSeenAt: lastSeenAt.toISOString(),
          })),
          ats: rows,
          writing: writingOf(of(runs), rows, budget, now),
          results: resultsStatus(of(results)[0]),
          connectedAts: connectedOf(of(connected)[0]),
          keyDemotedAt: iso(of(demotions)[0]?.at),
          databaseMovedAt: iso(of(places)[0]?.movedAt),
          otherInstallations: of(places)[0]?.others ?? [],
          userKeys: {
            usable: of(userKeys)[0]?.usable ?? 0,
            refused: of(userKeys)[0]?.refused ?? 0,
            unreadable: of(userKeys)[0]?.unreadable ?? 0,
            idle: of(userKeys)[0]?.idle ?? 0,
          },
          webhooks: {
            wanted: options.webhooksWanted,
            registered: webhook?.registered ?? false,
            url: webhook?.url ?? null,
            registeredAt: iso(webhook?.registeredAt),
            waiting: webhook?.waiting ?? 0,
            oldestWaitingAt: iso(webhook?.oldestWaitingAt),
            lastReceivedAt: iso(webhook?.lastReceivedAt),
          },
        };
      }),
    };
  });
}

/** A run of writes that goes on: what it wrote so far is in its row, what is left in the rows of the ATS. */
function writingOf(
  runs: readonly RunRow[],
  { states, queued }: AccountStatus['ats'],
  { used, limit, windowSeconds }: AccountStatus['budget'],
  now: Date,
): AccountStatus['writing'] {
  const run = runs.find(({ kind, outcome }) => kind === 'push' && outcome === 'running');
  if (run === undefined) return null;
  const done = Number(run.rowsCreated) + Number(run.rowsUpdated) + Number(run.rowsDeleted);
  const left = (states.pending ?? 0) + queued;
  const seconds = (now.getTime() - run.startedAt.getTime()) / 1000;
  const each = done === 0 ? 1 : Math.max(1, run.requests / done);
  const budget = limit === null ? null : { used, limit, windowMs: windowSeconds * 1000 };
  return {
    done,
    left,
    secondsLeft: secondsLeft({ left, done, seconds, requests: Math.ceil(left * each), budget }),
  };
}

function resultsStatus(row: (ResultsStatus & { account: string }) | undefined): ResultsStatus {
  if (row === undefined) return noResults;
  const { account: _, ...results } = row;
  return results;
}

function connectedOf(row: (ConnectedAts & { account: string }) | undefined): ConnectedAts | null {
  if (row === undefined) return null;
  const { account: _, ...connected } = row;
  return connected;
}

function iso(at: Date | null | undefined): string | null {
  return at?.toISOString() ?? null;
}

function ownerStatus(holder: LockHolder | undefined): AccountStatus['owner'] {
  if (holder === undefined) return null;
  const { pid, application, client, connectedAt } = holder;
  return { pid, application, client, connectedAt: iso(connectedAt) };
}

/** As they are read, the questions behind the interviews they belong to. */
function inOrder(rows: ResourceRow[]): ResourceRow[] {
  const order: string[] = [...mirrored];
  order.splice(order.indexOf('interviews') + 1, 0, 'interview_questions');
  return [...rows].sort((a, b) => order.indexOf(a.resource) - order.indexOf(b.resource));
}

function resourceStatus(
  row: ResourceRow,
  counted: Pick<ResourceStatus, 'rows' | 'detailsDue'>,
  now: Date,
): ResourceStatus {
  const { lastSuccessAt } = row;
  const lagMs = lastSuccessAt === null ? null : Math.max(0, now.getTime() - lastSuccessAt.getTime());
  return {
    resource: row.resource,
    ...counted,
    lastSuccessAt: iso(lastSuccessAt),
    lagSeconds: lagMs === null ? null : Math.round(lagMs / 1000),
    incrementalAt: iso(row.incrementalAt),
    sweptAt: iso(row.sweptAt),
    detailsAt: iso(row.detailsAt),
    watermark: iso(row.watermark),
    sweepInProgress:
      row.sweepAt === null ? null : { read: row.sweepRead, updatedAt: row.sweepAt.toISOString() },
  };
}

function activityStatus(row: ActivityRow): ActivityStatus {
  return {
    activity: row.activity,
    startedAt: iso(row.startedAt),
    succeededAt: iso(row.succeededAt),
    failures: row.failures,
    failingSince: iso(row.failingSince),
    errorCode: row.errorCode,
    error: row.error,
    remedy: row.remedy,
    retryAt: iso(row.retryAt),
  };
}

function runStatus({ account: _, ...row }: RunRow): RunStatus {
  return {
    ...row,
    startedAt: row.startedAt.toISOString(),
    finishedAt: iso(row.finishedAt),
    rowsRead: Number(row.rowsRead),
    rowsCreated: Number(row.rowsCreated),
    rowsUpdated: Number(row.rowsUpdated),
    rowsDeleted: Number(row.rowsDeleted),
  };
}
