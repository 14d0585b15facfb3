/** What the API is, for programs: from the schemas that judge what comes in, and the table of what is refused. */
import { z } from 'zod';
import { liveAnswer } from './answers/runs.js';
import { byStatus, consoleCodes, type Refusal } from './refusals.js';
import { ofBodies, type Route, refusalsOf } from './routes.js';

const json = (schema: unknown) => ({ content: { 'application/json': { schema } } });

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

const problem = z.strictObject({
  error: z.string().describe('What happened, as a sentence'),
  code: z.string().describe('Stable; docs/codes.md lists them'),
  remedy: z.string().nullable().describe('What to do'),
});

function refusals(codes: readonly Refusal[]): Record<number, unknown> {
  const shape = { $ref: '#/components/schemas/Problem' };
  return Object.fromEntries(
    byStatus(codes).map(({ status, description, codes: own }) => [
      status,
      {
        description,
        ...json(own === null ? shape : { allOf: [shape, { properties: { code: { enum: own } } }] }),
        ...(status === 429 ? { headers: { 'retry-after': { schema: { type: 'integer' } } } } : {}),
      },
    ]),
  );
}

const done = (schema: unknown) => ({ 200: { description: 'Done', ...json(schema) } });

/** Sessions, what is under way, and this description. */
function besides(): Record<string, Record<string, object>> {
  const plain = refusals(['SIGN_IN']);
  return {
    '/api/login': {
      post: {
        summary: 'Opens a session: the answer sets its cookie.',
        security: [],
        requestBody: { required: true, ...json(schemaOf(loginBody, 'input')) },
        responses: {
          204: { description: 'Signed in' },
          ...refusals(['USAGE', 'SIGN_IN', ...ofBodies, 'TOO_MANY_GUESSES']),
        },
      },
    },
    '/api/logout': {
      post: {
        summary: 'Ends the session.',
        responses: { 204: { description: 'Signed out' }, ...refusals(['USAGE', 'SIGN_IN', ...ofBodies]) },
      },
    },
    '/api/session': {
      get: {
        summary: 'Who is signed in, and the accounts of this service.',
        responses: { ...done(schemaOf(sessionAnswer, 'output')), ...plain },
      },
    },
    '/api/events': {
      get: {
        summary: 'What is under way, once a second, for ten minutes: server-sent events.',
        responses: {
          200: {
            description: 'A stream; this is the data of each message',
            content: { 'text/event-stream': { schema: schemaOf(liveAnswer, 'output') } },
          },
          ...plain,
        },
      },
    },
    '/api/openapi.json': {
      get: { summary: 'This document.', responses: { ...done({ type: 'object' }), ...plain } },
    },
  };
}

/** @returns an OpenAPI 3.1 document */
export function openApi(routes: readonly Route[], version: string): object {
  const paths = besides();
  for (const route of routes) {
    const { method, path, summary, query, body, answer } = route;
    const { properties = {}, required = [] } = schemaOf(query, 'input') as {
      properties?: Record<string, object>;
      required?: string[];
    };
    const parameters = Object.entries(properties).map(([name, schema]) => ({
      name,
      in: 'query',
      required: required.includes(name),
      schema,
    }));
    paths[path] ??= {};
    paths[path][method.toLowerCase()] = {
      summary,
      ...(parameters.length === 0 ? {} : { parameters }),
      ...(method === 'POST' ? { requestBody: { required: true, ...json(schemaOf(body, 'input')) } } : {}),
      responses: { ...done(schemaOf(answer, 'output')), ...refusals(refusalsOf(route)) },
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'sparkhire-sync',
      version,
      description: `What the console shows, and what it does. Sessions are cookies; POST takes application/json and no other origin. Where the console is off, each address answers 401 (CONSOLE_OFF: ${consoleCodes.CONSOLE_OFF}). HEAD answers as GET does.`,
    },
    security: [{ session: [] }],
    paths,
    components: {
      securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'sparkhire_sync_session' } },
      schemas: { Problem: schemaOf(problem, 'output') },
    },
  };
}

const sessionAnswer = z.object({
  role: z.enum(['admin', 'viewer']),
  version: z.string(),
  accounts: z.array(z.string()),
});

export const loginBody = z.strictObject({
  token: z.string().max(4096).describe('SYNC_ADMIN_TOKEN, or SYNC_VIEWER_TOKEN to look only'),
});
