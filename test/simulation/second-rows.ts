/**
 * Second rows for somebody whom a row invites to the same job already: no further wish as long as that one is to be done, and none
 * once it has ended. Who withdraws the first one wishes for the second, unless something had come of the first.
 */
import { anInterview } from '../support/push-scene.js';
import { invitedJob } from './rekeys.js';
import { at, edit, isAnother, isLinked, jobOf, type Play, rowsOf, wish } from './rows.js';
import { ifPossible, isWanted, type Row, type Wish, type World } from './world.js';

/** A candidate under another address of theirs. */
const newOf = (address: string) => `new.${address}`;
export const firstOf = (address: string) => address.replace(/^(new\.)+/, '');
const addressIn = ({ fields }: Row) => String(fields.candidate_email).toLowerCase();

export class SecondRows {
  /** Wishes that are for the same, each with all of them. */
  readonly #beside = new Map<Wish, Set<Wish>>();
  /** Of them those that were wanted when the ATS last wrote. */
  #wanted = new Set<Wish>();
  /** How often one of several rows for somebody has got another address: they are two people then. */
  readonly #parted = new Map<string, number>();

  /** The second one stands beside the first. */
  join(first: Wish, second: Wish): void {
    const all = new Set([...this.beside(first), second]);
    for (const one of all) this.#beside.set(one, all);
    for (const one of all) if (isWanted(one)) this.#wanted.add(one);
  }

  beside(one: Wish): ReadonlySet<Wish> {
    return this.#beside.get(one) ?? new Set([one]);
  }

  /** The ATS has written. */
  note(world: World): void {
    const wanted = new Set([...this.#beside.keys()].filter(isWanted));
    for (const one of this.#wanted) if (!wanted.has(one) && !cameOf(world, one)) one.invitations += 1;
    this.#wanted = wanted;
  }

  part(address: string): void {
    this.#parted.set(address, this.parted(address) + 1);
  }

  parted(address: string): number {
    return this.#parted.get(address) ?? 0;
  }
}

const statusesOf = ({ scene }: World, { objects }: Wish) =>
  [...objects].map((uuid) => scene.emulator.state.interviews.get(uuid)?.status);

/** It was done, or let pass, or deleted there. */
const cameOf = (world: World, one: Wish) =>
  statusesOf(world, one).some((status) => status === undefined || ['completed', 'expired'].includes(status));

/** Whether a row that comes now for the same is another wish: nobody wants what was asked for so far, or it is over. */
export function isAnotherWish(world: World, first: Wish): boolean {
  const all = [...world.secondRows.beside(first)];
  const statuses = all.flatMap((one) => statusesOf(world, one));
  const isPending = statuses.some((status) => status === 'requested' || status === 'accepted');
  return !all.some(isWanted) || (statuses.length > 0 && !isPending);
}

/** Another row for somebody who is invited to the same job already. */
export async function inviteBeside(world: World, first: Row): Promise<Row> {
  const invitations = isAnotherWish(world, first.wish) ? 1 : 0;
  await wish(world, 'interviews', (atsId) => anInterview(atsId, jobOf(first), addressIn(first)), {
    invitations,
  });
  const second = rowsOf(world, 'interviews').at(-1)!;
  world.secondRows.join(first.wish, second.wish);
  await aMinute(world);
  return second;
}

/** What comes a moment before an interview ends, or after it, is told apart by no clock. */
export async function aMinute({ scene }: World): Promise<void> {
  scene.emulator.clock.advance(60_000);
  await scene.later(60);
}

/** Whether nothing tells which job a row's is: it has another key and title, and its candidate another key. */
async function isOnUnknownJob(world: World, row: Row): Promise<boolean> {
  const job = rowsOf(world, 'jobs').find(({ atsId }) => atsId === jobOf(row));
  return row.wish.formerKeys.size > 0 && job?.wish.renamed === true && !(await isLinked(world, job));
}

/** The ATS has another address of a candidate. Whoever was invited is still the same. */
async function editAddress(world: World, row: Row | undefined): Promise<void> {
  if (row === undefined || row.sound !== null || world.erasures.addresses.includes(row.wish.address!)) return;
  const address = addressIn(row);
  const others = [...world.secondRows.beside(row.wish)].filter((one) => one !== row.wish);
  const isSent = world.scene.emulator.outbox.some(
    ({ kind, to }) =>
      kind === 'interview_invitation' && [address, row.wish.address].includes(to.toLowerCase()),
  );
  if (others.length > 0) world.secondRows.part(firstOf(address));
  if (!isSent && others.length > 0) others[0]!.invitations += 1;
  if (!isSent) row.wish.address = newOf(address);
  else if (!(await isLinked(world, row)) && (await isOnUnknownJob(world, row))) {
    isAnother(row.wish);
    row.wish.invitations += 1;
  }
  await edit(world, row, { candidate_email: newOf(address) });
}

const ends = ['completeInterview', 'expireInterview', 'cancelInterview', 'deleteInterview'] as const;

/** What may become of a row that has invited somebody. */
const changes: readonly Play[] = [
  (world, { a }) => editAddress(world, world.rows[a]),
  (world, { a }) => edit(world, world.rows[a], { desired: 'canceled' }),
  (world, { a }) => edit(world, world.rows[a], { deleted_at: new Date().toISOString() }),
  (world, { a }) => {
    const [row] = world.rows.splice(a, 1);
    row!.wish.row = null;
    return world.commit([], [row!]);
  },
];

export const secondRows: Record<string, Play> = {
  async twinInterview(world, { a }) {
    const first = at(rowsOf(world, 'interviews'), a);
    if (first !== undefined) await inviteBeside(world, first);
  },
  editAddress: (world, { a }) => editAddress(world, at(rowsOf(world, 'interviews'), a)),
  /** The first one ends, and its row becomes something else. */
  async duplicateOfEnded(world, { a, b, c }) {
    const [, children] = await invitedJob(world, a);
    const first = at(children, b)!;
    await inviteBeside(world, first);
    await world.run(['apply']);
    const { act } = world.scene.emulator;
    for (const uuid of first.wish.objects) {
      if (c % 8 === 0) ifPossible(() => act.acceptInterview(uuid));
      ifPossible(() => act[at(ends, c)!](uuid));
    }
    await world.run([b % 2 === 0 ? 'sync' : 'backfill']);
    const place = world.rows.indexOf(first);
    if (place >= 0) await at(changes, b)!(world, { a: place, b, c });
    await world.run(['sync']);
  },
};
