/** What the overview says of the last 24 hours: by Spark Hire's times, so that a first reading of years is no day's work. */
import { expect, it } from 'vitest';
import { type Overview, overviewRoutes } from '../../../src/console/answers/overview.js';
import { query } from '../../../src/db/database.js';
import { unaskedContext } from '../../support/console-described.js';
import { fileDatabase } from '../../support/file-database.js';

const shared = fileDatabase();

it('interviews count by when they were made, completed, or last changed', async () => {
  const { db } = shared;
  const ago = (hours: number | null) => (hours === null ? 'null' : `now() - interval '${hours} hours'`);
  const interviews: Array<
    [status: string, created: number, completed: number | null, updated: number | null]
  > = [
    ['requested', 2, null, 2],
    ['requested', 30, null, 30],
    ['completed', 5, 1, 1],
    // Rated today.
    ['completed', 90, 48, 1],
    ['expired', 200, null, 3],
    ['canceled', 200, null, 50],
    ['canceled', 200, null, null],
  ];
  for (const [status, created, completed, updated] of interviews)
    await query(
      db,
      `insert into sparkhire.interviews (uuid, status, created_at, completed_at, updated_at, raw)
         values (gen_random_uuid(), '${status}', ${ago(created)}, ${ago(completed)}, ${ago(updated)}, '{}')`,
    );
  await query(db, `insert into sync.accounts (account) values ('default') on conflict do nothing`);
  const [route] = overviewRoutes({ ...unaskedContext(), db });
  const { accounts } = (await route!.handle({ query: {} } as Parameters<
    NonNullable<typeof route>['handle']
  >[0])) as Overview;
  expect(accounts[0]!.day).toEqual({ invited: 2, completed: 1, expired: 1, canceled: 0 });
});
