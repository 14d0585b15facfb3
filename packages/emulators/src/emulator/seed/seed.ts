import { Random } from '../../emulation/random.js';
import type { SetQuestion, User } from '../records.js';
import type { State } from '../state.js';
import { authorAt, batches, day, history, type SeedContext, workingTime } from './context.js';
import { seedInterviews } from './interviews.js';
import { seedJobs } from './jobs.js';
import { mailDomains, names } from './people.js';
import { questionSetNames, reviewers, trades } from './work.js';

export interface SeedOptions {
  seed: number;
  adminKey: string;
  users: number;
  jobs: number;
  interviews: number;
  questionSets: number;
  shareLinks: number;
  jobSlots?: number | undefined;
  userSeats?: number | undefined;
}

/** Fills an empty state with a company that has been at it for eighteen months. */
export function seedState(state: State, now: number, options: SeedOptions): void {
  const random = new Random(`seed ${options.seed}`);
  const context: SeedContext = { state, random, today: Math.floor(now / day) * day, batched: batches() };
  seedCompany(context);
  const users = seedUsers(context, Math.max(1, options.users));
  const administrator = users[0]!;
  state.keys.set(options.adminKey, {
    key: options.adminKey,
    userUuid: administrator.uuid,
    description: 'First key',
    type: 'external',
    integration: false,
    lastUsedAt: null,
    createdAt: administrator.createdAt,
    updatedAt: administrator.createdAt,
  });
  seedQuestionSets(context, options.questionSets);
  const jobs = seedJobs(context, users, options.jobs);
  seedInterviews(context, users, jobs, options.interviews);
  seedShareLinks(context, users, options.shareLinks);
  state.plan = {
    name: 'growth',
    startedAt: context.today - history,
    renewsAt: context.today + 17 * day,
    jobLimit: options.jobSlots ?? state.activeJobs() + Math.max(5, Math.ceil(state.activeJobs() / 4)),
    userLimit: options.userSeats ?? state.activeUsers() + 5,
    usersPaid: 0,
    downgradesTo: null,
    features: { advanced_share_links: true, interview_sms_notifications: true },
    customIntegration: true,
  };
}

function seedCompany({ state, random, today }: SeedContext): void {
  const uuid = random.uuid();
  state.company = {
    uuid,
    name: 'Fjordlys Staffing',
    website: 'https://fjordlys.example.com',
    summary: 'Finds people for hospitals, warehouses, kitchens and server rooms, on four continents.',
    avatar: `https://cdn.example.com/companies/${uuid.slice(0, 8)}.png`,
    logo: `https://cdn.example.com/companies/${uuid.slice(0, 8)}-wide.png`,
    industry: { uuid: random.uuid(), name: 'Staffing and Recruiting' },
    location: { uuid: random.uuid(), address: 'Bergen, Norway', placeId: random.code(20) },
    createdAt: today - history - 30 * day,
    updatedAt: today - 40 * day + 36_180_000,
  };
}

/** The first is an administrator. One in twelve is disabled, one in nine an evaluator. */
function seedUsers({ state, random, today }: SeedContext, count: number): User[] {
  const users: User[] = [];
  const taken = new Set<string>();
  for (let i = 0; i < count; i++) {
    const name = random.pick(names);
    let email = `${name.address}@fjordlys.example.com`;
    while (taken.has(email)) email = `${name.address}.${random.between(2, 999_999)}@fjordlys.example.com`;
    taken.add(email);
    const uuid = random.uuid();
    const createdAt = today - history - 20 * day + Math.floor((i / count) * 400) * day + workingTime(random);
    const user: User = {
      seq: state.nextSeq(),
      uuid,
      name: name.shown,
      email,
      role: i === 0 || i % 10 === 9 ? 'administrator' : i % 9 === 4 ? 'evaluator' : 'standard',
      active: i === 0 || i % 12 !== 7,
      avatar: `https://cdn.example.com/avatars/${uuid.slice(0, 8)}.png`,
      createdAt,
      updatedAt: Math.min(
        today - day,
        createdAt + random.between(0, 200) * day + random.between(0, 86_399_999),
      ),
    };
    user.updatedAt = Math.max(user.updatedAt, createdAt);
    users.push(user);
    state.users.set(uuid, user);
  }
  return users;
}

function seedQuestionSets({ state, random, today }: SeedContext, count: number): void {
  for (let i = 0; i < count; i++) {
    const trade = trades[i % trades.length]!;
    const questions: SetQuestion[] = trade.questions.map((text) => ({
      uuid: random.uuid(),
      text,
      timeLimit: random.pick([60, 90, 120, 180]),
      takes: random.pick([-1, 1, 2, 3]),
      thinkTime: random.pick([-1, -1, 30, 60]),
    }));
    const createdAt = today - history + i * 11 * day + workingTime(random);
    const round = Math.floor(i / questionSetNames.length);
    const name = questionSetNames[i % questionSetNames.length]!;
    const uuid = random.uuid();
    state.questionSets.set(uuid, {
      seq: state.nextSeq(),
      uuid,
      name: round === 0 ? name : `${name} ${round + 1}`,
      questions,
      createdAt,
      updatedAt: random.chance(0.5) ? createdAt : createdAt + random.between(1, 300) * day,
    });
  }
}

/** Each shows two to four completed interviews of one job to a reviewer. */
function seedShareLinks({ state, random }: SeedContext, users: User[], count: number): void {
  if (count === 0) return;
  const byJob = new Map<string, string[]>();
  for (const interview of state.interviews.values()) {
    if (interview.status !== 'completed') continue;
    const list = byJob.get(interview.jobUuid);
    if (list) list.push(interview.uuid);
    else byJob.set(interview.jobUuid, [interview.uuid]);
  }
  const shareable = [...byJob.values()];
  if (shareable.length === 0) return;
  for (let i = 0; i < count; i++) {
    const uuids = random.pick(shareable).slice(0, random.between(2, 4));
    const latest = Math.max(...uuids.map((uuid) => state.interviews.get(uuid)!.completedAt!));
    const createdAt = latest + random.between(1, 20) * 3_600_000;
    const by = authorAt(random, users, createdAt);
    const title = random.pick(reviewers);
    const uuid = random.uuid();
    state.shareLinks.set(uuid, {
      seq: state.nextSeq(),
      uuid,
      url: `https://share.example.com/${random.code(7)}`,
      status: random.chance(0.8) ? 'active' : 'inactive',
      reviewer: {
        name: title,
        email: `${title.toLowerCase().replace(/ /g, '.')}@${random.pick(mailDomains)}`,
      },
      createdBy: by,
      updatedBy: by,
      items: uuids.map((interviewUuid) => ({ uuid: random.uuid(), interviewUuid })),
      createdAt,
      updatedAt: createdAt,
    });
  }
}
