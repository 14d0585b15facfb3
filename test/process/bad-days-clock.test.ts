/** The clock of the machine jumps while the service runs: by hours, forward and back. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { complaints, openScene } from '../support/scene.js';
import { eventually } from '../support/service.js';

const clock = fileURLToPath(new URL('../support/shifted-clock.mjs', import.meta.url));
const hours = 3_600_000;

describe.concurrent('a clock that is set', () => {
  it.for([
    ['forward by eight hours', 8 * hours],
    ['back by eight hours', -8 * hours],
  ] as const)(
    '%s: ticks go on within seconds, one and not hundreds, and the limit holds',
    { timeout: 120_000 },
    async ([, shift], { onTestFinished }) => {
      const scene = await openScene(onTestFinished, { processes: true });
      const { emulator } = scene;
      const service = await scene.start({
        NODE_OPTIONS: `--import=${clock}`,
        CLOCK_SHIFT_MS: String(shift),
        SYNC_SCHEDULE: '* * * * * *',
        SPARKHIRE_RATE_LIMIT: '60',
        SPARKHIRE_RATE_WINDOW_SECONDS: '2',
      });
      await scene.isTrue();
      const ticks = () => emulator.requests.filter(({ path }) => path === '/v1.0/users').length;
      for (let turn = 0; turn < 2; turn++) {
        const before = ticks();
        const at = performance.now();
        service.program.kill('SIGUSR2');
        emulator.act.addInterview({});
        await eventually(() => expect(ticks()).toBeGreaterThan(before + 2), 60_000);
        // As many as there were seconds, and one for all that were jumped over.
        expect(ticks() - before).toBeLessThanOrEqual((performance.now() - at) / 1000 + 3);
        await scene.isTrue();
      }
      const arrivals = scene.arrivals();
      const most = Math.max(
        ...arrivals.map((from) => arrivals.filter((one) => one >= from && one < from + 2000).length),
      );
      expect(most).toBeLessThanOrEqual(60);
      expect((await service.get('/readyz')).status).toBe(200);
      expect(complaints(service)).toEqual([]);
      expect((await service.stop()).code).toBe(0);
    },
  );
});
