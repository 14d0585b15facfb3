import type { IncomingMessage } from 'node:http';
import { type Api, type ApiRequest, jsonAnswer as json } from '../../emulation/api-server.js';
import type { RateWindow, Taken } from '../../emulation/rate-window.js';
import type { Hook } from '../../emulation/request-log.js';
import type { WireAnswer } from '../../emulation/wire.js';
import { notFound, Refusal, unprocessable } from './api-error.js';
import { type Answer, type Asked, routes, type Scope } from './routes.js';
import type { Shapes } from './shapes.js';
import type { SubscriptionSender } from './subscriptions.js';
import type { Living } from './world/life.js';

export const basePath = '/spi/v3';

/** The one token there is. */
export interface Access {
  token: string;
  scopes: Set<string>;
}

/** One request; its path with `/spi/v3`. */
export type WorkableRequest = ApiRequest;
export type WorkableHook = Hook<WorkableRequest>;

interface Parts {
  living: Living;
  shapes: Shapes;
  subscriptions: SubscriptionSender;
  access: Access;
  rate: RateWindow;
}

const pageSize = 50;
const largestPage = 100;

/** What requests are answered: who it is, whether they may, rows a page at a time. */
export class WorkableApi implements Api<WorkableRequest, Taken> {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  begin() {
    return {};
  }

  count(request: IncomingMessage): Taken {
    return this.#parts.rate.take(request.headers.authorization ?? '');
  }

  headers({ refused: isRefused, limit, remaining, resetMs }: Taken): Record<string, string> {
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

  refused(status: number, message: string): WireAnswer {
    return json(status, { error: message });
  }

  perform(request: IncomingMessage, record: WorkableRequest, body: string): WireAnswer {
    try {
      if (!record.path.startsWith(`${basePath}/`)) throw notFound();
      return this.#api(request, record, body);
    } catch (error) {
      if (error instanceof Refusal) return this.refused(error.status, error.message);
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
