/** The console's API answers what it describes, whatever fails. */
import fastify from 'fastify';
import { expect, it } from 'vitest';
import { consoleRoutes } from '../../../src/console/index.js';
import { consoleCodes } from '../../../src/console/refusals.js';
import { addRoutes } from '../../../src/console/routes.js';
import { type ErrorCode, errorCodes, SyncError } from '../../../src/errors.js';
import { described, statusesOf, unaskedContext, undescribed } from '../../support/console-described.js';
import { samples } from '../../support/console-samples.js';

it('each failure of each route is answered with a status and a shape that is described', async () => {
  const context = unaskedContext();
  let failure: unknown;
  const app = fastify();
  app.decorateRequest('session');
  app.addHook('onRequest', async (request) => {
    request.setDecorator('session', { role: 'admin', until: Number.POSITIVE_INFINITY });
  });
  let reached = 0;
  const routes = consoleRoutes(context).map((route) => ({
    ...route,
    async handle() {
      reached += 1;
      throw failure;
    },
  }));
  addRoutes(app, routes, context.log);
  const wrong: string[] = [];
  for (const { method, path } of routes) {
    const { query = {}, body } = samples(1)[path] ?? {};
    for (const code of [...Object.keys(errorCodes), null]) {
      failure = code === null ? new Error('a fault') : new SyncError(code as ErrorCode, 'Words.');
      const answer = await app.inject({ method, url: path, query, ...(body === undefined ? {} : { body }) });
      const said = undescribed(method, path, { status: answer.statusCode, body: answer.json() });
      if (said !== null) wrong.push(`${said} (${code})`);
    }
  }
  await app.close();
  expect(wrong).toEqual([]);
  expect(reached).toBe(routes.length * (Object.keys(errorCodes).length + 1));
});

it('what Spark Hire or the database refuses, or a colleague did before, is told as that', () => {
  expect(statusesOf('POST', '/api/plan')).toEqual([200, 400, 401, 403, 404, 413, 415, 500, 502, 503]);
  expect(statusesOf('POST', '/api/login')).toEqual([204, 400, 401, 403, 413, 415, 429]);
  expect(statusesOf('POST', '/api/conflicts/resolve')).toContain(409);
  expect(statusesOf('GET', '/api/conflict')).toEqual([200, 400, 401, 404, 500, 503]);
});

it('a code that only the console has is no other one, and is explained', () => {
  expect(Object.keys(consoleCodes).filter((code) => code in errorCodes)).toEqual([]);
  for (const of of Object.values(described.paths).flatMap((methods) => Object.values(methods)))
    for (const { description } of Object.values(of.responses) as unknown as Array<{ description: string }>)
      expect(description).not.toContain('undefined');
});
