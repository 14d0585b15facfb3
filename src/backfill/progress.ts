/** What a backfill tells while it runs; the command line draws it, logs it, or ignores it. */

export type Phase = 'sweep' | 'deletions' | 'details' | 'writes';

export interface Progress {
  /** A part of the work begins. `total` is null where nobody can know it beforehand. */
  begin(resource: string, phase: Phase, total: number | null, done: number): void;
  /**
   * `done` objects of it are stored.
   * @param total if it has become another
   * @param requests what is left asks of the budget; one for each object unless given
   */
  advance(resource: string, phase: Phase, done: number, total?: number, requests?: number): void;
  end(resource: string, phase: Phase, outcome: string): void;
}

export const noProgress: Progress = { begin() {}, advance() {}, end() {} };

/** Counts of one resource, as the summary and --json show them. */
export interface ResourceCounts {
  read: number;
  created: number;
  updated: number;
  unchanged: number;
  deleted: number;
  /** Rows put aside because they could not be stored. */
  quarantined: number;
  /** Single objects read for what the listing leaves out. */
  details: number;
}

export function noCounts(): ResourceCounts {
  return { read: 0, created: 0, updated: 0, unchanged: 0, deleted: 0, quarantined: 0, details: 0 };
}

export function addCounts(sum: ResourceCounts, more: Partial<ResourceCounts>): void {
  for (const key of Object.keys(sum) as Array<keyof ResourceCounts>) sum[key] += more[key] ?? 0;
}
