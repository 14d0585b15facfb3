/**
 * The log's line for each write, each row that is rejected and each conflict that opens. Told also while an activity fails,
 * when all else it says is left out. Nothing personal: rows by their keys, objects by their uuids, no values.
 */
import type { Database } from '../db/database.js';
import type { Logger } from '../log.js';
import { rowKeyOf, tableNameOf } from '../reconcile/kinds/share-keys.js';
import type { ActionName, Issue, PushResource } from '../reconcile/types.js';
import { hasUnseen, visible } from '../text/invisible.js';

/** Whose rows are written about, where, and who is told. An account's session is one. */
export interface Books {
  db: Database;
  account: { name: string };
  journal: Logger;
}

type Telling = Pick<Books, 'journal'>;

export interface RowName {
  resource: PushResource;
  atsId: string;
}

/** A conflict that has just been opened, as sync.conflicts has it. */
export interface OpenedConflict {
  id: string;
  kind: string;
  resource: PushResource;
  ats_id: string;
  uuid: string | null;
  field: string | null;
}

const done: Record<ActionName, string> = {
  create: 'created',
  update: 'updated',
  close: 'closed',
  cancel: 'canceled',
  delete: 'deleted',
  adopt: 'linked to what was there',
  share: 'shared',
};

/** Longer keys are told shortened. */
const longestKey = 200;

/** The row as its table has it, for the log: the key of a share link has the address of its reviewer. */
export function named({ resource, atsId }: RowName): { resource: string; ats_id: string } {
  const key = rowKeyOf({ resource, atsId });
  const isPlain = key.length <= longestKey && !hasUnseen(key);
  return { resource: tableNameOf(resource), ats_id: isPlain ? key : visible(key) };
}

const words = ({ resource, ats_id }: { resource: string; ats_id: string }) => `${resource} ${ats_id}`;

/** Spark Hire shows it, or said that it is done. */
export function tellWritten(
  { journal }: Telling,
  intent: RowName & { action: ActionName; detail: { actor?: string } },
  uuid: string,
): void {
  const row = named(intent);
  const { action, detail } = intent;
  const as = action === 'adopt' ? {} : { as: detail.actor ?? 'administrator' };
  journal.info({ event: 'written', ...row, action, uuid, ...as }, `${words(row)}: ${done[action]}`);
}

/** The row is wrong, or Spark Hire refused it. */
export function tellRejected(
  { journal }: Telling,
  of: RowName,
  issues: ReadonlyArray<Omit<Issue, 'message'>>,
): void {
  const row = named(of);
  const told = issues.map(({ code, field }) => ({ code, field }));
  const why = told.map(({ code, field }) => (field === null ? code : `${code} (${field})`)).join(', ');
  journal.warn({ event: 'row_rejected', ...row, issues: told }, `${words(row)}: rejected, ${why}`);
}

export function tellConflict(
  { journal }: Telling,
  { id, kind, resource, ats_id, uuid, field }: OpenedConflict,
): void {
  const row = named({ resource, atsId: ats_id });
  const what = field === null ? kind : `${kind} of ${field}`;
  journal.warn(
    { event: 'conflict_opened', ...row, conflict: Number(id), kind, field, uuid },
    `${words(row)}: conflict ${id} is open, ${what}`,
  );
}
