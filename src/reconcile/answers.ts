/** What people answered about a row: which answer holds for what it says and what is there now, and what it names. */
import type { RowConflictKind } from './conflict-kinds.js';
import type { Json, Observed, Resolution, RowContext } from './types.js';
import { canonical } from './values/canonical.js';
import type { Same } from './values/equality.js';

/** About a field, if they saw the values of now. */
export function fieldChoice(
  { resolutions }: RowContext,
  field: string,
  sides: { ats: Json; sparkhire: Json },
  same: Same,
): Resolution | undefined {
  return resolutions.findLast(
    (resolution) =>
      resolution.kind === 'field_diverged' &&
      resolution.field === field &&
      same(resolution.ats, sides.ats) &&
      same(resolution.sparkhire, sides.sparkhire),
  );
}

/**
 * About the whole object, if the row means what it meant then, and the objects are those they saw.
 * @param identity what makes an object the one the row means (`Rules.identity`)
 * @param candidates whatever they saw unless given
 */
export function answerTo(
  kind: RowConflictKind,
  { resolutions }: RowContext,
  identity: Json,
  candidates?: readonly Observed[],
): Resolution | undefined {
  const decided = resolutions.filter((resolution) => resolution.kind === kind);
  if (decided.length === 0) return undefined;
  const text = canonical(identity);
  const uuids = candidates?.map(({ uuid }) => uuid).join();
  return decided.findLast(
    ({ ats, sparkhire }) =>
      canonical(ats) === text && (uuids === undefined || uuidsOf(sparkhire).join() === uuids),
  );
}

/** The object of which a person said that it is the row's; null if they did not. */
export function pointedAt(answer: Resolution | undefined): string | null {
  if (answer?.choice === 'link') return uuidsOf(answer.sparkhire)[0] ?? null;
  return answer?.choice.startsWith('link:') ? answer.choice.slice('link:'.length) : null;
}

/** Objects that a person saw and decided to make another beside them, for a row of this identity. */
export function seenBeside({ resolutions }: Pick<RowContext, 'resolutions'>, identity: Json): string[] {
  const text = canonical(identity);
  return resolutions
    .filter(({ choice, ats }) => ['send', 'create'].includes(choice) && canonical(ats) === text)
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
