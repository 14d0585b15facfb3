/** Seats of the plan: a user past the free ones may cost money, and nobody said yes to that. */
import type { AccountSession } from '../account-session.js';
import { prepareIntent, rejectIntent } from '../apply/intents.js';
import { fingerprint } from '../reconcile/fingerprint.js';
import type { Issue } from '../reconcile/types.js';
import type { Decided } from './decisions.js';

const noSeat: Issue = {
  code: 'PLAN_LIMIT',
  field: null,
  message:
    'The plan has no free seat for this user, and another one may cost money, so nothing was sent. Free a seat, or add one in Spark Hire.',
};

/**
 * Refuses the users for whom the plan has no free seat, as Spark Hire would if it did not charge for them.
 * @returns what is left to be done
 */
export async function withinSeats(session: AccountSession, wanted: readonly Decided[]): Promise<Decided[]> {
  const { db, account, client, signal } = session;
  const isNew = ({ decision }: Decided) => decision.action?.action === 'create';
  if (!wanted.some(isNew)) return [...wanted];
  const { value } = await client.plan.get({ lane: 'write', signal });
  let free = value.users?.remaining ?? -1;
  // −1 is unlimited; a plan that does not tell is left to Spark Hire.
  if (free < 0) return [...wanted];
  const left: Decided[] = [];
  for (const one of wanted) {
    if (!isNew(one) || free > 0) {
      if (isNew(one)) free -= 1;
      left.push(one);
      continue;
    }
    const action = one.decision.action!;
    const { resource, atsId, uuid, label } = action;
    const intent = await prepareIntent(db, account.name, {
      resource,
      atsId,
      uuid,
      action: 'create',
      fingerprint: fingerprint(action),
      detail: { linked: null, settles: {}, expects: {}, identity: null, look: {}, final: 'rejected', label },
    });
    if (intent !== null) await rejectIntent(db, account.name, intent, noSeat, noSeat.message);
  }
  return left;
}
