/** Work on one account with its progress: bars on a terminal, lines of log elsewhere. */

import type { Budget } from '../backfill/progress-feed.js';
import type { Clock } from '../clock.js';
import type { Account, Settings } from '../config.js';
import { performWork } from '../work/hand-over.js';
import type { WorkArguments, WorkKind, WorkProgress, WorkResult } from '../work/work.js';
import type { Invocation } from './invocation.js';
import { commandLog } from './report/command-log.js';
import { logProgress } from './report/progress-lines.js';
import type { DatabaseHandle } from './runtime.js';

export interface AccountWork {
  invocation: Invocation;
  account: Account;
  settings: Settings;
  handle: DatabaseHandle;
  /** By which requests time out and are repeated; the system's unless given. */
  clock?: Clock;
}

/** Does the work here, or has the account's owner do it. @throws what the work throws */
export async function workOnAccount<K extends WorkKind>(
  kind: K,
  wanted: WorkArguments<K>,
  { invocation, account, settings, handle, clock }: AccountWork,
): Promise<WorkResult<K>> {
  const spent: { budget: Budget | null } = { budget: null };
  const budget = () => progress.budget;
  const { stderr } = invocation;
  const bars = stderr.isTTY
    ? (await import('./report/progress-bars.js')).barProgress(stderr, budget)
    : undefined;
  const log = await commandLog(invocation, settings, bars?.destination);
  const shown = bars ?? logProgress(log.child({ account: account.name }), budget);
  const progress: WorkProgress = Object.assign(spent, {
    begin: shown.begin,
    advance: shown.advance,
    end: shown.end,
  });
  try {
    return await performWork({
      account,
      settings,
      databaseUrl: handle.url,
      db: handle.db,
      log,
      signal: invocation.stopSignal(),
      kind,
      arguments: wanted,
      progress,
      clock,
      onBegin(who) {
        if (who === 'here') return;
        log.info(
          { event: 'handed_over', account: account.name, kind },
          'a running service works on this account: it does the work, and this command shows its progress',
        );
      },
      onWait(who, lost) {
        const busy = 'another process works on this account; waiting until it is done';
        const event = who === 'busy' ? 'account_busy' : 'lost_answers';
        const told = [who === 'busy' ? busy : null, lost].filter((part) => part !== null);
        log.warn({ event, account: account.name }, told.join('. '));
      },
    });
  } finally {
    shown.stop();
  }
}
