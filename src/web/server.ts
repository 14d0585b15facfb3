/**
 * The HTTP side of the service: webhooks come in, health, readiness and metrics go out. Node's own server is
 * enough for a handful of fixed routes.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { messageOf, SyncError } from '../errors.js';
import type { Logger } from '../log.js';
import type { Readiness } from './readiness.js';

/** Takes webhooks in. It answers every request it is handed, or rejects before it answered. */
export interface WebhookReceiver {
  handle(request: IncomingMessage, response: ServerResponse, account: string): Promise<void> | void;
}

export interface WebServerOptions {
  /** Of Spark Hire. */
  receiver: WebhookReceiver;
  /** Of connected ATSs; nothing is there unless given. */
  ats?: WebhookReceiver;
  /** Orders of ATSs, by what follows the account; nothing is there unless given. */
  orders?: {
    handle(request: IncomingMessage, response: ServerResponse, account: string, path: string): Promise<void>;
  };
  readiness: () => Promise<Readiness>;
  metrics: { contentType: string; text(): Promise<string> };
  log: Logger;
  /** How long `close` waits for requests under way; 4 s unless given. */
  closeWaitMs?: number;
}

export interface WebServer {
  /**
   * @param port 0: any free one
   * @throws SyncError HTTP_UNAVAILABLE
   */
  listen(host: string, port: number): Promise<{ url: string; port: number }>;
  /** Takes no more connections, ends idle ones at once and the others once they are answered or time is up. */
  close(): Promise<void>;
}

interface Route {
  methods: readonly string[];
  handle(request: IncomingMessage, response: ServerResponse): Promise<void> | void;
}

const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

export function createWebServer(options: WebServerOptions): WebServer {
  const { readiness, metrics, log, closeWaitMs = 4000 } = options;
  /** Open connections, and whether a request of each is under way. */
  const sockets = new Map<Socket, number>();
  const answering = new Set<ServerResponse>();
  let closing: Promise<void> | undefined;

  const pages: Record<string, Route['handle']> = {
    '/healthz': (_, response) => sendJson(response, 200, { ok: true }),
    '/readyz': async (_, response) => {
      const state = await readiness();
      sendJson(response, state.ready ? 200 : 503, state);
    },
    '/metrics': async (_, response) => {
      const text = await metrics.text();
      response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
    },
  };

  function routeOf(path: string): Route | null {
    if (Object.hasOwn(pages, path)) return { methods: ['GET', 'HEAD'], handle: pages[path]! };
    const [, orderer, call] = /^\/partner\/([^/]+)\/(.+)$/.exec(path) ?? [];
    const ordering = orderer === undefined ? null : decoded(orderer);
    if (ordering !== null && options.orders !== undefined) {
      const { orders } = options;
      return {
        methods: ['GET', 'HEAD', 'POST'],
        handle: (request, response) => orders.handle(request, response, ordering, call!),
      };
    }
    const [, name = '', encoded = ''] = /^\/(webhooks|ats)\/([^/]+)$/.exec(path) ?? [];
    const receiver = { webhooks: options.receiver, ats: options.ats }[name];
    const account = decoded(encoded);
    if (receiver === undefined || account === null) return null;
    return { methods: ['POST'], handle: (request, response) => receiver.handle(request, response, account) };
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
    if (closing !== undefined) response.setHeader('connection', 'close');
    const path = pathOf(request.url ?? '');
    const route = path === null ? null : routeOf(path);
    const method = request.method ?? '';
    // A body nobody reads is not waited for.
    const refuse = () => {
      if (method !== 'GET' && method !== 'HEAD') response.setHeader('connection', 'close');
    };
    if (route === null) {
      refuse();
      sendError(response, 404, 'There is nothing here.');
    } else if (!route.methods.includes(method)) {
      refuse();
      response.setHeader('allow', route.methods.join(', '));
      sendError(response, 405, `Only ${route.methods.join(' or ')} is understood here.`);
    } else {
      await route.handle(request, response);
    }
  }

  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      // Longer than what is in front usually keeps its own: that side should be the one to hang up.
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 2_000,
      maxHeaderSize: 16 * 1024,
    },
    (request, response) => {
      const { socket } = request;
      sockets.set(socket, (sockets.get(socket) ?? 0) + 1);
      answering.add(response);
      response.once('close', () => {
        answering.delete(response);
        if (!sockets.has(socket)) return;
        sockets.set(socket, sockets.get(socket)! - 1);
        if (closing !== undefined && sockets.get(socket) === 0) socket.destroySoon();
      });
      answer(request, response).catch((error: unknown) => {
        log.error({ event: 'http_failed', method: request.method, err: error }, messageOf(error));
        if (response.headersSent) response.destroy();
        else sendError(response.setHeader('connection', 'close'), 500, 'This went wrong; the log has more.');
      });
    },
  );
  server.maxHeadersCount = 100;
  server.on('connection', (socket) => {
    sockets.set(socket, 0);
    socket.once('close', () => sockets.delete(socket));
  });

  return {
    async listen(host, port) {
      await new Promise<void>((resolve, reject) => {
        const failed = (error: NodeJS.ErrnoException) => reject(unavailable(error, host, port));
        server.once('error', failed);
        server.listen({ host, port }, () => {
          server.off('error', failed);
          resolve();
        });
      });
      // Such as no more file descriptors: what is open goes on.
      server.on('error', (error) => log.error({ event: 'http_server_failed', err: error }, messageOf(error)));
      const bound = server.address() as AddressInfo;
      return { url: urlOf(host, bound.port), port: bound.port };
    },

    close() {
      closing ??= (async () => {
        if (!server.listening) return;
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        for (const response of answering) {
          if (!response.headersSent) response.setHeader('connection', 'close');
        }
        for (const [socket, underWay] of sockets) if (underWay === 0) socket.destroy();
        const timer = setTimeout(() => server.closeAllConnections(), closeWaitMs);
        await closed;
        clearTimeout(timer);
      })();
      return closing;
    },
  };
}

/** The path alone; null for what is no path. */
function pathOf(target: string): string | null {
  if (target.startsWith('/')) return target.split('?', 1)[0]!;
  return URL.canParse(target) ? new URL(target).pathname : null;
}

function decoded(encoded: string): string | null {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return null;
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(`${JSON.stringify(body)}\n`);
}

function sendError(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { error: message });
}

function urlOf(host: string, port: number): string {
  const everywhere = host === '0.0.0.0' || host === '::' || host === '';
  const name = everywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

function unavailable(error: NodeJS.ErrnoException, host: string, port: number): SyncError {
  const remedies: Record<string, string> = {
    EADDRINUSE: `Another program, perhaps another sparkhire-sync, listens there: stop it, or set SYNC_HTTP_PORT to a free port (0: any).`,
    EACCES: 'Ports below 1024 need a right this user lacks: set SYNC_HTTP_PORT to a higher one.',
    EADDRNOTAVAIL: 'Set SYNC_HTTP_HOST to an address of this machine: 127.0.0.1, or 0.0.0.0 for all of them.',
    ENOTFOUND: 'Set SYNC_HTTP_HOST to an address of this machine: 127.0.0.1, or 0.0.0.0 for all of them.',
  };
  return new SyncError('HTTP_UNAVAILABLE', `No HTTP server on ${host} port ${port}: ${messageOf(error)}`, {
    remedy: remedies[error.code ?? ''] ?? 'Check SYNC_HTTP_HOST and SYNC_HTTP_PORT.',
    cause: error,
  });
}
