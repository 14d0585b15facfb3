import { setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { sleep } from '../../emulation/clock.js';
import type { FaultEffect, FaultRules } from '../../emulation/faults.js';
import { type Hook, RequestLog, targetOf } from '../../emulation/request-log.js';
import {
  htmlPage,
  readBody,
  resetConnection,
  send,
  sendHalf,
  spoiledBody,
  type WireAnswer,
} from '../../emulation/wire.js';
import type { RateWindow, Taken } from '../greenhouse/rate-window.js';
import { notFound, Refusal, unprocessable } from './api-error.js';
import type { Living } from './life.js';
import { type Answer, type Asked, routes, type Scope } from './routes.js';
import type { Shapes } from './shapes.js';
import type { SubscriptionSender } from './subscriptions.js';

export const basePath = '/spi/v3';

/** The one token there is. */
export interface Access {
  token: string;
  scopes: Set<string>;
}

/** One request, in the order of arrival. Tokens are not in it. */
export interface WorkableRequest {
  /** Arrival on the base clock, milliseconds since the epoch. */
  at: number;
  method: string;
  /** As asked, `/spi/v3` included, without the query. */
  path: string;
  /** The query without its question mark, as asked. */
  query: string;
  /** 0 while unanswered, and for good if the connection was cut or the answer never came. */
  status: number;
  rateLimited: boolean;
  /** The kind of the fault it met. */
  fault: FaultEffect['kind'] | null;
  /** The parsed body of a write. */
  body?: unknown;
}

export type WorkableHook = Hook<WorkableRequest>;

interface Parts {
  living: Living;
  shapes: Shapes;
  subscriptions: SubscriptionSender;
  access: Access;
  faults: FaultRules;
  rate: RateWindow;
  logger: Logger | undefined;
  requestLogLimit: number;
}

const pageSize = 50;
const largestPage = 100;

/** Answers requests: counts, lets faults happen, asks who it is, answers. */
export class WorkableServer {
  readonly log: RequestLog<WorkableRequest>;
  readonly #parts: Parts;
  readonly #closing = new AbortController();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.log = new RequestLog(parts.requestLogLimit);
    // As many requests as come may wait at the same time.
    setMaxListeners(0, this.#closing.signal);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { living, logger, rate } = this.#parts;
    const { clock } = living.world;
    const record = this.log.add({
      at: clock.base.now(),
      ...targetOf(request),
      status: 0,
      rateLimited: false,
      fault: null,
    });
    // Counts before anything waits, so that the order of arrival decides.
    const taken = rate.take(request.headers.authorization ?? '');
    const finish = (answer: WireAnswer) => {
      record.status = answer.status;
      const headers = { Date: new Date(clock.now()).toUTCString(), ...answer.headers };
      send(response, { ...answer, headers: { ...headers, ...this.#rateHeaders(taken) } });
    };
    try {
      await this.log.arrived(record);
      const body = await readBody(request, () => new Refusal(413, 'Payload too large'));
      if (taken.refused) {
        record.rateLimited = true;
        finish(refused(new Refusal(429, 'Too many requests')));
        return;
      }
      const query = record.query === '' ? '' : `?${record.query}`;
      const { latencyMs, effect } = this.#parts.faults.meet(record.method, `${record.path}${query}`);
      if (latencyMs > 0) {
        record.fault = 'latency';
        await sleep(clock.base, latencyMs, this.#closing.signal);
      }
      if (effect) record.fault = effect.kind;
      const instead = effect && this.#instead(effect, record);
      if (effect && 'when' in effect && effect.when === 'before' && effect.kind !== 'status') {
        if (effect.kind === 'reset') resetConnection(response);
        return;
      }
      if (instead) {
        finish(instead);
        return;
      }
      const answer = this.#perform(request, record, body);
      await this.log.carriedOut(record);
      if (effect?.kind === 'reset') resetConnection(response);
      else if (effect?.kind === 'hang') return;
      else if (effect?.kind === 'truncated' && effect.closes) sendHalf(response, answer);
      else if (effect?.kind === 'status') finish(faulty(effect));
      else finish(effect ? spoiledBody(answer, effect) : answer);
    } catch (error) {
      // The client went away, or a test's hook threw.
      logger?.debug({ err: error, path: record.path }, 'the emulator could not answer');
      if (!response.headersSent)
        finish(refused(error instanceof Refusal ? error : new Refusal(500, String(error))));
    } finally {
      logger?.debug({ method: record.method, path: record.path, status: record.status }, 'request');
    }
  }

  /** Ends latencies that are being waited for. */
  close(): void {
    this.#closing.abort();
  }

  #rateHeaders({ refused: isRefused, limit, remaining, resetMs }: Taken): Record<string, string> {
    const { switches, world } = this.#parts.living;
    const headers: Record<string, string> = {};
    if (switches.rateHeaders === 'all') {
      headers['X-Rate-Limit-Limit'] = String(limit);
      headers['X-Rate-Limit-Remaining'] = String(remaining);
      headers['X-Rate-Limit-Reset'] = String(Math.ceil((world.clock.now() + resetMs) / 1000));
    }
    if (isRefused && switches.retryAfter === 'yes')
      headers['Retry-After'] = String(Math.max(1, Math.ceil(resetMs / 1000)));
    return headers;
  }

  /** What a fault answers in place of the API, before anything was done. */
  #instead(effect: FaultEffect, record: WorkableRequest): WireAnswer | undefined {
    if (effect.kind === 'status' && effect.when !== 'after') return faulty(effect);
    if (effect.kind !== 'rate-limited') return undefined;
    record.rateLimited = true;
    const answer = refused(new Refusal(429, 'Too many requests'));
    if (effect.retryAfter !== undefined) answer.headers['Retry-After'] = String(effect.retryAfter);
    return answer;
  }

  #perform(request: IncomingMessage, record: WorkableRequest, body: string): WireAnswer {
    try {
      if (!record.path.startsWith(`${basePath}/`)) throw notFound();
      return this.#api(request, record, body);
    } catch (error) {
      if (error instanceof Refusal) return refused(error);
      throw error;
    }
  }

  #api(request: IncomingMessage, record: WorkableRequest, body: string): WireAnswer {
    const { living, shapes, subscriptions, access } = this.#parts;
    if (bearer(request) !== access.token) throw new Refusal(401, 'Not authorized');
    const path = record.path.slice(basePath.length);
    for (const route of routes) {
      const match = route.method === record.method ? route.path.exec(path) : null;
      if (match === null) continue;
      const empty = this.#forbids(route.scope, route.list);
      if (empty !== null) return json(200, { [empty]: [] });
      const query = new URLSearchParams(record.query);
      const asked: Asked = { living, shapes, subscriptions, query, body: null };
      if (record.method !== 'GET' && record.method !== 'DELETE') {
        asked.body = parsedJson(body);
        record.body = asked.body;
      }
      return this.#shown(
        request,
        record,
        route.answer(asked, ...match.slice(1).map(decodeURIComponent)),
        query,
      );
    }
    throw notFound();
  }

  /** @returns what the empty list is called that is answered instead; null: it may be asked */
  #forbids(scope: Scope | null, list: string | undefined): string | null {
    const { access, living } = this.#parts;
    if (scope === null || access.scopes.has(scope)) return null;
    const { missingScope } = living.switches;
    if (missingScope === 'empty') {
      if (list !== undefined) return list;
      throw notFound();
    }
    throw missingScope === 'forbidden' ? new Refusal(403, 'Forbidden') : new Refusal(401, 'Not authorized');
  }

  #shown(
    request: IncomingMessage,
    record: WorkableRequest,
    answer: Answer,
    query: URLSearchParams,
  ): WireAnswer {
    if (!('list' in answer)) {
      return answer.json === undefined
        ? { status: answer.status, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: '' }
        : json(answer.status, answer.json);
    }
    const { switches } = this.#parts.living;
    const asked = Math.min(wholeNumber(query, 'limit') ?? pageSize, largestPage);
    const limit = Math.min(asked, switches.pageCap ?? asked);
    const since = query.get('since_id');
    const most = query.get('max_id');
    const rows = answer.rows.filter(
      ({ id }) => (since === null || hex(id) >= hex(since)) && (most === null || hex(id) <= hex(most)),
    );
    const next = rows[limit];
    const page = { [answer.list]: rows.slice(0, limit).map(({ row }) => row) };
    if (next === undefined) {
      const { lastPage } = switches;
      const paging =
        lastPage === 'no-paging' ? {} : { paging: lastPage === 'null-next' ? { next: null } : {} };
      return json(200, { ...page, ...paging });
    }
    const filters = switches.nextFilters === 'kept' ? new URLSearchParams(query) : new URLSearchParams();
    filters.set('limit', String(asked));
    filters.set('since_id', next.id);
    const host = switches.nextHost === 'own' ? `http://${request.headers.host}` : 'https://www.workable.com';
    return json(200, { ...page, paging: { next: `${host}${record.path}?${filters}` } });
  }
}

const hex = (id: string) => Number.parseInt(id, 16);

function wholeNumber(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  if (text === null) return null;
  if (!/^[1-9]\d*$/.test(text)) throw unprocessable(`${name} is invalid`);
  return Number(text);
}

function bearer(request: IncomingMessage): string | null {
  return /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1] ?? null;
}

function parsedJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Refusal(400, 'Bad request');
  }
}

function json(status: number, value: unknown): WireAnswer {
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
    body: JSON.stringify(value),
  };
}

const refused = ({ status, message }: Refusal) => json(status, { error: message });

function faulty(effect: Extract<FaultEffect, { kind: 'status' }>): WireAnswer {
  const answer =
    effect.body === 'html'
      ? htmlPage(effect.status, {})
      : effect.body === 'empty'
        ? { status: effect.status, headers: {}, body: '' }
        : refused(new Refusal(effect.status, 'An injected fault'));
  return { ...answer, headers: { ...answer.headers, ...effect.headers } };
}
