/**
 * What people answered about a row: which answer is about what it says and what is there now, what it names, and how it ends.
 * Who carries it out, and what with:
 *
 *   asked               chosen             carried out by
 *   field_diverged      ats                `takeSide` (draft.ts): the field is written; a role is only settled
 *                                          (`compareRole`, kinds/users.ts)
 *                       sparkhire          the same: both values are settled, and nothing is written
 *     of `job`          ats, sparkhire     `settlesStranded` (gone-over.ts): canceled, then invited again; or the job is
 *                                          settled
 *     of `status`       ats, sparkhire     of a withdrawn row `withdrawn` (kinds/jobs.ts, kinds/share-links.ts): closed, or left open;
 *                                          that goes on holding while the row is not there
 *   remote_deleted      ats                `wasDeleted` (decide.ts): made again; under another key, `asksAboutDeleted` (find-or-create.ts)
 *                       sparkhire          `wasDeleted`, `endsUnwanted` (find-or-create.ts): the row is gone; it goes on holding
 *   possible_duplicate  link, link:UUID    `meetsExisting` (find-or-create.ts): adopted
 *                       create             `meetsExisting`: made beside it; where its key may have moved, `keepsItsOwn`
 *                                          (gone-over.ts): it keeps its own object
 *   unknown_outcome     link:UUID          `followsLostWrite` (find-or-create.ts): adopted; of a withdrawn row, `adoptsWithdrawn` (adopt.ts)
 *                       send               `followsLostWrite`: sent again
 *                       none               `endsUnwanted`: the row is gone; it goes on holding
 *
 * The intent of a lost write ends before that (`endResolved` of ledger/unknown-intents.ts). No choice: plan_limit. Of the
 * account, not of a row: mass_disappearance (backfill/sweep/mass-disappearance.ts), mass_change (`apply --approve`).
 */
import type { RowConflictKind } from './conflict-kinds.js';
import type { Answer, ConflictDraft, Decision, Json, Link, Observed, RowContext } from './types.js';
import type { Same } from './values/equality.js';
import { canonical } from './values/fingerprint.js';

// ---- how they end

/**
 * By id, of those that a rule judged:
 *
 *   used           the action carries it out: it ends in the transaction that confirms that
 *   used_if_made   likewise, if the action makes an object; else it goes on holding
 *   settled        nothing is to be written: it ends with the decision, which settles its values
 *   held           it goes on holding
 *   aside          it is put aside, but not as long as there is an action: what is judged next nobody knows before that is done
 *
 * What no rule judged is put aside as well: what the person saw is something else by now, or done. A rule after which nothing else
 * is judged says that it is held (`OpenDraft.unjudged`).
 */
export type AnswerEnd = 'used' | 'used_if_made' | 'settled' | 'held' | 'aside';

/** Of a `Draft`. */
export interface OpenDraft {
  readonly context: Pick<RowContext, 'answers'>;
  readonly ends: Map<string, AnswerEnd>;
  /**
   * What becomes of answers that no rule judged. `fields_held`: the row is withdrawn and its object is there; it may be back with
   * its fields, and whether the object is closed is judged now.
   */
  unjudged: 'aside' | 'held' | 'fields_held';
  /** Why the action, for people. */
  readonly why: Set<string>;
}

export function end({ ends, why }: OpenDraft, { id }: Answer, as: AnswerEnd, because?: string): void {
  ends.set(id, as);
  if (because !== undefined) why.add(because);
}

/** What a lost write had made is linked: what they wanted made is carried out with that. @param identity of what it had made */
export function wasMade(draft: OpenDraft, identity: Json): void {
  const wanted = toMake(draft.context, identity);
  for (const answer of draft.context.answers)
    if (wanted.includes(answer) || draft.ends.get(answer.id) === 'used_if_made') end(draft, answer, 'used');
}

/** Its field is neither written nor settled now. */
export function holdField(draft: OpenDraft, field: string): void {
  for (const answer of draft.context.answers)
    if (answer.kind === 'field_diverged' && answer.field === field && draft.ends.has(answer.id))
      end(draft, answer, 'held');
}

/** Those that the action carries out. @param makes whether it makes an object */
export function usedBy({ ends }: OpenDraft, makes: boolean): string[] {
  return [...ends].flatMap(([id, end]) => (end === 'used' || (makes && end === 'used_if_made') ? id : []));
}

/** Those that end with the decision. @param acts whether there is an action, after all */
export function endsOf(
  { context, ends, unjudged }: OpenDraft,
  acts: boolean,
): Pick<Decision, 'carriedOut' | 'putAside'> {
  const isHeld = ({ kind, field, ats }: Answer) =>
    unjudged === 'held' ||
    (unjudged === 'fields_held' && kind === 'field_diverged' && !(field === 'status' && ats === 'inactive'));
  const endOf = (one: Answer) => ends.get(one.id) ?? (isHeld(one) ? 'held' : 'aside');
  const ending = (as: string) => context.answers.filter((one) => endOf(one) === as).map(({ id }) => id);
  return { carriedOut: ending('settled'), putAside: acts ? [] : ending('aside') };
}

// ---- which holds, and what it names

type Answered = Pick<RowContext, 'answers'>;

function answersAbout<K extends RowConflictKind>(kind: K, { answers }: Answered): Array<Answer<K>> {
  return answers.filter((answer) => answer.kind === kind) as Array<Answer<K>>;
}

/** About a field, if they saw the values of now. */
export function fieldAnswer(
  context: Answered,
  { field, ats, sparkhire }: Pick<ConflictDraft, 'field' | 'ats' | 'sparkhire'>,
  same: Same,
): Answer<'field_diverged'> | undefined {
  return answersAbout('field_diverged', context).findLast(
    (answer) => answer.field === field && same(answer.ats, ats) && same(answer.sparkhire, sparkhire),
  );
}

/**
 * About the whole object, if the row means what it meant then, and the objects are those they saw.
 * @param identity what makes an object the one the row means (`Rules.identity`)
 * @param candidates whatever they saw unless given
 */
export function answerTo<K extends RowConflictKind>(
  kind: K,
  context: Answered,
  identity: Json,
  candidates?: readonly Observed[],
): Answer<K> | undefined {
  const given = answersAbout(kind, context);
  if (given.length === 0) return undefined;
  const text = canonical(identity);
  const uuids = candidates?.map(({ uuid }) => uuid).join();
  return given.findLast(
    ({ ats, sparkhire }) =>
      canonical(ats) === text && (uuids === undefined || uuidsOf(sparkhire).join() === uuids),
  );
}

/** The last one of a kind, whatever the row means by now. */
export function lastAnswer<K extends RowConflictKind>(kind: K, context: Answered): Answer<K> | undefined {
  return answersAbout(kind, context).at(-1);
}

/** The object of which a person said that it is the row's; null if they did not. */
export function pointedAt(
  answer: Answer<'possible_duplicate' | 'unknown_outcome'> | undefined,
): string | null {
  if (answer?.take === 'link') return uuidsOf(answer.sparkhire)[0] ?? null;
  return answer?.take.startsWith('link:') ? answer.take.slice('link:'.length) : null;
}

/** Whether a person wants another object made for a row of this link, in the place of the one that stands for it. */
export function isToBeReplaced(
  { uuid }: Link,
  object: Observed | undefined,
  answers: readonly Answer[],
): boolean {
  const isThat = ({ kind, field }: Answer) =>
    object?.deleted === true
      ? kind === 'remote_deleted'
      : object?.resource === 'interviews' && object.status !== 'completed' && field === 'job';
  return answers.some((one) => one.take === 'ats' && one.uuid === uuid && isThat(one));
}

/** Those that want an object made for a row of this identity. */
function toMake({ answers }: Answered, identity: Json): Answer[] {
  const text = canonical(identity);
  const isWish = ({ kind, take }: Answer) =>
    take === 'send' || take === 'create' || (kind === 'remote_deleted' && take === 'ats');
  return answers.filter((one) => isWish(one) && canonical(one.ats) === text);
}

/** Objects that a person saw and decided to make another beside them, for a row of this identity. */
export function seenBeside(context: Answered, identity: Json): string[] {
  return toMake(context, identity).flatMap(({ sparkhire }) => uuidsOf(sparkhire));
}

/** The objects that a question showed, in order. */
export function uuidsOf(shown: Json): string[] {
  const entries = Array.isArray(shown) ? shown : [shown];
  return entries
    .map((entry) =>
      typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? entry.uuid : null,
    )
    .filter((uuid): uuid is string => typeof uuid === 'string')
    .sort();
}
