/** What `doctor` found out, for people: at most 100 columns. Pure. */
import type { Check, CheckLevel } from './check.js';
import { counted, wrapped } from './words.js';

const marks: Record<CheckLevel, string> = { ok: '✓', warning: '!', failed: '✗', skipped: '–' };
const indent = ' '.repeat(19);

export function renderChecks(checks: readonly Check[]): string {
  const lines: string[] = [];
  let account: string | null = null;
  for (const check of checks) {
    if (check.account !== account) {
      account = check.account;
      if (lines.length > 0) lines.push('');
      if (account !== null) lines.push(`Account ${account}`);
    }
    lines.push(...checkLines(check));
  }
  return `${[...lines, '', verdict(checks)].join('\n')}\n`;
}

function checkLines({ check, level, detail, remedy }: Check): string[] {
  const [first, ...more] = wrapped(detail, 81);
  const advice = remedy === null ? [] : wrapped(remedy, 79);
  return [
    `${marks[level]} ${check.replaceAll('_', ' ').padEnd(16)} ${first}`,
    ...more.map((line) => `${indent}${line}`),
    ...advice.map((line, index) => `${indent}${index === 0 ? '→' : ' '} ${line}`),
  ];
}

function verdict(checks: readonly Check[]): string {
  const failed = checks.filter(({ level }) => level === 'failed').length;
  const warnings = checks.filter(({ level }) => level === 'warning').length;
  const blocked = checks.filter(({ ok, level }) => !ok && level === 'skipped').length;
  if (failed + warnings + blocked === 0) return 'Everything is in order.';
  const parts = [
    failed > 0 ? `${counted(failed, 'check')} failed` : null,
    blocked > 0 ? `${counted(blocked, 'check')} had to be left out` : null,
    warnings > 0 ? counted(warnings, 'warning') : null,
  ].filter((part) => part !== null);
  return `${parts.join(', ')}.${failed + blocked === 0 ? ' Nothing stands in the way of a start.' : ''}`;
}
