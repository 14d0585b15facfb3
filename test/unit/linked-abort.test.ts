import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { linkedAbort } from '../../src/linked-abort.js';

describe('linkedAbort', () => {
  it('aborts with its source, for the same reason', () => {
    const source = new AbortController();
    const { signal } = linkedAbort(source.signal);
    expect(signal.aborted).toBe(false);
    const reason = new Error('enough');
    source.abort(reason);
    expect(signal.reason).toBe(reason);
  });

  it('is aborted from the beginning if its source is', () => {
    const reason = new Error('enough');
    expect(linkedAbort(AbortSignal.abort(reason)).signal.reason).toBe(reason);
  });

  it('aborts by itself, and its source does not', () => {
    const source = new AbortController();
    const { signal, abort } = linkedAbort(source.signal);
    abort('by itself');
    source.abort('later');
    expect(signal.reason).toBe('by itself');
  });

  it('leaves nothing with its source once it is unlinked', () => {
    const source = new AbortController();
    const many = Array.from({ length: 100 }, () => linkedAbort(source.signal));
    expect(getEventListeners(source.signal, 'abort')).toHaveLength(100);
    for (const { unlink } of many) unlink();
    expect(getEventListeners(source.signal, 'abort')).toEqual([]);
    source.abort();
    expect(many.some(({ signal }) => signal.aborted)).toBe(false);
    // AbortSignal.any keeps its own books, under a symbol.
    const sets = Object.getOwnPropertySymbols(source.signal).map(
      (symbol) => (source.signal as unknown as Record<symbol, unknown>)[symbol],
    );
    expect(sets.some((value) => value instanceof Set && value.size > 0)).toBe(false);
  });
});
