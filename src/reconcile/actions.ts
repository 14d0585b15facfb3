/** What is to be written to Spark Hire: one action for a row. */
import type { Base, Json, PushResource } from './values/values.js';

export type ActionName = 'create' | 'update' | 'close' | 'cancel' | 'delete' | 'adopt' | 'share';

export interface FieldChange {
  field: string;
  from: Json;
  to: Json;
}

export interface PlannedAction {
  resource: PushResource;
  atsId: string;
  /** null for a create. */
  uuid: string | null;
  action: ActionName;
  changes: FieldChange[];
  reason: string;
  /** Higher goes first among those of one resource. */
  priority: number;
  arrived: number;
  /** The base after it was carried out: pairs of the fields it writes or adopts. */
  settles: Base;
  /** Title or e-mail, for people. */
  label: string;
  /** Whether it takes a slot or seat of the plan, or leaves one before others are taken. */
  room?: 'takes' | 'frees';
  /** It comes after those with a lower one (0 unless given): it takes what they leave. */
  step?: number;
  /** The user with whose key it is written, as things stand; the administrator's unless given. For people. */
  actor?: string;
  /** It brings about what its creation was to: no change of anything that was as it should be. */
  completes?: boolean;
  /** A person said that it is this object. */
  byPerson?: true;
  /** Once it is done there is more to do at once: see `leavesMore`. */
  leavesMore?: boolean;
  /** The row goes on waiting for a slot or seat once this is done. */
  stillWaits?: boolean;
  /** Ids of the answers that it carries out: they end once it is confirmed. */
  answers?: string[];
}

/** What they make of the status of a job, user or share link; undefined where they leave it. */
export function statusWritten(changes: readonly FieldChange[]): Json | undefined {
  return changes.find(({ field }) => field === 'status')?.to;
}

/** Whether it ends a job. */
export function endsJob(action: ActionName, changes: readonly FieldChange[]): boolean {
  return action === 'close' || action === 'delete' || statusWritten(changes) === 'inactive';
}

/** A row among those of every resource. */
export function rowName({ resource, atsId }: Pick<PlannedAction, 'resource' | 'atsId'>): string {
  return `${resource} ${atsId}`;
}
