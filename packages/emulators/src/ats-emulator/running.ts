import type { Hook, RequestLog } from '../emulation/request-log.js';

interface Parts<R, D> {
  api: { readonly log: RequestLog<R>; close(): void };
  sender: { readonly deliveries: D[]; settle(): Promise<void>; close(): Promise<void> };
  /** Ends the listening. */
  stop(): Promise<void>;
  stopLiving: (() => void) | undefined;
}

/** How an emulated ATS is watched, and how it ends: once, however often it is asked to. */
export function running<R, D>({ api, sender, stop, stopLiving }: Parts<R, D>) {
  let closing: Promise<void> | undefined;
  return {
    requests: api.log.list,
    deliveries: sender.deliveries,
    onRequest: (hook: Hook<R>) => api.log.onRequest(hook),
    onAnswer: (hook: Hook<R>) => api.log.onAnswer(hook),
    settleDeliveries: () => sender.settle(),
    close() {
      closing ??= (async () => {
        stopLiving?.();
        api.close();
        await Promise.all([stop(), sender.close()]);
      })();
      return closing;
    },
  };
}
