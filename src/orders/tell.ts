/**
 * Telling an ATS what became of what it ordered. Each telling says all there is to say, so that it may be repeated, and the last
 * one counts: no intents are needed. What cannot be told is tried again, less and less often.
 */
import type { Clock } from '../clock.js';
import type { Database } from '../db/database.js';
import { messageOf } from '../errors.js';
import { createTransport, type HttpAnswer, type Transport, TransportFailure } from '../http/transport.js';
import type { Logger } from '../log.js';
import type { Facade, Telling } from './facade.js';
import { OrderRefused, outcomeOf } from './order.js';
import {
  changesSeen,
  hurryWaiting,
  type KnownOrder,
  type OrdersOf,
  orderBeingTold,
  ordersNotTold,
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
  /** What could not be told is tried at once: a person asks for it, or has mended the settings. */
  hurry: boolean;
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
/** An ATS that is away makes no refusal the last one: after it, an answer has to be as lasting as ever. */
const mostVain = 4;
/** So many orders in a row that it fails at, and it is the ATS that fails. */
const mostFailing = 3;

export async function tellOrders(options: TellOptions): Promise<Told> {
  const done: Told = { written: 0, refused: 0, waiting: 0, nextMs: null };
  if (options.hurry) await hurryWaiting(options.db, options.account);
  const transport = createTransport({
    clock: options.clock,
    connections: 4,
    connectTimeoutMs: 10_000,
    maxAnswerBytes: 1_048_576,
  });
  try {
    // One that does not answer keeps no other waiting.
    const ends = await Promise.allSettled(
      options.facades.map((facade) => tellAll(options, facade, transport, done)),
    );
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
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
  let failing = 0;
  /** Why none of them can be told now. */
  let away: Failed | null = null;
  const tellEach = async (orders: readonly KnownOrder[]) => {
    const late: KnownOrder[] = [];
    for (const order of orders) {
      options.signal.throwIfAborted();
      const telling = tellingOf(facade, order);
      if (telling === null) await orderTold(of, order, null);
      else if (away !== null) late.push(order);
      else {
        const failed = await tell(options, of, facade, transport, order, telling, done);
        failing = failed === null || failed.isRefusal ? 0 : failing + 1;
        if (failed !== null && (failed.isOfAll || failing === mostFailing)) away = failed;
      }
    }
    if (away !== null) await putOff(of, late, away, done);
  };
  for (let more = true; more; ) {
    const { orders, upTo } = await readChanged(of, batch);
    // What changes while an ATS is away is told with the rest, in its time.
    await tellEach(orders.filter(({ isPutOff }) => !isPutOff));
    more = orders.length === batch;
    await changesSeen(of, upTo);
  }
  for (let more = true; more; ) {
    const { orders, nextMs } = await readWaiting(of, batch);
    await tellEach(orders);
    more = orders.length === batch;
    if (nextMs !== null) wake(done, nextMs);
  }
}

/** @returns null: there is nothing to tell */
function tellingOf(facade: Facade, order: KnownOrder): Telling | Failed | null {
  try {
    const telling = facade.tell(order, outcomeOf(order.row));
    return telling?.says === order.told ? null : telling;
  } catch (error) {
    // Its address is not one of the ATS's any more, as the settings are now.
    if (!(error instanceof OrderRefused)) throw error;
    return { problem: error.message, isRefusal: true, isOfAll: false, waitMs: null };
  }
}

/** @returns why it could not be told; null: it was */
async function tell(
  { log, signal }: TellOptions,
  of: OrdersOf,
  facade: Facade,
  transport: Transport,
  order: KnownOrder,
  telling: Telling | Failed,
  done: Told,
): Promise<Failed | null> {
  const leaves = !('problem' in telling);
  if (leaves) await orderBeingTold(of, order);
  const failed = leaves ? await send(telling, transport, signal) : telling;
  if (failed === null) {
    done.written += 1;
    await orderTold(of, order, (telling as Telling).says);
    return null;
  }
  const { problem, isRefusal, waitMs } = failed;
  const isFinal = isRefusal && order.tries + 1 >= mostRefusals;
  const againMs = isFinal ? null : (waitMs ?? pauseMs(order.tries));
  done[isFinal ? 'refused' : 'waiting'] += 1;
  if (againMs !== null) wake(done, againMs);
  await ordersNotTold(of, [order], {
    problem,
    againMs,
    tries: isFinal ? 0 : triesAfter(order.tries, failed),
  });
  const rest = isFinal ? 'it is not sent again until something changes' : `it is tried again`;
  log[isFinal || order.tries === 0 ? 'warn' : 'debug'](
    { event: 'order_not_told', row: order.atsId, tries: order.tries + 1 },
    `${facade.title} did not get the state of order ${order.atsId} (${outcomeOf(order.row).phase}): ${problem}; ${rest}`,
  );
  return failed;
}

/** Those that were not tried come before those that failed: should it be these that fail, they keep no other waiting. */
async function putOff(
  of: OrdersOf,
  orders: readonly KnownOrder[],
  failed: Failed,
  done: Told,
): Promise<void> {
  done.waiting += orders.length;
  for (const tries of new Set(orders.map((one) => one.tries))) {
    const alike = orders.filter((one) => one.tries === tries);
    const againMs = failed.waitMs ?? pauseMs(tries) * 0.9;
    wake(done, againMs);
    await ordersNotTold(of, alike, { problem: failed.problem, againMs, tries: triesAfter(tries, failed) });
  }
}

const pauseMs = (tries: number) => Math.min(firstPauseMs * 4 ** Math.min(tries, 6), longestPauseMs);

const triesAfter = (tries: number, { isRefusal }: Failed) =>
  isRefusal ? tries + 1 : Math.max(tries, Math.min(tries + 1, mostVain));

function wake(done: Told, ms: number): void {
  done.nextMs = Math.min(done.nextMs ?? ms, ms);
}

interface Failed {
  problem: string;
  isRefusal: boolean;
  /** Whichever order it had been. */
  isOfAll: boolean;
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
      return { problem, isRefusal: false, isOfAll: false, waitMs: null };
    }
    if (answer.status !== 401) break;
  }
  const { status } = answer!;
  const seconds = Number(answer!.headers['retry-after']);
  const waitMs = seconds > 0 ? Math.min(seconds * 1000, longestPauseMs) : null;
  if (status >= 200 && status < 300) {
    const problem = problemIn(parsed(answer!.body));
    if (problem === null) return null;
    const isOfAll = /rate.?limit/i.test(problem);
    return { problem: `it answers: ${problem}`, isRefusal: !isOfAll, isOfAll, waitMs: null };
  }
  const problem = `it answers with status ${status}${status === 401 ? ': is the key of the settings right?' : ''}`;
  return {
    problem,
    isRefusal: status < 500 && ![401, 408, 429].includes(status),
    isOfAll: status === 429 || waitMs !== null,
    waitMs,
  };
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return null;
  }
}
