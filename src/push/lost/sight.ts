/** Whether the keys that look see what a write may have made: who may see nothing of it must not call it absent. */
import type { AccountSession } from '../../account-session.js';
import { mayReadKeys, readMe } from '../../backfill/facts.js';
import { accountKeyMark } from '../../db/account-key.js';
import type { Intent } from '../../ledger/intents.js';

export interface Sight {
  /**
   * A user sees what their own key has made, whatever rights they lost; an administrator sees everything.
   * @param lookers whose looks are complete: uuids of users, null for the account's own key
   */
  covers(intent: Pick<Intent, 'detail'>, lookers: ReadonlySet<string | null>): Promise<boolean>;
}

/** For one piece of work: Spark Hire is asked at most once, and only where somebody else's key had written. */
export function sightOf(session: AccountSession): Sight {
  const { account } = session;
  const ownMark = accountKeyMark(account.name, account.apiKey);
  let administers: Promise<boolean> | undefined;

  async function ask(): Promise<boolean> {
    const { uuid } = await readMe(session);
    return uuid !== null && (await mayReadKeys(session, uuid, 'write', true)) === true;
  }

  return {
    async covers({ detail: { actor, keyMark } }, lookers) {
      if (actor !== undefined && lookers.has(actor)) return true;
      if (!lookers.has(null)) return false;
      // Written before keys were told apart, it was with this one as far as anybody knows.
      if (actor === undefined && (keyMark === undefined || keyMark === ownMark)) return true;
      administers ??= ask();
      return administers;
    },
  };
}
