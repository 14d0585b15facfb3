/** An HTTP proxy before the emulator that changes requests and answers: a Spark Hire of another hand. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Exchange {
  method: string;
  /** With the query, `/v1.0` included. */
  path: string;
  body: string;
}

export interface Answer {
  status: number;
  body: string;
}

export interface RewritingProxy {
  /** The base URL, through the proxy. */
  url: string;
  close(): Promise<void>;
}

export interface Rewriting {
  /** What is asked of the emulator. */
  request?(exchange: Exchange): Exchange;
  /** What is answered to what was asked of the proxy. */
  answer?(exchange: Exchange, answer: Answer): Answer;
}

export async function startRewritingProxy(target: string, rewriting: Rewriting): Promise<RewritingProxy> {
  const { origin, pathname } = new URL(target);
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const asked = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      body: Buffer.concat(chunks).toString(),
    };
    const { method, path, body } = rewriting.request?.(asked) ?? asked;
    const headers: Record<string, string> = { authorization: incoming.headers.authorization ?? '' };
    if (body !== '') headers['content-type'] = 'application/json';
    const answered = await fetch(`${origin}${path}`, {
      method,
      headers,
      body: body === '' ? undefined : body,
    });
    const told = { status: answered.status, body: await answered.text() };
    const { status, body: text } = rewriting.answer?.(asked, told) ?? told;
    const date = answered.headers.get('date');
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(date === null ? {} : { date }),
    });
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
