/**
 * Ashby over HTTP: every endpoint takes POST with a JSON body, and most of what goes wrong is an answer with status 200. Only
 * `success: true` is one; why it is not stands in one of three shapes.
 */
import { z } from 'zod';
import { SyncError } from '../../errors.js';
import type { HttpAnswer } from '../../http/transport.js';
import type { AtsHttp, AtsHttpOptions } from '../http.js';

/** An answer that says that it failed. */
export class AshbyFailure extends SyncError {
  readonly reasons: readonly string[];

  constructor(endpoint: string, reasons: readonly string[], said: string) {
    const isRight = reasons.includes(missingPermission);
    super(isRight ? 'ATS_FORBIDDEN' : 'ATS_REQUEST_REFUSED', `Ashby: ${endpoint} was refused: ${said}.`, {
      remedy: isRight
        ? `In Ashby, Admin, Integrations, API Keys, give the key the permission ${permissionOf(endpoint)}; \`sparkhire-sync ats check\` says which are missing.`
        : 'Run `sparkhire-sync ats check`; report it if that finds nothing.',
    });
    this.reasons = reasons;
  }

  /** What was asked for is not there, or not shown to the key. */
  get isMissing(): boolean {
    return this.reasons.some((reason) => /(^|_)not_found$/.test(reason));
  }

  /** A mark to go on from is of no use any more: everything has to be listed. */
  get isStale(): boolean {
    return this.reasons.some((reason) => staleMarks.has(reason));
  }
}

/** Of objects, as Ashby's page of keys calls the permissions that they take. */
const areas: Readonly<Record<string, string>> = {
  application: 'Candidates',
  candidate: 'Candidates',
  job: 'Jobs',
  interviewPlan: 'Interviews',
  interviewStage: 'Interviews',
  user: 'Organization',
};

function permissionOf(endpoint: string): string {
  const [object, verb] = endpoint.split('.') as [string, string];
  const area = areas[object];
  if (area === undefined) return `for ${endpoint}`;
  return `“${area}: ${/^(list|info)/.test(verb) ? 'read' : 'write'}”`;
}

const missingPermission = 'missing_endpoint_permission';
const staleMarks: ReadonlySet<string> = new Set([
  'sync_token_expired',
  'sync_token_invalid',
  'incremental_sync_too_large',
  'next_cursor_expired',
  'cursor_invalid',
  'invalid_next_cursor',
]);

export interface Listed<Row> {
  rows: Row[];
  /** What a later listing has only changes since; null where Ashby gave none. */
  syncToken: string | null;
}

export interface AshbyClient {
  /** A list to its proven end. @param syncToken only what changed since */
  list<Row>(
    endpoint: string,
    schema: z.ZodType<Row>,
    body: object,
    signal: AbortSignal,
    syncToken?: string | null,
  ): Promise<Listed<Row>>;
  /** At most one row of a list, which tells whether it may be read. */
  first<Row>(endpoint: string, schema: z.ZodType<Row>, body: object, signal: AbortSignal): Promise<Row[]>;
  /** One object; null where it is not shown. */
  info<Row>(endpoint: string, schema: z.ZodType<Row>, body: object, signal: AbortSignal): Promise<Row | null>;
  /** One attempt; see LostWrite. @returns `results`, undefined where they cannot be read. @throws AshbyFailure */
  write(endpoint: string, body: object, signal: AbortSignal, leaving?: () => Promise<void>): Promise<unknown>;
  /** Rows of all lists so far. */
  rows(): number;
}

const pageSize = 100;

const pageSchema = z.object({
  results: z.array(z.unknown()),
  moreDataAvailable: z.boolean().nullish(),
  nextCursor: z.string().nullish(),
  syncToken: z.string().nullish(),
});

export function ashbyClient(http: AtsHttp, baseUrl: string): AshbyClient {
  let shown = 0;

  async function call(endpoint: string, body: object, signal: AbortSignal): Promise<Record<string, unknown>> {
    const url = new URL(`${baseUrl}/${endpoint}`);
    return successOf(endpoint, await http.send({ method: 'POST', url, body, isRead: true, signal }));
  }

  async function page<Row>(endpoint: string, schema: z.ZodType<Row>, body: object, signal: AbortSignal) {
    const answer = decode(endpoint, pageSchema, await call(endpoint, body, signal));
    const rows = answer.results.map((row) => decode(endpoint, schema, row));
    shown += rows.length;
    const next = answer.nextCursor || null;
    if (answer.moreDataAvailable === true && next === null)
      throw unreadable(endpoint, 'more to come and no way to it');
    // Where it is not said whether there is more, a cursor says it.
    const isEnd = answer.moreDataAvailable === false || next === null;
    return { rows, next: isEnd ? null : next, syncToken: answer.syncToken || null };
  }

  return {
    async list(endpoint, schema, body, signal, syncToken = null) {
      const rows = [];
      const met = new Set<string>();
      let mark: object = syncToken === null ? {} : { syncToken };
      for (;;) {
        const one = await page(endpoint, schema, { limit: pageSize, ...body, ...mark }, signal);
        rows.push(...one.rows);
        if (one.next === null) return { rows, syncToken: one.syncToken };
        if (met.has(one.next)) throw unreadable(endpoint, 'the same next page twice');
        met.add(one.next);
        // The token goes with the first request only: the cursor has it.
        mark = { cursor: one.next };
      }
    },
    first: async (endpoint, schema, body, signal) =>
      (await page(endpoint, schema, { limit: 1, ...body }, signal)).rows,
    async info(endpoint, schema, body, signal) {
      try {
        const { results } = await call(endpoint, body, signal);
        return decode(endpoint, schema, results);
      } catch (error) {
        if (error instanceof AshbyFailure && error.isMissing) return null;
        throw error;
      }
    },
    async write(endpoint, body, signal, leaving) {
      const url = new URL(`${baseUrl}/${endpoint}`);
      return successOf(endpoint, await http.send({ method: 'POST', url, body, leaving, signal })).results;
    },
    rows: () => shown,
  };
}

/**
 * A wrong key gets 403, as one without a permission does, which says so. What else says that it failed is read as such,
 * whatever its status.
 */
export const codeOfAnswer: AtsHttpOptions['codeOf'] = (answer) => {
  const told = failureOf(answer);
  if (answer.status === 403)
    return told?.includes(missingPermission) ? 'ATS_FORBIDDEN' : 'ATS_ACCESS_REFUSED';
  return told !== null && [400, 404, 409, 422].includes(answer.status) ? null : undefined;
};

function jsonOf({ body }: HttpAnswer): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** Why it failed, by all codes and words that it gives; null where it does not say that it did. */
function failureOf(answer: HttpAnswer): string[] | null {
  const json = jsonOf(answer);
  return json?.success === false ? reasonsOf(json) : null;
}

function reasonsOf({ errorInfo, errors }: Record<string, unknown>): string[] {
  const told = [errorInfo, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  return told.flatMap((one): string[] => {
    if (typeof one === 'string') return [one];
    if (typeof one !== 'object' || one === null) return [];
    const { code, message } = one as Record<string, unknown>;
    return [code, message].filter((text) => typeof text === 'string');
  });
}

const longestReason = 200;

function successOf(endpoint: string, answer: HttpAnswer): Record<string, unknown> {
  const json = jsonOf(answer);
  if (json?.success === true && answer.status < 300) return json;
  if (json?.success === false) {
    const reasons = reasonsOf(json);
    const said = (reasons.at(-1) ?? 'it does not say why').replace(/\s+/g, ' ').replace(/[.\s]+$/, '');
    throw new AshbyFailure(endpoint, reasons, [...said].slice(0, longestReason).join(''));
  }
  if (answer.status === 404) {
    throw new SyncError('ATS_REQUEST_REFUSED', `Ashby: ${endpoint} was answered with 404.`, {
      remedy: 'Check `ats.baseUrl`: it is the address of the API, without an endpoint.',
    });
  }
  throw unreadable(endpoint, 'something that does not say whether it succeeded');
}

/** Unknown keys are nobody's business; what is needed has to be there. No value is told: it may be somebody's. */
function decode<T>(endpoint: string, schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value, { jitless: true });
  if (result.success) return result.data;
  const fields = result.error.issues.map((issue) => issue.path.join('.') || 'the object');
  throw unreadable(
    endpoint,
    `another form than it documents (${[...new Set(fields)].slice(0, 5).join(', ')})`,
  );
}

function unreadable(endpoint: string, what: string): SyncError {
  return new SyncError('ATS_ANSWER_UNREADABLE', `Ashby answered ${endpoint} with ${what}.`, {
    remedy: "Check that `ats.baseUrl` leads to Ashby's API; nothing is written before it can be read.",
  });
}

export const id = z.string().min(1);
