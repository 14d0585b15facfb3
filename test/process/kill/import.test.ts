/** `sparkhire-sync import` that is killed in the middle of a large file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createTestDatabase } from '../../support/database.js';
import { startProcess } from '../../support/process.js';
import { runProgram } from '../../support/program.js';
import { connectTo, eventually } from '../../support/service.js';

it('an import of 30,000 lines takes them all, or none if it is killed', async ({ onTestFinished }) => {
  const database = await createTestDatabase();
  const client = await connectTo(database.url);
  const somebody = await connectTo(database.url);
  const directory = mkdtempSync(join(tmpdir(), 'sparkhire-import-'));
  onTestFinished(async () => {
    await client.end();
    await somebody.end();
    await database.drop();
    rmSync(directory, { recursive: true, force: true });
  });
  const rows = async (sql: string) => (await client.query(sql)).rows as Record<string, unknown>[];
  const env = { DATABASE_URL: database.url };
  const lines = Array.from({ length: 30_000 }, (_, n) => `I${n},J${n % 500},Candidate ${n},c${n}@rye.test`);
  const file = join(directory, 'big.csv');
  writeFileSync(file, `ats_id,job_ats_id,candidate_name,candidate_email\n${lines.join('\n')}\n`);

  // Somebody else writes a row of the middle, and is not done with it.
  await somebody.query(`begin; insert into ats.interviews (ats_id, job_ats_id) values ('I15000', 'J1')`);
  const program = startProcess(['import', 'interviews', file], { env });
  await eventually(async () => {
    const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    expect(await rows(waiting)).toHaveLength(1);
  });
  program.kill('SIGKILL');
  expect((await program.ended).signal).toBe('SIGKILL');
  await somebody.query('rollback');
  expect(await rows('select count(*)::int as n from ats.interviews')).toEqual([{ n: 0 }]);

  const whole = await runProgram(['import', 'interviews', file, '--json'], { env });
  expect(whole.json).toMatchObject({ ok: true, rows: 30_000, created: 30_000 });
  expect(await rows('select count(*)::int as n from ats.interviews')).toEqual([{ n: 30_000 }]);
});
