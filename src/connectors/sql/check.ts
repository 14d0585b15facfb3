/** What `ats check` finds out of a view or query of entries: whether it can be read, its columns, its rows, its stages. */
import { type Finding, failed } from '../connector.js';
import { triggerFindings } from '../pull/triggers.js';
import { type StageRow, stageOf } from './decode.js';
import type { SqlReader } from './reader.js';
import type { SqlSettings } from './settings.js';

interface Counts {
  rows: number;
  latest: Date | null;
  incomplete: number;
  untimed: number;
  copies: number;
  odd_jobs: string | null;
  future: number;
}

export async function checkSql(
  reader: SqlReader,
  account: string,
  settings: SqlSettings,
  signal: AbortSignal,
): Promise<Finding[]> {
  try {
    const [counts] = await reader.read<Counts>((all) => all.counts, [account], signal);
    if (counts!.rows === 0) {
      return [
        {
          check: 'ats_access',
          level: 'failed',
          detail: `${reader.source} can be read and has no rows`,
          remedy:
            'See whether the loader has filled its tables, and whether the query leaves everything out. Nobody is withdrawn for it.',
        },
      ];
    }
    const latest = counts!.latest === null ? '' : `, the latest of ${counts!.latest.toISOString()}`;
    const access: Finding = {
      check: 'ats_access',
      level: 'ok',
      detail: `${reader.source} has ${counts!.rows} ${counts!.rows === 1 ? 'entry' : 'entries'}${latest}`,
      remedy: null,
    };
    const stages = await reader.read<StageRow>((all) => all.stages, [account], signal);
    const triggers = triggerFindings(settings.triggers, stages.map(stageOf)).map((finding) =>
      finding.level === 'failed'
        ? {
            ...finding,
            remedy: `${finding.remedy} A stage shows here once somebody has entered it, in a job whose job_status is not closed.`,
          }
        : finding,
    );
    return [access, ...rowFindings(counts!), ...triggers];
  } catch (error) {
    signal.throwIfAborted();
    return [failed('ats_access', error)];
  }
}

/** What keeps people from being invited, though the rows can be read. */
function rowFindings({ incomplete, copies, untimed, odd_jobs, future }: Counts): Finding[] {
  const rows = (count: number) => `${count} ${count === 1 ? 'row' : 'rows'}`;
  const told: Array<[boolean, string, string]> = [
    [
      incomplete > 0,
      `${rows(incomplete)} without entry_id, application_id, stage or status: left out until they have them`,
      'That passes where the loader fills one table after the other; if it stays, correct the query.',
    ],
    [
      copies > 0,
      `${rows(copies)} more than there are entry_ids; of those with the same one the first by entered_at counts`,
      'Let the query make a row for each entry, and an entry_id that stays the same for it.',
    ],
    [
      untimed > 0,
      `${rows(untimed)} without entered_at: such an entry counts since it was first met, if that was after the first reading`,
      'Give the time if the ATS has it; with `from: all` it does not matter.',
    ],
    [
      future > 0,
      `${rows(future)} with an entered_at to come`,
      'Times without a zone are taken for UTC: add `at time zone` in the query if they are not.',
    ],
    [
      odd_jobs !== null,
      `job_status is to be open, draft or closed, and is also: ${odd_jobs}; that counts as closed`,
      'Translate it in the query.',
    ],
  ];
  return told
    .filter(([isSo]) => isSo)
    .map(([, detail, remedy]) => ({ check: 'ats_rows', level: 'warning', detail, remedy }));
}
