import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { type ApiRequest, EmulatedApi } from '../../emulation/api-server.js';
import type { FaultRules } from '../../emulation/faults.js';
import type { RateWindow, Taken } from '../../emulation/rate-window.js';
import type { Hook } from '../../emulation/request-log.js';
import { basicAuth, type WireAnswer } from '../../emulation/wire.js';
import { endpoints } from './endpoints.js';
import type { Lists } from './lists.js';
import type { Key } from './records.js';
import { Refusal } from './refusal.js';
import type { WebhookSender } from './webhooks.js';
import type { Living } from './world/life.js';

export type AshbyRequest = ApiRequest;
export type AshbyHook = Hook<AshbyRequest>;

interface Parts {
  living: Living;
  lists: Lists;
  webhooks: WebhookSender;
  keys: Map<string, Key>;
  faults: FaultRules;
  rate: RateWindow;
  logger: Logger | undefined;
  requestLogLimit: number;
}

/** Counts requests, asks who it is, answers. A fault's path is compared with the path, a question mark and the body. */
export function ashbyApi(parts: Parts): EmulatedApi<AshbyRequest, Taken> {
  const { living, keys, rate } = parts;
  const { switches } = living;
  let refusals = 0;

  function json(status: number, body: object): WireAnswer {
    const extra = switches.unknownFields === 'extra' ? { requestCost: 1 } : {};
    return {
      status,
      headers: { 'Content-Type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ ...body, ...extra }),
    };
  }

  /** What cannot be done is an answer of success as far as HTTP is concerned. */
  function refused({ code, message, status }: Refusal): WireAnswer {
    const requestId = `req${++refusals}`;
    const shapes = {
      errorInfo: { errorInfo: { code, message, requestId } },
      texts: { errors: [code] },
      objects: { errors: [{ code, message, parameter: null }] },
      both: { errors: [code], errorInfo: { code, message, requestId } },
    };
    const own = switches.errorStatus === '200' ? 200 : code.endsWith('_not_found') ? 404 : 400;
    return json(status ?? own, { success: false, ...shapes[switches.errorShape] });
  }

  const keyOf = (request: IncomingMessage) => keys.get(basicAuth(request.headers.authorization)?.name ?? '');

  return new EmulatedApi<AshbyRequest, Taken>(
    {
      begin: () => ({}),
      count: (request) => rate.take(keyOf(request)?.key ?? request.socket.remoteAddress ?? ''),
      target: ({ path }, body) => `${path}?${body}`,
      headers: ({ refused: tooMany, resetMs }): Record<string, string> =>
        tooMany && switches.retryAfter === 'yes' ? { 'Retry-After': String(Math.ceil(resetMs / 1000)) } : {},
      refused: (status, message, code = `error_${status}`) => refused(new Refusal(code, message, status)),
      perform(request, record, body) {
        try {
          const { answer, isList } = carriedOut(parts, request, record, body, keyOf(request));
          if (!isList) return json(200, { success: true, results: answer });
          record.rows = (answer as { results: unknown[] }).results.length;
          return json(200, { success: true, ...answer });
        } catch (error) {
          if (error instanceof Refusal) return refused(error);
          throw error;
        }
      },
    },
    { ...parts, clock: living.world.clock },
  );
}

/** @throws Refusal */
function carriedOut(
  { living, lists, webhooks }: Parts,
  request: IncomingMessage,
  record: AshbyRequest,
  text: string,
  key: Key | undefined,
): { answer: object; isList: boolean } {
  const { switches } = living;
  const name = record.path.slice(1);
  const endpoint = Object.hasOwn(endpoints, name) ? endpoints[name] : undefined;
  if (record.method !== 'POST' || !endpoint) throw new Refusal('not_found', 'There is no such endpoint', 404);
  if (request.headers.authorization === undefined)
    throw new Refusal('missing_api_key', 'An API key is needed', 401);
  if (!key?.isActive)
    throw new Refusal('invalid_api_key', 'The API key is wrong or deactivated', Number(switches.wrongKey));
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
    throw new Refusal('invalid_content_type', 'Content-Type must be application/json', 415);
  record.body = parsedJson(text);
  const { permission, isList = false } = endpoint;
  if (!key.permissions.has(permission)) {
    const status = switches.missingPermission === '403' ? 403 : undefined;
    throw new Refusal('missing_endpoint_permission', `The permission ${permission} is missing`, status);
  }
  return { answer: endpoint.answer(record.body, { living, lists, webhooks, key }), isList };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal('invalid_input', 'The body is not valid JSON', 400);
  }
}
