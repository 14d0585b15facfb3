/** How much memory V8 keeps for garbage, where a command goes on for as long as an account is large, or for good. */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * V8 lets garbage grow to several times what is in use before it looks through all of it, and the memory is not given back: a
 * service of hundreds of accounts kept three times what it needed.
 */
const oldSooner = '--heap-growing-percent=50';

/**
 * What is new is in one of two halves, which grow as long as much of it is in use when one is full: to 16 MB each and more, as
 * of a page all is in use until it is stored. With halves of 8 MB it takes no longer, with 2 MB a fifth.
 */
const mostNew = 16 * 2 ** 20;
const growNoMore = '--semi-space-growth-factor=1';
/** To double they take longer than this. */
const lookMs = 20;

/** @param command the first word of the command line */
export function boundGarbage(command: string | undefined): void {
  if (command !== 'run' && command !== 'backfill' && command !== 'sync') return;
  setFlagsFromString(oldSooner);
  if (command !== 'run') boundNew();
}

function boundNew(): void {
  const timer = setInterval(() => {
    const space = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
    if (space !== undefined && space.space_size < mostNew) return;
    setFlagsFromString(growNoMore);
    clearInterval(timer);
  }, lookMs);
  timer.unref();
}
