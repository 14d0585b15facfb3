/** The row of sync.runs of a push. A round that sends nothing has none in the end, unless it fails. */
import type { AccountSession } from '../account-session.js';
import type { Progress } from '../backfill/progress.js';
import { bothProgress, Run } from '../backfill/run.js';
import type { Clock } from '../clock.js';
import type { PushResource } from '../reconcile/types.js';
import type { CarryOutCounts } from './result.js';
import type { Means } from './send/sending.js';

export class PushRun {
  readonly #session: AccountSession;
  readonly #done: CarryOutCounts;
  readonly #run: Run;
  readonly #progress: Progress;
  /** By resource, the requests that were sent before. */
  readonly #carried = new Map<PushResource, number>();
  #hasSent = false;

  /** @param done is counted up meanwhile */
  constructor(session: AccountSession, done: CarryOutCounts, clock: Clock, progress: Progress) {
    this.#session = session;
    this.#done = done;
    this.#run = new Run(session, { kind: 'push', resource: null, counts: () => this.#counts(), clock });
    this.#progress = bothProgress(progress, this.#run.progress);
  }

  /** Begins it before the first write leaves: whoever looks meanwhile sees that it is under way. */
  before(onStep: Means['onStep'] | undefined): Means['onStep'] {
    return async (step, intent) => {
      if (step === 'leaving') {
        this.#hasSent = true;
        await this.#run.begin();
      }
      await onStep?.(step, intent);
    };
  }

  /** So many rows of a resource had their turn. */
  told(resource: PushResource, done: number, total: number): void {
    const { sent } = this.#session;
    const before = this.#carried.get(resource) ?? sent.requests;
    if (!this.#carried.has(resource)) this.#progress.begin(resource, 'writes', total, 0);
    this.#carried.set(resource, before);
    // What a row takes is what the ones before it took: a change is read before it is sent.
    const each = done === 0 ? 1 : Math.max(1, (sent.requests - before) / done);
    this.#progress.advance(resource, 'writes', done, total, Math.ceil((total - done) * each));
  }

  /** @param failure what ended it early, or kept a part of it from its turn; null if nothing did */
  async end(failure: unknown): Promise<void> {
    const outcome = failure === null ? 'carried over' : 'ended early';
    for (const resource of this.#carried.keys()) this.#progress.end(resource, 'writes', outcome);
    const { created, updated, deleted } = this.#counts();
    const isFailure = failure !== null && !this.#session.signal.aborted;
    try {
      if (!this.#hasSent && created + updated + deleted === 0 && !isFailure) await this.#run.forget();
      else await this.#run.end(failure);
    } catch {
      // The database went away: what is committed stands, and the next owner closes the run.
    }
  }

  #counts() {
    const { created, updated, closed, shared, canceled, deleted } = this.#done;
    return { read: 0, created, updated: updated + closed + shared, deleted: canceled + deleted };
  }
}
