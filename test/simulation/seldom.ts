/**
 * What hardly comes about by itself: a decision about what has changed since, the key's own user as a row, an invitation that
 * is opened again after the ATS canceled it, a list that moves while it is read.
 */
import { both } from './both.js';
import { decide, type Open } from './events.js';
import { invitedJob } from './rekeys.js';
import { at, edit, type Play, rowsOf, wish } from './rows.js';
import { inviteSomebody, newUser } from './starts.js';
import { ifPossible } from './world.js';

export const seldom: Record<string, Play> = {
  /** A person decides about a title, and it is another one before the program comes to it. */
  async decideTooEarly(world, { a, b, c }) {
    await invitedJob(world, a);
    await both.editTitles!(world, { a, b, c });
    await world.run(['sync']);
    const isTitle = ({ field }: Open) => field === 'title';
    if (!(await decide(world, { a: c, b }, isTitle))) await decide(world, { a: c, b });
    await both.editTitles!(world, { a, b: b + 1, c: c + 1 });
    await world.run(['sync']);
  },
  /** The ATS has the user of the key among its people; it goes there, or is to be another role. */
  async keyUser(world, { b, c }) {
    const [first] = world.scene.emulator.state.users.values();
    const email = first!.email.toLowerCase();
    let row = rowsOf(world, 'users').find(({ fields }) => fields.email === email);
    if (row === undefined) {
      await wish(world, 'users', () => ({ name: first!.name, email, role: 'administrator' }));
      row = rowsOf(world, 'users').at(-1)!;
      await world.run(['sync']);
    }
    if (b % 3 === 0) return edit(world, row, { role: 'standard' });
    if (b % 3 === 1) return edit(world, row, { deleted_at: new Date().toISOString() });
    world.rows.splice(world.rows.indexOf(row), 1);
    row.wish.row = null;
    await world.commit([], [row]);
    if (c % 2 === 0) await world.run(['sync']);
  },
  /** The ATS cancels it, and people open it again: that is theirs. */
  async openedAgain(world, { a, c }) {
    await inviteSomebody(world);
    const row = at(rowsOf(world, 'interviews'), a)!;
    await edit(world, row, { desired: 'canceled' });
    await world.run(['sync']);
    const { act, state } = world.scene.emulator;
    const ended = [...state.interviews.values()].filter(
      ({ uuid, status }) => status === 'canceled' && row.wish.objects.has(uuid),
    );
    for (const { uuid } of ended)
      ifPossible(() => {
        act.resetInterview(uuid);
        world.openedAgain.add(uuid);
      });
    await world.run([c % 2 === 0 ? 'sync' : 'backfill']);
    await world.run(['sync']);
  },
  /** While lists are read page by page, what stood on the pages before goes, and something new comes. */
  async listMoves(world, { a, b }) {
    const { emulator } = world.scene;
    if (emulator.state.jobs.size === 0) await inviteSomebody(world);
    const { uuid: jobUuid } = [...emulator.state.jobs.values()].at(-1)!;
    for (let n = 0; n < 6; n += 1)
      ifPossible(() => {
        const email = `seldom-${world.nextNumber()}@example.org`;
        world.byHand.add(emulator.act.addInterview({ jobUuid, email, name: 'By Hand' }).uuid);
      });
    for (const after of [a % 9, (a % 9) + 1 + (b % 3)])
      world.within.arm({
        after,
        answered: b % 2 === 0,
        name: 'listMoves',
        happens: () => {
          const theirs = [...emulator.state.interviews.values()].filter(({ uuid }) => world.byHand.has(uuid));
          const one = at(theirs, b);
          if (one !== undefined) ifPossible(() => emulator.act.deleteInterview(one.uuid));
        },
      });
    // A page of two rows ends within the list.
    const { SPARKHIRE_PAGE_SIZE } = world.env;
    world.env.SPARKHIRE_PAGE_SIZE = '2';
    await world.run(['backfill']);
    world.env.SPARKHIRE_PAGE_SIZE = SPARKHIRE_PAGE_SIZE;
  },
  /** The ATS says that a user has left: in one way or another. */
  async withdrawUser(world, { a, b, c }) {
    await newUser(world);
    await world.run(['sync']);
    const row = at(rowsOf(world, 'users'), a)!;
    if (b % 3 === 0) await edit(world, row, { active: false });
    else if (b % 3 === 1) await edit(world, row, { deleted_at: new Date().toISOString() });
    else {
      world.rows.splice(world.rows.indexOf(row), 1);
      row.wish.row = null;
      await world.commit([], [row]);
    }
    for (const command of c % 2 === 0 ? ['sync'] : ['sync', 'sync']) await world.run([command]);
  },
};
