/**
 * Processes that stand still, and several at the same time: what they decided is not sent late, and nobody is invited twice.
 * @module-tag rare
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccountSession } from '../../../../src/account-session.js';
import { execute } from '../../../../src/push/send/execute.js';
import { Died, type Step } from '../../../../src/push/send/sending.js';
import {
  type Applied,
  allSynced,
  interview,
  job,
  meansOf,
  onceEach,
  openApplied,
  type RoundOptions,
  stillClock,
} from './fixture.js';

let applied: Applied;
beforeEach(async () => {
  applied = await openApplied();
});
afterEach(() => applied.close());

describe('a process that stands still', () => {
  it.each([
    ['for ten seconds', { monotonic: 10_000, now: 10_000 }],
    [
      'for a minute while its machine was suspended, as the time of day alone shows',
      { monotonic: 0, now: 60_000 },
    ],
    ['for four seconds, and as long while its machine was suspended', { monotonic: 4_000, now: 8_000 }],
    ['while the time of day was set back', { monotonic: 4_000, now: -60_000 }],
  ])('a process that stands still between the commit and the sending never sends: %s', async (_, passed) => {
    await applied.invite(1);
    const clock = stillClock();
    let late = 0;
    const { created } = await applied.round({
      clock,
      onStep(step, { resource }) {
        if (step !== 'marked' || resource !== 'interviews') return;
        late += 1;
        clock.pass(passed);
      },
    });
    expect(created).toBe(1);
    expect(late).toBe(3);
    expect(
      applied.emulator.requests.filter(({ method, path }) => method === 'POST' && /interviews$/.test(path)),
    ).toEqual([]);
    expect(await applied.rows(`select * from sync.intents where resource = 'interviews'`)).toEqual([]);
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'pending' });
    await applied.rounds();
    expect(applied.invitations()).toEqual(onceEach(1));
  });

  it('a process that stands still for less than five seconds sends, however short the settling time', async () => {
    await applied.invite(1);
    const clock = stillClock();
    const onStep = (step: Step) => {
      if (step !== 'marked') return;
      clock.pass({ monotonic: 4900, now: 4900 });
    };
    expect(await applied.round({ clock, onStep, settleMs: 1 })).toMatchObject({ created: 2 });
  });

  it('a process without the lock does not send', async () => {
    await applied.invite(1);
    let held = true;
    const session = await applied.process({
      async fence() {
        if (!held) throw new Error('the lock is lost');
      },
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

  it('a process that stands still before the commit leaves its intent to the successor', async () => {
    await applied.invite(1);
    const successor = await applied.process();
    const pushed = await applied.round({
      async onStep(step, { resource }) {
        if (step === 'leaving' && resource === 'interviews') await applied.round({ session: successor });
      },
    });
    expect(pushed).toMatchObject({ created: 1 });
    expect(applied.invitations()).toEqual(onceEach(1));
    await applied.rounds();
    expect(applied.invitations()).toEqual(onceEach(1));
    expect(applied.emulator.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
  });
});

describe('a successor of a process that stands still after the commit, and sends late', () => {
  const hasty = async () => ({ session: await applied.process(), settleMs: 1 });
  /** Rounds of the successor, who takes the other for dead: more looks than are needed, a moment after the commit. */
  async function takeOver(successor: RoundOptions): Promise<void> {
    for (let looks = 0; looks < 5; looks += 1) {
      await applied.round(successor);
      await applied.rows(
        `update sync.intents set look_at = clock_timestamp(), sent_at = clock_timestamp() - interval '0.1 s'
         where state = 'unknown'`,
      );
    }
  }

  it('an invitation that leaves late is one, however short the settling time of the successor', async () => {
    await applied.invite(1);
    const successor = await hasty();
    await applied.round({
      async onStep(step, { resource }) {
        if (step === 'marked' && resource === 'interviews') await takeOver(successor);
      },
    });
    await applied.rounds(successor);
    expect(applied.invitations()).toEqual(onceEach(1));
    expect(await applied.states('interviews')).toEqual(allSynced(1));
  });

  it('a change that leaves late does not overwrite what is wanted by then', async () => {
    await applied.put('jobs', [job('J-1')]);
    await applied.round();
    const successor = await hasty();
    await applied.put('jobs', [job('J-1', { title: 'Head Baker' })]);
    await applied.round({
      async onStep(step) {
        if (step !== 'marked') return;
        await applied.put('jobs', [job('J-1', { title: 'Master Baker' })]);
        await takeOver(successor);
      },
    });
    await applied.rounds(successor);
    expect([...applied.emulator.state.jobs.values()].map(({ title }) => title)).toEqual(['Master Baker']);
    expect(await applied.states('jobs')).toEqual({ 'J-1': 'synced' });
  });
});

describe('the settling time', () => {
  const second = { settleMs: 1000 };
  /** @returns how long it was waited for until it was sent again, in milliseconds */
  async function waitedFor(options: RoundOptions): Promise<number> {
    let waited = 0;
    while ((await applied.rows(`select from sync.intents where error = 'absent'`)).length === 0) {
      waited += await applied.untilDue();
      await applied.round(options);
    }
    await applied.rounds(options);
    expect(applied.invitations()).toEqual(onceEach(1));
    return waited;
  }
  const died = (at: Step) =>
    applied.round({
      ...second,
      onStep(step, { resource }) {
        if (step === at && resource === 'interviews') throw new Died('killed');
      },
    });

  it('a lost answer is waited for no longer than the settling time', async () => {
    await applied.invite(1);
    const effect = { kind: 'reset', when: 'before' } as const;
    applied.emulator.faults.add({ method: 'POST', path: '/interviews$', count: 1, effect });
    await applied.round(second);
    expect(await waitedFor(second)).toBeLessThanOrEqual(1000);
  });

  it('a write of a process that died is looked for five seconds longer', async () => {
    await applied.invite(1);
    await expect(died('marked')).rejects.toThrow('killed');
    const successor = { ...second, session: await applied.process() };
    await applied.round(successor);
    await waitedFor(successor);
    const [absent] = await applied.rows<{ late: boolean }>(
      `select updated_at - sent_at >= interval '6 s' as late from sync.intents where error = 'absent'`,
    );
    expect(absent).toEqual({ late: true });
  });

  it('a write that a process made before it died is found without waiting', async () => {
    await applied.invite(1);
    await expect(died('answered')).rejects.toThrow('killed');
    await applied.round({ session: await applied.process() });
    expect(await applied.states('interviews')).toEqual(allSynced(1));
    expect(applied.invitations()).toEqual(onceEach(1));
  });
});

describe('what changed while it waited', () => {
  it.each([
    ['canceled', interview('I-1', 'c1@example.org', { desired: 'canceled' })],
    ['withdrawn', interview('I-1', 'c1@example.org', { deleted_at: '2026-01-01T00:00:00Z' })],
    ['given another address', interview('I-1', 'else@example.org')],
  ])('an invitation that was %s since is not sent as it was', async (_, row) => {
    await applied.invite(1);
    const pushed = await applied.round({
      between: async (of) => void (of === 'interviews' && (await applied.put('interviews', [row]))),
    });
    expect(pushed).toMatchObject({ created: 1 });
    expect(applied.invitations()).toEqual({});
    await applied.rounds();
    expect(applied.invitations()).toEqual(
      row.candidate_email === 'else@example.org' ? { 'else@example.org': 1 } : {},
    );
  });

  it('an invitation that a loader changed past the triggers is not sent as it was', async () => {
    await applied.invite(1);
    const past = async () => {
      await applied.rows(`begin; set local session_replication_role = replica;
        update ats.interviews set candidate_email = 'else@example.org'; commit`);
    };
    const pushed = await applied.round({
      between: async (of) => void (of === 'interviews' && (await past())),
    });
    expect(pushed).toMatchObject({ created: 1 });
    expect(applied.invitations()).toEqual({});
  });

  it('an invitation of unknown outcome that is withdrawn meanwhile is found, then canceled', async () => {
    await applied.invite(1);
    const path = '/interviews$';
    applied.emulator.faults.add({ method: 'POST', path, effect: { kind: 'reset', when: 'after' } });
    // Nor can it be looked for at once.
    const unread = applied.emulator.faults.add({
      method: 'GET',
      path: '/interviews',
      effect: { kind: 'html' },
    });
    await applied.round();
    applied.emulator.faults.remove(unread);
    await applied.put('interviews', [interview('I-1', 'c1@example.org', { desired: 'canceled' })]);
    await applied.round();
    // Its turn in the queue is over before the outcome is known.
    expect(await applied.rows(`select * from sync.desired_queue where resource = 'interviews'`)).toEqual([]);
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'in_flight' });
    await applied.rounds();
    expect([...applied.emulator.state.interviews.values()].map(({ status }) => status)).toEqual(['canceled']);
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'gone' });
    expect(applied.invitations()).toEqual(onceEach(1));
  });

  it('of three processes that decide the same one sends', async () => {
    await applied.put('jobs', [job('J-1')]);
    await applied.round();
    await applied.invite(3);
    const all = await applied.decided('interviews', ['I-1', 'I-2', 'I-3']);
    const actions = all.map(({ decision }) => decision.action!);
    const contexts = all.map(({ context }) => context);
    const sessions = [await applied.process(), await applied.process(), await applied.process()];
    const send = (session: AccountSession) =>
      Promise.all(
        actions.map((action, index) => execute(meansOf(session), { action, context: contexts[index]! })),
      );
    await Promise.all(sessions.map(send));
    // The same once more, from what was decided long ago.
    await send(sessions[0]!);
    expect(applied.invitations()).toEqual(onceEach(3));
  });

  it('three processes push at the same time, each as if the others were gone, and everybody is invited once', async () => {
    await applied.invite(6);
    const sessions = [await applied.process(), await applied.process(), await applied.process()];
    await Promise.all(sessions.map((session) => applied.round({ session })));
    await applied.rounds();
    expect(applied.invitations()).toEqual(onceEach(6));
    expect(applied.emulator.state.jobs.size).toBe(1);
    expect(await applied.states('interviews')).toEqual(allSynced(6));
  });
});
