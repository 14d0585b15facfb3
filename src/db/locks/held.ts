/** Proof that the locks of a connection are still held: it answers. */
import { codedIfKnown, connectionError } from '../connection-error.js';

/** A sign that is no older says that the locks are held. */
const freshMs = 1_000;

/**
 * Requests ask all the time, and several at once: one answer serves them all, for a second.
 * @param lost aborts when the locks are lost
 * @param ask a statement on the connection that holds them
 * @returns a function that resolves while they are held, and rejects else: with DATABASE_UNREACHABLE where no answer comes
 */
export function freshSign(lost: AbortSignal, ask: () => Promise<unknown>): () => Promise<void> {
  let confirming: Promise<unknown> | null = null;
  let confirmedAt = Number.NEGATIVE_INFINITY;
  return async () => {
    lost.throwIfAborted();
    if (performance.now() - confirmedAt <= freshMs) return;
    confirming ??= ask()
      .catch((error: unknown) => {
        throw connectionError(codedIfKnown(error));
      })
      .finally(() => {
        confirming = null;
      });
    await confirming;
    lost.throwIfAborted();
    confirmedAt = performance.now();
  };
}
