/**
 * A PostgreSQL pooler, as small as it can be. In transaction mode what a client sends goes to whichever server connection
 * is free, and that one is free again as soon as no transaction is open on it; in session mode a client keeps its own.
 */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import pg from 'pg';

export interface Pooler {
  /** The connection string to use in place of the server's. */
  url: string;
  /** What went through so far. */
  sent(): string;
  close(): Promise<void>;
}

interface Server {
  client: pg.Client;
  stream: Socket;
  user: Socket | null;
}

/** Cuts a stream into messages: a type of one byte, then a length that counts itself. */
function messages(take: (message: Buffer) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length >= 1 + rest.readInt32BE(1)) {
      const end = 1 + rest.readInt32BE(1);
      const message = rest.subarray(0, end);
      rest = rest.subarray(end);
      take(message);
    }
  };
}

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const authenticated = message('R', Buffer.alloc(4));
const ready = message('Z', Buffer.from('I'));

export async function startPooler(url: string, mode: 'transaction' | 'session'): Promise<Pooler> {
  const transcript: Buffer[] = [];
  const servers: Server[] = [];
  const sockets = new Set<Socket>();

  async function connectServer(): Promise<Server> {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    // From here on the bytes are ours.
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
    stream.removeAllListeners('data');
    const server: Server = { client, stream, user: null };
    stream.on(
      'data',
      messages((answer) => {
        server.user?.write(answer);
        const isIdle = answer[0] === 0x5a && answer[5] === 0x49;
        if (isIdle && mode === 'transaction') server.user = null;
      }),
    );
    servers.push(server);
    return server;
  }

  function serve(socket: Socket): void {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    let started = false;
    let queue = Promise.resolve();
    const forward = messages((sent) => {
      if (sent[0] === 0x58) return void socket.end();
      transcript.push(sent);
      queue = queue.then(async () => {
        let server = servers.find(({ user }) => user === socket);
        server ??= servers.find(({ user }) => user === null);
        server ??= await connectServer();
        server.user = socket;
        server.stream.write(sent);
      });
    });
    socket.on('data', (chunk) => {
      if (started) return forward(chunk);
      // The startup message has no type; everybody is let in.
      started = true;
      socket.write(Buffer.concat([authenticated, ready]));
    });
  }

  const door = createServer(serve);
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  const pooled = new URL(url);
  pooled.hostname = '127.0.0.1';
  pooled.port = String((door.address() as AddressInfo).port);
  return {
    url: pooled.href,
    sent: () => Buffer.concat(transcript).toString('latin1'),
    async close() {
      door.close();
      for (const socket of sockets) socket.destroy();
      for (const { stream } of servers) stream.destroy();
    },
  };
}
