/** Answers that are lost, processes that die, processes that stand still: everybody is invited, and nobody twice. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { carryOut } from '../../src/apply/carry-out.js';
import { closeAbandoned } from '../../src/apply/intents.js';
import { Died, type Step } from '../../src/apply/sending.js';
import { settleUnknown } from '../../src/apply/settle.js';
import { sleep, systemClock } from '../../src/clock.js';
import type { FaultEffect } from '../../src/emulator/faults.js';
import { type Applied, interview, job, onceEach, openApplied, settleMs } from './apply-fixture.js';

let applied: Applied;
beforeEach(async () => {
  applied = await openApplied();
});
afterEach(() => applied.close());

const allSynced = (n: number) =>
  Object.fromEntries(Array.from({ length: n }, (_, i) => [`I-${i + 1}`, 'synced']).sort());

const afterwards: Array<[string, FaultEffect]> = [
  ['a reset', { kind: 'reset', when: 'after' }],
  ['silence', { kind: 'hang', when: 'after' }],
  ['a 500', { kind: 'status', status: 500, when: 'after' }],
  ['a 503 of HTML', { kind: 'status', status: 503, when: 'after', body: 'html' }],
  ['a 408', { kind: 'status', status: 408, when: 'after' }],
  ['half of the answer', { kind: 'truncated' }],
  ['half of the answer and a broken connection', { kind: 'truncated', closes: true }],
  ['a page of HTML with status 200', { kind: 'html' }],
];
const before: Array<[string, FaultEffect]> = [
  ['a reset', { kind: 'reset', when: 'before' }],
  ['silence', { kind: 'hang', when: 'before' }],
  ['a 500', { kind: 'status', status: 500, when: 'before' }],
];

describe('the answer to an invitation is lost', () => {
  it.each(afterwards)('after it was sent: %s', async (_, effect) => {
    await applied.invite(4);
    applied.emulator.faults.add({ method: 'POST', path: '/interviews$', every: 2, effect });
    const counts = await applied.round();
    expect(counts.created).toBe(3);
    expect(counts.unknown).toBe(2);
    await applied.rounds();
    expect(applied.invitations()).toEqual(onceEach(4));
    expect(await applied.states('interviews')).toEqual(allSynced(4));
    expect(await applied.rows('select distinct how from sync.links')).toEqual([{ how: 'created' }]);
    // Found, not sent again.
    expect(applied.emulator.state.interviews.size).toBe(4);
  });

  it.each(before)('before anything was made: %s', async (_, effect) => {
    await applied.invite(4);
    applied.emulator.faults.add({ method: 'POST', path: '/interviews$', every: 2, count: 2, effect });
    expect((await applied.round()).unknown).toBe(2);
    expect(applied.invitations()).not.toEqual(onceEach(4));
    await applied.rounds();
    expect(applied.invitations()).toEqual(onceEach(4));
    expect(await applied.states('interviews')).toEqual(allSynced(4));
    expect(
      await applied.rows(
        `select error, count(*)::int as n from sync.intents where state = 'rejected' group by 1`,
      ),
    ).toEqual([{ error: 'absent', n: 2 }]);
    expect(await applied.rows('select * from sync.issues where resolved_at is null')).toEqual([]);
  });

  it('of a job and of a user', async () => {
    applied.emulator.faults.add({
      method: 'POST',
      path: '/(jobs|users)$',
      effect: { kind: 'reset', when: 'after' },
    });
    const ada = { ats_id: 'U-1', name: 'Ada Byron', email: 'Ada@example.org', role: 'standard' };
    await applied.put('users', [ada]);
    await applied.invite(2);
    const users = applied.emulator.state.users.size;
    await applied.rounds();
    expect(applied.emulator.state.jobs.size).toBe(1);
    expect(applied.emulator.state.users.size).toBe(users + 1);
    // The interviews waited for their job.
    await applied.round();
    expect(applied.invitations()).toEqual(onceEach(2));
  });

  it('an array for one candidate, or one object, is the interview', async () => {
    await applied.invite(2);
    applied.emulator.faults.add({
      method: 'POST',
      path: '/interviews$',
      nth: 1,
      effect: { kind: 'wrong-shape' },
    });
    expect((await applied.round()).created).toBe(3);
    expect(applied.invitations()).toEqual(onceEach(2));
  });

  it('of changes: they are repeated, and what was done is seen', async () => {
    await applied.invite(2);
    await applied.round();
    applied.emulator.faults.add({ method: 'PUT', count: 7, effect: { kind: 'reset', when: 'after' } });
    await applied.put('jobs', [job('J-1', { title: 'Head Baker' })]);
    await applied.put('interviews', [interview('I-1', 'c1@example.org', { desired: 'canceled' })]);
    await applied.rounds();
    expect([...applied.emulator.state.jobs.values()][0]!.title).toBe('Head Baker');
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'gone', 'I-2': 'synced' });
    expect(applied.emulator.outbox.filter(({ kind }) => kind === 'interview_canceled')).toHaveLength(1);
  });

  it('of a share link: one is made', async () => {
    await applied.invite(1);
    await applied.round();
    const [made] = [...applied.emulator.state.interviews.values()];
    applied.emulator.act.completeInterview(made!.uuid);
    await applied.mirror.pull(applied.emulator);
    applied.emulator.faults.add({
      method: 'POST',
      path: 'share_link',
      effect: { kind: 'reset', when: 'after' },
    });
    // Nothing else of the row: another deadline of a completed one would be refused.
    await applied.rows("update ats.interviews set share = true where ats_id = 'I-1'");
    await applied.rounds();
    expect(
      applied.emulator.requests.filter(({ method, path }) => method === 'POST' && /share/.test(path)),
    ).toHaveLength(1);
    expect(await applied.rows('select share_url from sparkhire.interviews')).toEqual([
      { share_url: made!.shareLink!.url },
    ]);
  });
});

/** Until the next look at what is unknown is due. */
async function untilDue(): Promise<void> {
  const [next] = await applied.rows<{ ms: number | null }>(
    `select extract(epoch from min(look_at) - clock_timestamp())::float8 * 1000 as ms
     from sync.intents where state = 'unknown'`,
  );
  if (next!.ms !== null) await sleep(systemClock, Math.max(1, next!.ms));
}

describe('a process that dies', () => {
  const steps: Step[] = ['prepared', 'leaving', 'marked', 'answered', 'recorded'];
  it.each(steps)('at the step "%s" of each invitation: the next one puts it in order', async (step) => {
    await applied.invite(5);
    // Each invitation meets its death once, in a process of its own.
    const met = new Set<string>();
    for (let life = 0; met.size < 6 && life < 60; life += 1) {
      const session = await applied.process();
      await closeAbandoned(session.db, 'default');
      await untilDue();
      await applied
        .round({
          session,
          concurrency: 2,
          onStep(at, intent) {
            if (at !== step || intent.action !== 'create' || met.has(intent.atsId)) return;
            met.add(intent.atsId);
            throw new Died('killed');
          },
        })
        .catch((error) => expect(error).toBeInstanceOf(Died));
    }
    expect(met.size).toBe(6);
    await applied.rounds();
    expect(applied.invitations()).toEqual(onceEach(5));
    expect(applied.emulator.state.jobs.size).toBe(1);
    expect(await applied.states('interviews')).toEqual(allSynced(5));
  });

  it('with the request on its way: it is found', async () => {
    await applied.invite(1);
    const stop = new AbortController();
    const first = await applied.process(stop.signal);
    applied.emulator.faults.add({
      method: 'POST',
      path: '/interviews$',
      effect: { kind: 'hang', when: 'after' },
    });
    // The work is told to stop while the request is under way: it is waited for, and its outcome is unknown.
    applied.emulator.onRequest(({ method, path }) => {
      if (method === 'POST' && path.endsWith('/interviews')) stop.abort(new Error('SIGTERM'));
    });
    await expect(applied.round({ session: first })).rejects.toThrow('SIGTERM');
    expect(await applied.rows('select state from sync.intents where resource = $1', ['interviews'])).toEqual([
      { state: 'unknown' },
    ]);
    applied.emulator.faults.clear();
    await applied.rounds();
    expect(applied.invitations()).toEqual(onceEach(1));
  });
});

describe('a process that stands still', () => {
  it('between the commit and the sending never sends', async () => {
    await applied.invite(1);
    await applied
      .round({ between: async (of) => void (of === 'interviews' && (await hold())) })
      .catch(() => {});
    const session = await applied.process();
    let late = 0;
    let shift = 0;
    const clock = {
      ...systemClock,
      monotonic: () => systemClock.monotonic() + shift,
      now: () => Date.now() + shift,
    };
    const all = await applied.decided('interviews');
    const actions = all.map(({ decision }) => decision.action!);
    const contexts = all.map(({ context }) => context);
    const counts = await carryOut(session, actions, contexts, {
      settleMs,
      clock,
      onStep(step) {
        if (step !== 'marked') return;
        late += 1;
        shift += 10_000;
      },
    });
    expect(counts).toMatchObject({ created: 0, postponed: 1 });
    expect(late).toBe(3);
    expect(applied.invitations()).toEqual({});
    expect(await applied.rows(`select * from sync.intents where resource = 'interviews'`)).toEqual([]);
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'pending' });
    await applied.rounds();
    expect(applied.invitations()).toEqual(onceEach(1));
  });

  it('whose machine was suspended shows it in the time of day alone', async () => {
    await applied.invite(1);
    let shift = 0;
    const clock = { ...systemClock, now: () => Date.now() + shift };
    const counts = await applied.round({
      clock,
      onStep(step) {
        if (step === 'marked') shift += 60_000;
      },
    });
    expect(counts).toMatchObject({ created: 0 });
    expect(applied.emulator.requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('without the lock does not send', async () => {
    await applied.invite(1);
    let held = true;
    const session = await applied.process(undefined, async () => {
      if (!held) throw new Error('the lock is lost');
    });
    await expect(
      applied.round({
        session,
        async between(of) {
          held = of !== 'interviews';
        },
      }),
    ).rejects.toThrow('the lock is lost');
    expect(applied.invitations()).toEqual({});
    await applied.rounds();
    expect(applied.invitations()).toEqual(onceEach(1));
  });

  it('finds its intent taken over, and leaves it to the successor', async () => {
    await applied.invite(1);
    const counts = await applied.round({
      async onStep(step, { resource }) {
        // Between its preparing and its leaving another process has taken the account.
        if (step === 'leaving' && resource === 'interviews')
          await applied.rows(`delete from sync.intents where state = 'prepared'`);
      },
    });
    expect(counts).toMatchObject({ created: 1, postponed: 1 });
    expect(applied.invitations()).toEqual({});
    await applied.rounds();
    expect(applied.invitations()).toEqual(onceEach(1));
  });
});

/** A session that cannot send, so that the rows stay pending. */
async function hold(): Promise<void> {
  throw new Error('held');
}

describe('what changed while it waited', () => {
  it.each([
    ['canceled', interview('I-1', 'c1@example.org', { desired: 'canceled' })],
    ['withdrawn', interview('I-1', 'c1@example.org', { deleted_at: '2026-01-01T00:00:00Z' })],
    ['given another address', interview('I-1', 'else@example.org')],
  ])('an invitation that was %s since is not sent as it was', async (_, row) => {
    await applied.invite(1);
    const counts = await applied.round({
      between: async (of) => void (of === 'interviews' && (await applied.put('interviews', [row]))),
    });
    expect(counts).toMatchObject({ created: 1, postponed: 1 });
    expect(applied.invitations()).toEqual({});
    await applied.rounds();
    expect(applied.invitations()).toEqual(
      row.candidate_email === 'else@example.org' ? { 'else@example.org': 1 } : {},
    );
  });

  it('also where a loader went past the triggers', async () => {
    await applied.invite(1);
    const past = async () => {
      await applied.rows(`begin; set local session_replication_role = replica;
        update ats.interviews set candidate_email = 'else@example.org'; commit`);
    };
    const counts = await applied.round({
      between: async (of) => void (of === 'interviews' && (await past())),
    });
    expect(counts).toMatchObject({ created: 1, postponed: 1 });
    expect(applied.invitations()).toEqual({});
  });

  it('an invitation of unknown outcome that is withdrawn meanwhile is found, then canceled', async () => {
    await applied.invite(1);
    const path = '/interviews$';
    applied.emulator.faults.add({ method: 'POST', path, effect: { kind: 'reset', when: 'after' } });
    await applied.round();
    await applied.put('interviews', [interview('I-1', 'c1@example.org', { desired: 'canceled' })]);
    await applied.decided('interviews');
    // Its turn in the queue is over before the outcome is known.
    expect(await applied.rows(`select * from sync.desired_queue where resource = 'interviews'`)).toEqual([]);
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'in_flight' });
    await applied.rounds();
    expect([...applied.emulator.state.interviews.values()].map(({ status }) => status)).toEqual(['canceled']);
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'gone' });
    expect(applied.invitations()).toEqual(onceEach(1));
  });

  it('two processes decide the same: one of them sends', async () => {
    await applied.invite(3);
    await applied
      .round({ between: async (of) => void (of === 'interviews' && (await hold())) })
      .catch(() => {});
    const all = await applied.decided('interviews');
    const actions = all.map(({ decision }) => decision.action!);
    const contexts = all.map(({ context }) => context);
    const sessions = [await applied.process(), await applied.process(), await applied.process()];
    await Promise.all(sessions.map((session) => carryOut(session, actions, contexts, { settleMs })));
    // The same once more, from what was decided long ago.
    await carryOut(sessions[0]!, actions, contexts, { settleMs });
    expect(applied.invitations()).toEqual(onceEach(3));
  });
});

describe('what cannot be told', () => {
  const lose = (count: number) =>
    applied.emulator.faults.add({
      method: 'POST',
      path: '/interviews$',
      count,
      effect: { kind: 'reset', when: 'before' },
    });
  const settled = async () => {
    const session = await applied.process();
    for (;;) {
      const { nextLookInMs } = await settleUnknown(session, { settleSeconds: settleMs / 1000 });
      if (nextLookInMs === null) return;
      await sleep(systemClock, Math.max(1, nextLookInMs));
    }
  };
  const conflicts = () =>
    applied.rows<{ id: string; ats_id: string; kind: string; sparkhire_value: Array<{ uuid: string }> }>(
      'select id, ats_id, kind, sparkhire_value from sync.conflicts where resolved_at is null',
    );
  const resolve = (choice: string) =>
    applied.rows(
      `update sync.conflicts set resolved_at = now(), resolution = $1, resolved_by = 'somebody' where resolved_at is null`,
      [choice],
    );
  async function strangerAppears(email: string) {
    await applied.invite(1);
    lose(1);
    await applied.round();
    const [made] = [...applied.emulator.state.jobs.values()];
    const stranger = applied.emulator.act.addInterview({ jobUuid: made!.uuid, email });
    applied.emulator.outbox.length = 0;
    await settled();
    return stranger;
  }

  it('a stranger of the job is shown to a person; what they say is done', async () => {
    const stranger = await strangerAppears('someone@example.org');
    expect(await conflicts()).toMatchObject([
      { kind: 'unknown_outcome', ats_id: 'I-1', sparkhire_value: [{ uuid: stranger.uuid }] },
    ]);
    await applied.round();
    await applied.round();
    expect(applied.invitations()).toEqual({});
    expect(await conflicts()).toHaveLength(1);
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'conflict' });

    await resolve('send');
    await applied.rounds();
    expect(applied.invitations()).toEqual({ 'c1@example.org': 1 });
    expect(await conflicts()).toEqual([]);
  });

  it('linked to what a person points at', async () => {
    const stranger = await strangerAppears('someone@example.org');
    await resolve(`link:${stranger.uuid}`);
    await applied.mirror.pull(applied.emulator);
    await applied.rounds();
    expect(applied.invitations()).toEqual({});
    expect(await applied.rows(`select uuid, how from sync.links where resource = 'interviews'`)).toEqual([
      { uuid: stranger.uuid, how: 'resolved' },
    ]);
  });

  it('left alone if a person says so', async () => {
    await strangerAppears('someone@example.org');
    await resolve('none');
    await applied.rounds();
    await applied.rounds();
    expect(applied.invitations()).toEqual({});
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'gone' });
  });

  it('two that fit are shown to a person', async () => {
    await applied.invite(1);
    lose(1);
    await applied.round();
    const [made] = [...applied.emulator.state.jobs.values()];
    const email = 'C1@Example.org';
    const fitting = [1, 2].map(() => applied.emulator.act.addInterview({ jobUuid: made!.uuid, email }).uuid);
    await settled();
    const [conflict] = await conflicts();
    expect(conflict!.sparkhire_value.map(({ uuid }) => uuid).sort()).toEqual(fitting.sort());
  });

  it('is looked for at least three times, the last time when it has settled', async () => {
    await applied.invite(1);
    lose(1);
    await applied.round();
    const asked = applied.emulator.requests.length;
    await settled();
    const looks = applied.emulator.requests
      .slice(asked)
      .filter(({ path, query }) => path.endsWith('/interviews') && query.includes('updated_desc'));
    const [intent] = await applied.rows<{ at: number }>(
      `select extract(epoch from sent_at)::float8 * 1000 as at from sync.intents where error = 'absent'`,
    );
    expect(looks.length).toBeGreaterThanOrEqual(3);
    expect(looks.at(-1)!.at).toBeGreaterThanOrEqual(Math.floor(intent!.at + settleMs));
  });

  it('is not kept up by a listing that fails now and then', async () => {
    await applied.invite(2);
    const path = '/interviews$';
    applied.emulator.faults.add({ method: 'POST', path, effect: { kind: 'reset', when: 'after' } });
    // Five times: the client gives this one up.
    const failing = { kind: 'status', status: 500 } as const;
    applied.emulator.faults.add({ method: 'GET', path: '/interviews', count: 5, effect: failing });
    applied.emulator.faults.add({ method: 'GET', path: '/me$', count: 5, effect: failing });
    await applied.rounds();
    expect(applied.invitations()).toEqual(onceEach(2));
    expect(applied.emulator.state.interviews.size).toBe(2);
  });

  it('sees by the clock of the server, however far it is from this one', async () => {
    applied.emulator.clock.advance(3 * 3_600_000);
    await applied.invite(2);
    applied.emulator.faults.add({
      method: 'POST',
      path: '/interviews$',
      effect: { kind: 'reset', when: 'after' },
    });
    await applied.round();
    await applied.rounds();
    expect(applied.invitations()).toEqual(onceEach(2));
  });
});
