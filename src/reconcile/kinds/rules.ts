/** What the rules of each resource give to `decide`, and the names of the fields in a base. */
import type { Draft, MergeInput } from '../draft.js';
import type { Base, Desired, Json, Observed, Policies, PushResource, RowContext } from '../types.js';

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
 */
export const baseFields = {
  users: ['name', 'email', 'role', 'active'],
  jobs: ['title', 'description', 'status', 'place', 'owner'],
  interviews: [
    'scheduled_at',
    'candidate',
    'questions',
    'type',
    'job',
    'email_message',
    'timezone',
    'desired',
    'share',
    'requested_by',
  ],
  share_links: ['status', 'reviewer', 'interviews'],
} as const satisfies Record<PushResource, readonly string[]>;

/** Who is to act, where somebody is named: kept with the link, for when the row is gone. */
export function namedActor(field: 'owner' | 'requested_by', atsId: string | null): Base {
  return atsId === null ? {} : { [field]: { ats: atsId, sparkhire: null } };
}

/** What is to be kept of who acts, where that changed. */
export function changedActor(base: Base, field: 'owner' | 'requested_by', atsId: string | null): Base {
  return (base[field]?.ats ?? null) === atsId ? {} : { [field]: { ats: atsId, sparkhire: null } };
}

/** Those fields that can be read back, as Spark Hire shows them: for the Spark Hire half of a pair after a write. */
export function shown(observed: Observed): Record<string, Json> {
  switch (observed.resource) {
    case 'users':
      return { name: observed.name, email: observed.email };
    case 'jobs':
      return {
        title: observed.title,
        status: observed.status,
        ...(observed.description === undefined ? {} : { description: observed.description }),
      };
    case 'interviews': {
      const { scheduledAt, questions } = observed;
      return {
        scheduled_at: scheduledAt,
        ...(questions === undefined ? {} : { questions: questions as unknown as Json }),
      };
    }
    case 'share_links':
      return { status: observed.status };
  }
}

/** A row's own type of values and of what is observed. */
export interface Rules<D extends Desired = Desired, O extends Observed = Observed> {
  /** What makes an object the one that the row means: the ATS value of conflicts about the whole object. */
  identity(values: D): Json;
  label(values: D): string;
  labelOf(observed: O): string;
  /** Objects without a link that may be this row's, by uuid. */
  candidates(values: D, context: RowContext): O[];
  /**
   * Objects without a link that are over: what this row had asked for may be among them, though nobody here knows, as in
   * a database that was restored from an older backup. Nothing is made beside them before a person said so.
   */
  over?(values: D, context: RowContext): O[];
  firstContact(policies: Policies): 'ask' | 'link' | 'create';
  /** A person reads why it is the same. */
  likeness: string;
  /** Tells what a person is to do about an object that is adopted, or what is to be decided next. */
  adopting?(values: D, observed: O, draft: Draft): void;
  /** Adds what keeps the row from being created: issues, and what it waits for. */
  beforeCreate(values: D, draft: Draft): void;
  /** Every value that a creation sends. */
  content(values: D): Record<string, Json>;
  /** The pairs that a creation settles; with the object, an adoption: those that are compared with what was sent alone. */
  settled(values: D, adopted: O | null): Base;
  /** What a person settles by saying that an object which only invitations led to is the row's. */
  settledElsewhere?(values: D, adopted: O): Base;
  /** The fields to be compared on both sides. */
  fields(values: D, observed: O, base: Base): MergeInput[];
  /** Everything about a linked object that the row wants. */
  linked(values: D, observed: O, draft: Draft): void;
  /** The row was withdrawn; the object exists. */
  withdrawn(observed: O, draft: Draft): void;
}
