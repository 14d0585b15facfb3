/** Readings of the API and seeds in turn: a third of them in a run, all of them in CI. */

/** The day decides, unless TURN says which third. */
const turn = Number(process.env.TURN ?? Math.floor(Date.now() / 86_400_000)) % 3;

/** Of these the third whose turn it is; all of them with `npm run test:all`. */
export function inTurn<T>(all: readonly T[]): T[] {
  return process.env.ALL_READINGS ? [...all] : all.filter((_, index) => index % 3 === turn);
}
