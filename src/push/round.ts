/** What a push keeps over its rounds (how often rows had their turn, its run), and what one round shares. */
import type { AccountSession } from '../account-session.js';
import type { ObjectFailures } from '../backfill/failures.js';
import type { Progress } from '../backfill/progress.js';
import { bothProgress, Run } from '../backfill/run.js';
import type { Clock } from '../clock.js';
import type { Person } from '../db/audit.js';
import { rowName } from '../reconcile/actions.js';
import type { PlannedAction, PushResource } from '../reconcile/types.js';
import type { PushBasis } from './acting.js';
import type { Decided } from './decide/among-rows.js';
import type { Deciding } from './decide/decisions.js';
import type { ShareLinksFirst } from './decide/share-links-first.js';
import type { CarryOutCounts, PushResult, WithoutKey } from './result.js';
import type { Means } from './send/sending.js';

/** What a push was given, and keeps over all its rounds. */
export interface WholePush extends PushBasis, Pick<Means, 'onStep'> {
  /** Writes under way at the same time. */
  concurrency: number;
  /** Told after each action. */
  run: PushRun;
  counts: CarryOutCounts;
  /** How many actions of each resource were carried out before the present plan. */
  carried: Map<PushResource, number>;
  turnCounts: TurnCounts;
  withoutKey: WithoutKey;
  shareLinks: ShareLinksFirst;
  /** Who releases a held plan; nothing is written into the audit unless given. */
  by: Person | undefined;
  result: PushResult;
}

/** Beside that, what one round knows: a plan, and its carrying out. */
export interface Round extends WholePush, Deciding, Means {
  /**
   * Answers were lost of late: one action goes first, and the others follow once it has an answer; if that is lost as
   * well, none follows. Is not due any more then, for whoever comes next.
   */
  probe: { isDue: boolean };
  /** Whether it is worth planning anew on the way; null: all of it is carried out, whatever comes. */
  isOutdated: (() => Promise<boolean>) | null;
  /** Objects that could not be read just before they were to be changed: their rows stay pending. */
  unread: ObjectFailures;
}

/** What is made, canceled and made again takes a few. */
const most = 10;

/** How often rows have their turn in one push. One that comes again and again, and is the same each time, would never let it end. */
export class TurnCounts {
  /** Of rows that had a turn after the first plan: how often in a row they were as the ATS has them now. */
  readonly #had = new Map<string, { hash: string | null; times: number }>();
  /** Of what the present plan is to do, by row; null: it is the first, which ends by itself. */
  #planned: Map<string, string | null> | null = null;
  #isFirst = true;
  #endless: PlannedAction | null = null;

  /**
   * With a new plan. What of the one before was not carried out is planned again.
   * @throws if a row has had its turn so often that it is a fault of the program
   */
  begin(decided: readonly Decided[]): void {
    if (this.#endless !== null) {
      const { resource, atsId, action } = this.#endless;
      throw new Error(
        `row ${atsId} (${resource}) had its turn more than ${most} times in one round, the last time for "${action}", although the ATS did not change it: the round was ended here, and the next one goes on with the other rows`,
      );
    }
    if (!this.#isFirst)
      this.#planned = new Map(
        decided.flatMap(({ decision, read }) =>
          decision.action === null ? [] : [[rowName(decision), read.hash] as const],
        ),
      );
    this.#isFirst = false;
  }

  /** It was carried out. */
  had(action: PlannedAction): void {
    if (this.#planned === null) return;
    const name = rowName(action);
    const hash = this.#planned.get(name) ?? null;
    const before = this.#had.get(name);
    const times = before?.hash === hash ? before.times + 1 : 1;
    this.#had.set(name, { hash, times });
    if (times > most) this.#endless ??= action;
  }
}

/** The row of sync.runs of a push. A round that sends nothing has none in the end, unless it fails. */
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
