import type { ServerResponse } from 'node:http';
import type { ApiError } from './api-error.js';
import type { Answer } from './core.js';
import type { FaultEffect } from './faults.js';
import type { Switches } from './switches.js';

/** An answer as bytes: what the switches made of it. */
export interface WireAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export function wireAnswer(answer: Answer, switches: Switches): WireAnswer {
  if (answer.body === undefined) {
    if (switches.emptyAnswer === '204') return { status: answer.status, headers: {}, body: '' };
    return switches.emptyAnswer === '200-empty'
      ? { status: 200, headers: {}, body: '' }
      : { status: 200, headers: { 'Content-Type': switches.contentType }, body: '{}' };
  }
  return {
    status: switches.createdStatus === 'always-200' ? 200 : answer.status,
    headers: { 'Content-Type': switches.contentType },
    body: framed(JSON.stringify(answer.body), switches),
  };
}

export function wireError(error: ApiError, switches: Switches): WireAnswer {
  const status = error.status(switches);
  return errorPage(status, error.code, error.message, switches.errorBody, switches, error.headers);
}

export function errorPage(
  status: number,
  code: string,
  reason: string,
  form: 'json' | 'html' | 'empty',
  switches: Switches,
  headers: Record<string, string> = {},
): WireAnswer {
  if (form === 'empty') return { status, headers, body: '' };
  if (form === 'html') {
    return {
      status,
      headers: { ...headers, 'Content-Type': 'text/html; charset=utf-8' },
      body: `<!doctype html>\n<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>\n`,
    };
  }
  const body: Record<string, string> = { reason, code };
  if (switches.errorLang === 'present') body.lang = `errors.${code}`;
  return {
    status,
    headers: { ...headers, 'Content-Type': switches.contentType },
    body: framed(JSON.stringify(body), switches),
  };
}

function framed(json: string, switches: Switches): string {
  if (switches.bomOrWhitespace === 'bom') return `\uFEFF${json}`;
  return switches.bomOrWhitespace === 'whitespace' ? `\r\n  ${json}\n\n` : json;
}

/** The answer after a fault that shows once the request has been handled. */
export function spoiled(answer: WireAnswer, effect: FaultEffect, switches: Switches): WireAnswer {
  switch (effect.kind) {
    case 'status':
      return faultStatus(effect, switches);
    case 'html':
      return {
        status: 200,
        headers: { 'Content-Type': 'text/html; charset=utf-8' },
        body: '<!doctype html>\n<html><body><h1>We will be right back</h1></body></html>\n',
      };
    case 'truncated':
      return { ...answer, body: answer.body.slice(0, Math.floor(answer.body.length / 2)) };
    case 'wrong-shape': {
      const json = answer.body.trimStart().replace(/^\uFEFF/, '');
      return { ...answer, body: json.startsWith('[') ? `{"data":${json}}` : `[${json}]` };
    }
    default:
      return answer;
  }
}

export function faultStatus(
  effect: Extract<FaultEffect, { kind: 'status' }>,
  switches: Switches,
): WireAnswer {
  const code = effect.code ?? (effect.status >= 500 ? 'api.internal_error' : 'api.refused');
  const form = effect.body ?? switches.errorBody;
  return errorPage(effect.status, code, 'An injected fault.', form, switches, effect.headers);
}

export function send(response: ServerResponse, answer: WireAnswer): void {
  if (response.destroyed) return;
  const headers: Record<string, string | number> = { ...answer.headers };
  if (answer.status !== 204 && answer.status !== 304) {
    headers['Content-Length'] = Buffer.byteLength(answer.body);
    response.writeHead(answer.status, headers).end(answer.body);
  } else response.writeHead(answer.status, headers).end();
}

/** Announces the whole body, sends half of it and breaks the connection. */
export function sendHalf(response: ServerResponse, answer: WireAnswer): void {
  if (response.destroyed) return;
  response.writeHead(answer.status, {
    ...answer.headers,
    'Content-Length': Math.max(2, Buffer.byteLength(answer.body)),
  });
  const half = answer.body.slice(0, Math.floor(answer.body.length / 2));
  response.write(half, () => response.destroy());
}
