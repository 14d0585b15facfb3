import { describe, expect, it } from 'vitest';
import { Random } from '#emulators/emulation/random';
import { names } from '#emulators/emulator/seed/people';
import { seedState } from '#emulators/emulator/seed/seed';
import { State } from '#emulators/emulator/state';

const now = Date.parse('2031-05-14T09:30:00Z');
const day = 86_400_000;

function seeded(changes: Partial<Parameters<typeof seedState>[2]> = {}, at = now) {
  const state = new State(new Random('ids'));
  seedState(state, at, {
    seed: 1,
    adminKey: 'key',
    users: 24,
    jobs: 60,
    interviews: 3000,
    questionSets: 8,
    shareLinks: 12,
    ...changes,
  });
  return state;
}

const content = (state: State) =>
  JSON.stringify([
    [...state.users.values()],
    [...state.jobs.values()].map((job) => ({ ...job, members: [...job.members] })),
    [...state.interviews.values()].map((interview) => ({ ...interview, questions: interview.questions })),
    [...state.questionSets.values()],
    [...state.shareLinks.values()],
    state.company,
    state.plan,
  ]);

describe('made-up data', () => {
  it('is the same for the same seed all day, and other data for another seed', () => {
    const once = content(seeded({ interviews: 300 }));
    expect(content(seeded({ interviews: 300 }, now + 5 * 3_600_000))).toBe(once);
    expect(content(seeded({ interviews: 300, seed: 2 }))).not.toBe(once);
  });

  it('is the same on another day, moved by whole days', () => {
    const shape = (state: State, at: number) =>
      [...state.interviews.values()].map((one) => [
        one.uuid,
        one.status,
        one.candidate.email,
        ...[one.createdAt, one.updatedAt, one.scheduledAt, one.completedAt ?? at].map((time) => at - time),
      ]);
    const later = now + 17 * day;
    expect(shape(seeded({}, later), later)).toEqual(shape(seeded(), now));
  });

  it('has as much of everything as was asked for', () => {
    for (const [jobs, interviews] of [
      [0, 0],
      [1, 0],
      [1, 1],
      [1, 13],
      [1, 40],
      [3, 14],
      [60, 15],
    ] as const) {
      const state = seeded({ jobs, interviews });
      expect([state.jobs.size, state.interviews.size]).toEqual([jobs, interviews]);
    }
    const state = seeded();
    expect([state.users.size, state.questionSets.size, state.shareLinks.size]).toEqual([24, 8, 12]);
  });

  it('has the night shift in Bergen: nine ratings around 3.6, two expired, one reset', () => {
    const state = seeded();
    const job = [...state.jobs.values()][0]!;
    expect(job).toMatchObject({ title: 'Night-shift Nurse, Bergen', status: 'active' });
    expect(job.location.address).toBe('Bergen, Norway');
    const interviews = [...state.interviews.values()].filter((one) => one.jobUuid === job.uuid);
    expect(interviews).toHaveLength(14);
    const ratings = interviews.filter((one) => one.status === 'completed').map((one) => one.rating!);
    expect(ratings).toHaveLength(9);
    expect(ratings.reduce((sum, rating) => sum + rating, 0) / 9).toBeCloseTo(3.6, 5);
    expect(new Set(ratings).size).toBeGreaterThan(6);
    expect(interviews.filter((one) => one.status === 'expired')).toHaveLength(2);
    const reset = interviews.filter((one) => one.status === 'requested' && one.updatedAt > one.createdAt);
    expect(reset).toMatchObject([{ rating: null, completedAt: null }]);
  });

  it('is consistent in itself', () => {
    const state = seeded();
    for (const job of state.jobs.values()) {
      expect(state.users.has(job.createdBy)).toBe(true);
      expect(job.createdAt).toBeGreaterThan(now - 560 * day);
      expect(job.updatedAt).toBeGreaterThanOrEqual(job.createdAt);
      expect(job.updatedAt).toBeLessThanOrEqual(now);
    }
    for (const interview of state.interviews.values()) {
      const job = state.jobs.get(interview.jobUuid)!;
      const open = interview.status === 'requested' || interview.status === 'accepted';
      expect(interview.createdAt).toBeGreaterThanOrEqual(job.createdAt);
      expect(interview.updatedAt).toBeGreaterThanOrEqual(interview.createdAt);
      expect(interview.updatedAt).toBeLessThanOrEqual(now);
      expect(interview.scheduledAt).toBeGreaterThan(interview.createdAt);
      if (open) expect(interview.scheduledAt).toBeGreaterThan(now);
      if (interview.status === 'expired') expect(interview.scheduledAt).toBeLessThan(now);
      if (interview.completedAt) expect(interview.completedAt).toBeLessThan(interview.scheduledAt);
      expect(open && job.status === 'inactive').toBe(false);
      expect(interview.completedAt !== null).toBe(interview.status === 'completed');
      expect(interview.rating === null || interview.status === 'completed').toBe(true);
      expect(interview.shareLink === null || interview.status === 'completed').toBe(true);
      expect(interview.candidate.email).toMatch(/^[a-z.0-9]+@[a-z.]*example\.(com|org|net)$/);
    }
    expect(new Set([...state.interviews.values()].map((one) => one.seq)).size).toBe(3000);
    for (const link of state.shareLinks.values()) {
      for (const { interviewUuid } of link.items) {
        expect(state.interviews.get(interviewUuid)!.status).toBe('completed');
      }
    }
  });

  it('is as varied as a company would be', () => {
    const state = seeded();
    const interviews = [...state.interviews.values()];
    const share = (test: (one: (typeof interviews)[number]) => boolean) =>
      interviews.filter(test).length / interviews.length;
    expect(share((one) => one.status === 'completed')).toBeGreaterThan(0.5);
    for (const status of ['requested', 'accepted', 'expired', 'canceled']) {
      expect(
        share((one) => one.status === status),
        status,
      ).toBeGreaterThan(0.01);
    }
    expect(share((one) => one.type === 'live')).toBeGreaterThan(0.1);
    const seconds = new Map<number, number>();
    for (const one of interviews) {
      const second = Math.floor(one.updatedAt / 1000);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    }
    expect([...seconds.values()].filter((count) => count > 1).length).toBeGreaterThan(100);
    expect(Math.max(...seconds.values())).toBeGreaterThan(3);
    const perJob = new Map<string, number>();
    for (const one of interviews) perJob.set(one.jobUuid, (perJob.get(one.jobUuid) ?? 0) + 1);
    expect(Math.max(...perJob.values())).toBeGreaterThan(3 * (3000 / 60));
    const users = [...state.users.values()];
    expect(new Set(users.map((user) => user.role))).toEqual(
      new Set(['administrator', 'standard', 'evaluator']),
    );
    expect(users.some((user) => !user.active)).toBe(true);
    expect(new Set(users.map((user) => user.email)).size).toBe(users.length);
    expect(users[0]).toMatchObject({ role: 'administrator', active: true });
  });

  it('gives everybody an address without accents, however the name is written', () => {
    expect(names.length).toBeGreaterThan(1500);
    for (const name of names) expect(name.address, name.shown).toMatch(/^[a-z]+\.[a-z]+$/);
    expect(names.find((name) => name.shown === 'Łukasz Wójcik')?.address).toBe('lukasz.wojcik');
    expect(names.find((name) => name.shown === 'Øyvind Bø')?.address).toBe('oyvind.bo');
  });

  it('shows the same questions whenever somebody looks', () => {
    const [one, other] = [seeded(), seeded()];
    const uuid = [...one.interviews.keys()][5]!;
    expect(one.interviews.get(uuid)!.questions).toEqual(other.interviews.get(uuid)!.questions);
    expect(one.interviews.get(uuid)!.questions).toBe(one.interviews.get(uuid)!.questions);
  });
});

describe('random numbers', () => {
  it('make uuids of version 4 that do not repeat', () => {
    const random = new Random(1);
    const made = Array.from({ length: 20_000 }, () => random.uuid());
    expect(new Set(made).size).toBe(20_000);
    for (const uuid of made.slice(0, 500)) {
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });

  it('stay within their bounds and reach them', () => {
    const random = new Random('bounds');
    const dice = Array.from({ length: 2000 }, () => random.between(1, 6));
    expect(new Set(dice)).toEqual(new Set([1, 2, 3, 4, 5, 6]));
    expect(random.shuffle([1, 2, 3, 4, 5]).sort()).toEqual([1, 2, 3, 4, 5]);
  });
});
