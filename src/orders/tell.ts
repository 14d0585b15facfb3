/**
 * Telling an ATS what became of what it ordered. Each telling says all there is to say, so that it may be repeated, and the last
 * one counts: no intents are needed. What cannot be told is tried again, less and less often.
 */
import type { Clock } from '../clock.js';
import type { Database } from '../db/database.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../log.js';
import { createTransport, type HttpAnswer, type Transport, TransportFailure } from '../transport.js';
import type { Facade, Telling } from './facade.js';
import { OrderRefused, outcomeOf } from './order.js';
import {
  changesSeen,
  type KnownOrder,
  type OrdersOf,
  orderNotTold,
  orderTold,
  readChanged,
  readWaiting,
} from './store.js';

export interface TellOptions {
  db: Database;
  account: string;
  facades: readonly Facade[];
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

export interface Told {
  written: number;
  /** The ATS does not take them. */
  refused: number;
  /** Those that are tried again. */
  waiting: number;
  nextMs: number | null;
}

const batch = 50;
const timeoutMs = 20_000;
const firstPauseMs = 15_000;
const longestPauseMs = 3600_000;
/** So often an answer that will hardly change is asked for. */
const mostRefusals = 8;

export async function tellOrders(options: TellOptions): Promise<Told> {
  const done: Told = { written: 0, refused: 0, waiting: 0, nextMs: null };
  const transport = createTransport({
    clock: options.clock,
    connections: 4,
    connectTimeoutMs: 10_000,
    maxAnswerBytes: 1_048_576,
  });
  try {
    for (const facade of options.facades) await tellAll(options, facade, transport, done);
  } finally {
    await transport.close();
  }
  return done;
}

async function tellAll(
  options: TellOptions,
  facade: Facade,
  transport: Transport,
  done: Told,
): Promise<void> {
  const of: OrdersOf = { db: options.db, account: options.account, protocol: facade.protocol };
  const tellEach = async (orders: readonly KnownOrder[]) => {
    for (const order of orders) {
      options.signal.throwIfAborted();
      await tell(options, of, facade, transport, order, done);
    }
    return orders.length === batch;
  };
  for (let more = true; more; ) {
    const { orders, upTo } = await readChanged(of, batch);
    more = await tellEach(orders);
    await changesSeen(of, upTo);
  }
  for (let more = true; more; ) {
    const { orders, nextMs } = await readWaiting(of, batch);
    more = await tellEach(orders);
    if (nextMs !== null) done.nextMs = Math.min(done.nextMs ?? nextMs, nextMs);
  }
}

async function tell(
  { log, signal }: TellOptions,
  of: OrdersOf,
  facade: Facade,
  transport: Transport,
  order: KnownOrder,
  done: Told,
): Promise<void> {
  const outcome = outcomeOf(order.row);
  let failed: Failed | null;
  try {
    const telling = facade.tell(order, outcome);
    if (telling === null || telling.says === order.told) {
      await orderTold(of, order, null);
      return;
    }
    failed = await send(telling, transport, signal);
    if (failed === null) {
      done.written += 1;
      await orderTold(of, order, telling.says);
      return;
    }
  } catch (error) {
    // Its address is not one of the ATS's any more, as the settings are now.
    if (!(error instanceof OrderRefused)) throw error;
    failed = { problem: error.message, isRefusal: true, waitMs: null };
  }
  const isFinal = failed.isRefusal && order.tries + 1 >= mostRefusals;
  const pauseMs = Math.min(failed.waitMs ?? firstPauseMs * 4 ** Math.min(order.tries, 6), longestPauseMs);
  done[isFinal ? 'refused' : 'waiting'] += 1;
  if (!isFinal) done.nextMs = Math.min(done.nextMs ?? pauseMs, pauseMs);
  await orderNotTold(of, order, failed.problem, isFinal ? null : pauseMs);
  const rest = isFinal ? 'it is not sent again until something changes' : `it is tried again`;
  log[isFinal || order.tries === 0 ? 'warn' : 'debug'](
    { event: 'order_not_told', row: order.atsId, tries: order.tries + 1 },
    `${facade.title} did not get the state of order ${order.atsId} (${outcome.phase}): ${failed.problem}; ${rest}`,
  );
}

interface Failed {
  problem: string;
  isRefusal: boolean;
  /** As the ATS asks for. */
  waitMs: number | null;
}

/** @returns null once it is told */
async function send(
  { method, url, authorizations, contentType, headers, body, problemIn }: Telling,
  transport: Transport,
  signal: AbortSignal,
): Promise<Failed | null> {
  let answer: HttpAnswer | undefined;
  for (const authorization of authorizations) {
    try {
      answer = await transport.exchange({
        method,
        url,
        headers: {
          ...headers,
          authorization,
          accept: contentType,
          'user-agent': 'sparkhire-sync',
          ...(body !== null && { 'content-type': contentType }),
        },
        body: body === null ? null : JSON.stringify(body),
        timeoutMs,
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof TransportFailure)) throw error;
      const problem =
        error.kind === 'timeout'
          ? 'it did not answer in time'
          : `no connection: ${messageOf(error.cause ?? error)}`;
      return { problem, isRefusal: false, waitMs: null };
    }
    if (answer.status !== 401) break;
  }
  const { status } = answer!;
  const seconds = Number(answer!.headers['retry-after']);
  const waitMs = seconds > 0 ? seconds * 1000 : null;
  if (status >= 200 && status < 300) {
    const problem = problemIn(parsed(answer!.body));
    if (problem === null) return null;
    return { problem: `it answers: ${problem}`, isRefusal: !/rate.?limit/i.test(problem), waitMs: null };
  }
  const problem = `it answers with status ${status}${status === 401 ? ': is the key of the settings right?' : ''}`;
  return { problem, isRefusal: status >= 400 && ![401, 408, 429].includes(status) && status < 500, waitMs };
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null;
  }
}
