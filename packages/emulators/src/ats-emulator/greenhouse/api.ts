import type { IncomingMessage } from 'node:http';
import { type Api, type ApiRequest, jsonAnswer } from '../../emulation/api-server.js';
import type { RateWindow, Taken } from '../../emulation/rate-window.js';
import type { Hook } from '../../emulation/request-log.js';
import { basicAuth, htmlPage, type WireAnswer } from '../../emulation/wire.js';
import { Refusal, unprocessable } from './api-error.js';
import type { Credentials, Token } from './credentials.js';
import type { Reading } from './lists/reading.js';
import { basePath, type Route, route } from './router.js';
import type { Living } from './world/life.js';
import { longestLagMs } from './world/table.js';

export const tokenPath = '/token';

/** One request; its path with `/v3`. */
export interface GreenhouseRequest extends ApiRequest {
  /** Whose credential it came with; null: none or an unknown one. */
  clientId: string | null;
}

export type GreenhouseHook = Hook<GreenhouseRequest>;

interface Parts {
  living: Living;
  credentials: Credentials;
  rate: RateWindow;
  tokenRate: RateWindow;
}

/** What requests to the API and the token endpoint are answered: who it is, whether they may, rows. */
export class GreenhouseApi implements Api<GreenhouseRequest, Taken> {
  readonly #parts: Parts;
  readonly #put = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  begin() {
    return { clientId: null };
  }

  count(request: IncomingMessage, record: GreenhouseRequest): Taken {
    const { credentials, rate, tokenRate } = this.#parts;
    if (record.path === tokenPath) {
      const name = basicAuth(request.headers.authorization)?.name;
      record.clientId = name !== undefined && credentials.all.has(name) ? name : null;
      return tokenRate.take(name ?? '');
    }
    record.clientId = credentials.known(bearer(request))?.credential.clientId ?? null;
    return rate.take(record.clientId ?? request.socket.remoteAddress ?? '');
  }

  headers({ refused, limit, remaining, resetMs }: Taken): Record<string, string> {
    const { living } = this.#parts;
    const { rateHeaders } = living.switches;
    const headers: Record<string, string> = {};
    if (rateHeaders === 'all' || rateHeaders === 'without-retry-after') {
      headers['X-RateLimit-Limit'] = String(limit);
      headers['X-RateLimit-Remaining'] = String(remaining);
      headers['X-RateLimit-Reset'] = String(Math.ceil((living.world.clock.now() + resetMs) / 1000));
    }
    if (refused && (rateHeaders === 'all' || rateHeaders === 'only-retry-after')) {
      headers['Retry-After'] = String(Math.max(1, Math.ceil(resetMs / 1000)));
    }
    return headers;
  }

  perform(request: IncomingMessage, record: GreenhouseRequest, body: string): WireAnswer {
    try {
      if (record.path === tokenPath) return this.#token(request, record, body);
      if (!record.path.startsWith(`${basePath}/`)) throw new Refusal(404, 'Resource not found');
      return this.#api(request, record, body);
    } catch (error) {
      if (error instanceof Refusal) return this.#refusal(error);
      throw error;
    }
  }

  #token(request: IncomingMessage, record: GreenhouseRequest, body: string): WireAnswer {
    if (record.method !== 'POST') throw new Refusal(404, 'Resource not found');
    const who = basicAuth(request.headers.authorization);
    const form = new URLSearchParams(body);
    try {
      if (form.get('grant_type') !== 'client_credentials') throw new Refusal(400, 'unsupported_grant_type');
      if (!who) throw new Refusal(401, 'invalid_client');
      const { credentials } = this.#parts;
      return jsonAnswer(200, credentials.answer(credentials.issue(who.name, who.password, form.get('sub'))));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return jsonAnswer(error.status, { error: error.message });
    }
  }

  #api(request: IncomingMessage, record: GreenhouseRequest, body: string): WireAnswer {
    const { living, credentials } = this.#parts;
    const token = credentials.valid(bearer(request));
    const asked = route(record.method, record.path.slice(basePath.length));
    const reading = this.#reading(token);
    const empty = this.#forbids(asked, token);
    if (asked.write) {
      record.body = parsedJson(body);
      const { status, body: answer } = asked.write(living, reading, record.body);
      return answer === undefined ? { status, headers: {}, body: '' } : jsonAnswer(status, answer);
    }
    const { rows, next } = asked.list!(new URLSearchParams(record.query), reading);
    record.rows = empty ? 0 : rows.length;
    if (empty) return jsonAnswer(200, []);
    if (asked.name === 'candidates' && this.#putOff(record)) {
      return jsonAnswer(200, { message: 'The request is being processed' });
    }
    const answer = jsonAnswer(200, rows);
    if (next !== undefined) {
      const host = request.headers.host ?? '127.0.0.1';
      answer.headers.Link = `<http://${host}${record.path}?cursor=${encodeURIComponent(next)}>; rel="next"`;
    }
    return answer;
  }

  #reading(token: Token): Reading {
    const { world, switches } = this.#parts.living;
    const now = world.clock.now();
    const lagMs = Math.min((switches.lagSeconds ?? 0) * 1000, longestLagMs);
    return { view: world.view(now - lagMs), switches, token, now, teams: new Map() };
  }

  /** @returns whether a list is empty in place of being refused @throws Refusal 403 */
  #forbids(asked: Route, { credential, userId }: Token): boolean {
    const { switches, world } = this.#parts.living;
    let empty = false;
    if (!credential.scopes.has(asked.scope)) {
      empty = asked.list !== undefined && switches.missingScope === 'empty';
      if (!empty) throw new Refusal(403, `The scope ${asked.scope} is missing`);
    }
    if (asked.list && !world.tables.users.get(userId)?.site_admin) {
      if (switches.notSiteAdmin === 'forbidden') throw new Refusal(403, 'Forbidden');
      empty = true;
    }
    return empty;
  }

  /** Whether candidates are answered later: with a message now, with the rows when asked again. */
  #putOff({ query }: GreenhouseRequest): boolean {
    const reading = this.#parts.living.switches.candidatesAnswer;
    if (reading === 'rows') return false;
    if (reading === 'message') return true;
    const first = !this.#put.has(query);
    if (first) this.#put.add(query);
    else this.#put.delete(query);
    return first;
  }

  refused(status: number, message: string): WireAnswer {
    return this.#refusal(new Refusal(status, message));
  }

  #refusal({ status, message, field }: Refusal): WireAnswer {
    const { errorBody } = this.#parts.living.switches;
    if (errorBody === 'html') return htmlPage(status, {});
    if (errorBody === 'empty') return { status, headers: {}, body: '' };
    const errors = [{ message, ...(field === undefined ? {} : { field }) }];
    return jsonAnswer(status, errorBody === 'errors' ? { errors } : { message, errors });
  }
}

function bearer(request: IncomingMessage): string | undefined {
  return /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unprocessable('The body is not valid JSON');
  }
}
