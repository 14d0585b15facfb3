/** Processes that are killed or stand still at any step around a write: everybody is invited, nobody twice. */
import { describe, expect, it } from 'vitest';
import { locksApplicationName } from '../../src/db/process-locks.js';
import { seededRandom } from '../support/emulated-life.js';
import { killAround } from '../support/kill-around.js';
import type { Program } from '../support/program.js';
import { aJob, anInterview, openPushScene, type PushScene } from '../support/push-scene.js';
import { eventually } from '../support/service.js';

const isInvitation = ({ method, path }: { method: string; path: string }) =>
  method === 'POST' && path === '/v1.0/interviews';

async function putRound(scene: PushScene, round: number): Promise<void> {
  const email = (n: number) => `r${round}.c${n}@example.org`;
  await scene.put('users', {
    ats_id: `U-${round}`,
    name: 'Bo',
    email: `u${round}@example.org`,
    role: 'standard',
  });
  await scene.put('jobs', aJob(`J-${round}`, { owner_ats_id: `U-${round}` }));
  const rows = [1, 2, 3].map((n) => anInterview(`I-${round}-${n}`, `J-${round}`, email(n)));
  await scene.put('interviews', ...rows);
}

/** Everything the ATS wants is there, once. */
async function isOnce(scene: PushScene): Promise<void> {
  const { state, outbox } = scene.emulator;
  for (const view of ['user', 'job', 'interview'] as const) {
    expect(Object.entries(await scene.states(view)).filter(([, now]) => now !== 'synced')).toEqual([]);
  }
  const [wanted] = await scene.rows<{ users: number; jobs: number; interviews: number }>(
    `select (select count(*)::int from ats.users) as users, (select count(*)::int from ats.jobs) as jobs,
       (select count(*)::int from ats.interviews) as interviews`,
  );
  expect(scene.invitations()).toEqual({ 1: wanted!.interviews });
  expect([state.jobs.size, state.interviews.size]).toEqual([wanted!.jobs, wanted!.interviews]);
  const welcomed = outbox.filter(({ kind }) => kind === 'user_welcome').map(({ to }) => to);
  expect([welcomed.length, new Set(welcomed).size]).toEqual([wanted!.users, wanted!.users]);
  expect(await scene.rows('select * from sync.conflicts where resolved_at is null')).toEqual([]);
  expect(
    await scene.rows(`select * from sync.intents where state in ('prepared', 'sent', 'unknown')`),
  ).toEqual([]);
}

const isWrite = ({ method }: { method: string }) => method === 'POST';

describe.concurrent('a process', () => {
  it('killed around each write of `apply` leaves nothing undone and nothing done twice', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished, { processes: true });
    const rounds = [
      ['before', 1],
      ['after', 1],
      ['before', 2],
      ['after', 2],
      ['during', 2],
      ['before', 3],
      ['after', 4],
      ['during', 5],
    ] as const;
    for (const [round, [when, nth]] of rounds.entries()) {
      await putRound(scene, round + 1);
      let program: Program | undefined;
      killAround(scene, when, isWrite, nth, () => program!);
      program = scene.command(['apply', '--json'], { SYNC_SETTLE_SECONDS: '0.5' });
      expect((await program.ended).signal).toBe('SIGKILL');
    }
    const last = await scene.run(['apply']);
    expect([last.code, last.json]).toMatchObject([0, { ok: true }]);
    await isOnce(scene);
    scene.writes();
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(scene.writes()).toEqual([]);
  }, 120_000);

  it('of two services and a command beside them may be killed at any moment', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished, { processes: true });
    const random = seededRandom(7);
    const settings = { SYNC_SETTLE_SECONDS: '0.5', SPARKHIRE_REQUEST_TIMEOUT_SECONDS: '3' };
    let [owner, other] = [
      await scene.start(settings),
      undefined as unknown as Awaited<ReturnType<typeof scene.start>>,
    ];
    await owner.program.waitForLine(/"event":"account_taken"/);
    other = await scene.start(settings);
    await other.program.waitForLine(/"event":"standing_by"/);
    const moments = ['during', 'after', 'before'] as const;
    for (let round = 0; round < 4; round += 1) {
      const victim = owner;
      const any = round === 3;
      const nth = 1 + Math.floor(random() * (any ? 20 : 10));
      killAround(
        scene,
        any ? 'during' : moments[round]!,
        any ? () => true : isWrite,
        nth,
        () => victim.program,
      );
      for (const part of [1, 2, 3]) await putRound(scene, round * 10 + part);
      const beside = scene.command(['apply', '--json'], settings);
      expect((await victim.program.ended).signal).toBe('SIGKILL');
      await other.program.waitForLine(/"event":"account_taken"/);
      // It may have been followed by the one that was killed; whoever is next does its work.
      await beside.ended;
      owner = other;
      other = await scene.start(settings);
    }
    await eventually(() => isOnce(scene), 90_000);
    for (const service of [owner, other]) expect((await service.stop()).code).toBe(0);
  }, 120_000);

  it('that stood still while another took over sends nothing that the other sent', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished, { processes: true });
    const settings = { SYNC_SETTLE_SECONDS: '1', SPARKHIRE_REQUEST_TIMEOUT_SECONDS: '3' };
    const owner = await scene.start(settings);
    await owner.program.waitForLine(/"event":"account_taken"/);
    const other = await scene.start(settings);
    await other.program.waitForLine(/"event":"standing_by"/);
    let seen = 0;
    const halted = new Promise<void>((resolve) => {
      const stop = scene.emulator.onRequest((request) => {
        if (!isInvitation(request)) return;
        seen += 1;
        if (seen !== 9) return;
        stop();
        // Several writes are on their way: some arrived, some have left, some are about to.
        owner.program.kill('SIGSTOP');
        resolve();
      });
    });
    await scene.put('jobs', aJob('J-1'));
    const many = Array.from({ length: 40 }, (_, n) => anInterview(`I-${n}`, 'J-1', `c${n}@example.org`));
    await scene.put('interviews', ...many);
    await halted;
    const taken = other.lines().filter(({ event }) => event === 'account_taken').length;
    await scene.rows(
      `select pg_terminate_backend(l.pid) from pg_locks l join pg_stat_activity a using (pid)
         where l.locktype = 'advisory' and l.objsubid = 1 and a.application_name = $1
           and a.datname = current_database()`,
      [locksApplicationName],
    );
    await eventually(() =>
      expect(other.lines().filter(({ event }) => event === 'account_taken').length).toBe(taken + 1),
    );
    await eventually(
      async () =>
        expect(new Set(Object.values(await scene.states('interview')))).toEqual(new Set(['synced'])),
      60_000,
    );
    const lines = owner.lines().length;
    owner.program.kill('SIGCONT');
    await eventually(() =>
      expect(
        owner
          .lines()
          .slice(lines)
          .map(({ event }) => event),
      ).toContain('database_away'),
    );
    expect(scene.invitations()).toEqual({ 1: 40 });
    await eventually(() => isOnce(scene));
    for (const service of [owner, other]) expect((await service.stop()).code).toBe(0);
    expect(scene.invitations()).toEqual({ 1: 40 });
  }, 120_000);
});
