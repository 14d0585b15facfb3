/**
 * The HTTP side of the service: webhooks come in, health, readiness and metrics go out, and the pages for people are put beside
 * them. Fastify finds the routes. What programs ask for is answered on Node's own request and response, before a body is read.
 *
 * It imports neither work/ nor push/: whoever starts it hands in what to call.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { messageOf, SyncError } from '../errors.js';
import type { Logger } from '../log.js';
import type { Readiness } from './readiness.js';

/** Takes webhooks in. It answers every request it is handed, or rejects before it answered. */
export interface WebhookReceiver {
  handle(request: IncomingMessage, response: ServerResponse, account: string): Promise<void> | void;
}

/** Pages for people, and what they ask. */
export interface Pages {
  /** Adds its routes. */
  register(app: FastifyInstance): void;
  /** Ends answers that would go on for ever. */
  closing(): void;
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
  /** None unless given. */
  pages?: Pages;
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

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

const securityHeaders = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

/** What is there under other methods than the one that was asked with. */
const onlyBy: ReadonlyArray<[RegExp, string[]]> = [
  [/^\/(healthz|readyz|metrics)$/, ['GET', 'HEAD']],
  [/^\/webhooks\/[^/]+$/, ['POST']],
  [/^\/ats\/[^/]+$/, ['POST']],
];

export function createWebServer(options: WebServerOptions): WebServer {
  const { readiness, metrics, log, pages, closeWaitMs = 4000 } = options;
  /** Open connections, and whether a request of each is under way. */
  const sockets = new Map<Socket, number>();
  const answering = new Set<ServerResponse>();
  let closing: Promise<void> | undefined;

  function serverFor(handler: Handle): Server {
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
        for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
        if (closing !== undefined) response.setHeader('connection', 'close');
        void handler(request, response);
      },
    );
    server.maxHeadersCount = 100;
    server.on('connection', (socket) => {
      sockets.set(socket, 0);
      socket.once('close', () => sockets.delete(socket));
    });
    return server;
  }

  const app = fastify({
    serverFactory: serverFor,
    logger: false,
    // An account's name may be longer than Fastify would have it: the receiver knows which there are.
    routerOptions: { maxParamLength: 16 * 1024 },
    rewriteUrl: ({ url = '' }) => (url.startsWith('/') ? url : pathIn(url)),
    frameworkErrors: (_error, request, reply) => answerAlone(request, reply, nothingHere),
    bodyLimit: 64 * 1024,
  });
  // What is no HTTP is answered by Node, as ever.
  app.server.removeAllListeners('clientError');

  /** Node's own request and response, before anything of a body was read. */
  function alone(handle: (request: FastifyRequest) => Handle) {
    return async (request: FastifyRequest, reply: FastifyReply) =>
      answerAlone(request, reply, handle(request));
  }

  async function answerAlone(request: FastifyRequest, reply: FastifyReply, handle: Handle): Promise<void> {
    reply.hijack();
    try {
      await handle(request.raw, reply.raw);
    } catch (error) {
      log.error({ event: 'http_failed', method: request.method, err: error }, messageOf(error));
      if (reply.raw.headersSent) reply.raw.destroy();
      else sendError(reply.raw.setHeader('connection', 'close'), 500, 'This went wrong; the log has more.');
    }
  }

  const add = (method: string[], url: string, handle: (request: FastifyRequest) => Handle) =>
    app.route({ method, url, onRequest: alone(handle), handler: () => {} });

  add(['GET', 'HEAD'], '/healthz', () => (_, response) => sendJson(response, 200, { ok: true }));
  add(['GET', 'HEAD'], '/readyz', () => async (_, response) => {
    const state = await readiness();
    sendJson(response, state.ready ? 200 : 503, state);
  });
  add(['GET', 'HEAD'], '/metrics', () => async (_, response) => {
    const text = await metrics.text();
    response.writeHead(200, { 'content-type': metrics.contentType }).end(text);
  });
  for (const [name, receiver] of Object.entries({ webhooks: options.receiver, ats: options.ats })) {
    if (receiver === undefined) continue;
    add(['POST'], `/${name}/:account`, ({ params }) => {
      const { account } = params as { account: string };
      return account === ''
        ? nothingHere
        : (request, response) => receiver.handle(request, response, account);
    });
  }
  const { orders } = options;
  if (orders !== undefined) {
    add(['GET', 'HEAD', 'POST'], '/partner/:account/*', ({ params }) => {
      const { account, '*': path } = params as { account: string; '*': string };
      return (request, response) => orders.handle(request, response, account, path);
    });
  }
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) await answerAlone(request, reply, unknownRoute);
  });
  app.setErrorHandler((error, request, reply) => {
    log.error({ event: 'http_failed', method: request.method, err: error }, messageOf(error));
    return reply.code(500).send({ error: 'This went wrong; the log has more.' });
  });
  pages?.register(app);

  const unknownRoute: Handle = (request, response) => {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const [, methods] = onlyBy.find(([form]) => form.test(path) && isThere(path)) ?? [];
    if (methods === undefined || methods.includes(request.method ?? '')) {
      nothingHere(request, response);
      return;
    }
    refuseBody(request, response);
    response.setHeader('allow', methods.join(', '));
    sendError(response, 405, `Only ${methods.join(' or ')} is understood here.`);
  };
  const isThere = (path: string) =>
    decoded(path) !== null && (options.ats !== undefined || !path.startsWith('/ats/'));

  const { server } = app;

  return {
    async listen(host, port) {
      await app.ready();
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
        pages?.closing();
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

/** A body nobody reads is not waited for. */
function refuseBody({ method }: IncomingMessage, response: ServerResponse): void {
  if (method !== 'GET' && method !== 'HEAD') response.setHeader('connection', 'close');
}

function nothingHere(request: IncomingMessage, response: ServerResponse): void {
  refuseBody(request, response);
  sendError(response, 404, 'There is nothing here.');
}

/** Of a target that is a whole address, what follows the host; of another one, a path that is not there. */
function pathIn(target: string): string {
  if (!URL.canParse(target)) return '/%';
  const { pathname, search } = new URL(target);
  return pathname.startsWith('/') ? `${pathname}${search}` : '/%';
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
