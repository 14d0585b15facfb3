import type { IncomingMessage } from 'node:http';
import type { Api, ApiRequest } from '../../emulation/api-server.js';
import { jsonAnswer } from '../../emulation/api-server.js';
import type { RateWindow, Taken } from '../../emulation/rate-window.js';
import type { Hook } from '../../emulation/request-log.js';
import { basicAuth, htmlPage, type WireAnswer } from '../../emulation/wire.js';
import type { Page } from './paging.js';
import type { Asked } from './reads.js';
import { badRequest, codes, Refusal } from './refusal.js';
import { route } from './routes.js';
import type { WebhookSender } from './webhooks.js';
import type { Living } from './world/life.js';
import type { WriteAnswer } from './writes.js';

export const basePath = '/v1';

/** One request; its path with `/v1`. */
export interface LeverRequest extends ApiRequest {
  /** Whether it came with the key. */
  isKnown: boolean;
}

export type LeverHook = Hook<LeverRequest>;

/** The one key there is. */
export interface Access {
  key: string;
  /** As the settings page of keys lists them: `opportunities:read`. */
  readonly rights: Set<string>;
  seesConfidential: boolean;
}

interface Parts {
  living: Living;
  webhooks: WebhookSender;
  access: Access;
  rate: RateWindow;
}

export class LeverApi implements Api<LeverRequest, Taken> {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  begin() {
    return { isKnown: false };
  }

  count(request: IncomingMessage, record: LeverRequest): Taken {
    record.isKnown = basicAuth(request.headers.authorization)?.name === this.#parts.access.key;
    return this.#parts.rate.take(record.isKnown ? 'key' : (request.socket.remoteAddress ?? ''));
  }

  headers({ refused, limit, remaining, resetMs }: Taken): Record<string, string> {
    const { switches, world } = this.#parts.living;
    const { rateHeaders } = switches;
    const headers: Record<string, string> = {};
    if (rateHeaders === 'all') {
      headers['X-RateLimit-Limit'] = String(limit);
      headers['X-RateLimit-Remaining'] = String(remaining);
      headers['X-RateLimit-Reset'] = String(Math.ceil((world.clock.now() + resetMs) / 1000));
    }
    if (refused && rateHeaders !== 'none')
      headers['Retry-After'] = String(Math.max(1, Math.ceil(resetMs / 1000)));
    return headers;
  }

  perform(request: IncomingMessage, record: LeverRequest, body: string): WireAnswer {
    try {
      const { access } = this.#parts;
      // Looked up again: a hook may have exchanged the key since the request arrived.
      if (basicAuth(request.headers.authorization)?.name !== access.key)
        throw new Refusal(401, 'The API key is not valid');
      if (!record.path.startsWith(`${basePath}/`)) throw new Refusal(404, 'Resource not found');
      return this.#carriedOut(record, body);
    } catch (error) {
      if (error instanceof Refusal) return this.refused(error.status, error.message);
      throw error;
    }
  }

  #carriedOut(record: LeverRequest, body: string): WireAnswer {
    const { living, webhooks, access } = this.#parts;
    const { world, switches } = living;
    const asked: Asked = {
      world,
      switches,
      query: new URLSearchParams(record.query),
      expand: new Set(new URLSearchParams(record.query).getAll('expand')),
      seesConfidential: access.seesConfidential,
    };
    const { right, is, run } = route(record.method, record.path.slice(basePath.length));
    if (!access.rights.has(right)) {
      if (is === 'write' || switches.missingRight === 'forbidden')
        throw new Refusal(403, `The key lacks ${right}`);
      if (is === 'object') throw new Refusal(404, 'Resource not found');
      record.rows = 0;
      return jsonAnswer(200, { data: [], hasNext: false });
    }
    if (record.method === 'POST' || record.method === 'PUT') record.body = parsedJson(body);
    const answer = run({ living, webhooks, asked, body: record.body });
    if ('status' in answer) {
      const { status, data } = answer as WriteAnswer;
      return data === undefined ? { status, headers: {}, body: '' } : jsonAnswer(status, { data });
    }
    const { data } = answer as Page;
    if (Array.isArray(data)) record.rows = data.length;
    return jsonAnswer(200, answer);
  }

  refused(status: number, message: string): WireAnswer {
    const { errorBody } = this.#parts.living.switches;
    if (errorBody === 'html') return htmlPage(status, {});
    if (errorBody === 'empty') return { status, headers: {}, body: '' };
    return jsonAnswer(status, { code: codes[status] ?? 'Error', message });
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest('The body is not valid JSON');
  }
}
