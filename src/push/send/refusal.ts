/** What a failed write says about its row. Pure. */
import type { Issue } from '../../reconcile/types.js';
import { ApiError, SyncError } from '../../sparkhire/client.js';

export type Verdict =
  /**
   * Spark Hire, or the check before sending, said no to this content. `perhaps`: it did not say why to what takes a slot or
   * seat: what it is if the plan has none left. `ofPerson`: perhaps only to the user who acted.
   */
  | { kind: 'refused'; issue: Issue; perhaps?: Issue; ofPerson?: true }
  /** Surely not done: the row stays pending, and the others would fare no better. */
  | { kind: 'not_done' }
  | { kind: 'unknown' };

/**
 * How Spark Hire may say that the plan does not allow it: no document lists its codes. A code that names the plan says
 * so; one that names a field says something else; any other (`forbidden`, `bad_request`) says nothing, and then the
 * reason counts if it speaks both of what is sold and of its end. Where neither tells, the plan itself is asked.
 */
const codeOfPlan =
  /\b(plans?|quota|subscription|billing|payment|credits?|upgrade)\b|\b(account|interview|company)s? limit\b/i;
/** For what takes a slot or seat also these codes. */
const codeOfSlot = /(?<!\b(time|calendar|interview) )\b(slots?|seats?)\b|\b(job|user)s? limit\b/i;
const codeOfEnd =
  /\blimit (reached|exceeded)\b|\b(too many|max\w*|no (more|free|available|remaining)|exceed\w*|reached)\b.{0,20}\b(active|jobs?|job posts?|users?|licen[cs]es?)\b|\b(jobs?|job posts?|users?|licen[cs]es?)\b.{0,20}\b(exceeded|reached|max\w*)\b/i;
const codeOfField =
  /\b(title|description|locations?|locality|city|country|names?|emails?|phones?|sms|questions?|takes|time limit|messages?|timezone|scheduled|assigned|characters?|length)\b/i;
const codeOfForm = /\b(invalid|missing|unknown|malformed|not found)\b/i;

const sold = /\b(plans?|quota|subscription|billing|payment|credits?)\b/i;
const slot = /(?<!\b(time|calendar|interview) )\b(slots?|seats?)\b/i;
const ended =
  /\b(no|none|not enough|insufficient|too many|full|taken|used|free|available|remaining|left|out of|exceed\w*|reached|limit\w*|max(imum)?|required|includ\w+|buy|purchased?)\b/i;
/** Words that are used of anything: only at the end of what can be counted do they speak of the plan. */
const counted = /\b(active jobs?|jobs|job posts?|job postings?|users|licen[cs]es?)\b/i;
const countEnded =
  /\b(limit\w*|reached|exceeded|max(imum)?|too many|no (more|free|available|remaining)|remaining|left|none)\b/i;
const limitItself =
  /\b(account|interview|company|plan)s? limit\b|\b(payment|billing)( is)? required\b|\bupgrade (your|the|to) (.{0,20}\b)?(plan|subscription|account|package)\b/i;
/** Of a right: the plan may lack it as well. */
const ofRight =
  /\b(permissions?|rights?|roles?|administrators?|admins?|owners?|only|access|authori[sz]ed|allowed to)\b/i;
/** Of a value's form, whatever else it says. */
const ofForm =
  /\b(characters?|chars|letters|length|too (long|short)|invalid|malformed|format|blank|empty)\b|\b(title|description|message|text|name|email_message|takes|time)( length)? limit\b/i;

/**
 * @param actor the user with whose key it was sent; the administrator's unless given
 * @param takes whether it takes a slot or seat of the plan
 * @param own what the row itself says: an answer that repeats it says nothing of the plan
 */
export function judgeFailure(error: unknown, actor?: string, takes = false, own?: string): Verdict {
  if (error instanceof NotThere) return { kind: 'refused', issue: issueOf(error) };
  if (!(error instanceof ApiError)) {
    // Nothing was sent: the value is one that is not even worth asking for.
    if (error instanceof SyncError && error.code === 'INPUT_INVALID') {
      const message = `It cannot be sent as it is: ${error.message}. Correct the row.`;
      return { kind: 'refused', issue: { code: 'INVALID_FORMAT', field: null, message } };
    }
    return { kind: 'not_done' };
  }
  if (error.route.startsWith('GET ')) return { kind: 'unknown' };
  if (error.outcome === 'unknown' || error.outcome === 'done') return { kind: 'unknown' };
  if (error.outcome === 'not_sent') return { kind: 'not_done' };
  if (error.code === 'KEY_REFUSED' || error.code === 'RATE_LIMITED') return { kind: 'not_done' };
  const status = error.status ?? 0;
  if (status >= 400 && status < 500) {
    return refusalOf(error, status, actor, takes, own);
  }
  // A redirect: the base URL leads elsewhere.
  return { kind: 'not_done' };
}

function whatIsSaid({ reason, apiCode, status }: ApiError, actor?: string): string {
  const said = [reason, apiCode === null ? null : `(${apiCode})`]
    .filter(Boolean)
    .join(' ')
    .replace(/\.$/, '');
  const by = actor === undefined ? '' : `, sent with the key of ${actor}`;
  return `Spark Hire answered ${status ?? 0} to this write${by}${said === '' ? '' : `: ${said}`}.`;
}

function refusalOf(
  error: ApiError,
  status: number,
  actor: string | undefined,
  takes: boolean,
  own: string | undefined,
): Verdict {
  const what = whatIsSaid(error, actor);
  const limit: Issue = {
    code: 'PLAN_LIMIT',
    field: null,
    message: `${what} Free a slot or a seat, or extend the plan in Spark Hire.`,
  };
  const because =
    status === 402 ? 'plan' : status === 404 || status === 410 ? 'else' : why(error, takes, own);
  if (because === 'plan') return { kind: 'refused', issue: limit };
  const isOfParent = status === 404 || status === 410 || /not.?found/i.test(error.apiCode ?? '');
  const lack = lackOf(error, status, own);
  const message = `${what} ${adviceFor(isOfParent, actor, lack)}`;
  const issue: Issue = { code: 'REMOTE_REJECTED', field: null, message };
  return {
    kind: 'refused',
    issue,
    ...(takes && because === 'untold' ? { perhaps: limit } : {}),
    ...(actor !== undefined && lack !== null ? { ofPerson: true } : {}),
  };
}

const notThere =
  /\b(no such|not found|(can ?not|could not|can't) (be found|find|see)|not exist|doesn't exist|unknown|not (visible|available))\b/i;
const notAllowed =
  /\b(no access|access denied|forbidden|not (allowed|authori[sz]ed|permitted|accessible)|permissions?)\b/i;
const ofJob = /\b(job|jobs|posting|vacancy)\b/i;

/** What only this person may lack: the sight of what the row belongs to, as people see the jobs they are on; or a right. */
function lackOf(
  { apiCode, reason }: ApiError,
  status: number,
  own: string | undefined,
): 'sight' | 'right' | null {
  const words = withoutQuotes(`${apiCode ?? ''} ${reason ?? ''}`.replace(/[._:/-]/g, ' '), own);
  const isNotThere = notThere.test(words) && ofJob.test(words);
  if (status === 404 || status === 410 || isNotThere) return 'sight';
  return status === 403 || notAllowed.test(words) ? 'right' : null;
}

function why(
  { apiCode, reason }: ApiError,
  takes: boolean,
  own: string | undefined,
): 'plan' | 'else' | 'untold' {
  const code = (apiCode ?? '').replace(/([a-z0-9])([A-Z])/g, '$1 $2').replace(/[._:/-]/g, ' ');
  const words = withoutQuotes(reason ?? '', own);
  const isOfPlan = codeOfPlan.test(code) || (takes && codeOfSlot.test(code));
  if (isOfPlan && !codeOfForm.test(code)) return 'plan';
  if (codeOfField.test(code)) return 'else';
  if (takes && codeOfEnd.test(code)) return ofForm.test(words) ? 'else' : 'plan';
  if (ofForm.test(words)) return 'else';
  if (limitItself.test(words)) return 'plan';
  if (ofRight.test(words)) return 'untold';
  if ((sold.test(words) || (takes && slot.test(words))) && ended.test(words)) return 'plan';
  const isCounted = counted.test(words) && countEnded.test(words);
  return takes && (isCounted || /\b(job|user)s? limit\b/i.test(words)) ? 'plan' : 'untold';
}

/** What is said around what it quotes, and around what it repeats of the row. */
function withoutQuotes(reason: string, own = ''): string {
  const repeated = own.trim().replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const said =
    repeated.length < 3
      ? reason
      : reason.replace(new RegExp(`(?<![\\p{L}\\p{N}])${repeated}(?![\\p{L}\\p{N}])`, 'giu'), ' ');
  return said.replace(/"[^"]*"|“[^”]*”|«[^»]*»|'[^']{2,}'(?!\w)|`[^`]*`/g, ' ');
}

/** When what only the person who acted may not do is tried again. */
const triedAgain =
  'It is sent again at once with another key or name, or when the job or the user changes; otherwise after 10 minutes, 20 and so on, at most a day.';

function adviceFor(isOfParent: boolean, actor: string | undefined, lack: ReturnType<typeof lackOf>): string {
  if (actor !== undefined && lack === 'sight')
    return `It may only be hidden from them. In Spark Hire, put ${actor} on the job or give them the right to see all jobs. Or name somebody who may. ${triedAgain}`;
  if (actor !== undefined && lack === 'right')
    return `Give ${actor} that right in Spark Hire, give another key of theirs with \`sparkhire-sync keys set ${actor}\`, or name somebody who may. ${triedAgain}`;
  if (lack === 'right')
    return "The account's own key may not do this. Set the key of a user who may, often an administrator's (`sparkhire-sync doctor` shows whose it is), or give its user the right in Spark Hire. With another key it is sent again at once, else after a day.";
  if (isOfParent || lack === 'sight')
    return 'The object that the row belongs to is gone from Spark Hire, or hidden from the user who acts. The next full sweep tells which, and so does `sparkhire-sync backfill`: if something is to be decided then, `sparkhire-sync conflicts` shows it. It is sent again once either changes, else after a day.';
  return 'Correct the row; it is sent again once its content changes, else after a day.';
}

/** An object was read in order to be changed, and is gone or hidden: its change is refused as if it had been sent. */
export class NotThere extends Error {
  constructor(readonly answer: ApiError) {
    super(answer.message);
  }

  static from(error: unknown): unknown {
    const isNot = error instanceof ApiError && ['NOT_FOUND', 'FORBIDDEN'].includes(error.code);
    return isNot ? new NotThere(error) : error;
  }
}

function issueOf({ answer }: NotThere): Issue {
  const message = `This change was not sent: when the object was read just before, Spark Hire answered ${answer.status}. So it is gone, or hidden from the account's own key. The next full sweep tells which, and so does \`sparkhire-sync backfill\`: if it is gone, \`sparkhire-sync conflicts\` asks you about it then. The change is tried again once something about it changes, else after a day.`;
  return { code: 'REMOTE_REJECTED', field: null, message };
}

/** Of an object that Spark Hire shows to the very key to which it refused the change as hidden or gone. */
export function refusedThough(error: ApiError): Issue {
  const message = `${whatIsSaid(error)} The same key can still read this object, so this may pass. It is sent again after 10 minutes, 20 and so on, at most a day, or at once when its row changes. If that continues, the key's user may see it but not change it: \`sparkhire-sync doctor\` shows whose key that is.`;
  return { code: 'REMOTE_REJECTED', field: null, message };
}

/** Whether Spark Hire has no such object to change: gone, or hidden from who acts. */
export function isMissing(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 'NOT_FOUND' && error.outcome === 'refused';
}
