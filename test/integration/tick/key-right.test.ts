/**
 * A key that lost its administrator right shows less: ticks notice it, rarely asked.
 * @module-tag rare
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Emulator, startEmulator } from '#emulators/emulator/index';
import { readStatus } from '../../../src/status/status.js';
import { openTestMirror, type TestMirror } from '../../support/backfill-in-process.js';
import { openTicking, type Ticking } from '../../support/tick-in-process.js';

let mirror: TestMirror;
let emulator: Emulator;
let ticking: Ticking;
beforeEach(async () => {
  mirror = await openTestMirror();
  emulator = await startEmulator({
    users: 4,
    jobs: 4,
    interviews: 8,
    questionSets: 1,
    shareLinks: 1,
    rateLimit: 1_000_000,
  });
  ticking = await openTicking(mirror, emulator);
});
afterEach(async () => {
  await ticking?.close();
  await emulator?.close();
  await mirror?.close();
});

const asked = () => emulator.requests.filter(({ path }) => path.endsWith('/integration_key')).length;
const demotedAt = async () => {
  const { accounts } = await readStatus(mirror.db, {
    configured: [],
    webhooksWanted: false,
    encryptionKeyIds: [],
  });
  return accounts[0]!.keyDemotedAt;
};
/** A tick in which it is the turn of what is looked at seldom. */
async function lateTick(): Promise<void> {
  await mirror.rows(`update sync.accounts set key_asked_at = key_asked_at - interval '1000 s'`);
  await ticking.age(1000);
  expect(await ticking.tick()).toMatchObject({ ok: true });
}

it('is told in the status from the next look at the plan on, until it is an administrator again', async () => {
  await mirror.pull(emulator);
  await lateTick();
  expect(await demotedAt()).toBeNull();
  const [owner] = emulator.state.users.values();
  emulator.act.demoteUser(owner!.uuid);
  await lateTick();
  const noticed = await demotedAt();
  expect(noticed).toMatch(/^\d{4}-/);
  await lateTick();
  expect(await demotedAt()).toBe(noticed);
  // Nothing is deleted on the way, and the sweep still sees that the key is another.
  expect((await mirror.pull(emulator)).openConflicts).toBeGreaterThan(0);
  expect(await demotedAt()).toBe(noticed);
  const changed = 'select key_changed_at from sync.accounts';
  expect(await mirror.rows(changed)).toEqual([{ key_changed_at: null }]);
  emulator.act.setRole(owner!.uuid, { role: 'administrator' });
  // Once it is known the next tick asks: a person has given the right back.
  expect(await ticking.tick()).toMatchObject({ ok: true });
  expect(await demotedAt()).toBeNull();
  // What was refused to it meanwhile is sent again.
  expect(await mirror.rows(changed)).not.toEqual([{ key_changed_at: null }]);
});

it('costs an idle tick nothing, and is asked once where its turn has come', async () => {
  await mirror.pull(emulator);
  emulator.requests.length = 0;
  await ticking.tick();
  expect(asked()).toBe(0);
  await lateTick();
  expect(asked()).toBe(1);
});

it('is noticed also where a user may read their own key', async () => {
  emulator.switches.ownKeyReadable = true;
  await mirror.pull(emulator);
  await lateTick();
  expect(await demotedAt()).toBeNull();
  emulator.act.demoteUser([...emulator.state.users.keys()][0]!);
  await lateTick();
  expect(await demotedAt()).toMatch(/^\d{4}-/);
});

it('is over once a person has accepted what the key shows', async () => {
  await mirror.pull(emulator);
  const [owner] = emulator.state.users.values();
  emulator.act.demoteUser(owner!.uuid);
  await lateTick();
  expect(await demotedAt()).not.toBeNull();
  await mirror.pull(emulator);
  await mirror.rows(
    `update sync.conflicts set resolved_at = now(), resolution = 'sparkhire', resolved_by = 'somebody'
     where kind = 'mass_disappearance' and resolved_at is null`,
  );
  expect((await mirror.pull(emulator)).openConflicts).toBe(0);
  expect(await demotedAt()).toBeNull();
  emulator.requests.length = 0;
  await lateTick();
  expect(asked()).toBe(0);
});

it("is not asked for a key that never was an administrator's", async () => {
  const standard = [...emulator.state.users.values()].find(
    ({ role, active }) => role === 'standard' && active,
  );
  const key = emulator.act.makeKey(standard!.uuid);
  await mirror.pull(emulator, { key });
  const other = await openTicking(mirror, emulator, { key });
  emulator.requests.length = 0;
  await ticking.age(1000);
  await other.tick();
  await other.close();
  expect(asked()).toBe(0);
  expect(await demotedAt()).toBeNull();
});

it('is noticed though another listing never reads whole, and nothing is deleted for it', async () => {
  emulator.faults.add({ path: '/share_links', effect: { kind: 'status', status: 500 } });
  const [owner] = emulator.state.users.values();
  // A single job is hidden from a standard user: below every limit of numbers.
  const [hidden, ...jobs] = emulator.state.jobs.values();
  for (const job of jobs) job.members.add(owner!.uuid);
  emulator.state.jobs.change(hidden!, () => {
    hidden!.createdBy = [...emulator.state.users.keys()][1]!;
    hidden!.members.clear();
  });
  expect((await mirror.pull(emulator)).ok).toBe(false);
  emulator.act.demoteUser(owner!.uuid);
  await ticking.age(1000);
  await ticking.tick();
  expect(await demotedAt()).not.toBeNull();
  await mirror.pull(emulator);
  expect(await mirror.rows('select uuid from sparkhire.jobs where deleted_at is not null')).toEqual([]);
});

it.each([400, 404, 405])('is told from "no key", said with %i', async (status) => {
  const path = '/integration_key$';
  const rule = emulator.faults.add({ path, effect: { kind: 'status', status } });
  await mirror.pull(emulator);
  const [owner] = emulator.state.users.values();
  emulator.act.demoteUser(owner!.uuid);
  emulator.faults.remove(rule);
  await lateTick();
  expect(await demotedAt()).not.toBeNull();
});

it('is asked as rarely while another listing fails', async () => {
  await mirror.pull(emulator);
  emulator.faults.add({ path: '/share_links', effect: { kind: 'status', status: 500 } });
  emulator.requests.length = 0;
  for (let n = 0; n < 3; n++) await ticking.tick();
  await ticking.age(1000);
  for (let n = 0; n < 3; n++) await ticking.tick();
  expect(asked()).toBe(1);
});
