/** The check of `doctor` that tells which fields Spark Hire writes in another form than its document promises. */
import { type Database, inTransaction } from '../db/database.js';
import { type KnownOddField, oddWords } from '../db/odd-fields.js';
import { isTime } from '../sparkhire/odd-fields.js';
import { type Check, checksOf } from './check.js';
import { readOddFields } from './status-queries.js';
import { ago } from './words.js';

const most = 5;
const report =
  'Ask Spark Hire since when it writes them so (its document promises RFC 3339 for times), and report it to the makers of sparkhire-sync; nothing you can do here makes them readable.';

export async function checkFields(db: Database, account: string): Promise<Check> {
  const { threw } = checksOf(account);
  try {
    return judgeFields(account, await inTransaction(db, (tx) => readOddFields(tx, [account])), new Date());
  } catch (error) {
    return threw('fields', error);
  }
}

/** @param fields what cannot be read first */
export function judgeFields(
  account: string,
  fields: ReadonlyArray<KnownOddField & { lastSeenAt: Date }>,
  now: Date,
): Check {
  const { passed, warned, failed } = checksOf(account);
  if (fields.length === 0) return passed('fields', 'what Spark Hire writes has the form that it promises');
  const words = fields
    .slice(0, most)
    .map((field) => `${oddWords(field)} (${ago(field.lastSeenAt.toISOString(), now.toISOString())})`);
  if (fields.length > most) words.push(`${fields.length - most} more: see sync.odd_fields`);
  const detail = words.join('\n');
  const unread = fields.filter(({ readAs }) => readAs === null);
  if (unread.length === 0) {
    return warned(
      'fields',
      detail,
      "Compare a time with Spark Hire's website: if it differs by hours, report it.",
    );
  }
  const timeless = unread.some(({ field }) => isTime({ path: field }));
  return timeless
    ? failed('fields', detail, `Without times ticks cannot tell what is new, only sweeps can. ${report}`)
    : warned('fields', detail, report);
}
