/** What a failed write says about its row. Pure. */
import type { Issue } from '../reconcile/types.js';
import { ApiError, SyncError } from '../sparkhire/client.js';

export type Verdict =
  /** Spark Hire, or the check before sending, said no to this content. */
  | { kind: 'refused'; issue: Issue }
  /** Surely not done: the row stays pending. `stops`: the others would fare no better. */
  | { kind: 'not_done'; stops: boolean }
  | { kind: 'unknown' };

/** Words by which Spark Hire may say that the plan does not allow it; a time limit is something else. */
const speaksOfPlan =
  /\b(plans?|slots?|seats?|quota|subscription|billing|payment|credits?|upgrade)\b|\b(job|user|account|interview|company)s? limit\b|\blimit (is |was |has been )?(reached|exceeded)\b/i;
/** Of what takes a slot or seat, also these: jobs or users that are too many. */
const runsOut =
  /\b(too many|max(imum)?( number of)?|no (more|free|available|remaining)|exceed\w*|reached)\b.{0,20}\b(active|jobs|job posts|users|licen[cs]es)\b|\b(jobs|job posts|users|licen[cs]es)\b.{0,20}\b(exceeded|reached|left|remaining|available)\b/i;

const refusals: ReadonlySet<number> = new Set([400, 402, 403, 404, 405, 409, 410, 413, 415, 422]);

/**
 * @param actor the user with whose key it was sent; the administrator's unless given
 * @param takes whether it takes a slot or seat of the plan
 */
export function judgeFailure(error: unknown, actor?: string, takes = false): Verdict {
  if (!(error instanceof ApiError)) {
    // Nothing was sent: the value is one that is not even worth asking for.
    if (error instanceof SyncError && error.code === 'INPUT_INVALID') {
      const message = `It cannot be sent as it is: ${error.message}. Correct the row.`;
      return { kind: 'refused', issue: { code: 'INVALID_FORMAT', field: null, message } };
    }
    return { kind: 'not_done', stops: true };
  }
  if (error.route.startsWith('GET ')) return { kind: 'unknown' };
  if (error.outcome === 'unknown' || error.outcome === 'done') return { kind: 'unknown' };
  if (error.outcome === 'not_sent') return { kind: 'not_done', stops: true };
  if (error.code === 'KEY_REFUSED' || error.code === 'RATE_LIMITED') return { kind: 'not_done', stops: true };
  const status = error.status ?? 0;
  if (refusals.has(status) || (status >= 400 && status < 500)) {
    return { kind: 'refused', issue: issueOf(error, status, actor, takes) };
  }
  // A redirect: the base URL leads elsewhere.
  return { kind: 'not_done', stops: true };
}

function issueOf(error: ApiError, status: number, actor: string | undefined, takes: boolean): Issue {
  const code = (error.apiCode ?? '').replace(/([a-z0-9])([A-Z])/g, '$1 $2');
  const words = `${code} ${error.reason ?? ''}`.replace(/[._]/g, ' ');
  const isLimit = speaksOfPlan.test(words) || (takes && runsOut.test(words));
  const said = [error.reason, error.apiCode === null ? null : `(${error.apiCode})`].filter(Boolean).join(' ');
  const what = `Spark Hire refuses it${actor === undefined ? '' : ` to ${actor}, who acts here,`} with ${status}${said === '' ? '' : `: ${said}`}.`;
  if (status === 402 || (status !== 404 && status !== 410 && isLimit)) {
    const message = `${what} Free a slot, or change the plan in Spark Hire.`;
    return { code: 'PLAN_LIMIT', field: null, message };
  }
  return { code: 'REMOTE_REJECTED', field: null, message: `${what} ${adviceFor(status)}` };
}

function adviceFor(status: number): string {
  if (status === 403) return 'Let a user act who may do this, then change the row.';
  if (status === 404 || status === 410)
    return 'What the row belongs to is gone, or hidden from the user who acts.';
  return 'Correct the row; it is sent again once its content changes.';
}

/** Whether Spark Hire has no such object to change: gone, or hidden from who acts. */
export function isMissing(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 'NOT_FOUND' && error.outcome === 'refused';
}
