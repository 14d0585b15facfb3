/** When a long run is worth planning anew, so that what came meanwhile does not wait for all of it. */
import type { AccountSession } from '../account-session.js';
import { type Clock, systemClock } from '../clock.js';
import { query } from '../db/database.js';
import { toSparkHire } from '../ledger/intents.js';

/** Planning takes a tenth of the time at most, and is not repeated within a second. */
const share = 10;
const leastMs = 1000;

export class Replanning {
  readonly #session: AccountSession;
  readonly #notBefore: number;
  readonly #known: readonly string[];
  readonly #clock: Clock;

  /**
   * @param planningMs how long the plan took that is carried out from now on
   * @param known entries of the queue that it was made with: those of rows whose turn has not come are still there
   */
  constructor(session: AccountSession, planningMs: number, known: readonly string[], clock = systemClock) {
    this.#session = session;
    this.#known = known;
    this.#clock = clock;
    this.#notBefore = clock.monotonic() + Math.max(leastMs, share * planningMs);
  }

  /** Whether the ATS has written since, or a write of unknown outcome is to be looked for. */
  async isDue(): Promise<boolean> {
    if (this.#clock.monotonic() < this.#notBefore) return false;
    const [row] = await query<{ due: boolean }>(
      this.#session.db,
      `select exists (select from sync.desired_queue q where account = $1
           and not exists (select from unnest($2::bigint[]) as k(id) where k.id = q.id))
         or exists (select from sync.intents
           where account = $1 and ${toSparkHire} and state = 'unknown' and look_at <= clock_timestamp()) as due`,
      [this.#session.account.name, this.#known],
    );
    return row!.due;
  }
}
