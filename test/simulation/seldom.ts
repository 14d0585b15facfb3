/**
 * What hardly comes about by itself: a decision about what has changed since, the key's own user as a row, an invitation that
 * is opened again after the ATS canceled it, texts that nobody edits.
 */
import { editThere } from './both.js';
import { decide } from './events.js';
import { invitedJob } from './rekeys.js';
import { at, edit, type Play, retitle, rowsOf, wish } from './rows.js';
import { inviteSomebody, newUser } from './starts.js';
import { ifPossible } from './world.js';

export const seldom: Record<string, Play> = {
  /** A person decides about a title, and it is another one, on either side or both, before the program comes to it. */
  async decideTooEarly(world, { a, b, c }) {
    const [row] = await invitedJob(world, a);
    await world.run(['sync']);
    const { act, state } = world.scene.emulator;
    const editTheirs = (title: string) => {
      for (const uuid of row.wish.objects)
        if (state.jobs.has(uuid)) editThere(world, 'title', uuid, () => act.editJob(uuid, { title }));
    };
    editTheirs(`Theirs ${b % 5}`);
    await retitle(world, row, `Ours ${b % 5}`);
    await world.run(['sync']);
    if (!(await decide(world, { a: 0, b }, (one) => one.field === 'title' && one.ats_id === row.atsId)))
      return;
    if (c % 4 !== 0) editTheirs(`Theirs at last ${b % 5}`);
    if (c % 4 > 1) await retitle(world, row, `Ours at last ${b % 5}`);
    await world.run(['sync']);
  },
  /** Both sides edit a title, somebody is asked, and then either side does as the other did, or takes it back. */
  async agree(world, { a, c }) {
    const [row] = await invitedJob(world, a);
    await world.run(['sync']);
    const { act, state } = world.scene.emulator;
    const job = [...row.wish.objects].map((uuid) => state.jobs.get(uuid)).find((one) => one !== undefined);
    if (job === undefined || row.sound !== null) return;
    const before = String(row.fields.title);
    const editTheirs = (title: string) =>
      editThere(world, 'title', job.uuid, () => act.editJob(job.uuid, { title }));
    editTheirs(`Said there ${world.nextNumber()}`);
    await retitle(world, row, `Said here ${world.nextNumber()}`);
    await world.run(['sync']);
    if (c % 3 === 0) await retitle(world, row, job.title);
    else if (c % 3 === 1) editTheirs(String(row.fields.title));
    else await retitle(world, row, before);
    await world.run(['sync']);
  },
  /** Both sides edit a job's title, a person decides, and it is done. */
  async decideField(world, { a, b }) {
    const [row] = await invitedJob(world, a);
    await world.run(['sync']);
    const { act, state } = world.scene.emulator;
    for (const uuid of row.wish.objects)
      if (state.jobs.has(uuid))
        editThere(world, 'title', uuid, () => act.editJob(uuid, { title: `Asked there ${b % 5}` }));
    await retitle(world, row, `Asked here ${b % 5}`);
    await world.run(['sync']);
    await decide(world, { a: 0, b }, (one) => one.field === 'title' && one.ats_id === row.atsId);
    await world.run(['sync']);
  },
  /** The ATS edits a title, and once that is written it edits it again. */
  async editTwice(world, { a, b }) {
    const [row] = await invitedJob(world, a);
    await world.run(['sync']);
    for (const turn of [1, 2]) {
      await retitle(world, row, `Edited ${turn} ${b % 5}`);
      await world.run(['sync']);
    }
  },
  /** The ATS closes a job, or does without it, while people it invited are still to answer. */
  async closeUnder(world, { a, b }) {
    const [row] = await invitedJob(world, a);
    await world.run(['sync']);
    await edit(world, row, { status: 'closed' });
    await world.run(['sync']);
    if (b % 2 === 0) await edit(world, row, { status: 'open' });
  },
  /** What the ATS edits cannot be seen just then, for this key or for nobody. */
  async editUnseen(world, { a, b }) {
    const [row] = await invitedJob(world, a);
    await world.run(['sync']);
    await retitle(world, row, `Unseen ${b % 5}`);
    const { faults } = world.scene.emulator;
    const status = b % 2 === 0 ? 403 : 404;
    const rule = faults.add({ method: 'GET', path: '/jobs/[^/]+$', effect: { kind: 'status', status } });
    await world.run(['apply']);
    faults.remove(rule);
  },
  /** The ATS edits what is hardly ever edited: how a job is described, what a candidate is asked. */
  async editText(world, { a, b, c }) {
    const [job, children] = await invitedJob(world, a);
    const questions = [{ text: `Why rye ${b % 5}?`, time_limit: 60, takes: 1 }];
    if (c % 2 === 0) await edit(world, job, { description: `Bakes ${b % 5} loaves an hour.` });
    else await edit(world, at(children, b), { questions });
    if (c % 3 === 0) await world.run(['sync']);
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
