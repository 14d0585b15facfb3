import { z } from 'zod';
import { type Answer, type Call, type Core, noContent, ok } from '../core.js';
import { invalid } from '../http/api-error.js';
import { parseBody, takes, text, timeLimit } from '../http/input.js';
import type { QuestionSet, SetQuestion } from '../records.js';

const setQuestion = z.object({
  uuid: z.string().optional(),
  time_limit: timeLimit,
  takes: takes.default(-1),
  think_time: z.union([z.string().regex(/^(-1|\d+)$/), z.int().min(-1)]).default('-1'),
  text,
});
const newSet = z.object({ name: text, questions: z.array(setQuestion).min(1) });
const setChanges = z.object({ name: text.optional(), questions: z.array(setQuestion).min(1).optional() });

export function listQuestionSets({ core }: Call): Answer {
  return ok([...core.state.questionSets.values()].map((set) => core.render.questionSet(set, false)));
}

export function getQuestionSet({ core, params }: Call): Answer {
  return ok(core.render.questionSet(core.visibility.requireQuestionSet(params.uuid!)));
}

export function postQuestionSet({ core, user, body }: Call): Answer {
  core.visibility.requireWriter(user);
  const input = parseBody(newSet, body);
  const now = core.clock.now();
  const set: QuestionSet = {
    seq: core.state.nextSeq(),
    uuid: core.state.ids.uuid(),
    name: input.name,
    questions: input.questions.map((question) => questionFrom(core, question)),
    createdAt: now,
    updatedAt: now,
  };
  core.state.questionSets.set(set.uuid, set);
  return ok(core.render.questionSet(set));
}

export function putQuestionSet({ core, user, params, body }: Call): Answer {
  const set = core.visibility.requireQuestionSet(params.uuid!);
  core.visibility.requireWriter(user);
  const input = parseBody(setChanges, body);
  const former = core.render.questionSet(set);
  const sent = input.questions?.map((question) => questionFrom(core, question, set));
  const kept = core.switches.questionSetUpdate === 'kept' ? set.questions : [];
  const questions = sent && [
    ...kept.filter((question) => !sent.some((one) => one.uuid === question.uuid)),
    ...sent,
  ];
  core.state.questionSets.change(set, () => {
    if (input.name !== undefined) set.name = input.name;
    if (questions) set.questions = questions;
    set.updatedAt = core.clock.now();
  });
  return ok(core.switches.updateEcho === 'old' ? former : core.render.questionSet(set));
}

export function removeQuestionSet({ core, user, params }: Call): Answer {
  const set = core.visibility.requireQuestionSet(params.uuid!);
  core.visibility.requireWriter(user);
  core.state.questionSets.delete(set.uuid);
  core.state.deleted.questionSets.add(set.uuid);
  return noContent;
}

function questionFrom(core: Core, input: z.infer<typeof setQuestion>, set?: QuestionSet): SetQuestion {
  const known = input.uuid !== undefined && set?.questions.some((one) => one.uuid === input.uuid);
  if (set && input.uuid !== undefined && !known) {
    throw invalid('question_set.question_not_found', 'questions: one of them is not in this set');
  }
  return {
    uuid: known ? input.uuid! : core.state.ids.uuid(),
    text: input.text,
    timeLimit: input.time_limit,
    takes: input.takes,
    thinkTime: Number(input.think_time),
  };
}
