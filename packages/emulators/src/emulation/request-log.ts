import type { IncomingMessage } from 'node:http';

/** Called with the record of a request; what it returns is waited for. */
export type Hook<R> = (request: R) => void | Promise<void>;

/** The requests that came, in order, and who wants to hear of them. */
export class RequestLog<R> {
  readonly list: R[] = [];
  readonly #limit: number;
  readonly #before = new Set<Hook<R>>();
  readonly #after = new Set<Hook<R>>();

  /** @param limit how many are remembered, about */
  constructor(limit: number) {
    this.#limit = limit;
  }

  add(record: R): R {
    this.list.push(record);
    if (this.list.length > this.#limit * 1.1) this.list.splice(0, this.list.length - this.#limit);
    return record;
  }

  /** Before each request is handled. @returns how to stop it */
  onRequest(hook: Hook<R>): () => void {
    this.#before.add(hook);
    return () => void this.#before.delete(hook);
  }

  /** Once a request was carried out, before its answer leaves. @returns how to stop it */
  onAnswer(hook: Hook<R>): () => void {
    this.#after.add(hook);
    return () => void this.#after.delete(hook);
  }

  async arrived(record: R): Promise<void> {
    for (const hook of this.#before) await hook(record);
  }

  async carriedOut(record: R): Promise<void> {
    for (const hook of this.#after) await hook(record);
  }
}

/** What was asked; the query without its question mark. */
export function targetOf(request: IncomingMessage): { method: string; path: string; query: string } {
  const target = request.url ?? '/';
  const mark = target.indexOf('?');
  return {
    method: request.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
  };
}
