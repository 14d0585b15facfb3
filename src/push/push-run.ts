/** The row of sync.runs of a push. A round that sends nothing has none, unless it fails. */
import type { AccountSession } from '../account-session.js';
import type { Clock } from '../clock.js';
import { finishRun, noteRun, type RunCounts, startRun } from '../db/checkpoints.js';
import { messageOf } from '../errors.js';
import type { CarryOutCounts } from './counts.js';
import type { Means } from './send/sending.js';

/** How often the row of a long run is brought up to date, for whoever asks when it is done. */
const noteEveryMs = 10_000;

export class PushRun {
  readonly #session: AccountSession;
  readonly #done: CarryOutCounts;
  readonly #clock: Clock;
  readonly #sent: AccountSession['sent'];
  #begun: Promise<string> | null = null;
  #notedAt: number;

  /** @param done is counted up meanwhile */
  constructor(session: AccountSession, done: CarryOutCounts, clock: Clock) {
    this.#session = session;
    this.#done = done;
    this.#clock = clock;
    this.#sent = { ...session.sent };
    this.#notedAt = clock.monotonic();
  }

  /** Begins it before the first write leaves: whoever looks meanwhile sees that it is under way, and how far. */
  before(onStep: Means['onStep']): NonNullable<Means['onStep']> {
    return async (step, intent) => {
      if (step === 'leaving') await this.#begin();
      if (step === 'recorded') await this.#note();
      await onStep?.(step, intent);
    };
  }

  /** @param failure what ended it early, or kept a part of it from its turn; null if nothing did */
  async end(failure: unknown): Promise<void> {
    const { db, signal } = this.#session;
    const counts = this.#counts();
    const isFailure = failure !== null && !signal.aborted;
    if (this.#begun === null && counts.created + counts.updated + counts.deleted === 0 && !isFailure) return;
    const outcome = failure === null ? 'succeeded' : isFailure ? 'failed' : 'interrupted';
    try {
      await finishRun(db, await this.#begin(), outcome, counts, failure === null ? null : messageOf(failure));
    } catch {
      // The database went away: what is committed stands, and the next owner closes the run.
    }
  }

  #begin(): Promise<string> {
    const { db, account } = this.#session;
    this.#begun ??= startRun(db, account.name, 'push', null);
    return this.#begun;
  }

  async #note(): Promise<void> {
    const now = this.#clock.monotonic();
    if (now - this.#notedAt < noteEveryMs) return;
    this.#notedAt = now;
    await noteRun(this.#session.db, await this.#begin(), this.#counts());
  }

  #counts(): RunCounts {
    const { sent } = this.#session;
    const { created, updated, closed, shared, canceled, deleted } = this.#done;
    return {
      requests: sent.requests - this.#sent.requests,
      rateLimited: sent.rateLimited - this.#sent.rateLimited,
      read: 0,
      created,
      updated: updated + closed + shared,
      deleted: canceled + deleted,
    };
  }
}
