import { describe, expect, it } from 'vitest';
import { allScopes } from '#emulators/ats-emulator/greenhouse/index';
import { greenhouse } from './api.js';
import { deviations, shapes } from './shapes.js';

describe('answers of the emulated Greenhouse', () => {
  it('have the fields of the published schemas, each of its kind, after half a year and a lively day', async () => {
    const { harvest, clock, act } = await greenhouse({ candidates: 150 });
    for (let i = 0; i < 120; i++) {
      clock.tick(20_000);
      act.somethingHappens();
    }
    act.addNote({ application_id: act.apply().id, body: 'Called.' });
    act.convertProspect({ application_id: act.addProspect().id, job_id: act.addJob().id });
    const wrong: string[] = [];
    for (const list of Object.keys(shapes)) {
      const rows = (await harvest.pages(`/${list}?per_page=500`)).flat();
      expect(rows.length, list).toBeGreaterThan(0);
      for (const row of rows)
        wrong.push(...deviations(list, row).map((what) => `${list} ${row.id}: ${what}`));
    }
    expect(wrong).toEqual([]);
  });

  it('are checked for every list there is', () => {
    const lists = allScopes.filter((scope) => scope.endsWith(':list')).map((scope) => scope.split(':')[1]!);
    expect(Object.keys(shapes)).toEqual(lists);
  });

  it('hold what is typed in lists and objects', async () => {
    const { harvest, state } = await greenhouse();
    const candidates = await harvest.rows('/candidates?per_page=500');
    for (const { value, type } of candidates.flatMap((one) => [
      ...one.email_addresses,
      ...one.phone_numbers,
    ])) {
      expect([typeof value, typeof type]).toEqual(['string', 'string']);
    }
    const [application] = await harvest.rows('/applications');
    expect(application.custom_fields.video_interview_link).toEqual({
      name: 'Video interview link',
      type: 'url',
      value: null,
    });
    for (const { id } of [...state.applications.values(), ...state.candidates.values()]) {
      expect(id).toBeGreaterThan(2 ** 31);
    }
  });
});
