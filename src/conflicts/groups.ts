/** Conflicts that have one cause, together. Pure. */
import { naturally } from '../text/natural-order.js';
import type { ConflictRow } from './conflicts.js';

export interface ConflictGroup {
  account: string;
  resource: string;
  kind: string;
  field: string | null;
  reason: string | null;
  /** When the first of them was opened. RFC 3339. */
  since: string;
  /** In the order of their rows' keys, as people count. */
  rows: ConflictRow[];
}

/** Those of an account that say the same of the same kind of thing; oldest first. */
export function groupConflicts(rows: readonly ConflictRow[]): ConflictGroup[] {
  const groups = new Map<string, ConflictGroup>();
  for (const row of rows) {
    const { account, resource, kind, field, reason, opened_at: since } = row;
    const key = JSON.stringify([account, resource, kind, field, reason]);
    const group = groups.get(key) ?? { account, resource, kind, field, reason, since, rows: [] };
    groups.set(key, group);
    group.rows.push(row);
    if (Date.parse(since) < Date.parse(group.since)) group.since = since;
  }
  for (const group of groups.values())
    group.rows.sort((a, b) => naturally(a.ats_id ?? a.uuid ?? '', b.ats_id ?? b.uuid ?? '') || a.id - b.id);
  return [...groups.values()].sort((a, b) => Date.parse(a.since) - Date.parse(b.since));
}
