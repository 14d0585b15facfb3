/** Processes that are killed or stand still at any step around a write: everybody is invited, nobody twice. */
import { describe, expect, it } from 'vitest';
import { locksApplicationName } from '../../../src/db/locks/process-locks.js';
import { seededRandom } from '../../support/emulated-life.js';
import { killAround, type Moment } from '../../support/kill-around.js';
import { aJob, anInterview, openPushScene, type PushScene } from '../../support/push-scene.js';
import { eventually } from '../../support/service.js';

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
    const scene = await openPushScene(onTestFinished);
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
      const program = scene.process(['apply', '--json'], { SYNC_SETTLE_SECONDS: '0.5' });
      killAround(scene.emulator, when, isWrite, nth, program);
      expect((await program.ended).signal).toBe('SIGKILL');
    }
    const last = await scene.run(['apply']);
    expect([last.code, last.json]).toMatchObject([0, { ok: true }]);
    await isOnce(scene);
    scene.writes();
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(scene.writes()).toEqual([]);
  });

  it('of two services and a command beside them may be killed at any moment', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    const random = seededRandom(7);
    const settings = {
      SYNC_SCHEDULE: '* * * * * *',
      SYNC_SETTLE_SECONDS: '0.5',
      SPARKHIRE_REQUEST_TIMEOUT_SECONDS: '3',
    };
    let owner = await scene.startProcess(settings);
    await owner.program.waitForLine(/"event":"account_taken"/);
    let other = await scene.startProcess(settings);
    await other.program.waitForLine(/"event":"standing_by"/);
    const isAny = () => true;
    const rounds: Array<[Moment, typeof isWrite, number]> = [
      ['during', isWrite, 10],
      ['after', isWrite, 10],
      ['before', isWrite, 10],
      ['during', isAny, 20],
    ];
    for (const [round, [when, matches, most]] of rounds.entries()) {
      killAround(scene.emulator, when, matches, 1 + Math.floor(random() * most), owner.program);
      for (const part of [1, 2, 3]) await putRound(scene, round * 10 + part);
      const beside = scene.command(['apply', '--json'], settings);
      expect((await owner.program.ended).signal).toBe('SIGKILL');
      await other.program.waitForLine(/"event":"account_taken"/);
      // It may have been followed by the one that was killed; whoever is next does its work.
      await beside.ended;
      owner = other;
      // The last two are not killed.
      other = await (round < 2 ? scene.startProcess(settings) : scene.start(settings));
    }
    await eventually(() => isOnce(scene), { everyMs: 150 });
    for (const service of [owner, other]) expect((await service.stop()).code).toBe(0);
  });

  it('that stood still while another took over sends nothing that the other sent', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const settings = {
      SYNC_SCHEDULE: '* * * * * *',
      SYNC_SETTLE_SECONDS: '1',
      SPARKHIRE_REQUEST_TIMEOUT_SECONDS: '3',
    };
    const owner = await scene.startProcess(settings);
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
    await scene.rows(
      `select pg_terminate_backend(l.pid, 10000) from pg_locks l join pg_stat_activity a using (pid)
         where l.locktype = 'advisory' and l.objsubid = 1 and a.application_name = $1
           and a.datname = current_database()`,
      [locksApplicationName],
    );
    await other.program.waitForLine(/"event":"account_taken"/);
    await eventually(async () =>
      expect(new Set(Object.values(await scene.states('interview')))).toEqual(new Set(['synced'])),
    );
    owner.program.kill('SIGCONT');
    await owner.program.waitForLine(/"event":"database_away"/);
    expect(scene.invitations()).toEqual({ 1: 40 });
    await eventually(() => isOnce(scene));
    for (const service of [owner, other]) expect((await service.stop()).code).toBe(0);
    expect(scene.invitations()).toEqual({ 1: 40 });
  });
});
