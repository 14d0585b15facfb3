import type { Clock } from './clock.js';

/**
 * The date the emulated service believes in: the base clock plus an offset, or a standstill.
 * The rate limit and the request log run on the base clock instead: moving the date does not refill a minute.
 */
export class EmulatedClock {
  readonly base: Clock;
  #offset = 0;
  #frozenAt: number | null = null;
  #listeners: Array<() => void> = [];

  constructor(base: Clock) {
    this.base = base;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return this.#frozenAt ?? this.base.now() + this.#offset;
  }

  get frozen(): boolean {
    return this.#frozenAt !== null;
  }

  /** Moves the date by `ms` milliseconds (a frozen one too). Deadlines in between pass. */
  advance(ms: number): void {
    if (this.#frozenAt === null) this.#offset += ms;
    else this.#frozenAt += ms;
    this.#moved();
  }

  /** Sets the date: an RFC 3339 timestamp or milliseconds. @throws RangeError if it is no date */
  set(date: string | number): void {
    const target = typeof date === 'number' ? date : Date.parse(date);
    if (!Number.isFinite(target)) throw new RangeError(`"${date}" is not a date.`);
    if (this.#frozenAt === null) this.#offset = target - this.base.now();
    else this.#frozenAt = target;
    this.#moved();
  }

  freeze(): void {
    this.#frozenAt ??= this.now();
  }

  /** Lets the date run on from where it stood still. */
  unfreeze(): void {
    if (this.#frozenAt === null) return;
    this.#offset = this.#frozenAt - this.base.now();
    this.#frozenAt = null;
  }

  onMove(listener: () => void): void {
    this.#listeners.push(listener);
  }

  #moved(): void {
    for (const listener of this.#listeners) listener();
  }
}
