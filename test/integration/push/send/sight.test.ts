/**
 * What a write has made is looked for with keys that see it; whoever does not see it does not call it absent.
 * @module-tag rare
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encryptionKeys, seal } from '../../../../src/encryption.js';
import { keepKey } from '../../../../src/keys/store.js';
import { userKeys } from '../../../../src/push/acting.js';
import { Died } from '../../../../src/push/send/sending.js';
import { type Applied, interview, job, openApplied, policies, type RoundOptions } from './fixture.js';

let applied: Applied;
beforeEach(async () => {
  applied = await openApplied();
});
afterEach(() => applied.close());

const encryption = encryptionKeys({ encryptionKey: Buffer.alloc(32, 1).toString('base64') });

/** A user of Spark Hire who sees their own objects only, with a key. */
function standardUser(name: string) {
  const { act } = applied.emulator;
  const email = `${name}@example.org`;
  const { uuid } = act.addUser({ name, email, role: 'standard' });
  return { uuid, email, key: act.makeKey(uuid) };
}

/** The process dies after Spark Hire has carried out the invitation, before anything is recorded. */
const dies: RoundOptions = {
  onStep(step, { resource }) {
    if (step === 'answered' && resource === 'interviews') throw new Died();
  },
};

/** Rounds over more than the time after which a person is asked. */
async function lookToTheEnd(options: RoundOptions): Promise<void> {
  for (let look = 0; look < 4; look += 1) {
    await applied.round(options);
    await applied.untilDue();
  }
  await applied.rows(
    `update sync.intents set sent_at = sent_at - interval '20 minutes', look_at = clock_timestamp() where state = 'unknown'`,
  );
  await applied.round(options);
}

const asked = () =>
  applied.rows<{ kind: string }>('select kind from sync.conflicts where resolved_at is null');

describe('an invitation whose answer was lost with its process', () => {
  it('is not sent again by a key that does not see it: a person is asked', async () => {
    await applied.invite(1);
    await expect(applied.round(dies)).rejects.toThrow();
    const session = await applied.process({ key: standardUser('tom').key });
    await lookToTheEnd({ session });
    expect(applied.invitations()).toEqual({ 'c1@example.org': 1 });
    expect(await asked()).toEqual([{ kind: 'unknown_outcome' }]);
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'conflict' });
  });

  it('and of which a person was asked is looked for again once the key that sent it is back', async () => {
    await applied.invite(1);
    await expect(applied.round(dies)).rejects.toThrow();
    await lookToTheEnd({ session: await applied.process({ key: standardUser('tom').key }) });
    expect(await asked()).toEqual([{ kind: 'unknown_outcome' }]);
    const session = await applied.process();
    for (let look = 0; look < 4; look += 1) {
      await applied.round({ session });
      await applied.untilDue();
    }
    expect(await asked()).toEqual([]);
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'synced' });
    expect(applied.invitations()).toEqual({ 'c1@example.org': 1 });
  });

  it('and of which a person was asked is asked once where another key does not see it either', async () => {
    await applied.invite(1);
    await expect(applied.round(dies)).rejects.toThrow();
    for (const name of ['tom', 'tim'])
      await lookToTheEnd({ session: await applied.process({ key: standardUser(name).key }) });
    await lookToTheEnd({ session: await applied.process({ key: standardUser('ted').key }) });
    expect(await asked()).toEqual([{ kind: 'unknown_outcome' }]);
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'conflict' });
    expect(applied.invitations()).toEqual({ 'c1@example.org': 1 });
  });

  it('is found by the key that sent it, once that is back', async () => {
    await applied.invite(1);
    await expect(applied.round(dies)).rejects.toThrow();
    const other = await applied.process({ key: standardUser('tom').key });
    for (let look = 0; look < 4; look += 1) {
      await applied.round({ session: other });
      await applied.untilDue();
    }
    await applied.rounds();
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'synced' });
    expect(applied.invitations()).toEqual({ 'c1@example.org': 1 });
    expect(applied.emulator.state.interviews.size).toBe(1);
  });

  it('is found by a key that lost its right: it sees what it made', async () => {
    await applied.invite(1);
    await expect(applied.round(dies)).rejects.toThrow();
    applied.emulator.act.demoteUser([...applied.emulator.state.users.keys()][0]!);
    await applied.rounds();
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'synced' });
    expect(applied.invitations()).toEqual({ 'c1@example.org': 1 });
  });

  it("is judged by another key that is an administrator's", async () => {
    await applied.invite(1);
    applied.emulator.faults.add({
      method: 'POST',
      path: '/interviews$',
      count: 1,
      effect: { kind: 'reset', when: 'before' },
    });
    await applied.round();
    const { uuid } = applied.emulator.act.addUser({
      name: 'Ann',
      email: 'ann@example.org',
      role: 'administrator',
    });
    await applied.rounds({ session: await applied.process({ key: applied.emulator.act.makeKey(uuid) }) });
    expect(await applied.states('interviews')).toEqual({ 'I-1': 'synced' });
    expect(applied.invitations()).toEqual({ 'c1@example.org': 1 });
  });

  it.each([
    ['', false],
    [', and may read its own integration key', true],
  ])(
    "of a user who is disabled since is not sent again where the account's key sees no more than its own%s",
    async (_, readable) => {
      await applied.close();
      applied = await openApplied({ switches: { ownKeyReadable: readable } });
      const jane = standardUser('jane');
      const sealed = seal(encryption, jane.key, { account: 'default', user: { uuid: jane.uuid } });
      const db = applied.mirror.db;
      await keepKey(db, 'default', { userUuid: jane.uuid, email: jane.email, sealed, source: 'set' });
      await applied.mirror.pull(applied.emulator);
      await applied.put('users', [{ ats_id: 'U-1', name: 'jane', email: jane.email, role: 'standard' }]);
      await applied.put('jobs', [job('J-1', { owner_ats_id: 'U-1' })]);
      await applied.put('interviews', [interview('I-1', 'c1@example.org', { requested_by_ats_id: 'U-1' })]);
      const session = await applied.process();
      const keys = userKeys(session, encryption, policies.keys);
      await applied.round({ session, keys, ...dies }).catch(() => {});
      expect(applied.invitations()).toEqual({ 'c1@example.org': 1 });
      expect(
        await applied.rows(`select detail ->> 'actor' as actor from sync.intents where state = 'sent'`),
      ).toEqual([{ actor: jane.uuid }]);
      applied.emulator.act.disableUser(jane.uuid);
      applied.emulator.act.demoteUser([...applied.emulator.state.users.keys()][0]!);
      await lookToTheEnd({ session, keys });
      expect(applied.invitations()).toEqual({ 'c1@example.org': 1 });
      expect(await asked()).toEqual([{ kind: 'unknown_outcome' }]);
    },
  );
});
