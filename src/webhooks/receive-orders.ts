/**
 * Takes orders of ATSs that order interviews themselves: /partner/ACCOUNT/PROTOCOL/CALL. An order is answered once its row is
 * committed; what comes of it is the account's owner's work. Any process may take orders, whoever owns the account.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { type Clock, systemClock } from '../clock.js';
import type { Database } from '../db/database.js';
import { messageOf } from '../errors.js';
import type { Logger } from '../log.js';
import type { Facade, Reply } from '../orders/facade.js';
import { OrderRefused } from '../orders/order.js';
import { answer, type BodyRefusal, jsonText, withBody } from './delivery-body.js';

export type OrderOutcome = 'taken' | 'refused' | 'unauthorized' | 'unknown' | BodyRefusal;

export interface OrdersReceiverOptions {
  db: Database;
  /** By account. */
  facades: ReadonlyMap<string, readonly Facade[]>;
  log: Logger;
  onOutcome?: (outcome: OrderOutcome, account: string | null) => void;
  clock?: Clock;
  /** How long an order may take to be committed before the ATS is asked to come again; 8 s unless given. */
  patienceMs?: number;
}

const mostBytes = 64 * 1_048_576;
const bodyStatus: Record<BodyRefusal, number> = { too_large: 413, invalid: 400, unavailable: 503 };

export function createOrdersReceiver(options: OrdersReceiverOptions) {
  const { db, facades, log, clock = systemClock, patienceMs = 8000 } = options;
  const bodies = { held: 0, most: mostBytes };
  const handling = new Set<Promise<void>>();
  /** Of whom it was said that they are not who they should be. */
  const doubted = new Set<string>();

  /** @param path what follows the account */
  async function handle(
    request: IncomingMessage,
    response: ServerResponse,
    account: string,
    path: string,
  ): Promise<void> {
    const [name, call = ''] = path.split('/', 2);
    const facade = facades.get(account)?.find(({ protocol }) => protocol === name);
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const handler =
      facade !== undefined && Object.hasOwn(facade.calls, `${method} ${call}`)
        ? facade.calls[`${method} ${call}`]
        : undefined;
    const finish = async (outcome: OrderOutcome, status: number, reply?: Reply): Promise<void> => {
      options.onOutcome?.(outcome, facade === undefined ? null : account);
      if (reply === undefined) {
        await answer(
          request,
          response,
          clock,
          status,
          outcome === 'unavailable' ? { 'retry-after': '5' } : {},
        );
        return;
      }
      const isText = typeof reply.body === 'string';
      response.writeHead(reply.status ?? status, {
        'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
      });
      response.end(isText ? reply.body : JSON.stringify(reply.body));
    };
    if (facade === undefined || handler === undefined) return finish('unknown', 404);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([key, value]) => [key, Array.isArray(value) ? value[0] : value]),
    );
    const done = await withBody(request, response, clock, bodies, async (bytes) => {
      const json = bytes.length === 0 ? 'null' : jsonText(bytes);
      const body: unknown = json === null ? null : JSON.parse(json);
      if (!facade.isCaller({ headers, body })) return 'unauthorized' as const;
      if (json === null) return 'invalid' as const;
      const query = new URL(request.url ?? '', 'http://any').searchParams;
      const of = { db, account, protocol: facade.protocol };
      return patiently(handler(of, { headers, query, body, log })).catch((error: unknown) => {
        const refused = asRefusal(error);
        if (refused === null) throw error;
        log.warn(
          { event: 'order_refused', account, call, reason: refused.reason },
          `${facade.title}: ${call} is refused: ${refused.message}`,
        );
        return facade.refusal(refused);
      });
    });
    if (done === 'unauthorized') {
      doubt(account, facade);
      return finish('unauthorized', 401);
    }
    doubted.delete(`${account} ${facade.protocol}`);
    if (typeof done === 'string') return finish(done, bodyStatus[done]);
    return finish((done.status ?? 200) < 400 ? 'taken' : 'refused', 200, done);
  }

  /** A statement may hang longer than the ATS waits: should it be committed in the end, the same order again is that one. */
  function patiently(work: Promise<Reply>): Promise<Reply | 'unavailable'> {
    return new Promise((resolve, reject) => {
      const cancel = clock.after(patienceMs, () => resolve('unavailable'), { background: true });
      work
        .catch((error: unknown) => {
          if (asRefusal(error) !== null) throw error;
          log.warn(
            { event: 'order_not_stored', err: error },
            `an order could not be stored: ${messageOf(error)}`,
          );
          return 'unavailable' as const;
        })
        .then(resolve, reject)
        .finally(cancel);
    });
  }

  function doubt(account: string, { title, protocol }: Facade): void {
    if (doubted.has(`${account} ${protocol}`)) return;
    doubted.add(`${account} ${protocol}`);
    log.warn(
      { event: 'order_unauthorized', account },
      `a call in the name of ${title} did not show the secret: is it the same there and in the settings (partner.${protocol})?`,
    );
  }

  return {
    handle(request: IncomingMessage, response: ServerResponse, account: string, path: string): Promise<void> {
      const work = handle(request, response, account, path)
        .catch((error: unknown) => {
          log.error(
            { event: 'orders_receiver_failed', account, err: error },
            'an order could not be handled',
          );
          response.destroy();
        })
        .finally(() => handling.delete(work));
      handling.add(work);
      return work;
    },
    /** Resolves once every call that was begun has its answer. */
    async settle(): Promise<void> {
      while (handling.size > 0) await Promise.allSettled(handling);
    },
  };
}

function asRefusal(error: unknown): OrderRefused | null {
  if (error instanceof OrderRefused) return error;
  if (!(error instanceof z.ZodError)) return null;
  const [issue] = error.issues;
  return new OrderRefused('invalid', `${issue!.path.join('.') || 'The body'}: ${issue!.message}`);
}
