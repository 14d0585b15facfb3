/** What is handed from deciding to recording and carrying out. */
import type { RowRead } from '../../desired/contexts.js';
import type { Renaming } from '../../reconcile/kin/moved-keys.js';
import type { Decision, RowContext } from '../../reconcile/types.js';

/** What a row is told besides what was read of it: with that it is decided anew. */
export interface Told {
  atsId: string;
  context: Partial<RowContext>;
}

/** A decision with what recording it needs. */
export interface Decided {
  decision: Decision;
  read: RowRead;
  /** Of a linked user or job whose row says something else than before, or is gone. */
  renaming?: Renaming | undefined;
}

/** With what it was decided from: to decide anew, and to carry it out. */
export interface Considered extends Decided {
  context: RowContext;
}
