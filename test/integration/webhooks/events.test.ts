/** What becomes of events: newer news is stored, older never, and where there is doubt the object is read. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EmulatorOptions, Switches } from '#emulators/emulator/index';
import { listedResource } from '../../../src/backfill/resources.js';
import type { Account } from '../../../src/config.js';
import { inMirrorTransaction, storeRows } from '../../../src/mirror/store.js';
import { defaultRetryPolicy } from '../../../src/sparkhire/retry.js';
import { firstPull } from '../../support/first-pull.js';
import { inTurn } from '../../support/rotation.js';
import type { Json } from '../mirror/fixture.js';
import { type Stage, stage } from './fixture.js';

// A request that failed is repeated at once: none of this is about the time between.
const policy = { ...defaultRetryPolicy };
beforeAll(() => void Object.assign(defaultRetryPolicy, { baseMs: 1 }));
afterAll(() => void Object.assign(defaultRetryPolicy, policy));

const second = 1000;

interface Beginning extends EmulatorOptions {
  /** Readings that show in webhooks and deleted objects alone: set after the first pull. */
  later?: Partial<Switches>;
  over?: Partial<Account>;
}

async function mirrored({ later, over, ...options }: Beginning = {}): Promise<Stage> {
  const one = await stage(options, over);
  one.emulator.clock.freeze();
  await firstPull(one.mirror, one.emulator, options);
  Object.assign(one.emulator.switches, later);
  return one;
}

const gets = (one: Stage) =>
  one.emulator.requests.map(({ method, path }) => `${method} ${path.replace('/v1.0', '')}`);
const anInterview = (one: Stage, status = 'requested') =>
  [...one.emulator.state.interviews.values()].find((interview) => interview.status === status)!;
async function object(one: Stage, path: string): Promise<Json> {
  const response = await fetch(one.emulator.url + path, {
    headers: { authorization: `Basic ${Buffer.from(`${one.emulator.adminKey}:`).toString('base64')}` },
  });
  return (await response.json()) as Json;
}
async function row(one: Stage, table: string, uuid: string) {
  const [found] = await one.mirror.rows<Record<string, unknown>>(
    `select *, xmin::text from sparkhire.${table} where uuid = $1`,
    [uuid],
  );
  return found!;
}
const changes = (one: Stage, uuid: string) =>
  one.mirror.rows<{ change: string; changed_fields: string[] }>(
    'select change, changed_fields from sync.changes where uuid = $1 order by seq',
    [uuid],
  );
const outcomes = async (one: Stage) => (await one.events()).map(({ outcome }) => outcome);

describe('a newer payload', () => {
  it('is stored without a request, with its change, and its details become due', async () => {
    const one = await mirrored();
    const listening = await one.connect();
    one.emulator.requests.length = 0;
    const interview = anInterview(one);
    one.emulator.clock.advance(5 * second);
    one.emulator.act.acceptInterview(interview.uuid);
    await one.emulator.settleDeliveries();
    expect(listening.outcomes).toEqual(['stored']);
    const result = await one.apply();
    expect(result).toMatchObject({ created: 0, updated: 1, deleted: 0, postponed: 0 });
    expect(result.outcomes).toMatchObject({ applied: 1, read: 0 });
    expect(gets(one)).toEqual([]);
    expect(await row(one, 'interviews', interview.uuid)).toMatchObject({
      status: 'accepted',
      details_due: true,
    });
    expect((await changes(one, interview.uuid)).at(-1)).toEqual({
      change: 'updated',
      changed_fields: ['status', 'updated_at'],
    });
    expect(await one.events()).toMatchObject([
      { event: 'InterviewAccepted', state: 'done', outcome: 'applied', object_uuid: interview.uuid },
    ]);
  });

  it.each(['list-item', 'detail'] as const)('as %s never blanks details', async (webhookPayload) => {
    const one = await mirrored({ later: { webhookPayload } });
    await one.connect();
    const job = [...one.emulator.state.jobs.values()][0]!;
    const before = await row(one, 'jobs', job.uuid);
    expect(before.description).toBe(job.description);
    one.emulator.clock.advance(5 * second);
    one.emulator.act.editJob(job.uuid, { title: 'Renamed' });
    await one.emulator.settleDeliveries();
    await one.apply();
    const after = await row(one, 'jobs', job.uuid);
    expect(after).toMatchObject({ title: 'Renamed', description: before.description });
    expect(after.raw).toEqual(await object(one, `/jobs/${job.uuid}`));
  });

  it.each(
    inTurn([
      ['list-item', 'jobs'],
      ['list-item', 'interviews'],
      ['detail', 'jobs'],
      ['detail', 'interviews'],
    ] as const),
  )('as %s is not written again by listings of the same %s', async (webhookPayload, name) => {
    const one = await mirrored({ later: { webhookPayload } });
    await one.connect();
    const listThem = async () => {
      const listing =
        name === 'jobs' ? await one.session.client.jobs.list() : await one.session.client.interviews.list();
      const resource = listedResource(name);
      await inMirrorTransaction(one.mirror.db, 'default', (tx) =>
        storeRows(
          tx,
          name,
          listing.rows.flatMap((item) => (item.ok ? [resource.row(item, 'list')] : [])),
        ),
      );
      return one.mirror.rows(`select uuid, xmin::text, ctid::text from sparkhire.${name} order by uuid`);
    };
    one.emulator.clock.advance(5 * second);
    // A known one and a new one. (A job also stands in its interviews.)
    if (name === 'jobs') {
      one.emulator.act.touchJob([...one.emulator.state.jobs.keys()][0]!);
      one.emulator.act.addJob({ status: 'inactive' });
    } else {
      one.emulator.act.acceptInterview(anInterview(one).uuid);
      one.emulator.act.addInterview();
    }
    await one.emulator.settleDeliveries();
    expect((await one.apply()).outcomes.applied).toBe(2);
    const applied = await one.mirror.rows(
      `select uuid, xmin::text, ctid::text from sparkhire.${name} order by uuid`,
    );
    const [written] = await one.mirror.rows<{ seq: string }>('select max(seq) as seq from sync.changes');
    expect(await listThem()).toEqual(applied);
    expect(await listThem()).toEqual(applied);
    expect(await one.mirror.rows('select max(seq) as seq from sync.changes')).toEqual([written]);
  });

  it('makes a row that was not there', async () => {
    const one = await mirrored();
    await one.connect();
    one.emulator.requests.length = 0;
    const job = one.emulator.act.addJob({ title: 'Fresh' });
    await one.emulator.settleDeliveries();
    expect(await one.apply()).toMatchObject({ created: 1 });
    expect(gets(one)).toEqual([]);
    expect(await row(one, 'jobs', job.uuid)).toMatchObject({ title: 'Fresh', details_due: true });
    expect(await changes(one, job.uuid)).toEqual([{ change: 'created', changed_fields: [] }]);
  });

  it('that lacks what went back to nothing is stored, and the object read', async () => {
    const one = await mirrored({ switches: { nullTimestamps: 'missing' } });
    await one.connect();
    one.emulator.requests.length = 0;
    const interview = anInterview(one, 'completed');
    one.emulator.clock.advance(5 * second);
    one.emulator.act.resetInterview(interview.uuid);
    await one.emulator.settleDeliveries();
    expect((await one.apply()).outcomes).toMatchObject({ applied: 1 });
    expect(gets(one)).toEqual([`GET /interviews/${interview.uuid}`]);
    expect(await row(one, 'interviews', interview.uuid)).toMatchObject({
      status: 'requested',
      completed_at: null,
    });
  });

  it('may hold anything that is JSON', async () => {
    const one = await mirrored();
    const [job] = one.emulator.state.jobs.values();
    const body = await object(one, `/jobs/${job!.uuid}`);
    const later = { ...body, updated_at: '2099-01-01T00:00:00Z' };
    await one.deliver('JobUpdated', 'Job', { ...later, title: 'a\u0000b\ud800c' });
    expect((await one.apply()).outcomes.applied).toBe(1);
    expect(await row(one, 'jobs', job!.uuid)).toMatchObject({ title: 'ab\ufffdc' });
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    await one.deliver(
      'JobUpdated',
      'Job',
      JSON.stringify({ ...later, x: 1 }).replace('"x":1', `"x":${deep}`),
    );
    await one.deliver('JobUpdated', 'Job', {
      ...later,
      updated_at: '2099-01-02T00:00:00Z',
      title: 'After it',
    });
    await one.apply({ batchSize: 1 });
    expect(await row(one, 'jobs', job!.uuid)).toMatchObject({ title: 'After it' });
    expect((await one.events()).every(({ state }) => state === 'done')).toBe(true);
  });
});

describe('old news', () => {
  it('never overwrites newer', async () => {
    const one = await mirrored();
    const interview = anInterview(one);
    const old = await object(one, `/interviews/${interview.uuid}`);
    one.emulator.clock.advance(5 * second);
    one.emulator.act.acceptInterview(interview.uuid);
    const recent = await object(one, `/interviews/${interview.uuid}`);
    one.emulator.requests.length = 0;
    await one.deliver('InterviewAccepted', 'Interview', recent);
    await one.apply();
    const before = await row(one, 'interviews', interview.uuid);
    await one.deliver('InterviewCreated', 'Interview', old);
    await one.deliver('InterviewAccepted', 'Interview', recent);
    expect((await one.apply()).outcomes).toMatchObject({ stale: 1, unchanged: 1, applied: 0, read: 0 });
    expect(await row(one, 'interviews', interview.uuid)).toEqual(before);
    expect(gets(one)).toEqual([]);
  });

  it('in one batch comes down to the newest', async () => {
    const one = await mirrored();
    const interview = anInterview(one);
    const versions: Json[] = [];
    for (let i = 1; i <= 4; i++) {
      one.emulator.clock.advance(second);
      one.emulator.act.rescheduleInterview(interview.uuid, {
        scheduledAt: one.emulator.clock.now() + i * 86_400_000,
      });
      versions.push(await object(one, `/interviews/${interview.uuid}`));
    }
    for (const index of [2, 3, 0, 3, 1])
      await one.deliver('InterviewRescheduled', 'Interview', versions[index]);
    expect((await one.apply()).outcomes).toMatchObject({ applied: 1, superseded: 4 });
    expect(await changes(one, interview.uuid)).toHaveLength(1 + (await changesBefore(one, interview.uuid)));
    expect(await wrong(one)).toEqual([]);
  });
});

/** In what jobs and interviews are wrong: the rest is not told by webhooks. */
async function wrong(one: Stage): Promise<string[]> {
  return (await one.mirror.wrong(one.emulator)).filter((line) => /^(jobs|interview)/.test(line));
}

/** Changes of the row that the first pull made. */
async function changesBefore(one: Stage, uuid: string): Promise<number> {
  const [found] = await one.mirror.rows<{ n: number }>(
    `select count(*)::int as n from sync.changes
     where uuid = $1 and recorded_at < (select min(received_at) from sync.webhook_events)`,
    [uuid],
  );
  return found!.n;
}

describe('in doubt the object is read', () => {
  it('when the time is the same and the content is not', async () => {
    const one = await mirrored();
    const interview = anInterview(one);
    const body = await object(one, `/interviews/${interview.uuid}`);
    one.emulator.requests.length = 0;
    await one.deliver('InterviewAccepted', 'Interview', { ...body, status: 'accepted' });
    await one.deliver('InterviewAccepted', 'Interview', { ...body, status: 'expired' });
    expect((await one.apply()).outcomes).toMatchObject({ read: 2 });
    expect(gets(one)).toEqual([`GET /interviews/${interview.uuid}`]);
    expect(await wrong(one)).toEqual([]);
  });

  it.each(inTurn(['rating', 'interview', 'flat'] as const))(
    'for a Rating, whatever it is (%s)',
    async (ratingPayload) => {
      const one = await mirrored({ later: { ratingPayload, ratingTouches: false } });
      await one.connect();
      const interview = anInterview(one, 'completed');
      one.emulator.act.rateInterview(interview.uuid, { rating: 4.5 });
      await one.emulator.settleDeliveries();
      expect((await one.apply()).outcomes).toMatchObject({ read: 1 });
      expect(await row(one, 'interviews', interview.uuid)).toMatchObject({ rating: '4.50' });
      expect(await wrong(one)).toEqual([]);
    },
  );

  it('for an unknown type whose object is known, and for none other', async () => {
    const one = await mirrored();
    const interview = anInterview(one);
    const [job] = one.emulator.state.jobs.values();
    const [user] = one.emulator.state.users.values();
    one.emulator.clock.advance(second);
    one.emulator.act.acceptInterview(interview.uuid);
    one.emulator.act.editJob(job!.uuid, { title: 'Seen' });
    one.emulator.requests.length = 0;
    await one.deliver('InterviewPainted', 'Interview', { uuid: interview.uuid });
    await one.deliver('ThingDone', 'Thing', { uuid: job!.uuid });
    await one.deliver(null, null, { uuid: job!.uuid });
    await one.deliver('UserUpdated', 'User', { uuid: user!.uuid });
    await one.deliver('InterviewRated', 'Rating', { id: 4, score: 3 });
    await one.deliver('JobUpdated', 'Job', '"text"');
    expect((await one.apply()).outcomes).toMatchObject({ read: 3, unknown: 3 });
    expect(gets(one).sort()).toEqual([`GET /interviews/${interview.uuid}`, `GET /jobs/${job!.uuid}`]);
    expect(await row(one, 'interviews', interview.uuid)).toMatchObject({ status: 'accepted' });
    expect(await row(one, 'jobs', job!.uuid)).toMatchObject({ title: 'Seen' });
  });

  it('a rating of nothing that can be found is unknown, not gone', async () => {
    const one = await mirrored();
    await one.deliver('InterviewRated', 'Rating', { uuid: '0e0e0e0e-0000-4000-8000-000000000009' });
    expect((await one.apply()).outcomes).toMatchObject({ unknown: 1, gone: 0 });
  });

  it('403 changes nothing', async () => {
    const one = await mirrored();
    const interview = anInterview(one);
    const before = await row(one, 'interviews', interview.uuid);
    one.emulator.faults.add({ path: /interviews.[0-9a-f-]+$/, effect: { kind: 'status', status: 403 } });
    await one.deliver('InterviewDeleted', 'Interview', { uuid: interview.uuid });
    expect((await one.apply()).outcomes).toMatchObject({ hidden: 1, gone: 0 });
    expect(await row(one, 'interviews', interview.uuid)).toEqual(before);
  });
});

describe('a deletion', () => {
  it.each(['object', 'uuid-only'] as const)(
    'with %s makes the service read: 404 marks the row and its questions',
    async (deletedPayload) => {
      const one = await mirrored({ later: { deletedPayload } });
      await one.connect();
      const interview = anInterview(one);
      const [job] = [...one.emulator.state.jobs.values()].filter(
        ({ uuid }) => ![...one.emulator.state.interviews.values()].some(({ jobUuid }) => jobUuid === uuid),
      );
      const spare = job ?? one.emulator.act.addJob({ status: 'inactive' });
      await one.mirror.pull(one.emulator);
      one.emulator.act.deleteInterview(interview.uuid);
      one.emulator.act.deleteJob(spare.uuid);
      await one.emulator.settleDeliveries();
      const result = await one.apply();
      expect(result.outcomes.gone).toBe(2);
      expect(result.deleted).toBe(2 + interview.questions.length);
      expect((await row(one, 'interviews', interview.uuid)).deleted_at).not.toBeNull();
      expect((await row(one, 'jobs', spare.uuid)).deleted_at).not.toBeNull();
      expect((await changes(one, interview.uuid)).at(-1)).toEqual({
        change: 'deleted',
        changed_fields: ['deleted_at'],
      });
      expect(await wrong(one)).toEqual([]);
    },
  );

  it('of an object that answers 200 deletes nothing', async () => {
    const one = await mirrored({ later: { deletedJob: 'inactive' } });
    await one.connect();
    const interview = anInterview(one);
    await one.deliver('InterviewDeleted', 'Interview', { uuid: interview.uuid });
    const [job] = one.emulator.state.jobs.values();
    one.emulator.clock.advance(second);
    one.emulator.act.deleteJob(job!.uuid);
    await one.emulator.settleDeliveries();
    const result = await one.apply();
    expect(result.outcomes).toMatchObject({ read: 2, gone: 0 });
    expect(result.deleted).toBe(0);
    expect(await row(one, 'interviews', interview.uuid)).toMatchObject({ deleted_at: null });
    expect(await row(one, 'jobs', job!.uuid)).toMatchObject({ deleted_at: null, status: 'inactive' });
  });

  /** An interview that nobody read while it was there; the news of its deletion comes first. */
  async function madeAndDeleted(one: Stage) {
    const interview = one.emulator.act.addInterview();
    const body = await object(one, `/interviews/${interview.uuid}`);
    one.emulator.act.deleteInterview(interview.uuid);
    await one.deliver('InterviewDeleted', 'Interview', body);
    await one.deliver('InterviewCreated', 'Interview', body);
    return { interview, body };
  }

  it('is not undone by a creation that comes after it, be it in the same batch or after a restart', async () => {
    const one = await mirrored();
    const { interview, body } = await madeAndDeleted(one);
    expect((await one.apply()).outcomes).toMatchObject({ gone: 2 });
    await one.deliver('InterviewCreated', 'Interview', body);
    const { applyEvents } = await import('../../../src/webhooks/events.js');
    expect((await applyEvents(await one.restart())).outcomes).toMatchObject({ gone: 1, applied: 0 });
    expect(
      await one.mirror.rows('select from sparkhire.interviews where uuid = $1', [interview.uuid]),
    ).toEqual([]);
    expect(await changes(one, interview.uuid)).toEqual([]);
  });

  it('is not undone when deletion and creation are taken in different batches', async () => {
    const one = await mirrored();
    const { interview } = await madeAndDeleted(one);
    expect((await one.apply({ batchSize: 1 })).outcomes).toMatchObject({ gone: 2 });
    expect(await changes(one, interview.uuid)).toEqual([]);
  });

  it('a row that is marked comes back only if the object can be read', async () => {
    const one = await mirrored();
    const interview = anInterview(one);
    const body = await object(one, `/interviews/${interview.uuid}`);
    one.emulator.act.hide(interview.uuid);
    await one.deliver('InterviewDeleted', 'Interview', { uuid: interview.uuid });
    await one.apply();
    expect((await row(one, 'interviews', interview.uuid)).deleted_at).not.toBeNull();
    await one.deliver('InterviewAccepted', 'Interview', { ...body, updated_at: '2099-01-01T00:00:00Z' });
    expect((await one.apply()).outcomes).toMatchObject({ gone: 1 });
    expect((await row(one, 'interviews', interview.uuid)).deleted_at).not.toBeNull();
    one.emulator.act.show(interview.uuid);
    await one.deliver('InterviewAccepted', 'Interview', body);
    expect((await one.apply()).outcomes).toMatchObject({ read: 1 });
    expect((await row(one, 'interviews', interview.uuid)).deleted_at).toBeNull();
    expect((await changes(one, interview.uuid)).map(({ change }) => change).slice(-2)).toEqual([
      'deleted',
      'restored',
    ]);
    expect(await wrong(one)).toEqual([]);
  });
});

describe('a 404 that no deletion was told of', () => {
  /** Another round, as if the pause had passed. */
  async function again(one: Stage) {
    await one.mirror.rows('update sync.webhook_events set retry_at = null');
    return one.apply();
  }
  const notYet = (one: Stage, count?: number) =>
    one.emulator.faults.add({
      path: /interviews.[0-9a-f-]+$/,
      effect: { kind: 'status', status: 404 },
      ...(count === undefined ? {} : { count }),
    });

  it('is asked again at once after the clock of the database was set back: no pause is that long', async () => {
    const one = await mirrored({ later: { ratingPayload: 'rating', ratingTouches: false } });
    await one.connect();
    one.emulator.act.rateInterview(anInterview(one, 'completed').uuid, { rating: 4.5 });
    await one.emulator.settleDeliveries();
    notYet(one, 1);
    await one.apply();
    await one.mirror.rows(`update sync.webhook_events set retry_at = retry_at + interval '1 h'`);
    expect((await one.apply()).outcomes).toMatchObject({ read: 1 });
  });

  it('is asked again after a pause, and deletes nothing: a webhook overtakes what reads are answered from', async () => {
    const one = await mirrored({ later: { ratingPayload: 'rating', ratingTouches: false } });
    await one.connect();
    const interview = anInterview(one, 'completed');
    one.emulator.act.rateInterview(interview.uuid, { rating: 4.5 });
    await one.emulator.settleDeliveries();
    const before = await row(one, 'interviews', interview.uuid);
    notYet(one, 1);
    expect(await one.apply()).toMatchObject({ postponed: 1, deleted: 0 });
    expect(await row(one, 'interviews', interview.uuid)).toEqual(before);
    const [event] = await one.mirror.rows(
      'select state, retry_at > clock_timestamp() as later, error from sync.webhook_events',
    );
    expect(event).toEqual({
      state: 'waiting',
      later: true,
      error: expect.stringContaining('NOT_FOUND'),
    });
    expect((await again(one)).outcomes).toMatchObject({ read: 1 });
    expect(await row(one, 'interviews', interview.uuid)).toMatchObject({ rating: '4.50', deleted_at: null });
  });

  it('that stays is left to the sweep', async () => {
    const one = await mirrored();
    const interview = anInterview(one);
    await one.deliver('InterviewPainted', 'Interview', { uuid: interview.uuid });
    notYet(one);
    for (let i = 0; i < 4; i++) expect(await again(one)).toMatchObject({ postponed: 1 });
    expect((await again(one)).outcomes).toMatchObject({ missing: 1, gone: 0, failed: 0 });
    expect((await row(one, 'interviews', interview.uuid)).deleted_at).toBeNull();
    // A deletion that is told of is one.
    await one.deliver('InterviewDeleted', 'Interview', { uuid: interview.uuid });
    expect((await one.apply()).outcomes).toMatchObject({ gone: 1 });
    expect((await row(one, 'interviews', interview.uuid)).deleted_at).not.toBeNull();
  });

  it('keeps a newer payload that came beside it, and one of an object that was never seen waits', async () => {
    const one = await mirrored({ switches: { nullTimestamps: 'missing' } });
    const interview = anInterview(one, 'completed');
    one.emulator.clock.advance(5 * second);
    one.emulator.act.resetInterview(interview.uuid);
    await one.deliver('InterviewReset', 'Interview', await object(one, `/interviews/${interview.uuid}`));
    const made = one.emulator.act.addInterview();
    await one.deliver('InterviewCreated', 'Interview', { uuid: made.uuid });
    notYet(one);
    expect(await one.apply()).toMatchObject({ postponed: 1, deleted: 0 });
    expect(await row(one, 'interviews', interview.uuid)).toMatchObject({
      status: 'requested',
      deleted_at: null,
      details_due: true,
    });
    one.emulator.faults.clear();
    expect((await again(one)).outcomes).toMatchObject({ read: 1 });
    expect(await row(one, 'interviews', made.uuid)).toMatchObject({ status: 'requested' });
  });
});

describe('an object that cannot be read just now', () => {
  it('has its event wait, longer each time, while others go on', async () => {
    const one = await mirrored({ over: { requestTimeoutMs: 300 } });
    const [first, other] = [anInterview(one), [...one.emulator.state.jobs.values()][0]!];
    one.emulator.faults.add({ path: /interviews.[0-9a-f-]+$/, effect: { kind: 'status', status: 422 } });
    const id = await one.deliver('InterviewDeleted', 'Interview', { uuid: first.uuid });
    await one.deliver('JobDeleted', 'Job', { uuid: other.uuid });
    const waits: number[] = [];
    for (let i = 0; i < 3; i++) {
      const result = await one.apply();
      expect(result).toMatchObject({ postponed: 1 });
      if (i === 0) expect(result.outcomes.read).toBe(1);
      const [event] = await one.mirror.rows<{ wait: number; attempts: number; error: string }>(
        `update sync.webhook_events set retry_at = null from (select retry_at as due from sync.webhook_events where id = $1) b
         where id = $1 returning round(extract(epoch from b.due - clock_timestamp()))::int as wait, attempts, error`,
        [id],
      );
      expect(event).toMatchObject({ attempts: i + 1, error: expect.stringContaining('REQUEST_REFUSED') });
      waits.push(event!.wait);
    }
    expect(waits).toEqual([5, 10, 20]);
    one.emulator.faults.clear();
    expect((await one.apply()).outcomes).toMatchObject({ read: 1 });
  });

  it('is given up after ten refusals, but never because Spark Hire is away', async () => {
    const one = await mirrored();
    const interview = anInterview(one);
    const id = await one.deliver('InterviewDeleted', 'Interview', { uuid: interview.uuid });
    await one.mirror.rows('update sync.webhook_events set attempts = 9 where id = $1', [id]);
    one.emulator.faults.add({ path: /interviews.[0-9a-f-]+$/, effect: { kind: 'status', status: 422 } });
    expect((await one.apply()).outcomes.failed).toBe(1);
    expect(await one.events()).toMatchObject([{ state: 'done', outcome: 'failed' }]);
  });

  it('is not asked for again and again where nothing can be read', { tags: ['rare'] }, async () => {
    const one = await mirrored({ interviews: 30 });
    const uuids = [...one.emulator.state.interviews.keys()].slice(0, 20);
    for (const uuid of uuids) await one.deliver('InterviewDeleted', 'Interview', { uuid });
    one.emulator.faults.add({
      path: /interviews.[0-9a-f-]+$/,
      effect: { kind: 'rate-limited', retryAfter: 0 },
      count: 2,
    });
    one.emulator.faults.add({ path: /interviews.[0-9a-f-]+$/, effect: { kind: 'status', status: 503 } });
    expect(await one.apply()).toMatchObject({ postponed: 20 });
    expect(new Set(gets(one)).size).toBe(8);
    expect((await one.events()).every(({ state }) => state === 'waiting')).toBe(true);
    // Nothing is due, so nothing is asked.
    one.emulator.requests.length = 0;
    expect(await one.apply()).toMatchObject({ postponed: 0 });
    expect(gets(one)).toEqual([]);
    one.emulator.faults.clear();
    await one.mirror.rows('update sync.webhook_events set retry_at = clock_timestamp()');
    expect((await one.apply()).outcomes).toMatchObject({ read: 20 });
  });

  it('a refused key stops the reading, and the events wait', async () => {
    const one = await mirrored();
    const [job] = one.emulator.state.jobs.values();
    const body = await object(one, `/jobs/${job!.uuid}`);
    await one.deliver('InterviewDeleted', 'Interview', { uuid: anInterview(one).uuid });
    await one.deliver('JobUpdated', 'Job', { ...body, title: 'Told', updated_at: '2099-01-01T00:00:00Z' });
    one.emulator.act.revokeKey({ key: one.emulator.adminKey });
    await expect(one.apply()).rejects.toMatchObject({ code: 'KEY_REFUSED' });
    expect(await row(one, 'jobs', job!.uuid)).toMatchObject({ title: 'Told' });
    expect(await one.events()).toMatchObject([{ state: 'waiting' }, { state: 'done', outcome: 'applied' }]);
  });
});

describe('events that come while others are applied', () => {
  it('do not wait for all of the reading', async () => {
    const one = await mirrored();
    const uuids = [...one.emulator.state.interviews.keys()].slice(0, 6);
    for (const uuid of uuids) await one.deliver('InterviewDeleted', 'Interview', { uuid });
    const [job] = one.emulator.state.jobs.values();
    const body = await object(one, `/jobs/${job!.uuid}`);
    one.emulator.requests.length = 0;
    const titles: unknown[] = [];
    one.emulator.onRequest(async () => {
      if (titles.length === 0) {
        await one.deliver('JobUpdated', 'Job', {
          ...body,
          title: 'Quick',
          updated_at: '2099-01-01T00:00:00Z',
        });
      }
      titles.push((await row(one, 'jobs', job!.uuid)).title);
    });
    expect((await one.apply({ readsAtOnce: 1 })).outcomes).toMatchObject({ applied: 1, read: 6 });
    expect(titles).toEqual([job!.title, ...Array(5).fill('Quick')]);
  });

  it('are not missed when they are committed after later ones', async () => {
    const one = await mirrored();
    const [early, late] = [...one.emulator.state.interviews.keys()];
    const insert = `insert into sync.webhook_events (event, payload_type, body)
      values ('InterviewDeleted', 'Interview', jsonb_build_object('uuid', $1::text)::text)`;
    const slow = await one.mirror.client.connect();
    await slow.query('begin');
    await slow.query(insert, [early]);
    await one.mirror.client.query(insert, [late]);
    const stop = one.emulator.onRequest(async () => {
      stop();
      await slow.query('commit');
    });
    expect((await one.apply()).outcomes).toMatchObject({ read: 2 });
    slow.release();
  });
});

describe('many events', () => {
  it('3,000 are applied in several batches, one row each, without a request', {
    tags: ['rare'],
  }, async () => {
    const one = await mirrored({ jobs: 100 });
    const jobs = await one.mirror.rows<{ raw: Json }>('select raw from sparkhire.jobs');
    const bodies = Array.from({ length: 3000 }, (_, n) => {
      const raw = jobs[n % jobs.length]!.raw;
      const time = new Date(Date.parse('2090-01-01T00:00:00Z') + ((n * 7919) % 3000) * 1000).toISOString();
      return JSON.stringify({ ...raw, title: `At ${time}`, updated_at: time });
    });
    await one.mirror.rows(
      `insert into sync.webhook_events (event, payload_type, body)
       select 'JobUpdated', 'Job Post', body from unnest($1::text[]) as b(body)`,
      [bodies],
    );
    const { outcomes: ended } = await one.apply();
    expect(ended.applied + ended.superseded + ended.stale).toBe(3000);
    expect(gets(one)).toEqual([]);
    const others = await one.mirror.rows(
      `with told as (
         select body::jsonb ->> 'uuid' as uuid, max(body::jsonb ->> 'updated_at') as latest
         from sync.webhook_events group by 1
       )
       select from sparkhire.jobs j join told on told.uuid = j.uuid::text where title <> 'At ' || latest`,
    );
    expect(others).toEqual([]);
    expect(await outcomes(one)).not.toContain(null);
  });
});
