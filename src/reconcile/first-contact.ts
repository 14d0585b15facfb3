/** A row without an object in Spark Hire: one that is there already is adopted, otherwise it is created. */

import { hasEnded } from '../interview-status.js';
import { answerTo, end, lastAnswer, pointedAt, seenBeside, uuidsOf, wasMade } from './answers.js';
import { act, ask, type Draft, keep, mergeField, newDraft, raiseAll } from './draft.js';
import { answersOf } from './kin/former.js';
import { isCalled, leftOver, linkedAs, nameOf, shows } from './kin/kin.js';
import { besideOf, formerOf, listing, whatIsOver, whose } from './kin/resembling.js';
import { type Rules, shown } from './kinds/rules.js';
import { partsOfShareLinkKey } from './kinds/share-keys.js';
import type { Answer, Base, Desired, Issue, Json, Observed } from './types.js';
import { canonical } from './values/fingerprint.js';

/** A row that meets Spark Hire for the first time, or once more. */
interface Contact {
  rules: Rules;
  values: Desired;
  draft: Draft;
  identity: Json;
  /** What a person said of a lost write. */
  outcome: Answer<'unknown_outcome'> | undefined;
  /** What they said of something that is there, whatever else is by now. */
  likely: Answer<'possible_duplicate'> | undefined;
  /** What is there, and may be the row's. */
  current: Observed[];
  /** It stands for nothing so far. */
  isNew: boolean;
}

/** Nothing is linked. Each of these adds to the draft what follows, and says whether that decides the row: the first one does. */
export function first(rules: Rules, values: Desired, draft: Draft): void {
  const { context } = draft;
  const identity = rules.identity(values);
  const isNew = context.link === null || context.isUsedAgain;
  const contact: Contact = {
    ...{ rules, values, draft, identity, isNew },
    outcome: answerTo('unknown_outcome', context, identity),
    likely: answerTo('possible_duplicate', context, identity),
    current: rules.candidates(values, context),
  };
  const isDecided =
    endsUnwanted(contact) ||
    followsLostWrite(contact) ||
    waitsForPackage(draft) ||
    refusesTwin(contact) ||
    waitsForAnothers(contact) ||
    meetsExisting(contact) ||
    (isNew && asksAboutDeleted(contact));
  if (!isDecided) create(contact);
}

/** Done where a person decided that there shall be no object (any more): that holds for as long as the row means the same. */
function endsUnwanted({ rules, values, draft, identity, outcome }: Contact): boolean {
  const deleted = answerTo('remote_deleted', draft.context, identity);
  if (deleted?.take === 'sparkhire') {
    agreeGone(draft, deleted, 'Deleted in Spark Hire, confirmed by a person.');
    return true;
  }
  if (outcome?.take !== 'none') return false;
  agreeGone(draft, outcome, `A person decided that nothing is sent again for ${rules.label(values)}.`);
  return true;
}

/** Done where a lost write had made what is the row's, as a person said; or they are still asked. */
function followsLostWrite({ rules, values, draft, identity, outcome }: Contact): boolean {
  if (adoptsPointed(rules, values, outcome, draft)) {
    wasMade(draft, identity);
    return true;
  }
  if (outcome?.take === 'send') {
    end(draft, outcome, 'made', 'a person decided to send it again');
    return false;
  }
  if (!draft.context.openConflicts.some(({ kind }) => kind === 'unknown_outcome')) return false;
  keep(draft, 'unknown_outcome');
  draft.unjudged = 'held';
  return true;
}

/** What its package would give is not known any more. */
function waitsForPackage(draft: Draft): boolean {
  const waits = draft.context.row?.waits ?? [];
  raiseAll(draft, waits);
  if (waits.length === 0) return false;
  draft.unjudged = 'held';
  return true;
}

/** Done where another row asks for the same, and is not finished. */
function refusesTwin({ values, draft, outcome, likely, isNew, current }: Contact): boolean {
  const { context } = draft;
  // What goes on with an interview that is over stands in nobody's way, nor anybody in its.
  const isOver = current.some((one) => one.resource === 'interviews' && hasEnded(one.status));
  const isWantedBeside = outcome?.take === 'send' || likely?.take === 'create';
  const isTwice = context.twinIsOver && isNew && !isWantedBeside;
  if (context.twin === null || isOver || (context.twinIsOver && !isTwice)) return false;
  raiseAll(draft, [...(context.row?.unsendable ?? []), duplicateOf(context.twin, values, isTwice)]);
  draft.unjudged = 'held';
  return true;
}

/**
 * Done where a person said that the row's is what another row stands for by now, as where they said so of both: to make another is
 * not what they decided.
 */
function waitsForAnothers({ rules, draft, identity, likely }: Contact): boolean {
  const { context } = draft;
  const object = context.adoptable.find(({ uuid }) => uuid === pointedAt(likely));
  const row = object === undefined ? undefined : besideOf(context, object.uuid);
  if (likely === undefined || object === undefined || row === undefined) return false;
  end(draft, likely, 'held');
  const sparkhire = listing([object], context);
  const reason = `A person linked ${rules.labelOf(object)} to this row, and row ${row} stands for it: an object of Spark Hire belongs to one row. If the two rows are the same, delete row ${row}.`;
  ask(draft, {
    kind: 'possible_duplicate',
    uuid: object.uuid,
    ats: identity,
    sparkhire,
    reason,
    policy: 'ask',
  });
  return true;
}

/** Something is there that may be the row's, or nothing. */
interface Meeting extends Contact {
  candidates: readonly Observed[];
  policy: ReturnType<Rules['firstContact']>;
  /** What a person said of just these. */
  chosen: Answer<'possible_duplicate'> | undefined;
}

/** What becomes of it: the first that applies. */
const ways: ReadonlyArray<
  [becomes: 'made' | 'pointed' | 'adopted' | 'asked', when: (met: Meeting) => boolean]
> = [
  // They saw all of it, and want what was lost sent again. What shows since may be what the lost write made.
  ['made', (met) => met.outcome !== undefined && sawAll(met, seenBeside(met.draft.context, met.identity))],
  // They saw all of it, and pointed at one that is free: that is the row's, whatever it is called by now.
  ['pointed', (met) => isPointedAtFree(met) && sawAll(met, uuidsOf(met.likely!.sparkhire))],
  ['made', ({ candidates, policy }) => candidates.length === 0 || policy === 'create'],
  ['made', ({ chosen }) => chosen?.take === 'create'],
  ['adopted', ({ candidates, policy }) => policy === 'link' && candidates.length === 1],
  ['asked', () => true],
];

const sawAll = ({ candidates }: Meeting, seen: readonly string[]) =>
  candidates.every(({ uuid }) => seen.includes(uuid));

function isPointedAtFree({ likely, draft: { context } }: Meeting): boolean {
  const pointed = pointedAt(likely);
  return context.adoptable.some(({ uuid }) => uuid === pointed && besideOf(context, uuid) === undefined);
}

/** Done where it is the row's, or a person is asked. */
function meetsExisting(contact: Contact): boolean {
  const { rules, values, draft, identity, likely, current } = contact;
  const { context } = draft;
  const over = current.length === 0 ? (rules.over?.(values, context) ?? []) : [];
  const candidates = [...current, ...over].sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
  // As of most rows: nothing is there, and nothing was said.
  if (candidates.length === 0 && likely === undefined) return false;
  const policy = policyFor(rules, candidates, over.length > 0, draft);
  const chosen = answerTo('possible_duplicate', context, identity, candidates);
  if (chosen !== undefined) end(draft, chosen, 'made');
  const met = { ...contact, candidates, policy, chosen };
  const [becomes] = ways.find(([, when]) => when(met))!;
  const uuid = candidates.length === 1 ? candidates[0]!.uuid : null;
  if (becomes === 'pointed') adoptsPointed(rules, values, likely, draft);
  else if (becomes === 'adopted') {
    // No answer says so: what one says about another object the next decision judges.
    draft.unjudged = 'held';
    adopt(rules, values, uuid!, rules.likeness, draft);
  } else if (becomes === 'asked')
    ask(draft, {
      kind: 'possible_duplicate',
      uuid,
      ats: identity,
      sparkhire: listing(candidates, context),
      reason: over.length === 0 ? whose(rules, candidates, draft) : whatIsOver(over, draft),
      policy,
    });
  return becomes !== 'made';
}

function create({ rules, values, draft }: Contact): void {
  raiseAll(draft, draft.context.row?.unsendable ?? []);
  rules.beforeCreate(values, draft);
  if (draft.issues.length > 0 || draft.waits.length > 0) return;
  for (const [field, to] of Object.entries(rules.content(values))) {
    if (to !== null) draft.changes.push({ field, from: null, to });
  }
  Object.assign(draft.writes, rules.settled(values, null));
  act(draft, 'create', null, rules.label(values), draft.why.size === 0 ? 'new in the ATS' : null);
}

/** @param isTwice its interview has ended, and this row had come before that */
function duplicateOf(twin: string, values: Desired, isTwice: boolean): Issue {
  const of = (field: string, message: string): Issue => ({ code: 'DUPLICATE', field, message });
  if (values.resource === 'users')
    return of(
      'email',
      `Row ${twin} already stands for the user with this e-mail address: withdraw one of the two.`,
    );
  if (values.resource === 'share_links')
    return of(
      'reviewers',
      `Row ${partsOfShareLinkKey(twin).requestAtsId} already shows these interviews to ${values.reviewer.email}: withdraw one of the two, or take this reviewer out of one.`,
    );
  return of(
    'candidate_email',
    isTwice
      ? `Row ${twin} invited this e-mail address to this job, and this row was there before that interview ended: withdraw this one. To invite once more, insert a new row.`
      : `Row ${twin} already invites this e-mail address to this job and is not finished: withdraw one of the two.`,
  );
}

/**
 * What becomes of what is there already. A row under another key is no first contact: it goes on, or a person is asked. Only
 * a person can tell about what ended, and about what nothing but invitations leads to.
 */
function policyFor(
  rules: Rules,
  candidates: readonly Observed[],
  isOver: boolean,
  { context, policies }: Draft,
): ReturnType<Rules['firstContact']> {
  const isAsked = ({ uuid }: Observed) =>
    context.ledTo.includes(uuid) || besideOf(context, uuid) !== undefined;
  if (isOver || candidates.some(isAsked)) return 'ask';
  const policy = rules.firstContact(policies);
  const isKnown = candidates.some(({ uuid }) => formerOf(context, uuid) !== undefined);
  return policy === 'create' && isKnown ? 'ask' : policy;
}

/**
 * Done where the row may have stood, under another key, for what was deleted in Spark Hire: a person says whether it is made
 * again, as for a row that kept its key, or has said so already.
 */
function asksAboutDeleted({ rules, values, draft, identity }: Contact): boolean {
  const { context } = draft;
  const former = context.formerDeleted.filter(
    ({ object }) =>
      object?.resource !== 'share_links' ||
      object.interviewUuids === null ||
      shows(object, context.shares?.interviews ?? []),
  );
  if (former.length === 0) return false;
  const answer = answerTo('remote_deleted', context, identity);
  if (answer?.take === 'ats' && former.some(({ object }) => object?.uuid === answer.uuid)) {
    end(draft, answer, 'made', 'deleted in Spark Hire, and a person decided to make it again');
    return false;
  }
  const open = former.find(({ agreed }) => !agreed);
  if (open === undefined) {
    const { object, atsId } = former[0]!;
    const what =
      object === null
        ? 'A person decided that nothing is sent again'
        : 'Deleted in Spark Hire, confirmed by a person';
    draft.state = 'gone';
    draft.note = `${what}: row ${atsId} may be this one under another key.`;
    return true;
  }
  const why =
    open.atsId === null
      ? ': candidates of this row were invited to it'
      : `: row ${open.atsId}, which is not there any more, may be this one under another key`;
  askDeleted(rules, values, draft, open.object!.uuid, why, open.atsId ?? undefined);
  return true;
}

/** Whether what was deleted in Spark Hire is made again, a person says. */
export function askDeleted(
  rules: Rules,
  values: Desired,
  draft: Draft,
  uuid: string,
  why = '',
  former?: string,
): void {
  ask(draft, {
    kind: 'remote_deleted',
    uuid,
    ats: rules.identity(values),
    reason: `${whatWasDeleted(rules, values, draft)}${why}.`,
    ...(former === undefined ? {} : { former }),
  });
}

/** By name only where the row is called otherwise by now: questions of one reason are told together. */
function whatWasDeleted(rules: Rules, values: Desired, { context }: Draft): string {
  const { link, observed, deletedHere } = context;
  const by = deletedHere ? ' by this service, when the ATS had withdrawn it' : '';
  const isOther = link !== null && observed !== null && !isCalled(values, observed, { base: link.base });
  return isOther
    ? `${rules.labelOf(observed)} was deleted in Spark Hire${by}, and the ATS asks for ${rules.label(values)} under its key`
    : `It was deleted in Spark Hire${by}, and the ATS asks for it`;
}

/** It goes on holding: otherwise the row, without a link, would make another object. */
export function agreeGone(draft: Draft, answer: Answer, note: string): void {
  end(draft, answer, 'held');
  draft.state = 'gone';
  draft.note = note;
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
  // Whom it had invited the question tells: the row may be back under another key, and Spark Hire show another address.
  if (values === null && draft.context.resource === 'interviews') {
    const { candidate_email: email = null, job_ats_id: job = null } = (outcome.ats ?? {}) as Record<
      string,
      Json
    >;
    draft.writes.candidate = { ats: { email }, sparkhire: null };
    draft.writes.job = { ats: job, sparkhire: null };
  }
  draft.byPerson = true;
  act(draft, 'adopt', uuid, values === null ? uuid : rules.label(values), linkedByPerson);
  draft.next = 'pending';
  return true;
}

const linkedByPerson = 'a person linked it';

/** Whether a person said what is the row's: then it is linked. */
export function adoptsPointed(
  rules: Rules,
  values: Desired,
  answer: Parameters<typeof pointedAt>[0],
  draft: Draft,
): boolean {
  const uuid = pointedAt(answer);
  if (uuid === null) return false;
  end(draft, answer!, 'used');
  draft.byPerson = true;
  adopt(rules, values, uuid, linkedByPerson, draft);
  return true;
}

export function adopt(rules: Rules, values: Desired, uuid: string, why: string, draft: Draft): void {
  const observed = draft.context.adoptable.find((object) => object.uuid === uuid) ?? null;
  const former = formerOf(draft.context, uuid);
  // Also what was asked of the row itself, and answered while the adoption had to wait.
  const answers = [...(former === undefined ? [] : answersOf(former)), ...draft.context.answers];
  // Decided with nothing settled; what is to be written follows once the link stands.
  const fields = newDraft({ ...draft.context, answers: answers }, draft.policies);
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
