/**
 * Rows are moved in the database as the table of moves says, and not otherwise: by `moveRow`, and so by all that
 * `movingRows` makes. The statements that put down many rows (`noteArrivals`, `noteRead`, `noteDecided`) are not played here.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { byThemselves } from '../../../src/db/database.js';
import { moved, rowEvents, rowMoves } from '../../../src/ledger/row-moves.js';
import { moveRow, movingRows } from '../../../src/ledger/rows.js';
import { type RowState, rowStates } from '../../../src/reconcile/types.js';
import { openTestMirror, type TestMirror } from '../../support/backfill-in-process.js';

let mirror: TestMirror;
beforeAll(async () => {
  mirror = await openTestMirror();
});
afterAll(() => mirror.close());

const events = rowEvents.flatMap((event) => rowMoves[event].to.map((to) => [event, to] as const));

it('each event moves a row of each state as the table of moves says', async () => {
  const tx = byThemselves(mirror.db);
  const states = [...rowStates, null];
  const all = events.flatMap(([event, to]) =>
    states.map((from) => ({ event, to, from, atsId: `${event} ${to} ${from}` })),
  );
  await mirror.rows(
    `insert into sync.desired_rows (resource, ats_id, state)
     select 'jobs', ats_id, state from unnest($1::text[], $2::text[]) k(ats_id, state) where state is not null`,
    [all.map(({ atsId }) => atsId), all.map(({ from }) => from)],
  );
  for (const { event, to, atsId } of all)
    await moveRow(tx, { account: 'default', resource: 'jobs', atsId }, event, to);
  const found = await mirror.rows<{ ats_id: string; state: RowState }>(
    'select ats_id, state from sync.desired_rows',
  );
  const now = new Map(found.map(({ ats_id, state }) => [ats_id, state]));
  for (const { event, to, from, atsId } of all)
    expect([atsId, now.get(atsId) ?? null]).toEqual([atsId, moved(from, event, to)]);
});

it('rows that are moved by any events in any order only ever make the moves of the table', async () => {
  const tx = byThemselves(mirror.db);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...events), { maxLength: 12 }), async (steps) => {
      const row = { account: 'default', resource: 'users', atsId: `U-${++run}` };
      let state: RowState | null = null;
      for (const [event, to] of steps) {
        await moveRow(tx, row, event, to);
        state = moved(state, event, to);
      }
      const [found] = await mirror.rows<{ state: RowState }>(
        `select state from sync.desired_rows where resource = 'users' and ats_id = $1`,
        [row.atsId],
      );
      expect(found?.state ?? null).toBe(state);
    }),
    { numRuns: 15 },
  );
});

it('a state that its event does not lead to is refused before anything is written', async () => {
  const row = { account: 'default', resource: 'jobs', atsId: 'J-1' };
  await expect(moveRow(byThemselves(mirror.db), row, 'sent', 'synced')).rejects.toThrow('becomes synced');
  expect(() => movingRows('refused', 'some')).toThrow('has to be told');
});

it('PostgreSQL takes no state that the table of moves does not know', async () => {
  await expect(
    mirror.rows(`insert into sync.desired_rows (resource, ats_id, state) values ('jobs', 'J-2', 'lost')`),
  ).rejects.toThrow('desired_rows_state_known');
});
