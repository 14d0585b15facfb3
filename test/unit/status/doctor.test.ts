import { describe, expect, it } from 'vitest';
import type { ServerFacts } from '../../../src/db/diagnosis.js';
import { SyncError } from '../../../src/errors.js';
import { checksOf } from '../../../src/status/checks/check.js';
import { judgeClock, judgeMigrations, judgeRoles, judgeServer } from '../../../src/status/doctor.js';
import { renderChecks } from '../../../src/status/render/checks.js';
import { ago, duration } from '../../../src/status/render/words.js';

const facts: ServerFacts = {
  version: '16.4',
  versionNumber: 160_004,
  database: 'ats',
  user: 'sync',
  encoding: 'UTF8',
  readOnly: false,
  aheadMs: 0,
  uncertainMs: 1,
  connections: { used: 5, most: 100 },
  missingOfAts: [],
  roles: [
    { name: 'sparkhire_reader', exists: true, lacks: [] },
    { name: 'sparkhire_ats_writer', exists: true, lacks: [] },
  ],
};

describe('the server', () => {
  it.each([
    ['ok', {}, 'PostgreSQL 16.4, database ats, user sync'],
    ['ok', { version: '14.0', versionNumber: 140_000 }, '14.0'],
    ['failed', { version: '13.9', versionNumber: 130_009 }, 'too old'],
    ['failed', { readOnly: true }, 'read only'],
    ['warning', { encoding: 'LATIN1' }, 'encoding LATIN1'],
    ['warning', { connections: { used: 90, most: 100 } }, '90 of 100 connections'],
  ])('%s', (level, more, said) => {
    const check = judgeServer({ ...facts, ...more });
    expect(check.level).toBe(level);
    expect(check.detail).toContain(said);
    expect(check.remedy === null).toBe(level === 'ok');
  });
});

describe('migrations', () => {
  const migration = (version: number, applied: boolean) => ({
    version,
    name: 'some',
    appliedAt: applied ? new Date(0) : null,
  });
  it.each([
    [true, 2, [migration(1, true), migration(2, true)], 'all 2 are applied'],
    [false, 1, [migration(1, true), migration(2, false)], 'lacks migration 2 ('],
    [false, 0, [migration(1, false), migration(2, false)], 'is empty'],
    [false, 3, [migration(1, true), migration(2, true)], 'knows up to 2'],
    // One in the middle was left out.
    [false, 2, [migration(1, false), migration(2, true)], 'lacks migration 1 ('],
  ])('%s with %d applied', (ok, applied, migrations, said) => {
    // What is not made yet is nothing that was lost.
    const missing = ok ? [] : ['table sync.conflicts'];
    const there = applied === 0 ? 0 : 30;
    const check = judgeMigrations({ known: 2, applied, migrations, objects: { missing, there } });
    expect(check.ok).toBe(ok);
    expect(check.detail).toContain(said);
  });

  it('of which something was lost are told with its name, and what to do', () => {
    const all = [migration(1, true), migration(2, true)];
    const lost = { missing: ['table sync.conflicts', 'function sync.here'], there: 30 };
    expect(judgeMigrations({ known: 2, applied: 2, migrations: all, objects: lost })).toMatchObject({
      level: 'failed',
      detail: 'there is no table sync.conflicts, no function sync.here',
      remedy: expect.stringMatching(/^Restore the database from a backup/),
    });
    const none = [migration(1, false), migration(2, false)];
    const unrecorded = { missing: ['table sync.migrations'], there: 30 };
    expect(judgeMigrations({ known: 2, applied: 0, migrations: none, objects: unrecorded }).detail).toBe(
      'there is no table sync.migrations',
    );
  });
});

describe('roles', () => {
  const [reader, writer] = facts.roles as [ServerFacts['roles'][0], ServerFacts['roles'][0]];
  it('that are missing or bare are a warning, with what to do', () => {
    expect(judgeRoles(facts)).toMatchObject({ level: 'ok' });
    const missing = judgeRoles({ roles: [{ ...reader, exists: false }, writer] });
    expect(missing).toMatchObject({ level: 'warning', detail: 'there is no role sparkhire_reader' });
    expect(missing.remedy).toContain('create role sparkhire_reader nologin');
    const lacks = ['read sparkhire.jobs', 'use schema sync'];
    expect(judgeRoles({ roles: [{ ...reader, lacks }, writer] })).toMatchObject({
      level: 'warning',
      detail: 'sparkhire_reader may not read sparkhire.jobs, use schema sync',
      remedy: expect.stringContaining('sparkhire-sync migrate'),
    });
  });
});

describe('a clock', () => {
  it.each([
    [0, 1, 'ok', 'less than 1 s'],
    [-900, 1000, 'ok', 'less than 1 s'],
    [5000, 1, 'ok', '5 s'],
    [30_500, 1000, 'ok', '31 s'],
    [31_001, 1000, 'warning', '31 s ahead of'],
    [-3_600_000, 1000, 'warning', '60 min behind'],
  ])('%d ms ahead, give or take %d: %s', (ahead, uncertain, level, said) => {
    const check = judgeClock('clock', 'the clock', ahead, uncertain);
    expect(check.level).toBe(level);
    expect(check.detail).toContain(said);
  });
});

describe('checks for people', () => {
  const general = checksOf(null);
  const north = checksOf('north');

  it('have a mark each, remedies below, and a sum', () => {
    const error = new SyncError('KEY_REFUSED', 'GET /me answered 401', { remedy: 'Check the key.' });
    const text = renderChecks([
      general.passed('settings', 'account north'),
      general.warned('database_clock', 'it is 40 s ahead', 'Use NTP.'),
      north.threw('key', error),
      north.blocked('plan', 'cannot be checked without a key that works'),
      north.omitted('webhooks', 'SYNC_PUBLIC_URL is not set: changes are found by ticks alone'),
    ]);
    expect(text).toBe(`✓ settings         account north
! database clock   it is 40 s ahead
                   → Use NTP.

Account north
✗ key              KEY_REFUSED: GET /me answered 401
                   → Check the key.
– plan             cannot be checked without a key that works
– webhooks         SYNC_PUBLIC_URL is not set: changes are found by ticks alone

1 check failed, 1 check had to be left out, 1 warning.
`);
  });

  it('that all passed say so; warnings do not stand in the way', () => {
    expect(renderChecks([general.passed('settings', 'x')])).toContain('\n\nEverything is in order.\n');
    expect(renderChecks([general.warned('roles', 'x', 'y')])).toContain(
      '1 warning. Nothing stands in the way of a start.',
    );
  });

  it('never lose an error, whatever was thrown', () => {
    expect(north.threw('plan', new SyncError('NOT_FOUND', 'gone'))).toMatchObject({
      account: 'north',
      ok: false,
      detail: 'NOT_FOUND: gone',
      remedy: expect.any(String),
    });
    expect(general.threw('plan', 'odd')).toMatchObject({
      ok: false,
      detail: 'odd',
      remedy: expect.any(String),
    });
  });

  it('fit 100 columns', () => {
    const words = 'a few words '.repeat(40);
    const text = renderChecks([general.failed('administrator', words, words)]);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(text.replace(/\s+/g, ' ').match(/a few words/g)).toHaveLength(80);
  });
});

describe('times in words', () => {
  it.each([
    [0, '0 s'],
    [119, '119 s'],
    [120, '2 min'],
    [7199, '119 min'],
    [7200, '2 h'],
    [172_799, '47 h'],
    [172_800, '2 days'],
    [-5, '0 s'],
  ])('%d', (seconds, said) => {
    expect(duration(seconds)).toBe(said);
  });

  it('tell before from after', () => {
    const now = '2026-03-01T12:00:00.000Z';
    expect(ago(null, now)).toBe('never');
    expect(ago(now, now)).toBe('just now');
    expect(ago('2026-03-01T11:57:00.000Z', now)).toBe('3 min ago');
    expect(ago('2026-03-01T12:00:30.000Z', now)).toBe('in 30 s');
  });
});
