/**
 * Harvest v3 over HTTP: lists to their proven end, and single writes. The first request of a list has parameters; what follows
 * has the cursor of the answer before and nothing else, which is another type: Greenhouse refuses both together.
 */
import { z } from 'zod';
import { type Clock, sleep } from '../../clock.js';
import { SyncError } from '../../errors.js';
import type { HttpAnswer } from '../../http/transport.js';
import type { Window } from '../connector.js';
import { wholeList } from '../decoded.js';
import type { AtsHttp } from '../http.js';
import { readEach } from '../listed.js';

export type Parameters = Record<string, string | number | boolean>;

interface First {
  kind: 'first';
  parameters: Parameters;
}

interface Following {
  kind: 'following';
  cursor: string;
}

export interface Each<Row> {
  rows: Row[];
  /** What kept those from being read that could not be, though others could. */
  failed: ReadonlyMap<string, SyncError>;
}

export interface GreenhouseClient {
  /** All pages of a list. Ends only where the last page names no other. */
  list<Row>(
    path: string,
    schema: z.ZodType<Row>,
    parameters: Parameters,
    signal: AbortSignal,
  ): AsyncIterable<Row[]>;
  /** The rows of these, whatever a list is filtered by; at most 50 a request. */
  listOf<Row>(
    path: string,
    schema: z.ZodType<Row>,
    filter: string,
    ids: readonly string[],
    parameters: Parameters,
    signal: AbortSignal,
  ): AsyncIterable<Row[]>;
  /**
   * The same together, where one of them may not be read: that keeps no other from it.
   * @param insists a batch of which nothing is shown is asked for twice, since one such answer may be a mistake; not unless given
   */
  each<Row>(
    path: string,
    schema: z.ZodType<Row>,
    filter: string,
    ids: readonly string[],
    signal: AbortSignal,
    how?: { parameters?: Parameters; insists?: boolean },
  ): Promise<Each<Row>>;
  /** Rows of all answers so far. */
  rows(): number;
  /** One attempt; see LostWrite. @returns the answer, also of 404 */
  write(
    method: 'POST' | 'PATCH',
    path: string,
    body: unknown,
    signal: AbortSignal,
    leaving?: () => Promise<void>,
  ): Promise<HttpAnswer>;
}

/** Of ids in one request, as Greenhouse allows. */
const batch = 50;
const pageSize = 500;
/** One of the first may be the very one that cannot be read. */
const fewRows = 5;

/** Both ends belong to it. */
export function within({ from, to }: Window): string {
  return `gte|${from.toISOString()}|lte|${to.toISOString()}`;
}

export function batches<T>(all: readonly T[], size = batch): T[][] {
  const made: T[][] = [];
  for (let at = 0; at < all.length; at += size) made.push(all.slice(at, at + size));
  return made;
}

/** Milliseconds. */
const pauses = [500, 2_000, 5_000];

function isMessage({ body }: HttpAnswer): boolean {
  try {
    const json: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof json === 'object' && json !== null && Object.keys(json).join() === 'message';
  } catch {
    return false;
  }
}

export function greenhouseClient(http: AtsHttp, baseUrl: string, clock: Clock): GreenhouseClient {
  let shown = 0;
  /** Who could not be read last, by path: they are asked for by themselves, so that they cost no search among others. */
  const troubled = new Map<string, Set<string>>();

  async function page<Row>(
    path: string,
    schema: z.ZodType<Row>,
    request: First | Following,
    signal: AbortSignal,
  ): Promise<{ rows: Row[]; next: Following | null }> {
    const url = new URL(`${baseUrl}${path}`);
    const query =
      request.kind === 'first' ? { per_page: pageSize, ...request.parameters } : { cursor: request.cursor };
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    let answer = await http.send({ method: 'GET', url, signal });
    // What takes longer is answered with a message at first.
    for (const pause of pauses) {
      if (answer.status === 404 || (answer.status !== 202 && !isMessage(answer))) break;
      await sleep(clock, pause, signal);
      answer = await http.send({ method: 'GET', url, signal });
    }
    if (answer.status === 404) {
      throw new SyncError('ATS_REQUEST_REFUSED', `Greenhouse: GET ${url.pathname} was answered with 404.`, {
        remedy: 'Check `ats.baseUrl`: it ends in /v3.',
      });
    }
    const rows = decode(answer, schema, url.pathname);
    shown += rows.length;
    return { rows, next: following(answer, url) };
  }

  async function* list<Row>(
    path: string,
    schema: z.ZodType<Row>,
    parameters: Parameters,
    signal: AbortSignal,
  ): AsyncIterable<Row[]> {
    const met = new Set<string>();
    let request: First | Following | null = { kind: 'first', parameters };
    while (request !== null) {
      const { rows, next }: { rows: Row[]; next: Following | null } = await page(
        path,
        schema,
        request,
        signal,
      );
      yield rows;
      if (next !== null && met.has(next.cursor)) throw unreadable(path, 'the same next page twice');
      if (next !== null) met.add(next.cursor);
      request = next;
    }
  }

  /** Throws where not even the first rows of the whole list can be read. */
  async function prove(
    path: string,
    schema: z.ZodType,
    parameters: Parameters,
    failure: SyncError,
    signal: AbortSignal,
  ): Promise<void> {
    for await (const rows of list(path, z.unknown(), { ...parameters, per_page: fewRows }, signal)) {
      if (rows.length > 0 && !rows.some((row) => schema.safeParse(row, { jitless: true }).success))
        throw failure;
      return;
    }
  }

  async function readEachOf<Row>(
    path: string,
    schema: z.ZodType<Row>,
    parameters: Parameters,
    { ids, read }: { ids: readonly string[]; read(some: readonly string[]): Promise<Row[]> },
    signal: AbortSignal,
  ): Promise<Each<Row>> {
    const failed = new Map<string, SyncError>();
    const before = troubled.get(path) ?? new Set();
    troubled.set(path, before);
    const distinct = [...new Set(ids)];
    const alone = distinct.filter((id) => before.has(id));
    const others = distinct.filter((id) => !before.has(id));
    const pages = readEach({
      batches: [...batches(others), ...batches(alone, 1)],
      atOnce: 1,
      read,
      // That there are none is an answer.
      prove: async (_, failure) => {
        if (failure !== null) await prove(path, schema, parameters, failure, signal);
      },
      tell(id, failure) {
        if (failure === null) return void before.delete(id);
        before.add(id);
        failed.set(id, failure);
      },
    });
    return { rows: await wholeList(pages), failed };
  }

  return {
    list,
    async *listOf(path, schema, filter, ids, parameters, signal) {
      for (const some of batches([...new Set(ids)])) {
        yield* list(path, schema, { ...parameters, [filter]: some.join(',') }, signal);
      }
    },
    each(path, schema, filter, ids, signal, { parameters = {}, insists = false } = {}) {
      const ask = (some: readonly string[]) =>
        wholeList(list(path, schema, { ...parameters, [filter]: some.join(',') }, signal));
      const read = async (some: readonly string[]) => {
        const found = await ask(some);
        return found.length > 0 || !insists ? found : ask(some);
      };
      return readEachOf(path, schema, parameters, { ids, read }, signal);
    },
    rows: () => shown,
    write: (method, path, body, signal, leaving) =>
      http.send({ method, url: new URL(`${baseUrl}${path}`), body, leaving, signal }),
  };
}

/** Unknown keys are nobody's business; what is needed has to be there. No value is told: it may be somebody's. */
function decode<Row>({ body }: HttpAnswer, schema: z.ZodType<Row>, path: string): Row[] {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    throw unreadable(path, 'something that is no JSON');
  }
  if (!Array.isArray(json)) throw unreadable(path, 'something that is no list');
  return json.map((row) => {
    const result = schema.safeParse(row, { jitless: true });
    if (result.success) return result.data;
    const fields = result.error.issues.map((issue) => issue.path.join('.') || 'the row');
    throw unreadable(path, `rows in another form than it documents (${[...new Set(fields)].join(', ')})`);
  });
}

/** The next page as the header names it; null at the end. */
function following({ headers }: HttpAnswer, url: URL): Following | null {
  const { link } = headers;
  if (link === undefined) return null;
  for (const [, address, parameters] of link.matchAll(/<([^>]*)>([^,<]*)/g)) {
    if (!/;\s*rel\s*=\s*"?next"?/i.test(parameters!)) continue;
    const next = URL.canParse(address!, url.href) ? new URL(address!, url.href) : null;
    const cursor = next?.searchParams.get('cursor');
    if (!cursor) throw unreadable(url.pathname, 'a next page without a cursor');
    return { kind: 'following', cursor };
  }
  return null;
}

function unreadable(path: string, what: string): SyncError {
  return new SyncError('ATS_ANSWER_UNREADABLE', `Greenhouse answered GET ${path} with ${what}.`, {
    remedy: 'Check that `ats.baseUrl` leads to Harvest v3; nothing is written before it can be read.',
  });
}
