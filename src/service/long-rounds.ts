/** Rounds that have a row in sync.runs only where they last. */
import type { AccountSession } from '../account-session.js';
import { lasting } from '../backfill/run.js';
import type { Settings } from '../config.js';
import type { PullResult } from '../connectors/pull/pull.js';
import type { WroteBack } from '../connectors/write-back/write-back.js';
import { type ApplyResult, applyEvents } from '../webhooks/events.js';
import { pullAts } from '../work/ats-work.js';
import { carryBack } from '../work/results-work.js';

const none = { read: 0, created: 0, updated: 0, deleted: 0 };

export const eventsRound = (session: AccountSession): Promise<ApplyResult> =>
  lasting(
    session,
    'events',
    ({ created, updated, deleted }) => ({ ...none, created, updated, deleted }),
    () => applyEvents(session),
  );

/** Its rows are those of schema ats. */
export const atsRound = (session: AccountSession): Promise<PullResult> =>
  lasting(
    session,
    'ats',
    ({ entries, invited, canceled }) => ({ ...none, read: entries, created: invited, deleted: canceled }),
    () => pullAts(session),
  );

/** Its rows are results that were told. */
export const resultsRound = (
  session: AccountSession,
  settings: Settings,
  hurry: boolean,
): Promise<WroteBack | null> =>
  lasting(
    session,
    'results',
    (done) => ({ ...none, updated: done?.written ?? 0 }),
    () => carryBack(session, settings, { hurry }),
  );
