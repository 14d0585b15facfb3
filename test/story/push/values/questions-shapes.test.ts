/**
 * Questions edited against a Spark Hire whose answers have other shapes than the emulator's.
 * @module-tag rare
 */
import { describe, expect, it } from 'vitest';
import { aJob, anInterview, openPushScene, type PushScene } from '../../../support/push-scene.js';
import { type Rewriting, startRewritingProxy } from '../../../support/rewriting-proxy.js';

const q = (text: string, time_limit = 60, takes = 1) => ({ text, time_limit, takes });
const of = /^\/v1\.0\/interviews\/[^/]+\/questions/;
const list = /^\/v1\.0\/interviews\/[^/]+\/questions$/;
/** The same uuid in another form, and back. */
const other = (uuid: string) => `${uuid.startsWith('0') ? 'f' : '0'}${uuid.slice(1)}`;

type Question = { uuid: string };

/** What the interview calls its questions, their own listing and the requests do not. */
const otherIds: Rewriting = {
  answer({ method, path }, answer) {
    if (method !== 'GET' || !/^\/v1\.0\/interviews\/[^/?]+$/.test(path) || answer.status !== 200)
      return answer;
    const interview = JSON.parse(answer.body) as { questions: Question[] };
    const questions = interview.questions.map((one) => ({ ...one, uuid: other(one.uuid) }));
    return { ...answer, body: JSON.stringify({ ...interview, questions }) };
  },
};

/** A question of the emulator as the ATS would have it. */
const asAsked = ({ text, timeLimit, takesLimit }: { text: string; timeLimit: number; takesLimit: number }) =>
  q(text, timeLimit, takesLimit);
const questionsOf = (scene: PushScene) =>
  [...scene.emulator.state.interviews.values()].map(({ questions }) => questions.map(asAsked));

const answering = (status: number, body: string): Rewriting => ({
  answer: ({ method, path }, answer) =>
    of.test(path) && (method === 'POST' || method === 'PUT') && answer.status < 300
      ? { status, body }
      : answer,
});

const shapes: Record<string, Rewriting> = {
  'its own names for them in the interview': otherIds,
  nothing: answering(200, ''),
  'an empty object': answering(200, '{}'),
  'an empty list': answering(200, '[]'),
  'all questions': {
    answer: ({ method, path }, answer) =>
      method === 'POST' && list.test(path) && answer.status < 300
        ? { status: 201, body: `[${answer.body}, ${answer.body}]` }
        : answer,
  },
};

describe('questions', () => {
  it('questions are edited in one go, whatever Spark Hire answers', async ({ onTestFinished }) => {
    const scene = await openPushScene(onTestFinished);
    let rewriting: Rewriting = {};
    const proxy = await startRewritingProxy(scene.emulator.url, {
      answer: (exchange, answer) => rewriting.answer?.(exchange, answer) ?? answer,
    });
    onTestFinished(proxy.close);
    const more = { SPARKHIRE_BASE_URL: proxy.url };
    const before = [q('One?'), q('Two?'), q('Three?')];
    const after = [q('First?'), q('Second?', 30), q('Third?', 90)];
    const rows = Object.keys(shapes).map((shape, n) => ({ shape, ats_id: `I-${n}` }));
    await scene.put('jobs', aJob('J-1'));
    await scene.put(
      'interviews',
      ...rows.map(({ ats_id }) =>
        anInterview(ats_id, 'J-1', `${ats_id.toLowerCase()}@example.org`, { questions: before }),
      ),
    );
    expect((await scene.run(['apply'], more)).code).toBe(0);
    scene.writes();
    for (const { shape, ats_id } of rows) {
      rewriting = shapes[shape]!;
      await scene.put('interviews', { ats_id, questions: after });
      const { code } = await scene.run(['apply'], more);
      const row = (await scene.view('interview'))[ats_id]!;
      expect([shape, code, row.state, row.issues]).toEqual([shape, 0, 'synced', []]);
      const { questions } = scene.emulator.state.interviews.get(row.sparkhire_uuid!)!;
      expect([shape, questions.map(asAsked)]).toEqual([shape, after]);
      const edits = scene.writes().filter(({ path, method }) => of.test(path) && method === 'POST');
      expect([shape, edits.length]).toEqual([shape, 2]);
      await scene.run(['sync'], more);
      expect([shape, scene.writes()]).toEqual([shape, []]);
    }
  });

  it('a question that Spark Hire says it removed, and did not, makes the row rejected', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const proxy = await startRewritingProxy(scene.emulator.url, {
      request: (asked) => (asked.method === 'DELETE' ? { method: 'GET', path: '/v1.0/me', body: '' } : asked),
      answer: ({ method }, answer) => (method === 'DELETE' ? { status: 200, body: '{}' } : answer),
    });
    onTestFinished(proxy.close);
    const more = { SPARKHIRE_BASE_URL: proxy.url };
    await scene.put('jobs', aJob('J-1'));
    await scene.put(
      'interviews',
      anInterview('I-1', 'J-1', 'c1@example.org', { questions: [q('One?'), q('Two?')] }),
    );
    expect((await scene.run(['apply'], more)).code).toBe(0);
    await scene.put('interviews', { ats_id: 'I-1', questions: [q('One?')] });
    expect((await scene.run(['apply'], more)).code).toBe(3);
    expect((await scene.view('interview'))['I-1']).toMatchObject({
      state: 'rejected',
      issues: [{ code: 'REMOTE_REJECTED', message: expect.stringMatching(/change questions/) }],
    });
    scene.writes();
    await scene.run(['sync'], more);
    expect(scene.writes()).toEqual([]);
  });

  it('questions or an end that Spark Hire accepts and does not show are told, and not sent for ever', async ({
    onTestFinished,
  }) => {
    const scene = await openPushScene(onTestFinished);
    const proxy = await startRewritingProxy(scene.emulator.url, {
      request: (asked) => (asked.method === 'PUT' ? { method: 'GET', path: asked.path, body: '' } : asked),
    });
    onTestFinished(proxy.close);
    const more = { SPARKHIRE_BASE_URL: proxy.url };
    await scene.put('jobs', aJob('J-1'));
    await scene.put(
      'interviews',
      anInterview('I-1', 'J-1', 'c1@example.org'),
      anInterview('I-2', 'J-1', 'c2@example.org', { type: 'live' }),
    );
    expect((await scene.run(['apply'], more)).code).toBe(0);
    await scene.put('interviews', { ats_id: 'I-1', questions: [q('Another?')] });
    await scene.put('interviews', { ats_id: 'I-2', desired: 'completed' });
    expect((await scene.run(['apply'], more)).code).toBe(3);
    expect(await scene.view('interview')).toMatchObject({
      'I-1': { state: 'rejected', issues: [{ code: 'REMOTE_REJECTED' }] },
      'I-2': { state: 'rejected', issues: [{ code: 'REMOTE_REJECTED' }] },
    });
    const asked = scene.emulator.requests.length;
    expect((await scene.run(['apply'], more)).code).toBe(3);
    expect(scene.emulator.requests.slice(asked).filter(({ path }) => of.test(path))).toEqual([]);
  });

  it.for([
    ['those of the set, as it still is', false],
    ['unknown, since the set was changed meanwhile', true],
  ] as const)(
    'an interview leaves its set only where what the invitation showed is known: %s',
    async ([_what, isChanged], { onTestFinished }) => {
      const scene = await openPushScene(onTestFinished, { questionSets: 1 });
      const proxy = await startRewritingProxy(scene.emulator.url, {
        answer({ method, path }, answer) {
          if (method !== 'POST' || path !== '/v1.0/interviews' || answer.status > 299) return answer;
          const { questions: _, ...interview } = JSON.parse(answer.body) as { questions: unknown };
          return { ...answer, body: JSON.stringify(interview) };
        },
      });
      onTestFinished(proxy.close);
      const more = { SPARKHIRE_BASE_URL: proxy.url };
      const [set] = [...scene.emulator.state.questionSets.values()];
      await scene.put('jobs', aJob('J-1'));
      await scene.put(
        'interviews',
        anInterview('I-1', 'J-1', 'c1@example.org', { questions: null, question_set_uuid: set!.uuid }),
      );
      expect((await scene.run(['apply'], more)).code).toBe(0);
      const copied = questionsOf(scene);
      if (isChanged) {
        scene.emulator.state.questionSets.change(set!, (one) => one.questions.reverse());
        expect((await scene.run(['backfill', '--resource', 'question_sets'], more)).code).toBe(0);
      }
      const own = [q('Own?')];
      await scene.put('interviews', { ats_id: 'I-1', questions: own, question_set_uuid: null });
      expect((await scene.run(['apply'], more)).code).toBe(isChanged ? 3 : 0);
      expect(questionsOf(scene)).toEqual(isChanged ? copied : [own]);
      const asked = (await scene.run(['conflicts'], more)).json as Array<{ field: string }>;
      expect(asked.map(({ field }) => field)).toEqual(isChanged ? ['questions'] : []);
    },
  );
});
