/** What `doctor` found out, for people. Pure. */
import type { Check, CheckLevel } from '../checks/check.js';
import { counted, wrapped } from './words.js';

const marks: Record<CheckLevel, string> = { ok: '✓', warning: '!', failed: '✗', skipped: '–' };
const widest = 100;
/** On a narrower terminal what is told of a check comes under its name. */
const narrowest = 60;

/** @param width columns of the terminal; null where it is none */
export function renderChecks(checks: readonly Check[], width: number | null = null): string {
  const columns = Math.min(width ?? widest, widest);
  const lines: string[] = [];
  let account: string | null = null;
  for (const check of checks) {
    if (check.account !== account) {
      account = check.account;
      if (lines.length > 0) lines.push('');
      if (account !== null) lines.push(`Account ${account}`);
    }
    lines.push(...checkLines(check, columns));
  }
  return `${[...lines, '', verdict(checks)].join('\n')}\n`;
}

function checkLines({ check, level, detail, remedy }: Check, columns: number): string[] {
  const name = `${marks[level]} ${check.replaceAll('_', ' ')}`;
  const isNarrow = columns < narrowest;
  const indent = ' '.repeat(isNarrow ? 2 : 19);
  const told = wrapped(detail, columns - indent.length);
  const [first, ...more] = isNarrow ? [name, ...told] : [`${name.padEnd(19)}${told[0]}`, ...told.slice(1)];
  const advice = remedy === null ? [] : wrapped(remedy, columns - indent.length - 2);
  return [
    first!,
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
