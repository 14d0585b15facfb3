/** The words of deciding: what comes in, what comes out. Everything here is data; nothing touches I/O or a clock. */

import type { ActingUser, KeyRemedy } from './acting/key-remedy.js';
import type { PlannedAction } from './actions.js';
import type { RowConflictKind } from './conflict-kinds.js';
import type {
  Answer,
  Base,
  ConflictDraft,
  DesiredQuestion,
  IntentState,
  Issue,
  JudgedRow,
  Link,
  Observed,
  ObservedQuestion,
  PushResource,
  RowState,
} from './values/values.js';

export * from './values/values.js';

// ---- rows under another key, and rows that others name: an interview its job, both a user -------------------------

/** What was deleted in Spark Hire and had stood for a row that is gone from its table. */
export interface FormerDeleted {
  /** null: it was never found, and a person decided that nothing is sent again. */
  object: Observed | null;
  /** null: no row is known that it stood for; candidates of this row were invited to it. */
  atsId: string | null;
  /** A person agreed that there shall be none any more. */
  agreed: boolean;
}

/** A row that may be one that is gone from its table, under another key. */
export interface Successor {
  atsId: string;
  /** It is withdrawn by now: it says who acts, and is told what keeps the object from being ended. */
  withdrawn?: JudgedRow;
}

/** A row that is gone from its table, or has gone over to another object, and the object it is linked to. */
export type FormerRow = Pick<Link, 'uuid' | 'base'> & {
  atsId: string;
  /** Fields about which a person was asked under its key; `take` is null until they answered. Answers that were carried out are in the base. */
  asked?: Array<Omit<Answer<'field_diverged'>, 'take'> & { take: Answer<'field_diverged'>['take'] | null }>;
  /** It was known to be gone more than a day before the row came that may be the same. */
  longGone: boolean;
  /** It is in its table: it has gone over, or was only edited. */
  isThere?: true;
  /** Of a job: whom its rows had invited this row invites now. */
  leads?: boolean;
};

/** In a plan, the uuid of a user whom it makes before the rows that name them. */
export const willBeMade = 'will be made';

/** A row that another one names. */
export interface ParentRow {
  atsId: string;
  /** What became of it; null or left out: that is not decided yet. */
  state?: RowState | null;
  /** What keeps it, where it is rejected or held (`rootOf`); null if that is not known. */
  why?: string | null;
}

export interface ParentJob extends ParentRow {
  /** Whether it is linked, or schema ats has (or had) such a row that is not rejected. */
  known: boolean;
  wanted: boolean;
  /** It is to be active, and the plan has no slot for it. */
  withoutSlot?: boolean;
  /** false: the ATS wants it closed, or does not want it. Nobody is invited to it then, whatever Spark Hire shows. */
  wantedOpen?: boolean;
  uuid: string | null;
  /** Objects that were deleted in Spark Hire while they were this row's, the last one last: another may have been made for it since. */
  replaces?: readonly string[];
  /** What Spark Hire says now. */
  observedStatus: string | null;
  /** What it will be once the actions before this one are done. */
  willBeActive: boolean;
}

export interface ParentUser extends ParentRow {
  /** Whether it is linked, or schema ats has (or had) such a row. */
  known: boolean;
  /** null as long as the user is not in Spark Hire; {@link willBeMade} in a plan that makes them first. */
  uuid: string | null;
}

/** The row whose user has, in Spark Hire, the address that another row wants. */
export interface AddressHolder {
  atsId: string;
  /**
   * What that row wants of the address: `gives_up` it for another one, `keeps` it, or was `withdrawn`; `swaps`: it waits
   * in its turn for the address that the user of the other row has, be it through further rows.
   */
  plans: 'gives_up' | 'keeps' | 'withdrawn' | 'swaps';
  /** The uuid of its user, if that was not listed any more: removed by a person, or not shown. */
  unlisted?: string;
  /** The plan carries that out before: the step in which the address is free. */
  freeInStep?: number;
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
  /** Its row means another one, which it may get in the same load. */
  unsettled?: true;
}

/** What a share link depends on. */
export interface ShareFacts {
  /** Those of its row, in the same order: one list for all reviewers of a request (`values/shared-lists.ts`). */
  interviews: ReadonlyArray<Readonly<SharedInterview>>;
  /** Whether the plan has advanced share links; null if it does not tell. */
  inPlan: boolean | null;
  /** Rows of its interviews go over to others first. */
  areMoving?: true;
}

/** The row, and the object it is linked to. */
export interface RowItself {
  resource: PushResource;
  atsId: string;
  /** null: the ATS has no such row (any more). */
  row: JudgedRow | null;
  /** The row is not there, which may be a slip: one with `deleted_at` is gone on purpose. */
  isMissing: boolean;
  /** That it was not there was settled last: it came back. */
  wasGone: boolean;
  link: Link | null;
  /** The linked object; null if the mirror does not have it. */
  observed: Observed | null;
}

/** A write that Spark Hire refused. */
export interface Refused {
  issue: Issue;
  /** Of the write (`fingerprint`). */
  fingerprint: string;
  /** To whom it was refused: the uuid of the user who acted, null for the administrator. */
  actor: string | null;
  /** How long ago it was, in milliseconds. */
  forMs: number;
}

/** What was asked, tried and refused before. */
export interface RowHistory {
  /** A write of this row whose outcome is not known yet. */
  openIntent: { id: string; action: string; state: IntentState } | null;
  /** The last write, if it was to edit the questions of an interview and did not come to its end. */
  edit: { from: ObservedQuestion[]; to: DesiredQuestion[] } | null;
  /** Conflicts open now. */
  openConflicts: Array<{ id: string; kind: RowConflictKind; field: string | null; uuid: string | null }>;
  answers: Answer[];
  /** The last write, if Spark Hire refused it and that still holds (`refusals.ts`). */
  refused: Refused | null;
  /**
   * When the row began to wish for a slot or seat of the plan, in milliseconds since the epoch: since then it waits, or
   * it was written then. Those who asked first get what is free.
   */
  wishedAt: number;
}

/** Objects that may be the row's. */
export interface RowLikes {
  /** Objects of Spark Hire without a link that may be this row's; see adoption in the rules of each resource. */
  adoptable: Observed[];
  /** Those of them that stand for a row which the ATS does not have any more: it may have given it another key. */
  formerRows: FormerRow[];
  /**
   * Those of them that only invitations tell of, so that a person is asked: of a job, that its candidates were invited to it
   * before, whatever it is called; of an interview, that it was on a job which may have been this one's.
   */
  ledTo: string[];
  /**
   * Those of them that are pending interviews of the row's job with somebody of the same name under another address, which
   * no row explains: so that a person is asked.
   */
  namesakes: string[];
  /** Of a linked job: neither its title nor anybody whom it invites is its object's, and others lead to another one. */
  jobGoneOver: boolean;
  /**
   * Those of them that another row stands for, which is there and means them; that row by the object's uuid. Jobs whose row says the
   * same, and whose candidates this row invites; and what a person said is this row's, before or since it became that one's.
   */
  beside: Record<string, string>;
  /** Those of them that are jobs of no row, called what this row says, and to which candidates of this row were invited. */
  invitedTo: string[];
}

/** As of a row that nothing resembles. */
export const nothingAlike = (): RowLikes => ({
  adoptable: [],
  formerRows: [],
  ledTo: [],
  namesakes: [],
  jobGoneOver: false,
  beside: {},
  invitedTo: [],
});

/** What may be the same: objects, and rows under other keys. */
export interface RowKin extends RowLikes {
  /** What the row may have stood for under another key. */
  formerDeleted: FormerDeleted[];
  /** Of a linked object that was deleted: this service did that, as the ATS had withdrawn it. */
  deletedHere: boolean;
  /** Of a linked row: it came back and means something else than its object, which stays as its withdrawal left it or is deleted. */
  isUsedAgain: boolean;
  /** It was left with another one's object when keys moved, and means something else (`readLeft`). */
  isLeftOver: boolean;
  /** The row that may be this one under another key, now that the ATS does not have this one any more. */
  successor: Successor | null;
  /** An earlier row that invites the same e-mail to the same job and is not finished. */
  twin: string | null;
  /** Its interview has ended, and this row had come before that: no wish for another one. */
  twinIsOver: boolean;
}

/** What it depends on. */
export interface RowSurroundings {
  parents: {
    readonly job: Readonly<ParentJob> | null;
    readonly requestedBy: Readonly<ParentUser> | null;
    readonly owner: Readonly<ParentUser> | null;
  };
  /** The question set an interview names; null where nothing can be said about it: then Spark Hire judges. */
  questionSet: NamedQuestionSet | null;
  /** The questions, as they are now, of the set it was made with; null unless it is not known what it showed then. */
  formerSet: DesiredQuestion[] | null;
  /** Whether the plan sends text messages. */
  smsNotifications: boolean;
  /** Who acts, of a job or an interview; null: the administrator. */
  actor: Readonly<ActingUser> | null;
  /** Interviews of this linked job that are pending in Spark Hire now, whoever made them. */
  pendingInterviews: number;
  /** Of a share link that is wanted. */
  shares: Readonly<ShareFacts> | null;
  /** Who has the e-mail address that a user is to get; null: nobody. */
  addressHolder: AddressHolder | null;
}

/** What the round found out. */
export interface RowInRound {
  /** Why it gets no slot or seat of the plan now (`NoRoom`); null: it may have one. */
  noRoom: { message: string; asks: boolean } | null;
  /**
   * The row that comes before its object is ended: a person is asked whether that is its, or it takes it over; null: there is none.
   * `isJob`: of an interview, it is the row of a job, which may be that of the interview under another key.
   */
  waitsFor: { atsId: string; isJob?: true } | null;
  /** Whether the linked user is the one whose key the account is worked with: asked before one is deleted. */
  isKeyUser: boolean;
}

type Unchanging<T> = { readonly [K in keyof T]: T[K] extends Array<infer E> ? readonly E[] : T[K] };

/**
 * One row with everything its decision needs. What becomes known of it later makes another context.
 *
 *   part               read by (desired/read/)                 judged by (reconcile/)
 *   RowItself          standing.ts, judge/, observed.ts        decide.ts: where it stands
 *   RowHistory         standing.ts
 *     openIntent                                               decide.ts: nothing else meanwhile
 *     edit                                                     kinds/questions.ts
 *     openConflicts, answers                                   answers.ts, for all rules
 *     refused                                                  finish.ts, by refusals.ts
 *     wishedAt                                                 push/decide/allotment.ts, plan/slots.ts
 *   RowLikes           observed.ts (`readAdoptable`)           find-or-create.ts, adopt.ts; kinds/ by `alike`
 *     jobGoneOver, namesakes, invitedTo                        gone-over.ts, too
 *   RowKin
 *     formerDeleted    observed.ts                             find-or-create.ts (`asksAboutDeleted`)
 *     deletedHere      relations.ts                            asking.ts: who deleted it
 *     isUsedAgain,
 *     isLeftOver       kin/kinship.ts                          gone-over.ts
 *     successor        kin/successors.ts                       gone-over.ts, decide.ts (`withdraw`)
 *     twin, twinIsOver kin/twins.ts, share-twins.ts            find-or-create.ts (`refusesTwin`)
 *   RowSurroundings
 *     parents, actor   relations.ts, actors.ts                 kinds/ by parents.ts; finish.ts by acting/
 *     questionSet,
 *     formerSet        surroundings.ts                         kinds/interviews.ts, questions.ts
 *     smsNotifications surroundings.ts                         push/send/payloads.ts
 *     pendingInterviews relations.ts                           kinds/jobs.ts
 *     shares           shares.ts                               kinds/share-links.ts, kin/
 *     addressHolder    addresses.ts                            kinds/users.ts
 *   RowInRound         push/decide/                            finish.ts (noRoom), gone-over.ts (waitsFor), kinds/users.ts
 *
 * What the plan brings about in parents is put in by push/decide/among-rows.ts.
 */
export type RowContext = Unchanging<RowItself & RowHistory & RowKin & RowSurroundings & RowInRound>;

/** The object that stands for a row, and is there. */
export interface Linked<O extends Observed = Observed> {
  link: Link;
  observed: O;
}

// ---- what is decided ---------------------------------------------------------------------------------------------

export type { ActingUser } from './acting/key-remedy.js';
export type { ActionName, FieldChange, PlannedAction } from './actions.js';
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
  /** Answers that end as carried out with this decision, since nothing is to be written. Those of its action end with that. */
  carriedOut: string[];
  /** Answers that end without it: what the person saw is something else by now, or done. All others go on holding. */
  putAside: string[];
  /** The link ends: the object is gone and nobody wants another. */
  unlink: boolean;
  /** Whether `reason` is what it waits for. */
  waits?: boolean;
  /** Where nothing is done now: the row that may be this one under another key, and is settled first. */
  heir?: string;
  /** It is held for nothing but who is to act, and this ends it: a person has to do it. */
  lacks?: KeyRemedy;
  /** It waits for a question set that the mirror does not have, or of which it does not have the questions. */
  missesSet?: boolean;
}
