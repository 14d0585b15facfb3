/** With whose API key things are written: rows that name a user, and what becomes of users' keys. */

import type { Seen } from './judging.js';
import { at, edit, type Play, rowsOf } from './rows.js';
import { firstOf } from './second-rows.js';
import { ifPossible, type Row, type Wish, type World } from './world.js';

const columnOf: Partial<Record<Row['table'], string>> = {
  interviews: 'requested_by_ats_id',
  jobs: 'owner_ats_id',
};
const actorOf = ({ table, fields }: Row) => (fields[columnOf[table] ?? ''] ?? null) as string | null;

/** All but the user of the account's own key. */
const others = ({ scene: { emulator } }: World) => [...emulator.state.users.values()].slice(1);

export const actors: Record<string, Play> = {
  /** A job or an invitation is somebody's from now on, or nobody's. */
  nameActor(world, { a, b }) {
    const row = at([...rowsOf(world, 'jobs'), ...rowsOf(world, 'interviews')], a);
    const user = at(rowsOf(world, 'users'), b);
    if (row === undefined) return;
    return edit(world, row, { [columnOf[row.table]!]: b % 5 === 0 ? null : user?.atsId });
  },
};

export const keysThere: Record<string, Play> = {
  revokeKey(world, { a }) {
    const { keys, users } = world.scene.emulator.state;
    const [first] = users.keys();
    const key = at(
      [...keys.values()].filter(({ userUuid }) => userUuid !== first),
      a,
    );
    if (key !== undefined) world.scene.emulator.act.revokeKey({ key: key.key });
  },
  enableUser(world, { a }) {
    const one = at(others(world), a);
    if (one !== undefined) ifPossible(() => world.scene.emulator.act.enableUser(one.uuid));
  },
  putOnJob(world, { a, b }) {
    const { act, state } = world.scene.emulator;
    const [job, user] = [at([...state.jobs.values()], a), at(others(world), b)];
    if (job !== undefined && user !== undefined) act.addJobMember(job.uuid, { userUuid: user.uuid });
  },
  makesKeys: ({ scene: { emulator } }, { a }) => emulator.act.setPlan({ customIntegration: a % 2 === 0 }),
};

export const keyCommands: Record<string, Play> = {
  /** A user makes a key, and hands it over; the former one may be gone by then. */
  async setKey(world, { a, b }) {
    const one = at(others(world), a);
    if (one === undefined) return;
    const { act, state } = world.scene.emulator;
    if (b % 2 === 0)
      for (const { key, userUuid } of [...state.keys.values()])
        if (userUuid === one.uuid) act.revokeKey({ key });
    await world.run(['keys', 'set', one.email], undefined, act.makeKey(one.uuid));
  },
  provision: (world) => world.run(['keys', 'provision']),
  async forgetKey(world, { a }) {
    const one = at(others(world), a);
    if (one !== undefined) await world.run(['keys', 'forget', one.email]);
  },
};

export class Actors {
  /** Whom the row of a wish named in the course of the run: wishes for users, and null for nobody. */
  readonly #named = new Map<Wish, Set<Wish | null>>();

  begin(world: World): void {
    this.#named.clear();
    this.note(world);
  }

  note({ rows }: World): void {
    for (const row of rows) {
      const atsId = actorOf(row);
      const user = rows.find((one) => one.table === 'users' && one.atsId === atsId)?.wish;
      const named = this.#named.get(row.wish) ?? new Set();
      this.#named.set(row.wish, named);
      if (atsId === null) named.add(null);
      else if (user !== undefined) named.add(user);
    }
  }

  /** Nobody is invited in another's name. */
  judge(world: World, before: Seen, after: Seen): void {
    const { scene, setting, byHand, violations } = world;
    const [admin] = scene.emulator.state.users.keys();
    const { keysMissing, keysAbsent, keysRefused } = setting;
    const isInstead = [keysMissing, keysAbsent, keysRefused].includes('administrator');
    for (const { uuid, candidate, createdBy } of scene.emulator.state.interviews.values()) {
      if (before.interviews.has(uuid) || byHand.has(uuid) || (createdBy === admin && isInstead)) continue;
      const person = firstOf(candidate.email.toLowerCase());
      const asking = [...this.#named].filter(
        ([{ address }]) => address !== null && firstOf(address) === person,
      );
      const known = new Set([before.linked.get(createdBy), after.linked.get(createdBy)]);
      const isNamed = asking.some(([, named]) =>
        [...named].some((user) => (user === null ? createdBy === admin : isOf(user, known))),
      );
      if (!isNamed) violations.push(`${candidate.email} was invited by ${createdBy}, whom no row names`);
    }
  }
}

function isOf({ row, formerKeys }: Wish, known: ReadonlySet<string | undefined>): boolean {
  return [row?.atsId, ...formerKeys].some((key) => known.has(`users ${key}`));
}
