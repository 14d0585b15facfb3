/** Questions edited in the ATS after the invitation was sent: carried over until the candidate accepts, each once. */
import { describe, expect, it } from 'vitest';
import type { FaultEffect } from '#emulators/emulator/index';
import { openPushScene, withoutBackoff } from '../../../support/push-scene.js';
import {
  applyUntilDone,
  invited,
  isEdit,
  questionsPath as path,
  q,
  questionsOf,
  watchEmpty,
} from '../../../support/question-edits.js';

withoutBackoff();

const old = q('Why bread?');

describe('questions', () => {
  it('questions are edited with no more requests than it takes, and stand once the interview was accepted', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const uuid = await invited(scene, 6);
    const edits: Record<string, ReturnType<typeof q>[]> = {
      'I-1': [q('Why cake?')],
      'I-2': [old, q('When?', 30)],
      'I-3': [q('Why bread?', 120)],
      'I-4': [q('First?', 30), old],
      'I-5': [q('Too late?')],
      'I-6': [old],
    };
    scene.emulator.act.acceptInterview(uuid['I-5']!);
    const empty = watchEmpty(scene);
    await scene.put(
      'interviews',
      ...Object.entries(edits).map(([ats_id, questions]) => ({ ats_id, questions })),
    );
    const plan = await scene.run(['plan']);
    expect(plan.json).toMatchObject({
      actions: ['I-1', 'I-2', 'I-3', 'I-4'].map((ats_id) => ({
        ats_id,
        action: 'update',
        changes: [{ field: 'questions', from: [old], to: edits[ats_id] }],
      })),
    });
    const run = await scene.run(['apply']);
    expect([run.code, run.json]).toMatchObject([3, { pushed: { updated: 4, rejected: 1 } }]);
    for (const atsId of ['I-1', 'I-2', 'I-3', 'I-4', 'I-6'])
      expect([atsId, questionsOf(scene, uuid[atsId]!)]).toEqual([atsId, edits[atsId]]);
    expect(questionsOf(scene, uuid['I-5']!)).toEqual([old]);
    expect((await scene.view('interview'))['I-5']).toMatchObject({
      state: 'rejected',
      issues: [{ code: 'IMMUTABLE_AFTER_SEND', field: 'questions' }],
    });
    const of = (atsId: string) => `/v1.0/interviews/${uuid[atsId]}/questions`;
    const sent = scene
      .writes()
      .map(({ method, path: at }) => `${method} ${at.split('/questions')[0]}/questions`);
    expect(sent.sort()).toEqual(
      [
        `PUT ${of('I-1')}`,
        `POST ${of('I-2')}`,
        `POST ${of('I-3')}`,
        `DELETE ${of('I-3')}`,
        `POST ${of('I-4')}`,
        `POST ${of('I-4')}`,
        `DELETE ${of('I-4')}`,
      ].sort(),
    );
    expect(empty).toEqual([]);
    await scene.put('interviews', { ats_id: 'I-5', questions: [old] });
    for (const command of ['sync', 'apply']) expect((await scene.run([command])).code).toBe(0);
    expect(scene.writes()).toEqual([]);
    expect(scene.invitations()).toEqual({ 1: 6 });
    // The mirror has them too.
    await scene.run(['backfill']);
    expect(await scene.wrong()).toEqual([]);
  });

  it('questions that were edited in Spark Hire stand until a person decides otherwise', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const uuid = await invited(scene, 3);
    const edited = (atsId: string) => {
      const { url, adminKey, state } = scene.emulator;
      const interview = uuid[atsId]!;
      const [question] = state.interviews.get(interview)!.questions;
      return fetch(`${url}/interviews/${interview}/questions/${question!.uuid}`, {
        method: 'PUT',
        headers: { authorization: `Basic ${btoa(`${adminKey}:`)}`, 'content-type': 'application/json' },
        body: JSON.stringify({ text: 'By hand?' }),
      });
    };
    for (const atsId of ['I-1', 'I-2', 'I-3']) expect((await edited(atsId)).status).toBe(200);
    scene.writes();
    expect((await scene.run(['sync'])).code).toBe(0);
    expect(scene.writes()).toEqual([]);
    await scene.put(
      'interviews',
      { ats_id: 'I-2', questions: [q('By the ATS?')] },
      { ats_id: 'I-3', questions: [q('By the ATS?')] },
    );
    // What the mirror does not know yet is found out before anything is sent.
    await scene.rows(`update sparkhire.interviews set details_due = true`);
    const run = await scene.run(['apply']);
    expect([run.code, scene.writes()]).toEqual([3, []]);
    const asked = (await scene.run(['conflicts'])).json as Array<Record<string, unknown>>;
    expect(asked.map(({ ats_id, kind, field }) => [ats_id, kind, field]).sort()).toEqual([
      ['I-2', 'field_diverged', 'questions'],
      ['I-3', 'field_diverged', 'questions'],
    ]);
    for (const { id, ats_id } of asked) {
      const take = ats_id === 'I-2' ? 'ats' : 'sparkhire';
      expect((await scene.run(['conflicts', 'resolve', String(id), '--take', take])).code).toBe(0);
    }
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(['I-1', 'I-2', 'I-3'].map((atsId) => questionsOf(scene, uuid[atsId]!)[0]!.text)).toEqual([
      'By hand?',
      'By the ATS?',
      'By hand?',
    ]);
    scene.writes();
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(scene.writes()).toEqual([]);
  });

  it('an interview takes the questions of a set, and leaves the set for questions of its own', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished, { questionSets: 1 });
    const [set] = [...scene.emulator.state.questionSets.values()];
    const uuid = await invited(scene, 1);
    const ofSet = set!.questions.map(({ text, timeLimit, takes }) => q(text, timeLimit, takes));
    await scene.put('interviews', { ats_id: 'I-1', questions: null, question_set_uuid: set!.uuid });
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(questionsOf(scene, uuid['I-1']!)).toEqual(ofSet);
    await scene.put('interviews', { ats_id: 'I-1', questions: [old], question_set_uuid: null });
    expect((await scene.run(['apply'])).code).toBe(0);
    expect(questionsOf(scene, uuid['I-1']!)).toEqual([old]);
    scene.writes();
    await scene.put('interviews', {
      ats_id: 'I-1',
      question_set_uuid: '0c0ffee0-0000-4000-8000-000000000000',
    });
    expect((await scene.run(['apply'])).code).toBe(0);
    expect((await scene.view('interview'))['I-1']).toMatchObject({
      state: 'held',
      issues: [{ code: 'UNKNOWN_REFERENCE', field: 'question_set_uuid' }],
    });
    expect(scene.writes()).toEqual([]);
  });

  it('an interview takes the questions of a set that the listing leaves out', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished, {
      questionSets: 1,
      switches: { listSetQuestions: 'missing', questionSetsPath: 'interview_question_sets' },
    });
    const [set] = [...scene.emulator.state.questionSets.values()];
    const uuid = await invited(scene, 1);
    await scene.put('interviews', { ats_id: 'I-1', questions: null, question_set_uuid: set!.uuid });
    expect((await scene.run(['apply'])).code).toBe(0);
    const ofSet = set!.questions.map(({ text, timeLimit, takes }) => q(text, timeLimit, takes));
    expect(questionsOf(scene, uuid['I-1']!)).toEqual(ofSet);
    expect(await scene.states('interview')).toEqual({ 'I-1': 'synced' });
    scene.writes();
    expect((await scene.run(['sync'])).code).toBe(0);
    expect(scene.writes()).toEqual([]);
  });

  it('each question is there once, though answers to the edits are lost', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    const { emulator } = scene;
    const uuid = await invited(scene, 6);
    const after = [q('Why cake?'), q('Since when?', 30), q('How?', 30)];
    const rows = Object.keys(uuid);
    await scene.put('interviews', ...rows.map((ats_id) => ({ ats_id, questions: [old, q('Where?')] })));
    await applyUntilDone(scene);
    const effects: FaultEffect[] = [
      { kind: 'reset', when: 'before' },
      { kind: 'reset', when: 'after' },
      { kind: 'truncated', closes: true },
      { kind: 'status', status: 500, when: 'after' },
      { kind: 'status', status: 503, when: 'before', body: 'html' },
      { kind: 'truncated' },
      { kind: 'wrong-shape' },
    ];
    for (const effect of effects)
      for (const method of ['POST', 'PUT', 'DELETE'])
        emulator.faults.add({ method, path, probability: 0.12, count: 2, effect });
    await scene.put('interviews', ...rows.map((ats_id) => ({ ats_id, questions: after })));
    await applyUntilDone(scene, 12);
    for (const ats_id of rows) expect([ats_id, questionsOf(scene, uuid[ats_id]!)]).toEqual([ats_id, after]);
    expect(await scene.rows('select * from sync.conflicts where resolved_at is null')).toEqual([]);
    expect(emulator.faults.list().reduce((sum, { fired }) => sum + fired, 0)).toBeGreaterThan(5);
  });

  it('an edit ends well where the row changes again, or the interview is accepted, in its middle', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const uuid = await invited(scene, 3);
    const first = [q('One?', 30), q('Two?', 30)];
    const second = [q('Another?', 120)];
    const additions: Record<string, number> = {};
    scene.emulator.onRequest(async ({ method, path: asked }) => {
      if (method !== 'POST' || !path.test(asked)) return;
      const atsId = Object.keys(uuid).find((key) => asked.includes(uuid[key]!))!;
      const nth = (additions[atsId] ?? 0) + 1;
      additions[atsId] = nth;
      if (atsId === 'I-1' && nth === 1) await scene.put('interviews', { ats_id: atsId, questions: second });
      if (atsId === 'I-2' && nth === 1) await scene.put('interviews', { ats_id: atsId, questions: [old] });
      if (atsId === 'I-3' && nth === 2) scene.emulator.act.acceptInterview(uuid[atsId]!);
    });
    await scene.put('interviews', ...Object.keys(uuid).map((ats_id) => ({ ats_id, questions: first })));
    for (let time = 0; time < 3; time += 1) await scene.run(['sync']);
    expect(questionsOf(scene, uuid['I-1']!)).toEqual(second);
    expect(questionsOf(scene, uuid['I-2']!)).toEqual([old]);
    expect(await scene.view('interview')).toMatchObject({
      'I-1': { state: 'synced' },
      'I-2': { state: 'synced' },
      'I-3': { state: 'rejected', issues: [{ code: 'IMMUTABLE_AFTER_SEND', field: 'questions' }] },
    });
    expect(await scene.rows('select * from sync.conflicts where resolved_at is null')).toEqual([]);
    scene.writes();
    await scene.run(['sync']);
    expect(scene.writes()).toEqual([]);
    // Nobody was told of anything but the invitation.
    expect(scene.emulator.outbox.map(({ to }) => to).sort()).toEqual(scene.invited());
  });

  it('an edit that meets an acceptance says so at once, however Spark Hire refuses it', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const { act, faults, onRequest } = scene.emulator;
    const uuid = await invited(scene, 7);
    const two = [old, q('Where?')];
    await scene.put('interviews', ...Object.keys(uuid).map((ats_id) => ({ ats_id, questions: two })));
    expect((await scene.run(['apply'])).code).toBe(0);
    // A text, an addition and a removal. The last one is refused for another reason.
    const edits = [[old, q('Whither?')], [...two, q('When?', 30)], [old]];
    const statuses = [400, 403, 404, 405, 409, 422, 400];
    const rows = Object.entries(uuid).map(([ats_id, one], index) => {
      const effect = { kind: 'status', status: statuses[index]!, when: 'before' } as const;
      for (const method of ['PUT', 'POST', 'DELETE'])
        faults.add({ method, path: `/interviews/${one}/questions`, effect });
      return { ats_id, questions: edits[index % edits.length]! };
    });
    onRequest((request) => {
      const one = Object.values(uuid).find((id) => isEdit(request) && request.path.includes(id));
      const is = scene.emulator.state.interviews.get(one ?? '')?.status;
      if (is === 'requested' && one !== uuid['I-7']) act.acceptInterview(one!);
    });
    await scene.put('interviews', ...rows);
    expect((await scene.run(['apply'])).code).toBe(3);
    const told = Object.values(await scene.view('interview')).map(({ state, status, issues }) => [
      state,
      status,
      issues.map(({ code, field }) => [code, field]),
    ]);
    expect(told).toEqual([
      ...Array.from({ length: 6 }, () => ['rejected', 'accepted', [['IMMUTABLE_AFTER_SEND', 'questions']]]),
      ['rejected', 'requested', [['REMOTE_REJECTED', null]]],
    ]);
    // Nothing is left that would be sent, or looked for.
    scene.writes();
    await scene.run(['sync']);
    expect(scene.writes()).toEqual([]);
  });

  it('an edit says that its interview is gone, while a person has to say whether all of them are', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const uuid = await invited(scene, 1);
    await scene.run(['sync']);
    scene.emulator.act.deleteInterview(uuid['I-1']!);
    await scene.put('interviews', { ats_id: 'I-1', questions: [q('Why cake?')] });
    await scene.run(['backfill']);
    expect((await scene.run(['sync'])).code).toBe(3);
    expect((await scene.view('interview'))['I-1']).toMatchObject({
      state: 'rejected',
      issues: [{ code: 'REMOTE_REJECTED', message: expect.stringContaining('sparkhire-sync conflicts') }],
    });
    const requests = scene.emulator.requests.length;
    await scene.run(['apply']);
    const reads = scene.emulator.requests.slice(requests).filter(({ path: at }) => at.includes(uuid['I-1']!));
    expect(reads).toEqual([]);
  });

  it('questions are edited whatever the API means', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    const { switches } = scene.emulator;
    const meanings = [
      { takesFormat: 'object-without-limit' },
      { takesFormat: 'number' },
      { updateEcho: 'old' },
      { emptyAnswer: '200-object' },
      { conflictStatus: '403' },
    ] as const;
    const uuid = await invited(scene, 2 * meanings.length);
    const usual = { ...switches };
    for (const [n, meaning] of meanings.entries()) {
      const [open, accepted] = [`I-${2 * n + 1}`, `I-${2 * n + 2}`] as const;
      Object.assign(switches, usual, meaning);
      const three = q('Why cake?', 60, 3);
      scene.emulator.act.acceptInterview(uuid[accepted]!);
      await scene.put(
        'interviews',
        { ats_id: open, questions: [three, q('When?', 30, -1)] },
        { ats_id: accepted, questions: [q('Too late?')] },
      );
      const { code } = await scene.run(['apply']);
      expect([meaning, code, questionsOf(scene, uuid[open]!)]).toEqual([
        meaning,
        3,
        [three, q('When?', 30, -1)],
      ]);
      await scene.put(
        'interviews',
        { ats_id: open, questions: [three, q('When?', 30, 2)] },
        { ats_id: accepted, questions: [old] },
      );
      await scene.run(['apply']);
      expect([meaning, questionsOf(scene, uuid[open]!)[1]]).toEqual([meaning, q('When?', 30, 2)]);
      scene.writes();
      await scene.run(['sync']);
      expect([meaning, scene.writes()]).toEqual([meaning, []]);
      expect([meaning, (await scene.states('interview'))[open]]).toEqual([meaning, 'synced']);
    }
  });
});
