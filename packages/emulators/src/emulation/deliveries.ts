import { setMaxListeners } from 'node:events';
import type { EmulatedClock } from './emulated-clock.js';

/** Deliveries of webhooks on their way: each is attempted at once, and again when it is due, by the emulator's clock. */
export class Deliveries<One extends { readonly due: number }> {
  readonly #clock: EmulatedClock;
  readonly #attempt: (one: One) => Promise<One | null>;
  readonly #working = new Set<Promise<void>>();
  readonly #abort = new AbortController();
  #waiting: One[] = [];
  #cancel: (() => void) | undefined;

  /** @param attempt answers what is attempted next; null: it is over */
  constructor(clock: EmulatedClock, attempt: (one: One) => Promise<One | null>) {
    this.#clock = clock;
    this.#attempt = attempt;
    // As many deliveries as there are may be under way.
    setMaxListeners(0, this.#abort.signal);
    clock.onMove(() => this.#arm());
  }

  /** Ends requests that are under way when the emulator closes. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  send(one: One): void {
    const work = this.#work(one).finally(() => this.#working.delete(work));
    this.#working.add(work);
  }

  /** Resolves once nothing is under way; what waits for its next attempt stays. */
  async settle(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  close(): Promise<void> {
    this.#cancel?.();
    this.#waiting = [];
    this.#abort.abort();
    return this.settle();
  }

  async #work(one: One): Promise<void> {
    const next = await this.#attempt(one);
    if (next === null || this.signal.aborted) return;
    this.#waiting.push(next);
    this.#arm();
  }

  /** Sends what is due, and waits for what is due next. */
  #arm(): void {
    this.#cancel?.();
    if (this.signal.aborted) return;
    const now = this.#clock.now();
    const due = this.#waiting.filter((one) => one.due <= now);
    this.#waiting = this.#waiting.filter((one) => one.due > now);
    for (const one of due) this.send(one);
    if (this.#waiting.length === 0) return;
    const next = Math.min(...this.#waiting.map((one) => one.due));
    this.#cancel = this.#clock.base.after(next - now, () => this.#arm(), { background: true });
  }
}
