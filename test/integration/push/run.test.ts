/** What a push leaves behind for whoever asks what was written: a run, and a line of the log a write. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AccountSession } from '../../../src/account-session.js';
import { noteEveryMs, Run } from '../../../src/backfill/run.js';
import { type Clock, systemClock } from '../../../src/clock.js';
import { readLive } from '../../../src/console/answers/runs.js';
import { createLogger } from '../../../src/log.js';
import { readStatus } from '../../../src/status/status.js';
import { eventually } from '../../support/service.js';
import { type Applied, interview, job, openApplied, stillClock } from './send/fixture.js';

let applied: Applied;
let session: AccountSession;
let lines: Array<Record<string, unknown>>;

beforeEach(async () => {
  applied = await openApplied();
  lines = [];
  const destination = { write: (line: string) => lines.push(JSON.parse(line)) };
  const journal = createLogger({ destination: destination as unknown as NodeJS.WritableStream });
  session = { ...(await applied.process()), journal };
});
afterEach(() => applied.close());

const runs = () =>
  applied.rows(`select kind, resource, outcome, requests, rows_created::int, rows_updated::int, rows_deleted::int, error
    from sync.runs where kind = 'push' order by id`);

const told = () =>
  lines
    .splice(0)
    .map(({ event, resource, ats_id, action, as, issues, kind }) =>
      JSON.parse(JSON.stringify({ event, resource, ats_id, action, as, issues, kind })),
    );

it('a round that sends nothing leaves no run and no line', async () => {
  await applied.round({ session });
  expect(await runs()).toEqual([]);
  expect(told()).toEqual([]);
});

it('a round that writes is one run, with a line for each write', async () => {
  await applied.invite(2);
  await applied.round({ session });
  expect(await runs()).toMatchObject([
    { resource: null, outcome: 'succeeded', rows_created: 3, rows_updated: 0, rows_deleted: 0, error: null },
  ]);
  const as = 'administrator';
  const [first, ...others] = told();
  expect(first).toEqual({ event: 'written', resource: 'jobs', ats_id: 'J-1', action: 'create', as });
  // Two at a time: either may be answered first.
  expect(others.sort((a, b) => (a.ats_id < b.ats_id ? -1 : 1))).toEqual([
    { event: 'written', resource: 'interviews', ats_id: 'I-1', action: 'create', as },
    { event: 'written', resource: 'interviews', ats_id: 'I-2', action: 'create', as },
  ]);

  await applied.put('interviews', [{ ...interview('I-1', 'c1@example.org'), desired: 'canceled' }]);
  await applied.round({ session });
  expect(await runs()).toMatchObject([{}, { outcome: 'succeeded', rows_created: 0, rows_deleted: 1 }]);
  expect(told()).toEqual([{ event: 'written', resource: 'interviews', ats_id: 'I-1', action: 'cancel', as }]);
});

/** A clock by which a run has lasted when the test says so. */
function patient() {
  const due = new Set<() => void>();
  const clock: Clock = {
    ...stillClock(),
    after(ms, fn, options) {
      if (ms !== noteEveryMs) return systemClock.after(ms, fn, options);
      due.add(fn);
      return () => due.delete(fn);
    },
  };
  return {
    clock,
    lasts() {
      const now = [...due];
      due.clear();
      for (const fn of now) fn();
    },
  };
}

it('a long round is told while it goes on: what is written, and when the rest will be', async () => {
  await applied.invite(5);
  const { clock, lasts } = patient();
  const options = { webhooksWanted: false, encryptionKeyIds: [] };
  const configured = [{ name: 'default', rateLimit: 2, rateWindowMs: 60_000 }];
  await applied.round({
    session,
    clock,
    concurrency: 1,
    async onStep(step, { atsId }) {
      if (step !== 'leaving' || atsId !== 'I-5') return;
      lasts();
      await eventually(async () => {
        const { accounts } = await readStatus(applied.mirror.db, { ...options, configured });
        expect(accounts[0]!.writing).toMatchObject({ done: 5, left: 1 });
      });
      const [{ runs: [run] = [], steps }] = [await readLive(applied.mirror.db, ['default'])];
      expect(run).toMatchObject({ kind: 'push', rows_created: 5, waits: false });
      expect(steps).toMatchObject([
        { run: run!.id, resource: 'jobs', phase: 'writes', done: 1, total: 1, left: null },
        { run: run!.id, resource: 'interviews', phase: 'writes', done: 4, total: 5 },
      ]);
    },
  });
  expect(await runs()).toMatchObject([{ outcome: 'succeeded', rows_created: 6 }]);
  expect((await readLive(applied.mirror.db, ['default'])).runs).toEqual([]);
  expect(await applied.rows('select progress from sync.runs')).toEqual(
    expect.not.arrayContaining([{ progress: expect.anything() }]),
  );
});

it('a run that lasts has a row although it has sent nothing yet, and none once it came to nothing', async () => {
  const { clock, lasts } = patient();
  const counts = () => ({ read: 7, created: 0, updated: 0, deleted: 0 });
  const run = new Run(session, { kind: 'push', resource: null, counts, clock });
  expect(await runs()).toEqual([]);
  lasts();
  await eventually(async () =>
    expect(
      await applied.rows('select outcome, rows_read::int from sync.runs where progress is not null'),
    ).toEqual([{ outcome: 'running', rows_read: 7 }]),
  );
  await run.forget();
  expect(await runs()).toEqual([]);
});

it('a round that fails before it writes is a run with its error', async () => {
  await applied.put('jobs', [job('J-1')]);
  applied.emulator.faults.add({ method: 'POST', path: '/jobs$', effect: { kind: 'status', status: 401 } });
  await expect(applied.round({ session })).rejects.toThrow();
  expect(await runs()).toMatchObject([
    { outcome: 'failed', rows_created: 0, error: expect.stringContaining('401') },
  ]);
});

it('a row that is rejected has one line, without its values', async () => {
  await applied.put('jobs', [job('J-1')]);
  await applied.put('interviews', [interview('I-1', 'cand23(at)people.example')]);
  await applied.round({ session });
  const [rejected] = lines.filter(({ event }) => event === 'row_rejected');
  expect(rejected).toMatchObject({
    resource: 'interviews',
    ats_id: 'I-1',
    issues: [{ code: 'INVALID_FORMAT', field: 'candidate_email' }],
    msg: 'interviews I-1: rejected, INVALID_FORMAT (candidate_email)',
  });
  expect(JSON.stringify(lines)).not.toContain('cand23');
  told();
  await applied.put('interviews', [{ ...interview('I-1', 'cand23(at)people.example'), priority: 2 }]);
  await applied.round({ session });
  expect(told()).toEqual([]);
});

it('what Spark Hire refuses, and a conflict that opens, have a line each', async () => {
  await applied.put('jobs', [job('J-1')]);
  applied.emulator.faults.add({
    method: 'POST',
    path: '/jobs$',
    nth: 1,
    effect: { kind: 'status', status: 422 },
  });
  await applied.round({ session });
  expect(told()).toEqual([
    {
      event: 'row_rejected',
      resource: 'jobs',
      ats_id: 'J-1',
      issues: [{ code: 'REMOTE_REJECTED', field: null }],
    },
  ]);
  const found = applied.emulator.act.addJob({ title: 'Baker', city: 'Graz', country: 'Austria' });
  await applied.mirror.pull(applied.emulator);
  await applied.put('jobs', [
    job('J-2', {
      title: 'Baker',
      description: found.description,
      city: 'Graz',
      region: null,
      country: 'Austria',
    }),
  ]);
  await applied.round({ session });
  await applied.round({ session });
  expect(told()).toEqual([
    { event: 'conflict_opened', resource: 'jobs', ats_id: 'J-2', kind: 'possible_duplicate' },
  ]);
});
