/**
 * Rows that others name: why one cannot be used, in words that name the root. A row that is rejected or held says so with its
 * own reason, so that a chain (an interview, its job, the job's owner) tells at its end what is wrong at its beginning.
 */

import { isDisabled, whoActs } from './acting/acting.js';
import { conflictKinds } from './conflict-kinds.js';
import { type Draft, raise } from './draft.js';
import type { Decision, Issue, ParentJob, ParentRow, ParentUser } from './types.js';

/** Columns of schema ats whose fields have another name. */
const columnOf: Readonly<Record<string, string>> = { scheduled_at: 'deadline_at', job: 'job_ats_id' };
const byPerson = 'A person decides: `sparkhire-sync conflicts`.';

/** Why the plan waits for a person: it would change too much at once, keys seem to have moved, or its database was copied, restored or moved. */
export type HeldFor = 'mass_change' | 'shift' | 'moved';

/** What is said of a row that a held plan keeps. */
export const heldWords: Record<HeldFor, string> = {
  mass_change:
    'Too much would change at once: nothing is written before a person has looked at `sparkhire-sync plan`.',
  shift:
    'The keys of rows seem to have moved: nothing is written before a person has looked at `sparkhire-sync plan`.',
  moved:
    'This database was copied, restored or moved, so it writes nothing until you allow it. Look at `sparkhire-sync plan`; if nothing else writes for this account, release it with `sparkhire-sync apply --approve CHECKSUM`.',
};

/** The question about a write of unknown outcome; what may be answered is shown with the conflict. */
export const lostAnswer =
  'It was sent and the answer was lost. Spark Hire does not show whether it was done, so it was not sent again. A person decides: `sparkhire-sync conflicts`.';

/**
 * All that is said of a row, as its view tells it: its issues, what it waits for, and what a person is asked. Of one column
 * the first counts.
 * @param held why the plan waits for a person; null if it does not
 */
export function toldOf(
  { state, issues, reason, waits, conflicts, action }: Decision,
  held: HeldFor | null = null,
): Issue[] {
  let told = [...issues];
  for (const { kind, field, reason: why } of conflicts) {
    if (!conflictKinds[kind].asks) continue;
    const column = field === null ? null : (columnOf[field] ?? field);
    told.push({ code: 'DECISION_NEEDED', field: column, message: `${why} ${byPerson}` });
  }
  if (reason !== null && (state === 'held' || (state === 'rejected' && waits === true)))
    told = withReason(told, sentence(reason));
  // What is open and not judged anew is a lost answer.
  if (state === 'conflict' && told.length === 0)
    told.push({ code: 'DECISION_NEEDED', field: null, message: lostAnswer });
  if (held !== null && action !== null)
    told.push({ code: 'DECISION_NEEDED', field: null, message: heldWords[held] });
  return told;
}

/** Neither hides the other where an issue is of no column as well. */
function withReason(told: Issue[], message: string): Issue[] {
  const general = told.find(({ field }) => field === null);
  if (general === undefined) return [...told, { code: 'UNKNOWN_REFERENCE', field: null, message }];
  return told.map((issue) =>
    issue === general ? { ...issue, message: `${issue.message} ${message}` } : issue,
  );
}

/** What rows that name this one repeat: the first sentence of each issue, in the order of the columns; null without any. */
export function rootOf(issues: readonly Pick<Issue, 'field' | 'message'>[]): string | null {
  const rank = ({ field }: Pick<Issue, 'field'>) => field ?? '\uffff';
  const sorted = [...issues].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  const sentences = sorted.map(({ message }) => /^.*?\.(?= [A-Z`"]|$)/s.exec(message)?.[0] ?? message);
  return sentences.length === 0 ? null : sentences.join(' ');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** Of a row that is rejected, held or withdrawn, or waits for a person; null: it is there, or will be. @param noun as in "user U-1" */
export function whyUnusable(noun: 'user' | 'job', { atsId, state, why }: ParentRow): string | null {
  const name = `${noun === 'user' ? 'User' : 'Job'} ${atsId}`;
  const because =
    why === undefined || why === null ? `; its own row of the view ats.${noun}_sync says why.` : `: ${why}`;
  switch (state) {
    case 'rejected':
    case 'held':
      return `${name} is ${state}${because}`;
    case 'conflict':
      return `${name} waits for a person: \`sparkhire-sync conflicts\`.`;
    case 'gone':
      return `${name} is withdrawn in the ATS, or gone from Spark Hire.`;
    default:
      return null;
  }
}

/** Whether the row of the job had stood for this object, which was deleted in Spark Hire. */
export function isReplaced(job: ParentJob | null, uuid: string): boolean {
  return job?.replaces?.includes(uuid) === true;
}

/** Whether there is, or was, such a row: also one that cannot be used. */
export function hasRow({ known, state }: ParentJob): boolean {
  return known || state === 'rejected';
}

export function noRow(noun: 'user' | 'job', atsId: string): string {
  return `There is no row ${atsId} in ats.${noun}s (yet): this row waits for that one.`;
}

/** Why a user who is not in Spark Hire cannot act. */
export function whyAbsent(atsId: string, user: ParentUser | null): string {
  if (user === null) return noRow('user', atsId);
  return (
    whyUnusable('user', user) ??
    (user.known ? `User ${atsId} is not in Spark Hire yet: it waits for that.` : noRow('user', atsId))
  );
}

/**
 * A row that is not made yet waits for the user it names: for one who is about to be made, and for a row that is still to
 * come, always; for one who cannot be used as long as they stay as they are, if the policy says so.
 */
export function waitForUser(
  draft: Draft,
  field: string,
  atsId: string | null,
  user: ParentUser | null,
): void {
  if (atsId === null) return;
  const isComing = user?.known === true && whyUnusable('user', user) === null;
  // Whoever is disabled is in Spark Hire, whatever became of their row.
  const isThere = user !== null && (user.uuid !== null || (isDisabled(draft.context.actor) && !isComing));
  if (isThere) {
    // Where nothing else keeps it, `finish` says so.
    const acts = whoActs(draft.context.actor, draft.policies.keys);
    if (acts.kind === 'wait' && draft.issues.length + draft.waits.length > 0) {
      const { job } = draft.context.parents;
      const isOfJob = draft.waits.length === 0 && draft.issues.every((issue) => issue.field === 'job_ats_id');
      raise(draft, 'UNKNOWN_REFERENCE', field, acts.message);
      // The job waits for the same person.
      if (isOfJob && user.uuid !== null && job?.why === rootOf([{ field, message: acts.message }]))
        draft.lacks = acts.remedy;
    }
    return;
  }
  const isStuck = user !== null && ['rejected', 'held', 'gone'].includes(user.state ?? '');
  if (isStuck && draft.policies.keys.absent === 'administrator') return;
  if (isComing) draft.waits.push(`waits for user ${atsId} to be in Spark Hire`);
  else raise(draft, 'UNKNOWN_REFERENCE', field, whyAbsent(atsId, user));
}
