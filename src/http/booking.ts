/** Books the limiter's units durably, a block at a time, before they are used. */
import type { Clock } from '../clock.js';

/** Requests that were sent, by lane; `rate_limited`: how many of them were answered with 429. Only what is not 0. */
export type Sent = Record<string, number>;

export interface Ledger {
  /** Records durably, with the time, that `units` requests may be sent from now on, and what was sent since it was called before. */
  book(units: number, sent: Sent): Promise<void>;
}

export interface Booking {
  /** Takes one booked unit, if there is one that has not expired. */
  use(): boolean;
  /** Books a block; whoever asks meanwhile shares it. Rejects with the ledger's error. */
  more(): Promise<void>;
  /** Books ahead if nothing is left; a failure shows when the unit is needed. */
  prepare(): void;
  /** One was sent, or answered with 429: told with the next booking. */
  note(what: string): void;
}

export function createBooking(options: {
  ledger: Ledger;
  clock: Clock;
  /** Size of a block. */
  units: number;
  /** How long a block may be used, counted from before it was booked. */
  usableMs: number;
}): Booking {
  const { ledger, clock, units, usableMs } = options;
  let left = 0;
  let usableUntil = 0;
  let inFlight: Promise<void> | null = null;
  let sent: Sent = {};
  const add = (what: string, times: number) => {
    sent[what] = (sent[what] ?? 0) + times;
  };

  async function book(): Promise<void> {
    const told = sent;
    sent = {};
    try {
      await bookUnits(told);
    } catch (error) {
      for (const [what, times] of Object.entries(told)) add(what, times);
      throw error;
    }
  }

  async function bookUnits(told: Sent): Promise<void> {
    // The ledger's own time of the booking is later than this, so a unit is never used later than it says.
    const began = clock.monotonic();
    await ledger.book(units, told);
    left = units;
    usableUntil = began + usableMs;
  }

  function more(): Promise<void> {
    if (inFlight === null) {
      const finished = () => {
        inFlight = null;
      };
      inFlight = book();
      inFlight.then(finished, finished);
    }
    return inFlight;
  }

  return {
    use() {
      if (left === 0 || clock.monotonic() >= usableUntil) return false;
      left -= 1;
      return true;
    },
    more,
    note: (what) => add(what, 1),
    prepare() {
      if (left > 0 || inFlight !== null) return;
      more().catch(() => {});
    },
  };
}

/** When a predecessor's units come back. Where it booked more than the limit, only the latest ones count. */
export function inheritedReleases(
  spent: ReadonlyArray<{ units: number; agoMs: number }>,
  limit: number,
  heldMs: number,
  now: number,
): number[] {
  const releases = spent.flatMap(({ units, agoMs }) => {
    const at = now + heldMs - agoMs;
    return at > now ? new Array<number>(Math.min(units, limit)).fill(at) : [];
  });
  return releases.sort((a, b) => a - b).slice(-limit);
}
