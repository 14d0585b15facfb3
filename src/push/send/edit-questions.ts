/** The requests that turn the questions of an interview into others. */

import { asAgreed, editOf, sameQuestions } from '../../reconcile/kinds/questions.js';
import type { DesiredQuestion, Json, ObservedQuestion, Pair } from '../../reconcile/types.js';
import { statusOf } from '../../reconcile/values/equality.js';
import {
  ApiError,
  type CallOptions,
  type Client,
  type Interview,
  type InterviewQuestion,
  type QuestionCreate,
  type Read,
} from '../../sparkhire/client.js';
import { checkInput } from '../../sparkhire/input.js';
import { questionInput } from '../../sparkhire/resources/interview-questions.js';
import { observedQuestion } from './answered.js';
import { question } from './payloads.js';
import { isMissing, NotThere } from './refusal.js';
import { MovedOn, Withheld } from './sending.js';

export interface QuestionSides {
  /** What was decided upon. */
  from: Json;
  to: Json;
  /** As it was last settled. */
  pair: Pair | undefined;
}

/** Who acts, and who reads. */
interface Clients {
  client: Client;
  reader: Client;
}

/**
 * Reads them and sends what is missing, one request after the other. So it can be repeated after it stopped anywhere.
 * @param onDone called after each request that changed something
 * @throws Withheld if they are not those that were decided upon; MovedOn if they were accepted by now; NotThere if the
 *   interview is gone; what a request throws
 */
export async function editQuestions(
  { client, reader }: Clients,
  call: CallOptions,
  interview: string,
  { from, to, pair }: QuestionSides,
  signal: AbortSignal,
  onDone: () => void,
): Promise<void> {
  const { questions } = client.interviews;
  const current = await readQuestions(reader, interview, signal).catch((error: unknown) => {
    throw NotThere.from(error);
  });
  const known = asAgreed(current.map(observedQuestion), pair);
  // Where the mirror cannot tell them there is nothing to compare them with.
  if (from !== null && !sameQuestions(asJson(known), from)) throw new Withheld('changed');
  const { texts, adds, removes } = editOf(known, to as unknown as DesiredQuestion[]);
  // The client checks the limits of what may come from a set: better before anything was sent.
  const added = adds.map(question) as QuestionCreate[];
  for (const one of added) checkInput('interviews.questions.create', questionInput, one);
  const shown: ObservedQuestion[] = [...known];
  let uuids = current.map(({ uuid }) => uuid);
  let isListed = false;

  /** A refusal may come because the candidate has just accepted: that says more than what Spark Hire says to it. */
  async function lookWhy(error: unknown): Promise<void> {
    if (!isRefused(error)) return;
    const read = await reader.interviews.get(interview, { lane: 'write', signal }).catch(() => null);
    if (read !== null && !isOpen(read)) throw new MovedOn(read, error);
  }

  /** @returns whether the question is there; an interview may call it otherwise than the listing of its questions */
  async function onQuestion(at: number, send: (uuid: string) => Promise<unknown>): Promise<boolean> {
    try {
      await send(uuids[at]!);
    } catch (error) {
      if (wasAccepted(error)) return true;
      await lookWhy(error);
      if (!isMissing(error)) throw error;
      if (isListed) return false;
      isListed = true;
      const listing = await listed(reader, interview, { lane: 'write', signal });
      if (listing.length !== shown.length) throw new Withheld('changed');
      if (listing[at]!.uuid === uuids[at]) return false;
      uuids = listing.map(({ uuid }) => uuid);
      return onQuestion(at, send);
    }
    return true;
  }

  for (const { at, text } of texts) {
    const isThere = await onQuestion(at, (uuid) => questions.update(interview, uuid, { text }, call));
    if (!isThere) throw new Withheld('changed');
    shown[at] = { ...shown[at]!, text };
    onDone();
  }
  for (const one of added) {
    shown.push(observedAs(one));
    try {
      await questions.create(interview, one, call);
    } catch (error) {
      await lookWhy(error);
      // An answer of another form: what came of it is looked at.
      if (!isUnreadable(error)) throw error;
      const read = await readQuestions(reader, interview, signal).catch((failure: unknown) => {
        // Whether this one was added is not known, whatever has become of the interview.
        throw failure instanceof MovedOn ? error : failure;
      });
      const now = asAgreed(read.map(observedQuestion), pair);
      if (!sameQuestions(asJson(now), asJson(shown))) throw error;
    }
    onDone();
  }
  for (const at of removes) {
    // If it is gone already, that is what was wanted.
    await onQuestion(at, (uuid) => questions.remove(interview, uuid, call));
    onDone();
  }
}

const asJson = (list: readonly ObservedQuestion[]) => list as unknown as Json;

function observedAs({ text, time_limit, takes = -1 }: QuestionCreate): ObservedQuestion {
  return { text, time_limit, takes };
}

/** A change was, and only what was answered, or read afterwards, cannot be used. */
function wasAccepted(error: unknown): boolean {
  return error instanceof ApiError && (error.outcome === 'done' || error.route.startsWith('GET '));
}

/** By content or state: not by the key, nor by the limit. */
function isRefused(error: unknown): error is ApiError {
  if (!(error instanceof ApiError) || error.outcome !== 'refused' || error.route.startsWith('GET '))
    return false;
  return !['KEY_REFUSED', 'RATE_LIMITED'].includes(error.code) && error.status !== null && error.status < 500;
}

function isOpen({ value }: Read<Interview>): boolean {
  return statusOf(value.status) === 'requested';
}

function isUnreadable(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'ANSWER_UNREADABLE' && error.outcome === 'unknown';
}

async function readQuestions(
  client: Client,
  interview: string,
  signal: AbortSignal,
): Promise<InterviewQuestion[]> {
  const options: CallOptions = { lane: 'write', signal };
  const whole = await client.interviews.get(interview, options);
  if (!isOpen(whole)) throw new MovedOn(whole, null);
  const { value } = whole;
  const read = value.questions ?? (await listed(client, interview, options));
  // Two under one uuid could not be told apart.
  if (new Set(read.map(({ uuid }) => uuid)).size < read.length) throw new Withheld('changed');
  return read;
}

async function listed(client: Client, interview: string, options: CallOptions): Promise<InterviewQuestion[]> {
  const { rows } = await client.interviews.questions.list(interview, options);
  if (rows.some((row) => !row.ok)) throw new Withheld('changed');
  return rows.flatMap((row) => (row.ok ? [row.value] : []));
}
