/** Results carried back into Greenhouse: each once, whatever happens to the answers. */
import { describe, expect, it } from 'vitest';
import { query } from '../../../../src/db/database.js';
import { desiredDatabase } from '../../desired/fixture.js';
import { writeBackScene } from './scene.js';

const shared = desiredDatabase();
const scene = (...more: Parameters<typeof writeBackScene> extends [unknown, ...infer R] ? R : never) =>
  writeBackScene(shared.db, ...more);

const lost = { method: 'POST', path: '/notes', nth: 1 } as const;

describe('a result', () => {
  it('is a note with a marker: of the invitation, then of the completion with rating and link', async () => {
    const it = await scene();
    const one = await it.invited({ scheduled_at: '2031-03-20T09:00:00Z' });
    expect(await it.round()).toEqual({ written: 1, refused: 0, waiting: 0, nextMs: null });
    expect(it.notes(one.applicationId)).toEqual([
      [
        'Invited to a video interview with Spark Hire.',
        'To be completed by 2031-03-20 09:00 UTC.',
        `[sparkhire-sync ${one.uuid} invited]`,
      ].join('\n'),
    ]);
    await it.complete(one.uuid, 4.5);
    expect(await it.round()).toMatchObject({ written: 1 });
    expect(it.notes(one.applicationId)[1]).toBe(
      [
        'Completed the video interview with Spark Hire on 2031-03-10 09:05 UTC.',
        'Rating: 4.5 of 5.',
        'Watch it: https://x.test/w',
        `[sparkhire-sync ${one.uuid} completed]`,
      ].join('\n'),
    );
    const [note] = [...it.emulator.state.notes.values()];
    expect(note).toMatchObject({
      candidate_id: one.candidateId,
      type: 'NOTE',
      visibility: 'publicly_visible',
    });
    expect(await it.outcomes()).toEqual({
      [`${one.atsId} invited`]: 'written',
      [`${one.atsId} completed`]: 'written',
    });
  });

  it('is written once: rounds with nothing new ask the ATS for nothing, and an interview that ended is followed no more', async () => {
    const it = await scene();
    const one = await it.invited();
    await it.round();
    it.asked();
    await it.round();
    expect(it.asked()).toEqual([]);
    await it.complete(one.uuid);
    await it.round();
    expect(await it.isFollowed(one.atsId)).toBe(false);
    it.asked();
    await it.mirror(one.uuid, { rating: 3 });
    await it.round();
    expect([it.asked(), it.notes(one.applicationId)]).toMatchObject([[], { length: 2 }]);
  });

  it('is told in order where several states were reached at once, and only those that are wanted', async () => {
    const it = await scene({ expired: 'note' });
    const both = await it.invited();
    await it.complete(both.uuid);
    const late = await it.invited({ status: 'expired' });
    const taken = await it.invited({ status: 'canceled' });
    expect(await it.round()).toMatchObject({ written: 4 });
    const first = (notes: string[]) => notes.map((text) => text.split(' ')[0]);
    expect(first(it.notes(both.applicationId))).toEqual(['Invited', 'Completed']);
    expect(first(it.notes(late.applicationId))).toEqual(['Invited', 'The']);
    expect(it.notes(taken.applicationId)).toEqual([]);
    expect(await it.isFollowed(taken.atsId)).toBe(false);
  });

  it('is written nowhere where nothing is wanted, and not told later either once it is over', async () => {
    const off = await scene({ invited: 'none', completed: 'none' });
    const one = await off.invited({ status: 'completed' });
    await off.round();
    expect([off.asked(), await off.isFollowed(one.atsId), await off.outcomes()]).toEqual([[], false, {}]);
  });

  it('of many is looked for together: two requests for all, and one for each that is written', async () => {
    const it = await scene();
    const all = [await it.invited(), await it.invited(), await it.invited()];
    await it.round();
    const asked = it.asked();
    expect(asked.filter((one) => one === 'POST /v3/notes')).toHaveLength(all.length);
    expect(asked.filter((one) => one.startsWith('GET'))).toEqual([
      'GET /v3/applications',
      'GET /v3/notes',
      'GET /v3/users',
    ]);
  });

  it('that is there already is not written again, whoever recorded it', async () => {
    const it = await scene();
    const one = await it.invited();
    it.act.addNote({ application_id: one.applicationId, body: `x\n[sparkhire-sync ${one.uuid} invited]` });
    expect(await it.round()).toMatchObject({ written: 1 });
    expect(it.asked()).not.toContain('POST /v3/notes');
    expect(it.notes(one.applicationId)).toHaveLength(1);
  });
});

describe('a note whose answer was lost', () => {
  it('and that arrived is found by its marker and not written again', async () => {
    const it = await scene();
    const one = await it.invited();
    it.emulator.faults.add({ ...lost, effect: { kind: 'reset', when: 'after' } });
    expect(await it.round()).toMatchObject({ written: 1, waiting: 0 });
    expect(it.asked().filter((one) => one.startsWith('POST'))).toHaveLength(1);
    expect(it.notes(one.applicationId)).toHaveLength(1);
  });

  it('and that did not arrive is written again after two looks, the later one after the settling time', async () => {
    const it = await scene();
    const other = await it.invited();
    await it.round();
    const one = await it.invited();
    it.emulator.faults.add({ ...lost, effect: { kind: 'status', status: 500 } });
    expect(await it.round()).toMatchObject({ written: 0, waiting: 1 });
    expect(await it.outcomes()).toMatchObject({ [`${one.atsId} invited`]: 'unknown' });
    const soon = await it.round();
    expect([soon.written, soon.nextMs! > 29_000 && soon.nextMs! <= 65_000]).toEqual([0, true]);
    await it.later(50);
    await it.round();
    await it.later(5);
    expect(await it.round()).toMatchObject({ written: 0 });
    expect(it.notes(one.applicationId)).toEqual([]);
    await it.later(60);
    expect(await it.round()).toMatchObject({ written: 1, nextMs: null });
    expect([it.notes(one.applicationId), it.notes(other.applicationId)]).toMatchObject([
      { length: 1 },
      { length: 1 },
    ]);
  });

  it('is waited for longer where the ATS shows no notes at all, and not sent again and again: a right may be missing', async () => {
    const it = await scene({}, { switches: { missingScope: 'empty' } });
    const one = await it.invited();
    it.emulator.faults.add({ ...lost, effect: { kind: 'reset', when: 'after' } });
    it.act.revokeScope({ scope: 'harvest:notes:list' });
    await it.round();
    await it.later(100);
    await it.round();
    expect(it.notes(one.applicationId)).toHaveLength(1);
    it.act.grantScope({ scope: 'harvest:notes:list' });
    await it.later(200);
    expect(await it.round()).toMatchObject({ written: 1 });
    expect(it.notes(one.applicationId)).toHaveLength(1);

    const other = await it.invited();
    it.act.revokeScope({ scope: 'harvest:notes:list' });
    it.emulator.faults.add({ method: 'POST', path: '/notes', effect: { kind: 'status', status: 500 } });
    for (let look = 0; look < 10; look++) {
      await it.round();
      await it.later(400);
    }
    expect(it.asked().filter((asked) => asked === 'POST /v3/notes')).toHaveLength(2);
    expect(await it.error(other.atsId)).toBe('it was sent 2 times, and the ATS never showed it');
  });

  it('is looked for by whoever comes after a process that was killed before the answer', async () => {
    const it = await scene();
    const one = await it.invited();
    // Marked as sent; nobody recorded what became of it.
    await query(
      shared.db,
      `insert into sync.intents (account, resource, ats_id, action, fingerprint, uuid, state, sent_at)
       values ($1, 'ats_results', $2, 'invited', 'x', $3, 'sent', clock_timestamp())`,
      [it.account, one.atsId, one.uuid],
    );
    expect(await it.round()).toMatchObject({ written: 0, waiting: 1 });
    it.act.addNote({ application_id: one.applicationId, body: `[sparkhire-sync ${one.uuid} invited]` });
    await it.later(70);
    expect(await it.round()).toMatchObject({ written: 1 });
    expect(it.notes(one.applicationId)).toHaveLength(1);
  });
});

describe('a note that Greenhouse does not take', () => {
  it('is told with the reason of Greenhouse, never sent again, and holds up no other', async () => {
    const it = await scene();
    const [one, other] = [await it.invited(), await it.invited()];
    it.emulator.faults.add({ ...lost, effect: { kind: 'status', status: 422, body: 'json' } });
    expect(await it.round()).toMatchObject({ written: 1, refused: 1 });
    const refused = (await it.outcomes())[`${one.atsId} invited`] === 'refused' ? one : other;
    expect(await it.error(refused.atsId)).toContain('422');
    it.asked();
    await it.later(86_400);
    await it.round();
    expect(it.asked()).toEqual([]);
    // What comes later is another note.
    await it.complete(refused.uuid);
    expect(await it.round()).toMatchObject({ written: 1 });
  });

  it('for a right that is missing (403) waits, is an error, and is written once it is granted', async () => {
    const it = await scene();
    const one = await it.invited();
    it.act.revokeScope({ scope: 'harvest:notes:create' });
    await expect(it.round()).rejects.toMatchObject({ code: 'ATS_FORBIDDEN' });
    expect(await it.outcomes()).toEqual({ [`${one.atsId} invited`]: 'waiting' });
    it.asked();
    await it.round();
    expect(it.asked()).toEqual([]);
    it.act.grantScope({ scope: 'harvest:notes:create' });
    await it.later(3600);
    expect(await it.round()).toMatchObject({ written: 1 });
  });

  it('of a recruiter whom Greenhouse does not show as a user is from the owner of the job', async () => {
    const it = await scene();
    const one = await it.invited();
    const another = it.act.addUser();
    it.emulator.state.users.change(another.id, { primary_email: '', service_account: true });
    it.emulator.state.applications.change(one.applicationId, { recruiter_id: 888888 });
    expect(await it.round()).toMatchObject({ written: 1, refused: 0 });
    const [note] = it.emulator.state.notes.values();
    const owner = [...it.emulator.state.job_owners.values()].find(({ responsible }) => responsible);
    expect(note!.user_id).toBe(owner!.user_id);
  });

  it('since nobody is known to write as waits for the setting that names somebody', async () => {
    const it = await scene();
    const one = await it.invited();
    it.emulator.state.applications.change(one.applicationId, { recruiter_id: null });
    const another = it.act.addUser();
    it.emulator.state.users.change(another.id, { primary_email: '', service_account: true });
    for (const { id } of it.emulator.state.job_owners.values())
      it.emulator.state.job_owners.change(id, { responsible: false });
    await expect(it.round()).rejects.toMatchObject({
      code: 'ATS_FORBIDDEN',
      remedy: expect.stringContaining('ats.subject'),
    });
    expect(await it.outcomes()).toEqual({ [`${one.atsId} invited`]: 'waiting' });
  });

  it('for the rate limit (429) is sent once it is over', async () => {
    const it = await scene();
    const one = await it.invited();
    it.emulator.faults.add({ ...lost, effect: { kind: 'rate-limited', retryAfter: 0 } });
    expect(await it.round()).toMatchObject({ written: 1 });
    expect(it.notes(one.applicationId)).toHaveLength(1);
  });
});

describe('an application', () => {
  it('that was rejected meanwhile gets its note all the same', async () => {
    const it = await scene();
    const one = await it.invited();
    it.act.reject({ application_id: one.applicationId });
    expect(await it.round()).toMatchObject({ written: 1 });
  });

  it('whose candidate was merged into another gets its note there', async () => {
    const it = await scene();
    const one = await it.invited();
    const winner = it.act.addCandidate();
    it.act.merge({ winner_id: winner.id, loser_id: one.candidateId });
    expect(await it.round()).toMatchObject({ written: 1 });
    expect([...it.emulator.state.notes.values()].at(-1)).toMatchObject({ candidate_id: winner.id });
  });

  it('that was deleted is asked for again after a while, then its note is refused', async () => {
    const it = await scene();
    const [one, other] = [await it.invited(), await it.invited()];
    it.act.deleteApplication({ application_id: one.applicationId });
    expect(await it.round()).toMatchObject({ written: 1, waiting: 1 });
    await it.later(3600);
    expect(await it.round()).toMatchObject({ refused: 1 });
    expect(await it.outcomes()).toEqual({
      [`${one.atsId} invited`]: 'refused',
      [`${other.atsId} invited`]: 'written',
    });
  });
});

describe('a move', () => {
  const moving = { completed: 'none', move: { completed: 'face to face' } };
  const jobs = { jobs: 0 };
  const withStages = async (switches = {}) => {
    const it = await scene(moving, { ...jobs, switches });
    it.act.addJob({ stages: ['Application Review', 'Video interview', 'Face to Face', 'Offer'] });
    return it;
  };

  it.each(['entry', 'job-stage', 'either'] as const)(
    'goes from the stage of the entry to the one that the settings name, where from_stage_id is %s',
    async (moveFrom) => {
      const it = await withStages({ moveFrom });
      const one = await it.invited();
      await it.complete(one.uuid);
      expect(await it.round()).toMatchObject({ written: 2, refused: 0 });
      expect(it.stageOf(one.applicationId)).toBe('Face to Face');
      expect(await it.outcomes()).toMatchObject({ [`${one.atsId} move completed`]: 'written' });
    },
  );

  it('is not done where somebody moved the application meanwhile, or it has ended', async () => {
    const it = await withStages();
    const [moved, rejected] = [await it.invited(), await it.invited()];
    it.act.moveToStage({ application_id: moved.applicationId, stage: 'Offer' });
    it.act.reject({ application_id: rejected.applicationId });
    for (const { uuid } of [moved, rejected]) await it.complete(uuid);
    expect(await it.round()).toMatchObject({ written: 2, refused: 2 });
    expect(it.stageOf(moved.applicationId)).toBe('Offer');
    expect(it.asked().filter((one) => one.endsWith('/move'))).toEqual([]);
  });

  it('whose answer was lost is known by where the application stands', async () => {
    const it = await withStages();
    const one = await it.invited();
    await it.complete(one.uuid);
    it.emulator.faults.add({
      method: 'POST',
      path: '/move',
      nth: 1,
      effect: { kind: 'reset', when: 'after' },
    });
    expect(await it.round()).toMatchObject({ written: 2, waiting: 0 });
    expect(it.asked().filter((asked) => asked.endsWith('/move'))).toHaveLength(1);
  });

  it('into a stage that people are invited because of is refused', async () => {
    const it = await scene(
      { invited: 'none', completed: 'none', move: { completed: 'VIDEO INTERVIEW' } },
      jobs,
    );
    it.act.addJob({ stages: ['Application Review', 'Video interview'] });
    const one = await it.invited();
    it.act.moveToStage({ application_id: one.applicationId, stage: 'Application Review' });
    await it.complete(one.uuid);
    expect(await it.round()).toMatchObject({ refused: 1 });
    expect(await it.error(one.atsId)).toContain('people are invited because of');
  });
});

describe('the process', () => {
  it('sends nothing once the account is not its own any more', async () => {
    const it = await scene();
    const one = await it.invited();
    const gone = new Error('another process has the account');
    await expect(it.round({ fence: () => Promise.reject(gone) })).rejects.toBe(gone);
    expect(it.notes(one.applicationId)).toEqual([]);
    expect(await it.round()).toMatchObject({ written: 1 });
  });

  it('that is stopped while a note is under way waits for its answer', async () => {
    const it = await scene();
    const one = await it.invited();
    const stop = new AbortController();
    it.emulator.onRequest(async ({ method, path }) => {
      if (method === 'POST' && path.includes('notes')) stop.abort(new Error('stopped'));
    });
    expect(await it.round({ signal: stop.signal }).catch((error: Error) => error.message)).toBe('stopped');
    expect(await it.outcomes()).toEqual({ [`${one.atsId} invited`]: 'written' });
  });

  it('beside another one does not write what that has committed already', async () => {
    const it = await scene();
    const one = await it.invited();
    await Promise.all([it.round(), it.round()]);
    expect(it.notes(one.applicationId)).toHaveLength(1);
  });
});
