/** Share requests that show the same reviewer the same interviews: one of them makes the link. */
import type { Transaction } from '../../../db/database.js';
import { reviewerOf } from '../../../reconcile/kinds/share-keys.js';
import type { DesiredShareLink, JudgedRow } from '../../../reconcile/types.js';
import { folded } from '../../../reconcile/values/equality.js';
import { onceForList } from '../../../reconcile/values/shared-lists.js';
import type { Judging } from '../../judge/record.js';
import { readKnown, readRows } from '../rows.js';

/** The row that is first to say it, by its interviews and its reviewer; for the reading of all rows. */
export type ShareWishes = Map<string, Map<string, string>>;

/**
 * For rows without a link: the row that stands for the same already. That is one that is linked, or whose write is under
 * way; else the first by its key. Links that are to be closed are mailed to nobody, and stand in nobody's way. One
 * statement; three more where other requests name one of these reviewers.
 * @param wishes what was found out for rows read before
 */
export async function readShareTwins(
  tx: Transaction,
  account: string,
  unlinked: readonly JudgedRow[],
  judging: Judging,
  wishes: ShareWishes,
): Promise<Map<string, { atsId: string }>> {
  const rows = unlinked
    .flatMap(({ atsId, values }) => (isOpen(values) ? [{ atsId, values }] : []))
    .sort((a, b) => compare(a.atsId, b.atsId));
  const twins = new Map<string, { atsId: string }>();
  if (rows.length === 0) return twins;
  const pairs = await tx.query<{ ats_id: string; other: string }>(
    `select k.ats_id, o.ats_id as other from unnest($2::text[]) as k(ats_id)
     cross join lateral (select ats_id from sync.desired_rows where account = $1 and resource = 'share_links'
       and sync.likeness(${reviewerOf('ats_id')}) = sync.likeness(${reviewerOf('k.ats_id')}) offset 0) o
     where o.ats_id <> k.ats_id order by 1, 2`,
    [account, rows.map(({ atsId }) => atsId)],
  );
  const keys = [...new Set(pairs.map(({ other }) => other))];
  const known = keys.length === 0 ? new Map() : await readKnown(tx, account, 'share_links', keys);
  const others = keys.length === 0 ? new Map() : await readRows(tx, account, 'share_links', known, judging);
  const othersOf = new Map<string, string[]>();
  for (const { ats_id: atsId, other } of pairs) {
    const found = othersOf.get(atsId);
    if (found === undefined) othersOf.set(atsId, [other]);
    else found.push(other);
  }
  for (const { atsId, values } of rows) {
    const shown = asText(values.interviewAtsIds);
    const saysSame = (other: string) => {
      const its = others.get(other)?.judged;
      return its?.wanted === true && isOpen(its.values) && asText(its.values.interviewAtsIds) === shown;
    };
    const isTaken = (other: string) =>
      known.get(other)!.link !== null || known.get(other)!.openIntent !== null;
    const same = (othersOf.get(atsId) ?? []).filter(saysSame);
    const ofReviewers = wishes.get(shown) ?? new Map<string, string>();
    wishes.set(shown, ofReviewers);
    const reviewer = folded(values.reviewer.email);
    const before = ofReviewers.get(reviewer);
    const first = [...same, ...(before === undefined ? [] : [before])]
      .filter((other) => compare(other, atsId) < 0)
      .sort(compare)[0];
    const twin = same.find(isTaken) ?? first;
    if (twin !== undefined) twins.set(atsId, { atsId: twin });
    else ofReviewers.set(reviewer, atsId);
  }
  return twins;
}

const asText = onceForList((list: readonly string[]) => JSON.stringify(list));

function isOpen(values: JudgedRow['values']): values is DesiredShareLink {
  return values?.resource === 'share_links' && values.status === 'active';
}

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
