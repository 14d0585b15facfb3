import { setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { sleep } from '../../emulation/clock.js';
import type { FaultEffect, FaultRules } from '../../emulation/faults.js';
import { type Hook, RequestLog, targetOf } from '../../emulation/request-log.js';
import {
  basicAuth,
  readBody,
  resetConnection,
  send,
  sendHalf,
  type WireAnswer,
} from '../../emulation/wire.js';
import type { Core } from '../core.js';
import { expireOverdue } from '../life/interview-life.js';
import { Past } from '../life/past.js';
import type { ApiKey, User } from '../records.js';
import { errorPage, faultStatus, spoiled, wireAnswer, wireError } from './answering.js';
import { ApiError } from './api-error.js';
import { type RateLimit, retryHeaders } from './rate-limit.js';
import { route } from './router.js';

export const basePath = '/v1.0';

/** One request to the API, in the order of arrival. */
export interface RequestRecord {
  /** Arrival on the base clock, milliseconds since the epoch. */
  at: number;
  method: string;
  /** As asked, `/v1.0` included, without the query. */
  path: string;
  /** The query without its question mark, as asked. */
  query: string;
  /** 0 while unanswered, and for good if the connection was reset or the answer never came. */
  status: number;
  /** Whose key it came with; null: none or an unknown one. */
  userUuid: string | null;
  rateLimited: boolean;
  /** The kind of the fault it met. */
  fault: FaultEffect['kind'] | null;
  /** The parsed body of a POST or PUT. */
  body?: unknown;
}

export type RequestHook = Hook<RequestRecord>;

/** Answers requests to the API: counts, lets faults happen, authenticates, handles, answers. */
export class ApiServer {
  readonly log: RequestLog<RequestRecord>;
  readonly #core: Core;
  readonly #faults: FaultRules;
  readonly #past: Past;
  readonly #rateLimit: RateLimit;
  readonly #logger: Logger | undefined;
  readonly #closing = new AbortController();

  constructor(parts: {
    core: Core;
    faults: FaultRules;
    rateLimit: RateLimit;
    logger: Logger | undefined;
    requestLogLimit: number;
  }) {
    this.#core = parts.core;
    this.#faults = parts.faults;
    this.#past = new Past(parts.core);
    this.#rateLimit = parts.rateLimit;
    this.#logger = parts.logger;
    this.log = new RequestLog(parts.requestLogLimit);
    // As many requests as come may wait at the same time.
    setMaxListeners(0, this.#closing.signal);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const record = this.#arrive(request);
    const { waitMs, key } = this.#count(request, record);
    response.setHeader('Date', new Date(this.#core.clock.now()).toUTCString());
    try {
      await this.log.arrived(record);
      if (waitMs > 0) {
        await drained(request);
        this.#finish(record, response, this.#tooMany(waitMs));
        return;
      }
      const { latencyMs, effect } = this.#faults.meet(
        record.method,
        record.query === '' ? record.path : `${record.path}?${record.query}`,
      );
      if (latencyMs > 0) {
        record.fault = 'latency';
        await sleep(this.#core.clock.base, latencyMs, this.#closing.signal);
      }
      if (effect) record.fault = effect.kind;
      if (effect && (await this.#failBefore(effect, request, record, response))) return;
      const answer = await this.#perform(request, record, key, effect);
      await this.log.carriedOut(record);
      if (effect?.kind === 'reset') resetConnection(response);
      else if (effect?.kind === 'hang') return;
      else if (effect?.kind === 'truncated' && effect.closes) sendHalf(response, answer);
      else {
        const { switches } = this.#core;
        this.#finish(record, response, effect ? spoiled(answer, effect, switches) : answer);
      }
    } catch (error) {
      // The client went away, or a test's hook threw: there is nobody to answer, or nothing better to say.
      this.#logger?.debug({ err: error, path: record.path }, 'the emulator could not answer');
      const page = errorPage(500, 'api.internal_error', String(error), 'json', this.#core.switches);
      if (!response.headersSent) this.#finish(record, response, page);
    } finally {
      this.#logger?.debug(
        { method: record.method, path: record.path, query: record.query, status: record.status },
        'request',
      );
    }
  }

  /** Ends latencies that are being waited for. */
  close(): void {
    this.#closing.abort();
  }

  #arrive(request: IncomingMessage): RequestRecord {
    return this.log.add({
      at: this.#core.clock.base.now(),
      ...targetOf(request),
      status: 0,
      userUuid: null,
      rateLimited: false,
      fault: null,
    });
  }

  /** Counts before anything waits, so that the order of arrival decides. */
  #count(request: IncomingMessage, record: RequestRecord): { waitMs: number; key: ApiKey | undefined } {
    const text = keyOf(request);
    const key = text === undefined ? undefined : this.#core.state.keys.get(text);
    record.userUuid = key?.userUuid ?? null;
    const address = request.socket.remoteAddress ?? '';
    const scope =
      this.#core.switches.rateScope === 'address' || !key
        ? `address ${address}`
        : this.#core.switches.rateScope === 'key'
          ? `key ${key.key}`
          : 'company';
    const waitMs = this.#rateLimit.count(scope);
    record.rateLimited = waitMs > 0;
    return { waitMs, key };
  }

  #tooMany(waitMs: number): WireAnswer {
    const { switches, clock } = this.#core;
    const headers = retryHeaders(switches, waitMs, this.#rateLimit.limit, clock.base.now());
    return wireError(
      new ApiError(429, 'api.too_many_requests', 'There were too many requests.', headers),
      switches,
    );
  }

  /** @returns whether the fault was all there is to the request */
  async #failBefore(
    effect: FaultEffect,
    request: IncomingMessage,
    record: RequestRecord,
    response: ServerResponse,
  ): Promise<boolean> {
    const { switches } = this.#core;
    if (effect.kind === 'reset' && effect.when === 'before') {
      resetConnection(response);
      return true;
    }
    if (effect.kind === 'hang' && effect.when === 'before') return true;
    if (effect.kind === 'status' && effect.when !== 'after') {
      await drained(request);
      this.#finish(record, response, faultStatus(effect, switches));
      return true;
    }
    if (effect.kind === 'rate-limited') {
      await drained(request);
      record.rateLimited = true;
      const headers: Record<string, string> =
        effect.retryAfter === undefined ? {} : { 'Retry-After': String(effect.retryAfter) };
      const error = new ApiError(429, 'api.too_many_requests', 'There were too many requests.', headers);
      this.#finish(record, response, wireError(error, switches));
      return true;
    }
    return false;
  }

  async #perform(
    request: IncomingMessage,
    record: RequestRecord,
    key: ApiKey | undefined,
    effect: FaultEffect | undefined,
  ): Promise<WireAnswer> {
    let core = this.#core;
    try {
      const bytes = await readBody(request, tooLarge);
      expireOverdue(core);
      if (!record.path.startsWith(`${basePath}/`)) {
        throw new ApiError(404, 'api.not_found', 'There is no such resource.');
      }
      const user = this.#authenticate(request, key);
      const { handler, params } = route(record.method, record.path.slice(basePath.length), core.switches);
      if (record.method === 'POST' || record.method === 'PUT') record.body = parsed(bytes);
      const query = new URLSearchParams(record.query);
      if (effect?.kind === 'stale' && record.method === 'GET') core = this.#past.behind(effect.requests);
      this.#past.remember(this.#faults.depth);
      return wireAnswer(handler({ core, user, params, query, body: record.body }), core.switches);
    } catch (error) {
      if (error instanceof ApiError) return wireError(error, core.switches);
      throw error;
    }
  }

  #authenticate(request: IncomingMessage, key: ApiKey | undefined): User {
    const text = keyOf(request);
    if (text === undefined || text === '') {
      throw new ApiError(401, 'api.key_not_set', 'An API key is needed.');
    }
    const { state, clock } = this.#core;
    // Looked up again: a hook may have taken the key away since the request arrived.
    const user = key && state.keys.get(text) === key ? state.users.get(key.userUuid) : undefined;
    if (!key || !user?.active) throw new ApiError(401, 'api.key_invalid', 'The API key is not valid.');
    key.lastUsedAt = clock.now();
    return user;
  }

  #finish(record: RequestRecord, response: ServerResponse, answer: WireAnswer): void {
    record.status = answer.status;
    send(response, answer);
  }
}

/** The user name of Basic authentication; the password does not matter. */
function keyOf(request: IncomingMessage): string | undefined {
  return basicAuth(request.headers.authorization)?.name;
}

const tooLarge = () => new ApiError(413, 'api.body_too_large', 'The body is too large.');

/** Reads the body to its end, so that the connection can be used again. */
async function drained(request: IncomingMessage): Promise<void> {
  await readBody(request, tooLarge);
}

function parsed(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError('validation', 'api.invalid_json', 'The body is not valid JSON.');
  }
}
