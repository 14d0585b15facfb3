/**
 * An AbortController for one piece of work under a longer one. `AbortSignal.any` would do the same, but in Node 20
 * it leaves an entry with each of its sources for as long as they live: a service would never stop growing.
 */
import { setMaxListeners } from 'node:events';

export interface LinkedAbort {
  /** Aborts with `source`, and for its reason, or by `abort`. */
  signal: AbortSignal;
  abort(reason: unknown): void;
  /** To be called when the work has ended: `source` keeps nothing of it, and aborts it no more. */
  unlink(): void;
}

export function linkedAbort(source: AbortSignal): LinkedAbort {
  const controller = new AbortController();
  const follow = () => controller.abort(source.reason);
  if (source.aborted) follow();
  else {
    // Many pieces of work at the same time are no leak.
    setMaxListeners(0, source);
    source.addEventListener('abort', follow, { once: true });
  }
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    unlink: () => source.removeEventListener('abort', follow),
  };
}
