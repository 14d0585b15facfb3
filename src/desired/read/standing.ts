/** Where the rows of a chunk stand: what they say, what people decided about them, and what stands for them in Spark Hire. */
import type { Transaction } from '../../db/database.js';
import { isAnswered } from '../../ledger/conflicts.js';
import { isToBeReplaced } from '../../reconcile/answers.js';
import { conflictKinds, type RowConflictKind } from '../../reconcile/conflict-kinds.js';
import type {
  Answer,
  JudgedRow,
  Observed,
  ParentJob,
  ParentUser,
  PushResource,
  RowHistory,
  ShareFacts,
} from '../../reconcile/types.js';
import type { Judging } from '../judge/judge.js';
import type { Known, ReadRow } from '../known-row.js';
import type { Listed } from './addresses.js';
import { readObserved } from './observed.js';
import { readParentJobs, readParentUsers } from './relations.js';
import { readKnown, readRows } from './rows.js';
import { readShareFacts } from './shares.js';

/** Each with its object, and the key it had before; null where it had none. */
export type AdoptedJobs = ReadonlyMap<string, { uuid: string; formerId: string | null }>;

export interface ContextOptions extends Judging {
  /** Only these rows, whether they need a look or not. */
  atsIds?: readonly string[];
  /** Jobs that are to be linked first, by ats_id: their interviews are looked for as if they were. */
  adoptedJobs?: AdoptedJobs;
  /** Whether a question set that the mirror does not have counts as not there; it does unless given. */
  setsAreTold?: boolean;
  /** Users that were seen at that time; null or left out: nobody knows. */
  listed?: Listed | null;
  /** Encryption keys with which stored API keys can be read; none unless given. */
  keyIds?: readonly string[];
  /** Rows of a chunk; 1,000 unless given. */
  chunkSize?: number;
}

/** The snapshot that a chunk is read in, and of what. */
export interface Reading {
  tx: Transaction;
  account: string;
  resource: PushResource;
  options: ContextOptions;
}

/** What people were asked about a row, and what they decided. */
export interface RowConflicts {
  open: RowHistory['openConflicts'];
  /** What was not carried out yet. */
  answers: Answer[];
  /** For a slot or seat, in milliseconds since the epoch. */
  waitingSince?: number;
}

/** All by ats_id, but for what says otherwise. */
export interface Standing {
  /** Of all rows that are looked at. */
  known: ReadonlyMap<string, Known>;
  conflicts: ReadonlyMap<string, RowConflicts>;
  /** Linked objects that the mirror has, by uuid. */
  observed: ReadonlyMap<string, Observed>;
  /** Those that schema ats has. */
  rows: ReadonlyMap<string, ReadRow>;
  /** Jobs that rows name. */
  jobs: ReadonlyMap<string, ParentJob>;
  /** Users that rows name. */
  users: ReadonlyMap<string, ParentUser>;
  /** What share links are to show, and whether the plan has them; null where the rows are none. */
  shares: ReadonlyMap<string, ShareFacts> | null;
  /** Linked rows that are sent as a whole, and judged as that. */
  asNew: ReadonlySet<string>;
}

export async function readStanding(reading: Reading, keys: readonly string[]): Promise<Standing> {
  const { tx, account, resource, options } = reading;
  const known = await readKnown(tx, account, resource, keys);
  const conflicts = await readConflicts(tx, account, resource, keys);
  const linked = [...known.values()].flatMap(({ link }) => link?.uuid ?? []);
  const observed = await readObserved(tx, account, resource, linked);
  const madeAgain = [...known].flatMap(([atsId, { link }]) => {
    const answers = conflicts.get(atsId)?.answers ?? [];
    return link !== null && isToBeReplaced(link, observed.get(link.uuid), answers) ? [atsId] : [];
  });
  const asNew = new Set(madeAgain);
  const rows = await readRows(tx, account, resource, known, options, asNew);
  const { jobs, users } = await readParents(reading, [...rows.values()]);
  const shares = resource === 'share_links' ? await readShareFacts(tx, account, [...rows.values()]) : null;
  return { known, conflicts, observed, rows, jobs, users, shares, asNew };
}

/** The object that stands for a row, where it has one that the mirror knows. */
export function objectOf({ known, observed }: Standing, atsId: string): Observed | undefined {
  return observed.get(known.get(atsId)!.link?.uuid ?? '');
}

async function readParents(
  { tx, account, options: { words, adoptedJobs } }: Reading,
  rows: readonly ReadRow[],
): Promise<{ jobs: Map<string, ParentJob>; users: Map<string, ParentUser> }> {
  const jobs = new Set<string>();
  const users = new Set<string>();
  for (const { values } of rows.map(({ judged }): JudgedRow => judged)) {
    if (values?.resource === 'interviews') {
      jobs.add(values.jobAtsId);
      if (values.requestedByAtsId !== null) users.add(values.requestedByAtsId);
    } else if (values?.resource === 'jobs' && values.ownerAtsId !== null) users.add(values.ownerAtsId);
  }
  const formerKeys = new Map([...(adoptedJobs ?? [])].map(([key, { formerId }]) => [key, formerId]));
  const found = await readParentJobs(tx, account, [...jobs], words?.statuses, formerKeys);
  for (const [key, job] of found) job.uuid = adoptedJobs?.get(key)?.uuid ?? job.uuid;
  return { jobs: found, users: await readParentUsers(tx, account, [...users]) };
}

/** Of a plan_limit conflict: see `limitValue`. */
function sinceOf(value: Answer['ats']): number | undefined {
  const since = Date.parse(String((value as { since?: unknown } | null)?.since));
  return Number.isNaN(since) ? undefined : since;
}

interface ConflictRecord {
  id: string;
  ats_id: string;
  kind: RowConflictKind;
  field: string | null;
  uuid: string | null;
  ats_value: Answer['ats'];
  sparkhire_value: Answer['sparkhire'];
  resolution: string | null;
  is_open: boolean;
}

/** By ats_id; only of rows that have any. One statement. */
export async function readConflicts(
  tx: Transaction,
  account: string,
  resource: PushResource,
  keys: readonly string[],
): Promise<Map<string, RowConflicts>> {
  const wanted = (
    condition: string,
  ) => `select id, ats_id, kind, field, uuid, ats_value, sparkhire_value, resolution,
      resolved_at is null as is_open from sync.conflicts
    where account = $1 and resource = $2 and ats_id = any($3) ${condition}`;
  const records = await tx.query<ConflictRecord>(
    `${wanted('and resolved_at is null')} union all ${wanted(`and ${isAnswered()}`)} order by id`,
    [account, resource, keys],
  );
  const found = new Map<string, RowConflicts>();
  for (const { ats_id: atsId, is_open: isOpen, resolution, ...record } of records) {
    const row: RowConflicts = found.get(atsId) ?? { open: [], answers: [] };
    const { open, answers } = row;
    found.set(atsId, row);
    const { id, kind, field, uuid } = record;
    if (isOpen) open.push({ id, kind, field, uuid });
    if (isOpen && conflictKinds[kind].keepsPlace === true) row.waitingSince = sinceOf(record.ats_value);
    else if (!isOpen && resolution !== null) {
      const { ats_value: ats, sparkhire_value: sparkhire } = record;
      // Nothing else is written than what the kind takes (`resolveConflicts`).
      answers.push({ id, kind, field, uuid, take: resolution, ats, sparkhire } as Answer);
    }
  }
  return found;
}
