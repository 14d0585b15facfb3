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
  /\b(plans?|slots?|seats?|quota|subscription|billing|upgrade)\b|\b(job|user|account|interview|company)s? limit\b|\blimit (is |was |has been )?(reached|exceeded)\b/i;

const refusals: ReadonlySet<number> = new Set([400, 402, 403, 404, 405, 409, 410, 413, 415, 422]);

/** @param actor the user with whose key it was sent; the administrator's unless given */
export function judgeFailure(error: unknown, actor?: string): Verdict {
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
    return { kind: 'refused', issue: issueOf(error, status, actor) };
  }
  // A redirect: the base URL leads elsewhere.
  return { kind: 'not_done', stops: true };
}

function issueOf(error: ApiError, status: number, actor: string | undefined): Issue {
  const words = `${error.apiCode ?? ''} ${error.reason ?? ''}`.replace(/[._]/g, ' ');
  const said = [error.reason, error.apiCode === null ? null : `(${error.apiCode})`].filter(Boolean).join(' ');
  const what = `Spark Hire refuses it${actor === undefined ? '' : ` to ${actor}, who acts here,`} with ${status}${said === '' ? '' : `: ${said}`}.`;
  if (status === 402 || (status !== 404 && status !== 410 && speaksOfPlan.test(words))) {
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
