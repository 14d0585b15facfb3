/**
 * Sessions of PostgreSQL that are used again. A program in the test's own process ends its connections with each command, and
 * most of what a new one costs is its start, what it has to learn of the catalog, and the plans of its statements. A session
 * that is ended in good order is emptied, all but its plans, and kept for the next connection to the same database under the
 * same name, which cannot tell it from a new one. One that breaks off is broken off.
 */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { Socket } from 'node:net';
import pg from 'pg';
import { beforeAll } from 'vitest';

/** What @types/pg does not tell of the driver. */
interface Connection {
  stream: Socket;
  ssl: unknown;
  _connecting: boolean;
  _ending: boolean;
  _keepAlive: boolean;
  connect(...target: Target): void;
  startup(config: object): void;
  parse(query: Parse): void;
  bind(config: object): void;
  end(): void;
  query(text: string): void;
  attachListeners(stream: Pick<Socket, 'on'>): void;
  emit(event: string, message?: unknown): void;
  on(event: string, listener: (message: never) => void): void;
  removeAllListeners(event: string): void;
}
interface Parse {
  text: string;
  name?: string;
  types?: unknown;
}
type Target = [port: number | string, host?: string];

interface Key {
  processID: number;
  secretKey: number;
}

interface Session {
  socket: Socket;
  /** The server, the database, and what a client says at its start. */
  name: string;
  database: unknown;
  key: Key | null;
  /** Names under which PostgreSQL has statements prepared, by their texts. */
  statements: Map<string, string>;
  /** The same, by the names that the holder gives them. */
  named: Map<string, string>;
  /** Said last, and not confirmed yet. */
  parsing: { text: string; name: string } | null;
  /** What is bound next. */
  statement: string | null;
  /** null while nobody has it. */
  holder: Connection | null;
  /** Runs in the asynchronous context of the holder. */
  within: <T>(run: () => T) => T;
}

const { prototype } = (pg as unknown as { Connection: { prototype: Connection } }).Connection;
const { connect, startup, parse, bind, end } = prototype;

const sessions = new WeakMap<Connection, Session>();
const targets = new WeakMap<Connection, Target>();
const idle = new Map<string, Set<Session>>();
const nowhere = new Socket().destroy();
let names = 0;

/**
 * Plans are kept, whatever the values: one that fits them better takes longer to make than it saves where there are few rows.
 * Nobody pulls the plug here, so no commit waits until the log is written.
 */
const options = '-c plan_cache_mode=force_generic_plan -c synchronous_commit=off';
/** `discard all` without the plans. */
const emptied =
  'close all; set session authorization default; reset all; unlisten *; select pg_advisory_unlock_all(); discard sequences; discard temp';

/** What a client takes for the answer to a query of its own. */
const answers = [
  ...['errorMessage', 'readyForQuery', 'commandComplete', 'notice', 'notification'],
  ...['rowDescription', 'dataRow'],
];
function hold(session: Session, holder: Connection): void {
  const { socket } = session;
  Object.assign(session, { holder, named: new Map(), within: AsyncLocalStorage.snapshot() });
  sessions.set(holder, session);
  holder.stream = socket;
  socket.setKeepAlive(holder._keepAlive);
  holder.on('parseComplete', () => {
    if (session.parsing !== null) session.statements.set(session.parsing.text, session.parsing.name);
    session.parsing = null;
  });
  holder.attachListeners({
    on: (name, listener) => socket.on(name, AsyncResource.bind(listener)),
  } as Pick<Socket, 'on'>);
}

function begin(connection: Connection, target: Target, name: string, config: object): void {
  const socket = connection.stream;
  const session: Session = {
    socket,
    name,
    database: (config as { database?: string }).database,
    key: null,
    statements: new Map(),
    named: new Map(),
    parsing: null,
    statement: null,
    holder: null,
    within: (run) => run(),
  };
  // Each holder waits for its end.
  socket.setMaxListeners(0).setNoDelay(true);
  socket.connect(...(target as [number, string]));
  socket.once('connect', () => Reflect.apply(startup, connection, [{ ...config, options }]));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    const { holder } = session;
    const isExpected = holder?._ending && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
    if (!isExpected) session.within(() => holder?.emit('error', error));
  });
  socket.on('close', () => {
    idle.get(name)?.delete(session);
    session.within(() => session.holder?.emit('end'));
  });
  hold(session, connection);
  connection.on('backendKeyData', (key: Key) => {
    session.key = key;
  });
}

const warm: Pick<Connection, 'connect' | 'startup' | 'parse' | 'bind' | 'end'> = {
  connect(this: Connection, ...target) {
    if (this.ssl) return Reflect.apply(connect, this, target);
    this._connecting = true;
    targets.set(this, target);
    // Until then those that PostgreSQL has ended have said so.
    setImmediate(() => this.emit('connect'));
  },
  startup(this: Connection, config) {
    const target = targets.get(this);
    if (target === undefined) return Reflect.apply(startup, this, [config]);
    if (this.stream.destroyed) return this.emit('end');
    const name = JSON.stringify([target, config]);
    // The one that was used last: it has most plans.
    const session = [...(idle.get(name) ?? [])].at(-1);
    if (session === undefined) return begin(this, target, name, config);
    idle.get(name)!.delete(session);
    session.socket.ref();
    hold(session, this);
    this.emit('backendKeyData', session.key);
    this.emit('readyForQuery', { status: 'I' });
  },
  parse(this: Connection, query) {
    const session = sessions.get(this);
    if (session === undefined || query.types) return Reflect.apply(parse, this, [query]);
    const { text } = query;
    const known = session.statements.get(text);
    session.statement = known ?? `warm_${++names}`;
    if (query.name) session.named.set(query.name, session.statement);
    if (known !== undefined) return;
    session.parsing = { text, name: session.statement };
    Reflect.apply(parse, this, [{ ...query, name: session.statement }]);
  },
  bind(this: Connection, config: { statement?: string }) {
    const session = sessions.get(this);
    const statement = session?.statement ?? session?.named.get(config.statement ?? '') ?? null;
    if (statement !== null) session!.statement = null;
    Reflect.apply(bind, this, [statement === null ? config : { ...config, statement }]);
  },
  end(this: Connection) {
    const session = sessions.get(this);
    const { socket, name, key } = session ?? {};
    if (session === undefined || !socket!.writable || socket!.isPaused() || key === null)
      return Reflect.apply(end, this, []);
    this._ending = true;
    let isFailed = false;
    for (const event of answers) this.removeAllListeners(event);
    this.on('errorMessage', () => {
      isFailed = true;
    });
    this.on('readyForQuery', ({ status }: { status: string }) => {
      if (isFailed || status !== 'I') return void socket!.destroy();
      session.holder = null;
      socket!.removeAllListeners('data').resume().unref();
      this.stream = nowhere;
      idle.set(name!, (idle.get(name!) ?? new Set()).add(session));
      this.emit('end');
    });
    this.query(emptied);
  },
};

/** Kept of those under one name when nobody uses the database: a test that opened many would hold them for good. */
const mostKept = 4;

/** Of the sessions to this database that wait for their next holder: what server processes they have, and an end to most. */
export function waitingIn(database: string): { processes: number[]; endMost(): void } {
  const names = [...idle.values()].map((kept) => [...kept].filter((one) => one.database === database));
  return {
    processes: names.flat().map(({ key }) => key!.processID),
    endMost() {
      for (const kept of names) for (const { socket } of kept.slice(mostKept)) socket.destroy();
    },
  };
}

/** What one command leaves serves the next. */
export function keepSessionsWarm(): void {
  Object.assign(prototype, warm);
}

/** There are new sessions for each connection again; those that are kept are ended. */
export function endSessions(): void {
  Object.assign(prototype, { connect, startup, parse, bind, end });
  for (const { socket } of [...idle.values()].flatMap((kept) => [...kept])) socket.destroy();
  idle.clear();
}

/** For all tests of a file that is about connections: each has a session of its own, as in production. */
export function withNewSessions(): void {
  beforeAll(endSessions);
}
