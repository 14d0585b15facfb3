import type { Clock } from './clock.js';

export interface Taken {
  /** One request too many. */
  refused: boolean;
  limit: number;
  remaining: number;
  /** Milliseconds until the window ends. */
  resetMs: number;
}

/** Counts requests in windows that start at full multiples of their length. */
export class RateWindow {
  limit: number;
  readonly windowMs: number;
  readonly #clock: Clock;
  readonly #counts = new Map<string, { window: number; count: number }>();

  constructor(clock: Clock, limit: number, windowSeconds: number) {
    this.#clock = clock;
    this.limit = limit;
    this.windowMs = windowSeconds * 1000;
  }

  /** Counts one request of `whose`. */
  take(whose: string): Taken {
    const now = this.#clock.now();
    const window = Math.floor(now / this.windowMs);
    const counted = this.#counts.get(whose);
    const count = counted?.window === window ? counted.count + 1 : 1;
    this.#counts.set(whose, { window, count });
    return {
      refused: count > this.limit,
      limit: this.limit,
      remaining: Math.max(0, this.limit - count),
      resetMs: (window + 1) * this.windowMs - now,
    };
  }
}
