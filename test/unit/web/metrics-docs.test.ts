/** docs/metrics.md names each metric, and no other. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createMetrics } from '../../../src/web/metrics.js';

const docs = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');

it('every metric is in the list of metrics, and nothing else is', async () => {
  const text = await createMetrics().text();
  const made = [...text.matchAll(/^# TYPE sparkhire_sync_(\w+) /gm)].map(([, name]) => name!);
  const listed = docs
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...line.split('|')[1]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
  expect(listed.sort()).toEqual(made.sort());
});

it('every metric has a name that promtool lets pass, and a help', async () => {
  const text = await createMetrics().text();
  const metrics = [...text.matchAll(/^# HELP (\w+) (.+)\n# TYPE \S+ (\w+)$/gm)];
  expect(metrics.length).toBeGreaterThan(50);
  for (const [, name, help, type] of metrics) {
    expect([name, name!.endsWith('_total')]).toEqual([name, type === 'counter']);
    expect(name).not.toMatch(/_(milliseconds|minutes|gauge|counter|histogram)\b|[A-Z]/);
    expect(help).toMatch(/^[A-Z]/);
  }
});
