/**
 * What all receivers have in common: a call that cannot be handled breaks off, and closing waits for those that were begun.
 *
 *   channel                   taken by        its sender                      is kept as                  and taken up by
 *   /webhooks/ACCOUNT         deliveries.ts   Spark Hire                      sync.webhook_events         events.ts
 *   /ats/ACCOUNT              ats.ts          a connected ATS                 a hint (connectors/hints)   the next reading of that ATS
 *   /partner/ACCOUNT/…        orders.ts       an ATS that orders interviews   rows of schema ats          the push
 *
 * None is answered before what it says is committed, and none is believed about Spark Hire: only an order is taken at its word.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../clock.js';
import type { Logger } from '../../log.js';

export interface Receiver<Rest extends unknown[] = []> {
  handle(request: IncomingMessage, response: ServerResponse, account: string, ...rest: Rest): Promise<void>;
  /** Resolves once every call that was begun has its answer. */
  settle(): Promise<void>;
}

/** @param failed how the log calls it when handling fails, which nothing but a fault here can do */
export function receiverOf<Rest extends unknown[]>(
  log: Logger,
  failed: Line,
  handle: Receiver<Rest>['handle'],
): Receiver<Rest> {
  const handling = new Set<Promise<void>>();
  return {
    handle(request, response, account, ...rest) {
      const work = handle(request, response, account, ...rest)
        .catch((error: unknown) => {
          log.error({ event: failed.event, account, err: error }, failed.words);
          response.destroy();
        })
        .finally(() => handling.delete(work));
      handling.add(work);
      return work;
    },
    async settle() {
      while (handling.size > 0) await Promise.allSettled(handling);
    },
  };
}

/** A line of the log. */
export interface Line {
  event: string;
  words: string;
}

/**
 * One line when something begins to go wrong with a sender, and one once it has stopped, if there is one for that.
 * @param trouble the line of what went wrong; null: nothing did; undefined: it says nothing either way
 */
export function troubleLog(log: Logger, recovered?: Line) {
  const current = new Map<string, string>();
  return (account: string, trouble: Line | null | undefined, sender = account): void => {
    const before = current.get(sender);
    if (trouble === undefined || trouble?.event === before) return;
    if (trouble === null) {
      current.delete(sender);
      if (recovered !== undefined) log.info({ event: recovered.event, account }, recovered.words);
      return;
    }
    current.set(sender, trouble.event);
    log.warn({ event: trouble.event, account }, trouble.words);
  };
}

/** The first of each. */
export function headersOf({ headers }: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
}

/** What the work comes to, or what `late` answers where it takes longer than the sender waits: a statement may hang. */
export function within<T>(clock: Clock, ms: number, work: Promise<T>, late: () => T): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => resolve(late()), { background: true });
    work.then(resolve, reject).finally(cancel);
  });
}
