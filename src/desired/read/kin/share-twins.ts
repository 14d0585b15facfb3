/** Share requests that show the same reviewer the same interviews: one of them makes the link. */
import type { Transaction } from '../../../db/database.js';
import { reviewerOf } from '../../../reconcile/kinds/share-keys.js';
import type { DesiredShareLink, JudgedRow } from '../../../reconcile/types.js';
import { onceForList } from '../../../reconcile/values/shared-lists.js';
import { addressForm } from '../../../text/forms.js';
import type { ReadRow } from '../../known-row.js';
import { readShareRows } from '../../share-requests.js';

/** The row that is first to say it, by its interviews and its reviewer; for the reading of all rows. */
export type ShareWishes = Map<string, Map<string, string>>;

/**
 * For rows without a link: the row that stands for the same already. That is one that is linked, or whose write is under
 * way; else the first by its key. Links that are to be closed are mailed to nobody, and stand in nobody's way. One
 * statement; one more where other requests name one of these reviewers.
 * @param wishes what was found out for rows read before
 */
export async function readShareTwins(
  tx: Transaction,
  account: string,
  unlinked: readonly JudgedRow[],
  wishes: ShareWishes,
): Promise<Map<string, { atsId: string }>> {
  const rows = unlinked
    .flatMap(({ atsId, values }) => (isOpen(values) ? [{ atsId, values }] : []))
    .sort((a, b) => compare(a.atsId, b.atsId));
  const twins = new Map<string, { atsId: string }>();
  if (rows.length === 0) return twins;
  const othersOf = await namingSame(
    tx,
    account,
    rows.map(({ atsId }) => atsId),
  );
  const known = new Map([...othersOf.values()].flat().map((other) => [other.atsId, other]));
  const others = known.size === 0 ? new Map<string, ReadRow>() : await readShareRows(tx, account, known);
  for (const { atsId, values } of rows) {
    const shown = asText(values.interviewAtsIds);
    const saysSame = (other: string) => {
      const its = others.get(other)?.judged;
      return its?.wanted === true && isOpen(its.values) && asText(its.values.interviewAtsIds) === shown;
    };
    const isTaken = (other: string) => known.get(other)!.isTaken;
    const same = (othersOf.get(atsId) ?? []).map((other) => other.atsId).filter(saysSame);
    const ofReviewers = wishes.get(shown) ?? new Map<string, string>();
    wishes.set(shown, ofReviewers);
    const reviewer = addressForm(values.reviewer.email);
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

/** A row that names the reviewer of another one. */
interface Naming {
  atsId: string;
  arrived: number;
  /** It is linked, or its write is under way. */
  isTaken: boolean;
}

/**
 * For each of these keys the other rows that name its reviewer, by their keys. What a row names is folded once: looked up row
 * by row, PostgreSQL takes any index of the account before it has statistics, and folds all rows for each.
 */
async function namingSame(
  tx: Transaction,
  account: string,
  atsIds: readonly string[],
): Promise<Map<string, Naming[]>> {
  const reviewer = `sync.likeness(${reviewerOf('ats_id')})`;
  const theirs = "account = $1 and resource = 'share_links' and ats_id = d.ats_id";
  const named = await tx.query<Naming & { reviewer: string; isAsked: boolean }>(
    `with asked as materialized (select ats_id, ${reviewer} as reviewer from unnest($2::text[]) as k(ats_id))
     select ats_id as "atsId", reviewer, true as "isAsked", 0 as arrived, false as "isTaken" from asked
     union all
     select ats_id, ${reviewer}, false, (extract(epoch from arrived_at) * 1000000)::float8,
       (select true from sync.links where ${theirs} limit 1) is not null
         or (select true from sync.intents where ${theirs} and state in ('prepared', 'sent', 'unknown') limit 1) is not null
     from sync.desired_rows d
     where account = $1 and resource = 'share_links' and ${reviewer} = any (array(select distinct reviewer from asked))`,
    [account, atsIds],
  );
  const naming = new Map<string, Naming[]>();
  for (const { reviewer, isAsked, ...row } of named) {
    if (isAsked) continue;
    const same = naming.get(reviewer);
    if (same === undefined) naming.set(reviewer, [row]);
    else same.push(row);
  }
  for (const same of naming.values()) same.sort((a, b) => compare(a.atsId, b.atsId));
  return new Map(
    named.flatMap(({ atsId, reviewer, isAsked }): Array<[string, Naming[]]> => {
      if (!isAsked) return [];
      const others = (naming.get(reviewer) ?? []).filter((other) => other.atsId !== atsId);
      return others.length === 0 ? [] : [[atsId, others]];
    }),
  );
}

const asText = onceForList((list: readonly string[]) => JSON.stringify(list));

function isOpen(values: JudgedRow['values']): values is DesiredShareLink {
  return values?.resource === 'share_links' && values.status === 'active';
}

function compare(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
