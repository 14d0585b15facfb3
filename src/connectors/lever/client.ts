/**
 * Lever's API over HTTP: lists to their proven end, single objects, and single writes.
 *
 * `next` names the row that the following page begins with, in an order that moves while it is read. So it counts within one
 * reading only, and where Lever does not take it any more the list is read from its beginning.
 */
import { z } from 'zod';
import { SyncError } from '../../errors.js';
import type { HttpAnswer } from '../../http/transport.js';
import type { AtsHttp } from '../http.js';

export type Parameters = Readonly<Record<string, string | number | readonly string[]>>;

export interface LeverClient {
  /** All pages of a list. Rows may come twice. */
  list<Row>(
    path: string,
    schema: z.ZodType<Row>,
    parameters: Parameters,
    signal: AbortSignal,
  ): AsyncIterable<Row[]>;
  /** null where it is not shown: it was deleted, or is hidden from the key. */
  one<Row>(
    path: string,
    schema: z.ZodType<Row>,
    parameters: Parameters,
    signal: AbortSignal,
  ): Promise<Row | null>;
  /** One attempt; see LostWrite. @returns the answer, also of 404 */
  write(
    method: 'POST' | 'PUT',
    path: string,
    parameters: Parameters,
    body: unknown,
    signal: AbortSignal,
    leaving: () => Promise<void>,
  ): Promise<HttpAnswer>;
}

const pageSize = 100;
/** A list that moves so much is read by the next reading. */
const mostBeginnings = 4;

const pageSchema = z.object({
  data: z.array(z.unknown()),
  hasNext: z.boolean().nullish(),
  next: z.string().nullish(),
});

export function leverClient(http: AtsHttp, baseUrl: string): LeverClient {
  function address(path: string, parameters: Parameters): URL {
    const url = new URL(`${baseUrl}${path}`);
    for (const [name, value] of Object.entries(parameters))
      for (const one of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(one));
    return url;
  }

  async function page<Row>(
    path: string,
    schema: z.ZodType<Row>,
    parameters: Parameters,
    signal: AbortSignal,
  ): Promise<{ rows: Row[]; next: string | null }> {
    const url = address(path, { limit: pageSize, ...parameters });
    const answer = await http.send({ method: 'GET', url, signal });
    if (answer.status === 404) {
      throw new SyncError('ATS_REQUEST_REFUSED', `Lever: GET ${url.pathname} was answered with 404.`, {
        remedy: 'Check `ats.baseUrl`: it ends in /v1.',
      });
    }
    const { data, hasNext, next } = decoded(answer, pageSchema, url.pathname);
    if (hasNext === true && !next)
      throw unreadable(url.pathname, 'a list that goes on, without saying where');
    return {
      rows: data.map((row) => decodedRow(row, schema, url.pathname)),
      next: hasNext === false || !next ? null : next,
    };
  }

  return {
    async *list(path, schema, parameters, signal) {
      let met = new Set<string>();
      let beginnings = 1;
      for (let offset: string | null = null; ; ) {
        const asked: Parameters = offset === null ? parameters : { ...parameters, offset };
        let read: Awaited<ReturnType<typeof page<z.output<typeof schema>>>>;
        try {
          read = await page(path, schema, asked, signal);
        } catch (error) {
          if (offset === null || !isOffsetRefused(error) || beginnings === mostBeginnings) throw error;
          beginnings += 1;
          offset = null;
          met = new Set();
          continue;
        }
        yield read.rows;
        if (read.next === null) return;
        if (met.has(read.next)) throw unreadable(path, 'the same next page twice');
        met.add(read.next);
        offset = read.next;
      }
    },
    async one(path, schema, parameters, signal) {
      const url = address(path, parameters);
      const answer = await http.send({ method: 'GET', url, signal });
      if (answer.status === 404) return null;
      const { data } = decoded(answer, z.object({ data: z.unknown() }), url.pathname);
      return decodedRow(data, schema, url.pathname);
    },
    write: (method, path, parameters, body, signal, leaving) =>
      http.send({ method, url: address(path, parameters), body, leaving, signal }),
  };
}

function isOffsetRefused(error: unknown): boolean {
  return error instanceof SyncError && error.code === 'ATS_REQUEST_REFUSED' && /offset/i.test(error.message);
}

function decoded<T>({ body }: HttpAnswer, schema: z.ZodType<T>, path: string): T {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    throw unreadable(path, 'something that is no JSON');
  }
  const result = schema.safeParse(json, { jitless: true });
  if (result.success) return result.data;
  throw unreadable(path, 'something without the data that it documents');
}

/** Unknown keys are nobody's business; what is needed has to be there. No value is told: it may be somebody's. */
function decodedRow<Row>(row: unknown, schema: z.ZodType<Row>, path: string): Row {
  const result = schema.safeParse(row, { jitless: true });
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue) => issue.path.join('.') || 'the row');
  throw unreadable(path, `rows in another form than it has (${[...new Set(fields)].join(', ')})`);
}

function unreadable(path: string, what: string): SyncError {
  return new SyncError('ATS_ANSWER_UNREADABLE', `Lever answered GET ${path} with ${what}.`, {
    remedy: "Check that `ats.baseUrl` leads to Lever's API; nothing is written before it can be read.",
  });
}

export const id = z.string().min(1);
export const idOrNull = id.nullish().transform((value) => value ?? null);
/** Milliseconds since the epoch. */
export const time = z.number().transform((ms) => new Date(ms));
