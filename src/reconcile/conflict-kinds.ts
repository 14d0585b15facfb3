/** The kinds of conflicts, how each behaves and what a person can choose. What a choice does is told in conflicts/choices.ts. Pure. */

export interface ConflictKind {
  /** Of one row, or of a resource of the account. */
  of: 'row' | 'account';
  /**
   * What opens it, and closes it once it is gone: the values of the row, a write of it, what the account has bought, or how
   * many rows are missing or would be changed.
   */
  cause: 'values' | 'write' | 'plan' | 'numbers';
  /** Whether the row waits for a person's choice: its state is `conflict`. What the plan has no room for is `held`. */
  asks: boolean;
  /** What a person can choose (`--take`); `link:UUID` names one of the objects that are shown. */
  takes: readonly string[];
  /** Whether its ATS value says since when the row waits: the row keeps its place by it, however often it is refused. */
  keepsPlace?: true;
}

const kinds = {
  /** Both sides changed a field. */
  field_diverged: { of: 'row', cause: 'values', asks: true, takes: ['ats', 'sparkhire'] },
  /** The linked object was deleted in Spark Hire. */
  remote_deleted: { of: 'row', cause: 'values', asks: true, takes: ['ats', 'sparkhire'] },
  /** Spark Hire has something that may be the row's. */
  possible_duplicate: { of: 'row', cause: 'values', asks: true, takes: ['link', 'link:UUID', 'create'] },
  /** The answer to a write was lost, and looking did not tell. It is open as long as the intent is. */
  unknown_outcome: { of: 'row', cause: 'write', asks: true, takes: ['link:UUID', 'send', 'none'] },
  /** No slot or seat, or a feature that was not bought. */
  plan_limit: { of: 'row', cause: 'plan', asks: false, takes: [], keepsPlace: true },
  /** More rows are missing from a listing than a usual day explains. */
  mass_disappearance: { of: 'account', cause: 'numbers', asks: true, takes: ['sparkhire'] },
  /** A plan of the round that would change very much: approved, not resolved. */
  mass_change: { of: 'account', cause: 'numbers', asks: true, takes: [] },
} as const satisfies Record<string, ConflictKind>;

export type ConflictKindName = keyof typeof kinds;
export const conflictKinds: Readonly<Record<ConflictKindName, ConflictKind>> = kinds;

type OfRow = { [K in ConflictKindName]: (typeof kinds)[K]['of'] extends 'row' ? K : never };
/** Conflicts of one row. */
export type RowConflictKind = OfRow[ConflictKindName];

type Spelled<T extends string> = T extends 'link:UUID' ? `link:${string}` : T;
/** What can be chosen about a conflict of this kind. */
export type TakeOf<K extends ConflictKindName> = Spelled<(typeof kinds)[K]['takes'][number]>;

/** Names of the kinds that are like this. */
export function kindsWith(isLike: (kind: ConflictKind) => boolean): ConflictKindName[] {
  return (Object.keys(conflictKinds) as ConflictKindName[]).filter((name) => isLike(conflictKinds[name]));
}
