/** Work that the console asks for. */
import { getEventListeners } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { Account } from '../../../src/config.js';
import { workFor } from '../../../src/console/answers/asked-work.js';
import type { ConsoleContext } from '../../../src/console/context.js';

it('many pieces of work at the same time are no leak, and none is left of them', async () => {
  const warnings: string[] = [];
  const heard = ({ name }: Error) => void warnings.push(name);
  process.on('warning', heard);
  onTestFinished(() => void process.off('warning', heard));
  const { signal } = new AbortController();
  const accounts = [{ name: 'default' } as Account];
  // Nothing listens there.
  const databaseUrl = 'postgres://nobody@127.0.0.1:1/nothing';
  const context = { accounts, databaseUrl, signal } as unknown as ConsoleContext;
  const works = Array.from({ length: 12 }, () => workFor(context, 'default', 'plan', {}));
  for (const { status } of await Promise.allSettled(works)) expect(status).toBe('rejected');
  await turn();
  expect(warnings).toEqual([]);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
