/**
 * Rows that were put aside and are well since: nobody has to look at them any more.
 * @module-tag rare
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '#emulators/emulator/index';
import { inMirrorTransaction, quarantine } from '../../../src/mirror/store.js';
import { openTestMirror, type TestMirror } from '../../support/backfill-in-process.js';

let mirror: TestMirror;
let emulator: Emulator;
beforeEach(async () => {
  mirror = await openTestMirror();
  emulator = await startEmulator({ users: 3, jobs: 5, interviews: 8, rateLimit: 1_000_000 });
});
afterEach(async () => {
  await emulator?.close();
  await mirror?.close();
});

const aside = async () =>
  (
    await mirror.rows<{ resource: string; uuid: string | null }>('select resource, uuid from sync.quarantine')
  ).map(({ resource, uuid }) => `${resource} ${uuid}`);
const putAside = (resource: string, uuid: string | null, account = 'default') =>
  inMirrorTransaction(mirror.db, account, (tx) =>
    quarantine(tx, resource, [{ uuid, problem: 'was odd', content: { uuid } }]),
  );

describe('a row that was put aside', () => {
  it('stays as long as sweeps meet it, and goes with the first that does not', async () => {
    const [job] = emulator.state.jobs.values();
    const { uuid } = job!;
    Object.assign(job!, { uuid: 'no-uuid' });
    for (let round = 0; round < 2; round++) {
      expect(await mirror.pull(emulator)).toMatchObject({ resources: { jobs: { quarantined: 1 } } });
      expect(await aside()).toEqual(['jobs null']);
    }
    Object.assign(job!, { uuid });
    expect(await mirror.pull(emulator)).toMatchObject({ resources: { jobs: { quarantined: 0 } } });
    expect(await aside()).toEqual([]);
    expect(await mirror.wrong(emulator)).toEqual([]);
  });

  it('stays after a sweep that proves nothing, and when it is of another account or resource', async () => {
    await mirror.pull(emulator);
    await putAside('jobs', null);
    await putAside('jobs', null, 'other');
    emulator.switches.pageCap = 1;
    expect(await mirror.pull(emulator)).toMatchObject({ complete: false });
    expect(await aside()).toEqual(['jobs null', 'jobs null']);
    emulator.switches.pageCap = null;
    await putAside('users', null);
    expect(await mirror.pull(emulator, { resource: ['jobs'] })).toMatchObject({ complete: true });
    expect((await aside()).sort()).toEqual(['jobs null', 'users null']);
  });

  it('stays as long as the single object is the bad one and was not read again', async () => {
    await mirror.pull(emulator);
    const [interview] = emulator.state.interviews.keys();
    await putAside('interviews', interview!);
    await mirror.rows('update sparkhire.interviews set details_due = true where uuid = $1', [interview]);
    await mirror.pull(emulator, { details: false });
    expect(await aside()).toEqual([`interviews ${interview}`]);
    await mirror.pull(emulator);
    await mirror.pull(emulator);
    expect(await aside()).toEqual([]);
  });

  it('a question stays until its interview brought it well', async () => {
    await mirror.pull(emulator);
    const interview = [...emulator.state.interviews.values()].find(({ questions }) => questions.length > 0)!;
    const { uuid } = interview.questions[0]!;
    await putAside('interview_questions', uuid);
    await mirror.pull(emulator);
    expect(await aside()).toEqual([`interview_questions ${uuid}`]);
    await mirror.rows(`update sparkhire.interview_questions set text = 'as it was before' where uuid = $1`, [
      uuid,
    ]);
    await mirror.pull(emulator, { fresh: true });
    await mirror.pull(emulator);
    expect(await aside()).toEqual([]);
  });
});
