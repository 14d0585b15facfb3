import { setMaxListeners } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { sleep } from './clock.js';
import type { EmulatedClock } from './emulated-clock.js';
import type { FaultEffect, FaultRules } from './faults.js';
import { RequestLog, targetOf } from './request-log.js';
import { htmlPage, readBody, resetConnection, send, sendHalf, spoiledBody, type WireAnswer } from './wire.js';

/** One request, in the order of arrival. Keys, tokens and secrets are not in it. */
export interface ApiRequest {
  /** Arrival on the base clock, milliseconds since the epoch. */
  at: number;
  method: string;
  /** As asked, without the query. */
  path: string;
  /** The query without its question mark, as asked. */
  query: string;
  /** 0 while unanswered, and for good if the connection was cut or the answer never came. */
  status: number;
  rateLimited: boolean;
  /** The kind of the fault it met. */
  fault: FaultEffect['kind'] | null;
  /** How many rows a list answered. */
  rows?: number;
  /** The parsed body of a write. */
  body?: unknown;
}

/** A request counted against the limit. */
interface Counted {
  /** One request too many. */
  refused: boolean;
}

/** What is the API's own. */
export interface Api<R extends ApiRequest, C extends Counted> {
  /** What a record has besides what every request has, at first. */
  begin(): Omit<R, keyof ApiRequest>;
  /** Counts it, before anything waits, so that the order of arrival decides. */
  count(request: IncomingMessage, record: R): C;
  /** What the path of a fault is compared with, where requests differ in their bodies; else the path with its query. */
  target?(record: R, body: string): string;
  /** Headers of every answer. */
  headers(counted: C): Record<string, string>;
  /** The whole of what it does. What it throws is answered with 500. */
  perform(request: IncomingMessage, record: R, body: string): WireAnswer;
  /** An error in the form of the API. @param code where a fault names one, and the API has any */
  refused(status: number, message: string, code?: string): WireAnswer;
}

export interface ApiServerParts {
  clock: EmulatedClock;
  faults: FaultRules;
  logger: Logger | undefined;
  requestLogLimit: number;
}

/** Answers requests to an emulated API: counts, lets faults happen, has them carried out, answers. */
export class EmulatedApi<R extends ApiRequest, C extends Counted> {
  readonly log: RequestLog<R>;
  readonly #api: Api<R, C>;
  readonly #parts: ApiServerParts;
  readonly #closing = new AbortController();

  constructor(api: Api<R, C>, parts: ApiServerParts) {
    this.#api = api;
    this.#parts = parts;
    this.log = new RequestLog(parts.requestLogLimit);
    // As many requests as come may wait at the same time.
    setMaxListeners(0, this.#closing.signal);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { clock, faults, logger } = this.#parts;
    const record = this.#arrive(request);
    const counted = this.#api.count(request, record);
    const finish = (answer: WireAnswer) => {
      record.status = answer.status;
      const date = new Date(clock.now()).toUTCString();
      const headers = { Date: date, ...answer.headers, ...this.#api.headers(counted) };
      send(response, { ...answer, headers });
    };
    try {
      await this.log.arrived(record);
      const body = await readBody(request, () => new TooLarge());
      if (counted.refused) {
        record.rateLimited = true;
        finish(this.#api.refused(429, 'Too many requests'));
        return;
      }
      const asked = record.query === '' ? record.path : `${record.path}?${record.query}`;
      const target = this.#api.target?.(record, body) ?? asked;
      const { latencyMs, effect } = faults.meet(record.method, target);
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
      const answer = this.#api.perform(request, record, body);
      await this.log.carriedOut(record);
      if (effect?.kind === 'reset') resetConnection(response);
      else if (effect?.kind === 'hang') return;
      else if (effect?.kind === 'truncated' && effect.closes) sendHalf(response, answer);
      else if (effect?.kind === 'status') finish(this.#faulty(effect));
      else finish(effect ? spoiledBody(answer, effect) : answer);
    } catch (error) {
      // The client went away, or a test's hook threw.
      logger?.debug({ err: error, path: record.path }, 'the emulator could not answer');
      const status = error instanceof TooLarge ? 413 : 500;
      if (!response.headersSent) finish(this.#api.refused(status, String(error)));
    } finally {
      const { method, path, query, status } = record;
      logger?.debug({ method, path, query, status }, 'request');
    }
  }

  /** Ends latencies that are being waited for. */
  close(): void {
    this.#closing.abort();
  }

  #arrive(request: IncomingMessage): R {
    const every: ApiRequest = {
      at: this.#parts.clock.base.now(),
      ...targetOf(request),
      status: 0,
      rateLimited: false,
      fault: null,
    };
    return this.log.add({ ...every, ...this.#api.begin() } as R);
  }

  /** What a fault answers in place of the API, before anything was done. */
  #instead(effect: FaultEffect, record: R): WireAnswer | undefined {
    if (effect.kind === 'status' && effect.when !== 'after') return this.#faulty(effect);
    if (effect.kind !== 'rate-limited') return undefined;
    record.rateLimited = true;
    const answer = this.#api.refused(429, 'Too many requests');
    if (effect.retryAfter !== undefined) answer.headers['Retry-After'] = String(effect.retryAfter);
    return answer;
  }

  #faulty(effect: Extract<FaultEffect, { kind: 'status' }>): WireAnswer {
    const { status, body, code } = effect;
    const answer =
      body === 'html'
        ? htmlPage(status, {})
        : body === 'empty'
          ? { status, headers: {}, body: '' }
          : this.#api.refused(status, 'An injected fault', code);
    return { ...answer, headers: { ...answer.headers, ...effect.headers } };
  }
}

class TooLarge extends Error {
  constructor() {
    super('Payload too large');
  }

  override toString(): string {
    return this.message;
  }
}

export function jsonAnswer(status: number, body: unknown): WireAnswer {
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}
