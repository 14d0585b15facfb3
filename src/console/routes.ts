/**
 * Routes of the API as data: the schema that judges what comes in also describes it, and what goes out, to programs (`openapi.ts`).
 * Everything but signing in takes a session; what acts takes the administrator's.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Person } from '../db/audit.js';
import { type ErrorCode, messageOf, SyncError } from '../errors.js';
import type { Logger } from '../log.js';
import type { Session } from './access/sessions.js';
import { told, wordsOf } from './asked-wrongly.js';
import { type Refusal, statusOf } from './refusals.js';
import { isStorable } from './schemas.js';

export interface Asked<Query, Body> {
  query: Query;
  body: Body;
  session: Session;
  /** Who acts, for the audit. */
  person: (reason: string) => Person;
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
  /** What it refuses besides what every route does. */
  refuses: readonly ErrorCode[];
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
  refuses: readonly ErrorCode[] = [],
): Route {
  return {
    method: 'GET',
    path,
    summary,
    acts: false,
    query,
    body: nothing,
    answer,
    refuses,
    handle,
  } as Route;
}

/** A route that acts. */
export function act<Body extends z.ZodType, Answer extends z.ZodType>(
  path: Route['path'],
  summary: string,
  body: Body,
  answer: Answer,
  handle: (asked: Asked<unknown, z.infer<Body>>) => Promise<z.infer<Answer>>,
  refuses: readonly ErrorCode[] = [],
): Route {
  return {
    method: 'POST',
    path,
    summary,
    acts: true,
    query: nothing,
    body,
    answer,
    refuses,
    handle,
  } as Route;
}

/** Everything it can refuse. */
export function refusalsOf({ method, acts, query, body, refuses }: Route): Refusal[] {
  const names = [query, body].flatMap((schema) => Object.keys((schema as z.ZodObject).shape));
  return [
    'USAGE',
    'SIGN_IN',
    ...(method === 'POST' ? ofBodies : []),
    ...(acts ? (['VIEWER'] as const) : []),
    ...(names.includes('account') ? (['ACCOUNT_UNKNOWN'] as const) : []),
    ...refuses,
    'INTERNAL',
    'DATABASE_UNREACHABLE',
  ];
}

/** What is found before a body is looked into. */
export const ofBodies = ['OTHER_SITE', 'TOO_LARGE', 'NOT_JSON'] as const;

export function refuse(
  reply: FastifyReply,
  error: { code: Refusal; message: string; remedy?: string | undefined },
): FastifyReply {
  const { code, message, remedy = null } = error;
  return reply.code(statusOf(code)).send({ error: message, code, remedy });
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

/** A failure is answered with nothing that the route is not said to answer: any of the database's, and of Spark Hire's where it is asked. */
function mayRefuse(route: Route, code: Refusal): boolean {
  const known = refusalsOf(route);
  return (
    known.includes(code) || (statusOf(code) > 500 && known.some((one) => statusOf(one) === statusOf(code)))
  );
}

export const wentWrong = {
  code: 'INTERNAL' as const,
  message: 'The service could not do this. Its log says why.',
  remedy: 'Try again. If it fails again, look for api_failed in the log of the service.',
};

export const describedAt = '/api/openapi.json describes each route.';

export const signInFirst = {
  code: 'SIGN_IN' as const,
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
    return refuse(reply, {
      code: 'VIEWER',
      message: 'You are signed in to look only, and this changes something.',
      remedy: 'Sign in with SYNC_ADMIN_TOKEN.',
    });
  }
  const query = route.query.safeParse(request.query, { error: wordsOf });
  const body = route.body.safeParse(request.body ?? {}, { error: wordsOf });
  const problems = [...(query.error?.issues ?? []), ...(body.error?.issues ?? [])];
  const message =
    told(problems) ??
    (isStorable(query.data) && isStorable(body.data)
      ? null
      : 'what was asked: has a character that cannot be stored (NUL, or half of a pair)');
  if (message !== null) return refuse(reply, { code: 'USAGE', message, remedy: describedAt });
  const gone = new AbortController();
  const left = () => gone.abort();
  reply.raw.once('close', left);
  const who = `console (${session.role} token)`;
  try {
    const found = await route.handle({
      query: query.data,
      body: body.data,
      session,
      person: (reason) => ({ who, reason }),
      signal: gone.signal,
    });
    return reply.send(found);
  } catch (error) {
    if (gone.signal.aborted) return reply.send();
    if (error instanceof SyncError && mayRefuse(route, error.code)) return refuse(reply, error);
    log.error({ event: 'api_failed', route: route.path, err: error }, messageOf(error));
    return refuse(reply, wentWrong);
  } finally {
    reply.raw.off('close', left);
  }
}
