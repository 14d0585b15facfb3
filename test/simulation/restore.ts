/**
 * A database that is lost, and comes back as it was when a copy was taken. The ATS then loads its rows as they are now.
 * What the mirror shows of the time since is no new wish.
 */
import { copyTestDatabase, replaceTestDatabase, type TestDatabase } from '../support/database.js';
import { approveHeld } from './approve.js';
import type { Erasures } from './erasures.js';
import { at, type Numbers, type Play, rowsOf, wishedAgain } from './rows.js';
import { inviteSomebody } from './starts.js';
import type { Wish, World } from './world.js';

interface Backup {
  database: TestDatabase;
  /** How many e-mails had been sent by then. */
  sent: number;
  /** Who had been erased by then. */
  erasures: Erasures;
}

const backups = new WeakMap<World, Backup>();

async function backUp(world: World): Promise<void> {
  await forget(world);
  const database = await copyTestDatabase(world.scene.databaseUrl);
  const sent = world.scene.emulator.outbox.length;
  backups.set(world, { database, sent, erasures: world.erasures.copy() });
  // The test's own connection was cut off too, and is not to be made again within a process of the program.
  await world.scene.rows('select');
}

/** A copy that nobody needs. */
export async function forget(world: World): Promise<void> {
  await backups.get(world)?.database.drop();
  backups.delete(world);
}

/**
 * @param atOnce whether a person releases it, and says which jobs are which, before anything else happens
 * @param inPlace as a restore to an earlier moment, which the database cannot tell from never having been away
 */
async function restore(world: World, inPlace: boolean, atOnce: boolean): Promise<void> {
  const backup = backups.get(world);
  if (backup === undefined) return;
  backups.delete(world);
  world.restored = true;
  const lost = await links(world);
  await replaceTestDatabase(world.scene.databaseUrl, backup.database);
  for (const link of (await links(world)).keys()) lost.delete(link);
  if (inPlace) await world.scene.rows('update sync.accounts set home = sync.here()');
  world.erasures = backup.erasures;
  allow(world, backup, lost);
  world.decisions.clear();
  world.theirs.all(world);
  // What a job was called since, it does not know.
  for (const wish of world.wishes) wish.seenTitle = null;
  await reload(world);
  if (!inPlace) await staysHeld(world);
  if (atOnce) await putInOrder(world);
}

/** A person does what is asked for after a restore: releases the plan, and says of each job that it is the one that is there. */
async function putInOrder(world: World): Promise<void> {
  world.scene.emulator.faults.clear();
  await world.run(['apply']);
  await approveHeld(world);
  const asked = await world.scene.rows<{ id: string; revision: number }>(
    `select id, revision from sync.conflicts
     where kind = 'possible_duplicate' and resource = 'jobs' and uuid is not null and resolved_at is null`,
  );
  for (const { id, revision } of asked)
    await world.run(['conflicts', 'resolve', `${id}.${revision}`, '--take', 'link']);
  await world.run(['apply']);
}

/** A database that has written to Spark Hire and is somewhere else now writes nothing before a person has said so. */
async function staysHeld(world: World): Promise<void> {
  const { emulator } = world.scene;
  const written = await world.scene.rows('select from sync.intents where sent_at is not null limit 1');
  const before = emulator.requests.length;
  await world.run(['apply']);
  const writes = emulator.requests.slice(before).filter(({ method }) => method !== 'GET');
  if (written.length > 0 && writes.length > 0)
    world.violations.push(`a restored database writes unasked: ${JSON.stringify(writes[0])}`);
}

/** Objects by the row that they stand for. */
async function links({ scene }: World): Promise<Map<string, string>> {
  const rows = await scene.rows<{ row: string; uuid: string }>(
    `select concat_ws(' ', resource, ats_id) as row, uuid from sync.links`,
  );
  return new Map(rows.map(({ row, uuid }) => [row, uuid]));
}

/**
 * What was sent and deleted since, nobody can know: it is sent again. So are invitations to a job that was made since and
 * is not recognised: by this policy, or since it has another title there than here, now or before somebody says which it is.
 * @param lost links that nobody knows any more
 */
function allow(world: World, { sent }: Backup, lost: ReadonlyMap<string, string>): void {
  const { outbox, state } = world.scene.emulator;
  for (const { kind, to, about } of outbox.slice(sent)) {
    if (state.interviews.has(about) || state.shareLinks.has(about)) continue;
    const isMeant = ({ table, address }: Wish) =>
      (kind === 'share_link' && table === 'share_requests') ||
      (kind === 'interview_invitation' && address === to.toLowerCase());
    for (const wish of world.wishes) if (isMeant(wish)) wish.invitations += 1;
  }
  // Nobody knows any more who has got another address since.
  for (const { fields, wish } of rowsOf(world, 'interviews'))
    if (wish.address !== null && String(fields.candidate_email).toLowerCase() !== wish.address)
      wish.invitations += 1;
  for (const row of rowsOf(world, 'jobs')) {
    const uuid = lost.get(`jobs ${row.atsId}`);
    if (uuid === undefined) continue;
    const isRecognised = world.setting.firstContact !== 'create' && state.jobs.has(uuid);
    if (!isRecognised) wishedAgain(world, row);
  }
}

/** People delete an interview of which nobody knows yet, after a restore, which row it is of: that row invites anew. */
export async function allowDeleted(world: World, uuid: string): Promise<void> {
  if (!world.restored || [...(await links(world)).values()].includes(uuid)) return;
  const address = world.scene.emulator.state.interviews.get(uuid)?.candidate.email.toLowerCase();
  for (const wish of world.wishes) if (wish.address === address) wish.invitations += 1;
}

/** The ATS writes all of its rows again, and takes away what it has no more. */
async function reload(world: World): Promise<void> {
  const kept = new Set(world.rows.map(({ table, atsId }) => `${table} ${atsId}`));
  const stale: World['rows'] = [];
  for (const table of ['users', 'jobs', 'interviews', 'share_requests'] as const) {
    const rows = await world.scene.rows<{ ats_id: string }>(`select ats_id from ats.${table}`);
    for (const { ats_id: atsId } of rows)
      if (!kept.has(`${table} ${atsId}`))
        stale.push({ table, atsId, fields: {}, sound: null, wish: world.wishes[0]! });
  }
  await world.commit(world.rows, stale);
}

/** Events that may come between a copy and the loss. */
const between = [
  'newJob',
  'newInterview',
  'twinInterview',
  'rekey',
  'rekeyOtherwise',
  'cancel',
  'complete',
  'cancelThere',
  'deleteInterview',
  'editTitle',
  'editJobThere',
  'closeJob',
  'remove',
  'softDelete',
  'inviteByHand',
  'reset',
];

/** Plays an event by its name. */
export type PlayNamed = (name: string, world: World, numbers: Numbers) => unknown;

export const restores = (play: PlayNamed): Record<string, Play> => ({
  backUp,
  restore: (world, { b, c }) => restore(world, b % 3 === 0, c % 3 !== 0),
  /** A copy, somebody invited since, some news on either side, and the loss; a person releases what is held. */
  async lost(world, numbers) {
    const { a, b, c } = numbers;
    await inviteSomebody(world);
    await backUp(world);
    await inviteSomebody(world);
    await play(at(between, a)!, world, numbers);
    await world.run([c % 2 === 0 ? 'apply' : 'sync']);
    await play(at(between, b)!, world, numbers);
    await play(at(between, c)!, world, numbers);
    if (a % 2 === 0) await world.run(['apply']);
    await restore(world, b % 2 === 0, c % 3 !== 0);
  },
});
