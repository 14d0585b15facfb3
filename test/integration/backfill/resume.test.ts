/** What an interrupted backfill leaves behind, and what the next one makes of it. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Emulator, type EmulatorOptions, startEmulator } from '#emulators/emulator/index';
import { openTestMirror, type PullOptions, type TestMirror } from '../../support/backfill-in-process.js';

let mirror: TestMirror;
let emulator: Emulator;
beforeEach(async () => {
  mirror = await openTestMirror();
});
afterEach(async () => {
  await emulator?.close();
  await mirror?.close();
});

async function start(options: EmulatorOptions = {}): Promise<void> {
  emulator = await startEmulator({
    users: 6,
    jobs: 8,
    interviews: 80,
    questionSets: 3,
    shareLinks: 3,
    rateLimit: 1_000_000,
    ...options,
  });
}

/** A backfill that is told to stop when the nth request for `path` arrives. */
async function pullUntil(path: RegExp, nth: number, options: PullOptions = {}) {
  const stop = new AbortController();
  let met = 0;
  const off = emulator.onRequest((request) => {
    if (path.test(`${request.path}?${request.query}`) && ++met === nth) stop.abort(new Error('told to stop'));
  });
  const result = await mirror.pull(emulator, { ...options, signal: stop.signal });
  off();
  expect(stop.signal.aborted).toBe(true);
  expect(result).toMatchObject({ ok: false, complete: false });
  return result;
}

const paths = () => emulator.requests.map(({ path, query }) => `${path.slice(5)}${query && `?${query}`}`);

it('goes on in the middle of a listing, and asks for nothing it has stored', async () => {
  await start();
  await pullUntil(/interviews\?/, 6, { pageSize: 10 });
  const stored = (await mirror.stored()).interviews.size;
  expect(stored).toBeGreaterThan(20);
  emulator.requests.length = 0;
  const resumed = await mirror.pull(emulator, { pageSize: 10 });
  expect(resumed).toMatchObject({ ok: true, complete: true });
  expect(resumed.resources.interviews!.created).toBe(80 - stored);
  expect(paths()).not.toContain('/users');
  expect(paths().filter((path) => path.startsWith('/jobs?'))).toEqual([]);
  const ranges = paths().flatMap((path) => /^\/interviews\?.*range=(\d+)/.exec(path)?.[1] ?? []);
  expect(Math.min(...ranges.map(Number))).toBeGreaterThan(stored - 10);
  expect(await mirror.wrong(emulator)).toEqual([]);
});

it('goes on among single objects, and reads none of them twice', async () => {
  await start();
  await pullUntil(/interviews\/./, 60);
  const done = await mirror.rows<{ uuid: string }>(
    'select uuid from sparkhire.interviews where not details_due',
  );
  expect(done.length).toBeGreaterThanOrEqual(25);
  emulator.requests.length = 0;
  expect(await mirror.pull(emulator)).toMatchObject({ ok: true, complete: true });
  expect(paths().filter((path) => /^\/(users|jobs|interviews|question_sets)(\?|$)/.test(path))).toEqual([]);
  for (const { uuid } of done) expect(paths()).not.toContain(`/interviews/${uuid}`);
  expect(await mirror.wrong(emulator)).toEqual([]);
});

it('starts over when told to', async () => {
  await start();
  await pullUntil(/interviews\/./, 60);
  emulator.requests.length = 0;
  expect(await mirror.pull(emulator, { fresh: true })).toMatchObject({ ok: true, complete: true });
  expect(paths()).toContain('/users');
  expect(new Set(paths().filter((path) => /interviews\/./.test(path))).size).toBe(80);
  expect(await mirror.wrong(emulator)).toEqual([]);
});

it('starts over where it was cut off more than a day ago, by the clock that wrote that down', async () => {
  await start();
  await pullUntil(/interviews\?/, 6, { pageSize: 10 });
  await mirror.rows(`update sync.checkpoints set updated_at = updated_at - interval '25 hours'`);
  emulator.requests.length = 0;
  expect(await mirror.pull(emulator, { pageSize: 10 })).toMatchObject({ ok: true, complete: true });
  expect(paths()).toContain('/users');
  expect(paths().find((path) => path.startsWith('/interviews?'))).toContain('range=1-10');
  expect(await mirror.wrong(emulator)).toEqual([]);
});

it('starts over with another key, which may see rows that the first passed over', async () => {
  await start();
  const standard = [...emulator.state.users.values()].find((user) => user.role === 'standard')!;
  const [job] = emulator.state.jobs.values();
  job!.members.add(standard.uuid);
  const key = emulator.act.makeKey(standard.uuid);
  await pullUntil(/interviews\?/, 2, { pageSize: 5, key });
  expect(await mirror.pull(emulator, { pageSize: 5 })).toMatchObject({ ok: true, complete: true });
  expect(await mirror.wrong(emulator)).toEqual([]);
});

it('starts over when the user of the key has become an administrator meanwhile', async () => {
  await start();
  const [owner] = emulator.state.users.values();
  emulator.act.setRole(owner!.uuid, { role: 'standard' });
  for (const job of [...emulator.state.jobs.values()].slice(0, 4)) job.members.add(owner!.uuid);
  await pullUntil(/interviews\?/, 3, { pageSize: 5 });
  emulator.act.setRole(owner!.uuid, { role: 'administrator' });
  expect(await mirror.pull(emulator, { pageSize: 5 })).toMatchObject({ ok: true, complete: true });
  expect(await mirror.wrong(emulator)).toEqual([]);
});

it('remembers over an interruption that a listing was not proven', async () => {
  // One row a page cannot overlap; only jobs are that short.
  await start();
  const off = emulator.onRequest(({ path }) => {
    emulator.switches.pageCap = path === '/v1.0/jobs' ? 1 : null;
  });
  await pullUntil(/interviews\/./, 3);
  const resumed = await mirror.pull(emulator);
  off();
  expect(resumed).toMatchObject({ ok: true, complete: false });
  expect(await mirror.pull(emulator)).toMatchObject({ ok: true, complete: true });
});

it('judges missing rows after an interruption in the middle of that', async () => {
  await start();
  await mirror.pull(emulator);
  const gone = [...emulator.state.interviews.keys()].slice(0, 6);
  for (const uuid of gone) emulator.act.deleteInterview(uuid);
  await pullUntil(/interviews\/./, 4, { anyAbsence: true });
  const judged = (await mirror.stored()).deleted.interviews.size;
  expect(judged).toBeLessThan(6);
  emulator.requests.length = 0;
  expect(await mirror.pull(emulator, { anyAbsence: true })).toMatchObject({
    ok: true,
    complete: true,
    resources: { interviews: { deleted: 6 - judged } },
  });
  expect(paths().filter((path) => path.startsWith('/interviews?'))).toEqual([]);
  expect(await mirror.wrong(emulator)).toEqual([]);
});

it('a sweep of one resource that was cut off after its end is no excuse for the next not to read', async () => {
  await start();
  await mirror.pull(emulator);
  const gone = [...emulator.state.interviews.keys()].slice(0, 6);
  for (const uuid of gone) emulator.act.deleteInterview(uuid);
  await pullUntil(/interviews\/./, 4, { anyAbsence: true, resource: ['interviews'] });
  emulator.act.addInterview();
  emulator.clock.advance(1000);
  expect(await mirror.pull(emulator, { anyAbsence: true })).toMatchObject({ ok: true, complete: true });
  expect(await mirror.wrong(emulator)).toEqual([]);
});

it('records what happened to each run', async () => {
  await start();
  await pullUntil(/interviews\?/, 2, { pageSize: 10 });
  const interrupted = await mirror.rows(
    `select resource, error is not null as explained from sync.runs where outcome = 'interrupted' order by id`,
  );
  expect(interrupted).toEqual([
    { resource: null, explained: true },
    { resource: 'interviews', explained: true },
  ]);
  await mirror.pull(emulator);
  const outcomes = await mirror.rows(
    `select distinct outcome from sync.runs where id > (select max(id) from sync.runs where outcome = 'interrupted')`,
  );
  expect(outcomes).toEqual([{ outcome: 'succeeded' }]);
});

it('a change in the second of the last reading is found by the next backfill', async () => {
  await start();
  const [job] = emulator.state.jobs.values();
  const interview = [...emulator.state.interviews.values()].find((one) => one.status === 'requested')!;
  emulator.clock.freeze();
  emulator.act.editJob(job!.uuid, { description: 'First wording.' });
  emulator.act.touchInterview(interview.uuid);
  await mirror.pull(emulator);
  // The same timestamp, and nothing else that a listing would show.
  emulator.act.editJob(job!.uuid, { description: 'Second wording.' });
  interview.questions[0]!.text = 'Another question?';
  emulator.act.touchInterview(interview.uuid);
  await mirror.pull(emulator);
  expect(await mirror.wrong(emulator)).toEqual([]);
});
