/** What a push leaves behind for whoever asks what was written: a run, and a line of the log a write. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AccountSession } from '../../src/account-session.js';
import { createLogger } from '../../src/log.js';
import { readStatus } from '../../src/status/status.js';
import { type Applied, interview, job, openApplied, stillClock } from './apply-fixture.js';

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

it('a long round is told while it goes on: what is written, and when the rest will be', async () => {
  await applied.invite(5);
  const clock = stillClock();
  const seen: unknown[] = [];
  await applied.round({
    session,
    clock,
    concurrency: 1,
    async onStep(step, { atsId }) {
      if (step === 'recorded') clock.pass({ monotonic: 10_000, now: 10_000 });
      if (step !== 'leaving' || atsId !== 'I-5') return;
      await applied.rows(
        `update sync.runs set started_at = started_at - interval '40 s' where kind = 'push'`,
      );
      const options = { webhooksWanted: false, encryptionKeyIds: [] };
      const configured = [{ name: 'default', rateLimit: 2, rateWindowMs: 60_000 }];
      const { accounts } = await readStatus(applied.mirror.db, { ...options, configured });
      seen.push(accounts[0]!.writing);
    },
  });
  // What was done within the last ten seconds is not in the row yet.
  expect(seen).toEqual([{ done: 4, left: 1, secondsLeft: expect.any(Number) }]);
  expect(await runs()).toMatchObject([{ outcome: 'succeeded', rows_created: 6 }]);
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
