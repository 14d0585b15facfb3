/** What a person is asked about an object: whether it is the row's, in words and as what they choose from; whether one that was deleted is made again. */
import { ask } from './draft.js';
import { besideOf, formerOf, isCalled } from './kin/kin.js';
import type { WantedRow } from './kinds/rules.js';
import { type Json, nouns, type Observed, type RowContext } from './types.js';

export function whose(candidates: readonly Observed[], { rules, draft: { context } }: WantedRow): string {
  const [only] = candidates;
  const former = candidates.flatMap(({ uuid }) => formerOf(context, uuid) ?? []);
  const names = former.map(({ atsId }) => atsId).join(', ');
  const isLedTo = context.ledTo.includes(only!.uuid);
  const beside = candidates.flatMap(({ uuid }) => besideOf(context, uuid) ?? []).join(', ');
  if (beside !== '')
    return `Row ${beside} says the same, and candidates of this row are invited to its job in Spark Hire: this row may be that job under another key. If it is, delete row ${beside}.`;
  if (candidates.length === 1 && former.length === 1) {
    const led = isLedTo ? ', and candidates of this row were invited to it' : '';
    const left = former[0]!.isThere ? 'says something else by now' : 'is not there any more';
    return `${rules.labelOf(only!)} in Spark Hire stands for row ${names}, which ${left}${led}: this row may be the same under another key.`;
  }
  if (candidates.length === 1 && isLedTo)
    return `${rules.labelOf(only!)} in Spark Hire belongs to no row of the ATS, and candidates of this row were invited to it: it may be the same job under another name.`;
  const which =
    former.length === 0
      ? ''
      : ` that is there now. Row ${names} stood for some of them: this row may be the same under another key`;
  return candidates.length === 1
    ? `An object of Spark Hire with ${rules.likeness} belongs to no row of the ATS.`
    : `${candidates.length} objects of Spark Hire with ${rules.likeness} belong to no row of the ATS${which}.`;
}

export function whatIsOver(over: readonly Observed[], context: RowContext): string {
  const namesakes = over.filter(({ uuid }) => context.namesakes.includes(uuid));
  if (namesakes.length > 0) {
    const at = namesakes.map(
      (one) => (one.resource === 'interviews' ? one.candidateEmail : null) ?? 'no address',
    );
    return `Somebody of this name is invited to this job under another address (${at.join(', ')}), and no row of the ATS names that address: it may be the same person, whose address was changed.`;
  }
  const onOther = over.filter(({ uuid }) => context.ledTo.includes(uuid));
  if (onOther.length > 0) {
    const rows = onOther.flatMap(({ uuid }) => formerOf(context, uuid)?.atsId ?? []).join(', ');
    if (rows === '')
      return `This candidate is invited to a job that may be the one of this row as well (${[...new Set(onOther.map(statusIn))].join(', ')}), and no row of the ATS explains that: it may be the same invitation.`;
    return `This candidate was invited for row ${rows} to a job whose own row is gone as well (${[...new Set(onOther.map(statusIn))].join(', ')}): this row and its job may be the same under other keys.`;
  }
  const statuses = [...new Set(over.map(statusIn))].join(', ');
  const noun = nouns[over[0]!.resource];
  const [what, have, them] =
    over.length === 1 ? [`one ${noun}`, 'has', 'it'] : [`${over.length} ${noun}s`, 'have', 'them'];
  const former = context.formerRows.filter(({ uuid }) => over.some((one) => one.uuid === uuid));
  const names = former.map(({ atsId }) => atsId).join(', ');
  const why =
    former.length === 0
      ? `No row known here asked for ${them}. This row may have been carried out before: a database that was restored from a backup would not know`
      : `The row that asked for ${them} (${names}) has been gone for more than a day. This row may be the same under another key, or a new request`;
  return `Spark Hire has ${what} like this that ${have} ended (${statuses}). ${why}.`;
}

function statusIn(object: Observed): string {
  return ('status' in object ? object.status : null) ?? 'no status';
}

/**
 * What a person chooses from: one object, or a list by uuid.
 * @param own what the row keeps if it is none of these; left out where it has nothing
 */
export function listing(candidates: readonly Observed[], context: RowContext, own?: string): Json {
  const entries = candidates.map((one) => {
    const row = besideOf(context, one.uuid);
    return {
      ...(entryOf(one) as object),
      ...(row === undefined ? {} : { of_row: row }),
      ...(own === undefined ? {} : { instead_of: own }),
    };
  });
  return entries.length === 1 ? entries[0]! : entries;
}

function entryOf(object: Observed): Json {
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
    case 'share_links':
      return { uuid, reviewer_email: object.reviewerEmail, status: object.status };
  }
}

/** Whether what was deleted in Spark Hire is made again, a person says. */
export function askDeleted(row: WantedRow, uuid: string, why = '', former?: string): void {
  const { rules, values, draft } = row;
  ask(draft, {
    kind: 'remote_deleted',
    uuid,
    ats: rules.identity(values),
    reason: `${whatWasDeleted(row)}${why}.`,
    ...(former === undefined ? {} : { former }),
  });
}

/** By name only where the row is called otherwise by now: questions of one reason are told together. */
function whatWasDeleted({ rules, values, draft: { context } }: WantedRow): string {
  const { link, observed, deletedHere } = context;
  const by = deletedHere ? ' by this service, when the ATS had withdrawn it' : '';
  const isOther = link !== null && observed !== null && !isCalled(values, observed, { base: link.base });
  return isOther
    ? `${rules.labelOf(observed)} was deleted in Spark Hire${by}, and the ATS asks for ${rules.label(values)} under its key`
    : `It was deleted in Spark Hire${by}, and the ATS asks for it`;
}
