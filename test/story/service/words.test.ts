/**
 * What the service and `status` say of work that waits for other work, and of settings that mean less than they seem.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import { aJob, openPushScene } from '../../support/push-scene.js';
import { openScene, type Scene } from '../../support/scene.js';
import { eventually } from '../../support/service.js';

const activity = async (scene: Scene, name: string) => {
  const [row] = await scene.rows<{
    failures: number;
    started_at: Date;
    succeeded_at: Date | null;
    failing_since: Date | null;
  }>('select failures, started_at, succeeded_at, failing_since from sync.activities where activity = $1', [
    name,
  ]);
  return row;
};

describe('the service', () => {
  it('does not say that writing works again while nothing can be looked at', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    const { emulator } = scene;
    const service = await scene.start({ SYNC_SCHEDULE: '* * * * * *' });
    await eventually(async () => expect((await activity(scene, 'push'))?.succeeded_at).toBeInstanceOf(Date));
    emulator.faults.add({ method: 'POST', effect: { kind: 'status', status: 401 } });
    await scene.put('jobs', aJob('J-1'));
    await eventually(async () => expect((await activity(scene, 'push'))!.failures).toBeGreaterThan(0));
    emulator.faults.add({ effect: { kind: 'status', status: 401 } });
    // Until a round of writing began while looking fails.
    await eventually(async () => {
      const [tick, push] = [await activity(scene, 'tick'), await activity(scene, 'push')];
      expect(tick!.failures).toBeGreaterThan(0);
      expect(push!.started_at.getTime()).toBeGreaterThan(tick!.failing_since!.getTime());
    });
    const push = (await activity(scene, 'push'))!;
    expect(push.failures).toBeGreaterThan(0);
    expect(push.failing_since!.getTime()).toBeGreaterThan(push.succeeded_at!.getTime());
    const recovered = () => service.lines().filter(({ event }) => event === 'activity_recovered');
    expect(recovered()).toEqual([]);
    const { stdout } = await scene.command(['status']).ended;
    expect(stdout).toMatch(/Account default: (push|tick) has failed/);
    emulator.faults.clear();
    await eventually(() => expect(recovered().map((line) => line.activity)).toContain('push'));
    await eventually(async () => expect(await scene.states('job')).toEqual({ 'J-1': 'synced' }));
  });

  it('is not up to date for ticks that found nothing read yet', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    scene.emulator.faults.add({ effect: { kind: 'status', status: 401 } });
    await scene.start();
    await eventually(async () => {
      expect((await activity(scene, 'tick'))?.started_at).toBeInstanceOf(Date);
      expect((await activity(scene, 'sweep'))?.failures).toBeGreaterThan(0);
    });
    expect((await activity(scene, 'tick'))!.succeeded_at).toBeNull();
    const { stdout } = await scene.command(['status']).ended;
    expect(stdout).toContain('Account default: sweep has failed');
    scene.emulator.faults.clear();
  });

  it('serves while the key of one of its accounts is refused, and names that one', async ({
    onTestFinished,
  }) => {
    const scene = await openScene(onTestFinished);
    const config = `accounts:
  - { name: north, apiKeyEnv: NORTH_KEY }
  - { name: south, apiKeyEnv: SOUTH_KEY }
http: { staleSeconds: 3 }\n`;
    const keys = { NORTH_KEY: scene.emulator.adminKey, SOUTH_KEY: 'no key of anybody' };
    const service = await scene.start(keys, config);
    const south = { account: 'south', stale: true, state: expect.stringContaining('KEY_REFUSED') };
    await eventually(async () => {
      const { status, json } = await service.get('/readyz');
      expect(json).toMatchObject({
        ready: true,
        troubles: [expect.stringMatching(/^Account south: .*\(KEY_REFUSED\)\.$/)],
        accounts: expect.arrayContaining([
          expect.objectContaining({ account: 'north', stale: false, state: 'up to date' }),
          expect.objectContaining(south),
        ]),
      });
      expect(status).toBe(200);
    });
    await eventually(async () => {
      const { body } = await service.get('/metrics');
      expect(body).toContain('sparkhire_sync_account_stale{account="south"} 1');
      expect(body).toContain('sparkhire_sync_account_stale{account="north"} 0');
    });
    // Where it works on nothing else, nothing is served that anybody could want.
    scene.emulator.faults.add({ effect: { kind: 'status', status: 401 } });
    await eventually(async () => {
      const { status, json } = await service.get('/readyz');
      expect([status, json]).toMatchObject([
        503,
        { reasons: [expect.stringContaining('Account north'), expect.stringContaining('Account south')] },
      ]);
    });
    scene.emulator.faults.clear();
  });

  it('says at its start where a schedule names a day of the month and of the week', async ({
    onTestFinished,
  }) => {
    const scene = await openScene(onTestFinished);
    const service = await scene.start({
      SYNC_SWEEP_SCHEDULE: '0 3 13 * FRI',
      SYNC_SCHEDULE_TIMEZONE: 'Europe/Berlin',
    });
    await eventually(() =>
      expect(service.lines()).toContainEqual(
        expect.objectContaining({ level: 40, event: 'schedule_names_both_days', schedule: 'sweep' }),
      ),
    );
  });
});
