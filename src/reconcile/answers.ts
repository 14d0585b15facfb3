/**
 * What people answered about a row: which answer is about what it says and what is there now, what it names, and how it ends.
 * Who carries it out, and what with:
 *
 *   asked               chosen             carried out by
 *   field_diverged      ats                `takeSide` (draft.ts): the field is written; a role is only settled
 *                                          (`compareRole`, kinds/users.ts)
 *                       sparkhire          the same: both values are settled, and nothing is written
 *     of `job`          ats, sparkhire     `settleStranded` (kinds/stranded.ts): canceled, then invited again; or the job is
 *                                          settled
 *     of `status`       ats, sparkhire     of a withdrawn row `withdrawn` (kinds/jobs.ts, kinds/share-links.ts): closed, or left open;
 *                                          that goes on holding while the row is not there
 *   remote_deleted      ats                `gone` (decide.ts): made again; under another key, `asksAboutDeleted` (first-contact.ts)
 *                       sparkhire          `gone`, `endsUnwanted` (first-contact.ts): the row is gone; it goes on holding
 *   possible_duplicate  link, link:UUID    `meetsExisting` (first-contact.ts): adopted
 *                       create             `meetsExisting`: made beside it; where its key may have moved, `movesOn`
 *                                          (kin/gone-over.ts): it keeps its own object
 *   unknown_outcome     link:UUID          `followsLostWrite` (first-contact.ts): adopted; of a withdrawn row, `adoptsWithdrawn`
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
 * By id:
 *
 *   used      the action carries it out: it ends in the transaction that confirms that
 *   settled   nothing is to be written: it ends with the decision, which settles its values
 *   held      it goes on holding
 *   none      no rule knows it: what the person saw is something else by now, or done. It is put aside, but not as long as there is
 *             an action: what is judged next nobody knows before that is done
 *
 * So a rule that says all there is to say holds what it does not judge (`holdAll`).
 */
export type AnswerEnds = Map<string, 'used' | 'settled' | 'held'>;

/** Of a `Draft`. */
interface OpenDraft {
  readonly context: Pick<RowContext, 'answers'>;
  readonly ends: AnswerEnds;
  /** Why its action is done. */
  readonly why: Set<string>;
}

export function use({ ends, why }: OpenDraft, { id }: Answer, because?: string): void {
  ends.set(id, 'used');
  if (because !== undefined) why.add(because);
}

export function settle({ ends }: OpenDraft, { id }: Answer): void {
  ends.set(id, 'settled');
}

export function isUsed({ ends }: OpenDraft, { id }: Pick<Answer, 'id'>): boolean {
  return ends.get(id) === 'used';
}

export function hold({ ends }: OpenDraft, { id }: Answer): void {
  ends.set(id, 'held');
}

/** Nothing is judged now. */
export function holdAll(draft: OpenDraft): void {
  for (const answer of draft.context.answers) hold(draft, answer);
}

/** Its field is neither written nor settled now. */
export function holdField(draft: OpenDraft, field: string): void {
  for (const answer of draft.context.answers)
    if (answer.kind === 'field_diverged' && answer.field === field && draft.ends.has(answer.id))
      hold(draft, answer);
}

/** Of a withdrawn row whose object is there: it may be back with its fields. Whether the object is closed is judged now. */
export function holdFields(draft: OpenDraft): void {
  draft.ends.clear();
  for (const answer of draft.context.answers)
    if (answer.kind === 'field_diverged' && !(answer.field === 'status' && answer.ats === 'inactive'))
      hold(draft, answer);
}

export function putAside({ ends }: OpenDraft, { id }: Answer): void {
  ends.delete(id);
}

/** Those that the action carries out. */
export function usedBy({ ends }: OpenDraft): string[] {
  return [...ends].flatMap(([id, end]) => (end === 'used' ? id : []));
}

/** Those that end with the decision. @param acts whether there is an action, after all */
export function endsOf(
  { context, ends }: OpenDraft,
  acts: boolean,
): Pick<Decision, 'carriedOut' | 'putAside'> {
  const ids = context.answers.map(({ id }) => id);
  return {
    carriedOut: ids.filter((id) => ends.get(id) === 'settled'),
    putAside: acts ? [] : ids.filter((id) => !ends.has(id)),
  };
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
export function isMadeAgain(
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

/** Objects that a person saw and decided to make another beside them, for a row of this identity. */
export function seenBeside({ answers }: Answered, identity: Json): string[] {
  const text = canonical(identity);
  return answers
    .filter(({ take, ats }) => (take === 'send' || take === 'create') && canonical(ats) === text)
    .flatMap(({ sparkhire }) => uuidsOf(sparkhire));
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
