import { Random } from '../../emulation/random.js';
import {
  type Candidate,
  Interview,
  type InterviewFields,
  type InterviewStatus,
  type Question,
  type User,
} from '../records.js';
import { authorAt, day, type SeedContext, workingTime } from './context.js';
import type { SeededJob } from './jobs.js';
import { mailDomains, names } from './people.js';
import type { Trade } from './work.js';

/** What became of the 14 invitations to the night shift in Bergen: nine ratings around 3.6, and a reset one. */
const bergen: Array<{ status: InterviewStatus; rating?: number; reset?: boolean }> = [
  ...[3.6, 4.2, 2.8, 3.9, 4.6, 3.1, 3.5, 2.4, 4.3].map((rating) => ({
    status: 'completed' as const,
    rating,
  })),
  { status: 'expired' },
  { status: 'expired' },
  { status: 'requested', reset: true },
  { status: 'accepted' },
  { status: 'requested' },
];

/** Invitations to the jobs, a few jobs drawing most of them, often several in the same second. */
export function seedInterviews(context: SeedContext, users: User[], jobs: SeededJob[], count: number): void {
  if (jobs.length === 0) return;
  const { random, today } = context;
  const nurse = jobs[0]!;
  for (const [i, one] of bergen.slice(0, count).entries()) {
    const open = one.status === 'requested' || one.status === 'accepted';
    const invitedAt = today - (open ? 6 - (i % 3) : 40 - i * 2) * day + 34_215_000 + (i % 2) * 3_600_000;
    add(context, nurse, users, invitedAt, one.status, { rating: one.rating, reset: one.reset });
  }
  const others = jobs.length > 1 ? jobs.slice(1) : jobs;
  let left = count - bergen.length;
  while (left > 0) {
    // The square makes the first jobs the popular ones.
    const job = others[Math.floor(random.unit() ** 2 * others.length)]!;
    const span = Math.max(0, today - job.job.createdAt - day);
    const invitedAt = today - Math.floor(random.unit() ** 2 * span) - day + workingTime(random);
    const batch = Math.min(left, random.chance(0.35) ? random.between(2, 9) : 1);
    for (let i = 0; i < batch; i++) {
      const at = Math.max(job.job.createdAt, Math.min(invitedAt + i * 40, today - 1000));
      add(context, job, users, at, statusFor(random, today - at, job));
    }
    left -= batch;
  }
}

function statusFor(random: Random, age: number, { job }: SeededJob): InterviewStatus {
  const dice = random.unit();
  if (job.status === 'inactive' && age < 9 * day) return dice < 0.7 ? 'completed' : 'canceled';
  if (job.status === 'inactive' || age > 25 * day) {
    return dice < 0.62 ? 'completed' : dice < 0.88 ? 'expired' : 'canceled';
  }
  if (age > 9 * day) {
    return dice < 0.6 ? 'completed' : dice < 0.78 ? 'expired' : dice < 0.86 ? 'canceled' : 'accepted';
  }
  return dice < 0.45 ? 'requested' : dice < 0.65 ? 'accepted' : dice < 0.96 ? 'completed' : 'canceled';
}

function add(
  { state, random, today, batched }: SeedContext,
  { job, trade }: SeededJob,
  users: User[],
  createdAt: number,
  status: InterviewStatus,
  special: { rating?: number | undefined; reset?: boolean | undefined } = {},
): void {
  const live = special.rating === undefined && special.reset === undefined && random.chance(0.18);
  const open = status === 'requested' || status === 'accepted';
  /** Some time within `span` after `from`, and never after the beginning of today. */
  const later = (from: number, span: number) =>
    from + Math.floor(random.unit() * Math.max(0, Math.min(span, today - 1000 - from)));
  const lead = open ? random.between(1, 21) : random.between(3, 14);
  const start = open ? today : createdAt;
  const latest = status === 'expired' ? Math.min(today - 2 * day, start + lead * day) : start + lead * day;
  const scheduledAt = Math.floor(latest / day) * day + hourOfDay(random, live);
  const acceptedAt = status === 'accepted' || status === 'completed' ? later(createdAt, 2 * day) : null;
  const completedAt =
    status === 'completed' ? later(acceptedAt!, Math.min(4 * day, scheduledAt - 60_000 - acceptedAt!)) : null;
  const rated = special.rating !== undefined || (status === 'completed' && random.chance(0.7));
  const rating = rated ? (special.rating ?? randomRating(random)) : null;
  let updatedAt = completedAt ?? acceptedAt ?? createdAt;
  if (completedAt !== null && rated) updatedAt = later(completedAt, 4 * day);
  else if (status === 'expired') updatedAt = batched(live ? scheduledAt + day : scheduledAt);
  else if (status === 'canceled') updatedAt = later(createdAt, 5 * day);
  if (special.reset) updatedAt = today - day + 40_320_000;
  // Once a month a clean-up touches some of what closed that month.
  const cleanUp = today - Math.floor((today - updatedAt) / (30 * day)) * 30 * day + 10_800_000;
  const swept = random.chance(0.04) && !open && special.rating === undefined;
  if (swept && cleanUp < today) updatedAt = batched(cleanUp);
  const author = random.chance(0.6) ? job.createdBy : authorAt(random, users, createdAt);
  const fields: InterviewFields = {
    seq: state.nextSeq(),
    uuid: random.uuid(),
    type: live ? 'live' : 'one_way',
    status,
    rating,
    scheduledAt,
    acceptedAt,
    completedAt,
    jobUuid: job.uuid,
    candidate: candidate(state.candidates, random),
    createdBy: author,
    shareLink: null,
    emailMessage: null,
    timezone: 'UTC',
    createdAt,
    updatedAt,
  };
  if (status === 'completed' && random.chance(0.15)) {
    const sharedAt = updatedAt;
    fields.shareLink = {
      uuid: random.uuid(),
      url: `https://share.example.com/${random.code(7)}`,
      status: random.chance(0.85) ? 'active' : 'inactive',
      updatedBy: author,
      createdAt: sharedAt,
      updatedAt: sharedAt,
    };
  }
  state.addInterview(new Interview(fields, live ? [] : lazyQuestions(trade, status === 'completed')));
}

/** Deadlines are set to the evening, so that many pass in the same second; live talks start at a quarter. */
function hourOfDay(random: Random, live: boolean): number {
  return live ? Math.floor(workingTime(random) / 900_000) * 900_000 : random.pick([61_200_000, 86_340_000]);
}

/** One in eleven applies again; everybody else is new. */
function candidate(known: Map<string, Candidate>, random: Random): Candidate {
  const name = random.pick(names);
  const domain = random.pick(mailDomains);
  let email = `${name.address}@${domain}`;
  const former = known.get(email);
  if (former && random.chance(0.09)) return former;
  while (known.has(email)) email = `${name.address}.${random.between(2, 9_999_999)}@${domain}`;
  const uuid = random.uuid();
  const person: Candidate = {
    uuid,
    name: name.shown,
    email,
    avatar: `https://cdn.example.com/avatars/${uuid.slice(0, 8)}.png`,
    phone: null,
    phoneParsed: null,
  };
  known.set(email, person);
  return person;
}

/** Around 3.6, in tenths. */
function randomRating(random: Random): number {
  const rating = 3.6 + random.normal() * 0.8;
  return Math.round(Math.min(5, Math.max(0.5, rating)) * 10) / 10;
}

/** @returns what makes the questions once somebody looks; the same ones whenever that is */
function lazyQuestions(trade: Trade, completed: boolean): (interview: Interview) => Question[] {
  return (interview) => {
    const random = new Random(interview.uuid);
    return trade.questions.map((text) => {
      const takesLimit = random.pick([-1, -1, 1, 2, 3]);
      const startedAt = completed ? (interview.completedAt ?? interview.createdAt) - 600_000 : null;
      return {
        uuid: random.uuid(),
        text,
        timeLimit: random.pick([60, 90, 120, 180]),
        takesLimit,
        takesCompleted: completed
          ? takesLimit === -1
            ? random.between(1, 4)
            : random.between(1, takesLimit)
          : 0,
        completed,
        skipped: false,
        createdAt: interview.createdAt,
        updatedAt: completed ? (interview.completedAt ?? interview.createdAt) : interview.createdAt,
        startedAt,
      };
    });
  };
}
