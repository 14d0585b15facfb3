/** The words of deciding: what comes in, what comes out. Everything here is data; nothing touches I/O or a clock. */

import type { PlannedAction } from './actions.js';
import type { ActingUser } from './actors.js';
import type { AddressHolder } from './addresses.js';
import type { RowConflictKind } from './conflict-kinds.js';
import type { FormerDeleted, FormerRow, Successor } from './former.js';
import type { KeyRemedy } from './key-remedy.js';
import type { ParentJob, ParentUser } from './parent-rows.js';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Resources that are carried to Spark Hire, parents first. */
export const pushResources = ['users', 'jobs', 'interviews', 'share_links'] as const;
export type PushResource = (typeof pushResources)[number];

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

/** A conflict somebody resolved and that has not been acted upon yet. */
export interface Resolution {
  id: string;
  kind: RowConflictKind;
  field: string | null;
  uuid: string | null;
  /** `ats`, `sparkhire`, `link`, `create`, `link:UUID`, … */
  choice: string;
  /** The values the person saw: a resolution holds for these. */
  ats: Json;
  sparkhire: Json;
}

// ---- one row with everything its decision needs -------------------------------------------------------------------

export interface NamedQuestionSet {
  /** false: Spark Hire was asked for its sets, and it is not among them. */
  known: boolean;
  /** As they stand in it now; null where that cannot be read. */
  questions: DesiredQuestion[] | null;
}

/** An interview that a share link is to show. */
export interface SharedInterview {
  atsId: string;
  /** Whether it is linked, or schema ats has such a row that is neither rejected nor withdrawn. */
  known: boolean;
  uuid: string | null;
  /** What Spark Hire says now; `deleted` if it is gone there. */
  observedStatus: string | null;
}

/** What a share link depends on. */
export interface ShareFacts {
  /** Those of its row, in the same order. */
  interviews: SharedInterview[];
  /** Whether the plan has advanced share links; null if it does not tell. */
  inPlan: boolean | null;
}

export interface RowContext {
  resource: PushResource;
  atsId: string;
  /** null: the ATS has no such row (any more). */
  row: JudgedRow | null;
  /** The row is not there, which may be a slip: one with `deleted_at` is gone on purpose. */
  isMissing?: true;
  link: Link | null;
  /** The linked object; null if the mirror does not have it. */
  observed: Observed | null;
  /** A write of this row whose outcome is not known yet. */
  openIntent: { id: string; action: string; state: IntentState } | null;
  /** Conflicts open now. */
  openConflicts: Array<{ id: string; kind: RowConflictKind; field: string | null; uuid: string | null }>;
  resolutions: Resolution[];
  /** The last refusal by Spark Hire of the very same content (fingerprint), if nothing changed since. */
  refused: Issue | null;
  /** The fingerprint of what was refused (`fingerprint.ts`): given, the refusal holds for exactly that content. */
  refusedFingerprint?: string | null;
  /** To whom it was refused: the uuid of the user who acted, null for the administrator; undefined: nobody knows. */
  refusedActor?: string | null;
  /** Objects of Spark Hire without a link that may be this row's; see adoption in the rules of each resource. */
  adoptable: Observed[];
  /** Those of them that stand for a row which the ATS does not have any more: it may have given it another key. */
  formerRows?: FormerRow[];
  /**
   * Those of them that only invitations tell of, so that a person is asked: of a job, that its candidates were invited to it
   * before, whatever it is called; of an interview, that it was on a job which may have been this one's.
   */
  ledTo?: string[];
  /** Jobs that another row stands for, which says the same, and whose candidates this row invites: that row by the job's uuid. */
  beside?: Record<string, string>;
  /** What the row may have stood for under another key. */
  formerDeleted?: FormerDeleted[];
  /** The row that may be this one under another key, now that the ATS does not have this one any more. */
  successor?: Successor | null;
  parents: { job: ParentJob | null; requestedBy: ParentUser | null; owner: ParentUser | null };
  /** The question set an interview names; null where nothing can be said about it: then Spark Hire judges. */
  questionSet?: NamedQuestionSet | null;
  /** The questions, as they are now, of the set it was made with; null unless it is not known what it showed then. */
  formerSet?: DesiredQuestion[] | null;
  /** The last write, if it was to edit the questions of an interview and did not come to its end. */
  edit?: { from: ObservedQuestion[]; to: DesiredQuestion[] } | null;
  /** Whether the plan sends text messages. */
  smsNotifications?: boolean;
  /** Who acts, of a job or an interview; null: the administrator. */
  actor: ActingUser | null;
  /** An earlier row that invites the same e-mail to the same job and is not finished. */
  twin: string | null;
  /** Its interview has ended, and this row had come before that: no wish for another one. */
  twinIsOver?: true;
  /** Interviews of this linked job that are pending in Spark Hire now, whoever made them. */
  pendingInterviews: number;
  /** Of a share link that is wanted. */
  shares?: ShareFacts | null;
  /**
   * When the row began to wish for a slot or seat of the plan, in milliseconds since the epoch: since then it waits, or
   * it was written then. Those who asked first get what is free.
   */
  wishedAt?: number;
  /** Why it gets no slot or seat of the plan now (`NoRoom`); undefined or null: it may have one. */
  noRoom?: { message: string; asks: boolean } | null;
  /** How long ago `refused` was, in milliseconds. */
  refusedForMs?: number | null;
  /** Who has the e-mail address that a user is to get; null or undefined: nobody. */
  addressHolder?: AddressHolder | null;
  /** Whether the linked user is the one whose key the account is worked with. */
  isKeyUser?: boolean;
}

// ---- what is decided ---------------------------------------------------------------------------------------------

export type { ActionName, FieldChange, PlannedAction } from './actions.js';
export type { ActingUser } from './actors.js';
export type { FormerDeleted, FormerRow, Successor } from './former.js';
export type { ParentJob, ParentRow, ParentUser } from './parent-rows.js';
export type { FieldPolicy, KeyPolicies, Policies } from './policies.js';

export interface Decision {
  resource: PushResource;
  atsId: string;
  /** What it is now, its action not done. */
  state: RowState;
  /** What it is once its action was confirmed; the same as `state` if there is none. */
  next: RowState;
  /** Why it is so where no issue and no conflict says it (what a held row waits for, what is only proposed). */
  reason: string | null;
  issues: Issue[];
  /** At most one, since one write may change several fields. */
  action: PlannedAction | null;
  /** Conflicts that are to be open; others of this row close by themselves, but for those of `keeps`. */
  conflicts: ConflictDraft[];
  /** Ids of open conflicts that were not judged and stay as they are. */
  keeps: string[];
  /** Pairs to settle without a write: both sides say the same, or a person decided so. */
  settles: Base;
  /** Overwritten by policy: to be recorded, already resolved. */
  overwritten: ConflictDraft[];
  /**
   * Resolutions that are done with once this decision is carried out: acted upon, or put aside because the values a
   * person saw are others now. What is not among them goes on holding (`none`, `sparkhire` for a deleted object).
   */
  resolved: string[];
  /** The link ends: the object is gone and nobody wants another. */
  unlink: boolean;
  /** Whether `reason` is what it waits for. */
  waits?: boolean;
  /** The row that may be this one under another key, and is settled first. */
  heir?: string;
  /** It is held for nothing but who is to act, and this ends it: a person has to do it. */
  lacks?: KeyRemedy;
  /** It waits for a question set that the mirror does not have, or of which it does not have the questions. */
  missesSet?: boolean;
}
