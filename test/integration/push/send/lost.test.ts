/**
 * Answers that are lost, processes that die: everybody is invited, and nobody twice.
 * @module-tag rare
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FaultEffect } from '#emulators/emulation/faults';
import type { AccountSession } from '../../../../src/account-session.js';
import { settleUnknown } from '../../../../src/push/lost/settle.js';
import { Died, type Step } from '../../../../src/push/send/sending.js';
import { inTurn } from '../../../support/rotation.js';
import {
  type Applied,
  allSynced,
  givingUp,
  interview,
  job,
  onceEach,
  openApplied,
  settleMs,
} from './fixture.js';

let applied: Applied;
beforeEach(async () => {
  applied = await openApplied();
});
afterEach(() => applied.close());

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

/** Rounds of a process that does not wait for an answer that never comes: one request at a time tells which it is. */
async function patientFor(effect: FaultEffect) {
  if (effect.kind !== 'hang') return {};
  const session = await applied.process({ clock: givingUp(applied.emulator, effect.when) });
  return { session, concurrency: 1 };
}

/** Writes of invitations that met a fault. */
const lost = () =>
  applied.emulator.requests.filter(({ method, fault }) => method === 'POST' && fault !== null).length;

describe('the answer to an invitation is lost', () => {
  it.each(inTurn(afterwards))(
    'an invitation whose answer is lost after it was sent is found: %s',
    async (_, effect) => {
      await applied.invite(4);
      applied.emulator.faults.add({ method: 'POST', path: '/interviews$', every: 2, effect });
      await applied.rounds(await patientFor(effect));
      expect(lost()).toBe(2);
      expect(applied.invitations()).toEqual(onceEach(4));
      expect(await applied.states('interviews')).toEqual(allSynced(4));
      expect(await applied.rows('select distinct how from sync.links')).toEqual([{ how: 'created' }]);
      // Found, not sent again.
      expect(applied.emulator.state.interviews.size).toBe(4);
    },
  );

  it.each(inTurn(before))(
    'an invitation that is lost before anything was made is sent again: %s',
    async (_, effect) => {
      await applied.invite(4);
      applied.emulator.faults.add({ method: 'POST', path: '/interviews$', every: 2, count: 2, effect });
      const options = await patientFor(effect);
      await applied.round(options);
      expect(lost()).toBe(2);
      expect(Object.keys(applied.invitations())).toHaveLength(2);
      await applied.rounds(options);
      expect(applied.invitations()).toEqual(onceEach(4));
      expect(await applied.states('interviews')).toEqual(allSynced(4));
      expect(
        await applied.rows(
          `select error, count(*)::int as n from sync.intents where state = 'rejected' group by 1`,
        ),
      ).toEqual([{ error: 'absent', n: 2 }]);
      expect(await applied.rows('select * from sync.issues where resolved_at is null')).toEqual([]);
    },
  );

  it.each(['local', 'no-offset'] as const)(
    'what was made is found where times name no offset: %s',
    async (timestampFormat) => {
      applied.emulator.switches.timestampFormat = timestampFormat;
      applied.emulator.faults.add({ method: 'POST', effect: { kind: 'reset', when: 'after' }, count: 4 });
      await applied.invite(3);
      await applied.rounds();
      expect(applied.invitations()).toEqual(onceEach(3));
      expect(applied.emulator.state.jobs.size).toBe(1);
      expect(applied.emulator.state.interviews.size).toBe(3);
    },
  );

  it("what was made is found where Spark Hire's servers have clocks of their own", async () => {
    const { emulator } = applied;
    const behindMs = 9 * 60_000;
    const late = new Set<string>();
    await applied.invite(2);
    emulator.faults.add({ method: 'POST', path: '/interviews$', effect: { kind: 'reset', when: 'after' } });
    emulator.onRequest(() => {
      for (const made of emulator.state.interviews.values()) {
        if (late.has(made.uuid)) continue;
        late.add(made.uuid);
        emulator.state.interviews.change(made, (one) => {
          one.createdAt -= behindMs;
          one.updatedAt -= behindMs;
        });
      }
    });
    await applied.rounds();
    expect(applied.invitations()).toEqual(onceEach(2));
    expect(await applied.states('interviews')).toEqual(allSynced(2));
  });

  it('an invitation that turns out to be absent while a round writes is sent in that round: no other may come', async () => {
    await applied.invite(1);
    applied.emulator.faults.add({
      method: 'POST',
      path: '/interviews$',
      nth: 1,
      effect: { kind: 'reset', when: 'before' },
    });
    await applied.round();
    await applied.untilDue();
    await applied.round();
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'in_flight' });
    await applied.put('jobs', [job('J-2')]);
    // The last look is due once the round has begun.
    await applied.round({ between: async () => void (await applied.untilDue()) });
    expect(await applied.states('interviews')).toEqual(allSynced(1));
    expect(applied.invitations()).toEqual(onceEach(1));
  });

  it('a job and a user whose answers are lost are made once', async () => {
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
    await applied.rounds();
    expect(applied.invitations()).toEqual(onceEach(2));
  });

  it('an answer of another shape is the interview all the same', async () => {
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

  it('a change whose answer is lost is repeated, and what was done is seen', async () => {
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

  it('a share link whose answer is lost is made once', async () => {
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

describe('a process that dies', () => {
  const steps: Step[] = ['prepared', 'leaving', 'marked', 'answered', 'recorded'];
  it.each(inTurn(steps))(
    'a process that dies at the step "%s" of each invitation leaves it to the next one',
    async (step) => {
      await applied.invite(5);
      // Each invitation meets its death once, in a process of its own.
      const met = new Set<string>();
      for (let life = 0; met.size < 6 && life < 60; life += 1) {
        const session = await applied.process();
        await applied.untilDue();
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
    },
  );

  it('an invitation that is on its way when the process is told to stop is found', async () => {
    await applied.invite(1);
    const stop = new AbortController();
    const clock = givingUp(applied.emulator, 'after');
    const first = await applied.process({ signal: stop.signal, clock });
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

describe('what cannot be told', () => {
  const lose = (count: number) =>
    applied.emulator.faults.add({
      method: 'POST',
      path: '/interviews$',
      count,
      effect: { kind: 'reset', when: 'before' },
    });
  const look = (session: AccountSession) => settleUnknown(session, { settleSeconds: settleMs / 1000 });
  const settled = async () => {
    const session = await applied.process();
    while ((await look(session)).nextLookInMs !== null) await applied.untilDue();
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

  it('a stranger of the job is shown to a person, who has it sent', async () => {
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

  it('an invitation of unknown outcome is linked to what a person points at', async () => {
    const stranger = await strangerAppears('someone@example.org');
    await resolve(`link:${stranger.uuid}`);
    await applied.mirror.pull(applied.emulator);
    await applied.rounds();
    expect(applied.invitations()).toEqual({});
    expect(await applied.rows(`select uuid, how from sync.links where resource = 'interviews'`)).toEqual([
      { uuid: stranger.uuid, how: 'resolved' },
    ]);
  });

  it('an invitation of unknown outcome is left alone if a person says so', async () => {
    await strangerAppears('someone@example.org');
    await resolve('none');
    await applied.rounds();
    await applied.rounds();
    expect(applied.invitations()).toEqual({});
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'gone' });
  });

  it('an intent that cannot be read any more is shown to a person, and the others are looked for', async () => {
    await applied.invite(3);
    lose(2);
    await applied.round();
    const [emptied] = await applied.rows<{ ats_id: string }>(
      `update sync.intents set detail = '{"final": "synced", "erased": true}'
       where id = (select min(id) from sync.intents where state = 'unknown') returning ats_id`,
    );
    await settled();
    const asked = await conflicts();
    expect(asked).toMatchObject([{ kind: 'unknown_outcome', ats_id: emptied!.ats_id, sparkhire_value: [] }]);
    expect(Object.values(await applied.states('interviews')).sort()).toEqual([
      'conflict',
      'pending',
      'synced',
    ]);
    await resolve('send');
    await applied.rounds();
    expect(await applied.states('interviews')).toEqual(allSynced(3));
    expect(applied.invitations()).toEqual(onceEach(3));
  });

  it('two interviews that fit are shown to a person', async () => {
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

  it('an invitation of unknown outcome is looked for at least three times, and until it has settled', async () => {
    await applied.invite(1);
    lose(1);
    await applied.round();
    const session = await applied.process();
    const openOnes = () => applied.rows(`select looked from sync.intents where state = 'unknown'`);
    // As if the settling time had passed since it left, but not since the first look.
    await applied.rows(
      `update sync.intents set sent_at = sent_at - interval '1 h', look_at = clock_timestamp() where state = 'unknown'`,
    );
    await look(session);
    expect(await openOnes()).toEqual([{ looked: 2 }]);
    // However often it is looked meanwhile.
    await applied.rows('update sync.intents set sent_at = clock_timestamp()');
    for (let looks = 0; looks < 3; looks += 1) {
      await applied.rows(`update sync.intents set look_at = clock_timestamp() where state = 'unknown'`);
      await look(session);
    }
    expect(await openOnes()).toEqual([{ looked: 5 }]);
    await settled();
    expect(await openOnes()).toEqual([]);
    expect(await applied.rows(`select count(*)::int as n from sync.intents where error = 'absent'`)).toEqual([
      { n: 1 },
    ]);
  });

  it('a listing that fails now and then does not keep an invitation from being found', async () => {
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

  it('an invitation is found by the clock of the server, however far it is from this one', async () => {
    applied.emulator.clock.advance(3 * 3_600_000);
    await applied.invite(2);
    applied.emulator.faults.add({
      method: 'POST',
      path: '/interviews$',
      effect: { kind: 'reset', when: 'after' },
    });
    await applied.rounds();
    expect(applied.invitations()).toEqual(onceEach(2));
  });

  it.each(['before', 'after'] as const)(
    'an invitation whose answer is lost is settled in minutes though the clock of the database is set back by a day: %s',
    async (when) => {
      await applied.invite(1);
      applied.emulator.faults.add({
        method: 'POST',
        path: '/interviews$',
        count: 1,
        effect: { kind: 'reset', when },
      });
      await applied.round();
      const later = ['sent_at', 'look_at', 'created_at', 'updated_at'];
      const sets = later.map((name) => `${name} = ${name} + interval '1 day'`);
      await applied.rows(`update sync.intents set ${sets.join(', ')} where state in ('sent', 'unknown')`);
      let waited = 0;
      for (let round = 0; round < 20; round += 1) {
        await applied.round();
        waited += await applied.untilDue();
      }
      expect(await applied.states('interviews')).toEqual(allSynced(1));
      expect(applied.invitations()).toEqual(onceEach(1));
      expect(waited).toBeLessThan(600_000);
    },
  );
});
