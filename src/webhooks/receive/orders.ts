/**
 * Takes orders of ATSs that order interviews themselves: /partner/ACCOUNT/PROTOCOL/CALL. An order is answered once its row is
 * committed; what comes of it is the account's owner's work. Any process may take orders, whoever owns the account.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import { type Clock, systemClock } from '../../clock.js';
import type { Database } from '../../db/database.js';
import { speaksOfContent } from '../../db/sqlstate.js';
import { messageOf } from '../../errors.js';
import type { Logger } from '../../log.js';
import type { Facade, Reply } from '../../orders/facade.js';
import { OrderRefused } from '../../orders/order.js';
import { answer, jsonText, withBody } from './body.js';
import { headersOf, type Line, receiverOf, troubleLog, within } from './receiver.js';
import { isRefused, type OrderOutcome, refusals } from './refusals.js';

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
export function createOrdersReceiver(options: OrdersReceiverOptions) {
  const { db, facades, log, clock = systemClock, patienceMs = 8000 } = options;
  const bodies = { held: 0, most: mostBytes };
  const tell = troubleLog(log);

  /** @param path what follows the account */
  async function handle(
    request: IncomingMessage,
    response: ServerResponse,
    account: string,
    path: string,
  ): Promise<void> {
    const [protocol, name = ''] = path.split('/', 2);
    const facade = facades.get(account)?.find((one) => one.protocol === protocol);
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const handler =
      facade !== undefined && Object.hasOwn(facade.calls, `${method} ${name}`)
        ? facade.calls[`${method} ${name}`]
        : undefined;
    if (facade === undefined || handler === undefined) {
      options.onOutcome?.('unknown', facade === undefined ? null : account);
      await answer(request, response, clock, refusals.unknown.status, {});
      return;
    }
    const finish = async (outcome: OrderOutcome, status: number, { body }: Reply): Promise<void> => {
      options.onOutcome?.(outcome, account);
      const isText = typeof body === 'string';
      const more = {
        'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8',
        ...(isRefused(outcome) && refusals[outcome].headers),
      };
      await answer(request, response, clock, status, more, isText ? body : JSON.stringify(body));
    };
    const headers = headersOf(request);
    const done = await withBody(request, response, clock, bodies, async (bytes) => {
      const json = bytes.length === 0 ? 'null' : jsonText(bytes);
      const body: unknown = json === null ? null : JSON.parse(json);
      if (!facade.isCaller({ headers, body })) return 'unauthorized' as const;
      if (json === null) return 'invalid' as const;
      const query = new URL(request.url ?? '', 'http://any').searchParams;
      const of = { db, account, protocol: facade.protocol };
      const late = new AbortController();
      const call = { headers, query, body, log, signal: late.signal };
      return patiently(handler(of, call), late).catch((error: unknown) => {
        const refused = asRefusal(error);
        if (refused === null) throw error;
        log.warn(
          { event: 'order_refused', account, call: name, reason: refused.reason },
          `${facade.title}: ${name} is refused: ${refused.message}`,
        );
        return facade.refusal(refused);
      });
    });
    const sender = `${account} ${protocol}`;
    if (typeof done !== 'string') {
      tell(account, null, sender);
      const status = done.status ?? 200;
      return finish(status < 400 ? 'taken' : 'refused', status, done);
    }
    if (done === 'unauthorized') tell(account, doubtOf(facade), sender);
    const { status, says } = refusals[done];
    return finish(done, status, facade.refusal(new OrderRefused('not_taken', says)));
  }

  /**
   * What the ATS was told is not stored is not committed any more, but for what is being committed that very moment: the same
   * order again is that one.
   */
  function patiently(work: Promise<Reply>, late: AbortController): Promise<Reply | 'unavailable'> {
    const stored = work.catch((error: unknown) => {
      if (asRefusal(error) !== null) throw error;
      if (!late.signal.aborted)
        log.warn(
          { event: 'order_not_stored', err: error },
          `an order could not be stored: ${messageOf(error)}`,
        );
      return 'unavailable' as const;
    });
    return within<Reply | 'unavailable'>(clock, patienceMs, stored, () => {
      late.abort();
      log.warn({ event: 'order_not_stored' }, `an order was not stored within ${patienceMs / 1000} s`);
      return 'unavailable';
    });
  }

  const failed = { event: 'orders_receiver_failed', words: 'an order could not be handled' };
  return receiverOf(log, failed, handle);
}

function doubtOf({ title, protocol }: Facade): Line {
  return {
    event: 'order_unauthorized',
    words: `a call in the name of ${title} did not show the secret: is it the same there and in the settings (partner.${protocol})?`,
  };
}

function asRefusal(error: unknown): OrderRefused | null {
  if (error instanceof OrderRefused) return error;
  if (speaksOfContent(error))
    return new OrderRefused(
      'invalid',
      'It has a value that is too long, or a character that cannot be stored.',
    );
  if (!(error instanceof z.ZodError)) return null;
  const [issue] = error.issues;
  return new OrderRefused('invalid', `${issue!.path.join('.') || 'The body'}: ${issue!.message}`);
}
