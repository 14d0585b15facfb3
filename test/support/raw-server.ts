/**
 * An HTTP server that answers whatever a test says, also what no decent server would: resets, cut bodies,
 * silence. It knows nothing of the client or the emulator.
 */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RawRequest {
  method: string;
  /** Path with the query, as received. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  /** Milliseconds of the monotonic clock when its head had arrived. */
  at: number;
  /** The client's end of the connection it came by. */
  port: number | undefined;
}

export type RawAnswer =
  | {
      status?: number;
      headers?: Record<string, string>;
      /** Text and bytes as they are, anything else as JSON. */
      body?: unknown;
      delayMs?: number;
    }
  /** The connection is reset before anything is answered. */
  | 'reset'
  /** Half of a JSON body, then the connection is reset. */
  | 'cut'
  /** Nothing, for ever. */
  | 'hang';

export interface RawServer {
  /** With the path /v1.0, as the client expects it. */
  url: string;
  requests: RawRequest[];
  close(): Promise<void>;
}

/** @param answer gets the request and how many came before it */
export async function startRawServer(
  answer: (request: RawRequest, before: number) => RawAnswer,
): Promise<RawServer> {
  const requests: RawRequest[] = [];
  const server = createServer((incoming, response) => {
    const at = performance.now();
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('error', () => {});
    incoming.on('end', () => {
      const request = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString(),
        at,
        port: incoming.socket.remotePort,
      };
      requests.push(request);
      give(response, answer(request, requests.length - 1));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1.0`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function give(response: ServerResponse, answer: RawAnswer): void {
  if (answer === 'hang') return;
  if (answer === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (answer === 'cut') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('[{"uuid":', () => response.socket?.resetAndDestroy());
    return;
  }
  const { status = 200, headers = {}, body, delayMs } = answer;
  const send = () => {
    if (body === undefined) {
      response.writeHead(status, headers).end();
      return;
    }
    const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(bytes);
  };
  if (delayMs === undefined) send();
  else setTimeout(send, delayMs);
}
