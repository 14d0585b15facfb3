import { describe, expect, it } from 'vitest';
import { greenhouse } from './api.js';

type Scene = Awaited<ReturnType<typeof greenhouse>>;

/** Somebody in a stage, and a note about them that would be accepted. */
function written({ act, state }: Scene) {
  const application = act.apply({ stage: 'Video interview' });
  const [, author] = state.users.values();
  const note = {
    candidate_id: application.candidate_id,
    application_id: application.id,
    user_id: author!.id,
    body: 'Invited.\n[marker]',
    visibility: 'public',
    note_type: 'NOTE',
  };
  return { application, note };
}

describe('a note of the emulated Greenhouse', () => {
  it('is written in other words than it is read', async () => {
    const scene = await greenhouse();
    const { note, application } = written(scene);
    const { status, json } = await scene.harvest.post('/notes', note);
    expect(status).toBe(201);
    expect(json).toMatchObject({
      candidate_id: note.candidate_id,
      application_id: application.id,
      user_id: note.user_id,
      body: note.body,
      type: 'NOTE',
      visibility: 'publicly_visible',
    });
    const found = await scene.harvest.rows(
      `/notes?application_ids=${application.id}&candidate_ids=${note.candidate_id}&user_ids=${note.user_id}`,
    );
    expect(found).toEqual([json]);
    expect((await scene.harvest.get('/notes?visibility=public')).status).toBe(422);
    expect(await scene.harvest.rows('/notes?visibility=publicly_visible&type=NOTE')).toEqual([json]);
  });

  it.each([
    ['nobody', { candidate_id: 12 }],
    ['no candidate', { candidate_id: undefined }],
    ['an application of somebody else', { application_id: 12 }],
    ['no text', { body: '' }],
    ['a visibility as it is read', { visibility: 'publicly_visible' }],
    ['no visibility', { visibility: undefined }],
    ['a kind that only Greenhouse writes', { note_type: 'FEEDBACK' }],
    ['an author who does not exist', { user_id: 12 }],
    ['no author', { user_id: undefined }],
    ['ids in quotes', { candidate_id: '4800001001' }],
  ])('is refused for %s', async (_, changes) => {
    const scene = await greenhouse();
    const { note } = written(scene);
    const reply = await scene.harvest.post('/notes', { ...note, ...changes });
    expect(reply).toMatchObject({ status: 422, json: { errors: [{ field: Object.keys(changes)[0] }] } });
    expect(scene.state.notes.size).toBe(0);
  });

  it('may be its own token’s, and be answered in each way that is plausible', async () => {
    const scene = await greenhouse({ switches: { noteAuthor: 'optional', createdStatus: '200' } });
    const { note } = written(scene);
    const { emulator, harvest } = scene;
    const { status, json } = await harvest.post('/notes', { ...note, user_id: undefined });
    expect([status, json.user_id]).toEqual([200, [...emulator.credentials.all.values()][0]!.serviceUserId]);
    emulator.switches.noteAnswer = 'as-written';
    expect((await harvest.post('/notes', note)).json.visibility).toBe('public');
    emulator.switches.noteAnswer = 'id-only';
    expect(Object.keys((await harvest.post('/notes', note)).json)).toEqual(['id']);
  });

  it('moves the times of its application as far as the switch says, and makes no entry', async () => {
    const scene = await greenhouse();
    const { emulator, harvest, clock, state } = scene;
    const { note, application } = written(scene);
    const entries = state.application_stages.size;
    for (const [noteTouches, activity, updated] of [
      ['both', true, true],
      ['last_activity_at', true, false],
      ['nothing', false, false],
    ] as const) {
      emulator.switches.noteTouches = noteTouches;
      clock.tick(1000);
      await harvest.post('/notes', note);
      const { last_activity_at, updated_at } = state.applications.one(application.id);
      expect([last_activity_at === clock.now(), updated_at === clock.now()]).toEqual([activity, updated]);
    }
    expect(state.application_stages.size).toBe(entries);
  });

  it('is there although its answer was lost', async () => {
    const scene = await greenhouse();
    const { emulator, harvest, state } = scene;
    const { note, application } = written(scene);
    emulator.faults.add({
      path: '/notes$',
      method: 'POST',
      nth: 1,
      effect: { kind: 'reset', when: 'after' },
    });
    emulator.faults.add({
      path: '/notes$',
      method: 'POST',
      nth: 1,
      effect: { kind: 'status', status: 502, when: 'after' },
    });
    await expect(harvest.post('/notes', note)).rejects.toThrow();
    expect((await harvest.post('/notes', note)).status).toBe(502);
    expect(await harvest.rows(`/notes?application_ids=${application.id}`)).toHaveLength(2);
    emulator.faults.add({ path: '/notes$', nth: 1, effect: { kind: 'status', status: 503 } });
    expect((await harvest.post('/notes', note)).status).toBe(503);
    expect(state.notes.size).toBe(2);
    expect(emulator.requests.at(-1)).toMatchObject({ method: 'POST', path: '/v3/notes', fault: 'status' });
  });
});

describe('a move in the emulated Greenhouse', () => {
  const stageOf = ({ state }: Scene, jobId: number | null, name: string) =>
    state.job_interview_stages.filter((one) => one.job_id === jobId && one.name === name)[0]!.id;

  it('goes from the stage that was named, once', async () => {
    const scene = await greenhouse();
    const { harvest, state } = scene;
    const { application } = written(scene);
    const to_stage_id = stageOf(scene, application.job_id, 'Onsite');
    const move = { from_stage_id: application.entry_id, to_stage_id };
    const path = `/applications/${application.id}/move`;
    expect(await harvest.post(path, move)).toMatchObject({ status: 204, json: undefined });
    expect((await harvest.rows(`/applications?ids=${application.id}`))[0].stage_name).toBe('Onsite');
    const again = await harvest.post(path, move);
    expect(again).toMatchObject({ status: 422, json: { errors: [{ field: 'from_stage_id' }] } });
    expect(state.application_stages.filter((row) => row.application_id === application.id)).toHaveLength(3);
  });

  it('reads from_stage_id as the entry, the stage of the job, or either', async () => {
    const scene = await greenhouse();
    const { emulator, harvest, state, act } = scene;
    for (const [moveFrom, byEntry, byStage] of [
      ['entry', 204, 422],
      ['job-stage', 422, 204],
      ['either', 204, 204],
    ] as const) {
      emulator.switches.moveFrom = moveFrom;
      for (const by of ['entry', 'stage'] as const) {
        const { id, job_id, entry_id } = act.apply();
        const entry = state.application_stages.one(entry_id!);
        const from_stage_id = by === 'entry' ? entry.id : entry.job_interview_stage_id;
        const to_stage_id = stageOf(scene, job_id, 'Offer');
        const { status } = await harvest.post(`/applications/${id}/move`, { from_stage_id, to_stage_id });
        expect(status, `${moveFrom} by ${by}`).toBe(by === 'entry' ? byEntry : byStage);
      }
    }
  });

  it('is refused to a stage of another job or out of the plan, for who has ended, and to nobody', async () => {
    const scene = await greenhouse();
    const { harvest, act, state } = scene;
    const other = act.addJob();
    const { id, job_id, entry_id } = act.apply();
    const move = (changes: object) =>
      harvest.post(`/applications/${id}/move`, { from_stage_id: entry_id, ...changes });
    const inactive = state.job_interview_stages.filter((one) => one.job_id === job_id && !one.active)[0]!;
    expect((await move({ to_stage_id: stageOf(scene, other.id, 'Onsite') })).status).toBe(422);
    expect((await move({ to_stage_id: inactive.id })).status).toBe(422);
    expect((await move({})).status).toBe(422);
    const to_stage_id = stageOf(scene, job_id, 'Onsite');
    expect((await move({ to_stage_id, to_job_id: other.id })).status).toBe(422);
    act.reject({ application_id: id });
    expect((await move({ to_stage_id })).status).toBe(422);
    expect((await harvest.post('/applications/12/move', { from_stage_id: 1, to_stage_id })).status).toBe(404);
    expect((await harvest.get(`/applications/${id}/move`)).status).toBe(404);
  });

  it('to another job lands in its first stage', async () => {
    const scene = await greenhouse();
    const { harvest, act } = scene;
    const { application } = written(scene);
    const job = act.addJob({ stages: ['Sorting', 'Talk'] });
    const body = { from_stage_id: application.entry_id, to_job_id: job.id };
    expect((await harvest.post(`/applications/${application.id}/move`, body)).status).toBe(204);
    expect((await harvest.rows(`/applications?ids=${application.id}`))[0]).toMatchObject({
      job_id: job.id,
      stage_name: 'Sorting',
    });
  });
});

describe('a change of an application in the emulated Greenhouse', () => {
  const link = (value: unknown) => ({ custom_fields: [{ name_key: 'video_interview_link', value }] });

  it('sets custom fields, and a selection by the id of its option', async () => {
    const scene = await greenhouse();
    const { harvest, clock } = scene;
    const { application } = written(scene);
    const path = `/applications/${application.id}`;
    clock.tick(1000);
    const first = await harvest.send('PATCH', path, link('https://video.example.com/1'));
    expect(first.status).toBe(200);
    expect(first.json).toMatchObject({ id: application.id, updated_at: new Date(clock.now()).toISOString() });
    const options = await harvest.rows('/custom_field_options?custom_field_key=video_interview_status');
    const invited = options.find(({ name }) => name === 'Invited');
    const status = { custom_fields: [{ name_key: 'video_interview_status', value: invited.id }] };
    expect((await harvest.send('PATCH', path, status)).status).toBe(200);
    const [read] = await harvest.rows(`/applications?custom_field_option_id=${invited.id}`);
    expect(read.custom_fields).toMatchObject({
      video_interview_link: { value: 'https://video.example.com/1' },
      video_interview_status: { type: 'single_select', value: 'Invited' },
    });
    for (const wrong of ['Invited', 12]) {
      const body = { custom_fields: [{ name_key: 'video_interview_status', value: wrong }] };
      expect((await harvest.send('PATCH', path, body)).status).toBe(422);
    }
    expect((await harvest.send('PATCH', path, link(7))).status).toBe(422);
    const unknown = { custom_fields: [{ name_key: 'salary', value: 'much' }] };
    expect((await harvest.send('PATCH', path, unknown)).status).toBe(422);
    expect((await harvest.send('PATCH', '/applications/12', link('x'))).status).toBe(404);
  });

  it('takes other forms, clears what is left out, and answers nothing, as the switches say', async () => {
    const scene = await greenhouse({ switches: { customFieldsPatch: 'cleared', patchAnswer: 'empty' } });
    const { emulator, harvest, state } = scene;
    const { application } = written(scene);
    const path = `/applications/${application.id}`;
    const map = { custom_fields: { video_interview_rating: '4.5' } };
    expect((await harvest.send('PATCH', path, map)).status).toBe(422);
    expect((await harvest.send('PATCH', path, link('x'))).status).toBe(204);
    emulator.switches.customFieldsBody = 'map';
    expect((await harvest.send('PATCH', path, map)).status).toBe(204);
    expect(state.applications.one(application.id).custom_values).toEqual({ video_interview_rating: '4.5' });
    expect((await harvest.send('PATCH', path, link('x'))).status).toBe(422);
  });

  it('says who looks after it, and never where it stands', async () => {
    const scene = await greenhouse();
    const { harvest, state } = scene;
    const { application } = written(scene);
    const body = { recruiter_id: 4_200_001_003, stage_id: 12, status: 'hired' };
    expect((await harvest.send('PATCH', `/applications/${application.id}`, body)).status).toBe(200);
    expect(state.applications.one(application.id)).toMatchObject({
      recruiter_id: 4_200_001_003,
      status: 'in_process',
      entry_id: application.entry_id,
    });
  });
});
