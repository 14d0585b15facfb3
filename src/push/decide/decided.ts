/** What is handed from deciding to recording and carrying out. */
import type { RowRead } from '../../desired/contexts.js';
import type { Renaming } from '../../reconcile/kin/moved-keys.js';
import type { Decision, RowContext } from '../../reconcile/types.js';

/** What a row is told besides what was read of it: with that it is decided anew. */
export interface Told {
  atsId: string;
  context: Partial<RowContext>;
}

/** A decision with what recording and carrying it out needs. */
export interface Decided {
  decision: Decision;
  read: RowRead;
  /** Only where there is something to carry out, or the plan did not allow it, or somebody else has the address. */
  context: RowContext | null;
  /** Of a linked user or job whose row says something else than before, or is gone. */
  renaming?: Renaming | undefined;
}
