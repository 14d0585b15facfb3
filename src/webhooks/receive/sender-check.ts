/** Whether a delivery comes from whom it should: its credentials against those of the account's webhooks. */
import type { Clock } from '../../clock.js';
import { type Database, query } from '../../db/database.js';
import { digest, isChosen, keptDigest, presentedCredentials, sameDigest } from '../credentials.js';

export interface SenderCheckOptions {
  db: Database;
  clock: Clock;
  /** `user:password` of the settings. */
  webhookAuth?: string;
}

/** `unknown`: the database could not be asked. */
export type SenderVerdict = 'accepted' | 'refused' | 'unknown';

interface Loaded {
  digests: Buffer[];
  /** Of credentials that the settings had, or have: slow to compare. */
  slow: string[];
  /** How many more of them may be compared before the next look. */
  slowLeft: number;
  at: number;
}

const pauseMs = 1000;
/** An ended webhook's credentials are forgotten after this. */
const freshMs = 60_000;
/** Comparisons with slow hashes between two looks; guesses must not keep the processor busy. */
const mostSlow = 4;
/** Deliveries with wrong credentials that wait for the next look; beyond, they are refused at once. */
const mostDoubtful = 100;

/**
 * What is known is looked up once and kept. Credentials that do not match may be new ones, made by another
 * process: they are looked up again, at most once a second, and whoever came too early for that waits for it.
 */
export function createSenderCheck({ db, clock, webhookAuth }: SenderCheckOptions) {
  const chosen = webhookAuth === undefined ? null : digest(webhookAuth);
  const known = new Map<string, Loaded>();
  const loading = new Map<string, Promise<Loaded>>();
  let doubtful = 0;

  async function load(account: string): Promise<Loaded> {
    const last = known.get(account)?.at ?? Number.NEGATIVE_INFINITY;
    const wait = last + pauseMs - clock.monotonic();
    if (wait > 0) await new Promise<void>((resolve) => clock.after(wait, resolve));
    const at = clock.monotonic();
    const rows = await query<{ auth_hash: string }>(
      db,
      'select auth_hash from sync.webhooks where account = $1 and ended_at is null',
      [account],
    );
    const hashes = rows.map((row) => row.auth_hash);
    const digests = hashes.map(keptDigest).filter((one) => one !== null);
    const slow = hashes.filter((hash) => keptDigest(hash) === null);
    const loaded = { digests, slow, slowLeft: mostSlow, at };
    known.set(account, loaded);
    return loaded;
  }

  function reload(account: string): Promise<Loaded> {
    const under = loading.get(account);
    if (under !== undefined) return under;
    const started = load(account).finally(() => loading.delete(account));
    loading.set(account, started);
    return started;
  }

  function matches(presented: Buffer, digests: readonly Buffer[]): boolean {
    let found = false;
    // All of them, whichever it is.
    for (const one of digests) if (sameDigest(one, presented)) found = true;
    return found;
  }

  /** A webhook made with an earlier setting counts until it has ended. */
  async function matchesSlowly(credentials: Buffer, presented: Buffer, loaded: Loaded): Promise<boolean> {
    for (const hash of loaded.slow) {
      if (loaded.slowLeft <= 0) return false;
      loaded.slowLeft--;
      if (!(await isChosen(hash, credentials))) continue;
      loaded.digests.push(presented);
      return true;
    }
    return false;
  }

  return async function check(account: string, authorization: string | undefined): Promise<SenderVerdict> {
    const credentials = presentedCredentials(authorization);
    if (credentials === null) return 'refused';
    const presented = digest(credentials);
    if (chosen !== null && sameDigest(chosen, presented)) return 'accepted';
    const loaded = known.get(account);
    if (loaded !== undefined && matches(presented, loaded.digests)) {
      // Looked up again in the background; the database being away is no reason to refuse.
      if (clock.monotonic() - loaded.at > freshMs) reload(account).catch(() => {});
      return 'accepted';
    }
    if (doubtful >= mostDoubtful) return 'refused';
    doubtful++;
    try {
      const fresh = await reload(account);
      const right = matches(presented, fresh.digests) || (await matchesSlowly(credentials, presented, fresh));
      return right ? 'accepted' : 'refused';
    } catch {
      return 'unknown';
    } finally {
      doubtful--;
    }
  };
}
