import { z } from 'zod';
import { ApiError } from '../api-error.js';
import type { Calls } from '../calls.js';
import {
  asArray,
  asInteger,
  asTakes,
  asText,
  asTimestamp,
  asUuid,
  identity,
  objectOf,
  type Parsed,
} from '../fields.js';
import { checkInput, nonEmpty, someField, takesInput, timeLimitInput, uuidInput } from '../input.js';
import type { Listing, Read } from '../reading.js';
import type { CallOptions } from '../request.js';

const setQuestionSchema = objectOf({
  uuid: asUuid,
  text: asText,
  time_limit: asInteger,
  takes: asTakes,
  think_time: asInteger,
});

/** Questions to copy into interviews; later changes do not reach those. */
export const questionSetSchema = objectOf({
  uuid: identity,
  name: asText,
  questions: asArray(setQuestionSchema),
  created_at: asTimestamp,
  updated_at: asTimestamp,
});
export type QuestionSet = Parsed<typeof questionSetSchema>;

/** `think_time` goes out as text, as Spark Hire writes it. */
const setQuestionInput = () =>
  z.strictObject({
    text: nonEmpty,
    time_limit: timeLimitInput,
    takes: takesInput.optional(),
    think_time: z
      .union([z.number().int(), z.string().regex(/^-?\d+$/)])
      .transform(String)
      .optional(),
  });

export const questionSetCreateInput = z.lazy(() =>
  z.strictObject({
    name: nonEmpty,
    questions: z.array(setQuestionInput()).min(1),
  }),
);
export type QuestionSetCreate = z.input<typeof questionSetCreateInput>;

/** `questions` is the whole list: what is left out of it is gone. */
export const questionSetUpdateInput = z.lazy(() =>
  someField(
    z.strictObject({
      name: nonEmpty.optional(),
      questions: z
        .array(setQuestionInput().extend({ uuid: uuidInput.optional() }))
        .min(1)
        .optional(),
    }),
  ),
);
export type QuestionSetUpdate = z.input<typeof questionSetUpdateInput>;

export interface QuestionSets {
  list(options?: CallOptions): Promise<Listing<QuestionSet>>;
  get(uuid: string, options?: CallOptions): Promise<Read<QuestionSet>>;
  create(input: QuestionSetCreate, options?: CallOptions): Promise<Read<QuestionSet>>;
  update(uuid: string, input: QuestionSetUpdate, options?: CallOptions): Promise<Read<QuestionSet>>;
  remove(uuid: string, options?: CallOptions): Promise<void>;
}

const paths = ['/question_sets', '/interview_question_sets'] as const;

/** Which of the two documented paths the server has; shared by all clients of one server. */
export interface QuestionSetPath {
  known: (typeof paths)[number] | null;
}

export function questionSets(calls: Calls, path: QuestionSetPath): QuestionSets {
  /**
   * Runs a call on the path that is known to work. While none is, the first is tried; a 404 or 405 there may
   * mean the path or the object, and only the collection tells which.
   */
  async function onPath<T>(call: (base: string) => Promise<T>, options: CallOptions | undefined): Promise<T> {
    if (path.known !== null) return call(path.known);
    try {
      const result = await call(paths[0]);
      path.known = paths[0];
      return result;
    } catch (error) {
      if (!isMissing(error)) throw error;
      if (await exists(paths[0], options)) {
        path.known = paths[0];
      } else if (await exists(paths[1], options)) {
        path.known = paths[1];
        return call(paths[1]);
      }
      throw error;
    }
  }

  async function exists(base: string, options: CallOptions | undefined): Promise<boolean> {
    try {
      await calls.list({ template: base }, questionSetSchema, options);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  const one = (base: string, uuid: string) => ({ template: `${base}/:uuid`, params: [uuid] });
  return {
    list: (options) => onPath((base) => calls.list({ template: base }, questionSetSchema, options), options),
    get: (uuid, options) => onPath((base) => calls.get(one(base, uuid), questionSetSchema, options), options),
    async create(input, options) {
      const body = checkInput('questionSets.create', questionSetCreateInput, input);
      return onPath((base) => calls.create({ template: base }, body, questionSetSchema, options), options);
    },
    async update(uuid, input, options) {
      const body = checkInput('questionSets.update', questionSetUpdateInput, input);
      return onPath((base) => calls.update(one(base, uuid), body, questionSetSchema, options), options);
    },
    remove: (uuid, options) => onPath((base) => calls.remove(one(base, uuid), options), options),
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof ApiError && (error.code === 'NOT_FOUND' || error.code === 'METHOD_NOT_ALLOWED');
}
