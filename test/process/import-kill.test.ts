/** `sparkhire-sync import` that is killed in the middle of a large file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.js';
import { runProcess, startProcess } from '../support/process.js';
import { connectTo } from '../support/service.js';

it('an import of 100,000 lines takes them all, or none if it is killed', async ({ onTestFinished }) => {
  const database = await createTestDatabase();
  const client = await connectTo(database.url);
  const directory = mkdtempSync(join(tmpdir(), 'sparkhire-import-'));
  onTestFinished(async () => {
    await client.end();
    await database.drop();
    rmSync(directory, { recursive: true, force: true });
  });
  const rows = async (sql: string) => (await client.query(sql)).rows as Record<string, unknown>[];
  const env = { DATABASE_URL: database.url };
  const lines = Array.from({ length: 100_000 }, (_, n) => `I${n},J${n % 500},Candidate ${n},c${n}@rye.test`);
  const file = join(directory, 'big.csv');
  writeFileSync(file, `ats_id,job_ats_id,candidate_name,candidate_email\n${lines.join('\n')}\n`);

  const program = startProcess(['import', 'interviews', file], { env });
  // Killed once rows are on their way, as the statements of its connection show.
  let over = false;
  void program.ended.then(() => {
    over = true;
  });
  while (!over) {
    const [busy] = await rows(
      `select from pg_stat_activity where datname = current_database() and query like '%insert into ats.interviews%'
       and pid <> pg_backend_pid()`,
    );
    if (busy !== undefined) break;
  }
  program.kill('SIGKILL');
  expect((await program.ended).signal).toBe('SIGKILL');
  expect(await rows('select count(*)::int as n from ats.interviews')).toEqual([{ n: 0 }]);

  const whole = await runProcess(['import', 'interviews', file, '--json'], { env });
  expect(whole.json).toMatchObject({ ok: true, rows: 100_000, created: 100_000 });
  expect(await rows('select count(*)::int as n from ats.interviews')).toEqual([{ n: 100_000 }]);
});
