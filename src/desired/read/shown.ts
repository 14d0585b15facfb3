/** Which interviews share links show. All links of a request show the same: their list is read once, and is one list. */
import type { Transaction } from '../../db/database.js';

/** SQL: stands for the list of the share link `m` in what is read; null where it was not told. */
export const shownMark = `encode(sha256(array_send(m.interview_uuids)), 'hex') as "shownMark"`;

type Marked = { uuid: string; shownMark?: unknown };

/** The same objects, each share link with its `interviewUuids` in place of the mark. One statement, where there is one. */
export async function withShown<T extends Marked>(
  tx: Transaction,
  account: string,
  found: readonly T[],
): Promise<T[]> {
  const shownBy = new Map(
    found.flatMap(({ shownMark: mark, uuid }) => (typeof mark === 'string' ? [[mark, uuid]] : [])),
  );
  const lists =
    shownBy.size === 0
      ? []
      : await tx.query<{ uuid: string; shown: string[] }>(
          `select k.uuid, m.interview_uuids::text[] as shown from unnest($2::uuid[]) as k(uuid)
           cross join lateral (select interview_uuids from sparkhire.share_links
             where account = $1 and uuid = k.uuid limit 1) m`,
          [account, [...shownBy.values()]],
        );
  const listOf = new Map(lists.map(({ uuid, shown }) => [uuid, shown]));
  return found.map((one) => {
    if (!('shownMark' in one)) return one;
    const { shownMark: mark, ...rest } = one;
    return { ...rest, interviewUuids: listOf.get(shownBy.get(String(mark)) ?? '') ?? null } as unknown as T;
  });
}
