/** A mass disappearance that a person releases: for what was seen, for the next sweep, once. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '#emulators/emulator/index';
import type { AccountSession } from '../../../src/account-session.js';
import { settle } from '../../../src/backfill/sweep/confirmation.js';
import { findConflict } from '../../../src/conflicts/conflicts.js';
import { openTestMirror, type PullOptions, type TestMirror } from '../../support/backfill-in-process.js';
import { resolveConflict } from '../../support/decide.js';
import { firstPull } from '../../support/first-pull.js';

const options = {
  users: 6,
  jobs: 12,
  interviews: 60,
  questionSets: 2,
  shareLinks: 0,
  rateLimit: 1_000_000,
};

let mirror: TestMirror;
let emulator: Emulator;
beforeEach(async () => {
  mirror = await openTestMirror();
  emulator = await startEmulator(options);
  await firstPull(mirror, emulator, options);
});
afterEach(async () => {
  await emulator?.close();
  await mirror?.close();
});

/** @returns how many conflicts are open afterwards */
async function pull(options: PullOptions = {}): Promise<number> {
  emulator.requests.length = 0;
  const result = await mirror.pull(emulator, options);
  expect(result).toMatchObject({ ok: true, complete: true });
  return result.openConflicts;
}

const interviews = (from: number, to: number) => [...emulator.state.interviews.keys()].slice(from, to).sort();
const hide = (uuids: string[]) => uuids.forEach((uuid) => void emulator.act.hide(uuid));
const show = (uuids: string[]) => uuids.forEach((uuid) => void emulator.act.show(uuid));
const deleted = async () => [...(await mirror.stored()).deleted.interviews.keys()].sort();
const open = () =>
  mirror.rows<{ id: string; resource: string; missing: number }>(
    `select id, resource, (sparkhire_value ->> 'missing')::int as missing from sync.conflicts
     where resolved_at is null order by id`,
  );
async function releaseAll(): Promise<void> {
  for (const { id } of await open()) {
    await resolveConflict(mirror.db, { id: Number(id), take: 'sparkhire', by: 'somebody' });
  }
}
const releases = () =>
  mirror.rows<{ resolution: string; release: string | null }>(
    `select resolution, sparkhire_value ->> 'release' as release from sync.conflicts order by id`,
  );

describe('a released mass disappearance', () => {
  it('is carried out by the next sweep: gone is what answers so, what answers otherwise stays', async () => {
    const uuids = interviews(0, 12);
    const there = uuids.at(-1)!;
    hide(uuids);
    expect(await pull()).toBe(1);
    await releaseAll();
    emulator.faults.add({ path: `/interviews/${there}`, effect: { kind: 'status', status: 403 } });
    expect(await pull()).toBe(0);
    expect(await deleted()).toEqual(uuids.filter((uuid) => uuid !== there));
    expect(await releases()).toEqual([{ resolution: 'sparkhire', release: 'used' }]);
  });

  it('holds once: the next disappearance is another one', async () => {
    hide(interviews(0, 12));
    expect(await pull()).toBe(1);
    await releaseAll();
    expect(await pull()).toBe(0);
    const before = await deleted();
    hide(interviews(12, 20));
    expect(await pull()).toBe(1);
    expect(await deleted()).toEqual(before);
    expect(await open()).toMatchObject([{ missing: 8 }]);
  });

  it('holds for fewer rows, not for more', async () => {
    const uuids = interviews(0, 12);
    hide(uuids);
    expect(await pull()).toBe(1);
    await releaseAll();
    hide(interviews(12, 13));
    expect(await pull()).toBe(1);
    expect(await deleted()).toEqual([]);
    expect(await releases()).toEqual([
      { resolution: 'sparkhire', release: 'lapsed' },
      { resolution: null, release: null },
    ]);
    await releaseAll();
    show(uuids.slice(0, 3));
    expect(await pull()).toBe(0);
    expect(await deleted()).toHaveLength(10);
  });

  it('before its release is asked about once more where other rows are missing, not where the listing has grown', async () => {
    hide(interviews(0, 12));
    expect(await pull()).toBe(1);
    const [asked] = await open();
    emulator.act.addInterview();
    expect(await pull()).toBe(1);
    const decision = { id: Number(asked!.id), take: 'sparkhire', by: 'somebody' };
    expect(await findConflict(mirror.db, decision.id)).toMatchObject({
      revision: 1,
      sparkhire_value: { listed: 49 },
    });
    hide(interviews(12, 13));
    expect(await pull()).toBe(1);
    await expect(resolveConflict(mirror.db, decision)).rejects.toMatchObject({ code: 'CONFLICT_CHANGED' });
    await resolveConflict(mirror.db, { ...decision, revision: 2 });
    expect(await pull()).toBe(0);
    expect(await deleted()).toHaveLength(13);
  });

  it('is over when the rows were back in between', async () => {
    const uuids = interviews(0, 12);
    hide(uuids);
    expect(await pull()).toBe(1);
    await releaseAll();
    show(uuids);
    expect(await pull()).toBe(0);
    expect(await releases()).toEqual([{ resolution: 'sparkhire', release: 'lapsed' }]);
    hide(uuids);
    expect(await pull()).toBe(1);
    expect(await deleted()).toEqual([]);
  });

  it('holds until all of the rows could be asked for', async () => {
    const uuids = interviews(0, 12);
    hide(uuids);
    expect(await pull()).toBe(1);
    await releaseAll();
    const fault = emulator.faults.add({
      path: new RegExp(`/interviews/(${uuids.slice(0, 8).join('|')})$`),
      effect: { kind: 'status', status: 405 },
    });
    expect(await mirror.pull(emulator)).toMatchObject({ ok: false, openConflicts: 0 });
    expect(await deleted()).toEqual(uuids.slice(8));
    emulator.faults.remove(fault);
    expect(await pull()).toBe(0);
    expect(await deleted()).toEqual(uuids);
  });
});

describe('a key that sees less', () => {
  it('once released for a resource it is known there, and known for all when all are released', async () => {
    const [owner] = emulator.state.users.values();
    // Of jobs and interviews he sees nearly nothing any more.
    emulator.act.demoteUser(owner!.uuid);
    expect(await pull()).toBeGreaterThanOrEqual(2);
    const jobs = (await open()).find(({ resource }) => resource === 'jobs')!;
    await resolveConflict(mirror.db, { id: Number(jobs.id), take: 'sparkhire', by: 'somebody' });
    const left = await pull();
    expect(left).toBeGreaterThanOrEqual(1);
    expect((await mirror.stored()).deleted.jobs.size).toBe(jobs.missing);
    expect(await deleted()).toEqual([]);
    // With this key the jobs were seen whole: nothing of them waits, although other resources do.
    expect(await pull()).toBe(left);
    expect((await open()).map(({ resource }) => resource)).not.toContain('jobs');

    await releaseAll();
    expect(await pull()).toBe(0);
    expect(await mirror.rows('select key_administers from sync.accounts')).toEqual([
      { key_administers: false },
    ]);

    emulator.act.setRole(owner!.uuid, { role: 'administrator' });
    expect(await pull()).toBe(0);
    expect(await mirror.wrong(emulator)).toEqual([]);
    const back = await mirror.rows(
      `select from sync.changes where change = 'restored' and resource = 'jobs'`,
    );
    expect(back).toHaveLength(jobs.missing);
  });

  it('a release of what one key saw is none for what another sees', async () => {
    hide(interviews(0, 12));
    expect(await pull()).toBe(1);
    await releaseAll();
    const { uuid } = emulator.act.addUser({ role: 'administrator' });
    expect(await pull({ key: emulator.act.makeKey(uuid) })).toBeGreaterThan(0);
    expect(await deleted()).toEqual([]);
  });

  it('a right that is lost while the listing is read marks nothing', async () => {
    const [lost] = interviews(0, 1);
    hide([lost!]);
    // The key is an administrator's when the backfill begins, and none's when it asks for the missing row.
    emulator.faults.add({ path: '/integration_key$', nth: 2, effect: { kind: 'status', status: 403 } });
    expect(await pull()).toBe(1);
    expect(await deleted()).toEqual([]);
    const [conflict] = await mirror.rows<{ reason: string }>('select reason from sync.conflicts');
    expect(conflict!.reason).toMatch(/lost its administrator right/);
    expect(await pull()).toBe(0);
    expect(await deleted()).toEqual([lost]);
  });
});

describe('an open mass disappearance', () => {
  it('closes by itself when the rows are partly back: the few that are left are asked for', async () => {
    const uuids = interviews(0, 12);
    hide(uuids);
    expect(await pull()).toBe(1);
    show(uuids.slice(2));
    expect(await pull()).toBe(0);
    expect(await deleted()).toEqual(uuids.slice(0, 2));
    expect(await releases()).toEqual([{ resolution: 'few rows are missing by now', release: null }]);
  });

  it('tells what was seen', async () => {
    const uuids = interviews(0, 12);
    hide(uuids);
    await pull();
    const [row] = await mirror.rows<{ seen: Record<string, unknown> }>(
      'select sparkhire_value as seen from sync.conflicts',
    );
    expect(row!.seen).toMatchObject({ missing: 12, known: 60, listed: 48, viewChanged: false });
    expect(row!.seen.examples).toEqual(uuids.slice(0, 10));
    expect(row!.seen.key).toEqual({ userUuid: [...emulator.state.users.keys()][0], administers: true });
  });
});

it('a row that somebody stored after it was missed is not marked, although it answers as gone', async () => {
  const [touched, other] = interviews(0, 2);
  const session = { db: mirror.db, account: { name: 'default' } } as AccountSession;
  const missed = await mirror.rows<{ uuid: string; version: string }>(
    'select uuid, mirrored_at::text as version from sparkhire.interviews where uuid = any($1)',
    [[touched, other]],
  );
  await mirror.rows('update sparkhire.interviews set mirrored_at = clock_timestamp() where uuid = $1', [
    touched,
  ]);
  const answers = missed.map((row) => ({ row, state: 'gone' as const, read: null }));
  expect(await settle(session, 'interviews', answers)).toMatchObject({ deleted: 1, updated: 0 });
  expect(await deleted()).toEqual([other]);
});
