/**
 * Rows are moved in the database as the table of moves says, and not otherwise: by `moveRow`, and so by all that
 * `movingRows` makes, and by the statements that put down many rows.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { byThemselves, inTransaction, type Transaction } from '../../../src/db/database.js';
import { moved, type RowEvent, rowEvents, rowMoves } from '../../../src/ledger/row-moves.js';
import { moveRow, movingRows, noteArrivals, noteDecided, noteRead } from '../../../src/ledger/rows.js';
import { type Decision, type PushResource, type RowState, rowStates } from '../../../src/reconcile/types.js';
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

/** Each statement that puts down many rows, by its event: what makes a row of each state become what, all at once. */
const together = {
  arrived: async (tx, atsIds) => {
    await mirror.rows(
      `insert into sync.desired_queue (account, resource, ats_id) select 'default', 'packages', unnest($1::text[])`,
      [atsIds],
    );
    await noteArrivals(tx, 'default', ['packages' as PushResource]);
  },
  read: async (tx, atsIds, to) => {
    const rows = atsIds.map((atsId) => ({ atsId, hash: null, isThere: to === 'synced' }));
    await noteRead(tx, 'default', 'packages', rows);
  },
  decided: async (tx, atsIds, to) => {
    const rows = atsIds.map((atsId) => ({ resource: 'packages', atsId, state: to }) as unknown as Decision);
    await noteDecided(tx, 'default', rows, undefined);
  },
} satisfies Partial<
  Record<RowEvent, (tx: Transaction, atsIds: readonly string[], to: RowState) => Promise<void>>
>;

it.each(Object.keys(together) as Array<keyof typeof together>)(
  'many rows that are put down at once move as the table of moves says: %s',
  async (event) => {
    for (const to of rowMoves[event].to) {
      const named = (from: RowState | null) => `${event} to ${to} from ${from}`;
      const states = [...rowStates, null];
      const atsIds = states.map(named);
      await mirror.rows(
        `insert into sync.desired_rows (resource, ats_id, state)
         select 'packages', ats_id, state from unnest($1::text[], $2::text[]) k(ats_id, state) where state is not null`,
        [atsIds, states],
      );
      await inTransaction(mirror.db, (tx) => together[event](tx, atsIds, to));
      const found = await mirror.rows<{ ats_id: string; state: RowState }>(
        `select ats_id, state from sync.desired_rows where ats_id = any($1)`,
        [atsIds],
      );
      const now = new Map(found.map(({ ats_id, state }) => [ats_id, state]));
      for (const from of states)
        expect([named(from), now.get(named(from)) ?? null]).toEqual([named(from), moved(from, event, to)]);
    }
  },
);

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
