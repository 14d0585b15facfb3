/** What loaders do to keys: they number lines, export rows twice, mark what they delete. */
import { invitedJob, rekey } from './rekeys.js';
import {
  at,
  childrenOf,
  follow,
  hasInvited,
  isAnother,
  mayBeAnother,
  type Play,
  rowsOf,
  titleOf,
} from './rows.js';
import { aMinute } from './second-rows.js';
import { inviteSomebody } from './starts.js';
import type { Row, World } from './world.js';

/** A line goes: each of those after it has the key of the one before it. @returns what is to be written, and the key that is none any more */
export function without(world: World, line: Row): { moved: Row[]; gone: Row } {
  const lines = rowsOf(world, line.table);
  const keys = lines.map(({ atsId }) => atsId);
  const from = lines.indexOf(line);
  world.rows.splice(world.rows.indexOf(line), 1);
  for (const uuid of line.wish.objects) world.leftBehind.add(uuid);
  line.wish.row = null;
  const moved = lines.slice(from + 1);
  const children = moved.map(({ atsId }) => (line.table === 'jobs' ? childrenOf(world, atsId) : []));
  const now = new Map(moved.map(({ atsId }, index) => [atsId, keys[from + index]!]));
  for (const [index, row] of moved.entries()) {
    row.atsId = now.get(row.atsId)!;
    for (const child of children[index]!) follow(child, row.atsId);
  }
  for (const { table, fields, sound } of world.rows)
    for (const kept of [fields, sound ?? {}])
      if (table === 'share_requests' && line.table === 'interviews' && Array.isArray(kept.interview_ats_ids))
        kept.interview_ats_ids = kept.interview_ats_ids.map((key: string) => now.get(key) ?? key);
  const requests = line.table === 'interviews' ? rowsOf(world, 'share_requests') : [];
  return { moved: [...moved, ...children.flat(), ...requests], gone: { ...line, atsId: keys.at(-1)! } };
}

/** Whether what it says and whom it has invited tells which job it is: without that it is a job with another title. */
function isKnown(world: World, row: Row): boolean {
  return hasInvited(world, row) && row.sound === null && titleOf(row) === row.wish.seenTitle;
}

export const loaders: Record<string, Play> = {
  /**
   * The table of jobs, or of interviews, is numbered by lines, and one of them goes: with a job those who were invited to it. One
   * that moves may be edited in the same load.
   */
  async shiftLines(world, { a, b, c }) {
    // Of two lines at least the one may go, and the other moves up.
    await inviteSomebody(world);
    const [job] = await invitedJob(world, a);
    const line = b % 2 === 0 ? job : at(rowsOf(world, 'interviews'), b)!;
    await inviteSomebody(world);
    const invites = new Set(rowsOf(world, 'jobs').filter((row) => hasInvited(world, row)));
    const removed: Row[] = [];
    const written: Row[] = [];
    for (const child of line.table === 'jobs' ? childrenOf(world, line.atsId) : []) {
      const { moved, gone } = without(world, child);
      written.push(...moved);
      removed.push(gone);
    }
    const known = new Set(rowsOf(world, 'jobs').filter((row) => isKnown(world, row)));
    const lines = rowsOf(world, 'jobs');
    const { moved, gone } = without(world, line);
    const jobs = moved.filter(({ table }) => table === 'jobs');
    const edited = c % 3 === 0 ? at(jobs, c) : undefined;
    if (edited?.sound === null) {
      // Where a line was that had invited nobody, it is a job with another title.
      if (!invites.has(lines[lines.indexOf(edited) - 1]!)) known.delete(edited);
      else edited.wish.isKnownByItsCandidates = true;
      edited.fields.title = `Edited ${edited.atsId}`;
    }
    for (const row of moved)
      if (row.table === 'jobs' && !known.has(row)) {
        for (const child of childrenOf(world, row.atsId)) isAnother(child.wish);
        mayBeAnother(row);
      }
    await world.commit(
      [...new Set([...written, ...moved])].filter((row) => world.rows.includes(row)),
      [...removed, gone],
    );
  },
  /** A row comes twice under two other keys, and none of them is a further wish. */
  async exportTwice(world, { a }) {
    const row = at(rowsOf(world, 'interviews'), a);
    if (row === undefined) return;
    const before = rekey(world, row);
    const wish = { ...row.wish, invitations: 0, formerKeys: new Set<string>(), objects: new Set<string>() };
    const second: Row = { ...row, fields: { ...row.fields }, sound: row.sound && { ...row.sound }, wish };
    second.atsId = `${row.atsId}b`;
    wish.row = second;
    world.rows.push(second);
    world.wishes.push(wish);
    world.secondRows.join(row.wish, wish);
    await world.commit([row, second], [before]);
    if (!world.within.isHappening) await aMinute(world);
  },
  /** A row under another key, and the old one marked as deleted. */
  async softRekey(world, { a }) {
    const row = at([...rowsOf(world, 'jobs'), ...rowsOf(world, 'interviews'), ...rowsOf(world, 'users')], a);
    if (row === undefined) return;
    const before = rekey(world, row);
    const children = row.table === 'jobs' ? childrenOf(world, before.atsId) : [];
    for (const child of children) follow(child, row.atsId);
    const marked = { ...before, fields: { ...before.fields, deleted_at: new Date().toISOString() } };
    await world.commit([marked, row, ...children]);
  },
};
