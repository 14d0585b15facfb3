import type { Clock } from '../../emulation/clock.js';
import type { Switches } from '../switches.js';

/** Counts requests in a minute that slides, or starts anew at each full window, on the base clock. */
export class RateLimit {
  limit: number;
  windowMs: number;
  readonly #clock: Clock;
  readonly #switches: Switches;
  /** Arrivals that count, by scope, oldest first. */
  readonly #arrivals = new Map<string, number[]>();

  constructor(limit: number, windowSeconds: number, clock: Clock, switches: Switches) {
    this.limit = limit;
    this.windowMs = windowSeconds * 1000;
    this.#clock = clock;
    this.#switches = switches;
  }

  /** Counts one arrival. @returns milliseconds to wait when it is one too many, else 0 */
  count(scope: string): number {
    const now = this.#clock.monotonic();
    const start =
      this.#switches.rateWindow === 'fixed'
        ? Math.floor(now / this.windowMs) * this.windowMs
        : now - this.windowMs;
    const arrivals = this.#arrivals.get(scope) ?? [];
    this.#arrivals.set(scope, arrivals);
    const fixed = this.#switches.rateWindow === 'fixed';
    let past = 0;
    while (past < arrivals.length && (fixed ? arrivals[past]! < start : arrivals[past]! <= start)) past++;
    if (past > 0) arrivals.splice(0, past);
    const refused = arrivals.length >= this.limit;
    if (!refused || this.#switches.rateCountsRefused) arrivals.push(now);
    if (!refused) return 0;
    const opens = fixed ? start + this.windowMs : arrivals[arrivals.length - this.limit]! + this.windowMs;
    return Math.max(1, opens - now);
  }

  /** Forgets what was counted. */
  reset(): void {
    this.#arrivals.clear();
  }
}

/** The headers that tell how long to wait, in the form the switch asks for. */
export function retryHeaders(
  switches: Switches,
  waitMs: number,
  limit: number,
  now: number,
): Record<string, string> {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  switch (switches.rateHeaders) {
    case 'try-again':
      return { 'X-Rate-Limit-Try-Again-Seconds': String(seconds) };
    case 'retry-after-seconds':
      return {
        'X-RateLimit-Limit': String(limit),
        'X-RateLimit-Remaining': '0',
        'Retry-After': String(seconds),
      };
    case 'retry-after-date':
      return { 'Retry-After': new Date(now + seconds * 1000).toUTCString() };
    default:
      return {};
  }
}
