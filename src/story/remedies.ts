/** What ends a root cause, and whether it takes a person. Pure. */
import { actingColumn, triedAgain } from '../reconcile/acting/acting.js';
import { partsOfShareLinkKey } from '../reconcile/kinds/share-keys.js';
import { planUnread } from '../reconcile/plan/slots.js';
import type { PushResource } from '../reconcile/types.js';
import { notSentAgain } from '../reconcile/values/fingerprint.js';
import { heldPlan, type Reason, type Root } from './causes.js';

export interface Remedy {
  /** A sentence. */
  text: string;
  /** Who has to do something for it to end: `person` is an operator or the writer of the rows; `itself`: it is seen to. */
  waitsFor: 'person' | 'itself';
}

const person = (text: string): Remedy => ({ text, waitsFor: 'person' });
const itself = (text: string): Remedy => ({ text, waitsFor: 'itself' });

/** The table of schema ats that has the rows of a resource. */
export function tableOfRows(resource: string): string {
  return `ats.${resource === 'share_links' ? 'share_requests' : resource}`;
}

/** The key of the row in that table. */
function keyOfRow({ resource, atsId }: Root['row']): string {
  return resource === 'share_links' ? partsOfShareLinkKey(atsId).requestAtsId : atsId;
}

/** How the ATS of a connector is called. */
const titles: Readonly<Record<string, string>> = {
  greenhouse: 'Greenhouse',
  ashby: 'Ashby',
  lever: 'Lever',
  workable: 'Workable',
};
const ofPackage: ReadonlySet<string> = new Set(
  'package type question_set_uuid questions deadline_at timezone email_message'.split(' '),
);
const ofPlace: ReadonlySet<string> = new Set(['city', 'region', 'country', 'work_mode', 'work_place']);
const nouns: Readonly<Record<string, string>> = { users: 'user', jobs: 'job', interviews: 'candidate' };

/**
 * Rows of a connector are corrected where they come from: nobody else writes them, and what somebody changes in them is set back.
 * @returns without a full stop
 */
function correction(
  { field, row }: Pick<Root, 'field' | 'row'>,
  roots: number,
  source: string | null,
): string {
  const table = tableOfRows(row.resource);
  const noun = nouns[row.resource];
  if (source === null || noun === undefined) {
    const them = roots === 1 ? `row ${keyOfRow(row)}` : `these ${roots} rows`;
    return `Correct ${field === null ? '' : `${field} of `}${them} of ${table}`;
  }
  if (row.resource === 'interviews' && field !== null && ofPackage.has(field))
    return 'Correct the package in the settings (`packages`), or in ats.packages where it is not in them';
  const whose = roots === 1 ? `the ${noun}` : `these ${roots} ${noun}s`;
  const what = field !== null && ofPlace.has(field) ? `the office or place of ${whose}` : whose;
  const rows = roots === 1 ? `row ${keyOfRow(row)} of ${table} follows` : `the rows of ${table} follow`;
  return `Correct ${what} in ${titles[source] ?? 'the ATS'}: ${rows}`;
}

/**
 * @param roots how many rows are at the beginning
 * @param source the connector that writes them; null: another program
 */
export function remedyOf(root: Root, roots = 1, source: string | null = null): Remedy {
  const { code, field, message, row, conflict } = root;
  const table = tableOfRows(row.resource);
  const them = roots === 1 ? `row ${keyOfRow(row)}` : `these ${roots} rows`;
  const column = field === null ? '' : `${field} of `;
  switch (code) {
    case 'UNKNOWN_REFERENCE':
      return ofReference(root, source);
    case 'DECISION_NEEDED':
      if (row.resource === heldPlan)
        return person(
          'Look at `sparkhire-sync plan`; if it is meant, release it with `sparkhire-sync apply --approve CHECKSUM`.',
        );
      if (conflict === null) return person('Do what the message says: it takes a person.');
      if (row.resource === 'jobs' && field === 'status')
        return person(
          `Make it active in Spark Hire, close it in the ATS, or decide: \`sparkhire-sync conflicts show ${conflict.id}\`.`,
        );
      return person(
        roots === 1
          ? `Decide: \`sparkhire-sync conflicts show ${conflict.id}\`.`
          : 'Decide: `sparkhire-sync conflicts` lists them.',
      );
    case 'PLAN_LIMIT':
      if (message.endsWith(planUnread)) return itself('Nothing: the plan is read again in each round.');
      return person(
        'Make room in the plan of Spark Hire, or withdraw rows. It continues automatically then.',
      );
    case 'REMOTE_REJECTED':
      if (message.endsWith(notSentAgain))
        return person(`Do it by hand in Spark Hire, or set ${them} of ${table} back if it is there.`);
      // When it is sent again differs, and is in the message.
      return person(
        source === null
          ? `Do what the message says, or correct in ${them} of ${table} what Spark Hire's reason names.`
          : `${correction(root, roots, source)}. Spark Hire's reason names what is wrong.`,
      );
    case 'UNMAPPED_ENUM':
      return person(`${correction(root, roots, source)}, or add the word to the settings.`);
    case 'DUPLICATE':
      return person(
        row.resource === 'share_links'
          ? `Keep one of the rows in ${table} and withdraw the other, or take the reviewer out of one.`
          : `Keep one of the rows in ${table} and withdraw the other, or wait until the first one is finished.`,
      );
    case 'FORGOTTEN':
      // Not to be corrected: with another address they would be invited.
      return person(
        row.resource === 'interviews'
          ? `Delete ${them} of ${table}.`
          : `Take them out of ${column}${them} of ${table}, or delete ${roots === 1 ? 'it' : 'the rows'}.`,
      );
    case 'IMMUTABLE_AFTER_SEND':
      return person(`Put back the former value in ${column}${them} of ${table}: the API cannot change it.`);
    case 'SMS_CONSENT_MISSING':
      return person(`Set sms_consent in ${them} of ${table}, or take the phone number out.`);
    case 'IN_FLIGHT':
      return itself('Nothing: Spark Hire is asked what became of it.');
    default:
      return person(`${correction(root, roots, source)}.`);
  }
}

function ofReference({ field, message, needs, row, state }: Root, source: string | null): Remedy {
  const [named] = needs;
  if (named === undefined) {
    if (state === 'rejected') return person(`${correction({ field: null, row }, 1, source)}.`);
    // A row that is gone names nobody: its message says what to do about the person whom it had named.
    return (
      (isOfActor(field) ? ofActor(message) : null) ??
      itself('Nothing, unless the message says what to do: it continues automatically.')
    );
  }
  const table = tableOfRows(named.resource);
  if (!named.isThere)
    return itself(
      `Write row ${named.atsId} of ${table}${field === null ? '' : `, or name another in ${field}`}.`,
    );
  if (isOfActor(field) && named.isLinked) return ofActor(message) ?? person(message);
  if (named.resource === 'jobs' && named.isLinked)
    return person(
      `Make job ${named.atsId} active in Spark Hire, or open in ${table}; or withdraw the rows that wait for it.`,
    );
  return itself(`See row ${named.atsId} of ${table}; what waits for it follows automatically.`);
}

/** What the message says is to be done; null if it says nothing of that. */
function ofActor(message: string): Remedy | null {
  if (message.endsWith(triedAgain)) return itself(`Nothing: ${lowered(triedAgain)}`);
  const [, what] = /: (.*)$/s.exec(message) ?? [];
  return what === undefined ? null : person(`${what.charAt(0).toUpperCase()}${what.slice(1)}`);
}

const lowered = (sentence: string) => sentence.charAt(0).toLowerCase() + sentence.slice(1);

const actingColumns = new Set(
  Object.keys(actingColumn).flatMap((resource) => actingColumn[resource as PushResource] ?? []),
);

function isOfActor(field: Reason['field']): boolean {
  return field !== null && actingColumns.has(field);
}
