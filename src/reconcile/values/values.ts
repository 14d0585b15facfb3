/** Values: what the ATS wants, what Spark Hire says, what was agreed on. Data; nothing here knows how it is decided about. */
import type { RowConflictKind, TakeOf } from '../conflict-kinds.js';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Resources that are carried to Spark Hire, parents first. */
export const pushResources = ['users', 'jobs', 'interviews', 'share_links'] as const;
export type PushResource = (typeof pushResources)[number];

/** What an object of each is called. */
export const nouns: Readonly<Record<PushResource, string>> = {
  users: 'user',
  jobs: 'job',
  interviews: 'interview',
  share_links: 'share link',
};
export const nounFor = (resource: PushResource, many: number) =>
  many === 1 ? nouns[resource] : `${nouns[resource]}s`;

export const rowStates = ['pending', 'held', 'rejected', 'conflict', 'in_flight', 'synced', 'gone'] as const;
export type RowState = (typeof rowStates)[number];

export const issueCodes = [
  'REQUIRED_FIELD_MISSING',
  'INVALID_FORMAT',
  'UNMAPPED_ENUM',
  'UNKNOWN_REFERENCE',
  'DUPLICATE',
  'DEADLINE_OUT_OF_RANGE',
  'SMS_CONSENT_MISSING',
  'IMMUTABLE_AFTER_SEND',
  'PLAN_LIMIT',
  'REMOTE_REJECTED',
  'DECISION_NEEDED',
  'FORGOTTEN',
] as const;
export type IssueCode = (typeof issueCodes)[number];

/** What is wrong with a row, or what it waits for: one per field. */
export interface Issue {
  code: IssueCode;
  /** Column of the ats table; null for the row as a whole. */
  field: string | null;
  /** A sentence that says what to do. */
  message: string;
}

// ---- what the ATS wants, judged and normalised -------------------------------------------------------------------

export interface DesiredUser {
  resource: 'users';
  name: string;
  /** As written; compared with case folded. */
  email: string;
  role: 'administrator' | 'standard' | null;
  /** The role of a user who is made without one; null: none is made then. */
  roleOfNone: 'administrator' | 'standard' | null;
  active: boolean | null;
}

/** Where a job is. Spark Hire takes one or the other and answers neither: it cannot be compared with what comes back. */
export type Place =
  | { kind: 'location'; city: string; state: string | null; country: string | null }
  | { kind: 'locality'; work_mode: 'remote' | 'on_site' | 'hybrid'; work_place: string | null };

export interface DesiredJob {
  resource: 'jobs';
  title: string;
  description: string | null;
  /** The ATS says open or closed. */
  status: 'active' | 'inactive';
  place: Place | null;
  ownerAtsId: string | null;
}

export interface DesiredQuestion {
  text: string;
  /** Seconds: 30, 60, 90, 120, 160 or 180. */
  time_limit: number;
  /** 0 to 5, -1 for unlimited. */
  takes: number | null;
}

export interface DesiredInterview {
  resource: 'interviews';
  type: 'one_way' | 'live';
  jobAtsId: string;
  candidate: { name: string; email: string; phone: string | null; phoneE164: string | null };
  smsConsent: boolean;
  /** The set wins where both are given. */
  questionSetUuid: string | null;
  questions: DesiredQuestion[] | null;
  /** A moment (RFC 3339, UTC), or days from the invitation on: those do not move once it was sent. */
  deadline: { at: string } | { days: number };
  timezone: string | null;
  emailMessage: string | null;
  requestedByAtsId: string | null;
  share: boolean;
  /** A live interview that took place: the ATS says so, and Spark Hire is to know. */
  complete?: boolean;
  priority: number;
  /**
   * Which of these the package gave, by column of ats.interviews; `deadline_at` for the deadline. A package is a
   * template for rows not sent yet: on a linked row, what it says is no wish to change anything.
   */
  fromPackage?: string[];
}

/** One reviewer of a request: an advanced share link of their own, to the same interviews. */
export interface DesiredShareLink {
  resource: 'share_links';
  reviewer: { name: string; email: string };
  /** Each once, sorted. */
  interviewAtsIds: string[];
  sendEmail: boolean;
  status: 'active' | 'inactive';
}

export type Desired = DesiredUser | DesiredJob | DesiredInterview | DesiredShareLink;

/** A row of schema ats after judging. */
export interface JudgedRow<D extends Desired = Desired> {
  resource: D['resource'];
  atsId: string;
  /** false: withdrawn by `desired = 'canceled'`, or a share request that does not name the reviewer any more; `completed` is wanted. */
  wanted: boolean;
  /** null if it cannot be used as it is: its issues say why. Values of a withdrawn row may be null without any issue. */
  values: D | null;
  /** Rejections alone; what a row waits for is decided later. */
  issues: Issue[];
  /** What has to come before `values` can be told (a package): the row is held with these, and heals by itself. */
  waits?: Issue[];
  /** Why it cannot be created as it is, nor moved to its time; what is there already may be taken over all the same. */
  unsendable?: Issue[];
  /** Of a linked row, what is wrong in single columns: told while its object is there, without it like `issues`. */
  columnIssues?: Issue[];
  /** What is wrong with it and stops nothing: told beside whatever is done. */
  asides?: Issue[];
  /** Where it stands among the rows of its resource by arrival, for a stable order. */
  arrived: number;
}

// ---- what Spark Hire says, from the mirror -----------------------------------------------------------------------

interface ObservedObject {
  uuid: string;
  deleted: boolean;
  /** Milliseconds since the epoch by Spark Hire's clock; null where it told none. */
  createdAt: number | null;
  /** The same of its last change. */
  updatedAt?: number | null;
}

export interface ObservedUser extends ObservedObject {
  resource: 'users';
  name: string | null;
  email: string | null;
  role: string | null;
  active: boolean | null;
}

export interface ObservedJob extends ObservedObject {
  resource: 'jobs';
  title: string | null;
  /** undefined: not read yet, only the listing was. */
  description: string | null | undefined;
  status: string | null;
  /** The formatted address. */
  location: string | null;
}

export interface ObservedInterview extends ObservedObject {
  resource: 'interviews';
  type: string | null;
  status: string | null;
  /** RFC 3339, UTC. */
  scheduledAt: string | null;
  jobUuid: string | null;
  /** Whether that job was deleted in Spark Hire. */
  jobDeleted?: boolean;
  candidateName: string | null;
  candidateEmail: string | null;
  /** Whether a basic share link is known. */
  shared: boolean;
  /** In their order; undefined: not read since it last changed. */
  questions?: ObservedQuestion[] | undefined;
}

/** A question as far as it can be read. */
export interface ObservedQuestion {
  text: string | null;
  /** Seconds. */
  time_limit: number | null;
  /** -1 for unlimited. */
  takes: number | null;
}

export interface ObservedShareLink extends ObservedObject {
  resource: 'share_links';
  status: string | null;
  reviewerName: string | null;
  reviewerEmail: string | null;
  /** null: not read yet, only the listing was. */
  interviewUuids: string[] | null;
}

export type Observed = ObservedUser | ObservedJob | ObservedInterview | ObservedShareLink;

// ---- what was settled --------------------------------------------------------------------------------------------

/** A field as it was last settled between the sides. */
export interface Pair {
  ats: Json;
  sparkhire: Json;
}
/**
 * The keys of a base (`sync.links.base`), which are the names of the fields in changes and conflicts. Of each its ATS
 * half is what the ATS wanted; its Spark Hire half what the column of the mirror showed, null where nothing can be
 * read back.
 *
 *   users       name          users.name
 *               email         users.email
 *               role          (not readable)  cannot be changed; its Spark Hire half is the one it was made with, where
 *                             that is another and nobody has decided about it yet
 *               active        users.active, once the ATS withdrew one who was disabled: false
 *   jobs        title         jobs.title
 *               description   jobs.description
 *               status        jobs.status     active or inactive; its ATS half is null where it was made otherwise
 *                             than the ATS wanted, until that was put right
 *               place         (not readable)  a Place; compared with what was last sent
 *               owner         (kept) who acts, once the row is gone: the ATS's id of the user
 *   interviews  scheduled_at  interviews.scheduled_at; its ATS half is {days} where the deadline is in days
 *               candidate     (compared with what was sent: cannot be changed)
 *               questions     {questions, questionSetUuid} of the row; the list that the interview shows, null until
 *                             that was read: then it is what was sent
 *               type          the same
 *               job           the same: the ATS's id of the job; the Spark Hire job that a person left it on although
 *                             it is not the row's (any more), else null
 *               email_message what the row itself said; what was sent, be it of its package: cannot be changed
 *               timezone      the same
 *               desired       interviews.status, once the ATS withdrew the interview: `canceled`; its ATS half is null where
 *                             the row went when it had ended already
 *               share         whether a share link was made: made once
 *               requested_by  (kept) who acts, once the row is gone: the ATS's id of the user
 *   share_links status        share_links.status, active or inactive; null as with jobs
 *               reviewer      (compared with what was sent: cannot be changed)
 *               interviews    the same: the ATS's ids of the interviews, sorted
 *   all         gone          whether the row was gone, and came back as something else
 *               left          see `leftOver` (kin)
 *               linked        see `linkedAs` (kin)
 */
export type Base = Record<string, Pair>;

export interface Link {
  uuid: string;
  base: Base;
  how: 'created' | 'adopted' | 'resolved';
}

export const intentStates = ['prepared', 'sent', 'confirmed', 'rejected', 'unknown'] as const;
export type IntentState = (typeof intentStates)[number];

export interface ConflictDraft {
  kind: RowConflictKind;
  uuid: string | null;
  field: string | null;
  base: Pair | null;
  ats: Json;
  sparkhire: Json;
  reason: string;
  /** The policy that led to it. */
  policy: string | null;
  /** The row that is gone and may be this one under another key: what a person has decided about its object holds for this one. */
  former?: string;
}

interface AnswerAbout<K extends RowConflictKind> {
  id: string;
  kind: K;
  field: string | null;
  uuid: string | null;
  take: TakeOf<K>;
  /** The values the person saw: an answer holds for these. */
  ats: Json;
  sparkhire: Json;
}

/** What a person chose about a conflict, and nobody has carried out or put aside yet. */
export type Answer<K extends RowConflictKind = RowConflictKind> = { [Kind in K]: AnswerAbout<Kind> }[K];
