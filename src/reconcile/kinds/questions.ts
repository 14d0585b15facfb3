/**
 * Questions of an interview that was sent and not accepted yet: edits of the ATS are carried over, edits made in Spark
 * Hire stand, and where both changed them a person decides.
 *
 * An edit takes several requests, so it can stop halfway. What Spark Hire shows then is none of the two sides' wishes,
 * but a stage of the edit: those are known from where it began and where it was to lead (`RowContext.edit`), and are
 * gone on from.
 */
import { type Draft, raise, takeSide } from '../draft.js';
import type {
  Base,
  ConflictDraft,
  DesiredInterview,
  DesiredQuestion,
  Json,
  ObservedInterview,
  ObservedQuestion,
  Pair,
} from '../types.js';
import { sameText, sameValue, sameWords, statusOf } from '../values/equality.js';
import { decideField } from '../values/fields.js';

/** What the row says about its questions; the set wins. */
interface Wish {
  questions: DesiredQuestion[] | null;
  questionSetUuid: string | null;
}

type List = readonly ObservedQuestion[];

export function wishOf({ questions, questionSetUuid }: DesiredInterview): Json {
  return { questions: questions as unknown as Json, questionSetUuid };
}

/** Order counts. What cannot be read of one is no difference. */
export function sameQuestions(a: Json, b: Json): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return sameValue(a, b);
  return sameList(a as unknown as List, b as unknown as List);
}

function sameList(a: List, b: List): boolean {
  return a.length === b.length && a.every((question, at) => isSame(question, b[at]!));
}

function isSame(a: ObservedQuestion, b: ObservedQuestion): boolean {
  return sameWords(a.text, b.text) && isBuiltAlike(a, b);
}

/** Time limit and takes, which cannot be changed. */
function isBuiltAlike(a: ObservedQuestion, b: ObservedQuestion): boolean {
  return sameNumber(a.time_limit, b.time_limit) && sameNumber(a.takes, b.takes);
}

function sameNumber(a: number | null, b: number | null): boolean {
  return a === null || b === null || a === b;
}

/**
 * What turns one list into another, in this order: texts first, then additions, then removals, so that an interview is
 * never without questions. Numbers are places in `current`.
 */
export interface QuestionEdit {
  texts: Array<{ at: number; text: string }>;
  adds: DesiredQuestion[];
  removes: number[];
}

/**
 * Questions are added at the end and only their text can change: so from the first on that is built otherwise, those
 * that are not the beginning of what is to follow are replaced.
 */
export function editOf(current: List, target: readonly DesiredQuestion[]): QuestionEdit {
  const texts: QuestionEdit['texts'] = [];
  let kept = 0;
  while (kept < current.length && kept < target.length && isBuiltAlike(current[kept]!, target[kept]!)) {
    const { text } = target[kept]!;
    if (!sameWords(current[kept]!.text, text)) texts.push({ at: kept, text });
    kept += 1;
  }
  const rest = target.slice(kept);
  // What an edit that was interrupted has added already.
  let added = Math.min(rest.length, current.length - kept);
  while (added > 0 && !sameList(current.slice(current.length - added), rest.slice(0, added))) added -= 1;
  const removes: number[] = [];
  for (let at = kept; at < current.length - added; at += 1) removes.push(at);
  return { texts, adds: rest.slice(added), removes };
}

/** Every list that shows while the edit is carried out, its end included and its beginning too. */
export function stagesOf(current: List, target: readonly DesiredQuestion[]): List[] {
  const { texts, adds, removes } = editOf(current, target);
  let list: Array<{ question: ObservedQuestion; was: number | null }> = current.map((question, was) => ({
    question,
    was,
  }));
  const stages: List[] = [];
  const note = () => stages.push(list.map(({ question }) => question));
  note();
  for (const { at, text } of texts) {
    list = list.map((entry) =>
      entry.was === at ? { ...entry, question: { ...entry.question, text } } : entry,
    );
    note();
  }
  for (const question of adds) {
    list = [...list, { question, was: null }];
    note();
  }
  for (const at of removes) {
    list = list.filter(({ was }) => was !== at);
    note();
  }
  return stages;
}

/**
 * Questions as they are known to be: where one shows what it showed when both sides agreed, it is built as it was
 * sent, whatever of that can be read.
 */
export function asAgreed(observed: List, pair: Pair | undefined): ObservedQuestion[] {
  const shown = pair?.sparkhire as unknown as ObservedQuestion[] | null | undefined;
  const sent = (pair?.ats as unknown as Wish | undefined)?.questions;
  const isOwn = (pair?.ats as unknown as Wish | undefined)?.questionSetUuid == null;
  if (!Array.isArray(shown) || !Array.isArray(sent) || !isOwn || sent.length !== shown.length)
    return [...observed];
  return observed.map((question, at) => {
    const before = shown[at];
    if (before === undefined || !isBuiltAlike(question, before)) return question;
    return { text: question.text, time_limit: sent[at]!.time_limit, takes: sent[at]!.takes ?? -1 };
  });
}

/** Decides about the questions of a pending interview and adds what follows to the draft. */
export function mergeQuestions(
  values: DesiredInterview,
  seen: ObservedInterview,
  base: Base,
  draft: Draft,
): void {
  const pair = base.questions;
  if (pair === undefined) return;
  const wish = wishOf(values);
  const isWished = isEdited(values, wish, pair);
  const observed = observedOf(seen);
  const current = observed && asAgreed(observed, pair);
  const agreed = agreedList(pair, draft);
  const isAgreed = current !== undefined && agreed !== null && sameList(current, agreed);
  const isHalfway = current !== undefined && !isAgreed && isStage(current, draft);
  if (!isWished && !isHalfway) return;

  const field = questionsField(wish, pair.ats);
  const target = isWished ? targetOf(values, draft, field) : (agreed as DesiredQuestion[] | null);
  const isThere = current !== undefined && target !== null && sameList(current, target);
  if (isThere && isWished) {
    draft.settles.questions = { ats: wish, sparkhire: asJson(observed!) };
    return;
  }
  const status = statusOf(seen.status);
  if (status !== 'requested') {
    const shown = status === '' ? 'without a status' : `as ${status}`;
    const message =
      status !== 'accepted'
        ? `Spark Hire shows the interview ${shown}, and questions can be changed only while it is requested. Set them back, or cancel this row and invite with a new one.`
        : isHalfway
          ? 'The candidate accepted the interview while its questions were being edited, so it has neither the old nor the new ones. Look at it in Spark Hire and give this row the questions it has. Or cancel this row and invite with a new one.'
          : 'The candidate has accepted the interview, so its questions can no longer be changed. Set them back, or cancel this row and invite with a new one.';
    // More can be said of it than that its set is not known.
    const at = draft.issues.findIndex((issue) => issue.field === field);
    if (at >= 0) draft.issues.splice(at, 1);
    draft.missesSet = false;
    raise(draft, 'IMMUTABLE_AFTER_SEND', field, message);
    return;
  }
  if (target === null) return;
  const { kind } = decideField({
    field: 'questions',
    base: { ats: 'agreed', sparkhire: 'agreed' },
    desired: isWished ? 'wished' : 'agreed',
    observed: current === undefined || isAgreed || isHalfway ? 'agreed' : 'changed',
    policy: 'merge',
  });
  const write = (why: string) => {
    const from = current ?? agreed;
    draft.changes.push({ field: 'questions', from: from === null ? null : asJson(from), to: asJson(target) });
    draft.writes.questions = { ats: isWished ? wish : pair.ats, sparkhire: asJson(target) };
    draft.why.add(why);
  };
  if (kind === 'write') write('changed in the ATS');
  else if (isHalfway) write('an edit that was interrupted is taken back');
  else if (kind === 'conflict') {
    const diverged: ConflictDraft = {
      kind: 'field_diverged',
      uuid: seen.uuid,
      field: 'questions',
      base: pair,
      ats: asJson(target),
      sparkhire: asJson(current!),
      reason:
        agreed === null
          ? 'Changed in the ATS, and what Spark Hire showed before is not known.'
          : 'Changed on both sides since they last agreed.',
      policy: 'merge',
    };
    const settle = () => {
      draft.settles.questions = { ats: wish, sparkhire: asJson(observed!) };
    };
    takeSide(draft, diverged, sameQuestions, { ats: write, sparkhire: settle });
  }
}

/** Of a completed interview: other questions are told for as long as the row says them. That it says none is no wish. */
export function refuseQuestions(values: DesiredInterview, base: Base, draft: Draft): void {
  const { questions: pair } = base;
  const wish = wishOf(values);
  const asksNothing = values.questionSetUuid === null && (values.questions ?? []).length === 0;
  if (pair === undefined || asksNothing || !isEdited(values, wish, pair)) return;
  const message =
    'The interview is completed, so its questions cannot be changed any more: set them back, or invite with a new row beside this one.';
  raise(draft, 'IMMUTABLE_AFTER_SEND', questionsField(wish, pair.ats), message);
}

/** A package is a template: what became of it since the invitation is no wish to change that. */
function isEdited({ fromPackage }: DesiredInterview, wish: Json, pair: Pair): boolean {
  return !fromPackage?.includes('questions') && !sameWish(wish, pair.ats);
}

/** undefined where the mirror does not tell: a one-way interview always has questions. */
function observedOf({ questions, type }: ObservedInterview): List | undefined {
  return questions?.length === 0 && type !== 'live' ? undefined : questions;
}

function sameWish(a: Json, b: Json): boolean {
  const [left, right] = [a, b] as unknown as [Wish, Wish];
  // The set wins: beside one, questions were not sent.
  if (left.questionSetUuid !== null || right.questionSetUuid !== null)
    return sameText(left.questionSetUuid, right.questionSetUuid);
  return sameList(built(left.questions), built(right.questions));
}

function built(questions: readonly DesiredQuestion[] | null): DesiredQuestion[] {
  return (questions ?? []).map((question) => ({ ...question, takes: question.takes ?? -1 }));
}

function questionsField(now: Json, before: Json): 'question_set_uuid' | 'questions' {
  const [left, right] = [now, before] as unknown as [Wish, Wish];
  return sameText(left.questionSetUuid, right.questionSetUuid) ? 'questions' : 'question_set_uuid';
}

/** What Spark Hire showed when both sides agreed; null where that is not known. */
function agreedList(pair: Pair, { context }: Draft): List | null {
  if (Array.isArray(pair.sparkhire)) return asAgreed(pair.sparkhire as unknown as List, pair);
  const { questions, questionSetUuid } = pair.ats as unknown as Wish;
  if (questionSetUuid === null) return built(questions);
  return context.formerSet === null ? null : built(context.formerSet);
}

function isStage(current: List, { context: { edit } }: Draft): boolean {
  if (edit === null) return false;
  return stagesOf(edit.from, edit.to).some((stage) => sameList(stage, current));
}

/** null, with an issue, where it cannot be told. */
function targetOf(
  values: DesiredInterview,
  draft: Draft,
  field: 'question_set_uuid' | 'questions',
): DesiredQuestion[] | null {
  const set = draft.context.questionSet;
  if (values.questionSetUuid !== null) {
    const isEmpty = set?.questions?.length === 0 && values.type !== 'live';
    if (set === null || set.questions === null || isEmpty) {
      if (set !== null) draft.missesSet = true;
      const message = `The questions of set ${values.questionSetUuid} are not known (yet), so the interview keeps those it has: waits for them.`;
      raise(draft, 'UNKNOWN_REFERENCE', field, message);
      return null;
    }
    return built(set.questions);
  }
  const target = built(values.questions);
  if (target.length > 0 || values.type === 'live') return target;
  raise(
    draft,
    'REQUIRED_FIELD_MISSING',
    field,
    `Give questions or question_set_uuid: a one-way interview cannot be without questions, so it keeps those it has.`,
  );
  return null;
}

function asJson(list: List): Json {
  return list.map(({ text, time_limit, takes }) => ({ text, time_limit, takes }));
}
