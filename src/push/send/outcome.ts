/** What became of an action that had its turn. */
import type { KeyRemedy } from '../../reconcile/acting/key-remedy.js';
import type { Issue } from '../../reconcile/types.js';

export type Outcome =
  | { kind: 'done' }
  /** Spark Hire refused it: the row has an issue, of this code where it was refused just now. */
  | { kind: 'rejected'; code?: Issue['code'] }
  /** Sent, and nobody knows: it will be looked for. */
  | { kind: 'unknown'; error: unknown }
  /** Surely not sent: nobody may act for the row now. */
  | { kind: 'held'; remedy: KeyRemedy }
  /**
   * Surely not sent; the row stays pending. `error`: what would stop the others too. `movedOn`: its object is not any more
   * what it was when that was decided, and the mirror has it as it is now.
   */
  | { kind: 'postponed'; error?: unknown; movedOn?: true }
  /** The row has an open intent. */
  | { kind: 'in_flight' };
