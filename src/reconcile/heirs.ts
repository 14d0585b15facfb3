/** Rows that may be others under a new key, and cannot be used yet: they are told whose object waits for them. */
import type { Decision, PushResource } from './types.js';

const objects: Record<PushResource, string> = {
  users: 'user',
  jobs: 'job',
  interviews: 'interview',
  share_links: 'share link',
};

/** Told with the first issue of such a row, or with what it waits for. */
export function tellHeirs<T extends { decision: Decision }>(decided: T[]): T[] {
  const older = new Map<string, string[]>();
  for (const { resource, atsId, heir } of decided.map(({ decision }) => decision)) {
    if (heir === undefined) continue;
    const key = `${resource} ${heir}`;
    older.set(key, [...(older.get(key) ?? []), atsId]);
  }
  if (older.size === 0) return decided;
  return decided.map((each) => {
    const rows = older.get(`${each.decision.resource} ${each.decision.atsId}`);
    return rows === undefined ? each : { ...each, decision: withOlder(each.decision, rows) };
  });
}

function withOlder(decision: Decision, rows: readonly string[]): Decision {
  const { resource, state, issues, reason } = decision;
  if (state !== 'rejected' && state !== 'held') return decision;
  const told = `The ${objects[resource]} of row ${rows.join(', ')}, which may be this one under its former key, stays as it is until then`;
  const [first, ...rest] = issues;
  if (first !== undefined)
    return { ...decision, issues: [{ ...first, message: `${first.message} ${told}.` }, ...rest] };
  return reason === null ? decision : { ...decision, reason: `${reason}. ${told}` };
}
