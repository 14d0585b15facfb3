/** What a list has just told: whoever needs one of its rows within a minute is spared a request. */
import type { Clock } from '../../clock.js';

export interface Recently<Row> {
  put(id: string, row: Row): void;
  /** Once each: whoever asks later asks for how it is then. null: not known, or too old. */
  take(id: string): Row | null;
}

const freshMs = 60_000;
/** Rows are kept for the reading that listed them; of a longer list the rest is asked for one by one. */
const most = 20_000;

export function recently<Row>(clock: Clock): Recently<Row> {
  const rows = new Map<string, { row: Row; at: number }>();
  return {
    put(id, row) {
      const oldest = rows.entries().next().value;
      if (oldest !== undefined && (rows.size >= most || clock.monotonic() - oldest[1].at > freshMs))
        rows.delete(oldest[0]);
      rows.delete(id);
      rows.set(id, { row, at: clock.monotonic() });
    },
    take(id) {
      const kept = rows.get(id);
      rows.delete(id);
      return kept !== undefined && clock.monotonic() - kept.at <= freshMs ? kept.row : null;
    },
  };
}
