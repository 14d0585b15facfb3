/** Workable's API v3 over HTTP: lists to their proven end, single objects, and single writes. */
import type { z } from 'zod';
import { SyncError } from '../../errors.js';
import type { HttpAnswer } from '../../http/transport.js';
import type { Sent } from '../connector.js';
import type { AtsHttp } from '../http.js';
import { attempt } from '../write-back/attempt.js';

export type Parameters = Record<string, string | number>;

export interface WorkableClient {
  /** All pages of a list, which the answer has under this name. Ends only where the last page names no other. */
  list<Row>(
    path: string,
    name: string,
    schema: z.ZodType<Row>,
    parameters: Parameters,
    signal: AbortSignal,
  ): AsyncIterable<Row[]>;
  /** All of a list that belongs to an object; null: that object is not shown. */
  listOf<Row>(path: string, name: string, schema: z.ZodType<Row>, signal: AbortSignal): Promise<Row[] | null>;
  /** null: it is not shown. @param name what the answer has it under; null: it is the answer */
  one<Row>(
    path: string,
    name: string | null,
    schema: z.ZodType<Row>,
    signal: AbortSignal,
  ): Promise<Row | null>;
  /** One attempt; what is not there any more is refused. */
  write(
    method: 'POST' | 'DELETE',
    path: string,
    body: unknown,
    signal: AbortSignal,
    leaving?: () => Promise<void>,
  ): Promise<Sent>;
}

const pageSize = 100;

export function workableClient(http: AtsHttp, baseUrl: string): WorkableClient {
  const at = (path: string) => new URL(`${baseUrl}${path}`);

  async function* pages<Row>(
    path: string,
    name: string,
    schema: z.ZodType<Row>,
    parameters: Parameters,
    signal: AbortSignal,
  ): AsyncIterable<Row[] | null> {
    const url = at(path);
    for (const [key, value] of Object.entries({ limit: pageSize, ...parameters }))
      url.searchParams.set(key, String(value));
    const met = new Set<string>();
    for (;;) {
      met.add(url.search);
      const answer = await http.send({ method: 'GET', url, signal });
      if (answer.status === 404) {
        yield null;
        return;
      }
      const body = jsonOf(answer, path);
      const rows = body[name];
      if (!Array.isArray(rows)) throw unreadable(path, `something that has no list “${name}”`);
      yield rows.map((row) => decode(row, schema, path));
      const next = nextOf(body, path);
      if (next === null) return;
      // Nothing but its parameters: the key goes to no other address, and a filter that is not repeated holds on.
      for (const [key, value] of next.searchParams) url.searchParams.set(key, value);
      if (met.has(url.search)) throw unreadable(path, 'the same next page twice');
    }
  }

  return {
    async *list(path, name, schema, parameters, signal) {
      for await (const rows of pages(path, name, schema, parameters, signal)) {
        if (rows === null) throw notThere(path);
        yield rows;
      }
    },
    async listOf(path, name, schema, signal) {
      const all = [];
      for await (const rows of pages(path, name, schema, {}, signal)) {
        if (rows === null) return null;
        all.push(...rows);
      }
      return all;
    },
    async one(path, name, schema, signal) {
      const answer = await http.send({ method: 'GET', url: at(path), signal });
      if (answer.status === 404) return null;
      const body = jsonOf(answer, path);
      return decode(name === null ? body : body[name], schema, path);
    },
    write(method, path, body, signal, leaving) {
      const sent = body === undefined ? {} : { body };
      return attempt('Workable', () => http.send({ method, url: at(path), ...sent, leaving, signal }));
    },
  };
}

function looseJson({ body }: HttpAnswer): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return null;
  }
}

function jsonOf(answer: HttpAnswer, path: string): Record<string, unknown> {
  const body = looseJson(answer);
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw unreadable(path, 'something that is no JSON object');
  return body as Record<string, unknown>;
}

/** Unknown keys are nobody's business; what is needed has to be there. No value is told: it may be somebody's. */
function decode<Row>(row: unknown, schema: z.ZodType<Row>, path: string): Row {
  const result = schema.safeParse(row, { jitless: true });
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue) => issue.path.join('.') || 'the object');
  throw unreadable(path, `something in another form than it documents (${[...new Set(fields)].join(', ')})`);
}

/** null at the end. */
function nextOf({ paging }: Record<string, unknown>, path: string): URL | null {
  const next = (paging as { next?: unknown } | null | undefined)?.next ?? null;
  if (next === null) return null;
  if (typeof next !== 'string' || !URL.canParse(next))
    throw unreadable(path, 'a next page without an address');
  return new URL(next);
}

function unreadable(path: string, what: string): SyncError {
  return new SyncError('ATS_ANSWER_UNREADABLE', `Workable answered GET ${path} with ${what}.`, {
    remedy:
      'Check that `ats.baseUrl` leads to the API v3 of Workable; nothing is written before it can be read.',
  });
}

function notThere(path: string): SyncError {
  return new SyncError('ATS_REQUEST_REFUSED', `Workable: GET ${path} was answered with 404.`, {
    remedy: 'Check `ats.subdomain`, or `ats.baseUrl`, which ends in /spi/v3.',
  });
}
