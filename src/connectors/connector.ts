/**
 * What this program needs of an ATS. A connector reads one and writes results back into it; it never speaks to Spark Hire
 * and never decides who is invited. pull.ts does that with what it tells, and writes rows of schema ats.
 *
 * Identifiers are the ATS's own, as text. Every call may throw a SyncError of the kind ATS_…; an incomplete answer is one:
 * what a list does not have counts only where the list was read to its proven end.
 *
 * In come answers of the ATS and the settings of `ats`; out go rows of schema ats, people who were skipped, and notes, links
 * or moves in the ATS. From here nothing imports sparkhire/, desired/ or push/: an ATS that is connected is a writer of
 * schema ats like any other.
 */
import type { Clock } from '../clock.js';
import type { Database } from '../db/database.js';
import type { EncryptionKeys } from '../encryption.js';
import { messageOf, SyncError } from '../errors.js';
import type { AskedWait } from './http.js';

/** What changed from one moment to another, both included, by the clock of the ATS. */
export interface Window {
  from: Date;
  to: Date;
}

/** One entry of an application into a stage: the trigger. Whoever comes back makes another one. */
export interface Entry {
  id: string;
  applicationId: string;
  stageId: string;
  /** null where the ATS does not know it. */
  enteredAt: Date | null;
  /** Whether the application is still there. */
  isCurrent: boolean;
  /** Began since the reading before, though the ATS does not tell when. */
  isFresh?: boolean;
  /** What it was skipped for is no longer so: it is judged once more. */
  isAgain?: boolean;
}

export interface Stage {
  /** Of this stage of this job, which no other has. */
  id: string;
  /** Where stages are the account's and not a job's: the ATS's own id, which those of other jobs have too. */
  sharedId?: string | undefined;
  name: string;
  jobId: string;
  jobTitle: string | null;
  /** False for a stage that the plan of the job does not have any more. */
  isActive: boolean;
}

export interface Candidate {
  id: string;
  /** Empty for somebody who was anonymized. */
  name: string;
  email: string | null;
  mayEmail: boolean;
  isPrivate: boolean;
  isAnonymized: boolean;
}

export interface Application {
  id: string;
  /** null for one that is of no job. */
  jobId: string | null;
  isProspect: boolean;
  /** Neither hired nor rejected nor ended otherwise. */
  isActive: boolean;
  /** null where the ATS does not show them. */
  candidate: Candidate | null;
  /** All its entries, past ones too. */
  entries: Entry[];
  /** A provider of video interviews that the ATS itself has was asked for one: since when, last. */
  askedElsewhere?: Date | null;
  /** The user of the ATS who asks for the interview. */
  requestedBy: string | null;
  /** Its page in the ATS. */
  url: string | null;
}

export interface Job {
  id: string;
  title: string;
  description: string;
  status: 'open' | 'closed' | 'draft';
  isConfidential: boolean;
  city: string | null;
  region: string | null;
  country: string | null;
  ownerId: string | null;
}

export interface User {
  id: string;
  name: string | null;
  email: string | null;
  isActive: boolean;
}

/** A line of `ats check`. */
export interface Finding {
  check: string;
  level: 'ok' | 'warning' | 'failed';
  detail: string;
  /** What to do about it; null if nothing is to be done. */
  remedy: string | null;
}

/** What a check that broke off found. */
export function failed(check: string, error: unknown): Finding {
  const coded = error instanceof SyncError ? error : null;
  const detail = coded === null ? messageOf(error) : `${coded.code}: ${coded.message}`;
  const remedy = coded?.remedy ?? 'Report this if it cannot be explained.';
  return { check, level: 'failed', detail, remedy };
}

export type ResultState = 'invited' | 'completed' | 'expired';

/** What is carried back: one state of one interview. */
export interface Result {
  /** Names the interview and the state; found again by it. */
  marker: string;
  kind: 'note' | 'tag' | 'link' | 'field' | 'move';
  state: ResultState;
  applicationId: string;
  /** The entry that the interview was asked for by. */
  entryId: string;
  /** Of a note: all of it, with the marker. Of a field: its value, where it takes words. */
  text: string;
  /** Where the interview is watched, the best address first. */
  links: readonly string[];
  /** Of a field: its name. Of a move: the name of the stage, and of all stages that this program moves to. */
  target: string;
  ownStages: readonly string[];
  /** It was sent before, and its answer was lost. */
  isLost: boolean;
}

/**
 * What the ATS has of a result. `there`: it is written. `missing`: its application is not shown. `overtaken`: it must not
 * be written, or not any more. `failed`: it cannot be looked for, and others can. `isDoubtful`: nothing of the kind is shown at all, which may be a right that is missing.
 */
export type Found =
  | { is: 'there'; reference: string | null }
  | { is: 'absent'; write: Write; isDoubtful: boolean }
  | { is: 'missing' }
  | { is: 'failed'; error: SyncError }
  | { is: 'overtaken'; reason: string };

export type Sent =
  | { outcome: 'done'; reference: string | null; answer?: unknown }
  | { outcome: 'refused'; reason: string }
  | { outcome: 'unknown' };

/**
 * One attempt, never repeated after it may have arrived: whether it did is found out by looking.
 * @param leaving called and waited for just before the request leaves, each time that it does: throws if it must not
 * @throws SyncError ATS_…: it surely did not arrive
 */
export type Write = (leaving: () => Promise<void>, signal: AbortSignal) => Promise<Sent>;

/** Writing back. */
export interface Writer {
  /** Looks for these, and says how those that are absent are written. @returns by marker */
  look(results: readonly Result[], signal: AbortSignal): Promise<Map<string, Found>>;
}

/** A webhook of the ATS: it names objects that are to be read again; nothing it says of them is believed. */
export interface Hint {
  /** The ATS's own name of the delivery; null where it has none. */
  deliveryId: string | null;
  applicationIds: string[];
  /** Where it names candidates only: their applications are those that are known. */
  candidateIds: string[];
  /** `other`: nothing that is worth a look. */
  kind: 'changed' | 'deleted' | 'merged' | 'ping' | 'other';
}

export interface Webhook {
  /** The status that the ATS takes for success. */
  okStatus: number;
  /** A delivery does not come again, and where one is answered otherwise none comes any more: success is told even where it was not stored. */
  comesOnce?: true;
  /** @param headers with lower-case names */
  verify(raw: Uint8Array, headers: Record<string, string | undefined>, secret: string): boolean;
  /** @throws anything, if it is not what the ATS documents */
  read(raw: Uint8Array, headers: Record<string, string | undefined>): Hint;
}

/** What is remembered of the webhooks of an ATS, such as their ids. Nothing secret. */
export interface SubscriptionMemory {
  read(): Promise<Record<string, string>>;
  /** In place of what was there; durable when it resolves. */
  write(values: Record<string, string>): Promise<void>;
}

/** Webhooks of the ATS that are made by its API. */
export interface Subscriptions {
  /**
   * Makes those that are missing; what is there stays as it is.
   * @param url where they are to lead
   * @returns what is wrong with them all the same, in words; null: nothing
   * @throws SyncError ATS_…
   */
  ensure(url: string, memory: SubscriptionMemory, signal: AbortSignal): Promise<string | null>;
}

/** Whether anything is shown at all: what is empty for want of a right is no news. */
export interface Sight {
  /** Rows that were shown so far. */
  rows(): number;
  /** One request for what is never empty. @throws SyncError ATS_FORBIDDEN where that is empty too */
  prove(signal: AbortSignal): Promise<void>;
}

/** What a reading met on the way to the applications that it has. */
export interface Listed {
  /** A reading begins: what those before had is forgotten. */
  begin(): void;
  /** Whether a list has it as active: then it is there, though it is not shown by itself. */
  hasActive(application: string): boolean;
  /** Whether a list shows that it stands in no stage of the settings, or has ended: it has not to be read to be left alone. */
  isElsewhere(application: string): boolean;
  /** Those that may have entered a stage of the settings, and were not shown by themselves. */
  unread(): string[];
  /** Those that could not be read, though others could, and what kept them from it. */
  failures(): ReadonlyMap<string, SyncError>;
  /** Those that were asked for, and could be. */
  read(): ReadonlySet<string>;
}

/** They are stored with the rows of a reading, or not at all. */
export interface Marks {
  /** Those of the last reading that was stored: the next one goes on from there. */
  resume(stored: Readonly<Record<string, string>>): void;
  /** Those of this reading. */
  left(): Record<string, string>;
}

/** What a connector is opened with. */
export interface ConnectorOptions<Settings> {
  db: Database;
  account: string;
  settings: Settings;
  /** What tokens are stored with. */
  encryption: EncryptionKeys | null;
  /** Where a long wait is kept that the ATS asks for; without one it counts for this process. */
  wait?: AskedWait;
  clock: Clock;
}

export interface Connector {
  /** As rows of schema ats name their source. */
  readonly kind: string;
  /** What keys of interviews begin with, without the dash. */
  readonly prefix: string;
  /** How the ATS is called. */
  readonly title: string;
  /** A copy that is made anew is empty meanwhile: an application that is not shown, however often, has not ended. */
  readonly missingSaysNothing?: true;
  /** Of people who are looked at again, how many in one reading, where each of them costs requests of their own. */
  readonly atOnce?: number;
  /** A window may leave somebody out: all who stand in the stages are looked at now and then. */
  readonly looksAgain?: true;
  /** What somebody should know of the last reading. */
  notes?(): string[];
  /** Requests made so far. */
  requests(): number;
  /** How far the clock of the ATS is ahead of this machine's, in milliseconds; null before it was heard. */
  aheadMs(): number | null;
  /** The next request leaves although the ATS asked for a wait: a person wants to know. Its answer ends the wait, or begins another. */
  insist?(): void;
  /** Access, rights, what can be seen. Never rejects for what it finds. */
  check(signal: AbortSignal): Promise<Finding[]>;
  /** Every stage of every job that is not closed. */
  stages(signal: AbortSignal): Promise<Stage[]>;
  /** These stages; those that are not shown are left out. */
  stagesOf(ids: readonly string[], signal: AbortSignal): Promise<Stage[]>;
  /** Whether stages of any job changed, where that costs less than reading them. */
  stagesChanged?(window: Window, signal: AbortSignal): Promise<boolean>;
  /** Entries that began or changed in the window, in any order; more of them do no harm. */
  entries(window: Window, signal: AbortSignal): AsyncIterable<Entry[]>;
  /** Who stands in these stages now. @param since who entered before need not be told, where that saves requests; null: all */
  standing(stageIds: readonly string[], signal: AbortSignal, since: Date | null): AsyncIterable<Entry[]>;
  /** These applications as they are now; those that are not shown are left out. */
  applications(ids: readonly string[], signal: AbortSignal): Promise<Map<string, Application>>;
  /** These jobs, or all that are open; those that are not shown are left out. Templates are no jobs. */
  jobs(wanted: readonly string[] | 'open', signal: AbortSignal): Promise<Map<string, Job>>;
  users(ids: readonly string[], signal: AbortSignal): Promise<Map<string, User>>;
  /** Ids of what changed in the window; more of them do no harm. */
  changed(what: 'applications' | 'jobs' | 'users', window: Window, signal: AbortSignal): Promise<string[]>;
  /** Where a right that is lost shows as lists without rows. */
  readonly sight?: Sight;
  /** Where one of several applications may not be read. */
  readonly listed?: Listed;
  /** Where the ATS says how far it was read by marks of its own, in place of times. */
  readonly marks?: Marks;
  readonly writer?: Writer;
  readonly subscriptions?: Subscriptions;
  /** Ends what is under way. */
  close(): Promise<void>;
}
