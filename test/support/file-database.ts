/** One database for all tests of a file. */
import { afterAll, beforeAll } from 'vitest';
import { type Database, openDatabase } from '../../src/db/database.js';
import { createTestDatabase, type TestDatabase } from './database.js';

/** To be called at the top of a file. What it answers is there once its tests begin. */
export function fileDatabase(): { db: Database; url: string } {
  let database: TestDatabase;
  const shared = {} as { db: Database; url: string };
  beforeAll(async () => {
    database = await createTestDatabase();
    shared.url = database.url;
    shared.db = openDatabase(database.url);
  });
  afterAll(async () => {
    await shared.db?.destroy();
    await database?.drop();
  });
  return shared;
}
