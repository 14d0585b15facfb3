/** What people were asked about rows, and what they decided. */
import type { Transaction } from '../../db/database.js';
import { isDecided } from '../../ledger/conflicts.js';
import { conflictKinds, type RowConflictKind } from '../../reconcile/conflict-kinds.js';
import type { PushResource, Resolution, RowContext } from '../../reconcile/types.js';

export interface RowConflicts {
  open: RowContext['openConflicts'];
  /** What was not acted upon yet. */
  decided: Resolution[];
  /** For a slot or seat, in milliseconds since the epoch. */
  waitingSince?: number;
}

/** Of a plan_limit conflict: see `limitValue`. */
function sinceOf(value: Resolution['ats']): number | undefined {
  const since = Date.parse(String((value as { since?: unknown } | null)?.since));
  return Number.isNaN(since) ? undefined : since;
}

interface ConflictRecord {
  id: string;
  ats_id: string;
  kind: RowConflictKind;
  field: string | null;
  uuid: string | null;
  ats_value: Resolution['ats'];
  sparkhire_value: Resolution['sparkhire'];
  resolution: string | null;
  is_open: boolean;
}

/** By ats_id; only of rows that have any. One statement. */
export async function readConflicts(
  tx: Transaction,
  account: string,
  resource: PushResource,
  keys: readonly string[],
): Promise<Map<string, RowConflicts>> {
  const wanted = (
    condition: string,
  ) => `select id, ats_id, kind, field, uuid, ats_value, sparkhire_value, resolution,
      resolved_at is null as is_open from sync.conflicts
    where account = $1 and resource = $2 and ats_id = any($3) ${condition}`;
  const records = await tx.query<ConflictRecord>(
    `${wanted('and resolved_at is null')} union all ${wanted(`and ${isDecided()}`)} order by id`,
    [account, resource, keys],
  );
  const found = new Map<string, RowConflicts>();
  for (const { ats_id: atsId, is_open: isOpen, resolution, ...record } of records) {
    const row: RowConflicts = found.get(atsId) ?? { open: [], decided: [] };
    const { open, decided } = row;
    found.set(atsId, row);
    const { id, kind, field, uuid } = record;
    if (isOpen) open.push({ id, kind, field, uuid });
    if (isOpen && conflictKinds[kind].keepsPlace === true) row.waitingSince = sinceOf(record.ats_value);
    else if (!isOpen && resolution !== null) {
      const { ats_value: ats, sparkhire_value: sparkhire } = record;
      decided.push({ id, kind, field, uuid, choice: resolution, ats, sparkhire });
    }
  }
  return found;
}
