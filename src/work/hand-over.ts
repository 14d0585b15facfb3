/**
 * Work on an account goes to whoever owns it. If nobody does, this process takes the account and does the work
 * itself; if a service does, the work is asked for in sync.commands and followed there. An owner that does not
 * serve commands (another command) is waited for. Should the owner die meanwhile, its successor goes on, or this
 * process takes over.
 */
import { openOwnedAccount } from '../account-session.js';
import { type Budget, progressReplay } from '../backfill/progress-feed.js';
import { type Clock, systemClock, sleep as wait } from '../clock.js';
import type { Account, Settings } from '../config.js';
import type { Database } from '../db/database.js';
import { tryLockAccount } from '../db/locks/account-lock.js';
import { encryptionKeys } from '../encryption.js';
import { type ErrorCode, SyncError } from '../errors.js';
import type { Logger } from '../log.js';
import { lostAnswers, sayAgainMs, silentMs } from '../push/lost/lost-answers.js';
import type { Limiter, RequestEvent } from '../sparkhire/client.js';
import { askCommand, cancelCommand, followCommand, withdrawCommand } from './commands.js';
import { doWork, type WorkArguments, type WorkKind, type WorkProgress, type WorkResult } from './work.js';

export interface HandOver<K extends WorkKind> {
  account: Account;
  settings: Settings;
  databaseUrl: string;
  db: Database;
  log: Logger;
  signal: AbortSignal;
  kind: K;
  arguments: WorkArguments<K>;
  progress: WorkProgress;
  /** Called once it is known who does the work. */
  onBegin?: (who: 'here' | 'owner') => void;
  /**
   * Called after a few seconds, then now and then, if another process has the account and does not serve commands, or if
   * the owner looks for the outcomes of writes whose answers were lost.
   * @param what the owner looks for, as sentences; null if it does something else
   */
  onWait?: (who: 'busy' | 'owner', lost: string | null) => void;
  onRequest?: (event: RequestEvent) => void;
  /** By which requests time out and are repeated where the work is done here; the system's unless given. */
  clock?: Clock;
}

/** What a running owner's answer looks like where the work itself threw. */
export interface RefusedWork {
  refused: { code: ErrorCode; message: string; remedy?: string };
}

const followMs = 250;
const tryLockMs = 1_000;

/** What is asked for in sync.commands. */
interface Asked {
  id: string | undefined;
}

/** @throws whatever the work threw; SyncError ABORTED, DATABASE_UNREACHABLE */
export async function performWork<K extends WorkKind>(options: HandOver<K>): Promise<WorkResult<K>> {
  const asked: Asked = { id: undefined };
  try {
    return await askOrWork(options, asked);
  } catch (error) {
    // Whatever it was at when it was stopped: the owner stops at the next place from which the work can go on.
    if (options.signal.aborted && asked.id !== undefined) await takeBack(options.db, asked.id);
    throw error;
  }
}

async function askOrWork<K extends WorkKind>(options: HandOver<K>, asked: Asked): Promise<WorkResult<K>> {
  const { account, databaseUrl, db, signal } = options;
  const replay = progressReplay(options.progress);
  let triedAt = Number.NEGATIVE_INFINITY;
  let begun = false;
  let noticeAt = performance.now() + silentMs;
  for (;;) {
    signal.throwIfAborted();
    if (performance.now() - triedAt >= tryLockMs) {
      triedAt = performance.now();
      const lock = await tryLockAccount(databaseUrl, account.name, signal);
      if (lock !== null) {
        try {
          if (asked.id !== undefined && !(await withdrawCommand(db, asked.id))) {
            return answer(await followCommand(db, asked.id));
          }
          return await workHere(options, AbortSignal.any([signal, lock.lost]), lock.confirm);
        } finally {
          await lock.release();
        }
      }
    }
    asked.id ??= await askCommand(db, account.name, options.kind, options.arguments);
    const view = await followCommand(db, asked.id);
    if (!begun && (view.state === 'running' || view.state === 'done')) {
      begun = true;
      options.onBegin?.('owner');
    }
    if (view.progress !== null) {
      options.progress.budget = view.progress;
      replay(view.progress);
    }
    if (view.state === 'done' || view.state === 'withdrawn') return answer(view);
    if (performance.now() > noticeAt) {
      noticeAt += sayAgainMs;
      const lost = await lostAnswers(db, account.name, options.settings.write.settleSeconds * 1000);
      if (!begun) options.onWait?.('busy', lost);
      else if (lost !== null) options.onWait?.('owner', lost);
    }
    await wait(systemClock, followMs, signal).catch(() => {});
  }
}

async function workHere<K extends WorkKind>(
  options: HandOver<K>,
  signal: AbortSignal,
  fence: () => Promise<void>,
): Promise<WorkResult<K>> {
  const { progress } = options;
  options.onBegin?.('here');
  const owned = await openOwnedAccount({
    ...options,
    signal,
    fence,
    encryption: encryptionKeys(options.settings.secrets),
  });
  Object.defineProperty(progress, 'budget', { configurable: true, get: () => budgetOf(owned.limiter) });
  try {
    return await doWork(options.kind, options.arguments, {
      session: owned.session(undefined, undefined, options.kind),
      settings: options.settings,
      progress,
    });
  } finally {
    Object.defineProperty(progress, 'budget', { value: budgetOf(owned.limiter), writable: true });
    await owned.close();
  }
}

export function budgetOf(limiter: Limiter): Budget {
  const { used, limit, windowMs } = limiter.stats();
  return { used, limit, windowMs };
}

async function takeBack(db: Database, command: string): Promise<void> {
  await cancelCommand(db, command).catch(() => {});
  await withdrawCommand(db, command).catch(() => {});
}

function answer<K extends WorkKind>(view: { state: string; result: unknown }): WorkResult<K> {
  if (view.state !== 'done') {
    throw new SyncError('ABORTED', 'The work was withdrawn before it was done.', {
      remedy: 'Run the command again.',
    });
  }
  const refused = (view.result as Partial<RefusedWork> | null)?.refused;
  if (refused !== undefined) {
    throw new SyncError(refused.code, refused.message, { remedy: refused.remedy });
  }
  return view.result as WorkResult<K>;
}
