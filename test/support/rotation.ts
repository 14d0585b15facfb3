/** Readings of the API, cases and seeds in turn, and runs of a property: a sixth of them, at least one, all of them in CI. */

/** The day decides, unless TURN says which sixth. */
const turn = Number(process.env.TURN ?? Math.floor(Date.now() / 86_400_000));
const parts = 6;

/** Of these the ones whose turn it is; all of them with `npm run test:all`. */
export function inTurn<T>(all: readonly T[]): T[] {
  if (process.env.ALL_READINGS) return [...all];
  const step = Math.min(parts, Math.max(1, all.length));
  return all.filter((_, index) => index % step === turn % step);
}

/** Of so many runs of a property. */
export const runsOf = (all: number) => (process.env.ALL_READINGS ? all : Math.ceil(all / parts));
