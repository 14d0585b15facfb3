/** A wait of hours that the ATS asks for is kept to by every process, and told. */
import { expect, it } from 'vitest';
import { connect } from '../pull-fixture.js';
import { startHarvest } from './harvest.js';

it.each([429, 503])('%i with Retry-After: 86400', async (status) => {
  const harvest = await startHarvest();
  const scene = await connect({ candidates: 0 }, harvest.variables);
  await scene.pull();
  const signal = new AbortController().signal;
  const wait = { status, headers: { 'retry-after': '86400' } };
  harvest.instead = () => wait;
  const before = harvest.requests.length;
  const asked = () => harvest.requests.length - before;
  const at = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const told = { code: 'ATS_RATE_LIMITED', message: expect.stringContaining(`no more requests until ${at}`) };
  await expect(scene.pull()).rejects.toMatchObject(told);
  expect(asked()).toBe(1);
  harvest.instead = () => undefined;
  // Neither this process nor another one asks before.
  await expect(scene.pull()).rejects.toMatchObject(told);
  scene.reconnect();
  await expect(scene.pull()).rejects.toMatchObject(told);
  expect(asked()).toBe(1);
  expect(await scene.connector.check(signal)).toMatchObject([{ level: 'failed' }]);
  expect(asked()).toBe(1);
  // A person may, as long as that is refused.
  harvest.instead = () => wait;
  scene.connector.insist!();
  const [refused] = await scene.connector.check(signal);
  expect(refused).toMatchObject({ level: 'failed', detail: expect.stringContaining(told.code) });
  expect(asked()).toBe(2);
  await expect(scene.pull()).rejects.toMatchObject(told);
  expect(asked()).toBe(2);
  harvest.instead = () => undefined;
  scene.connector.insist!();
  await scene.connector.check(signal);
  await scene.pull();
  scene.reconnect();
  await scene.pull();
});
