import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { createEmptyDatabase, createTestDatabase } from '../support/database.js';

async function rows(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('test databases', () => {
  it('are separate, and gone once dropped, even while somebody is connected', async () => {
    const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    await rows(one!.url, 'create table mine (id int)');
    expect(await rows(two!.url, "select to_regclass('mine') as found")).toEqual([{ found: null }]);

    const guest = new pg.Client({ connectionString: one!.url });
    const cutOff = new Promise((resolve) => guest.on('error', resolve));
    await guest.connect();
    await one!.drop();
    await cutOff;
    await expect(rows(one!.url, 'select 1')).rejects.toMatchObject({ code: '3D000' });
    await two!.drop();
  });

  it('come empty if asked for', async () => {
    const database = await createEmptyDatabase();
    const schemas = await rows(
      database.url,
      "select nspname from pg_namespace where nspname in ('sparkhire', 'ats', 'sync')",
    );
    expect(schemas).toEqual([]);
    await database.drop();
  });

  it('are in UTF-8 and know letters beyond ASCII', async () => {
    const database = await createEmptyDatabase();
    expect(
      await rows(database.url, "select lower('ÉŁ') as lower, getdatabaseencoding() as encoding"),
    ).toEqual([{ lower: 'éł', encoding: 'UTF8' }]);
    await database.drop();
  });
});
