/**
 * The console: pages for people, the API they use, and who may use it.
 *
 * In come requests of a browser; out go JSON, live events and pages (packages/console/). It shows and does what the
 * commands do, by the same functions, and decides nothing of its own.
 */
import { readFileSync } from 'node:fs';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { messageOf, SyncError } from '../errors.js';
import {
  cookieIn,
  createSessions,
  type Session,
  type Sessions,
  sessionMs,
  setCookie,
  type Tokens,
} from './access/sessions.js';
import { addSignIn, isSecure, type SignInOutcome } from './access/sign-in.js';
import { conflictRoutes } from './answers/decisions.js';
import { findRoutes } from './answers/find.js';
import { mirrorRoutes } from './answers/mirror.js';
import { overviewRoutes } from './answers/overview.js';
import { planRoutes } from './answers/plans.js';
import { rowRoutes } from './answers/rows.js';
import { runRoutes } from './answers/runs.js';
import type { ConsoleContext } from './context.js';
import { type LiveFeed, liveFeed } from './live.js';
import { openApi } from './openapi.js';
import { addPages, text } from './pages.js';
import type { Refusal } from './refusals.js';
import { addRoutes, describedAt, isForeign, type Route, refuse, signInFirst, wentWrong } from './routes.js';

export interface ConsoleOptions {
  context: ConsoleContext;
  tokens: Tokens;
  onSignIn?: (outcome: SignInOutcome) => void;
}

export interface Console {
  register(app: FastifyInstance): void;
  closing(): void;
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const isOff = {
  title: 'The console is off',
  words:
    'Set SYNC_ADMIN_TOKEN (to act) or SYNC_VIEWER_TOKEN (to look only), each at least 16 characters, and start the service again.',
};

export function createConsole(options: ConsoleOptions): Console {
  const { context, tokens } = options;
  const sessions = tokens.admin === undefined && tokens.viewer === undefined ? null : createSessions(tokens);
  const routes = consoleRoutes(context);
  const live = liveFeed(context);
  return {
    register(app) {
      app.register(async (scope) => {
        if (sessions === null) addOff(scope);
        else addOn(scope, { sessions, routes, live }, options);
      });
    },
    closing: () => live.close(),
  };
}

/** What is asked for with a session. */
export function consoleRoutes(context: ConsoleContext): Route[] {
  const all = [overviewRoutes, findRoutes, conflictRoutes, rowRoutes, planRoutes, runRoutes, mirrorRoutes];
  return all.flatMap((routesOf) => routesOf(context));
}

function addOff(app: FastifyInstance): void {
  app.get('/', (_, reply) => text(reply.code(404), isOff.title, isOff.words));
  app.all('/api/*', {
    onRequest: async (_, reply) =>
      refuse(reply.header('connection', 'close'), {
        code: 'CONSOLE_OFF',
        message: `${isOff.title}.`,
        remedy: isOff.words,
      }),
    handler: () => {},
  });
}

/** Bodies that were not taken, by the status that Fastify has for it. */
const notRead: Readonly<Record<number, { code: Refusal; message: string }>> = {
  400: { code: 'USAGE', message: 'What was sent is not JSON.' },
  413: { code: 'TOO_LARGE', message: 'What was sent is larger than 64 kB.' },
  415: {
    code: 'NOT_JSON',
    message: 'What was sent is not said to be JSON (content-type: application/json).',
  },
};

interface On {
  sessions: Sessions;
  routes: readonly Route[];
  live: LiveFeed;
}

function addOn(app: FastifyInstance, { sessions, routes, live }: On, options: ConsoleOptions): void {
  const { clock, log } = options.context;
  const sessionOf = ({ headers }: FastifyRequest): Session | null => {
    const cookie = cookieIn(headers.cookie);
    return cookie === null ? null : sessions.read(cookie, clock.now());
  };
  addPages(app, (request) => sessionOf(request)?.role ?? null);
  app.setErrorHandler((error: { statusCode?: number; message: string }, request, reply) => {
    const unread = notRead[error.statusCode ?? 500];
    if (unread !== undefined) return refuse(reply, { ...unread, remedy: describedAt });
    log.error({ event: 'api_failed', route: request.url.split('?', 1)[0], err: error }, messageOf(error));
    return refuse(reply, wentWrong);
  });
  // Scopes guard what is in them, however its address is written. Nothing of a body is read before it is known who asks.
  app.register(async (api) => {
    api.addHook('onRequest', async (request, reply) => {
      if (request.method === 'GET' || request.method === 'HEAD' || !isForeign(request)) return;
      return refuse(reply.header('connection', 'close'), {
        code: 'OTHER_SITE',
        message: 'This was asked for by a page of another site.',
      });
    });
    addSignIn(api, sessions, options);
    api.register(async (signedIn) => {
      signedIn.decorateRequest('session');
      signedIn.addHook('onRequest', async (request, reply) => {
        const session = sessionOf(request);
        if (session === null) return refuse(reply.header('connection', 'close'), signInFirst);
        request.setDecorator<Session>('session', session);
        // Whoever is there stays signed in.
        if (session.until - clock.now() < sessionMs / 2)
          reply.header('set-cookie', setCookie(sessions.issue(session.role, clock.now()), isSecure(request)));
        return;
      });
      addInside(signedIn, routes, live, options.context);
    });
  });
}

function addInside(
  app: FastifyInstance,
  routes: readonly Route[],
  live: LiveFeed,
  context: ConsoleContext,
): void {
  addRoutes(app, routes, context.log);
  app.get('/api/session', (request) => ({
    role: request.getDecorator<Session>('session').role,
    version,
    accounts: context.accounts.map(({ name }) => name),
  }));
  app.post('/api/logout', (request, reply) => {
    reply.header('set-cookie', setCookie('', isSecure(request)));
    return reply.code(204).send();
  });
  live.add(app);
  const described = openApi(routes, version);
  app.get('/api/openapi.json', () => described);
  app.all('/api/*', {
    handler: (_, reply) =>
      refuse(reply, { code: 'ADDRESS_UNKNOWN', message: 'There is nothing here.', remedy: describedAt }),
  });
}

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

/** What to say where others may reach the pages without encryption; null where they can't, or TLS is known to be in front. */
export function openlyReachable(host: string, publicUrl: string | null): string | null {
  if (loopback.test(host) || publicUrl?.startsWith('https:') === true) return null;
  return `the console is reachable on ${host} without encryption, and tokens with it: put TLS in front, or set SYNC_HTTP_HOST to 127.0.0.1`;
}

/** @throws SyncError SETTINGS_INVALID where both are the same: then nobody would only look */
export function assertTokens({ admin, viewer }: Tokens): void {
  if (admin === undefined || admin !== viewer) return;
  throw new SyncError('SETTINGS_INVALID', 'SYNC_VIEWER_TOKEN: is the same as SYNC_ADMIN_TOKEN.', {
    remedy: 'Give those who only look another token.',
  });
}
