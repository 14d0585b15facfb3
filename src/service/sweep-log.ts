/** A sweep's progress in the service's log: a line a listing, at its end. */
import { noProgress, type Progress } from '../backfill/progress.js';
import type { Logger } from '../log.js';

export function sweepLog(log: Logger): Progress {
  const read = new Map<string, number>();
  return {
    ...noProgress,
    advance(resource, phase, done) {
      read.set(`${resource} ${phase}`, done);
    },
    end(resource, phase, outcome) {
      const done = read.get(`${resource} ${phase}`) ?? 0;
      log.info(
        { event: `${phase}_ended`, resource, done, outcome },
        `${resource} ${phase}: ${done}, ${outcome}`,
      );
    },
  };
}
