/** A TCP proxy that can forget its connections, as a firewall or a failover does: nobody is told of it. */
import { connect, createServer, type Socket } from 'node:net';

export interface ForgetfulProxy {
  /** The given address, through the proxy. */
  url: string;
  /** From now on nothing passes on the connections there are, and they stay open. New ones work. */
  forget(): void;
  /** When something was sent through it, in milliseconds since the epoch. */
  sent: number[];
  close(): Promise<void>;
}

/** @param onConnection is told of each connection before anything passes on it, and how many there have been with it */
export async function startForgetfulProxy(
  target: string,
  onConnection: (nth: number) => void = () => {},
): Promise<ForgetfulProxy> {
  const to = new URL(target);
  const sockets = new Set<Socket>();
  const sent: number[] = [];
  let connections = 0;
  const server = createServer((near) => {
    onConnection(++connections);
    near.on('data', () => sent.push(Date.now()));
    const far = connect(Number(to.port || 5432), to.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      // Also where all is forgotten: a server finds out by itself that its client is gone (keepalives).
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as { port: number }).port);
  return {
    url: url.href,
    sent,
    forget() {
      for (const socket of sockets) {
        socket.unpipe();
        // Read and thrown away: a full buffer would be felt on the other side.
        socket.resume();
      }
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
