/** The HTTP server on a real socket. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../../src/log.js';
import type { Readiness } from '../../../src/web/readiness.js';
import { createWebServer, type WebServer, type WebServerOptions } from '../../../src/web/server.js';

const open: WebServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

interface Running {
  url: string;
  port: number;
  server: WebServer;
}

async function start(options: Partial<WebServerOptions> = {}): Promise<Running> {
  const server = createWebServer({
    receiver: { handle: (_, response) => void response.writeHead(204).end() },
    readiness: async () => ({ ready: true, troubles: [], accounts: [] }),
    metrics: { contentType: 'text/plain; version=0.0.4', text: async () => 'some_total 1\n' },
    log: createLogger({ level: 'silent' }),
    closeWaitMs: 300,
    ...options,
  });
  open.push(server);
  return { server, ...(await server.listen('127.0.0.1', 0)) };
}

/** Sends bytes as they are, and gives what came until the other side hung up. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

describe('routes', () => {
  it('/healthz answers while the process lives', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/healthz?from=probe`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ ok: true });
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-powered-by')).toBeNull();
    const head = await fetch(`${url}/healthz`, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('/readyz answers 200 or 503, with the reasons', async () => {
    let state: Readiness = { ready: true, troubles: [], accounts: [] };
    const { url } = await start({ readiness: async () => state });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    state = { ready: false, reasons: ['The database does not answer.'], accounts: [] };
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual(state);
  });

  it('/metrics is text of the kind Prometheus reads', async () => {
    const { url } = await start();
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4');
    expect(await response.text()).toBe('some_total 1\n');
  });

  it('webhooks go to the receiver with the account they name', async () => {
    const seen: string[] = [];
    const { url } = await start({
      receiver: {
        async handle(request, response, account) {
          let body = '';
          for await (const chunk of request) body += chunk;
          seen.push(`${account}: ${body}`);
          response.writeHead(204).end();
        },
      },
    });
    const post = (path: string) => fetch(`${url}${path}`, { method: 'POST', body: 'text' });
    expect((await post('/webhooks/north')).status).toBe(204);
    expect((await post('/webhooks/n%C3%B6rd%2Feast?x=1')).status).toBe(204);
    expect(seen).toEqual(['north: text', 'nörd/east: text']);
    for (const path of ['/webhooks', '/webhooks/', '/webhooks/a/b', '/webhooks/%E0%A4', '/webhooks/%']) {
      expect([path, (await post(path)).status]).toEqual([path, 404]);
    }
    expect(seen).toHaveLength(2);
  });

  it.each([
    ['GET', '/webhooks/north', 405, 'POST'],
    ['POST', '/healthz', 405, 'GET, HEAD'],
    ['DELETE', '/metrics', 405, 'GET, HEAD'],
    ['OPTIONS', '/readyz', 405, 'GET, HEAD'],
    ['GET', '/', 404, null],
    ['GET', '/healthz/', 404, null],
    ['GET', '/constructor', 404, null],
    ['PUT', '/elsewhere', 404, null],
  ])('%s %s: %d', async (method, path, status, allow) => {
    const { url } = await start();
    const response = await fetch(`${url}${path}`, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get('allow')).toBe(allow);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await response.json()).toEqual({ error: expect.any(String) });
  });

  it('a handler that fails answers 500 without a word of why', async () => {
    const { url } = await start({
      readiness: () => Promise.reject(new Error('inner secret')),
      receiver: {
        handle() {
          throw new Error('inner secret');
        },
      },
    });
    for (const [method, path] of [
      ['GET', '/readyz'],
      ['POST', '/webhooks/a'],
    ] as const) {
      const response = await fetch(`${url}${path}`, { method });
      expect(response.status).toBe(500);
      expect(await response.text()).not.toMatch(/secret|at .*\.ts/);
    }
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

describe('nonsense on the wire', () => {
  it.each([
    ['no HTTP at all', 'hello\r\n\r\n', /^HTTP\/1\.1 400/],
    [
      'a target that is no path',
      'GET // HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      /^HTTP\/1\.1 404/,
    ],
    [
      'an absolute target',
      'GET http://x/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      /^HTTP\/1\.1 200/,
    ],
    ['headers without end', `GET /healthz HTTP/1.1\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431/],
  ])('%s', async (_, text, expected) => {
    const { port, url } = await start();
    expect(await raw(port, text)).toMatch(expected);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('a body where none is read is not waited for', async () => {
    const { port } = await start();
    const answer = await raw(
      port,
      'POST /elsewhere HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 404[\s\S]*connection: close/i);
  });
});

describe('listening', () => {
  it('where another listens fails with what to do', async () => {
    const { port } = await start();
    const other = createWebServer({
      receiver: { handle() {} },
      readiness: async () => ({ ready: true, troubles: [], accounts: [] }),
      metrics: { contentType: 'text/plain', text: async () => '' },
      log: createLogger({ level: 'silent' }),
    });
    await expect(other.listen('127.0.0.1', port)).rejects.toMatchObject({
      code: 'HTTP_UNAVAILABLE',
      message: expect.stringContaining(String(port)),
      remedy: expect.stringContaining('SYNC_HTTP_PORT'),
    });
    await other.close();
    await expect(other.listen('203.0.113.7', 0)).rejects.toMatchObject({
      code: 'HTTP_UNAVAILABLE',
      remedy: expect.stringContaining('SYNC_HTTP_HOST'),
    });
  });
});

describe('closing', () => {
  async function opened(port: number, text = ''): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    if (text !== '') {
      socket.write(text);
      await once(socket, 'data');
    }
    return socket;
  }

  it('ends idle connections at once, used or not, and may be done twice', async () => {
    // It would wait so long for a request under way.
    const { server, port, url } = await start({ closeWaitMs: 20_000 });
    const unused = await opened(port);
    const used = await opened(port, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    const ended = [unused, used].map((socket) => once(socket, 'close'));
    await Promise.all([server.close(), server.close()]);
    await Promise.all(ended);
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });

  it('lets a request under way be answered', async () => {
    let answer = () => {};
    let arrived = () => {};
    const here = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { server, url } = await start({
      closeWaitMs: 20_000,
      receiver: {
        async handle(request, response) {
          request.resume();
          arrived();
          await new Promise<void>((resolve) => {
            answer = resolve;
          });
          response.writeHead(204).end();
        },
      },
    });
    const posted = fetch(`${url}/webhooks/a`, { method: 'POST', body: 'x' });
    await here;
    const closed = server.close();
    answer();
    const response = await posted;
    expect(response.status).toBe(204);
    expect(response.headers.get('connection')).toBe('close');
    await closed;
  });

  it('waits only so long for one that does not end', async () => {
    let arrived = () => {};
    const here = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { server, url } = await start({ closeWaitMs: 50, receiver: { handle: () => arrived() } });
    const posted = fetch(`${url}/webhooks/a`, { method: 'POST', body: 'x' });
    const failed = expect(posted).rejects.toThrow();
    await here;
    await server.close();
    await failed;
  });

  it('before listening is nothing', async () => {
    const { server } = await start();
    await server.close();
    await server.close();
  });
});
