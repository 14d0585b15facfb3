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
  /** From now on this, whatever it is told: `nothing` leaves whoever asks waiting, `lost` too, but takes it; null is as ever. */
  answerWith(said: Instead | ((told: Told) => Instead)): void;
  close(): Promise<void>;
}

export type Instead = Said | 'nothing' | 'lost' | null;

export interface Said {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** @param answer of an answer that takes time, the next request is not answered before */
export async function listen(answer: (told: Told) => Promise<Said> | Said): Promise<Endpoint> {
  const told: Told[] = [];
  let instead: (told: Told) => Instead = () => null;
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
    const other = instead(one);
    if (other === 'nothing') return;
    const { status, headers, body } = other === null || other === 'lost' ? await answer(one) : other;
    if (other === 'lost') return;
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? '' : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    told,
    answerWith(said) {
      instead = typeof said === 'function' ? said : () => said;
    },
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
