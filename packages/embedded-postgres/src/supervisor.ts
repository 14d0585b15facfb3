/**
 * The process that owns the embedded server: started by the first command that needs one, in the background.
 * Every user (a process, `acquireEmbeddedPostgres`) holds a connection to it. The operating system closes that
 * connection when the user dies, however it dies; when the last one is closed, the server is shut down and this
 * process ends.
 *
 *   lock taken → listening → starting → ready → (last user gone) stopping → lock released
 *        └ taken by another: "busy"      └ failed: tells its users why
 *
 * argv: the directory, then `durable` or `volatile`. Says `listening`, `busy` or what failed to its parent
 * over IPC; stderr is the server's log.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { EmbeddedPostgresError, messageOf } from './error.js';
import { fileProblem, filesIn, identityOf, removeControl, writeJson } from './files.js';
import { tryLock } from './lock.js';
import { type FromSupervisor, type Hello, type ReportedError, readLines, type ToParent } from './protocol.js';
import { type Started, startEmbedded } from './start.js';

/** How long a supervisor waits for its first user, who may have been killed before it could connect. */
const firstUserWithin = 10_000;

const [, , directory, durability] = process.argv;
const files = filesIn(directory!);
const token = randomBytes(24).toString('hex');
const users = new Set<Socket>();
const connections = new Set<Socket>();
const door = createServer(admit);
let starting: Promise<Started>;
let unlock: () => void;
let stopping: Promise<void> | undefined;

// A log that cannot be written (a full disk) is no reason to stop.
process.stderr.on('error', () => {});
// Hanging up a terminal is not meant for it.
process.on('SIGHUP', () => {});

try {
  await main();
} catch (error) {
  tellParent({ failed: report(error) }, () => process.exit(1));
}

async function main(): Promise<void> {
  const locked = await tryLock(files.lock);
  if (!locked) {
    tellParent('busy');
    return;
  }
  unlock = locked;
  process.on('SIGINT', () => void stop());
  process.on('SIGTERM', () => void stop());
  await new Promise<void>((resolve, reject) => {
    door.once('error', reject);
    door.listen(0, '127.0.0.1', resolve);
  });
  writeJson(files.control, { pid: process.pid, port: (door.address() as AddressInfo).port, token });
  tellParent('listening');
  starting = startEmbedded(files, {
    durable: durability !== 'volatile',
    onLog: (text) => process.stderr.write(text),
  });
  starting.then(watch, (error) => process.stderr.write(`${messageOf(error)}\n`));
  setTimeout(() => {
    if (users.size === 0) void stop();
  }, firstUserWithin).unref();
}

/** A server that ends by itself (killed, crashed) takes this process along; whoever needs one starts anew. */
async function watch({ server }: Started): Promise<void> {
  await server.exited;
  await stop();
}

function admit(socket: Socket): void {
  connections.add(socket);
  socket.on('close', () => {
    connections.delete(socket);
    if (users.delete(socket) && users.size === 0) void stop();
  });
  readLines(socket, (line) => {
    if (users.has(socket)) void leave(socket);
    else if (welcome(line)) join(socket);
    else socket.destroy();
  });
}

function welcome(line: string): boolean {
  if (stopping) return false;
  try {
    const hello = JSON.parse(line) as Hello;
    return sameSecret(hello.token, token) && hello.directory === identityOf(files);
  } catch {
    return false;
  }
}

function sameSecret(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function join(socket: Socket): void {
  users.add(socket);
  const tell = (message: FromSupervisor) => socket.write(`${JSON.stringify(message)}\n`);
  tell({ joined: true });
  starting.then(
    ({ url, dataDir, notice }) => tell({ ready: { url, dataDir, notice } }),
    (error) => {
      tell({ failed: report(error) });
      socket.end();
    },
  );
}

/** A user says that it is done; its connection stays open until what follows from that has happened. */
async function leave(socket: Socket): Promise<void> {
  users.delete(socket);
  if (users.size === 0) await stop();
  socket.end();
}

function stop(): Promise<void> {
  stopping ??= stopOnce();
  return stopping;
}

async function stopOnce(): Promise<void> {
  removeControl(files, token);
  door.close();
  const started = await starting?.catch(() => undefined);
  await started?.server.stop();
  unlock();
  for (const socket of connections) socket.end();
  // Users that do not read must not keep this process.
  setTimeout(() => process.exit(), 1000).unref();
}

function report(error: unknown): ReportedError {
  const problem = fileProblem(error, files.home);
  if (problem instanceof EmbeddedPostgresError) {
    return { code: problem.code, message: problem.message, remedy: problem.remedy };
  }
  return {
    code: 'EMBEDDED_POSTGRES_FAILED',
    message: `The embedded PostgreSQL did not start: ${messageOf(error)}`,
  };
}

/** @param then runs once it is told, or cannot be told because the parent is gone */
function tellParent(message: ToParent, then = () => {}): void {
  process.send!(message, () => {
    if (process.connected) process.disconnect();
    then();
  });
}
