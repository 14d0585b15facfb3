/** The row of sync.runs of a push. A round that sends nothing has none, unless it fails. */
import type { AccountSession } from '../account-session.js';
import type { CarryOutCounts } from '../apply/carry-out.js';
import type { SendingOptions } from '../apply/sending.js';
import { finishRun, startRun } from '../db/checkpoints.js';
import { messageOf } from '../errors.js';

export class PushRun {
  readonly #session: AccountSession;
  readonly #sent: AccountSession['sent'];
  #begun: Promise<string> | null = null;

  constructor(session: AccountSession) {
    this.#session = session;
    this.#sent = { ...session.sent };
  }

  /** Begins it before the first write leaves: whoever looks meanwhile sees that it is under way. */
  before(onStep: SendingOptions['onStep']): NonNullable<SendingOptions['onStep']> {
    return async (step, intent) => {
      if (step === 'leaving') await this.#begin();
      await onStep?.(step, intent);
    };
  }

  #begin(): Promise<string> {
    const { db, account } = this.#session;
    this.#begun ??= startRun(db, account.name, 'push', null);
    return this.#begun;
  }

  /** @param failure what ended it early, or kept a part of it from its turn; null if nothing did */
  async end(counts: CarryOutCounts, failure: unknown): Promise<void> {
    const { db, sent, signal } = this.#session;
    const created = counts.created;
    const updated = counts.updated + counts.closed + counts.shared;
    const deleted = counts.canceled + counts.deleted;
    const isFailure = failure !== null && !signal.aborted;
    if (this.#begun === null && created + updated + deleted === 0 && !isFailure) return;
    try {
      await finishRun(
        db,
        await this.#begin(),
        failure === null ? 'succeeded' : isFailure ? 'failed' : 'interrupted',
        {
          requests: sent.requests - this.#sent.requests,
          rateLimited: sent.rateLimited - this.#sent.rateLimited,
          read: 0,
          created,
          updated,
          deleted,
        },
        failure === null ? null : messageOf(failure),
      );
    } catch {
      // The database went away: what is committed stands, and the next owner closes the run.
    }
  }
}
