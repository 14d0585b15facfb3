/** What people and candidates do in an emulated account, at random but the same for the same seed. */
import type { Emulator, Interview } from '#emulators/emulator/index';

/** Numbers from 0 up to 1, always the same for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export function pick<T>(random: () => number, items: Iterable<T>): T | undefined {
  const list = [...items];
  return list[Math.floor(random() * list.length)];
}

const hour = 3_600_000;

/** One thing that happens; what cannot be done just now is left. @returns its name */
export function something(emulator: Emulator, random: () => number): string {
  const { act, state, clock } = emulator;
  const interview = (...statuses: string[]) =>
    pick(
      random,
      [...state.interviews.values()].filter((one) => statuses.length === 0 || statuses.includes(one.status)),
    );
  const on = (one: Interview | undefined, happen: (uuid: string) => void) => one && happen(one.uuid);
  const job = () => pick(random, state.jobs.values());
  // The first user owns the key: what happens to him is another test's.
  const user = () => pick(random, [...state.users.values()].slice(1));
  const events: Record<string, () => void> = {
    addInterview: () => void act.addInterview({ type: random() < 0.8 ? 'one_way' : 'live' }),
    accept: () => on(interview('requested'), (uuid) => act.acceptInterview(uuid)),
    complete: () =>
      on(interview('requested', 'accepted'), (uuid) => act.completeInterview(uuid, { rating: 3.4 })),
    rate: () =>
      on(interview('completed'), (uuid) =>
        act.rateInterview(uuid, { rating: Math.round(random() * 50) / 10 }),
      ),
    unrate: () => on(interview('completed'), (uuid) => act.rateInterview(uuid, { rating: null })),
    cancel: () => on(interview('requested', 'accepted'), (uuid) => act.cancelInterview(uuid)),
    expire: () => on(interview('requested', 'accepted'), (uuid) => act.expireInterview(uuid)),
    reschedule: () =>
      on(interview('requested', 'expired'), (uuid) =>
        act.rescheduleInterview(uuid, { scheduledAt: clock.now() + Math.ceil(random() * 200) * hour }),
      ),
    reset: () => on(interview('completed', 'expired'), (uuid) => act.resetInterview(uuid)),
    touch: () => on(interview(), (uuid) => act.touchInterview(uuid)),
    share: () => on(interview('completed'), (uuid) => void act.shareInterview(uuid)),
    deleteInterview: () => on(interview(), (uuid) => act.deleteInterview(uuid)),
    addJob: () => void act.addJob({ status: 'inactive' }),
    editJob: () => {
      const one = job();
      if (one)
        act.editJob(one.uuid, {
          title: `Role ${Math.floor(random() * 1e6)}`,
          description: `New ${random()}`,
        });
    },
    closeJob: () => {
      const one = job();
      if (one) act.editJob(one.uuid, { status: 'inactive' });
    },
    touchJob: () => {
      const one = job();
      if (one) act.touchJob(one.uuid);
    },
    addUser: () => void act.addUser({ role: 'standard' }),
    editUser: () => {
      const one = user();
      if (one) act.editUser(one.uuid, { name: `Person ${Math.floor(random() * 1e6)}` });
    },
    disableUser: () => {
      const one = user();
      if (one) act.disableUser(one.uuid);
    },
    plan: () => act.setPlan({ jobLimit: 5 + Math.floor(random() * 50) }),
  };
  const name = pick(random, Object.keys(events))!;
  try {
    events[name]!();
  } catch (error) {
    // No seat, no slot, an inactive job: it does not happen.
    if ((error as Error).constructor.name !== 'ApiError') throw error;
  }
  return name;
}

/** A new job and interview, and one of each kind of object gone. @returns how many rows of each table are gone */
export function someDeletions(emulator: Emulator, random: () => number): void {
  const { act, state } = emulator;
  const interview = pick(random, state.interviews.values());
  if (interview) act.deleteInterview(interview.uuid);
  const job = pick(random, state.jobs.values());
  if (job) act.deleteJob(job.uuid);
  const user = pick(random, [...state.users.values()].slice(1));
  if (user) act.deleteUser(user.uuid);
  const set = pick(random, state.questionSets.values());
  if (set) {
    state.questionSets.delete(set.uuid);
    state.deleted.questionSets.add(set.uuid);
  }
  const link = pick(random, state.shareLinks.values());
  if (link) {
    state.shareLinks.delete(link.uuid);
    state.deleted.shareLinks.add(link.uuid);
  }
}
