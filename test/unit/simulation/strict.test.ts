/** What the simulation demands of a day can be violated: each demand is shown one world that is as it should be, and one that is not. */
import { describe, expect, it } from 'vitest';
import { Edits } from '../../simulation/edits.js';
import { judgeDecisions, judgeInStep, judgeInvited, judgeQuestions } from '../../simulation/in-step.js';
import { judgeClosed, judgeFound, judgeRefused } from '../../simulation/judging.js';
import { judgeMet } from '../../simulation/news.js';
import { isTooMuch } from '../../simulation/sending.js';
import { Theirs } from '../../simulation/values.js';
import type { Row, World } from '../../simulation/world.js';
import { changedUnseen, judgeLinks, judgeRefusedEnds, judgeTwinJobs } from '../../simulation/writes.js';

const uuid = 'u-1';
const deadline = '2030-01-01T00:00:00.000Z';

const job = {
  uuid,
  title: 'Baker',
  description: 'Bakes.',
  status: 'active',
  location: { address: 'Graz, Austria' },
};
const interview = {
  uuid,
  type: 'one_way',
  status: 'requested',
  scheduledAt: Date.parse(deadline),
  jobUuid: 'j',
  candidate: { name: 'Ada', email: 'ada@example.org' },
  questions: [{ text: 'Why bread?', timeLimit: 60, takesLimit: 1 }],
};
const user = { uuid, name: 'Ben', email: 'Ben@Example.org', active: true };

const rows = {
  jobs: { title: 'Baker', description: 'Bakes.', status: 'open', city: 'Graz', country: 'Austria' },
  interviews: {
    type: 'one_way',
    candidate_name: 'Ada',
    deadline_at: deadline,
    questions: [{ text: 'Why bread?', time_limit: 60 }],
  },
  users: { name: 'Ben', email: 'ben@example.org' },
} as const;
const objects = { jobs: job, interviews: interview, users: user };
type Table = keyof typeof rows;

interface Given {
  table: Table;
  said?: Record<string, unknown>;
  held?: Record<string, unknown>;
  state?: string;
  /** What the query of a demand answers, where it is not about links. */
  found?: unknown[];
}

/** A row and what it is linked to. Nobody has edited anything since. */
function aWorld({ table, said = {}, held = {}, state = 'synced', found }: Given): World {
  const wish = {
    table,
    address: null,
    decided: false,
    objects: new Set([uuid]),
    formerKeys: new Set<string>(),
  };
  const row = { table, atsId: 'A', fields: { ...rows[table], ...said }, sound: null, wish } as unknown as Row;
  Object.assign(wish, { row });
  // The first user is whose key is used.
  const users = new Map([['admin', { ...user, uuid: 'admin' }]]);
  const kept = { users, jobs: new Map(), interviews: new Map(), shareLinks: new Map() };
  (kept[table] as Map<string, object>).set(uuid, { ...objects[table], ...held });
  const links = [{ resource: table, ats_id: 'A', uuid, state }];
  const world = {
    scene: { emulator: { state: kept }, rows: async () => found ?? links },
    setting: { usersWithdrawn: 'delete', firstContact: 'ask', closeUnderInterviews: false },
    rows: [row],
    wishes: [wish],
    byHand: new Set(),
    erasures: { addresses: [] },
    decisions: new Map(),
    theirs: new Theirs(new Set()),
    violations: [],
  } as unknown as World;
  world.theirs.look(world);
  return world;
}

/** What is edited at Spark Hire, by people. */
function theyEdit(world: World, edits: Record<string, unknown>, table: Table = 'jobs'): void {
  const all = world.scene.emulator.state[table] as Map<string, object>;
  all.set(uuid, { ...all.get(uuid), ...edits });
  world.theirs.note(world);
}

async function inStep(given: Given): Promise<string[]> {
  const world = aWorld(given);
  await judgeInStep(world, []);
  return world.violations;
}

describe('at rest a field is what the row says', () => {
  it.each(['users', 'jobs', 'interviews'] as const)('%s', async (table) => {
    expect(await inStep({ table })).toEqual([]);
  });
  it.each([
    ['jobs', 'title', { title: 'Cook' }],
    ['jobs', 'description', { description: '' }],
    ['jobs', 'status', { status: 'inactive' }],
    ['jobs', 'place', { location: { address: 'Linz, Austria' } }],
    ['users', 'name', { name: 'Benno' }],
    ['users', 'email', { email: 'other@example.org' }],
    ['interviews', 'scheduled_at', { scheduledAt: Date.parse(deadline) + 86_400_000 }],
    ['interviews', 'questions', { questions: [{ text: 'Why bread?', timeLimit: 90 }] }],
    ['interviews', 'type', { type: 'live' }],
    ['interviews', 'candidate_name', { candidate: { ...interview.candidate, name: 'Eve' } }],
  ] as const)('%s: %s', async (table, field, held) => {
    expect(await inStep({ table, held })).toEqual([expect.stringContaining(`${field} of ${table} u-1 is`)]);
    expect(await inStep({ table, held, state: 'conflict' })).toEqual([]);
  });
  it('or what people made of it', async () => {
    const world = aWorld({ table: 'jobs' });
    theyEdit(world, { title: 'Cook' });
    await judgeInStep(world, []);
    expect(world.violations).toEqual([]);
  });
});

describe('at rest what nobody wants is over', () => {
  it.each([
    ['jobs', { deleted_at: deadline }, { status: 'inactive' }],
    ['interviews', { desired: 'canceled' }, { status: 'canceled' }],
    ['users', { active: false }, { active: false }],
  ] as const)('%s', async (table, said, held) => {
    expect(await inStep({ table, said, held, state: 'gone' })).toEqual([]);
    expect(await inStep({ table, said, state: 'gone' })).toEqual([
      expect.stringContaining('nobody wants it'),
    ]);
  });
  it('unless people opened it again', async () => {
    const given = { table: 'jobs', said: { deleted_at: deadline }, held: { status: 'inactive' } } as const;
    const world = aWorld({ ...given, state: 'gone' });
    theyEdit(world, { status: 'active' });
    await judgeInStep(world, []);
    expect(world.violations).toEqual([]);
  });
});

it('whom the program invited is invited for a row, or that waits', async () => {
  const invited = async (linked: string[], byHand: string[] = [], waiting: unknown[] = []) => {
    const world = aWorld({ table: 'interviews', found: waiting });
    world.rows[0]!.wish.address = 'ada@example.org';
    for (const one of byHand) world.byHand.add(one);
    await judgeInvited(world, new Set(linked));
    return world.violations;
  };
  expect(await invited([])).toHaveLength(1);
  expect(await invited([uuid])).toEqual([]);
  expect(await invited([], [uuid])).toEqual([]);
  expect(await invited([], [], [{ ats_id: 'A' }])).toEqual([]);
});

describe('what a person decided is there', () => {
  async function decided(take: string, held: string, said = 'Cook', later?: string): Promise<string[]> {
    const world = aWorld({ table: 'jobs', said: { title: said }, held: { title: held } });
    const decision = { field: 'title', ats_value: 'Cook', sparkhire_value: 'Baker', take };
    world.decisions.set(`${uuid} title`, decision as never);
    if (later !== undefined) theyEdit(world, { title: later });
    await judgeDecisions(world);
    return world.violations;
  }
  it('on either side', async () => {
    expect(await decided('ats', 'Cook')).toEqual([]);
    expect(await decided('sparkhire', 'Baker')).toEqual([]);
    expect(await decided('ats', 'Baker')).toHaveLength(1);
    expect(await decided('sparkhire', 'Cook')).toHaveLength(1);
  });
  it('until either side says something else', async () => {
    expect(await decided('ats', 'Baker', 'Cook', 'Miller')).toEqual([]);
    expect(await decided('ats', 'Baker', 'Miller')).toEqual([]);
  });
});

it('people are asked about what somebody changed at Spark Hire', async () => {
  const found = [{ name: 'jobs A', uuid, field: 'title' }];
  const world = aWorld({ table: 'jobs', found });
  await judgeQuestions(world);
  expect(world.violations).toHaveLength(1);
  const other = aWorld({ table: 'jobs', found });
  theyEdit(other, { title: 'Cook' });
  await judgeQuestions(other);
  expect(other.violations).toEqual([]);
});

it('no job closes under a pending interview, unless the policy says so', () => {
  const pending = { pending: new Map([['i', 'j']]) };
  const closed = (closeUnderInterviews: boolean, after = pending) => {
    const world = { setting: { closeUnderInterviews }, violations: [] } as unknown as World;
    judgeClosed(world, pending, after, ['j']);
    return world.violations;
  };
  expect(closed(false)).toHaveLength(1);
  expect(closed(true)).toEqual([]);
  expect(closed(false, { pending: new Map() })).toEqual([]);
});

describe('what is changed was looked at', () => {
  const path = '/v1.0/jobs/u-1';
  const get = (status = 200) => ({ method: 'GET', path, status });
  const put = (body: object) => ({ method: 'PUT', path, status: 200, body });
  const wrong = (...requests: Parameters<typeof changedUnseen>[0]) =>
    changedUnseen(requests, new Set(['u-2']));
  it('in the same run', () => {
    expect(wrong(get(), put({ title: 'Cook' }))).toEqual([]);
    expect(wrong(put({ title: 'Cook' }))).toHaveLength(1);
  });
  it('and is edited only where it was seen', () => {
    expect(wrong(get(403), put({ title: 'Cook' }))).toHaveLength(1);
    expect(wrong(get(403), put({ status: 'inactive' }))).toEqual([]);
  });
  it('and is not canceled once it has ended', () => {
    const one = { path: '/v1.0/interviews/u-2', status: 200 };
    const cancel = { ...one, method: 'PUT', body: { status: 'canceled' } };
    expect(wrong({ ...one, method: 'GET' }, cancel)).toHaveLength(1);
  });
});

it('no job is made that is there and is nobody’s', () => {
  const made = (title: string, linked = new Map<string, string>()) => {
    const world = aWorld({ table: 'jobs', held: { title } });
    (world.scene.emulator.state.jobs as Map<string, object>).set('new', { ...job, uuid: 'new' });
    const before = { jobs: new Map([[uuid, 'active']]), freeJobs: new Set([uuid]) };
    const after = { jobs: new Map([...before.jobs, ['new', 'active']]), linked };
    judgeTwinJobs(world, before as never, after as never);
    return world.violations;
  };
  expect(made('Baker')).toHaveLength(1);
  expect(made('Cook')).toEqual([]);
  expect(made('Baker', new Map([[uuid, 'jobs B']]))).toEqual([]);
});

it('what a row is linked to is mirrored, unless it is gone', async () => {
  const world = aWorld({ table: 'jobs', found: [{ name: 'jobs A', uuid }] });
  await judgeLinks(world);
  expect(world.violations).toHaveLength(1);
  const gone = aWorld({ table: 'jobs', found: [{ name: 'jobs A', uuid: 'gone' }] });
  await judgeLinks(gone);
  expect(gone.violations).toEqual([]);
});

describe('what a person edited', () => {
  /** Somebody calls the job Cook, a run succeeds that settles `settled`, and the next one calls it what the ATS does. */
  async function overwritten(settled: string, found: unknown[] = []): Promise<string[]> {
    const world = aWorld({ table: 'jobs', held: { title: 'Cook' }, found });
    const edits = new Edits();
    Object.assign(world.scene.emulator, { requests: [] });
    edits.note(world, 'title', uuid);
    await edits.begin(world);
    edits.succeeded(new Map([[`${uuid} title`, settled]]));
    await edits.begin(world);
    (world.scene.emulator.state.jobs as Map<string, object>).set(uuid, job);
    await edits.judge(world);
    return world.violations;
  }
  it('stays as long as both sides have not agreed on it', async () => {
    expect(await overwritten('Baker')).toHaveLength(1);
    expect(await overwritten('Cook')).toEqual([]);
  });
  it('or until a person decides against it', async () => {
    expect(await overwritten('Baker', [{}])).toEqual([]);
  });
});

it('a complete look at a list has met what was there all the while', async () => {
  const met = async (found: unknown[], complete = true, listed = [uuid]) => {
    const world = aWorld({ table: 'interviews', found });
    world.lastOutput = JSON.stringify({ complete });
    await judgeMet(world, listed);
    return world.violations;
  };
  expect(await met([])).toHaveLength(1);
  expect(await met([{ uuid }])).toEqual([]);
  expect(await met([], false)).toEqual([]);
  expect(await met([], true, ['gone since'])).toEqual([]);
});

it('not too many are canceled at once', () => {
  expect(isTooMuch(2, 4)).toBe(true);
  expect(isTooMuch(1, 1)).toBe(false);
  expect(isTooMuch(2, 10)).toBe(false);
});

it('nobody is told that an invitation was refused which was sent', async () => {
  const refused = async (linked: string[], status = 'requested') => {
    const world = aWorld({ table: 'interviews', held: { status }, found: [{ ats_id: 'A', linked }] });
    world.rows[0]!.wish.address = 'ada@example.org';
    await judgeRefused(world);
    return world.violations;
  };
  expect(await refused([])).toHaveLength(1);
  expect(await refused([uuid])).toEqual([]);
  expect(await refused([], 'canceled')).toEqual([]);
});

it('nobody is told that an end was refused which came about', async () => {
  const refused = async (status: string, before = 'requested') => {
    const world = aWorld({ table: 'interviews', held: { status }, found: [{ row: 'interviews A', uuid }] });
    const seen = { interviews: new Map([[uuid, before]]), jobs: new Map() };
    await judgeRefusedEnds(world, seen as never);
    return world.violations;
  };
  expect(await refused('canceled')).toHaveLength(1);
  expect(await refused('requested')).toEqual([]);
  expect(await refused('canceled', 'canceled')).toEqual([]);
});

describe('what a write is said to have made', () => {
  const byHand = (world: World) => world.byHand.add(uuid);
  const own = (world: World) =>
    (world.scene.emulator.state.interviews as Map<string, object>).set('own', { ...interview, uuid: 'own' });
  async function found(email: string, ...given: Array<(world: World) => unknown>): Promise<string[]> {
    const world = aWorld({ table: 'interviews', found: [{ ats_id: 'A', uuid, email }] });
    for (const one of given) one(world);
    await judgeFound(world);
    return world.violations;
  }
  it('is for whom it was sent', async () => {
    expect(await found('ada@example.org')).toEqual([]);
    expect(await found('eve@example.org')).toHaveLength(1);
  });
  it('is nothing that people made while its own is nobody’s', async () => {
    expect(await found('ada@example.org', byHand)).toEqual([]);
    expect(await found('ada@example.org', own)).toEqual([]);
    expect(await found('ada@example.org', byHand, own)).toHaveLength(1);
  });
});
