/** What has become of an interview in a custom field of its application in Greenhouse. */
import { describe, expect, it } from 'vitest';
import { desiredDatabase } from '../../desired/fixture.js';
import { writeBackScene } from './scene.js';

const shared = desiredDatabase();
const scene = (...more: Parameters<typeof writeBackScene> extends [unknown, ...infer R] ? R : never) =>
  writeBackScene(shared.db, ...more);

describe('a custom field of the application', () => {
  const quiet = { invited: 'none', completed: 'none' };
  const inField = (field: string, switches = {}) => scene({ ...quiet, field }, { switches });
  type Scene = Awaited<ReturnType<typeof inField>>;
  const values = (it: Scene, { applicationId }: { applicationId: number }) =>
    it.emulator.state.applications.one(applicationId).custom_values;
  const link = 'video_interview_link';

  it.each([
    ['list', 'object'],
    ['map', 'empty'],
  ] as const)(
    'follows the state, where a change takes a %s and is answered with %s',
    async (body, answer) => {
      const it = await inField('video interview STATUS', { customFieldsBody: body, patchAnswer: answer });
      const one = await it.invited();
      expect(await it.round()).toMatchObject({ written: 1, refused: 0 });
      expect(values(it, one)).toEqual({ video_interview_status: 'Invited' });
      await it.complete(one.uuid);
      expect(await it.round()).toMatchObject({ written: 1 });
      expect(values(it, one)).toEqual({ video_interview_status: 'Completed' });
      expect(await it.outcomes()).toEqual({
        [`${one.atsId} field completed`]: 'written',
        [`${one.atsId} field invited`]: 'written',
      });
      expect([it.notes(one.applicationId), await it.isFollowed(one.atsId)]).toEqual([[], false]);
    },
  );

  it('that takes words has the deadline, then rating and link', async () => {
    const it = await inField('video_interview_rating');
    const one = await it.invited({ scheduled_at: '2031-03-20T09:00:00Z' });
    await it.round();
    const key = 'video_interview_rating';
    expect(values(it, one)[key]).toBe('Spark Hire: invited, to be completed by 2031-03-20 09:00 UTC');
    await it.complete(one.uuid, 4.5);
    await it.round();
    expect(values(it, one)[key]).toBe(
      'Spark Hire: completed 2031-03-10 09:05 UTC, rated 4.5 of 5, https://x.test/w',
    );
  });

  it('tells of the later of two interviews that an application has had', async () => {
    const it = await inField('Video interview status');
    const one = await it.invited();
    await it.round();
    await it.complete(one.uuid);
    await it.invitedAgain(one);
    expect(await it.round()).toMatchObject({ written: 2 });
    expect(values(it, one)).toEqual({ video_interview_status: 'Invited' });
  });

  it('that somebody has written into is left alone, and one that says so already is not written', async () => {
    const it = await inField('video_interview_rating');
    const [theirs, there] = [await it.invited(), await it.invited()];
    const set = (applicationId: number, text: string) =>
      it.emulator.state.applications.change(applicationId, {
        custom_values: { video_interview_rating: text },
      });
    set(theirs.applicationId, 'called him');
    set(there.applicationId, 'Spark Hire: invited');
    expect(await it.round()).toMatchObject({ written: 1, refused: 1 });
    expect(it.asked().filter((asked) => asked.startsWith('PATCH'))).toEqual([]);
    expect(values(it, theirs)).toEqual({ video_interview_rating: 'called him' });
    expect(await it.error(theirs.atsId)).toContain('holds something else, which is not written over');
  });

  it('whose answer was lost is looked at', async () => {
    const it = await inField('Video interview status');
    const one = await it.invited();
    it.emulator.faults.add({
      method: 'PATCH',
      path: '/applications',
      nth: 1,
      effect: { kind: 'reset', when: 'after' },
    });
    expect(await it.round()).toMatchObject({ written: 1, waiting: 0 });
    expect(it.asked().filter((asked) => asked.startsWith('PATCH'))).toHaveLength(1);
    expect(values(it, one)).toEqual({ video_interview_status: 'Invited' });
  });

  it.each(['object', 'empty'] as const)(
    'is not written again where a change empties the other fields of an application (answer: %s)',
    async (patchAnswer) => {
      const it = await inField('Video interview status', { customFieldsPatch: 'cleared', patchAnswer });
      const all = [await it.invited(), await it.invited()];
      for (const { applicationId } of all)
        it.emulator.state.applications.change(applicationId, {
          custom_values: { [link]: 'https://theirs.test' },
        });
      expect(await it.round()).toMatchObject({ written: 0, refused: 2 });
      expect(all.map((one) => values(it, one)[link] ?? null).sort()).toEqual(['https://theirs.test', null]);
      expect(await it.error(all[0]!.atsId)).toContain(link);
      // Nor by another process, which tells what was lost.
      const third = await it.invited();
      const theirs = { custom_values: { [link]: 'https://third.test' } };
      it.emulator.state.applications.change(third.applicationId, theirs);
      const { writer, check } = it.reconnect();
      expect(await it.round({ writer: writer! })).toMatchObject({ written: 0, refused: 1 });
      expect(values(it, third)[link]).toBe('https://third.test');
      const finding = (await check(new AbortController().signal)).find((one) => one.check === 'ats_field');
      expect(finding).toMatchObject({
        level: 'failed',
        detail: expect.stringContaining('https://theirs.test'),
      });
    },
  );

  it('whose answer was lost, or whose process ended there, is proven before another application is changed', async () => {
    const it = await inField('Video interview status', { customFieldsPatch: 'cleared' });
    const full = async (link: string) => {
      const one = await it.invited();
      it.emulator.state.applications.change(one.applicationId, {
        custom_values: { video_interview_link: link },
      });
      return one;
    };
    await full('https://first.test');
    it.emulator.faults.add({
      method: 'PATCH',
      path: '/applications',
      nth: 1,
      effect: { kind: 'reset', when: 'after' },
    });
    await it.round();
    const second = await full('https://second.test');
    const other = it.reconnect();
    expect(await it.round({ writer: other.writer! })).toMatchObject({ refused: 1 });
    expect(values(it, second)[link]).toBe('https://second.test');
    expect(await it.error(second.atsId)).toContain('emptied other custom fields');
  });

  it('that is not there holds up no note, and is told with the nearest one', async () => {
    const it = await scene({ completed: 'none', field: 'Video interview staus' });
    const one = await it.invited();
    expect(await it.round()).toMatchObject({ written: 1, waiting: 1 });
    expect(it.notes(one.applicationId)).toHaveLength(1);
    expect(await it.error(one.atsId)).toContain('“Video interview status”');
    const [finding] = (await it.connector.check(new AbortController().signal)).filter(
      ({ check }) => check === 'ats_field',
    );
    expect(finding).toMatchObject({ level: 'failed', detail: expect.stringContaining('staus') });
  });
});
