/** Recording that a write was done: mirror, link, intent and row in one transaction. */
import type { AccountSession } from '../../account-session.js';
import { listedResource } from '../../backfill/resources.js';
import { markGone, storeSingles } from '../../backfill/singles.js';
import { endAnswers } from '../../ledger/answers.js';
import { handOver } from '../../ledger/hand-over.js';
import { endConfirmed, type Intent } from '../../ledger/intents.js';
import { openIssue, resolveRefusals } from '../../ledger/issues.js';
import { tellRejected, tellWritten } from '../../ledger/journal.js';
import { linkRow, otherOwner } from '../../ledger/links.js';
import { moveRow } from '../../ledger/rows.js';
import { inMirrorTransaction } from '../../mirror/store.js';
import type { Issue, Link } from '../../reconcile/types.js';
import { type Answered, isWhole, observedOf, settledByCreation, settledPairs } from './answered.js';

export interface Confirmation {
  uuid: string;
  /** The object as it was last read; null if nothing usable was. */
  read: Answered | null;
  /** `created` unless given. */
  how?: Link['how'];
  /** It was deleted and cannot be read any more. */
  isDeleted?: boolean;
  /** The row that is linked to the object and hands it over, provided the ATS does not have it any more. */
  formerRow?: string | undefined;
  /** It was found out afterwards: the row may have been decided about meanwhile, and is decided again. */
  later?: boolean;
}

/** `id` is null for what needed no write: an adoption. */
export type Confirmable = Omit<Intent, 'id'> & { id: string | null };

/**
 * @returns `overtaken` if the intent was ended by somebody else; `taken` if another row is linked to that object:
 * then the row is rejected as a duplicate
 */
export async function confirm(
  session: Pick<AccountSession, 'db' | 'account' | 'journal'>,
  intent: Confirmable,
  confirmation: Confirmation,
): Promise<Confirmed> {
  const told = await recordConfirmed(session, intent, confirmation);
  if (told === 'confirmed') tellWritten(session, intent, confirmation.uuid);
  if (told === 'taken') tellRejected(session, intent, [{ code: 'DUPLICATE', field: null }]);
  return told;
}

type Confirmed = 'confirmed' | 'overtaken' | 'taken';

function recordConfirmed(
  session: Pick<AccountSession, 'db' | 'account'>,
  intent: Confirmable,
  { uuid, read, how = 'created', isDeleted = false, formerRow, later = false }: Confirmation,
): Promise<Confirmed> {
  const { resource, atsId, detail } = intent;
  const account = session.account.name;
  return inMirrorTransaction(session.db, account, async (tx) => {
    if (read !== null && isWhole(resource, read)) await storeSingles(tx, listedResource(resource), [read]);
    if (isDeleted) await markGone(tx, resource, [uuid]);
    const row = { account, resource, atsId };
    let owner = await otherOwner(tx, row, uuid);
    // In this plan lines may have moved before; or another row has taken it over, whose it is.
    if (formerRow !== undefined && owner !== null && (owner.atsId === formerRow || owner.isLeft)) {
      await handOver(tx, row, {
        formerId: owner.atsId,
        uuid,
        said: detail.look.email ?? detail.look.title ?? null,
      });
      owner = await otherOwner(tx, row, uuid);
    }
    if (intent.id !== null && !(await endConfirmed(tx, intent.id, { uuid, owner: owner?.atsId ?? null })))
      return 'overtaken';
    if (owner !== null) {
      await openIssue(tx, row, duplicateOf(owner.atsId));
      await moveRow(tx, row, 'taken');
      return 'taken';
    }
    const observed = read === null ? null : observedOf(resource, read);
    const isPartial = read !== null && !isWhole(resource, read);
    const { base, differs } =
      intent.action === 'create'
        ? settledByCreation(detail.settles, observed, isPartial)
        : { base: settledPairs(detail.settles, observed, isPartial), differs: false };
    await linkRow(tx, row, { uuid, base, how });
    await endAnswers(tx, account, [{ carriedOut: detail.answers ?? [] }]);
    if (intent.id !== null) await resolveRefusals(tx, row, detail.stillWaits === true);
    await moveRow(tx, row, 'confirmed', later || differs ? 'pending' : detail.final);
    return 'confirmed';
  });
}

function duplicateOf(atsId: string): Issue {
  return {
    code: 'DUPLICATE',
    field: null,
    message: `Row ${atsId} already stands for this object of Spark Hire. Withdraw one of the two.`,
  };
}
