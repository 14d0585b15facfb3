/** The requests that turn the questions of an interview into others. */
import { statusOf } from '../reconcile/equality.js';
import { question } from '../reconcile/payloads.js';
import { asAgreed, editOf, sameQuestions } from '../reconcile/questions.js';
import type { DesiredQuestion, Json, Pair } from '../reconcile/types.js';
import {
  ApiError,
  type CallOptions,
  type Client,
  type InterviewQuestion,
  type QuestionCreate,
} from '../sparkhire/client.js';
import { observedQuestion } from './answered.js';
import { Withheld } from './sending.js';

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
 * @throws Withheld if they are not those that were decided upon, or accepted by now; what a request throws
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
  const current = await readQuestions(reader, interview, signal);
  const known = asAgreed(current.map(observedQuestion), pair);
  if (from === null || !sameQuestions(known as unknown as Json, from)) throw new Withheld('changed');
  const { texts, adds, removes } = editOf(known, to as unknown as DesiredQuestion[]);
  for (const { at, text } of texts) {
    await questions.update(interview, current[at]!.uuid, { text }, call);
    onDone();
  }
  for (const added of adds) {
    // The client checks the limits of what may come from a set.
    await questions.create(interview, question(added) as QuestionCreate, call);
    onDone();
  }
  for (const at of removes) {
    try {
      await questions.remove(interview, current[at]!.uuid, call);
    } catch (error) {
      // It is gone already: that is what was wanted.
      const gone = error instanceof ApiError && error.code === 'NOT_FOUND' && error.outcome === 'refused';
      if (!gone) throw error;
    }
    onDone();
  }
}

async function readQuestions(
  client: Client,
  interview: string,
  signal: AbortSignal,
): Promise<InterviewQuestion[]> {
  const options: CallOptions = { lane: 'write', signal };
  const { value } = await client.interviews.get(interview, options);
  if (statusOf(value.status) !== 'requested') throw new Withheld('changed');
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
