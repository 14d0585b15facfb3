import type { Random } from '../../emulation/random.js';
import type { Job, JobLocation, OpenInterview, User } from '../records.js';
import { authorAt, day, history, type SeedContext, workingTime } from './context.js';
import { cities, closings, openings, type Trade, trades } from './work.js';

/** A job and what is asked for it. */
export interface SeededJob {
  job: Job;
  trade: Trade;
}

/** The first is the night-shift nurse in Bergen that the documentation speaks of. */
export function seedJobs(context: SeedContext, users: User[], count: number): SeededJob[] {
  const { state, random, today } = context;
  const places = cities.map((address): JobLocation => ({ uuid: random.uuid(), address, workMode: null }));
  const jobs: SeededJob[] = [];
  for (let i = 0; i < count; i++) {
    const bergen = i === 0;
    const trade = bergen ? trades[0]! : random.pick(trades);
    const location = bergen ? places[0]! : random.pick(places);
    const remote = !bergen && random.chance(0.08);
    const title = `${bergen ? trade.titles[0]! : random.pick(trade.titles)}, ${remote ? 'remote' : location.address.split(',')[0]!}`;
    const age = bergen ? 60 * day : Math.floor(random.unit() * history);
    // Now and then somebody imports a handful of jobs at once: they share their second.
    const previous = jobs.at(-1)?.job;
    const createdAt =
      previous && i > 1 && random.chance(0.12)
        ? previous.createdAt
        : Math.min(today - 3_600_000, today - Math.floor(age / day) * day - day + workingTime(random));
    const active = bergen || random.chance(age < 120 * day ? 0.85 : 0.25);
    const statusUpdatedAt = active
      ? createdAt
      : Math.min(today - 3_600_000, createdAt + random.between(10, 90) * day);
    const author = authorAt(random, users, createdAt);
    const members = new Set<string>();
    for (let k = random.between(0, 3); k > 0; k--) members.add(random.pick(users).uuid);
    const job: Job = {
      seq: state.nextSeq(),
      uuid: random.uuid(),
      title,
      description: describe(random, trade, title),
      status: active ? 'active' : 'inactive',
      location: remote ? { uuid: random.uuid(), address: 'Remote', workMode: 'remote' } : location,
      openInterview: random.chance(0.2) ? openInterview(random, trade, today) : null,
      createdBy: author,
      statusUpdatedBy: random.chance(0.7) ? author : authorAt(random, users, statusUpdatedAt),
      statusUpdatedAt,
      members,
      createdAt,
      updatedAt: Math.max(
        statusUpdatedAt,
        Math.min(today - 1_800_000, createdAt + random.between(0, 40) * day),
      ),
    };
    state.jobs.set(job.uuid, job);
    jobs.push({ job, trade });
  }
  return jobs;
}

function describe(random: Random, trade: Trade, title: string): string {
  const duties = random.shuffle([...trade.duties]);
  return [
    `${title}. ${random.pick(openings)}`,
    duties.join(' '),
    'What you bring: a few years of experience or a good reason why you do not need them, ' +
      'the papers the work asks for, and the patience to explain things twice.',
    random.pick(closings),
  ].join('\n\n');
}

function openInterview(random: Random, trade: Trade, today: number): OpenInterview {
  const expiresAt = today + random.between(-90, 90) * day;
  return {
    uuid: random.uuid(),
    link: `https://share.example.com/o/${random.code(6)}`,
    expiresAt,
    status: expiresAt > today ? 'active' : 'inactive',
    questions: trade.questions.slice(0, 2).map((text) => ({
      uuid: random.uuid(),
      timeLimit: random.pick([60, 120, 180]),
      text,
    })),
  };
}
