/**
 * Spark Hire keeps descriptions in a form of its own, and does not show them in what it answers to a change.
 * @module-tag rare
 */
import { expect, it } from 'vitest';
import { aJob, openPushScene } from '../../../support/push-scene.js';
import { startRewritingProxy } from '../../../support/rewriting-proxy.js';

it('a description that only the single job shows, and otherwise than it was sent, is edited all the same', async ({
  onTestFinished,
}) => {
  const scene = await openPushScene(onTestFinished);
  const proxy = await startRewritingProxy(scene.emulator.url, {
    answer({ method, path }, { status, body }) {
      if (!/\/jobs\b/.test(path)) return { status, body };
      const { description, ...job } = JSON.parse(body);
      if (method !== 'GET') return { status, body: JSON.stringify(job) };
      if (description === undefined) return { status, body };
      return { status, body: JSON.stringify({ ...job, description: `<p>${description}</p>` }) };
    },
  });
  onTestFinished(() => proxy.close());
  const settings = { SPARKHIRE_BASE_URL: proxy.url };
  await scene.put('jobs', aJob('J-1'));
  expect((await scene.run(['sync'], settings)).code).toBe(0);
  expect((await scene.run(['sync'], settings)).code).toBe(0);
  scene.writes();
  for (const description of ['Bakes cakes.', 'Bakes pies.']) {
    await scene.put('jobs', aJob('J-1', { description }));
    expect(await scene.run(['sync'], settings)).toMatchObject({ code: 0, json: { pushed: { updated: 1 } } });
    expect((await scene.run(['sync'], settings)).code).toBe(0);
    expect(scene.writes()).toMatchObject([{ method: 'PUT', body: { description } }]);
  }
  expect(await scene.states('job')).toEqual({ 'J-1': 'synced' });
});
