import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface Listening {
  readonly origin: string;
  readonly port: number;
  /** Stops at once: kept-alive and hanging connections are closed too. */
  stop(): Promise<void>;
}

/**
 * Listens on the address (127.0.0.1 and any free port unless given). What is asked below `controlPath` goes to
 * `control`, the rest to `api`.
 * @throws the system's error for a port that is taken
 */
export async function listen(
  at: { host?: string | undefined; port?: number | undefined },
  controlPath: string,
  control: Handler,
  api: Handler,
): Promise<Listening> {
  const server = createServer((request, response) => {
    const [path] = (request.url ?? '').split('?');
    const isControl = path === controlPath || path!.startsWith(`${controlPath}/`);
    void (isControl ? control : api)(request, response);
  });
  server.keepAliveTimeout = 65_000;
  const host = at.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port ?? 0, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
