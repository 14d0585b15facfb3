/**
 * A database that is lost, and comes back as it was when a copy was taken. The ATS then loads its rows as they are now.
 * What the mirror shows of the time since is no new wish.
 */
import { copyTestDatabase, replaceTestDatabase, type TestDatabase } from '../support/database.js';
import type { Play } from './rows.js';
import type { Wish, World } from './world.js';

interface Backup {
  database: TestDatabase;
  /** How many e-mails had been sent by then. */
  sent: number;
}

const backups = new WeakMap<World, Backup>();

async function backUp(world: World): Promise<void> {
  await forget(world);
  const database = await copyTestDatabase(world.scene.databaseUrl);
  backups.set(world, { database, sent: world.scene.emulator.outbox.length });
}

/** A copy that nobody needs. */
export async function forget(world: World): Promise<void> {
  await backups.get(world)?.database.drop();
  backups.delete(world);
}

/** @param inPlace as a restore to an earlier moment, which the database cannot tell from never having been away */
async function restore(world: World, inPlace: boolean): Promise<void> {
  const backup = backups.get(world);
  if (backup === undefined) return;
  backups.delete(world);
  await replaceTestDatabase(world.scene.databaseUrl, backup.database);
  if (inPlace) await world.scene.rows('update sync.accounts set home = sync.here()');
  allow(world, backup);
  // What a job was called since, it does not know.
  for (const wish of world.wishes) wish.seenTitle = null;
  await reload(world);
  if (!inPlace) await staysHeld(world);
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

/** What was sent and deleted since, nobody can know: it is sent again. */
function allow(world: World, { sent }: Backup): void {
  const { outbox, state } = world.scene.emulator;
  for (const { kind, to, about } of outbox.slice(sent)) {
    if (state.interviews.has(about) || state.shareLinks.has(about)) continue;
    const isMeant = ({ table, address }: Wish) =>
      (kind === 'share_link' && table === 'share_requests') ||
      (kind === 'interview_invitation' && address === to.toLowerCase());
    for (const wish of world.wishes) if (isMeant(wish)) wish.invitations += 1;
  }
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

export const restores: Record<string, Play> = {
  backUp,
  restore: (world, { b }) => restore(world, b % 3 === 0),
};
