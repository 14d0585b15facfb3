/** Where an ATS that orders interviews is told what became of them, and how it calls who carries them out. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Told {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  /** null: there was none. */
  body: unknown;
}

export interface Endpoint {
  origin: string;
  /** All that came in, whatever was answered. */
  told: Told[];
  close(): Promise<void>;
}

export interface Said {
  status: number;
  body?: unknown;
}

/** @param answer of an answer that takes time, the next request is not answered before */
export async function listen(answer: (told: Told) => Promise<Said> | Said): Promise<Endpoint> {
  const told: Told[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const one: Told = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: text === '' ? null : JSON.parse(text),
    };
    told.push(one);
    const { status, body } = await answer(one);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined ? '' : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    told,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What a partner answered; `body` is text where it is no JSON. */
export interface Answered {
  status: number;
  body: unknown;
}

export async function call(
  method: 'GET' | 'POST',
  url: string,
  headers: Record<string, string>,
  body?: unknown,
): Promise<Answered> {
  const response = await fetch(url, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  try {
    return { status: response.status, body: JSON.parse(text) };
  } catch {
    return { status: response.status, body: text };
  }
}

export const basic = (user: string) => `Basic ${Buffer.from(`${user}:`).toString('base64')}`;
