/** An object that is there already becomes the row's: it is linked, and what the two sides say of it is compared. */
import { end, lastAnswer, pointedAt, wasMade } from './answers.js';
import { act, type Draft, mergeField, newDraft } from './draft.js';
import { answersOf, formerOf, leftOver, linkedAs, nameOf } from './kin/kin.js';
import { type Rules, shown, type WantedRow } from './kinds/rules.js';
import type { Base, Json } from './types.js';
import { canonical } from './values/fingerprint.js';

const linkedByPerson = 'a person linked it';

/** Whether a person said what is the row's: then it is linked. */
export function adoptsPointed(row: WantedRow, answer: Parameters<typeof pointedAt>[0]): boolean {
  const { draft } = row;
  const uuid = pointedAt(answer);
  if (uuid === null) return false;
  end(draft, answer!, 'used');
  draft.byPerson = true;
  adopt(row, uuid, linkedByPerson);
  return true;
}

/**
 * Links the row to an object that is there. Fields of which the two sides say something else are merged at once, as far as nothing
 * has to be written; that follows once the link stands. What people answered under a former key counts here.
 * @param why it is the row's, for people
 */
export function adopt({ rules, values, draft }: WantedRow, uuid: string, why: string): void {
  const observed = draft.context.adoptable.find((object) => object.uuid === uuid) ?? null;
  const former = formerOf(draft.context, uuid);
  // Also what was asked of the row itself, and answered while the adoption had to wait.
  const answers = [...(former === undefined ? [] : answersOf(former)), ...draft.context.answers];
  // Decided with nothing settled.
  const fields = newDraft({ ...draft.context, answers }, draft.policies);
  const settled: Base = {};
  if (observed !== null) {
    // What was settled for the row under its former key holds on.
    Object.assign(settled, former?.base ?? rules.settled(values, observed));
    delete settled.gone;
    delete settled[leftOver];
    if (draft.context.link?.uuid === uuid) settled[leftOver] = { ats: null, sparkhire: null };
    if (draft.context.ledTo.includes(uuid))
      Object.assign(settled, rules.settledElsewhere?.(values, observed));
    for (const field of rules.fields(values, observed, settled)) mergeField(fields, settled, uuid, field);
    Object.assign(settled, fields.settles);
    for (const answer of answers) {
      if (!fields.ends.has(answer.id)) continue;
      end(draft, answer, 'used');
      // The answer of a person for the ATS's value: it is as if the ATS had changed it now.
      if (answer.field !== null && fields.ends.get(answer.id) === 'used')
        settled[answer.field] = { ats: null, sparkhire: shown(observed)[answer.field] ?? null };
    }
    draft.conflicts.push(...fields.conflicts);
    rules.adopting?.(values, observed, draft);
  }
  const { resource } = values;
  if (draft.byPerson === true && (resource === 'users' || resource === 'jobs'))
    settled[linkedAs] = { ats: nameOf(values), sparkhire: null };
  Object.assign(draft.writes, settled);
  act(draft, 'adopt', uuid, observed === null ? rules.label(values) : rules.labelOf(observed), why);
  if (former !== undefined) draft.why.add(`row ${former.atsId} under another key`);
  // What has ended is judged by other rules, which only the next decision knows to apply.
  const hasEnded = rules.over?.(values, draft.context).some((object) => object.uuid === uuid) === true;
  if (observed === null || former !== undefined || hasEnded || fields.changes.length > 0)
    draft.next = 'pending';
}

/**
 * A person said what a lost write had made, and the row was withdrawn meanwhile: that is linked all the same, so that
 * the next decision cancels it. There may be no row to compare it with.
 */
export function adoptsWithdrawn(rules: Rules, draft: Draft): boolean {
  const { row, link } = draft.context;
  const outcome = lastAnswer('unknown_outcome', draft.context);
  const uuid = pointedAt(outcome);
  if (outcome === undefined || uuid === null) return false;
  if (uuid === link?.uuid) {
    end(draft, outcome, 'aside');
    return false;
  }
  end(draft, outcome, 'used');
  wasMade(draft, outcome.ats);
  const values = row?.values ?? null;
  const isSame = values !== null && canonical(rules.identity(values)) === canonical(outcome.ats);
  for (const [field, pair] of Object.entries(isSame ? rules.settled(values, null) : {})) {
    // What can be read back Spark Hire tells; but a job is only closed if it is known to have been sent as open.
    if (pair.sparkhire === null || field === 'status') draft.writes[field] = pair;
  }
  // Whom it meant the question tells: the row may be back under another key, and Spark Hire show another address.
  if (values === null)
    Object.assign(draft.writes, rules.meant?.((outcome.ats ?? {}) as Record<string, Json>));
  draft.byPerson = true;
  act(draft, 'adopt', uuid, values === null ? uuid : rules.label(values), linkedByPerson);
  draft.next = 'pending';
  return true;
}
