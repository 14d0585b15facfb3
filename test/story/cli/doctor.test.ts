/** `doctor`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '#emulators/emulator/index';
import { tryLockAccount } from '../../../src/db/locks/account-lock.js';
import type { Check } from '../../../src/status/checks/check.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../../support/database.js';
import { startPooler } from '../../support/pooler.js';
import { accountSettings, runProgram } from '../../support/program.js';

let directory: string;
let database: TestDatabase;
let emulator: Emulator;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sparkhire-e2e-'));
  database = await createTestDatabase();
  emulator = await startEmulator({ users: 3, jobs: 4, interviews: 9, rateLimit: 1_000_000 });
});
afterAll(async () => {
  await emulator?.close();
  await database?.drop();
  rmSync(directory, { recursive: true, force: true });
});

async function doctor(args: string[] = [], more: Record<string, string | undefined> = {}) {
  const env = accountSettings(emulator, database.url, more);
  const result = await runProgram(['doctor', '--json', ...args], { env });
  const checks = Array.isArray(result.json) ? (result.json as Check[]) : [];
  const levels = Object.fromEntries(checks.map((check) => [check.check, check.level]));
  return { ...result, checks, levels, check: (name: string) => checks.find((one) => one.check === name)! };
}

describe('doctor', () => {
  it('finds everything in order, and says so to people', async () => {
    const { code, levels, checks, stderr } = await doctor();
    expect(stderr).toBe('');
    expect(levels).toEqual({
      settings: 'ok',
      database: 'ok',
      pooler: 'ok',
      migrations: 'ok',
      roles: 'ok',
      ats: 'ok',
      database_clock: 'ok',
      base_url: 'ok',
      key: 'ok',
      administrator: 'ok',
      plan: 'ok',
      webhooks: 'skipped',
      clock: 'ok',
      fields: 'skipped',
    });
    expect(checks.every(({ ok }) => ok)).toBe(true);
    expect(code).toBe(0);
    const people = await runProgram(['doctor'], {
      env: accountSettings(emulator, database.url),
    });
    expect(people.code).toBe(0);
    expect(people.stdout).toMatch(
      /^✓ settings[\s\S]*^Account default$[\s\S]*^✓ key[\s\S]*Everything is in order\.\n$/m,
    );
  });

  it('without a database checks what it can, and ends with 1', async () => {
    const asked = emulator.requests.length;
    const { code, levels, check, stdout, stderr } = await doctor([], {
      DATABASE_URL: 'postgres://nobody:hidden@127.0.0.1:1/none',
    });
    expect(code).toBe(1);
    expect(levels).toMatchObject({
      settings: 'ok',
      database: 'failed',
      migrations: 'skipped',
      spark_hire: 'skipped',
    });
    expect(check('database')).toMatchObject({ ok: false, remedy: expect.stringContaining('DATABASE_URL') });
    expect(stdout + stderr).not.toContain('hidden');
    expect(emulator.requests).toHaveLength(asked);
  });

  it('without a key looks at the database all the same, and ends with 2', async () => {
    const { code, check, levels } = await doctor([], { SPARKHIRE_API_KEY: undefined });
    expect(code).toBe(2);
    expect(check('settings')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('SPARKHIRE_API_KEY'),
    });
    expect(levels).toMatchObject({ database: 'ok', migrations: 'ok' });
  });

  it('with settings that cannot be used lists them, and ends with 2', async () => {
    const { code, checks, check } = await doctor([], { SYNC_HTTP_PORT: 'many', DATABASE_URL: 'mysql://x' });
    expect(code).toBe(2);
    expect(check('settings').detail).toMatch(
      /DATABASE_URL[\s\S]*SYNC_HTTP_PORT|SYNC_HTTP_PORT[\s\S]*DATABASE_URL/,
    );
    expect(checks.every(({ ok }) => !ok)).toBe(true);
  });

  it('names a key that is refused, without showing it', async () => {
    const { code, check, stdout, stderr } = await doctor([], {
      SPARKHIRE_API_KEY: 'no-such-key-at-all',
      LOG_LEVEL: 'trace',
    });
    expect(code).toBe(1);
    expect(check('key')).toMatchObject({ ok: false, detail: expect.stringContaining('KEY_REFUSED') });
    expect(stdout + stderr).not.toContain('no-such-key-at-all');
  });

  it('makes no request beside the process that works on the account', async () => {
    const lock = await tryLockAccount(database.url, 'default');
    try {
      const asked = emulator.requests.length;
      const { code, check, levels } = await doctor();
      expect(code).toBe(0);
      expect(check('spark_hire')).toMatchObject({ ok: true, level: 'skipped' });
      expect(levels.key).toBeUndefined();
      expect(emulator.requests).toHaveLength(asked);
    } finally {
      await lock!.release();
    }
  });

  it('finds pending migrations where they are not applied at the start', async () => {
    const empty = await createEmptyDatabase();
    try {
      const pending = await doctor([], { DATABASE_URL: empty.url, SYNC_MIGRATE_AT_START: 'false' });
      expect(pending.code).toBe(1);
      expect(pending.check('migrations')).toMatchObject({
        ok: false,
        remedy: 'Run `sparkhire-sync migrate`.',
      });
      expect(pending.levels.spark_hire).toBe('skipped');
      const applied = await doctor([], { DATABASE_URL: empty.url });
      expect([applied.code, applied.check('migrations').ok]).toEqual([0, true]);
    } finally {
      await empty.drop();
    }
  });

  it('finds a pooler that breaks session locks, and does not work through it', async () => {
    const pooler = await startPooler(database.url, 'transaction');
    try {
      const asked = emulator.requests.length;
      const { code, check } = await doctor([], { DATABASE_URL: pooler.url });
      expect(code).toBe(1);
      expect(check('pooler')).toMatchObject({ ok: false, remedy: expect.stringContaining('session') });
      expect(emulator.requests).toHaveLength(asked);
    } finally {
      await pooler.close();
    }
  });

  it.each([
    [['--account', 'west'], /ACCOUNT_UNKNOWN[\s\S]*west/],
    [['--nosuch'], /--nosuch/],
    [['everything'], /too many arguments/],
    [['--config', '/nonexistent/x.yaml'], /nonexistent/],
  ])('%j is wrong usage', async (args, said) => {
    const { code, stdout, stderr } = await doctor(args);
    expect(stdout + stderr).toMatch(said);
    expect(code).toBe(2);
  });
});
