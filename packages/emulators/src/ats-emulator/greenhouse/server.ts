import { setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { sleep } from '../../emulation/clock.js';
import type { FaultEffect, FaultRules } from '../../emulation/faults.js';
import { type Hook, RequestLog, targetOf } from '../../emulation/request-log.js';
import {
  basicAuth,
  htmlPage,
  readBody,
  resetConnection,
  send,
  sendHalf,
  spoiledBody,
  type WireAnswer,
} from '../../emulation/wire.js';
import { Refusal, unprocessable } from './api-error.js';
import type { Credentials, Token } from './credentials.js';
import type { Living } from './life.js';
import type { Reading } from './listing.js';
import type { RateWindow, Taken } from './rate-window.js';
import { basePath, type Route, route } from './router.js';
import { longestLagMs } from './table.js';

export const tokenPath = '/token';

/** One request, in the order of arrival. Tokens and secrets are not in it. */
export interface GreenhouseRequest {
  /** Arrival on the base clock, milliseconds since the epoch. */
  at: number;
  method: string;
  /** As asked, `/v3` included, without the query. */
  path: string;
  /** The query without its question mark, as asked. */
  query: string;
  /** 0 while unanswered, and for good if the connection was cut or the answer never came. */
  status: number;
  /** Whose credential it came with; null: none or an unknown one. */
  clientId: string | null;
  rateLimited: boolean;
  /** The kind of the fault it met. */
  fault: FaultEffect['kind'] | null;
  /** How many rows a list answered. */
  rows?: number;
  /** The parsed body of a write. */
  body?: unknown;
}

export type GreenhouseHook = Hook<GreenhouseRequest>;

interface Parts {
  living: Living;
  credentials: Credentials;
  faults: FaultRules;
  rate: RateWindow;
  tokenRate: RateWindow;
  logger: Logger | undefined;
  requestLogLimit: number;
}

const tooLarge = () => new Refusal(413, 'Payload too large');

/** Answers requests to the API and the token endpoint: counts, lets faults happen, asks who it is, answers. */
export class GreenhouseServer {
  readonly log: RequestLog<GreenhouseRequest>;
  readonly #parts: Parts;
  readonly #closing = new AbortController();
  readonly #put = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.log = new RequestLog(parts.requestLogLimit);
    // As many requests as come may wait at the same time.
    setMaxListeners(0, this.#closing.signal);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { living, logger } = this.#parts;
    const record = this.#arrive(request);
    const taken = this.#take(request, record);
    const finish = (answer: WireAnswer) => {
      record.status = answer.status;
      const headers = { Date: new Date(living.world.clock.now()).toUTCString(), ...answer.headers };
      send(response, { ...answer, headers: { ...headers, ...this.#rateHeaders(taken) } });
    };
    try {
      await this.log.arrived(record);
      const body = await readBody(request, tooLarge);
      if (taken.refused) {
        record.rateLimited = true;
        finish(this.#refused(new Refusal(429, 'Too many requests')));
        return;
      }
      const { latencyMs, effect } = this.#parts.faults.meet(
        record.method,
        record.query === '' ? record.path : `${record.path}?${record.query}`,
      );
      if (latencyMs > 0) {
        record.fault = 'latency';
        await sleep(living.world.clock.base, latencyMs, this.#closing.signal);
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
      else if (effect?.kind === 'status') finish(this.#faulty(effect));
      else finish(effect ? spoiledBody(answer, effect) : answer);
    } catch (error) {
      // The client went away, or a test's hook threw.
      logger?.debug({ err: error, path: record.path }, 'the emulator could not answer');
      if (!response.headersSent)
        finish(this.#refused(error instanceof Refusal ? error : new Refusal(500, String(error))));
    } finally {
      logger?.debug(
        { method: record.method, path: record.path, query: record.query, status: record.status },
        'request',
      );
    }
  }

  /** Ends latencies that are being waited for. */
  close(): void {
    this.#closing.abort();
  }

  #arrive(request: IncomingMessage): GreenhouseRequest {
    return this.log.add({
      at: this.#parts.living.world.clock.base.now(),
      ...targetOf(request),
      status: 0,
      clientId: null,
      rateLimited: false,
      fault: null,
    });
  }

  /** Counts before anything waits, so that the order of arrival decides. */
  #take(request: IncomingMessage, record: GreenhouseRequest): Taken {
    const { credentials, rate, tokenRate } = this.#parts;
    if (record.path === tokenPath) {
      const name = basicAuth(request.headers.authorization)?.name;
      record.clientId = name !== undefined && credentials.all.has(name) ? name : null;
      return tokenRate.take(name ?? '');
    }
    record.clientId = credentials.known(bearer(request))?.credential.clientId ?? null;
    return rate.take(record.clientId ?? request.socket.remoteAddress ?? '');
  }

  #rateHeaders({ refused, limit, remaining, resetMs }: Taken): Record<string, string> {
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

  /** What a fault answers in place of the API, before anything was done. */
  #instead(effect: FaultEffect, record: GreenhouseRequest): WireAnswer | undefined {
    if (effect.kind === 'status' && effect.when !== 'after') return this.#faulty(effect);
    if (effect.kind !== 'rate-limited') return undefined;
    record.rateLimited = true;
    const answer = this.#refused(new Refusal(429, 'Too many requests'));
    if (effect.retryAfter !== undefined) answer.headers['Retry-After'] = String(effect.retryAfter);
    return answer;
  }

  #faulty(effect: Extract<FaultEffect, { kind: 'status' }>): WireAnswer {
    const answer =
      effect.body === 'html'
        ? htmlPage(effect.status, {})
        : effect.body === 'empty'
          ? { status: effect.status, headers: {}, body: '' }
          : this.#refused(new Refusal(effect.status, 'An injected fault'));
    return { ...answer, headers: { ...answer.headers, ...effect.headers } };
  }

  #perform(request: IncomingMessage, record: GreenhouseRequest, body: string): WireAnswer {
    try {
      if (record.path === tokenPath) return this.#token(request, record, body);
      if (!record.path.startsWith(`${basePath}/`)) throw new Refusal(404, 'Resource not found');
      return this.#api(request, record, body);
    } catch (error) {
      if (error instanceof Refusal) return this.#refused(error);
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
      return json(200, credentials.answer(credentials.issue(who.name, who.password, form.get('sub'))));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return json(error.status, { error: error.message });
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
      return answer === undefined ? { status, headers: {}, body: '' } : json(status, answer);
    }
    const { rows, next } = asked.list!(new URLSearchParams(record.query), reading);
    record.rows = empty ? 0 : rows.length;
    if (empty) return json(200, []);
    if (asked.name === 'candidates' && this.#putOff(record)) {
      return json(200, { message: 'The request is being processed' });
    }
    const answer = json(200, rows);
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

  #refused({ status, message, field }: Refusal): WireAnswer {
    const { errorBody } = this.#parts.living.switches;
    if (errorBody === 'html') return htmlPage(status, {});
    if (errorBody === 'empty') return { status, headers: {}, body: '' };
    const errors = [{ message, ...(field === undefined ? {} : { field }) }];
    return json(status, errorBody === 'errors' ? { errors } : { message, errors });
  }
}

function bearer(request: IncomingMessage): string | undefined {
  return /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
}

function json(status: number, body: unknown): WireAnswer {
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unprocessable('The body is not valid JSON');
  }
}
