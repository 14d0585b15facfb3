/** What the rules of each resource give to `decide`. */
import type { Draft, MergeInput } from '../draft.js';
import type { Base, Desired, Json, Linked, Observed, Policies, RowContext } from '../types.js';

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

/** A row that says what it wants, the rules of its resource, and what is decided about it so far. */
export interface WantedRow {
  rules: Rules;
  values: Desired;
  draft: Draft;
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
  /** Of a row that is gone what its `identity` tells of what it had said. */
  meant?(identity: Record<string, Json>): Base;
  /** What a person settles by saying that an object which only invitations led to is the row's. */
  settledElsewhere?(values: D, adopted: O): Base;
  /** The fields to be compared on both sides. */
  fields(values: D, observed: O, base: Base): MergeInput[];
  /** Everything about its object that the row wants. */
  linked(values: D, linked: Linked<O>, draft: Draft): void;
  /** The row was withdrawn; the object exists. */
  withdrawn(linked: Linked<O>, draft: Draft): void;
}
