/**
 * A migration beside transactions that stay open on the tables it changes.
 * @module-tag rare
 */
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate, migrationStatus } from '../../../src/db/migrate.js';
import { createLogger } from '../../../src/log.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { connectTo } from '../../support/service.js';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  const client = await connectTo(database.url);
  // Its 15th migration, which alters sync.accounts, is still to come.
  await client.query(`alter table sync.accounts drop column key_asked_at, drop column key_demoted_at;
    drop index sync.conflicts_agreed_idx; drop index sync.conflicts_none_idx;
    delete from sync.migrations where version = 15`);
  await client.end();
});
afterEach(() => database.drop());

async function openReader() {
  const url = new URL(database.url);
  url.searchParams.set('application_name', 'monthly report');
  const reader = await connectTo(url.href);
  await reader.query('begin; select from sync.accounts');
  const { rows } = await reader.query('select pg_backend_pid() as pid');
  return { reader, pid: rows[0].pid as number };
}

describe('a migration that has to wait for a table', () => {
  it('gives up after its tries, names who holds it and since when, and keeps nothing', async () => {
    const { reader, pid } = await openReader();
    const error = await migrate(database.url, undefined, { lockMs: 50, pauseMs: 1, tries: 3 }).catch(
      (thrown) => thrown,
    );
    expect(error).toMatchObject({
      code: 'DATABASE_BUSY',
      remedy: expect.stringContaining('pg_terminate_backend'),
    });
    expect(error.message).toMatch(
      new RegExp(
        `^Migration 15 \\(key_demoted_and_agreed\\) waits for tables that others use: pid ${pid} \\(monthly report, .*idle in transaction\\) since 20..-`,
      ),
    );
    expect((await migrationStatus(database.url)).migrations[14]).toMatchObject({
      version: 15,
      appliedAt: null,
    });
    await reader.end();
  });

  it('lets readers in between its tries, tells who is in the way, and goes on once they are gone', async () => {
    const { reader, pid } = await openReader();
    const lines: string[] = [];
    let told = () => {};
    const waits = new Promise<void>((resolve) => {
      told = resolve;
    });
    const destination = new Writable({
      write(chunk, _, done) {
        lines.push(String(chunk));
        if (String(chunk).includes('migration_waits')) told();
        done();
      },
    });
    const log = createLogger({ destination });
    const ended = migrate(database.url, log, { lockMs: 50, pauseMs: 5, tries: 100_000 });
    await waits;
    const another = await connectTo(database.url);
    await another.query('select from sync.accounts');
    await another.end();
    await reader.query('commit');
    expect(await ended).toEqual({ applied: ['key_demoted_and_agreed'], granted: [], mended: [] });
    await reader.end();
    expect(lines[0]).toContain(`pid ${pid} (monthly report`);
    expect(lines.at(-1)).toContain('migration applied');
  });
});
