/** What takes several steps to come to: a completed interview that is shown to somebody, a user who acts. */
import { aJob, anInterview } from '../support/push-scene.js';
import { actors, keyCommands } from './acting.js';
import { type Play, rowsOf, wish } from './rows.js';
import { shares } from './shares.js';
import { ifPossible, type World } from './world.js';

export async function inviteSomebody(world: World, more: Record<string, unknown> = {}): Promise<void> {
  const { requested_by_ats_id: owner_ats_id } = more;
  await wish(world, 'jobs', (atsId) => aJob(atsId, { owner_ats_id }));
  const { atsId: job } = rowsOf(world, 'jobs').at(-1)!;
  await wish(world, 'interviews', (atsId) =>
    anInterview(atsId, job, `${atsId.toLowerCase()}@example.org`, more),
  );
  await world.run(['apply']);
}

/** @param isThere whether a person has made the user at Spark Hire already, under another name */
export const newUser = (world: World, isThere = false) =>
  wish(world, 'users', (atsId) => {
    const email = `${atsId.toLowerCase()}@company.example`;
    if (isThere)
      ifPossible(() => {
        const { uuid } = world.scene.emulator.act.addUser({ name: 'By Hand', email });
        world.byHand.add(uuid);
        world.edits.note(world, 'name', uuid);
      });
    return { name: `User ${atsId}`, email, role: 'standard' };
  });

export const starts: Record<string, Play> = {
  async shareSomething(world, { a, b, c }) {
    await inviteSomebody(world);
    const { act, state } = world.scene.emulator;
    const row = rowsOf(world, 'interviews').at(-1)!;
    for (const { uuid, candidate } of state.interviews.values())
      if (candidate.email === row.fields.candidate_email) ifPossible(() => act.completeInterview(uuid));
    const index = rowsOf(world, 'interviews').length - 1;
    await shares.newShareRequest!(world, { a: index, b: b % 2 === 0 ? index : b, c });
    if (a % 3 !== 0) await world.run(['sync']);
  },
  /** Somebody is made a user, gives a key, and invites. */
  async actForSomebody(world, { a, b, c }) {
    await newUser(world);
    await world.run(['apply']);
    const { atsId } = rowsOf(world, 'users').at(-1)!;
    const { size } = world.scene.emulator.state.users;
    if (c % 4 !== 0) await keyCommands.setKey!(world, { a: size - 2, b, c });
    if (a % 2 === 0) await inviteSomebody(world, { requested_by_ats_id: atsId });
    else await actors.nameActor!(world, { a, b: 5 * b + 1, c });
  },
};
