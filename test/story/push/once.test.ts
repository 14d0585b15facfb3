/** Each candidate gets exactly one e-mail, whatever happens to the answers. The emulator's outbox is the judge. */
import { describe, expect, it } from 'vitest';
import type { Emulator, FaultEffect } from '#emulators/emulator/index';
import {
  aJob,
  anInterview,
  invite,
  openPushScene,
  type PushScene,
  withoutBackoff,
} from '../../support/push-scene.js';

withoutBackoff();

const path = /^\/v1\.0\/interviews$/;

/** Each effect meets some of the invitations, the first time or again. */
function lose(emulator: Emulator, effects: FaultEffect[]): void {
  for (const effect of effects)
    emulator.faults.add({ method: 'POST', path, probability: 0.06, count: 6, effect });
}

/**
 * Runs `apply` until it is done, as somebody would who does not know what goes wrong.
 * @returns how much was made, by what the runs tell
 */
async function applyUntilDone(scene: PushScene, times = 8): Promise<number> {
  let made = 0;
  for (let time = 1; time <= times; time += 1) {
    const { json } = await scene.run(['apply']);
    made += (json as { pushed?: { created: number } } | undefined)?.pushed?.created ?? 0;
    const left = await scene.rows(
      `select 1 from ats.interview_sync where state not in ('synced', 'conflict')`,
    );
    if (left.length === 0) return made;
  }
  throw new Error('it is never done');
}

async function openOutcomes(scene: PushScene): Promise<unknown[]> {
  return scene.rows(`select kind, ats_id, reason from sync.conflicts where resolved_at is null`);
}

describe('an invitation', () => {
  it('an invitation reaches each of 60 candidates once, though every third answer or so is lost', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { emulator } = scene;
    await invite(scene, 60);
    lose(emulator, [
      { kind: 'reset', when: 'before' },
      { kind: 'reset', when: 'after' },
      { kind: 'status', status: 500, when: 'before' },
      { kind: 'status', status: 500, when: 'after' },
      { kind: 'status', status: 503, when: 'before', body: 'html' },
      { kind: 'status', status: 503, when: 'after', body: 'empty' },
      { kind: 'html' },
      { kind: 'truncated' },
      { kind: 'truncated', closes: true },
      { kind: 'wrong-shape' },
      { kind: 'rate-limited' },
    ]);
    // The job, and each of them in the run in which that turned out.
    expect(await applyUntilDone(scene)).toBe(61);
    expect(scene.invitations()).toEqual({ 1: 60 });
    expect(await openOutcomes(scene)).toEqual([]);
    expect(new Set(Object.values(await scene.states('interview')))).toEqual(new Set(['synced']));
    const uuids = Object.values(await scene.view('interview')).map(({ sparkhire_uuid }) => sparkhire_uuid);
    expect(new Set(uuids)).toEqual(new Set(emulator.state.interviews.keys()));
    expect(emulator.faults.list().reduce((sum, { fired }) => sum + fired, 0)).toBeGreaterThan(15);
  });

  it('what a lost answer had made, and was deleted before anybody saw it, is a question for a person', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { act, faults, state } = scene.emulator;
    const lost = (path: string) =>
      faults.add({ method: 'POST', path, count: 1, effect: { kind: 'status', status: 500, when: 'after' } });
    await scene.run(['sync']);
    await scene.put('jobs', aJob('J-1'));
    lost('/jobs$');
    const twin = scene.emulator.onRequest(({ method }) => {
      if (method === 'POST') act.addJob({ title: 'Job J-1' });
    });
    expect((await scene.run(['apply'])).code).toBe(3);
    twin();
    const made = [...state.jobs.keys()];
    act.deleteJob(made[1]!);
    const [asked] = await scene.rows<{ id: string }>(
      'select id from sync.conflicts where resolved_at is null',
    );
    await scene.resolve(asked!.id, `link:${made[1]}`);
    await scene.run(['apply']);
    await scene.put('jobs', aJob('J-2'));
    lost('/jobs$');
    const off = scene.emulator.onRequest(({ method, path }) => {
      const job = [...state.jobs.values()].find(({ title }) => title === 'Job J-2');
      // Between the listing that shows it and the look at it alone.
      if (method === 'GET' && job !== undefined && path.endsWith(job.uuid)) act.deleteJob(job.uuid);
    });
    await scene.run(['apply']);
    off();
    await scene.run(['backfill']);
    await scene.run(['apply']);
    expect(await scene.states('job')).toEqual({ 'J-1': 'conflict', 'J-2': 'conflict' });
    const open = await scene.rows(
      'select kind, ats_id from sync.conflicts where resolved_at is null order by 2',
    );
    expect(open).toEqual(['J-1', 'J-2'].map((ats_id) => ({ kind: 'remote_deleted', ats_id })));
  });

  it('an invitation that vanished beside one made on the website is a question for a person', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { emulator } = scene;
    await invite(scene, 1);
    let meddled = false;
    emulator.faults.add({ method: 'POST', path, count: 1, effect: { kind: 'reset', when: 'before' } });
    emulator.onRequest(({ method, path: asked }) => {
      if (method !== 'POST' || !path.test(asked) || meddled) return;
      meddled = true;
      emulator.act.addInterview({ email: 'somebody.else@example.org' });
    });
    const first = await scene.run(['apply']);
    expect([first.code, first.json]).toMatchObject([3, { ok: true, pushed: { created: 1, conflicts: 1 } }]);
    expect(await scene.states('interview')).toEqual({ 'I-1': 'conflict' });
    expect(await openOutcomes(scene)).toMatchObject([{ kind: 'unknown_outcome', ats_id: 'I-1' }]);
    // Nothing is sent on its own account, however often.
    expect((await scene.run(['apply'])).code).toBe(3);
    expect(scene.invited()).toEqual(['somebody.else@example.org']);
    const [asked] = await scene.rows<{ id: string }>(
      'select id from sync.conflicts where resolved_at is null',
    );
    await scene.resolve(asked!.id, 'send');
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(scene.invited()).toEqual(['c1@example.org', 'somebody.else@example.org']);
    expect(await scene.states('interview')).toEqual({ 'I-1': 'synced' });
  });

  it('a user and a job whose answers were lost, and that somebody renamed at once, are asked about and not made twice', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { emulator } = scene;
    const { act, state } = emulator;
    const made = { U: () => [...state.users.values()], J: () => [...state.jobs.values()] };
    const before = [made.U().length, made.J().length];
    emulator.faults.add({
      method: 'POST',
      path: /^\/v1\.0\/(users|jobs)$/,
      count: 2,
      effect: { kind: 'reset', when: 'after' },
    });
    emulator.onRequest(({ method }) => {
      if (method !== 'GET') return;
      for (const { uuid, email } of made.U())
        if (email === 'ada@example.org') act.editUser(uuid, { email: 'ada.married@example.org' });
      for (const { uuid, title } of made.J())
        if (title === 'Baker') act.editJob(uuid, { title: 'Baker (m/f)' });
    });
    await scene.put('users', { ats_id: 'U-1', name: 'Ada Lind', email: 'ada@example.org', role: 'standard' });
    await scene.put('jobs', aJob('J-1', { title: 'Baker' }));
    for (let time = 0; time < 2; time += 1) {
      expect((await scene.run(['sync'])).code).toBe(3);
      expect([made.U().length, made.J().length]).toEqual(before.map((count) => count + 1));
    }
    const asked = await scene.rows<{ id: string; sparkhire_value: Array<{ uuid: string }> }>(
      `select id, resource, kind, sparkhire_value from sync.conflicts where resolved_at is null order by resource`,
    );
    expect(asked).toMatchObject([
      { resource: 'jobs', kind: 'unknown_outcome', sparkhire_value: [{ title: 'Baker (m/f)' }] },
      { resource: 'users', kind: 'unknown_outcome', sparkhire_value: [{ email: 'ada.married@example.org' }] },
    ]);
    for (const { id, sparkhire_value: found } of asked) await scene.resolve(id, `link:${found[0]!.uuid}`);
    await scene.run(['sync']);
    await scene.run(['sync']);
    expect([made.U().length, made.J().length]).toEqual(before.map((count) => count + 1));
    // What it is called now a person decides, as for all that was edited on both sides.
    const left = 'select kind, ats_id, field from sync.conflicts where resolved_at is null order by ats_id';
    expect(await scene.rows(left)).toEqual([
      { kind: 'field_diverged', ats_id: 'J-1', field: 'title' },
      { kind: 'field_diverged', ats_id: 'U-1', field: 'email' },
    ]);
  });

  it('no invitation is lost or sent twice where answers to the looking are lost too', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { emulator } = scene;
    await invite(scene, 30);
    lose(emulator, [
      { kind: 'reset', when: 'after' },
      { kind: 'reset', when: 'before' },
      { kind: 'status', status: 502, when: 'after' },
    ]);
    for (const effect of [
      { kind: 'reset', when: 'before' },
      { kind: 'status', status: 500 },
      { kind: 'truncated' },
      { kind: 'html' },
    ] as const) {
      emulator.faults.add({ method: 'GET', probability: 0.1, count: 5, effect });
    }
    await applyUntilDone(scene);
    expect(scene.invitations()).toEqual({ 1: 30 });
    expect(await openOutcomes(scene)).toEqual([]);
  });

  it('the first invitation of an account is found in lists that count from 0', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished, { switches: { rangeFrom: 'zero' } });
    const { emulator } = scene;
    emulator.faults.add({ method: 'POST', count: 3, effect: { kind: 'reset', when: 'after' } });
    await invite(scene, 3);
    await applyUntilDone(scene);
    expect(scene.invitations()).toEqual({ 1: 3 });
    expect(emulator.state.jobs.size).toBe(1);
    expect(await openOutcomes(scene)).toEqual([]);
  });

  it('a candidate who is withdrawn while many wait for their turn is not invited', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { emulator } = scene;
    await invite(scene, 200);
    await scene.put('interviews', anInterview('I-urgent', 'J-1', 'urgent@example.org', { priority: 9 }));
    let withdrawn: Promise<unknown> | undefined;
    emulator.onRequest(({ method, path: asked }) => {
      if (method !== 'POST' || !path.test(asked) || scene.invited().length < 20) return;
      withdrawn ??= (async () => {
        const last = `ats_id <> 'I-urgent' and substr(ats_id, 3)::int > 40`;
        const even = `${last} and substr(ats_id, 3)::int % 2 = 0`;
        await scene.rows(`update ats.interviews set desired = 'canceled' where ${even}`);
        await scene.rows(`delete from ats.interviews where ${last} and not (${even})`);
      })();
      return withdrawn.then(() => {});
    });
    const { code, json } = await scene.run(['apply']);
    expect([code, json]).toMatchObject([0, { ok: true }]);
    expect(scene.invited()).toHaveLength(41);
    expect(scene.invitations()).toEqual({ 1: 41 });
    // Several leave at the same time: it is among the first of them.
    const mails = scene.emulator.outbox.filter(({ kind }) => kind === 'interview_invitation');
    expect(mails.slice(0, 6).map(({ to }) => to)).toContain('urgent@example.org');
    const states = Object.entries(await scene.states('interview'));
    expect(states.filter(([, state]) => state === 'synced')).toHaveLength(41);
  });
});
