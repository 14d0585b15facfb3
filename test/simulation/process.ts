/**
 * What is done to a process of the program while it works: the one place where the simulation puts its own in place of the
 * driver's calls and of clocks. It is done to what is called within, and to the connections made
 * there. Files share what they import, so all is put back once the worlds are over.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import { afterAll, beforeAll } from 'vitest';
import { noteEveryMs, notePassEveryMs } from '../../src/backfill/run.js';
import { systemClock } from '../../src/clock.js';

/** What is left out is as it ever is. */
export interface Meddling {
  /** @param send has the statement go its way */
  query?(client: pg.Client, statement: unknown, send: () => unknown): unknown;
  connect?(client: pg.Client, connect: () => Promise<unknown>): Promise<unknown>;
  /** @param start has the timer run as any other */
  after?(ms: number, fn: () => void, start: () => () => void): () => void;
  /** How much later it is by its clock, in milliseconds. */
  laterMs?(): number;
}

const within = new AsyncLocalStorage<readonly Meddling[]>();
const makers = new WeakMap<pg.Client, readonly Meddling[]>();
const current = () => within.getStore() ?? [];

const { query, connect } = pg.Client.prototype;
const { now } = performance;
const { after } = systemClock;

/** Has it done to whatever `work` calls. */
export const meddle = <T>(one: Meddling, work: () => T): T => within.run([...current(), one], work);

/** Whether a statement is a stream of rows. */
export const isStream = (statement: unknown) =>
  typeof (statement as { submit?: unknown }).submit === 'function';

/** A statement that nothing is done to. */
export const unmeddled = (client: pg.Client, sql: string): Promise<unknown> =>
  Reflect.apply(query, client, [sql]) as Promise<unknown>;

/** One statement, as far as its text tells at a glance. */
const single = /^\s*(?:select|with|insert|update|delete)\b[^;]*$/i;

/** Without values the driver has a statement planned anew each time; so a session keeps its plan (warm-connections.ts). */
function withPlan([statement, values, ...rest]: unknown[]): unknown[] {
  const isBare =
    rest.length === 0 && (values === undefined || (Array.isArray(values) && values.length === 0));
  if (typeof statement !== 'string' || !isBare || !single.test(statement))
    return [statement, values, ...rest];
  return [{ text: statement, values: [], queryMode: 'extended' }];
}

/** For the tests of a file, if any is run. */
export function takingOver(): void {
  let putBack = () => {};
  beforeAll(() => {
    putBack = takeOver();
  });
  afterAll(() => putBack());
}

/** @returns how to put it all back */
function takeOver(): () => void {
  Object.assign(pg.Client.prototype, {
    query(this: pg.Client, ...args: unknown[]) {
      const send = () => Reflect.apply(query, this, withPlan(args)) as unknown;
      try {
        return (makers.get(this) ?? []).reduceRight<() => unknown>(
          (next, one) => () => (one.query === undefined ? next() : one.query(this, args[0], next)),
          send,
        )();
      } catch (error) {
        // As the driver does: what streams is an object, all else a promise.
        if (isStream(args[0])) throw error;
        return Promise.reject(error);
      }
    },
    async connect(this: pg.Client) {
      makers.set(this, current());
      return current().reduceRight<() => Promise<unknown>>(
        (next, one) => async () => (one.connect === undefined ? next() : one.connect(this, next)),
        async () => Reflect.apply(connect, this, []) as unknown,
      )();
    },
  });
  systemClock.after = (ms, fn, options) => {
    // How far a run is, is told each second of a machine's time: no two plays of a seed would be the same.
    if ([noteEveryMs, notePassEveryMs].includes(ms) && options?.background === true && current().length > 0)
      return () => {};
    return current().reduceRight<() => () => void>(
      (next, one) => () => (one.after === undefined ? next() : one.after(ms, fn, next)),
      () => after(ms, fn, options),
    )();
  };
  performance.now = () =>
    current().reduce((sum, { laterMs }) => sum + (laterMs?.() ?? 0), now.call(performance));
  return () => {
    Object.assign(pg.Client.prototype, { query, connect });
    systemClock.after = after;
    performance.now = now;
  };
}

/** The driver's own words. */
export const terminated = () => new Error('Connection terminated unexpectedly');

export const streamOf = (client: pg.Client) =>
  (
    client as unknown as {
      connection: { stream: { destroyed: boolean; pause(): void; resume(): void; destroy(): void } };
    }
  ).connection.stream;

/**
 * A statement is the last that is sent, if it is: all of these connections end.
 * @param send undefined if it does not reach PostgreSQL; else only its answer does not come
 */
export function breakOff(connections: Iterable<pg.Client>, send: (() => unknown) | undefined): unknown {
  const sent = send?.();
  setImmediate(() => {
    for (const connection of connections) streamOf(connection).destroy();
  });
  if (sent === undefined) throw terminated();
  return sent;
}
