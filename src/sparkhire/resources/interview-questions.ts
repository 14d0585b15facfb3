import { z } from 'zod';
import type { Calls } from '../calls.js';
import {
  asBoolean,
  asInteger,
  asTakes,
  asText,
  asTimestamp,
  identity,
  objectOf,
  type Parsed,
} from '../fields.js';
import { checkInput, nonEmpty, takesInput, timeLimitInput } from '../input.js';
import type { Listing, Read } from '../reading.js';
import type { CallOptions } from '../request.js';

/** A question of one interview. `time_limit` is in seconds. */
export const interviewQuestionSchema = objectOf({
  uuid: identity,
  text: asText,
  time_limit: asInteger,
  think_time: asInteger,
  takes: asTakes,
  completed: asBoolean,
  skipped: asBoolean,
  started_at: asTimestamp,
  created_at: asTimestamp,
  updated_at: asTimestamp,
});
export type InterviewQuestion = Parsed<typeof interviewQuestionSchema>;

/** `takes` of −1 (the default) is unlimited. */
export const questionInput = z.lazy(() =>
  z.strictObject({
    text: nonEmpty,
    time_limit: timeLimitInput,
    takes: takesInput.optional(),
  }),
);
export type QuestionCreate = z.input<typeof questionInput>;

export const questionUpdateInput = z.lazy(() => z.strictObject({ text: nonEmpty }));
export type QuestionUpdate = z.input<typeof questionUpdateInput>;

/** They can be changed until the interview is accepted. */
export interface InterviewQuestions {
  list(interviewUuid: string, options?: CallOptions): Promise<Listing<InterviewQuestion>>;
  get(interviewUuid: string, uuid: string, options?: CallOptions): Promise<Read<InterviewQuestion>>;
  create(
    interviewUuid: string,
    input: QuestionCreate,
    options?: CallOptions,
  ): Promise<Read<InterviewQuestion>>;
  update(
    interviewUuid: string,
    uuid: string,
    input: QuestionUpdate,
    options?: CallOptions,
  ): Promise<Read<InterviewQuestion>>;
  remove(interviewUuid: string, uuid: string, options?: CallOptions): Promise<void>;
}

export function interviewQuestions(calls: Calls): InterviewQuestions {
  const all = (interview: string) => ({ template: '/interviews/:uuid/questions', params: [interview] });
  const one = (interview: string, uuid: string) => ({
    template: '/interviews/:uuid/questions/:uuid',
    params: [interview, uuid],
  });
  return {
    list: (interview, options) => calls.list(all(interview), interviewQuestionSchema, options),
    get: (interview, uuid, options) => calls.get(one(interview, uuid), interviewQuestionSchema, options),
    async create(interview, input, options) {
      const body = checkInput('interviews.questions.create', questionInput, input);
      return calls.create(all(interview), body, interviewQuestionSchema, options);
    },
    async update(interview, uuid, input, options) {
      const body = checkInput('interviews.questions.update', questionUpdateInput, input);
      return calls.update(one(interview, uuid), body, interviewQuestionSchema, options);
    },
    remove: (interview, uuid, options) => calls.remove(one(interview, uuid), options),
  };
}
