/** One row and everything known about it → what is to be done with it. The rules are tried in this order:
 *
 *   1 a write of unknown outcome   nothing else until it is known
 *   2 withdrawn                    closed, canceled, or nothing to do
 *   3 wrong                        its issues; nothing is sent
 *   4 linked, object gone          remote_deleted, until a person decides
 *   5 linked                       its fields, merged into one write
 *   6 not linked                   adopted, or what it waits for, or created
 *   7 refused before               the same content is not sent again (in `finish`)
 */

import { canonical } from './canonical.js';
import { act, type Draft, finish, keep, mergeField, newDraft, raise } from './draft.js';
import { interviews } from './interviews.js';
import { jobs } from './jobs.js';
import type { Rules } from './rules.js';
import type {
  Base,
  Decision,
  Desired,
  Json,
  Observed,
  Policies,
  PushResource,
  Resolution,
  RowConflictKind,
  RowContext,
} from './types.js';
import { users } from './users.js';

const rulesOf = { users, jobs, interviews } as unknown as Record<PushResource, Rules>;

/** What makes an object the one a row means: the ATS value (`ats`) of every conflict that is not of one field. */
export function identityOf(values: Desired): Json {
  return rulesOf[values.resource].identity(values);
}

export function decide(context: RowContext, policies: Policies): Decision {
  const draft = newDraft(context, policies);
  const { row, link, observed, openIntent } = context;
  const rules = rulesOf[context.resource];
  if (openIntent !== null) {
    keep(draft);
    standAll(draft);
    draft.settled = 'in_flight';
    draft.note = 'The outcome of a write is not known yet.';
    return finish(draft);
  }
  if (row === null || !row.wanted) {
    withdraw(rules, draft);
  } else if (row.values === null || row.issues.length > 0) {
    for (const { code, field, message } of row.issues) raise(draft, code, field, message);
    keep(draft);
    standAll(draft);
    draft.settled = 'rejected';
  } else if (link === null) {
    first(rules, row.values, draft);
  } else if (observed === null || observed.deleted) {
    gone(rules, row.values, draft);
  } else {
    rules.linked(row.values, observed, draft);
  }
  return finish(draft);
}

/** Not judged now: what people decided goes on holding. */
function standAll(draft: Draft): void {
  for (const { id } of draft.context.resolutions) draft.standing.add(id);
}

function withdraw(rules: Rules, draft: Draft): void {
  const { link, observed } = draft.context;
  draft.settled = 'gone';
  if (link === null) return;
  // What the mirror has not (yet) is left alone: it is decided as soon as it is seen.
  if (observed === null) return;
  if (observed.deleted) draft.unlink = true;
  else rules.withdrawn(observed, draft);
}

/** The linked object does not exist any more, and the ATS wants it. */
function gone(rules: Rules, values: Desired, draft: Draft): void {
  const link = draft.context.link!;
  const choice = choiceOf(draft, 'remote_deleted', values);
  if (choice?.choice === 'ats') {
    draft.carried.add(choice.id);
    draft.why.add('deleted in Spark Hire, and a person wants it again');
    first(rules, values, draft);
  } else if (choice?.choice === 'sparkhire') {
    // It goes on holding: otherwise the row, without a link now, would make another object.
    draft.standing.add(choice.id);
    draft.unlink = true;
    draft.settled = 'gone';
    draft.note = 'Deleted in Spark Hire, and a person agreed.';
  } else {
    draft.conflicts.push({
      kind: 'remote_deleted',
      uuid: link.uuid,
      field: null,
      base: null,
      ats: rules.identity(values),
      sparkhire: null,
      reason: 'It was deleted in Spark Hire, and the ATS wants it.',
      policy: null,
    });
  }
}

/** Nothing is linked: adopt, wait, or create. */
function first(rules: Rules, values: Desired, draft: Draft): void {
  const { context, policies } = draft;
  if (ended(rules, values, draft)) return;
  const outcome = choiceOf(draft, 'unknown_outcome', values);
  if (outcome?.choice.startsWith('link:')) {
    draft.carried.add(outcome.id);
    adopt(rules, values, outcome.choice.slice('link:'.length), 'a person linked it', draft);
    return;
  }
  if (outcome?.choice === 'send') {
    draft.carried.add(outcome.id);
    draft.why.add('a person decided to send it again');
  } else if (context.openConflicts.some(({ kind }) => kind === 'unknown_outcome')) {
    keep(draft, 'unknown_outcome');
    standAll(draft);
    return;
  }
  if (context.twin !== null) {
    const message = `Row ${context.twin} already invites this e-mail address to this job and is not finished: withdraw one of the two.`;
    raise(draft, 'DUPLICATE', 'candidate_email', message);
    standAll(draft);
    return;
  }
  const mode = outcome === undefined ? rules.firstContact(policies) : 'create';
  const candidates = rules.candidates(values, context).sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
  if (candidates.length > 0 && mode !== 'create') {
    const choice = choiceOf(draft, 'possible_duplicate', values, candidates);
    const only = candidates.length === 1 ? candidates[0] : undefined;
    if (choice !== undefined) draft.carried.add(choice.id);
    const chosen =
      choice?.choice === 'link' ? only : candidates.find(({ uuid }) => choice?.choice === `link:${uuid}`);
    if (chosen !== undefined) return adopt(rules, values, chosen.uuid, 'a person linked it', draft);
    if (choice?.choice !== 'create') {
      if (mode === 'link' && only !== undefined)
        return adopt(rules, values, only.uuid, rules.likeness, draft);
      draft.conflicts.push({
        kind: 'possible_duplicate',
        uuid: only?.uuid ?? null,
        field: null,
        base: null,
        ats: rules.identity(values),
        sparkhire: listing(candidates),
        reason: `${only === undefined ? `${candidates.length} objects` : 'An object'} of Spark Hire with ${rules.likeness} ${only === undefined ? 'belong' : 'belongs'} to no row of the ATS.`,
        policy: rules.firstContact(policies),
      });
      return;
    }
  }
  rules.beforeCreate(values, draft);
  if (draft.issues.length > 0 || draft.waits.length > 0) return;
  for (const [field, to] of Object.entries(rules.content(values))) {
    if (to !== null) draft.changes.push({ field, from: null, to });
  }
  Object.assign(draft.writes, rules.settled(values, null));
  act(draft, 'create', null, rules.label(values), draft.why.size === 0 ? 'new in the ATS' : null);
}

/** Whether a person decided that there shall be no object (any more): that holds for as long as the row means the same. */
function ended(rules: Rules, values: Desired, draft: Draft): boolean {
  const deleted = choiceOf(draft, 'remote_deleted', values);
  if (deleted?.choice === 'sparkhire') {
    draft.standing.add(deleted.id);
    draft.settled = 'gone';
    draft.note = 'Deleted in Spark Hire, and a person agreed.';
    return true;
  }
  const unknown = choiceOf(draft, 'unknown_outcome', values);
  if (unknown?.choice === 'none') {
    draft.standing.add(unknown.id);
    draft.settled = 'gone';
    draft.note = `A person decided that nothing is sent again for ${rules.label(values)}.`;
    return true;
  }
  return false;
}

function adopt(rules: Rules, values: Desired, uuid: string, why: string, draft: Draft): void {
  const observed = draft.context.adoptable.find((object) => object.uuid === uuid) ?? null;
  // Decided with nothing settled; what is to be written follows once the link stands.
  const fields = newDraft({ ...draft.context, resolutions: [] }, draft.policies);
  const settled: Base = {};
  if (observed !== null) {
    Object.assign(settled, rules.settled(values, observed));
    for (const field of rules.fields(values, observed, settled)) mergeField(fields, settled, uuid, field);
    Object.assign(settled, fields.settles);
    draft.conflicts.push(...fields.conflicts);
  }
  Object.assign(draft.writes, settled);
  act(draft, 'adopt', uuid, observed === null ? rules.label(values) : rules.labelOf(observed), why);
  if (observed === null || fields.changes.length > 0) draft.after = 'pending';
}

function choiceOf(
  { context }: Draft,
  kind: RowConflictKind,
  values: Desired,
  candidates?: Observed[],
): Resolution | undefined {
  const identity = canonical(rulesOf[context.resource].identity(values));
  return context.resolutions.findLast(
    (resolution) =>
      resolution.kind === kind &&
      canonical(resolution.ats) === identity &&
      (candidates === undefined ||
        uuidsOf(resolution.sparkhire).join() === candidates.map(({ uuid }) => uuid).join()),
  );
}

/** What a person chooses from: one object, or a list by uuid. */
function listing(candidates: Observed[]): Json {
  const entries = candidates.map((object): Json => {
    const { uuid } = object;
    switch (object.resource) {
      case 'users':
        return { uuid, name: object.name, email: object.email };
      case 'jobs':
        return { uuid, title: object.title, location: object.location, status: object.status };
      case 'interviews':
        return {
          uuid,
          candidate_email: object.candidateEmail,
          status: object.status,
          scheduled_at: object.scheduledAt,
        };
    }
  });
  return entries.length === 1 ? entries[0]! : entries;
}

function uuidsOf(seen: Json): string[] {
  const entries = Array.isArray(seen) ? seen : [seen];
  return entries
    .map((entry) =>
      typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? entry.uuid : null,
    )
    .filter((uuid): uuid is string => typeof uuid === 'string')
    .sort();
}
