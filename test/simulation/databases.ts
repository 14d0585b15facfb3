/** Databases that one world after the other is played in: their sessions stay warm. */
import { createTestDatabase, emptyTestDatabase, type TestDatabase } from '../support/database.js';

const free: TestDatabase[] = [];

/** One that has all migrations and no rows. */
export const borrowDatabase = async (): Promise<TestDatabase> => free.pop() ?? (await createTestDatabase());

export async function giveBack(database: TestDatabase): Promise<void> {
  if (await emptyTestDatabase(database)) free.push(database);
  else await database.drop();
}

/** Once all worlds are over. */
export async function dropDatabases(): Promise<void> {
  for (const database of free.splice(0)) await database.drop();
}
