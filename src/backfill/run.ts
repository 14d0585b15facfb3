/** The row of sync.runs of a piece of work. While that lasts it is brought up to date: whoever looks sees how far it is. */
import type { AccountSession } from '../account-session.js';
import { type Clock, systemClock } from '../clock.js';
import { dropRun, finishRun, noteRun, type RunCounts, recordRun, startRun } from '../db/checkpoints.js';
import { messageOf } from '../errors.js';
import type { Progress } from './progress.js';
import { progressFeed } from './progress-feed.js';

/** What is over sooner costs no statement more. */
export const noteEveryMs = 1000;
/** Of a pass over everything, which is never idle and has many short parts. */
export const notePassEveryMs = 200;

type Rows = Omit<RunCounts, 'requests' | 'rateLimited'>;

interface RunOptions {
  kind: string;
  /** null for a run over all of them. */
  resource: string | null;
  /** Rows, as they are counted up meanwhile. */
  counts(): Rows;
  /** The system's unless given. */
  clock?: Clock;
}

export class Run {
  /** Its parts, and how far each is. */
  readonly progress: Progress;
  readonly #session: AccountSession;
  readonly #options: RunOptions;
  readonly #clock: Clock;
  readonly #lines: ReturnType<typeof progressFeed>['lines'];
  readonly #sent: AccountSession['sent'];
  readonly #createdAt: number;
  #begun: Promise<string> | null = null;
  #noted: Promise<void> = Promise.resolve();
  #cancel = () => {};
  #isOver = false;

  /** It has a row once it is begun, or has lasted so long that somebody may look. */
  constructor(session: AccountSession, options: RunOptions) {
    this.#session = session;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#sent = { ...session.sent };
    this.#createdAt = this.#clock.monotonic();
    const feed = progressFeed(() => {});
    this.progress = feed;
    this.#lines = feed.lines;
    this.#arm();
  }

  begin(): Promise<string> {
    const { account, kind, resource, agoMs } = this.#about();
    this.#begun ??= startRun(this.#session.db, account, kind, resource, agoMs).catch((error: unknown) => {
      this.#begun = null;
      throw error;
    });
    return this.#begun;
  }

  /** @param failure what ended it early, or kept a part of it from its turn; null if nothing did */
  async end(failure: unknown): Promise<void> {
    this.#stop();
    await this.#noted;
    const { db, signal } = this.#session;
    const outcome = failure === null ? 'succeeded' : signal.aborted ? 'interrupted' : 'failed';
    const error = failure === null ? null : messageOf(failure);
    const end = { outcome, counts: this.#counts(), error } as const;
    if (this.#begun === null) await recordRun(db, this.#about(), end);
    else await finishRun(db, await this.#begun, end);
  }

  #about() {
    const { kind, resource } = this.#options;
    const agoMs = this.#clock.monotonic() - this.#createdAt;
    return { account: this.#session.account.name, kind, resource, agoMs };
  }

  async endIfBegun(failure: unknown): Promise<void> {
    const { read, created, updated, deleted } = this.#options.counts();
    if (this.#begun === null || (failure === null && read + created + updated + deleted === 0))
      await this.forget();
    else await this.end(failure);
  }

  /** It came to nothing that is worth a row. */
  async forget(): Promise<void> {
    this.#stop();
    await this.#noted;
    if (this.#begun !== null) await dropRun(this.#session.db, await this.#begun);
  }

  #counts(): RunCounts {
    const { sent } = this.#session;
    return {
      ...this.#options.counts(),
      requests: sent.requests - this.#sent.requests,
      rateLimited: sent.rateLimited - this.#sent.rateLimited,
    };
  }

  #stop(): void {
    this.#isOver = true;
    this.#cancel();
  }

  #arm(): void {
    if (this.#isOver) return;
    const note = () => {
      // Should the database be away, the work itself finds out.
      this.#noted = this.#note().catch(() => {});
      void this.#noted.then(() => this.#arm());
    };
    const everyMs = this.#options.kind === 'backfill' ? notePassEveryMs : noteEveryMs;
    this.#cancel = this.#clock.after(everyMs, note, { background: true });
  }

  async #note(): Promise<void> {
    const { db, limiter } = this.#session;
    const { used, limit, windowMs } = limiter.stats();
    await noteRun(db, await this.begin(), this.#counts(), { lines: this.#lines, used, limit, windowMs });
  }
}

/** Work of which only a long one has a row, and keeps it where it came to something or failed. */
export async function lasting<T>(
  session: AccountSession,
  kind: string,
  countsOf: (result: T) => Rows,
  work: () => Promise<T>,
): Promise<T> {
  let counts: Rows = { read: 0, created: 0, updated: 0, deleted: 0 };
  const run = new Run(session, { kind, resource: null, counts: () => counts });
  // That it is recorded is no part of the work.
  const end = (failure: unknown) => run.endIfBegun(failure).catch(() => {});
  try {
    const result = await work();
    counts = countsOf(result);
    await end(null);
    return result;
  } catch (error) {
    await end(error);
    throw error;
  }
}

/** What is told to both. */
export function bothProgress(one: Progress, other: Progress): Progress {
  return {
    begin(...told) {
      one.begin(...told);
      other.begin(...told);
    },
    advance(...told) {
      one.advance(...told);
      other.advance(...told);
    },
    end(...told) {
      one.end(...told);
      other.end(...told);
    },
  };
}
