// What `forget` asks of the database in a company with years of history: of the transaction that finds and erases.

import { withFilled } from './database.mjs';
import { busyMs, fill } from './explain.mjs';
import { fixed, percentile, printTable, whole } from './figures.mjs';

const rounds = 20;

export { bench as forget };

async function bench({ quick, server }) {
  const interviews = quick ? 100_000 : 1_000_000;
  return withFilled(server, { fill: (client) => fill(client, interviews) }, async ({ db }) => {
    const { inTransaction, query } = await import('../dist/db/database.js');
    const { block, erase, findTraces, forgottenSince, writesOf } = await import('../dist/forgotten/erase.js');
    const [{ pid }] = await query(db, 'select pg_backend_pid() as pid');
    const one = (email) =>
      inTransaction(db, async (tx) => {
        await forgottenSince(tx, 'default', email);
        const traces = await findTraces(tx, 'default', email);
        await writesOf(tx, 'default', traces);
        await block(tx, 'default', email, traces);
        return Object.values(await erase(tx, 'default', traces)).reduce((sum, rows) => sum + rows, 0);
      });
    const measured = [];
    for (const [name, emailOf] of [
      ['who was invited', (round) => `C${round * 20 + 1}@People.example`],
      ['who was skipped', (round) => `s${round + 1}@people.example`],
      ['nobody', (round) => `n${round}@nowhere.example`],
    ]) {
      const all = [];
      let rows = 0;
      for (let round = 0; round < rounds; round++) {
        const [began, before] = [performance.now(), busyMs(pid)];
        rows = await one(emailOf(round));
        all.push({ ms: performance.now() - began, server: before === null ? null : busyMs(pid) - before });
      }
      const of = (column, share) =>
        all.some((figure) => figure[column] === null)
          ? null
          : percentile(
              all.map((figure) => figure[column]),
              share,
            );
      const figures = { server: of('server', 0.5), serverMost: of('server', 1) };
      measured.push({ name, rows, ...figures, median: of('ms', 0.5), most: of('ms', 1) });
    }
    console.log(
      `\n\`forget\`: ${whole(interviews)} interviews, 100,000 rows of the ATS; milliseconds, ${rounds} people each. Server: what its process worked.`,
    );
    printTable(
      ['', 'rows emptied', 'server: median', 'most', 'answer: median', 'most'],
      measured.map(({ name, rows, server: own, serverMost, median, most }) => [
        name,
        rows,
        ...[own, serverMost, median, most].map((ms) => fixed(ms, 1)),
      ]),
    );
    return { interviews, rounds, measured };
  });
}
