/** A change that Spark Hire accepted and that does not show after all the time it had. */
import type { AccountSession } from '../../account-session.js';
import { byThemselves } from '../../db/database.js';
import { type Intent, rejectIntent } from '../../ledger/intents.js';
import { settleShown } from '../../ledger/links.js';
import type { Base, Observed } from '../../reconcile/types.js';
import { fingerprint, notSentAgain } from '../../reconcile/values/fingerprint.js';
import { settledPairs, unmoved } from '../send/answered.js';

/**
 * Rejects the intent: its row has an issue, and what does not show is not sent again while the row stays the same.
 * Fields that do show it are settled.
 */
export async function refuseUnshown(
  session: Pick<AccountSession, 'db' | 'account' | 'journal'>,
  intent: Intent,
  observed: Observed,
): Promise<void> {
  const { db, account } = session;
  const { action, detail } = intent;
  const isUpdate = action === 'update';
  const fields = isUpdate ? unmoved(observed, detail.expects, detail.was ?? {}) : [];
  if (isUpdate) await settleTheRest(db, account.name, intent, observed, fields);
  const message = isUpdate
    ? `Spark Hire accepted to change ${fields.join(' and ')}, and goes on showing the old value. Look at it there, or set it back here. ${notSentAgain}`
    : `Spark Hire accepted to ${action} it, and it is as it was before. Look at it there. ${notSentAgain}`;
  const issue = { code: 'REMOTE_REJECTED', field: null, message } as const;
  await rejectIntent(session, intent, issue, 'accepted, but it does not show');
}

/** What is left of the update, were it decided again, is what was refused. */
async function settleTheRest(
  db: AccountSession['db'],
  account: string,
  { id, resource, atsId, detail }: Intent,
  observed: Observed,
  unshown: readonly string[],
): Promise<void> {
  const pairs = Object.entries(detail.settles);
  // Whether the ATS wants it ended its status shows.
  const refused = new Map(unshown.map((field) => [field in detail.settles ? field : 'desired', field]));
  const settled: Base = Object.fromEntries(pairs.filter(([field]) => !refused.has(field)));
  const left = fingerprint({
    resource,
    atsId,
    uuid: observed.uuid,
    action: 'update',
    changes: [...refused].map(([field, shows]) => ({ field, from: null, to: detail.expects[shows]! })),
    reason: '',
    priority: 0,
    arrived: 0,
    settles: {},
    label: '',
  });
  await settleShown(byThemselves(db), account, {
    intent: id,
    fingerprint: left,
    uuid: observed.uuid,
    base: settledPairs(settled, observed),
  });
}
