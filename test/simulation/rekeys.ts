/** Rows of the ATS get other keys. */
import {
  at,
  childrenOf,
  follow,
  keyOf,
  mayBeAnother,
  type Numbers,
  type Play,
  rowsOf,
  spoils,
  titleOf,
  wishedAgain,
} from './rows.js';
import { inviteSomebody } from './starts.js';
import { ifPossible, type Row, type World } from './world.js';

/** The same wish under another key. @returns the row as it was, which is to be removed */
export function rekey(world: World, row: Row): Row {
  const before = { ...row };
  row.wish.formerKeys.add(row.atsId);
  for (const uuid of row.wish.elsewhere ?? []) row.wish.objects.delete(uuid);
  row.atsId = keyOf(world, row.table);
  if (row.table === 'jobs' && row.wish.seenTitle !== undefined && titleOf(row) !== row.wish.seenTitle)
    mayBeAnother(row);
  if (world.nextNumber() % 4 !== 0) haveFollow(world, before.atsId, row.atsId);
  return before;
}

/** Whoever names it by its old key names it by the new one; a job's invitations are apart. */
function haveFollow(world: World, from: string, to: string): void {
  const renamed = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(renamed) : value === from ? to : value;
  for (const row of world.rows) {
    for (const kept of [row.fields, row.sound ?? {}]) {
      for (const name of ['owner_ats_id', 'requested_by_ats_id', 'interview_ats_ids']) {
        if (JSON.stringify(renamed(kept[name])) === JSON.stringify(kept[name])) continue;
        kept[name] = renamed(kept[name]);
        world.following.add(row);
      }
    }
  }
}

/** A person changes the object of a row: a job's title or whether it is open, a user's address or access. */
function changeThere(world: World, row: Row, { b, c }: Numbers): void {
  const { state, act } = world.scene.emulator;
  ifPossible(() => {
    if (row.table === 'jobs') {
      const job = [...state.jobs.values()].find(({ title }) => title === row.fields.title);
      if (job === undefined) return;
      act.editJob(
        job.uuid,
        b % 5 === 0 ? { status: 'inactive' } : { title: `By hand ${b % 5} ${row.atsId}` },
      );
    } else {
      const user = [...state.users.values()].find(({ email }) => email === row.fields.email);
      if (user === undefined) return;
      if (c % 5 === 0) act.disableUser(user.uuid);
      else act.editUser(user.uuid, { email: `by.hand.${b}@company.example` });
    }
  });
}

const day = 86_400_000;

export const rekeys: Record<string, Play> = {
  /** Under a new key in one transaction, and unusable under it or not. */
  async rekey(world, { a, b, c }) {
    const row = at(world.rows, a);
    if (row === undefined) return;
    const before = rekey(world, row);
    const children = row.table === 'jobs' ? childrenOf(world, before.atsId) : [];
    for (const child of children) follow(child, row.atsId);
    if (b % 3 === 0 && row.sound === null) {
      const wrong = at(spoils[row.table], c)!;
      row.sound = Object.fromEntries(Object.keys(wrong).map((name) => [name, row.fields[name] ?? null]));
      Object.assign(row.fields, wrong);
    }
    await world.commit([row, ...children], [before]);
  },
  /** An interview under a new key that says something else as well: it is the same wish all the same. */
  async rekeyOtherwise(world, { a, b, c }) {
    const row = at(rowsOf(world, 'interviews'), a);
    if (row === undefined) return;
    const before = rekey(world, row);
    const deadline = { deadline_at: new Date(Date.now() + (9 + (c % 20)) * day).toISOString() };
    const questions = { questions: [{ text: `Why ${c % 3}?`, time_limit: 60 }] };
    const other = at([deadline, questions, { ...deadline, ...questions, desired: 'invited' }], b)!;
    Object.assign(row.fields, other);
    if (row.sound !== null) for (const name of Object.keys(other)) delete row.sound[name];
    await world.commit([row], [before]);
  },
  /** An interview under a new key, whose old row goes a commit earlier or later, with a look between or without. */
  async rekeySlowly(world, { a, b, c }) {
    const row = at(rowsOf(world, 'interviews'), a);
    if (row === undefined) return;
    const before = rekey(world, row);
    const steps = [() => world.commit([row]), () => world.commit([], [before])];
    if (b % 2 === 0) steps.reverse();
    await steps[0]!();
    // A row that is gone for long enough to be noticed was withdrawn.
    if (b % 2 === 1 && c % 2 === 1) {
      // Both are there at a look: where the first has ended, the second is another wish.
      wishedAgain(world, row);
      await world.run(['apply']);
    }
    await steps[1]!();
  },
  /**
   * A job, or a user, that somebody had changed in Spark Hire, and a look since, gets another key, the invitations of the
   * job too: in the same transaction or in one of their own, and the job renamed with it or not.
   */
  async rekeyChanged(world, numbers) {
    const { a, b, c } = numbers;
    const [job] = await invitedJob(world, a);
    const row = at([...rowsOf(world, 'users'), job], a)!;
    changeThere(world, row, numbers);
    await world.run([b % 2 === 0 ? 'sync' : 'backfill']);
    const before = rekey(world, row);
    const children = row.table === 'jobs' ? childrenOf(world, before.atsId) : [];
    for (const child of children) follow(child, row.atsId);
    if (row.table === 'jobs' && children.length > 0 && row.sound === null && c % 4 === 0) rename(row);
    if (c % 2 === 0) {
      await world.commit([row, ...children], [before]);
      if (c % 3 === 0) await world.run(['apply']);
      await world.commit(
        children,
        children.map((child) => rekey(world, child)),
      );
    } else {
      const sent = children.map((child) => rekey(world, child));
      await world.commit([row, ...children], [before, ...sent]);
    }
  },
  /**
   * A job and its invitations go, and what stands for them is ended; minutes later they come back under other keys, renamed
   * or not, now or while a person is asked, all at once or the job first.
   */
  async comeBack(world, { a, b, c }) {
    const [row, children] = await invitedJob(world, a);
    const areBack = await areGone(world, [row, ...children], ['apply', 'apply', 'sync', 'apply']);
    await world.scene.later(120);
    for (const one of [row, ...children]) rekey(world, one);
    for (const child of children) follow(child, row.atsId);
    const isRenamed = b % 3 > 0 && row.sound === null;
    if (isRenamed && b % 3 === 1) rename(row);
    areBack([row]);
    if (c % 2 === 0) {
      await world.commit([row]);
      await world.run(['apply']);
    }
    areBack(children);
    // Nothing shows any more what they were.
    if (world.setting.jobsWithdrawn === 'delete') wishedAgain(world, row);
    await world.commit([row, ...children]);
    if (isRenamed && b % 3 === 2) {
      await world.run(['apply']);
      rename(row);
      await world.commit([row]);
    }
  },
  /** A job gets another key and title; then its invitations are deleted in one transaction and come back in another. */
  async comeBackOneByOne(world, { a, b }) {
    const [row, children] = await invitedJob(world, a);
    const before = rekey(world, row);
    for (const child of children) follow(child, row.atsId);
    if (row.sound === null) rename(row);
    await world.commit([row, ...children], [before]);
    if (b % 2 === 0) await world.run(['apply']);
    const areBack = await areGone(world, children, ['apply', 'sync']);
    for (const child of children) rekey(world, child);
    areBack(children);
    await world.commit(children);
  },
  /** A candidate has another address in Spark Hire, and then the row gets another key. */
  async rekeyMoved(world, { a, b }) {
    const [, children] = await invitedJob(world, a);
    const row = at(children, b)!;
    const { state } = world.scene.emulator;
    const one = [...state.interviews.values()].find(
      ({ candidate }) => candidate.email.toLowerCase() === row.wish.address,
    );
    if (one !== undefined) {
      const { candidate } = one;
      state.candidates.delete(candidate.email.toLowerCase());
      state.interviews.change(one, () => {
        candidate.email = `moved.${candidate.email}`;
      });
      state.candidates.set(candidate.email.toLowerCase(), candidate);
      await world.run([b % 2 === 0 ? 'sync' : 'backfill']);
    }
    const before = rekey(world, row);
    await world.commit([row], [before]);
  },
};

/**
 * The rows are gone from their tables: what stands for them may end, and comes back under other keys.
 * @returns what is called for those that are back, which are not before
 */
async function areGone(
  world: World,
  rows: readonly Row[],
  runs: readonly string[],
): Promise<(some: readonly Row[]) => void> {
  for (const row of rows) {
    row.wish.row = null;
    // What is gone is not loaded again.
    world.rows.splice(world.rows.indexOf(row), 1);
  }
  await world.commit([], rows);
  for (const command of runs) await world.run([command]);
  return (some) => {
    for (const row of some) row.wish.row = row;
    world.rows.push(...some);
  };
}

/** A job that somebody was invited to. */
export async function invitedJob(world: World, a: number): Promise<[Row, Row[]]> {
  const invited = () => rowsOf(world, 'jobs').filter(({ atsId }) => childrenOf(world, atsId).length > 0);
  // What happens meanwhile may take it away.
  while (invited().length === 0) await inviteSomebody(world);
  const row = at(invited(), a)!;
  return [row, childrenOf(world, row.atsId)];
}

function rename(row: Row): void {
  row.fields.title = `Renamed ${row.atsId}`;
  mayBeAnother(row);
}
