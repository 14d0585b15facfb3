/** What the API is, for programs: from the schemas that judge what comes in. */
import { z } from 'zod';
import type { Route } from './routes.js';
import { liveAnswer } from './runs.js';

const problem = {
  type: 'object',
  required: ['error'],
  properties: {
    error: { type: 'string', description: 'What happened, as a sentence' },
    code: { type: 'string', description: 'Stable; docs/codes.md lists those of the commands' },
    remedy: { type: ['string', 'null'], description: 'What to do' },
  },
};

const json = (schema: unknown) => ({ content: { 'application/json': { schema } } });
const refused = (description: string) => ({ description, ...json({ $ref: '#/components/schemas/Problem' }) });

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}

/** @returns an OpenAPI 3.1 document */
export function openApi(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, unknown>> = {
    '/api/login': {
      post: {
        summary: 'Opens a session: the answer sets its cookie.',
        security: [],
        requestBody: { required: true, ...json(schemaOf(loginBody, 'input')) },
        responses: {
          204: { description: 'Signed in' },
          401: refused('The token opens nothing'),
          429: refused('Too many wrong ones: Retry-After says how long to wait'),
        },
      },
    },
    '/api/logout': {
      post: { summary: 'Ends the session.', responses: { 204: { description: 'Signed out' } } },
    },
  };
  const plain = { 401: refused('Nobody is signed in') };
  paths['/api/session'] = {
    get: {
      summary: 'Who is signed in, and the accounts of this service.',
      responses: { 200: { description: 'Done', ...json(schemaOf(sessionAnswer, 'output')) }, ...plain },
    },
  };
  paths['/api/events'] = {
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
  };
  paths['/api/openapi.json'] = {
    get: {
      summary: 'This document.',
      responses: { 200: { description: 'Done', ...json({ type: 'object' }) }, ...plain },
    },
  };
  for (const { method, path, summary, acts, query, body, answer } of routes) {
    const { properties = {}, required = [] } = schemaOf(query, 'input') as {
      properties?: Record<string, object>;
      required?: string[];
    };
    paths[path] ??= {};
    paths[path][method.toLowerCase()] = {
      summary,
      ...(Object.keys(properties).length === 0
        ? {}
        : {
            parameters: Object.entries(properties).map(([name, schema]) => ({
              name,
              in: 'query',
              required: required.includes(name),
              schema,
            })),
          }),
      ...(acts ? { requestBody: { required: true, ...json(schemaOf(body, 'input')) } } : {}),
      responses: {
        200: { description: 'Done', ...json(schemaOf(answer, 'output')) },
        400: refused('What was asked is wrong'),
        401: refused('Nobody is signed in'),
        ...(acts ? { 403: refused('The session may only look'), 409: refused('It changed meanwhile') } : {}),
        503: refused('The database does not answer'),
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'sparkhire-sync',
      version,
      description:
        'What the console shows, and what it does. Sessions are cookies; POST takes application/json and no other origin.',
    },
    security: [{ session: [] }],
    paths,
    components: {
      securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'sparkhire_sync_session' } },
      schemas: { Problem: problem },
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
