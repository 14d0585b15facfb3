/**
 * A PostgreSQL that goes away under the program: at one of its statements all connections end, and for a while nobody
 * gets another, or only ones that cannot write (a replica that was promised too early). The program itself lives on.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import { pass } from './clocks.js';
import type { Play } from './rows.js';
import type { World } from './world.js';

export interface Outage {
  /** Statements that come through before. */
  after: number;
  /** Whether the next one reaches PostgreSQL, and only its answer does not come. */
  answerless: boolean;
  /** How new connections are then. */
  comesBack: 'at once' | 'refused' | 'read only';
  /** How many new ones are so, before all is well again. */
  lasts: number;
}

interface Way extends Outage {
  world: World;
  isCut: boolean;
  connections: Set<pg.Client>;
}

const ways = new AsyncLocalStorage<Way>();
const { query, connect } = pg.Client.prototype;

/** What a test asks is not the program's. */
const wayOf = (client: pg.Client) => {
  const way = ways.getStore();
  return way === undefined || way.world.scene.client === client ? undefined : way;
};

const gone = () => Object.assign(new Error('Connection terminated unexpectedly'));

pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
  const way = wayOf(this);
  if (way === undefined || way.isCut) return Reflect.apply(query, this, args);
  way.connections.add(this);
  if (way.after-- > 0) return Reflect.apply(query, this, args);
  way.isCut = true;
  const sent = way.answerless ? Reflect.apply(query, this, args) : undefined;
  setImmediate(() => {
    for (const connection of way.connections) {
      (connection as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    }
  });
  if (sent === undefined) throw gone();
  return sent;
} as typeof pg.Client.prototype.query;

pg.Client.prototype.connect = async function (this: pg.Client) {
  const way = wayOf(this);
  const isWrong =
    way !== undefined && way.comesBack !== 'at once' && (way.isCut || way.after === 0) && way.lasts-- > 0;
  if (isWrong && way.comesBack === 'refused')
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const connected: unknown = await Reflect.apply(connect, this, []);
  if (isWrong) await Reflect.apply(query, this, ['set default_transaction_read_only = on']);
  return connected;
} as typeof pg.Client.prototype.connect;

/** Has the program do something while PostgreSQL fails it. */
export function during<T>(world: World, outage: Outage, work: () => Promise<T>): Promise<T> {
  return ways.run({ ...outage, world, isCut: false, connections: new Set() }, work);
}

const kinds = ['at once', 'refused', 'read only'] as const;

/** Also from the first statement on: then it is away, or read only, when the program begins. */
const drawn = (a: number, b: number): Outage => ({
  after: a % 4 === 0 ? 0 : 5 + (a % 110),
  answerless: b % 2 === 0,
  comesBack: kinds[b % 3]!,
  lasts: 1 + (b % 7),
});

/** @param service what a service does in its turn */
export const outages = (service: Play): Record<string, Play> => ({
  async outage(world, { a, b, c }) {
    await during(world, drawn(a, b), () => world.run([['apply', 'sync', 'backfill'][c % 3]!]));
    await pass(world, 10);
  },
  async outageInService(world, numbers) {
    await during(world, drawn(numbers.c, numbers.a), async () => service(world, numbers));
    await pass(world, 10);
  },
});
