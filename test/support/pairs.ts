/**
 * Pairwise covering arrays: few combinations that hold every pair of values of every two parameters. Most faults
 * that need several settings at once need two.
 */

export type Parameters = Readonly<Record<string, readonly unknown[]>>;
export type Combination = Record<string, unknown>;

/**
 * Greedy, one combination at a time: each begins with a pair that is still missing, and every further parameter
 * takes the value that covers most missing pairs with those already chosen. Always the same for the same input.
 */
export function coveringPairs(parameters: Parameters): Combination[] {
  const names = Object.keys(parameters).sort((a, b) => parameters[b]!.length - parameters[a]!.length);
  const sizes = names.map((name) => parameters[name]!.length);
  if (names.length === 0) return [];
  if (names.length === 1) return parameters[names[0]!]!.map((value) => ({ [names[0]!]: value }));
  const missing = new Set<string>();
  for (let a = 0; a < names.length; a++) {
    for (let b = a + 1; b < names.length; b++) {
      for (let i = 0; i < sizes[a]!; i++) {
        for (let j = 0; j < sizes[b]!; j++) missing.add(pairKey(a, i, b, j));
      }
    }
  }
  const combinations: Combination[] = [];
  for (let round = 0; missing.size > 0; round++) {
    const [a, i, b, j] = (missing.values().next().value as string).split('.').map(Number) as Four;
    const chosen = new Map([
      [a, i],
      [b, j],
    ]);
    for (let c = 0; c < names.length; c++) if (!chosen.has(c)) chosen.set(c, bestValue(c, chosen, round));
    for (const [p, v] of chosen) {
      for (const [q, w] of chosen) if (p < q) missing.delete(pairKey(p, v, q, w));
    }
    combinations.push(
      Object.fromEntries(names.map((name, index) => [name, parameters[name]![chosen.get(index)!]])),
    );
  }
  return combinations;

  function bestValue(c: number, chosen: ReadonlyMap<number, number>, round: number): number {
    let best = 0;
    let most = -1;
    for (let k = 0; k < sizes[c]!; k++) {
      // Ties go round, so that values nothing depends on change as well.
      const value = (k + round) % sizes[c]!;
      let covered = 0;
      for (const [p, v] of chosen) {
        if (missing.has(p < c ? pairKey(p, v, c, value) : pairKey(c, value, p, v))) covered++;
      }
      if (covered > most) {
        most = covered;
        best = value;
      }
    }
    return best;
  }
}

type Four = [number, number, number, number];

function pairKey(a: number, i: number, b: number, j: number): string {
  return `${a}.${i}.${b}.${j}`;
}
