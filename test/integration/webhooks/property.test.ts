/**
 * Whatever the order of deliveries, however often each comes, the mirror ends up true.
 * @module-tag rare
 */
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listedResource } from '../../../src/backfill/resources.js';
import { storeSingles } from '../../../src/backfill/singles.js';
import { inMirrorTransaction } from '../../../src/mirror/store.js';
import { applyEvents } from '../../../src/webhooks/events.js';
import { pick, seededRandom } from '../../support/emulated-life.js';
import { type Stage, stage } from './fixture.js';

const switches = fc.record({
  webhookOrder: fc.constantFrom('in-order', 'shuffled', 'newest-first'),
  webhookDuplicates: fc.constantFrom('never', 'sometimes', 'always'),
  webhookPayload: fc.constantFrom('detail', 'list-item'),
  webhookPayloadName: fc.constantFrom('Job', 'Job Post', 'job_post'),
  deletedPayload: fc.constantFrom('object', 'uuid-only'),
  ratingPayload: fc.constantFrom('rating', 'interview', 'flat'),
  nullTimestamps: fc.constantFrom('null', 'missing', 'updated-null'),
  // Not from fractions to whole seconds and back: that would be old news.
  timestampFormat: fc.constantFrom('offset', 'z', 'local-offset'),
  ratingTouches: fc.boolean(),
  expiryTouches: fc.boolean(),
  interviewsOfDeletedJob: fc.constant('kept'),
});

const rounds = fc.array(
  fc.record({
    acts: fc.integer({ min: 1, max: 12 }),
    /** Whether time passes between the acts; else they share a second. */
    apart: fc.boolean(),
    apply: fc.constantFrom('no', 'yes', 'restarted'),
    /** Old deliveries that come once more. */
    again: fc.integer({ min: 0, max: 6 }),
    batchSize: fc.constantFrom(1, 3, 500),
  }),
  { minLength: 1, maxLength: 5 },
);

/** Always the same few (they meet every outcome) while something else is worked on; many new ones where all is tried. */
const runs = process.env.ALL_READINGS ? { numRuns: 25 } : { numRuns: 6, seed: 9 };

/** Something webhooks tell of. */
function something({ emulator }: Stage, random: () => number): void {
  const { act, state, clock } = emulator;
  const of = (...statuses: string[]) =>
    pick(
      random,
      [...state.interviews.values()].filter(({ status }) => statuses.includes(status)),
    )?.uuid;
  const job = pick(random, state.jobs.keys());
  const open = of('requested', 'accepted');
  const done = of('completed');
  const again = of('completed', 'expired');
  const movable = of('requested', 'expired');
  const any = pick(random, state.interviews.keys());
  const acts: Array<() => void> = [
    () => act.addInterview({ type: random() < 0.7 ? 'one_way' : 'live' }),
    () => of('requested') && act.acceptInterview(of('requested')!),
    () => open && act.completeInterview(open, random() < 0.5 ? { rating: 3.5 } : {}),
    () => open && act.expireInterview(open),
    () => done && act.rateInterview(done, { rating: Math.round(random() * 50) / 10 }),
    () => again && act.resetInterview(again),
    () =>
      movable &&
      act.rescheduleInterview(movable, { scheduledAt: clock.now() + Math.ceil(random() * 500) * 3_600_000 }),
    () => any && act.deleteInterview(any),
    () => act.addJob({ status: 'inactive' }),
    () => job && act.editJob(job, { title: `Role ${random()}`, description: `About ${random()}` }),
    () => job && random() < 0.3 && act.deleteJob(job),
  ];
  try {
    pick(random, acts)!();
  } catch (error) {
    if ((error as Error).constructor.name !== 'ApiError') throw error;
  }
}

/** What the service does later, and at low priority. */
async function readDetails({ mirror, session }: Stage): Promise<void> {
  for (const name of ['jobs', 'interviews'] as const) {
    const due = await mirror.rows<{ uuid: string }>(
      `select uuid from sparkhire.${name} where details_due and deleted_at is null`,
    );
    const resource = listedResource(name);
    const reads = await Promise.all(due.map(({ uuid }) => resource.get(session.client, uuid, {})));
    await inMirrorTransaction(mirror.db, 'default', (tx) => storeSingles(tx, resource, reads));
  }
}

/** Interviews also show the title of their job, whose change is told as the job's alone. */
async function wrong(one: Stage): Promise<string[]> {
  const lines = await one.mirror.wrong(one.emulator);
  return lines.filter((line) => /^(jobs|interview)/.test(line) && !line.includes(' job_title: '));
}

describe('any deliveries of anything that happens', () => {
  it('leave the mirror true', async () => {
    const one = await stage({ users: 3, jobs: 4, interviews: 8 });
    one.emulator.clock.freeze();
    await one.mirror.pull(one.emulator);
    const listening = await one.connect();
    onTestFinished(() => listening.receiver.settle());
    let told = 0;
    const property = fc.asyncProperty(switches, rounds, fc.integer(), async (readings, life, seed) => {
      Object.assign(one.emulator.switches, readings);
      // Under other readings the same objects look different: that is no event.
      await one.mirror.pull(one.emulator, { fresh: true });
      const random = seededRandom(seed);
      for (const round of life) {
        for (let i = 0; i < round.acts; i++) {
          if (round.apart) one.emulator.clock.advance(1000);
          something(one, random);
        }
        await one.emulator.settleDeliveries();
        await one.mirror.rows(
          `insert into sync.webhook_events (event, payload_type, webhook_uuid, body)
           select event, payload_type, webhook_uuid, body from sync.webhook_events
           order by md5(id::text || $1) limit $2`,
          [String(seed), round.again],
        );
        if (round.apply === 'no') continue;
        const session = round.apply === 'restarted' ? await one.restart() : one.session;
        await applyEvents(session, { batchSize: round.batchSize });
      }
      await applyEvents(one.session);
      const [left] = await one.mirror.rows<{ n: number; told: number }>(
        `select count(*) filter (where state = 'waiting')::int as n, count(*)::int as told from sync.webhook_events`,
      );
      expect(left!.n).toBe(0);
      told = left!.told;
      await readDetails(one);
      expect(await wrong(one)).toEqual([]);
    });
    await fc.assert(property, { ...runs, endOnFailure: true });
    expect(told).toBeGreaterThan(100);
    const ends = await one.mirror.rows<{ outcome: string }>(
      'select distinct outcome from sync.webhook_events',
    );
    const met = ends.map(({ outcome }) => outcome);
    for (const outcome of ['applied', 'read', 'unchanged', 'stale', 'superseded', 'gone']) {
      expect(met).toContain(outcome);
    }
    expect(met).not.toContain('failed');
  });

  it('never bring a row back in time, nor a deleted one back', async () => {
    const one = await stage({
      users: 3,
      jobs: 4,
      interviews: 4,
      switches: { timestampFormat: 'fractional' },
    });
    one.emulator.clock.freeze();
    await one.mirror.pull(one.emulator);
    await one.connect();
    const random = seededRandom(7);
    for (let i = 0; i < 120; i++) {
      one.emulator.clock.advance(1000);
      something(one, random);
    }
    await one.emulator.settleDeliveries();
    // One by one, in no order, each several times.
    const events = await one.mirror.rows<{ event: string; payload_type: string; body: string }>(
      'delete from sync.webhook_events returning event, payload_type, body',
    );
    const deliveries = [...events, ...events, ...events].sort(() => random() - 0.5);
    let latest = new Map<string, number>();
    for (let from = 0; from < deliveries.length; from += 10) {
      for (const { event, payload_type, body } of deliveries.slice(from, from + 10)) {
        await one.deliver(event, payload_type, body);
      }
      await one.apply();
      const rows = await one.mirror.rows<{ uuid: string; at: number; deleted: boolean }>(
        `select uuid, extract(epoch from updated_at)::float as at, deleted_at is not null as deleted
         from sparkhire.interviews union all
         select uuid, extract(epoch from updated_at)::float, deleted_at is not null from sparkhire.jobs`,
      );
      const now = new Map(
        rows.map(({ uuid, at, deleted }) => [uuid, deleted ? Number.POSITIVE_INFINITY : at]),
      );
      for (const [uuid, at] of latest) expect(now.get(uuid)).toBeGreaterThanOrEqual(at);
      latest = now;
    }
    await readDetails(one);
    expect(await wrong(one)).toEqual([]);
  });
});
