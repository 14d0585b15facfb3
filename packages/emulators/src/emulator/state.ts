import type { Random } from '../emulation/random.js';
import { Collection } from './http/ordering.js';
import type {
  AdvancedLink,
  ApiKey,
  Candidate,
  Company,
  Interview,
  Job,
  OutboxMail,
  Plan,
  QuestionSet,
  User,
  Webhook,
} from './records.js';

/** Everything the emulated company holds, in memory. Read it freely; change it through the acts or the API. */
export class State {
  readonly users = new Collection<User>();
  readonly jobs = new Collection<Job>();
  readonly interviews = new Collection<Interview>();
  readonly questionSets = new Collection<QuestionSet>();
  readonly shareLinks = new Collection<AdvancedLink>();
  readonly webhooks = new Collection<Webhook>();
  /** API keys by the key itself. */
  readonly keys = new Map<string, ApiKey>();
  /** Job seekers by lower-case e-mail: one is made the first time he is invited. */
  readonly candidates = new Map<string, Candidate>();
  /** What was deleted, for objects that still refer to it. */
  readonly deleted = {
    users: new Map<string, User>(),
    jobs: new Map<string, Job>(),
    interviews: new Map<string, Interview>(),
    questionSets: new Set<string>(),
    shareLinks: new Set<string>(),
    webhooks: new Set<string>(),
  };
  /** Uuids that no key sees, though they exist. */
  readonly hidden = new Set<string>();
  readonly outbox: OutboxMail[] = [];
  readonly ids: Random;
  company!: Company;
  plan!: Plan;
  #seq = 0;
  #deadlines = new DeadlineHeap();

  constructor(ids: Random) {
    this.ids = ids;
  }

  nextSeq(): number {
    return ++this.#seq;
  }

  /** The user, also if he was deleted. */
  anyUser(uuid: string): User | undefined {
    return this.users.get(uuid) ?? this.deleted.users.get(uuid);
  }

  /** The job, also if it was deleted. */
  anyJob(uuid: string): Job | undefined {
    return this.jobs.get(uuid) ?? this.deleted.jobs.get(uuid);
  }

  activeJobs(): number {
    let count = 0;
    for (const job of this.jobs.values()) if (job.status === 'active') count++;
    return count;
  }

  activeUsers(): number {
    let count = 0;
    for (const user of this.users.values()) if (user.active) count++;
    return count;
  }

  addInterview(interview: Interview): void {
    this.interviews.set(interview.uuid, interview);
    this.watchDeadline(interview);
  }

  /** Call after each change of `scheduledAt` or a step back to an unfinished status. */
  watchDeadline(interview: Interview): void {
    if (isOpen(interview)) this.#deadlines.push(deadlineOf(interview), interview);
  }

  /** Takes out the unfinished interviews whose deadline has passed, earliest first. */
  *overdue(now: number): Generator<{ interview: Interview; at: number }> {
    for (let due = this.#deadlines.popUntil(now); due; due = this.#deadlines.popUntil(now)) {
      const { interview, at } = due;
      const current = this.interviews.get(interview.uuid) === interview;
      if (current && isOpen(interview) && deadlineOf(interview) === at) yield { interview, at };
    }
  }
}

const day = 86_400_000;

function isOpen(interview: Interview): boolean {
  return interview.status === 'requested' || interview.status === 'accepted';
}

/** A live interview nobody completed counts as missed a day after its start. */
export function deadlineOf(interview: Interview): number {
  return interview.type === 'live' ? interview.scheduledAt + day : interview.scheduledAt;
}

/** A binary heap. Entries that no longer hold are skipped when they come up. */
class DeadlineHeap {
  readonly #heap: Array<{ at: number; interview: Interview }> = [];

  push(at: number, interview: Interview): void {
    const heap = this.#heap;
    let child = heap.length;
    heap.push({ at, interview });
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (heap[parent]!.at <= heap[child]!.at) break;
      [heap[parent], heap[child]] = [heap[child]!, heap[parent]!];
      child = parent;
    }
  }

  popUntil(now: number): { at: number; interview: Interview } | undefined {
    const heap = this.#heap;
    const top = heap[0];
    if (!top || top.at > now) return undefined;
    const last = heap.pop()!;
    if (heap.length > 0) {
      heap[0] = last;
      let parent = 0;
      for (;;) {
        const left = parent * 2 + 1;
        const right = left + 1;
        let least = parent;
        if (left < heap.length && heap[left]!.at < heap[least]!.at) least = left;
        if (right < heap.length && heap[right]!.at < heap[least]!.at) least = right;
        if (least === parent) break;
        [heap[parent], heap[least]] = [heap[least]!, heap[parent]!];
        parent = least;
      }
    }
    return top;
  }
}
