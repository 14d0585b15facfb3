/** One field of one object, edited on both sides. */
import { currentOf, type Field } from './edits.js';
import { at, edit, type Play, retitle, rowsOf } from './rows.js';
import { ifPossible, type World } from './world.js';

const day = 86_400_000;

/** A person edits it in Spark Hire, if that can be done just now. */
export function editThere(world: World, field: Field, uuid: string, act: () => void): void {
  ifPossible(() => {
    const before = currentOf(world, field, uuid);
    act();
    if (currentOf(world, field, uuid) !== before) world.edits.note(world, field, uuid);
  });
}

export const both: Record<string, Play> = {
  editTitles(world, { a, b, c }) {
    const row = at(rowsOf(world, 'jobs'), a);
    const { act, state } = world.scene.emulator;
    const job = [...state.jobs.values()].find(({ title }) => title === row?.fields.title);
    if (job !== undefined)
      editThere(world, 'title', job.uuid, () => act.editJob(job.uuid, { title: `Both theirs ${c % 5}` }));
    return retitle(world, row, `Both ours ${b % 5}`);
  },
  editNames(world, { a, b, c }) {
    const row = at(rowsOf(world, 'users'), a);
    const { act, state } = world.scene.emulator;
    const user = [...state.users.values()].find(({ email }) => email === row?.fields.email);
    if (user !== undefined)
      editThere(world, 'name', user.uuid, () => act.editUser(user.uuid, { name: `Both theirs ${c % 5}` }));
    return edit(world, row, { name: `Both ours ${b % 5}` });
  },
  moveDeadlines(world, { a, b, c }) {
    const row = at(rowsOf(world, 'interviews'), a);
    const { act, clock, state } = world.scene.emulator;
    const sent = [...state.interviews.values()].find(
      ({ candidate }) => candidate.email === row?.fields.candidate_email,
    );
    const scheduledAt = clock.now() + (8 + (c % 9)) * day;
    if (sent !== undefined)
      editThere(world, 'scheduledAt', sent.uuid, () => act.rescheduleInterview(sent.uuid, { scheduledAt }));
    return edit(world, row, {
      deadline_at: new Date(Math.floor(Date.now() / day + 8 + (b % 20)) * day).toISOString(),
    });
  },
};
