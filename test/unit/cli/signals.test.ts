/** What the signals of a process come to. */
import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Signalled, stopOnSignals } from '../../../src/cli/invocation.js';

let events: EventEmitter;
let exits: number[];
let now: number;
let signal: AbortSignal;
beforeEach(() => {
  events = new EventEmitter();
  exits = [];
  now = 5_000;
  const of: Signalled = {
    on: (name, listener) => events.on(name, () => listener(name)),
    exit: (code) => void exits.push(code),
  };
  signal = stopOnSignals(of, () => now);
});

describe('a signal', () => {
  it.each(['SIGINT', 'SIGTERM'])('%s asks to stop, and says so', (name) => {
    expect(signal.aborted).toBe(false);
    events.emit(name);
    expect(signal.reason).toMatchObject({ code: 'ABORTED', message: `Stopped by ${name}.` });
    expect(exits).toEqual([]);
  });

  it('that comes twice, from the terminal and through npm, is one', () => {
    events.emit('SIGINT');
    now += 1_000;
    events.emit('SIGINT');
    events.emit('SIGTERM');
    expect(exits).toEqual([]);
  });

  it('that comes again more than a second later ends the process at once', () => {
    events.emit('SIGTERM');
    now += 1_001;
    events.emit('SIGINT');
    expect(exits).toEqual([1]);
  });
});
