/** Rounds that each tick asks for, and that mostly would find nothing to do: that is found out in one statement. */
import type { OwnedAccount } from '../account-session.js';
import { isAtRest } from '../push/news.js';
import { anyDue } from '../webhooks/waiting-events.js';
import type { ActivityName } from './activity.js';

export function restsOf({
  account: { name, partner },
  db,
  place,
}: OwnedAccount): Partial<Record<ActivityName, () => Promise<boolean>>> {
  return {
    events: async () => !(await anyDue(db, name)),
    // Who ordered is told after every round; a database that moved holds its plan, even an empty one.
    push: async () => partner === undefined && !place.moved && (await isAtRest(db, name)),
  };
}
