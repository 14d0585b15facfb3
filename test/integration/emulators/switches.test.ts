import { describe, expect, it } from 'vitest';
import {
  type EmulatorOptions,
  parseReading,
  type SwitchName,
  startEmulator,
  switchAlternatives,
  switchNames,
} from '#emulators/emulator/index';
import { emulated } from './api.js';
import { probes } from './switch-probes.js';

const elsewhere: SwitchName[] = ['rateWindow', 'rateCountsRefused'];
// A narrower plan would let every probe see the limits of the seed.
const company: EmulatorOptions = { interviews: 400, jobs: 40, jobSlots: -1, userSeats: -1 };

describe('every switch', () => {
  for (const name of switchNames.filter((one) => !elsewhere.includes(one))) {
    it(`${name}: each reading shows`, async () => {
      const seen = new Map<string, unknown>();
      for (const reading of switchAlternatives[name]) {
        const session = await emulated({ ...company, switches: { [name]: reading } });
        const observation = JSON.stringify(await probes[name](session)) ?? 'undefined';
        expect(seen.get(observation), `${String(reading)} looks like this one`).toBeUndefined();
        seen.set(observation, `${String(reading)}`);
      }
      expect(seen.size).toBe(switchAlternatives[name].length);
    });
  }
});

describe('setting switches', () => {
  it('works while the emulator runs', async () => {
    const { emulator, admin } = await emulated();
    emulator.switches.jobKey = 'job';
    expect((await admin.get('/interviews?range=1-1')).json[0]).toHaveProperty('job');
  });

  it('refuses readings and switches that do not exist', async () => {
    await expect(startEmulator({ switches: { ties: 'random' as never } })).rejects.toThrow(
      /ties.*stable or shuffled/,
    );
    await expect(startEmulator({ switches: { tie: 'stable' } as never })).rejects.toThrow(/"tie"/);
    await expect(startEmulator({ switches: { pageCap: 0 } })).rejects.toThrow(/pageCap/);
  });

  it('reads them from text', () => {
    expect(parseReading('pageCap', '33')).toEqual({ pageCap: 33 });
    expect(parseReading('pageCap', 'null')).toEqual({ pageCap: null });
    expect(parseReading('ratingTouches', 'false')).toEqual({ ratingTouches: false });
    expect(parseReading('gone', '410')).toEqual({ gone: '410' });
    expect(() => parseReading('gone', '411')).toThrow(RangeError);
    expect(() => parseReading('toString', 'x')).toThrow(RangeError);
  });
});
