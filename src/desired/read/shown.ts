/**
 * Which interviews share links show, and were made with. All links of a request have the same lists: each is read once, and is
 * one list.
 *
 * What stands for a list in what is read is a hash of 64 bits: a reading has a thousand lists at most, and one of 128 or more
 * takes as long as all else that is read of a link.
 */
import type { Transaction } from '../../db/database.js';
import type { Base, PushResource } from '../../reconcile/types.js';

/** SQL: stands for the list of the share link `m`; null where it was not told. */
export const shownMark = `hash_array_extended(m.interview_uuids, 0)::text as "shownMark"`;

type Marked = { uuid: string; shownMark?: unknown };

/** The same objects, each share link with its `interviewUuids` in place of the mark. One statement, where there is one. */
export async function withShown<T extends Marked>(
  tx: Transaction,
  account: string,
  found: readonly T[],
): Promise<T[]> {
  const listOf = await readLists(
    found.map(({ shownMark: mark, uuid }) => ({ mark, key: uuid })),
    async (uuids) => {
      const lists = await tx.query<{ uuid: string; shown: string[] }>(
        `select k.uuid, m.interview_uuids::text[] as shown from unnest($2::uuid[]) as k(uuid)
         cross join lateral (select interview_uuids from sparkhire.share_links
           where account = $1 and uuid = k.uuid limit 1) m`,
        [account, uuids],
      );
      return new Map(lists.map(({ uuid, shown }) => [uuid, shown]));
    },
  );
  return found.map((one) => {
    if (!('shownMark' in one)) return one;
    const { shownMark: mark, ...rest } = one;
    return { ...rest, interviewUuids: listOf(mark) } as unknown as T;
  });
}

/** SQL: the base of the link `l`, of a share link without its interviews, and what stands for these. */
export const baseOf = (resource: PushResource): string =>
  resource === 'share_links'
    ? `l.base - 'interviews' as base, jsonb_hash_extended(l.base -> 'interviews', 0)::text as "madeMark"`
    : `l.base, null as "madeMark"`;

/** Read by `baseOf`; without a link all is null. */
export interface ReadBase {
  base: Base | null;
  madeMark: string | null;
}

/** The same with whole bases. One statement, where there is a share link. @param keyOf the key of its row */
export async function withBases<T extends ReadBase>(
  tx: Transaction,
  account: string,
  found: readonly T[],
  keyOf: (one: T) => string | null,
): Promise<T[]> {
  const pairOf = await readLists(
    found.map((one) => ({ mark: one.madeMark, key: keyOf(one) ?? '' })),
    async (keys) => {
      const lists = await tx.query<{ ats_id: string; made: Base[string] }>(
        `select k.ats_id, l.made from unnest($2::text[]) as k(ats_id)
         cross join lateral (select base -> 'interviews' as made from sync.links
           where account = $1 and resource = 'share_links' and ats_id = k.ats_id limit 1) l`,
        [account, keys],
      );
      return new Map(lists.map(({ ats_id: key, made }) => [key, made]));
    },
  );
  return found.map((one) => {
    const interviews = pairOf(one.madeMark);
    return interviews === null ? one : { ...one, base: { ...one.base, interviews } };
  });
}

/** @param read lists by what they are read by @returns the list for which a mark stands */
async function readLists<L>(
  marked: ReadonlyArray<{ mark: unknown; key: string }>,
  read: (keys: string[]) => Promise<Map<string, L>>,
): Promise<(mark: unknown) => L | null> {
  const keys = new Map(marked.flatMap(({ mark, key }) => (typeof mark === 'string' ? [[mark, key]] : [])));
  const lists = keys.size === 0 ? new Map<string, L>() : await read([...keys.values()]);
  return (mark) => lists.get(keys.get(String(mark)) ?? '') ?? null;
}
