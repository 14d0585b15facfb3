import { z } from 'zod';
import { type Answer, type Call, noContent, ok } from '../core.js';
import { conflict, unknownObject } from '../http/api-error.js';
import { parseBody, questionInput, text } from '../http/input.js';
import { newQuestion, touchInterview } from '../life/interview-life.js';
import type { Interview, Question } from '../records.js';

const questionChanges = z.object({ text: text.optional() });

export function listQuestions({ core, user, params }: Call): Answer {
  const interview = core.visibility.requireInterview(user, params.uuid!);
  return ok(interview.questions.map((question) => core.render.question(question)));
}

export function getQuestion({ core, user, params }: Call): Answer {
  const interview = core.visibility.requireInterview(user, params.uuid!);
  return ok(core.render.question(questionOf(interview, params.question!)));
}

export function postQuestion(call: Call): Answer {
  const interview = changeable(call);
  const question = newQuestion(call.core, parseBody(questionInput, call.body));
  interview.questions.push(question);
  touchInterview(call.core, interview);
  return ok(call.core.render.question(question));
}

export function putQuestion(call: Call): Answer {
  const { core } = call;
  const interview = changeable(call);
  const question = questionOf(interview, call.params.question!);
  const changes = parseBody(questionChanges, call.body);
  const former = core.render.question(question);
  if (changes.text !== undefined) question.text = changes.text;
  question.updatedAt = core.clock.now();
  touchInterview(core, interview);
  return ok(core.switches.updateEcho === 'old' ? former : core.render.question(question));
}

export function removeQuestion(call: Call): Answer {
  const interview = changeable(call);
  const question = questionOf(interview, call.params.question!);
  if (interview.type === 'one_way' && interview.questions.length === 1) {
    throw conflict('interview.questions_required', 'A one-way interview needs at least one question.');
  }
  interview.questions.splice(interview.questions.indexOf(question), 1);
  touchInterview(call.core, interview);
  return noContent;
}

function questionOf(interview: Interview, uuid: string): Question {
  const question = interview.questions.find((one) => one.uuid === uuid);
  if (!question) throw unknownObject('question');
  return question;
}

/** The questions of an interview stand once the candidate accepted it. */
function changeable({ core, user, params }: Call): Interview {
  const interview = core.visibility.requireInterview(user, params.uuid!);
  core.visibility.requireWriter(user);
  if (interview.acceptedAt !== null || interview.status !== 'requested') {
    throw conflict('interview.already_accepted', 'The questions of an accepted interview cannot change.');
  }
  return interview;
}
