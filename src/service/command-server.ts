/** Does what commands ask the owner of an account for, one after the other, and tells them how it goes. */
import type { OwnedAccount } from '../account-session.js';
import { progressFeed } from '../backfill/progress-feed.js';
import type { Settings } from '../config.js';
import { messageOf, SyncError } from '../errors.js';
import { linkedAbort } from '../linked-abort.js';
import type { Logger } from '../log.js';
import { beginCommand, finishCommand, openCommands, tellProgress } from '../work/commands.js';
import { budgetOf, type RefusedWork } from '../work/hand-over.js';
import { doWork, isWorkKind, type WorkArguments, type WorkKind } from '../work/work.js';

export interface CommandServerOptions {
  owned: OwnedAccount;
  settings: Settings;
  log: Logger;
  /** Aborts when the account's work ends. */
  signal: AbortSignal;
  /** Runs the work while nothing of the service's own is in its way. */
  around<T>(kind: WorkKind, args: unknown, work: () => Promise<T>): Promise<T>;
}

export interface CommandServer {
  /** There may be something to do. */
  wake(): void;
  /** Whether something that a command asked for is under way. */
  isBusy(): boolean;
  /** Resolves once nothing is under way. */
  settle(): Promise<void>;
}

const tellMs = 400;

export function createCommandServer(options: CommandServerOptions): CommandServer {
  const { owned, log, signal } = options;
  const { db } = owned;
  let working: Promise<void> | null = null;
  let again = false;
  /** Work under way that an asker may want stopped. */
  let current: { look(): void } | null = null;

  function wake(): void {
    current?.look();
    if (working !== null) {
      again = true;
      return;
    }
    if (signal.aborted) return;
    again = false;
    working = serve().finally(() => {
      working = null;
      if (again) wake();
    });
  }

  async function serve(): Promise<void> {
    try {
      for (;;) {
        const [next] = await openCommands(db, owned.account.name);
        if (next === undefined || signal.aborted) return;
        if (await beginCommand(db, next.id)) await carryOut(next.id, next.kind, next.arguments);
      }
    } catch (error) {
      if (!signal.aborted) log.warn({ event: 'commands_failed' }, messageOf(error));
    }
  }

  async function carryOut(id: string, kind: string, args: unknown): Promise<void> {
    log.info({ event: 'command_begun', command: id, kind }, `${kind}: asked for by a command`);
    const cancel = linkedAbort(signal);
    let telling = Promise.resolve();
    let dirty = true;
    const feed = progressFeed(() => {
      dirty = true;
    });
    const tell = () => {
      if (!dirty) return;
      dirty = false;
      const state = { lines: feed.lines, ...budgetOf(owned.limiter) };
      telling = telling
        .then(() => tellProgress(db, id, state))
        .then((stop) => {
          if (stop) cancel.abort(new SyncError('ABORTED', 'The command that asked for it was stopped.'));
        })
        .catch(() => {
          // What was not told is told the next time, and so is asked whether to stop.
          dirty = true;
        });
    };
    const timer = setInterval(tell, tellMs);
    current = {
      look() {
        dirty = true;
        tell();
      },
    };
    try {
      const result = await attempt(kind, args, cancel.signal, feed);
      tell();
      await telling;
      // Cut off by the end of this owner: its successor goes on.
      if (signal.aborted) return;
      await finishCommand(db, id, result);
      log.info({ event: 'command_done', command: id, kind }, `${kind}: done`);
    } finally {
      clearInterval(timer);
      cancel.unlink();
      current = null;
    }
  }

  async function attempt(
    kind: string,
    args: unknown,
    workSignal: AbortSignal,
    progress: ReturnType<typeof progressFeed>,
  ): Promise<unknown> {
    try {
      if (!isWorkKind(kind)) {
        throw new SyncError('USAGE', `The running service does not know how to do "${kind}".`, {
          remedy: 'Run the same version of sparkhire-sync everywhere.',
        });
      }
      return await options.around(kind, args, () =>
        doWork(kind, args as WorkArguments<typeof kind>, {
          session: owned.session(workSignal, undefined, kind),
          settings: options.settings,
          progress,
        }),
      );
    } catch (error) {
      const coded = error instanceof SyncError ? error : null;
      const refused: RefusedWork = {
        refused: { code: coded?.code ?? 'INTERNAL', message: messageOf(error), remedy: coded?.remedy },
      };
      return refused;
    }
  }

  return {
    wake,
    isBusy: () => current !== null,
    async settle() {
      while (working !== null) await working;
    },
  };
}
