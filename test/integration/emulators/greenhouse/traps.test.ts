import { describe, expect, it } from 'vitest';
import { askToken, greenhouse, Harvest } from './api.js';

describe('applications of the emulated Greenhouse', () => {
  it('name their entry as stage_id, not the stage of the job, unless a switch says so', async () => {
    const { emulator, harvest, act } = await greenhouse();
    const { id } = act.apply({ stage: 'Video interview' });
    const [entry] = await harvest.rows(`/application_stages?application_ids=${id}&current=true`);
    const read = async () => (await harvest.rows(`/applications?ids=${id}`))[0];
    expect(await read()).toMatchObject({ stage_id: entry.id, stage_name: 'Video interview' });
    expect(await harvest.rows(`/applications?stage_ids=${entry.id}`)).toHaveLength(1);
    expect(await harvest.rows(`/applications?stage_ids=${entry.job_interview_stage_id}`)).toEqual([]);
    emulator.switches.stageId = 'job-stage';
    expect((await read()).stage_id).toBe(entry.job_interview_stage_id);
    expect(await harvest.rows(`/applications?stage_ids=${entry.id}`)).toEqual([]);
  });

  it('move two rows when they move on: one is left, one is new', async () => {
    const { harvest, clock, act, state } = await greenhouse();
    const { id } = act.apply();
    const first = state.applications.one(id).entry_id;
    clock.tick(5000);
    const now = new Date(clock.now()).toISOString();
    act.moveToStage({ application_id: id, stage: 'Video interview' });
    const rows = await harvest.rows(`/application_stages?updated_at=gte|${now}`);
    expect(rows).toMatchObject([
      { current: true, entered_at: now, exited_at: null },
      { id: first, current: false, exited_at: now },
    ]);
    clock.tick(5000);
    act.moveToStage({ application_id: id, stage: 'Application Review' });
    act.moveToStage({ application_id: id, stage: 'Video interview' });
    const again = await harvest.rows(
      `/application_stages?application_ids=${id}&job_interview_stage_ids=${rows[0].job_interview_stage_id}`,
    );
    expect(again.map(({ current }) => current)).toEqual([true, false]);
  });

  it('keep or leave their entry when they are rejected, and have no stage_id then', async () => {
    const { emulator, harvest, act, state } = await greenhouse();
    for (const [endedEntry, current] of [
      ['stays-current', true],
      ['exits', false],
    ] as const) {
      emulator.switches.endedEntry = endedEntry;
      const { id } = act.apply();
      act.reject({ application_id: id, by: null });
      const [application] = await harvest.rows(`/applications?ids=${id}`);
      expect(application).toMatchObject({ status: 'rejected', stage_id: null, stage_name: null });
      const [entry] = await harvest.rows(`/application_stages?application_ids=${id}`);
      expect(entry.current).toBe(current);
      const [detail] = await harvest.rows(`/rejection_details?application_ids=${id}`);
      expect(detail).toMatchObject({ rejected_by_id: null, rejected_at: application.rejected_at });
      const hired = act.apply();
      act.hire({ application_id: hired.id });
      expect((await harvest.rows(`/application_stages?application_ids=${hired.id}`))[0].current).toBe(
        current,
      );
      act.unreject({ application_id: id });
      expect((await harvest.rows(`/applications?ids=${id}`))[0].stage_id).toBe(entry.id);
      expect(state.rejection_details.filter((row) => row.application_id === id)).toEqual([]);
    }
  });

  it('have null, where that is allowed, for what holds nothing', async () => {
    const { harvest, act, state } = await greenhouse({ switches: { emptyValues: 'null' } });
    const { id, job_id } = act.apply();
    const read = async () => (await harvest.rows(`/applications?ids=${id}`))[0];
    expect(await read()).toMatchObject({ answers: null, custom_fields: null, prospective_job_ids: [] });
    const body = { custom_fields: [{ name_key: 'video_interview_rating', value: '4' }] };
    await harvest.send('PATCH', `/applications/${id}`, body);
    expect((await read()).custom_fields.video_interview_rating.value).toBe('4');
    act.editJob({ job_id: job_id!, office_ids: [] });
    expect((await harvest.rows(`/jobs?ids=${job_id}`))[0]).toMatchObject({ office_ids: null });
    expect(state.jobs.one(job_id!).office_ids).toEqual([]);
  });

  it('may lack the time they entered a stage', async () => {
    const { emulator, harvest, act } = await greenhouse();
    const { id } = act.apply({ stage: 'Onsite' });
    const entered = async () =>
      (await harvest.rows(`/application_stages?application_ids=${id}`)).map(({ entered_at }) => entered_at);
    expect(await entered()).not.toContain(null);
    emulator.switches.enteredAt = 'past';
    expect(await entered()).toEqual([expect.any(String), null]);
    emulator.switches.enteredAt = 'all';
    expect(await entered()).toEqual([null, null]);
  });

  it('of prospects have no job, no stage and no entry until they are converted', async () => {
    const { harvest, act, state } = await greenhouse();
    const [job] = state.jobs.values();
    const { id, candidate_id } = act.addProspect({ job_id: job!.id });
    expect((await harvest.rows(`/applications?ids=${id}`))[0]).toMatchObject({
      prospect: true,
      job_id: null,
      prospective_job_ids: [job!.id],
      stage_id: null,
      status: 'in_process',
    });
    expect(await harvest.rows(`/application_stages?application_ids=${id}`)).toEqual([]);
    act.convertProspect({ application_id: id, job_id: job!.id });
    const both = await harvest.rows(`/applications?candidate_ids=${candidate_id}`);
    expect(both.map(({ status, prospect }) => [status, prospect])).toEqual([
      ['in_process', false],
      ['converted', true],
    ]);
  });

  it('go to another job with their history or without it', async () => {
    const { emulator, harvest, act } = await greenhouse();
    const job = act.addJob();
    for (const [transferHistory, entries] of [
      ['kept', 3],
      ['dropped', 1],
    ] as const) {
      emulator.switches.transferHistory = transferHistory;
      const { id } = act.apply({ stage: 'Onsite' });
      act.transfer({ application_id: id, job_id: job.id });
      expect(await harvest.rows(`/application_stages?application_ids=${id}`)).toHaveLength(entries);
      expect((await harvest.rows(`/applications?ids=${id}`))[0]).toMatchObject({
        job_id: job.id,
        stage_name: 'Application Review',
      });
    }
  });
});

describe('people of the emulated Greenhouse', () => {
  it('that are merged live on under the winner, with both addresses and one application a job', async () => {
    const { harvest, act } = await greenhouse();
    const job = act.addJob();
    const winner = act.apply({ job_id: job.id });
    const loser = act.addCandidate();
    const twice = act.apply({ candidate_id: loser.id, job_id: job.id });
    const other = act.apply({ candidate_id: loser.id });
    act.merge({ winner_id: winner.candidate_id, loser_id: loser.id });
    expect(await harvest.rows(`/candidates?ids=${loser.id}`)).toEqual([]);
    const [candidate] = await harvest.rows(`/candidates?ids=${winner.candidate_id}`);
    expect(candidate.email_addresses).toHaveLength(2);
    const left = await harvest.rows(`/applications?ids=${winner.id},${twice.id},${other.id}`);
    expect(left.map(({ id, candidate_id }) => [id, candidate_id])).toEqual([
      [other.id, winner.candidate_id],
      [winner.id, winner.candidate_id],
    ]);
    expect(() => act.merge({ winner_id: winner.candidate_id, loser_id: winner.candidate_id })).toThrow(
      RangeError,
    );
  });

  it('that are deleted take their applications, entries and notes along', async () => {
    const { harvest, act } = await greenhouse();
    const { id, candidate_id } = act.apply({ stage: 'Onsite' });
    act.addNote({ application_id: id, body: 'Called.' });
    act.reject({ application_id: id });
    act.deleteCandidate({ candidate_id });
    for (const path of [
      `/candidates?ids=${candidate_id}`,
      `/applications?ids=${id}`,
      `/application_stages?application_ids=${id}`,
      `/notes?candidate_ids=${candidate_id}`,
      `/rejection_details?application_ids=${id}`,
    ]) {
      expect(await harvest.rows(path), path).toEqual([]);
    }
  });

  it('that are anonymized lose their history: they stand in the first stage as if they had applied now', async () => {
    const { harvest, act, clock } = await greenhouse();
    const { id, candidate_id } = act.apply({ stage: 'Onsite' });
    const before = await harvest.rows(`/application_stages?application_ids=${id}`);
    clock.tick(1000);
    act.anonymize({ candidate_id });
    const after = await harvest.rows(`/application_stages?application_ids=${id}`);
    expect(after).toMatchObject([{ current: true, entered_at: new Date(clock.now()).toISOString() }]);
    expect(before.map((entry) => entry.id)).not.toContain(after[0].id);
    expect((await harvest.rows(`/candidates?ids=${candidate_id}`))[0]).toMatchObject({
      first_name: 'Anonymized',
      last_name: String(candidate_id),
      email_addresses: [],
      phone_numbers: [],
    });
    const other = act.apply({ stage: 'Onsite' });
    act.anonymize({ candidate_id: other.candidate_id, fields: ['full_name'] });
    expect(await harvest.rows(`/application_stages?application_ids=${other.id}`)).toHaveLength(2);
  });

  it('that are private are asked for with the others, and hidden from whom a switch says', async () => {
    const { emulator, harvest, act } = await greenhouse();
    const { id, candidate_id } = act.apply();
    act.makePrivate({ candidate_id });
    const seen = async () => [
      (await harvest.rows(`/candidates?ids=${candidate_id}`)).length,
      (await harvest.rows(`/applications?ids=${id}`)).length,
      (await harvest.rows(`/application_stages?application_ids=${id}`)).length,
    ];
    expect(await seen()).toEqual([1, 1, 1]);
    expect(await harvest.rows(`/candidates?ids=${candidate_id}&private=true`)).toHaveLength(1);
    expect(await harvest.rows(`/candidates?ids=${candidate_id}&private=false`)).toEqual([]);
    act.seePrivate({ sees_private: false });
    expect(await seen()).toEqual([0, 0, 0]);
    emulator.switches.privateCandidates = 'person-only';
    expect(await seen()).toEqual([0, 1, 1]);
  });

  it('are answered with a message at first, or for good', async () => {
    const { emulator, harvest } = await greenhouse({ switches: { candidatesAnswer: 'message-first' } });
    const message = { message: expect.any(String) };
    expect((await harvest.get('/candidates?per_page=3')).json).toEqual(message);
    expect(await harvest.rows('/candidates?per_page=3')).toHaveLength(3);
    emulator.switches.candidatesAnswer = 'message';
    for (let i = 0; i < 3; i++) expect((await harvest.get('/candidates')).json).toEqual(message);
    expect((await harvest.rows('/applications')).length).toBeGreaterThan(0);
  });
});

describe('jobs of the emulated Greenhouse', () => {
  it('that are confidential are hidden from a site admin who is not on the hiring team', async () => {
    const { emulator, harvest, act, state } = await greenhouse();
    const [, admin] = state.users.values();
    const job = act.addJob({ confidential: true, recruiter_id: admin!.id });
    const { id } = act.apply({ job_id: job.id });
    const seen = async (by: Harvest) => [
      (await by.rows(`/jobs?ids=${job.id}`)).length,
      (await by.rows(`/job_interview_stages?job_ids=${job.id}`)).length > 0,
      (await by.rows(`/applications?ids=${id}`)).length,
    ];
    expect(await seen(harvest)).toEqual([0, false, 0]);
    emulator.switches.confidentialJobs = 'job-only';
    expect(await seen(harvest)).toEqual([0, true, 1]);
    emulator.switches.confidentialJobs = 'nothing';
    expect(await seen(harvest)).toEqual([1, true, 1]);
    emulator.switches.confidentialJobs = 'everything';
    const { json } = await askToken(emulator, { form: { sub: String(admin!.id) } });
    expect(await seen(new Harvest(emulator, json.access_token))).toEqual([1, true, 1]);
  });

  it('have stages of their own, which are renamed and taken out of the plan', async () => {
    const { harvest, act, state } = await greenhouse();
    const { id, job_id } = act.apply({ stage: 'Video interview' });
    const stages = `/job_interview_stages?job_ids=${job_id}`;
    const stage = (await harvest.rows(stages)).find(({ name }) => name === 'Video interview');
    act.renameStage({ stage_id: stage.id, name: 'One-way video' });
    expect((await harvest.rows(`/applications?ids=${id}`))[0].stage_name).toBe('One-way video');
    expect(() => act.apply({ stage: 'Video interview' })).toThrow(/One-way video/);
    act.removeStage({ stage_id: stage.id });
    const active = await harvest.rows(`${stages}&active=true`);
    expect(active.map((one) => one.id)).not.toContain(stage.id);
    expect(await harvest.rows(`${stages}&active=false`)).toHaveLength(2);
    expect(state.applications.one(id).status).toBe('in_process');
  });

  it('are closed without their applications ending', async () => {
    const { harvest, act } = await greenhouse();
    const { id, job_id } = act.apply();
    act.closeJob({ job_id: job_id! });
    expect((await harvest.rows(`/jobs?ids=${job_id}`))[0]).toMatchObject({
      status: 'closed',
      closed_at: expect.any(String),
    });
    expect((await harvest.rows(`/applications?ids=${id}`))[0].status).toBe('in_process');
    act.openJob({ job_id: job_id! });
    expect((await harvest.rows(`/jobs?ids=${job_id}`))[0]).toMatchObject({ status: 'open', closed_at: null });
  });
});
