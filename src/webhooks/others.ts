/** Looking for other installations of this program that work for the account, where nothing else looks at webhooks. */
import type { AccountSession } from '../account-session.js';
import { ApiError } from '../sparkhire/client.js';
import { listWebhooks } from './register.js';

/** They are noted, also where no webhook is wanted or may be made: `status` and `doctor` tell of them. One request. */
export async function lookForOthers(session: AccountSession): Promise<void> {
  try {
    await listWebhooks(session);
  } catch (error) {
    // It is only a look: whoever needs webhooks is told what is wrong with them.
    if (!(error instanceof ApiError) && !session.signal.aborted) throw error;
  }
}
