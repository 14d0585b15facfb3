/** What is said to whoever waits while the outcomes of writes are looked for whose answers were lost. */
import type { AccountSession } from '../../account-session.js';
import { type Clock, sleep } from '../../clock.js';
import { type Database, query } from '../../db/database.js';
import { toSparkHire } from '../../ledger/intents.js';
import { nouns, type PushResource } from '../../reconcile/types.js';
import { longestLookMs } from './settle.js';

/** So long nothing is said; then at this distance. Milliseconds. */
export const silentMs = 3_000;
export const sayAgainMs = 30_000;

const mostNamed = 3;

/** @returns what is looked for, and how long that can take, as sentences; null if nothing is */
export async function lostAnswers(db: Database, account: string, settleMs: number): Promise<string | null> {
  const rows = await query<{ resource: PushResource; ats_id: string }>(
    db,
    `select resource, ats_id from sync.intents
     where account = $1 and ${toSparkHire} and state = 'unknown' and look_at is not null order by id`,
    [account],
  );
  if (rows.length === 0) return null;
  const named = rows.slice(0, mostNamed).map(({ resource, ats_id }) => `${nouns[resource]} ${ats_id}`);
  const more = rows.length > mostNamed ? ` and ${rows.length - mostNamed} more` : '';
  const writes = rows.length === 1 ? 'a write was' : `${rows.length} writes were`;
  return (
    `The answer to ${writes} lost (${named.join(', ')}${more}): Spark Hire is asked what became of it, so that nothing is sent twice. ` +
    `That takes ${time(settleMs + 5_000)} or a little more; where no key surely sees it, a person is asked after ${time(longestLookMs(settleMs))}.`
  );
}

function time(ms: number): string {
  return ms < 120_000 ? `${Math.round(ms / 1000)} seconds` : `${Math.round(ms / 60_000)} minutes`;
}

/** Waits, and says now and then what for. */
export class SpokenWait {
  #untilSaidMs = silentMs;

  constructor(
    private readonly clock: Clock,
    private readonly signal: AbortSignal,
    private readonly say: () => Promise<void>,
  ) {}

  async sleep(ms: number): Promise<void> {
    for (let restMs = ms; restMs > 0; ) {
      const partMs = Math.min(restMs, this.#untilSaidMs);
      await sleep(this.clock, partMs, this.signal);
      restMs -= partMs;
      this.#untilSaidMs -= partMs;
      if (this.#untilSaidMs > 0) continue;
      this.#untilSaidMs = sayAgainMs;
      await this.say();
    }
  }
}

/** Of a push that waits for what it sent. */
export function spokenWait(
  { db, account, log, signal }: AccountSession,
  settleMs: number,
  clock: Clock,
): SpokenWait {
  return new SpokenWait(clock, signal, async () => {
    const text = await lostAnswers(db, account.name, settleMs);
    if (text !== null) log.warn({ event: 'lost_answers' }, text);
  });
}
