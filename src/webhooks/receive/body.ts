/** The body of a delivery as it comes in, within limits, and the answer to it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../clock.js';
import type { BodyRefusal } from './refusals.js';

const longestBody = 1_048_576;
/** Of a body that is not wanted, so much is let by: cut off while sending, a sender may never see its answer. */
const letBy = 1_048_576;
const letByMs = 1000;
/** Bodies come in one go; who sends one in drops is not waited for. */
const bodyMs = 10_000;

/** Bytes of all bodies held at once. */
export interface BodyBudget {
  held: number;
  readonly most: number;
}

/** Reads the body to its end and hands it over; its bytes count as held until that is done. */
export async function withBody<T>(
  request: IncomingMessage,
  response: ServerResponse,
  clock: Clock,
  budget: BodyBudget,
  use: (body: Buffer) => Promise<T>,
): Promise<T | BodyRefusal> {
  if (budget.held >= budget.most) return 'unavailable';
  if (Number(request.headers['content-length'] ?? 0) > longestBody) return 'too_large';
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    const refused = await readBody(request, response, clock, (chunk) => {
      length += chunk.length;
      budget.held += chunk.length;
      if (length > longestBody) return 'too_large';
      if (budget.held > budget.most) return 'unavailable';
      chunks.push(chunk);
      return null;
    });
    return refused ?? (await use(Buffer.concat(chunks)));
  } finally {
    budget.held -= length;
  }
}

/** @returns null once the body is complete, else why reading was given up */
function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  clock: Clock,
  onChunk: (chunk: Buffer) => BodyRefusal | null,
): Promise<BodyRefusal | null> {
  return new Promise((resolve) => {
    const cancel = clock.after(bodyMs, () => done('invalid'), { background: true });
    const onData = (chunk: Buffer) => {
      const refused = onChunk(chunk);
      if (refused !== null) done(refused);
    };
    const onEnd = () => done(null);
    const onLost = () => done('invalid');
    function done(outcome: BodyRefusal | null): void {
      cancel();
      request.off('data', onData).off('end', onEnd).off('close', onLost);
      response.off('close', onLost);
      request.pause();
      resolve(outcome);
    }
    // Without a listener the error of a connection that broke would be thrown.
    request.on('error', () => {});
    request.on('data', onData).on('end', onEnd).on('close', onLost);
    response.on('close', onLost);
    if (request.destroyed) onLost();
  });
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The body as text; null if it is no JSON in UTF-8. What PostgreSQL cannot store as text is no JSON either. */
export function jsonText(body: Buffer): string | null {
  try {
    const text = utf8.decode(body);
    JSON.parse(text);
    return text;
  } catch {
    return null;
  }
}

/** @param text what it says; nothing with status 204 */
export async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  clock: Clock,
  status: number,
  headers: Record<string, string>,
  text = '',
): Promise<void> {
  if (response.destroyed || response.headersSent) return;
  // A body that came together with its headers is known to be whole only after them.
  if (!request.complete) await new Promise<void>((resolve) => setImmediate(resolve));
  const whole = request.complete;
  response.writeHead(status, {
    ...headers,
    ...(status === 204 ? {} : { 'content-length': String(Buffer.byteLength(text)) }),
    ...(whole ? {} : { connection: 'close' }),
  });
  if (!whole) {
    response.flushHeaders();
    await letPass(request, response, clock);
  }
  response.end(text);
}

/** Waits for the end of a body nobody reads, but not long and not for much of it. */
function letPass(request: IncomingMessage, response: ServerResponse, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    let passed = 0;
    const cancel = clock.after(letByMs, () => resolve(), { background: true });
    const done = () => {
      cancel();
      resolve();
    };
    request.on('error', done).on('end', done).on('close', done);
    response.on('close', done);
    request.on('data', (chunk: Buffer) => {
      passed += chunk.length;
      if (passed > letBy) done();
    });
    request.resume();
  });
}
