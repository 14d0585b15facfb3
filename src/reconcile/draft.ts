/** A decision while it is being made: what the rules of a row find out is gathered here, and closed by finish.ts. */

import type { KeyRemedy } from './acting/key-remedy.js';
import { end, fieldAnswer, holdField, type OpenDraft } from './answers.js';
import { conflictKinds, type RowConflictKind } from './conflict-kinds.js';
import type {
  ActionName,
  Base,
  ConflictDraft,
  FieldChange,
  Issue,
  IssueCode,
  Json,
  Policies,
  RowContext,
  RowState,
} from './types.js';
import type { Same } from './values/equality.js';
import { decideField, type FieldInput } from './values/fields.js';

export interface Draft extends OpenDraft {
  readonly context: RowContext;
  readonly policies: Policies;
  readonly issues: Issue[];
  readonly conflicts: ConflictDraft[];
  readonly overwritten: ConflictDraft[];
  readonly keeps: string[];
  /** Fields to write, and the pairs they settle. */
  readonly changes: FieldChange[];
  readonly writes: Base;
  /** Pairs that settle without a write. */
  readonly settles: Base;
  /** What the row waits for. */
  readonly waits: string[];
  action: { name: ActionName; uuid: string | null; label: string } | null;
  /** `Decision.state` and `next`, if nothing of the above says otherwise; `next` is the same as `state` where it is null. */
  state: RowState;
  next: RowState | null;
  note: string | null;
  unlink: boolean;
  missesSet: boolean;
  /** A person said which object it is. */
  byPerson?: true;
  heir?: string;
  /** All that it waits for is who is to act, and this ends it. */
  lacks?: KeyRemedy;
}

export function newDraft(context: RowContext, policies: Policies): Draft {
  return {
    context,
    policies,
    issues: [],
    conflicts: [],
    overwritten: [],
    keeps: [],
    changes: [],
    writes: {},
    settles: {},
    waits: [],
    ends: new Map(),
    unjudged: 'aside',
    why: new Set(),
    action: null,
    state: 'synced',
    next: null,
    note: null,
    unlink: false,
    missesSet: false,
  };
}

/** Adds an issue; one per field: the first stays. */
export function raise(draft: Draft, code: IssueCode, field: string | null, message: string): void {
  if (!draft.issues.some((issue) => issue.field === field)) draft.issues.push({ code, field, message });
}

/** Likewise. */
export function raiseAll(draft: Draft, issues: readonly Issue[]): void {
  for (const { code, field, message } of issues) raise(draft, code, field, message);
}

/** Asks a person. What is left out is null. */
export function ask(
  draft: Draft,
  conflict: Pick<ConflictDraft, 'kind' | 'reason'> & Partial<ConflictDraft>,
): void {
  draft.conflicts.push({
    ...{ uuid: null, field: null, base: null, ats: null, sparkhire: null, policy: null },
    ...conflict,
  });
}

/** @param why null where the fields to write say why */
export function act(draft: Draft, name: ActionName, uuid: string | null, label: string, why: string | null) {
  draft.action = { name, uuid, label };
  if (why !== null) draft.why.add(why);
}

/** Adds a field to the write. */
export function change(draft: Draft, field: string, from: Json, to: Json, sparkhire: Json = to): void {
  draft.changes.push({ field, from, to });
  draft.writes[field] = { ats: to, sparkhire };
}

export type MergeInput = Omit<FieldInput, 'policy' | 'base'> & {
  /** Why a person is asked where Spark Hire's change would be accepted: rows of the ATS would wait for it in silence. */
  asks?: string;
};

/** Decides one field of the linked object and adds what follows to the draft. */
export function mergeField(draft: Draft, base: Base, uuid: string, input: MergeInput): void {
  const { context, policies } = draft;
  const { field, desired, observed } = input;
  const policy = policies.fields[context.resource][field] ?? 'merge';
  const pair = base[field];
  const { kind } = decideField({ ...input, base: pair, policy });
  const asks = kind === 'accept' && policy === 'merge' ? input.asks : undefined;
  if (kind === 'nothing' || (kind === 'accept' && asks === undefined) || desired === undefined) return;
  const seen = observed ?? null;
  const from = observed === undefined ? (pair?.ats ?? null) : observed;
  const diverged = (reason: string): ConflictDraft => ({
    kind: 'field_diverged',
    uuid,
    field,
    base: pair ?? null,
    ats: desired,
    sparkhire: seen,
    reason,
    policy,
  });
  const settle = () => {
    draft.settles[field] = { ats: desired, sparkhire: seen };
  };
  const write = (why: string) => {
    change(draft, field, from, desired);
    draft.why.add(why);
  };
  if (kind === 'settle') settle();
  else if (kind === 'write') write('changed in the ATS');
  else if (kind === 'overwrite') {
    write('put back: policy ats');
    draft.overwritten.push(diverged(`Policy ats: the ATS owns ${field}, so its value was put back.`));
  } else {
    const since =
      pair === undefined
        ? 'The two sides differ and never agreed before.'
        : 'Changed on both sides since they last agreed.';
    takeSide(draft, diverged(asks ?? since), input.same ?? Object.is, { ats: write, sparkhire: settle });
  }
}

/** Of a field whose sides differ: what a person decided about just these values is done, else they are asked. Where its side is not written, it is settled. */
export function takeSide(
  draft: Draft,
  diverged: ConflictDraft,
  same: Same,
  side: { ats: (why: string) => void; sparkhire: () => void },
): void {
  const answer = fieldAnswer(draft.context, diverged, same);
  if (answer?.take === 'ats') side.ats("a person decided for the ATS's value");
  else if (answer?.take === 'sparkhire') side.sparkhire();
  else {
    draft.conflicts.push(diverged);
    return;
  }
  const isWritten = draft.changes.some(({ field }) => field === diverged.field);
  end(draft, answer, isWritten ? 'used' : 'settled');
}

/** Agrees to nothing about a field, after all. */
export function unsettle(draft: Draft, field: string): void {
  if (!(field in draft.settles)) return;
  delete draft.settles[field];
  holdField(draft, field);
}

/** Takes a field out of the write again. */
export function holdBack(draft: Draft, field: string): void {
  const at = draft.changes.findIndex((entry) => entry.field === field);
  if (at < 0) return;
  draft.changes.splice(at, 1);
  delete draft.writes[field];
  const recorded = draft.overwritten.findIndex((entry) => entry.field === field);
  if (recorded >= 0) draft.overwritten.splice(recorded, 1);
  holdField(draft, field);
}

/** Leaves open conflicts as they are: all, those that ask a person, or those of a kind. */
export function keep(draft: Draft, which: 'all' | 'asking' | RowConflictKind = 'all'): void {
  for (const { id, kind } of draft.context.openConflicts) {
    const isMeant = which === 'all' || which === kind || (which === 'asking' && conflictKinds[kind].asks);
    if (isMeant && !draft.keeps.includes(id)) draft.keeps.push(id);
  }
}

/** No rule judges the row's answers now: they go on holding. */
export function holdAnswers(draft: Draft): void {
  draft.unjudged = 'held';
}

/** Nothing is done about the row, nor judged: whatever is open or was answered stays as it is. */
export function leaveAsItIs(draft: Draft, state: RowState, note: string): void {
  keep(draft);
  holdAnswers(draft);
  draft.state = state;
  draft.note = note;
}
