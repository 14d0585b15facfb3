/** What came up how often, as `test/simulation/coverage.ts` counts it, of several processes together. */

const sum = (all) => {
  const total = {};
  for (const counted of all)
    for (const [name, times] of Object.entries(counted)) total[name] = (total[name] ?? 0) + times;
  return Object.fromEntries(Object.entries(total).sort(([a], [b]) => (a < b ? -1 : 1)));
};

/** @param {Array<{ never: string[], times: Record<string, number>, pairs: Record<string, number>, events: number }>} all */
export function added(all) {
  const times = sum(all.map((one) => one.times));
  return {
    never: (all[0]?.never ?? []).filter((name) => times[name] === undefined),
    times,
    pairs: sum(all.map((one) => one.pairs)),
    events: all[0]?.events ?? 0,
  };
}

/** @param {ReturnType<typeof added>} counted */
export function tableOf({ never, times, pairs, events }) {
  const line = (name, count) => `${String(count).padStart(7)}  ${name}`;
  return [
    ...Object.entries(times).map(([name, count]) => line(name, count)),
    ...never.map((name) => line(name, 0)),
    `${Object.keys(pairs).length} of ${events ** 2} pairs of events came one right after the other`,
  ].join('\n');
}
