/** The check of `doctor` that tells which fields Spark Hire writes in another form than its document promises. */
import { type Database, inTransaction, query } from '../../db/database.js';
import { type KnownOddField, oddWords } from '../../db/odd-fields.js';
import { isTimeField } from '../../text/field-names.js';
import { ago } from '../render/words.js';
import { readOddFields } from '../status-queries.js';
import { type Check, checksOf } from './check.js';

const most = 5;
const report =
  'Report it to the makers of sparkhire-sync, and ask Spark Hire since when it writes them so (its document promises RFC 3339 for times). No setting makes them readable.';

export async function checkFields(db: Database, account: string): Promise<Check> {
  const { omitted, threw } = checksOf(account);
  try {
    const fields = await inTransaction(db, (tx) => readOddFields(tx, [account]));
    const [seen] = await query<{ any: boolean }>(
      db,
      'select exists (select from sparkhire.users where account = $1) as any',
      [account],
    );
    if (fields.length === 0 && !seen!.any) return omitted('fields', 'nothing of Spark Hire is mirrored yet');
    return judgeFields(account, fields, new Date());
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
  if (fields.length === 0) return passed('fields', 'all fields of Spark Hire have the documented form');
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
  const timeless = unread.some(({ field }) => isTimeField(field));
  return timeless
    ? failed('fields', detail, `Without times, ticks cannot see what is new; only sweeps can. ${report}`)
    : warned('fields', detail, report);
}
