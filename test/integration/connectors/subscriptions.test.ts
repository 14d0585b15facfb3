/** Webhooks that this program makes in an ATS: what is remembered of them, and what is told of what is wrong. */
import { expect, it, onTestFinished } from 'vitest';
import type { Connector, Subscriptions } from '../../../src/connectors/connector.js';
import { ensureSubscriptions, subscriptionProblem } from '../../../src/connectors/subscriptions.js';
import { openDatabase } from '../../../src/db/database.js';
import { SyncError } from '../../../src/errors.js';
import { createTestDatabase } from '../../support/database.js';

const { signal } = new AbortController();

async function scene() {
  const database = await createTestDatabase();
  const db = openDatabase(database.url);
  onTestFinished(async () => {
    await db.destroy();
    await database.drop();
  });
  const ensure = (subscriptions: Subscriptions | undefined) =>
    ensureSubscriptions(
      { db, account: 'north', connector: { kind: 'some', subscriptions } as Connector },
      'https://sync.example.com',
      signal,
    );
  return { ensure, problem: () => subscriptionProblem({ db, account: 'north', source: 'some' }) };
}

it('what an ATS without a list needs to know again is remembered, and what is wrong beside it', async () => {
  const { ensure, problem } = await scene();
  const asked: unknown[] = [];
  const remembers: Subscriptions = {
    async ensure(url, memory) {
      asked.push(url, await memory.read());
      await memory.write({ id: '7' });
      return 'it is switched off';
    },
  };
  expect(await ensure(remembers)).toBe('it is switched off');
  expect(await problem()).toBe('it is switched off');
  await ensure(remembers);
  const url = 'https://sync.example.com/ats/north';
  expect(asked).toEqual([url, {}, url, { id: '7' }]);
});

it('a failure of the ATS is told, and forgotten once it is over', async () => {
  const { ensure, problem } = await scene();
  const fails = () =>
    Promise.reject(new SyncError('ATS_FORBIDDEN', 'Some: not allowed.', { remedy: 'Ask.' }));
  expect(await ensure({ ensure: fails })).toBe('Some: not allowed.');
  expect(await problem()).toBe('Some: not allowed.');
  expect(await ensure({ ensure: async () => null })).toBeNull();
  expect(await problem()).toBeNull();
});

it('an ATS whose webhooks people make by hand is left alone', async () => {
  const { ensure, problem } = await scene();
  expect(await ensure(undefined)).toBeNull();
  expect(await problem()).toBeNull();
});
