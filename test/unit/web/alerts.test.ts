/** What operators are given to watch the service asks for metrics and labels that there are, and says what to do. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createMetrics } from '../../../src/web/metrics.js';

const textOf = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

interface Rule {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: string };
  annotations: { summary: string; description: string; runbook: string };
}
const { groups } = parse(textOf('deploy/prometheus/alerts.yml')) as { groups: Array<{ rules: Rule[] }> };
const rules = groups.flatMap((group) => group.rules);
const { panels } = JSON.parse(textOf('deploy/grafana/sparkhire-sync.json')) as {
  panels: Array<{ title: string; targets?: Array<{ expr: string }> }>;
};
const asked = [
  ...rules.map(({ alert, expr }) => ({ where: alert, expr })),
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ where: title, expr }))),
];

/** Name → labels; a histogram under the name of its buckets. */
const metrics = new Map<string, ReadonlySet<string>>();
beforeAll(async () => {
  const docs = textOf('docs/metrics.md');
  for (const [, name, , type] of (await createMetrics().text()).matchAll(
    /^# HELP (\w+) (.+)\n# TYPE \S+ (\w+)$/gm,
  )) {
    const short = name!.replace(/^sparkhire_sync_/, '');
    const line = docs.split('\n').find((text) => text.split('|')[1]?.includes(`\`${short}\``));
    const labels = (line?.split('|')[2] ?? '').split(',').map((label) => label.trim());
    metrics.set(type === 'histogram' ? `${name}_bucket` : name!, new Set([...labels, 'le']));
  }
});

describe.each(asked)('$where', ({ expr }) => {
  it('asks for metrics that there are, by labels that they have', () => {
    const named = [...expr.matchAll(/\b((?:sparkhire_sync|process|nodejs)_\w+)(?:\{([^}]*)\})?/g)];
    expect(named.length).toBeGreaterThan(0);
    for (const [, name, selector = ''] of named) {
      const labels = metrics.get(name!);
      expect([name, labels !== undefined]).toEqual([name, true]);
      const used = [...selector.matchAll(/(\w+)\s*[=!]/g)].map(([, label]) => label!);
      // Prometheus itself adds these.
      expect(used.filter((label) => !labels!.has(label) && !['job', 'instance'].includes(label))).toEqual([]);
    }
  });
});

describe('each alert', () => {
  const headings = [...textOf('docs/runbook.md').matchAll(/^## (\S+)$/gm)].map(([, name]) => name!);

  it('has its section in the runbook, and the runbook no other', () => {
    expect(headings).toEqual(rules.map(({ alert }) => alert));
  });

  it.each(rules)('$alert waits before it fires, says how urgent it is and where to read on', (rule) => {
    expect(rule.for).toMatch(/^\d+[mh]$/);
    expect(['critical', 'warning']).toContain(rule.labels.severity);
    expect(rule.annotations.runbook).toBe(`docs/runbook.md#${rule.alert.toLowerCase()}`);
    expect(rule.annotations.description).toMatch(/\.$/);
  });

  it('counts an account once, however many replicas show its figures', () => {
    const ofDatabase =
      /sparkhire_sync_(account_stale|lag_seconds|open_conflicts|ats_rows|oldest_waiting_seconds|failures_in_a_row|unknown_writes)/;
    for (const { alert, expr } of rules.filter((rule) => ofDatabase.test(rule.expr)))
      expect([alert, /max by \([^)]*account[^)]*\) \(sparkhire_sync/.test(expr)]).toEqual([alert, true]);
  });
});
