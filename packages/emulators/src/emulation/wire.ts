import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { FaultEffect } from './faults.js';

/** An answer as bytes. */
export interface WireAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
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

export function resetConnection(response: ServerResponse): void {
  const { socket } = response;
  if (socket && 'resetAndDestroy' in socket) socket.resetAndDestroy();
  else response.destroy();
}

/** The answer after a fault that spoils what the request was answered with. */
export function spoiledBody(answer: WireAnswer, effect: FaultEffect): WireAnswer {
  switch (effect.kind) {
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

/** A page of HTML that says no more than the status. */
export function htmlPage(status: number, headers: Record<string, string>): WireAnswer {
  return {
    status,
    headers: { ...headers, 'Content-Type': 'text/html; charset=utf-8' },
    body: `<!doctype html>\n<html><head><title>${status}</title></head><body><h1>${status}</h1></body></html>\n`,
  };
}

const largestBody = 4 * 1024 * 1024;

/** @throws what `tooLarge` makes, for a body above 4 MiB */
export async function readBody(request: IncomingMessage, tooLarge: () => Error): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > largestBody) throw tooLarge();
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The two halves of Basic authentication; the second is empty where there is no colon. */
export function basicAuth(header: string | undefined): { name: string; password: string } | undefined {
  const match = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header ?? '');
  if (!match) return undefined;
  const decoded = Buffer.from(match[1]!, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0
    ? { name: decoded, password: '' }
    : { name: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

/** @returns the status, or 0 when no answer came within ten seconds */
export function post(
  url: string,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve) => {
    try {
      const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(
        url,
        {
          method: 'POST',
          headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
          agent: false,
          signal,
          timeout: 10_000,
        },
        (response) => {
          response.resume();
          response.on('end', () => resolve(response.statusCode ?? 0));
          response.on('error', () => resolve(0));
          response.on('close', () => resolve(0));
        },
      );
      request.on('error', () => resolve(0));
      request.on('timeout', () => request.destroy());
      request.end(body);
    } catch {
      resolve(0);
    }
  });
}
