/** The clock of the machine jumps while the service runs: by hours, forward and back. */
import { describe, expect, it } from 'vitest';
import { complaints, fullestWindow, nthRequest, openScene } from '../../support/scene.js';

const clock = new URL('../../support/shifted-clock.mjs', import.meta.url).href;
const hours = 3_600_000;
const isTick = ({ path }: { path: string }) => path === '/v1.0/users';

describe.concurrent('a clock that is set', () => {
  it.for([
    ['forward by eight hours', 8 * hours],
    ['back by eight hours', -8 * hours],
  ] as const)(
    '%s: ticks go on, one and not hundreds, and the limit holds',
    async ([, shift], { onTestFinished }) => {
      const scene = await openScene(onTestFinished);
      const { emulator } = scene;
      const service = await scene.startProcess({
        NODE_OPTIONS: `--import=${clock}`,
        CLOCK_SHIFT_MS: String(shift),
        // A sweep asks what a tick asks, and its time may be jumped over.
        SYNC_SWEEP_SCHEDULE: '0 0 1 1 *',
        SPARKHIRE_RATE_LIMIT: '60',
        SPARKHIRE_RATE_WINDOW_SECONDS: '2',
      });
      await scene.isTrue();
      for (let turn = 0; turn < 2; turn++) {
        const from = emulator.requests.length;
        const third = nthRequest(scene, 3, isTick);
        service.program.kill('SIGUSR2');
        emulator.act.addInterview({});
        await third;
        const ticks = emulator.requests.slice(from).filter(isTick);
        // One a second as they arrived: of all that were jumped over there is one, and one may have been late.
        expect(
          fullestWindow(
            ticks.map(({ at }) => at),
            1_000,
          ),
        ).toBeLessThanOrEqual(3);
        await scene.isTrue();
      }
      expect(fullestWindow(scene.arrivals(), 2_000)).toBeLessThanOrEqual(60);
      expect((await service.get('/readyz')).status).toBe(200);
      expect(complaints(service)).toEqual([]);
      expect((await service.stop()).code).toBe(0);
    },
  );
});
