/**
 * The service's rounds without its timers: what each of its activities does, called one after the other, or one while a
 * request of another is on its way, as they are in a service. The same seed has them meet at the same place.
 */
import { type AccountSession, openOwnedAccount } from '../../src/account-session.js';
import { noProgress } from '../../src/backfill/progress.js';
import { resourceNames } from '../../src/backfill/resources.js';
import type { BackfillResult } from '../../src/backfill/result.js';
import { loadSettings } from '../../src/config.js';
import { openDatabase } from '../../src/db/database.js';
import { tryLockAccount } from '../../src/db/locks/account-lock.js';
import { prune } from '../../src/db/retention.js';
import { scanByHash } from '../../src/desired/queue.js';
import { type ErrorCode, SyncError } from '../../src/errors.js';
import { createLogger } from '../../src/log.js';
import { createCommandServer } from '../../src/service/command-server.js';
import { watchWebhook } from '../../src/service/webhook-watch.js';
import { hasDue, runDetails } from '../../src/tick/details.js';
import { isBootstrapped } from '../../src/tick/start.js';
import { runRefresh, runTick } from '../../src/tick/tick.js';
import { applyEvents } from '../../src/webhooks/events.js';
import { lookForOthers } from '../../src/webhooks/others.js';
import { fullPass, type WorkContext } from '../../src/work/observe.js';
import { carryOver } from '../../src/work/push-work.js';
import { quick } from '../support/push-scene.js';
import type { World } from './world.js';

type Round = (context: WorkContext, done: ReadonlySet<string>) => Promise<unknown>;

function failureOf(result: BackfillResult | null): void {
  if (result?.ok === false && result.error !== undefined)
    throw new SyncError(result.error.code as ErrorCode, result.error.message);
}

const refreshMs = 900_000;

async function details({ session, settings, progress }: WorkContext): Promise<void> {
  const { detailConcurrency } = settings.mirror;
  failureOf(await runDetails(session, { detailConcurrency, progress }));
}

const rounds = {
  async tick({ session }) {
    if (await isBootstrapped(session)) failureOf(await runTick(session, { refreshMs: null }));
  },
  refresh: async ({ session }) => failureOf(await runRefresh(session, refreshMs)),
  async sweep(context) {
    failureOf(await fullPass({ resources: resourceNames, details: false, fresh: false }, context));
    await lookForOthers(context.session);
  },
  details,
  async events(context) {
    await applyEvents(context.session);
    const { db, account } = context.session;
    if (await hasDue(db, account.name)) await details(context);
  },
  async webhooks({ session, settings }) {
    const { publicUrl } = settings.http;
    if (publicUrl === null || session.place.moved) return;
    await watchWebhook(session, { publicUrl, webhookAuth: undefined }, 1);
  },
  async push(context, done) {
    // Nothing is written before this process has looked itself.
    if (!done.has('tick') || !(await isBootstrapped(context.session))) return;
    const { error } = await carryOver(context, { waitForUnknown: false });
    if (error !== null) throw error;
  },
  async housekeeping({ session: { db, account }, settings }) {
    await scanByHash(db, account.name);
    await prune(db, settings.retention, account.name);
  },
} satisfies Record<string, Round>;

export type RoundName = keyof typeof rounds;
export const roundNames = Object.keys(rounds) as RoundName[];

export interface Owner {
  /** One round; what it fails with in a manner that is told is kept to itself, as an activity does. */
  round(name: RoundName): Promise<void>;
  /** One round, and others at the moment when its nth request has arrived and is not answered yet. */
  roundWith(name: RoundName, nth: number, meanwhile: readonly RoundName[]): Promise<void>;
  /** Commands that wait for the owner are carried out, as long as `work` goes on. */
  serving<T>(work: () => Promise<T>): Promise<T>;
  /** Rounds that succeeded when they were last begun. */
  done: ReadonlySet<RoundName>;
  /** Bugs that were told of. */
  told: string[];
}

const servesEveryMs = 20;

/** Owns the account as a service does while `work` goes on; nothing happens where another process has it. */
export async function asOwner(
  world: World,
  publicUrl: string | undefined,
  work: (owner: Owner) => Promise<void>,
): Promise<{ code: number | null; output: string }> {
  const { scene } = world;
  const settings = loadSettings({
    environment: scene.settings({ ...quick, ...world.env, SYNC_PUBLIC_URL: publicUrl }),
  });
  const account = settings.accounts[0]!;
  const stop = new AbortController();
  const told: string[] = [];
  const lock = await tryLockAccount(scene.databaseUrl, account.name).catch(() => null);
  if (lock === null) return { code: null, output: '' };
  const db = openDatabase(scene.databaseUrl, { maxConnections: 4 });
  const log = createLogger({ level: 'silent' });
  const signal = AbortSignal.any([stop.signal, lock.lost]);
  const note = (error: unknown) => {
    if (error instanceof SyncError || signal.aborted) return;
    told.push(`bug in sparkhire-sync: a round of the service fails: ${String((error as Error).stack)}`);
  };
  try {
    const owned = await openOwnedAccount({ account, db, log, signal, fence: lock.confirm });
    const done = new Set<RoundName>();
    const context = (session: AccountSession): WorkContext => ({ session, settings, progress: noProgress });
    const owner: Owner = {
      done,
      told,
      async round(name) {
        try {
          await (rounds[name] as Round)(context(owned.session()), done);
          done.add(name);
        } catch (error) {
          done.delete(name);
          note(error);
        }
      },
      async roundWith(name, nth, meanwhile) {
        let left = nth;
        const off = scene.emulator.onRequest(async () => {
          if (--left !== 0) return;
          for (const other of meanwhile) await owner.round(other);
        });
        await owner.round(name);
        off();
      },
      async serving(during) {
        const around = <T>(_kind: unknown, _args: unknown, does: () => Promise<T>) => does();
        const commands = createCommandServer({ owned, settings, log, signal, around });
        const timer = setInterval(() => commands.wake(), servesEveryMs);
        try {
          return await during();
        } finally {
          clearInterval(timer);
          await commands.settle();
        }
      },
    };
    try {
      await work(owner);
    } finally {
      stop.abort(new Error('the service stops'));
      await owned.close();
    }
  } catch (error) {
    note(error);
  } finally {
    await db.destroy();
    await lock.release();
  }
  return { code: null, output: told.join('\n') };
}
