/**
 * Rows that may be others under a new key, and cannot be used yet: they are told whose object waits for them. Those that are
 * withdrawn by now are told what keeps that from being ended: the ATS looks at its own rows.
 */
import { type Decision, nouns } from '../types.js';

/** Told with the first issue of such a row, or with what it waits for. */
export function tellHeirs<T extends { decision: Decision }>(decided: T[]): T[] {
  const older = new Map<string, Decision[]>();
  for (const { decision } of decided) {
    const { resource, heir } = decision;
    if (heir === undefined) continue;
    const key = `${resource} ${heir}`;
    older.set(key, [...(older.get(key) ?? []), decision]);
  }
  if (older.size === 0) return decided;
  return decided.map((each) => {
    const rows = older.get(`${each.decision.resource} ${each.decision.atsId}`);
    return rows === undefined ? each : { ...each, decision: withOlder(each.decision, rows) };
  });
}

function withOlder(decision: Decision, older: readonly Decision[]): Decision {
  const { resource, state, issues, reason } = decision;
  if (state === 'gone') {
    const [kept] = older.filter((one) => isWaiting(one));
    return kept === undefined
      ? decision
      : { ...decision, state: kept.state, next: kept.state, issues: kept.issues, reason: kept.reason };
  }
  if (!isWaiting(decision)) return decision;
  const told = `The ${nouns[resource]} of row ${older.map(({ atsId }) => atsId).join(', ')}, which may be this one under its former key, stays as it is until then`;
  const [first, ...rest] = issues;
  if (first !== undefined)
    return { ...decision, issues: [{ ...first, message: `${first.message} ${told}.` }, ...rest] };
  return reason === null ? decision : { ...decision, reason: `${reason}. ${told}` };
}

const isWaiting = ({ state }: Decision) => state === 'rejected' || state === 'held';
