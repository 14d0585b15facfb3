/**
 * One HTTP exchange over undici, with the one fact its ready-made calls don't tell: whether the request was
 * already being sent when it failed. A request that was not can be repeated whatever it does.
 */
import { Agent, type Dispatcher } from 'undici';
import type { Clock } from '../clock.js';
import { withoutCoding } from './content-coding.js';

export interface Exchange {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: URL;
  headers: Record<string, string>;
  body: string | null;
  /** For connecting, sending and the whole answer. */
  timeoutMs: number;
  signal?: AbortSignal;
  /** Asked when the request has its connection and its first byte would leave; false ends it as `aborted`. */
  mayLeave?: () => boolean;
  /** Bytes that would leave later than this after the call are not sent: the process stood still. */
  leaveWithinMs?: number;
}

export interface HttpAnswer {
  status: number;
  /** Lower-case names; a header that came several times is joined with commas. */
  headers: Record<string, string | undefined>;
  /** Without the compression that it came in. */
  body: Uint8Array;
}

/** Why no complete answer came. `sent`: it had begun to be sent. `status`: what the answer began with. */
export class TransportFailure extends Error {
  constructor(
    readonly kind: 'timeout' | 'aborted' | 'broken' | 'too_large',
    readonly sent: boolean,
    readonly status: number | null,
    cause: unknown,
  ) {
    super(`exchange failed: ${kind}`, { cause });
  }
}

export interface Transport {
  /** @throws TransportFailure */
  exchange(request: Exchange): Promise<HttpAnswer>;
  /** What is in flight fails as `aborted`, and connections of its own end. */
  close(): Promise<void>;
}

/** Connections to any number of servers. One that is free serves whoever comes next, so transports may share them. */
export interface Connections {
  forMethod(method: Exchange['method']): Dispatcher;
  /** Ends all of them. */
  close(): Promise<void>;
}

/** @param most to one server; any number unless given */
export function openConnections(connectTimeoutMs: number, most: number | null = null): Connections {
  const shared = {
    connections: most,
    connect: { timeout: connectTimeoutMs },
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const keptAlive = new Agent({
    ...shared,
    pipelining: 1,
    keepAliveTimeout: 4_000,
    keepAliveMaxTimeout: 30_000,
  });
  // A POST or PATCH gets a connection of its own: one kept alive may have been closed by the server just now, and then
  // nobody could say whether it had arrived.
  const fresh = new Agent({ ...shared, pipelining: 0 });
  return {
    forMethod: (method) => (method === 'POST' || method === 'PATCH' ? fresh : keptAlive),
    async close() {
      await Promise.all([keptAlive.destroy(), fresh.destroy()]);
    },
  };
}

export interface TransportOptions {
  clock: Clock;
  /** Somebody else's, who closes them; its own unless given. */
  shared?: Connections | undefined;
  /** Of its own connections. */
  connections: number;
  connectTimeoutMs: number;
  maxAnswerBytes: number;
}

export function createTransport(options: TransportOptions): Transport {
  const { clock, shared, maxAnswerBytes } = options;
  const connections = shared ?? openConnections(options.connectTimeoutMs, options.connections);
  /** Ends each of those that are under way. */
  const underWay = new Set<() => void>();
  let closed = false;

  return {
    exchange(request) {
      return new Promise((resolve, reject) => {
        let controller: Dispatcher.DispatchController | null = null;
        let settled = false;
        let status: number | null = null;
        let headers: Record<string, string | undefined> = {};
        const chunks: Buffer[] = [];
        let size = 0;

        const settle = () => {
          settled = true;
          underWay.delete(end);
          cancelTimer();
          request.signal?.removeEventListener('abort', onAbort);
        };
        const fail = (kind: TransportFailure['kind'], cause: unknown) => {
          if (settled) return;
          settle();
          const failure = new TransportFailure(kind, controller !== null, status, cause);
          controller?.abort(failure);
          reject(failure);
        };
        const end = () => fail('aborted', undefined);
        const onAbort = () => fail('aborted', request.signal?.reason);
        const calledAt = clock.monotonic();
        const cancelTimer = clock.after(request.timeoutMs, () => fail('timeout', undefined));
        if (closed || request.signal?.aborted) {
          fail('aborted', request.signal?.reason);
          return;
        }
        request.signal?.addEventListener('abort', onAbort, { once: true });
        underWay.add(end);

        const handler: Dispatcher.DispatchHandler = {
          onRequestStart(started) {
            // Given up while it waited for a connection: nothing has been written yet.
            if (!settled && request.mayLeave?.() === false) fail('aborted', undefined);
            else if (clock.monotonic() - calledAt > (request.leaveWithinMs ?? Number.POSITIVE_INFINITY)) {
              fail('broken', new Error('it could not leave in time'));
            }
            if (settled) started.abort(new Error('given up'));
            else controller = started;
          },
          onResponseStart(_, statusCode, received) {
            if (statusCode < 200) return;
            status = statusCode;
            headers = Object.fromEntries(
              Object.entries(received).map(([name, value]) => [
                name.toLowerCase(),
                Array.isArray(value) ? value.join(', ') : value,
              ]),
            );
          },
          onResponseData(_, chunk) {
            size += chunk.length;
            if (size > maxAnswerBytes) fail('too_large', undefined);
            else if (!settled) chunks.push(chunk);
          },
          onResponseEnd() {
            if (settled || status === null) return;
            const body = withoutCoding(Buffer.concat(chunks), headers['content-encoding'], maxAnswerBytes);
            if (body === null) return fail('too_large', undefined);
            settle();
            resolve({ status, headers, body });
          },
          onResponseError(_, error) {
            fail(closed ? 'aborted' : 'broken', error);
          },
        };
        try {
          connections.forMethod(request.method).dispatch(
            {
              origin: request.url.origin,
              path: request.url.pathname + request.url.search,
              method: request.method,
              headers: request.headers,
              body: request.body,
            },
            handler,
          );
        } catch (error) {
          fail(closed ? 'aborted' : 'broken', error);
        }
      });
    },

    async close() {
      if (closed) return;
      closed = true;
      for (const end of underWay) end();
      if (shared === undefined) await connections.close();
    },
  };
}
