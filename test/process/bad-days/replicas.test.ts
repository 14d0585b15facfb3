/** Two services, of which one is killed: the other goes on with all accounts, and never over the limit. */
import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '#emulators/emulator/index';
import { differences, expectedMirror, storedMirror } from '../../support/mirror-oracle.js';
import { fullestWindow, nthRequest, openScene } from '../../support/scene.js';
import { eventually, type RunningService } from '../../support/service.js';

const names = ['east', 'north', 'south', 'west'];

describe.concurrent('two services', () => {
  it('of which one stands by: it goes on where the owner was killed, and the limit holds across the change', async ({
    onTestFinished,
  }) => {
    const scene = await openScene(onTestFinished);
    const limit = { SPARKHIRE_RATE_LIMIT: '30', SPARKHIRE_RATE_WINDOW_SECONDS: '2' };
    const middle = nthRequest(scene, 20);
    const one = await scene.startProcess(limit);
    await one.program.waitForLine(/"event":"account_taken"/);
    const other = await scene.start(limit);
    await other.program.waitForLine(/"event":"standing_by"/);
    expect((await other.get('/readyz')).json).toMatchObject({
      ready: true,
      accounts: [{ role: 'standby', state: expect.stringContaining('stands by') }],
    });
    await middle;
    await one.stop('SIGKILL');
    await other.program.waitForLine(/"event":"account_taken"/);
    await scene.isTrue();
    expect(fullestWindow(scene.arrivals(), 2_000)).toBeLessThanOrEqual(30);
    expect((await other.stop()).code).toBe(0);
  });

  it('share the accounts, and one carries them all where the other is killed', async ({ onTestFinished }) => {
    const scene = await openScene(onTestFinished);
    const emulators: Emulator[] = [];
    for (const [index] of names.entries()) {
      const emulator = await startEmulator({
        users: 3,
        jobs: 4,
        interviews: 25,
        shareLinks: 2,
        seed: 10 + index,
        rateLimit: 1_000_000,
        adminKey: `key-of-${names[index]}-0123456789`,
      });
      onTestFinished(() => emulator.close());
      emulators.push(emulator);
    }
    const config = `accounts:\n${names
      .map(
        (name, index) =>
          `  - { name: ${name}, apiKeyEnv: KEY_${index}, baseUrl: '${emulators[index]!.url}' }`,
      )
      .join('\n')}\n`;
    const settings = {
      SPARKHIRE_API_KEY: undefined,
      SPARKHIRE_BASE_URL: undefined,
      SPARKHIRE_RATE_LIMIT: '20',
      SPARKHIRE_RATE_WINDOW_SECONDS: '2',
      ...Object.fromEntries(emulators.map(({ adminKey }, index) => [`KEY_${index}`, adminKey])),
    };
    const allTrue = () =>
      eventually(
        async () => {
          for (const [index, name] of names.entries()) {
            expect(await wrong(emulators[index]!, scene.client, name)).toEqual([]);
          }
        },
        { everyMs: 150 },
      );
    const owned = async (service: RunningService) => {
      const { json } = await service.get('/readyz');
      return (json as { accounts: Array<{ account: string; role: string }> }).accounts
        .filter(({ role }) => role === 'owner')
        .map(({ account }) => account);
    };

    const one = await scene.startProcess(settings, config);
    await eventually(async () => expect(await owned(one)).toEqual(names));
    const other = await scene.start(settings, config);
    await eventually(async () => {
      const [mine, yours] = [await owned(one), await owned(other)];
      expect([mine.length, yours.length]).toEqual([2, 2]);
      expect([...mine, ...yours].sort()).toEqual(names);
    });
    await eventually(() => {
      for (const { requests } of emulators) expect(requests.length).toBeGreaterThan(15);
    });
    await one.stop('SIGKILL');
    await eventually(async () => expect(await owned(other)).toEqual(names));
    for (const { act } of emulators) act.addInterview({});
    await allTrue();
    for (const { requests } of emulators) {
      expect(
        fullestWindow(
          requests.map(({ at }) => at),
          2_000,
        ),
      ).toBeLessThanOrEqual(20);
    }
    expect((await other.stop()).code).toBe(0);
  });
});

async function wrong(emulator: Emulator, client: pg.Client, name: string): Promise<string[]> {
  return differences(expectedMirror(emulator), await storedMirror(client, name));
}
