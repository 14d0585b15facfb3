/**
 * A row for which nothing stands in Spark Hire, or not what it means any more: what is there already and is its own is adopted, about
 * what may be its own a person is asked, and otherwise it is created.
 */

import { hasEnded } from '../interview-status.js';
import { adopt, adoptsPointed } from './adopt.js';
import { answerTo, end, pointedAt, seenBeside, uuidsOf, wasMade } from './answers.js';
import { askDeleted, listing, whatIsOver, whose } from './asking.js';
import { act, ask, type Draft, holdAnswers, keep, raiseAll } from './draft.js';
import { besideOf, formerOf, shows } from './kin/kin.js';
import type { Rules, WantedRow } from './kinds/rules.js';
import { partsOfShareLinkKey } from './kinds/share-keys.js';
import type { Answer, Desired, Issue, Json, Observed } from './types.js';

/** A row that meets Spark Hire for the first time, or once more. */
interface Contact extends WantedRow {
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

/** Each of these rules adds to the draft what follows, and says whether that decides the row: the first one does. */
export function findOrCreate(row: WantedRow): void {
  const { rules, values, draft } = row;
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
function followsLostWrite(contact: Contact): boolean {
  const { draft, identity, outcome } = contact;
  if (adoptsPointed(contact, outcome)) {
    wasMade(draft, identity);
    return true;
  }
  if (outcome?.take === 'send') {
    end(draft, outcome, 'used_if_made', 'a person decided to send it again');
    return false;
  }
  if (!draft.context.openConflicts.some(({ kind }) => kind === 'unknown_outcome')) return false;
  keep(draft, 'unknown_outcome');
  holdAnswers(draft);
  return true;
}

/** What its package would give is not known any more. */
function waitsForPackage(draft: Draft): boolean {
  const waits = draft.context.row?.waits ?? [];
  raiseAll(draft, waits);
  if (waits.length === 0) return false;
  holdAnswers(draft);
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
  holdAnswers(draft);
  return true;
}

/** Done where a person linked the row to an object that another row stands for by now: they are asked again, and nothing is made. */
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
  /** Those of them that are over. */
  over: readonly Observed[];
  policy: ReturnType<Rules['firstContact']>;
  /** What a person said of just these. */
  chosen: Answer<'possible_duplicate'> | undefined;
}

/** What becomes of it, by the first that applies. @returns whether that decides the row; else it is created */
const meetings: ReadonlyArray<{ when: (met: Meeting) => boolean; goes: (met: Meeting) => boolean }> = [
  // They saw all of it, and want what was lost sent again. What shows since may be what the lost write made.
  {
    when: (met) => met.outcome !== undefined && sawAll(met, seenBeside(met.draft.context, met.identity)),
    goes: isNobodys,
  },
  // They saw all of it, and pointed at one that is free: that is the row's, whatever it is called by now.
  {
    when: (met) => isPointedAtFree(met) && sawAll(met, uuidsOf(met.likely!.sparkhire)),
    goes: (met) => adoptsPointed(met, met.likely),
  },
  { when: ({ candidates, policy }) => candidates.length === 0 || policy === 'create', goes: isNobodys },
  { when: ({ chosen }) => chosen?.take === 'create', goes: isNobodys },
  { when: ({ candidates, policy }) => policy === 'link' && candidates.length === 1, goes: adoptsOnly },
  { when: () => true, goes: asksWhose },
];

const sawAll = ({ candidates }: Meeting, seen: readonly string[]) =>
  candidates.every(({ uuid }) => seen.includes(uuid));

function isPointedAtFree({ likely, draft: { context } }: Meeting): boolean {
  const pointed = pointedAt(likely);
  return context.adoptable.some(({ uuid }) => uuid === pointed && besideOf(context, uuid) === undefined);
}

function isNobodys(): boolean {
  return false;
}

function adoptsOnly(met: Meeting): boolean {
  // No answer says so: what one says about another object the next decision judges.
  holdAnswers(met.draft);
  adopt(met, met.candidates[0]!.uuid, met.rules.likeness);
  return true;
}

function asksWhose(met: Meeting): boolean {
  const { candidates, over, policy, identity, draft } = met;
  ask(draft, {
    kind: 'possible_duplicate',
    uuid: candidates.length === 1 ? candidates[0]!.uuid : null,
    ats: identity,
    sparkhire: listing(candidates, draft.context),
    reason: over.length === 0 ? whose(candidates, met) : whatIsOver(over, draft.context),
    policy,
  });
  return true;
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
  if (chosen !== undefined) end(draft, chosen, 'used_if_made');
  const met: Meeting = { ...contact, candidates, over, policy, chosen };
  return meetings.find(({ when }) => when(met))!.goes(met);
}

function create({ rules, values, draft }: WantedRow): void {
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
function asksAboutDeleted(contact: Contact): boolean {
  const { draft, identity } = contact;
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
    end(draft, answer, 'used_if_made', 'deleted in Spark Hire, and a person decided to make it again');
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
  askDeleted(contact, open.object!.uuid, why, open.atsId ?? undefined);
  return true;
}

/** It goes on holding: otherwise the row, without a link, would make another object. */
export function agreeGone(draft: Draft, answer: Answer, note: string): void {
  end(draft, answer, 'held');
  draft.state = 'gone';
  draft.note = note;
}
