/**
 * Routes of the API as data: the schema that judges what comes in also describes it, and what goes out, to programs (`openapi.ts`).
 * Everything but signing in takes a session; what acts takes the administrator's.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Person } from '../db/audit.js';
import { type ErrorCode, messageOf, SyncError } from '../errors.js';
import type { Logger } from '../log.js';
import type { Session } from './sessions.js';

export interface Asked<Query, Body> {
  query: Query;
  body: Body;
  session: Session;
  /** Who acts, for the audit. */
  person: (reason?: string) => Person;
  /** Aborts when whoever asked is gone. */
  signal: AbortSignal;
}

export interface Route<Query extends z.ZodType = z.ZodType, Body extends z.ZodType = z.ZodType> {
  method: 'GET' | 'POST';
  path: `/api/${string}`;
  /** A sentence for programmers. */
  summary: string;
  /** Whether it changes something, or sends something: then it is the administrator's. */
  acts: boolean;
  query: Query;
  body: Body;
  answer: z.ZodType;
  handle(asked: Asked<z.infer<Query>, z.infer<Body>>): Promise<unknown>;
}

const nothing = z.strictObject({});

/** A route that looks. */
export function look<Query extends z.ZodType, Answer extends z.ZodType>(
  path: Route['path'],
  summary: string,
  query: Query,
  answer: Answer,
  handle: (asked: Asked<z.infer<Query>, unknown>) => Promise<z.infer<Answer>>,
): Route {
  return { method: 'GET', path, summary, acts: false, query, body: nothing, answer, handle } as Route;
}

/** A route that acts. */
export function act<Body extends z.ZodType, Answer extends z.ZodType>(
  path: Route['path'],
  summary: string,
  body: Body,
  answer: Answer,
  handle: (asked: Asked<unknown, z.infer<Body>>) => Promise<z.infer<Answer>>,
): Route {
  return { method: 'POST', path, summary, acts: true, query: nothing, body, answer, handle } as Route;
}

/** What was not found, what changed meanwhile, what is wrong with what was asked; all else is a failure. */
const statuses: Partial<Record<ErrorCode, number>> = {
  USAGE: 400,
  ACCOUNT_UNKNOWN: 404,
  CONFLICT_UNKNOWN: 404,
  CONFLICT_CHANGED: 409,
  CONFLICT_RESOLVED: 409,
  PLAN_CHANGED: 409,
  DATABASE_MOVED: 409,
  DATABASE_UNREACHABLE: 503,
  DATABASE_TIMEOUT: 503,
  DATABASE_BUSY: 503,
};

/** @param status null: by its code */
export function refuse(
  reply: FastifyReply,
  status: number | null,
  error: { code: string; message: string; remedy?: string | undefined },
): FastifyReply {
  const { code, message, remedy = null } = error;
  return reply.code(status ?? statuses[code as ErrorCode] ?? 502).send({ error: message, code, remedy });
}

/** Requests of another site's page carry no cookie (SameSite) and could not name this content type; both are looked at all the same. */
export function isForeign({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  const { origin, host, 'sec-fetch-site': site } = headers;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
}

/** @param app where each request has its session (`session`) */
export function addRoutes(app: FastifyInstance, routes: readonly Route[], log: Logger): void {
  for (const route of routes) {
    app.route({
      method: route.method,
      url: route.path,
      handler: (request, reply) => answer(route, request, reply, log),
    });
  }
}

export const signInFirst = {
  code: 'SIGN_IN',
  message: 'Sign in first.',
  remedy: 'POST /api/login with {"token": …}: SYNC_ADMIN_TOKEN, or SYNC_VIEWER_TOKEN to look only.',
};

async function answer(
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Logger,
): Promise<FastifyReply> {
  const session = request.getDecorator<Session>('session');
  if (route.acts && session.role !== 'admin') {
    return refuse(reply, 403, {
      code: 'VIEWER',
      message: 'You are signed in to look only, and this changes something.',
      remedy: 'Sign in with SYNC_ADMIN_TOKEN.',
    });
  }
  const query = route.query.safeParse(request.query);
  const body = route.body.safeParse(request.body ?? {});
  const problems = [...(query.error?.issues ?? []), ...(body.error?.issues ?? [])];
  if (problems.length > 0) {
    const message = problems
      .map(({ path, message: words }) => `${path.join('.') || 'the request'}: ${words}`)
      .join('; ');
    return refuse(reply, 400, { code: 'USAGE', message, remedy: '/api/openapi.json describes each route.' });
  }
  const gone = new AbortController();
  const left = () => gone.abort();
  reply.raw.once('close', left);
  const who = `console (${session.role} token)`;
  try {
    const found = await route.handle({
      query: query.data,
      body: body.data,
      session,
      person: (reason) => ({ who, ...(reason === undefined ? {} : { reason }) }),
      signal: gone.signal,
    });
    return reply.send(found);
  } catch (error) {
    if (gone.signal.aborted) return reply.send();
    if (error instanceof SyncError) return refuse(reply, null, error);
    log.error({ event: 'api_failed', route: route.path, err: error }, messageOf(error));
    return refuse(reply, 500, { code: 'INTERNAL', message: 'This went wrong; the log has more.' });
  } finally {
    reply.raw.off('close', left);
  }
}
