/** Books the limiter's units durably, a block at a time, before they are used. */
import type { Clock } from '../clock.js';

export interface Ledger {
  /** Records durably, with the time, that `units` requests may be sent from now on. */
  book(units: number): Promise<void>;
}

export interface Booking {
  /** Takes one booked unit, if there is one that has not expired. */
  use(): boolean;
  /** Books a block; whoever asks meanwhile shares it. Rejects with the ledger's error. */
  more(): Promise<void>;
  /** Books ahead if nothing is left; a failure shows when the unit is needed. */
  prepare(): void;
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

  async function book(): Promise<void> {
    // The ledger's own time of the booking is later than this, so a unit is never used later than it says.
    const began = clock.monotonic();
    await ledger.book(units);
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
    prepare() {
      if (left > 0 || inFlight !== null) return;
      more().catch(() => {});
    },
  };
}
