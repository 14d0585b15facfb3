/** The result of a backfill for people. */
import type { BackfillResult } from '../../backfill/result.js';
import { takesPerson } from '../../errors.js';
import { type Column, table } from '../../status/render/table.js';
import { count, fitted } from '../../status/render/words.js';
import { duration } from './progress-lines.js';

const counted = ['read', 'created', 'updated', 'unchanged', 'deleted', 'details'] as const;
const columns: Column[] = [{ title: '' }, ...counted.map((title) => ({ title, align: 'right' as const }))];

/** @param width columns of the terminal; null where it is none */
export function summary(result: BackfillResult, width: number | null = null): string {
  const lines = [
    '',
    `Account ${result.account}: ${headline(result)}`,
    `${count(result.requests)} ${result.requests === 1 ? 'request' : 'requests'}${
      result.rateLimited > 0 ? ` (${result.rateLimited} were answered 429)` : ''
    } in ${duration(result.seconds)}`,
    '',
  ];
  const rows = Object.entries(result.resources).map(([name, counts]) => [
    name,
    ...counted.map((column) => count(counts[column])),
  ]);
  if (rows.length > 0) lines.push(...table(columns, rows, { width, indent: 2 }), '');
  const read = readOfAts(result);
  if (read !== null) lines.push(`  From the ATS: ${read}`, '');
  const told = carriedOver(result);
  if (told !== null) lines.push(`  To Spark Hire: ${told}`, '');
  if (result.writtenBack !== undefined && result.writtenBack.written > 0)
    lines.push(`  To the ATS: ${result.writtenBack.written} written back`, '');
  for (const note of result.notes) lines.push(`  ! ${note}`);
  if (result.openConflicts > 0) {
    const one = result.openConflicts === 1;
    lines.push(
      `  ! ${one ? '1 decision waits' : `${result.openConflicts} decisions wait`} for you: sparkhire-sync conflicts`,
    );
  }
  return `${fitted(lines.join('\n'), width)}\n`;
}

function headline(result: BackfillResult): string {
  if (result.error?.code === 'ABORTED') return 'stopped; progress is saved, run it again to continue';
  if (result.error?.code === 'PLAN_CHANGED')
    return 'nothing was sent: this is not the plan that was approved';
  if (!result.ok) {
    const read = Object.values(result.resources).some((counts) => counts.read > 0 || counts.details > 0);
    if (!read) return 'failed before anything was read';
    return `failed; progress is saved${takesPerson(result.error?.code ?? null) ? '' : ', run it again to continue'}`;
  }
  if (!result.complete)
    return 'read, but it could not be verified that nothing is missing: nothing was marked deleted; the next sweep tries again';
  return 'mirrored completely';
}

/** What was read of a connected ATS; null where there is nothing to tell. */
function readOfAts({ ats }: BackfillResult): string | null {
  if (ats === undefined || ats.entries + ats.canceled + ats.jobs + ats.users === 0) return null;
  return `${ats.invited} to be invited, ${ats.skipped} skipped, ${ats.canceled} taken back`;
}

/** What became of the ATS's rows; null where there is nothing to tell. */
function carriedOver({ pushed, withoutKey, withoutUser }: BackfillResult): string | null {
  const forKeys = [
    withoutKey === undefined ? '' : `, ${withoutKey} of them for an API key alone`,
    withoutUser === undefined ? '' : `, ${withoutUser} of them for a user who is disabled or gone`,
  ].join('');
  const done = (['created', 'updated', 'canceled', 'adopted'] as const).map(
    (name) => `${pushed[name]} ${name}`,
  );
  const left = [
    pushed.held > 0 ? `${pushed.held} held${forKeys}` : null,
    pushed.conflicts > 0 ? `${pushed.conflicts} in conflict` : null,
    pushed.rejected > 0 ? `${pushed.rejected} rejected` : null,
  ].filter((part) => part !== null);
  if (Object.values(pushed).every((count) => count === 0)) return null;
  const why = left.length > 0 ? `; ${left.join(', ')} (see sparkhire-sync issues)` : '';
  return `${done.join(', ')}${why}`;
}
