/** Who acts: every combination of key, user and policy. */
import { describe, expect, it } from 'vitest';
import { whoActs } from '../../../src/reconcile/acting/acting.js';
import { decide } from '../../../src/reconcile/decide.js';
import { makePlan, planJson } from '../../../src/reconcile/plan/plan.js';
import { renderPlan } from '../../../src/reconcile/plan/render.js';
import type { ActingUser, KeyPolicies } from '../../../src/reconcile/types.js';
import {
  interview,
  job,
  linked,
  policies,
  refused,
  seenInterview,
  seenJob,
  unlinked,
} from '../../support/reconcile-rows.js';

const rules = (over: Partial<KeyPolicies> = {}): KeyPolicies => ({ ...policies.keys, ...over });
const jane = (over: Partial<ActingUser> = {}): ActingUser => ({
  atsId: 'U-1',
  uuid: 'user-a',
  label: 'jane@example.org',
  state: 'active',
  key: 'usable',
  ...over,
});

const kinds = (user: ActingUser | null, over: Partial<KeyPolicies> = {}) => whoActs(user, rules(over)).kind;

describe('who acts', () => {
  it('is the administrator where nobody is named', () => {
    for (const missing of ['hold', 'administrator'] as const)
      expect(kinds(null, { missing })).toBe('administrator');
  });

  it.each([
    ['usable', 'active', 'user', 'user'],
    ['usable', 'inactive', 'wait', 'administrator'],
    ['usable', 'gone', 'wait', 'administrator'],
    ['refused', 'active', 'wait', 'administrator'],
    ['refused', 'inactive', 'wait', 'administrator'],
    ['unreadable', 'active', 'wait', 'administrator'],
    ['unreadable', 'gone', 'wait', 'administrator'],
  ] as const)(
    'with a %s key of a user who is %s is %s (hold) or %s (administrator)',
    (key, state, hold, administrator) => {
      expect(kinds(jane({ key, state }), { refused: 'hold' })).toBe(hold);
      expect(kinds(jane({ key, state }), { refused: 'administrator' })).toBe(administrator);
    },
  );

  it.each([
    ['hold', 'wait'],
    ['administrator', 'administrator'],
  ] as const)('without a key, missing: %s, is %s', (missing, kind) => {
    for (const key of ['missing', 'unavailable'] as const)
      expect(kinds(jane({ key }), { missing })).toBe(kind);
    // Who is not in Spark Hire is another matter.
    expect(kinds(jane({ uuid: null, key: 'missing' }), { missing: 'administrator', absent: missing })).toBe(
      kind,
    );
  });

  it.each(['inactive', 'gone'] as const)('of a user who is %s is told by `refused` alone', (state) => {
    const others = { missing: 'administrator', absent: 'administrator', provision: 'demand' } as const;
    for (const key of ['missing', 'unavailable', 'failed', 'usable'] as const)
      for (const uuid of ['user-a', null]) {
        const user = jane({ key, state, uuid });
        expect(kinds(user, { ...others, refused: 'hold' })).toBe('wait');
        expect(kinds(user, { refused: 'administrator' })).toBe('administrator');
      }
  });

  it('has a key made on demand only for an active user who is there, and not again at once', () => {
    const provision = 'demand';
    expect(whoActs(jane({ key: 'missing' }), rules({ provision }))).toEqual({
      kind: 'user',
      uuid: 'user-a',
      provision: true,
    });
    expect(kinds(jane({ key: 'missing', state: 'inactive' }), { provision })).toBe('wait');
    expect(kinds(jane({ key: 'missing', uuid: null }), { provision })).toBe('wait');
    expect(kinds(jane({ key: 'unavailable' }), { provision })).toBe('wait');
    expect(kinds(jane({ key: 'unavailable' }), { provision, missing: 'administrator' })).toBe(
      'administrator',
    );
  });

  it('waits for a key that Spark Hire failed to make, whoever else could act; but only as long as it is asked for', () => {
    const failed = jane({ key: 'failed', failure: 'answered 500' });
    expect(whoActs(failed, rules({ provision: 'demand', missing: 'administrator' }))).toMatchObject({
      kind: 'wait',
      message: expect.stringMatching(/just now: answered 500\. It is tried again/),
    });
    expect(kinds(failed, { missing: 'administrator' })).toBe('administrator');
  });

  it.each([
    [
      { key: 'missing' },
      /No API key of jane@example\.org, who acts here, is stored: have Spark Hire make it with `sparkhire-sync keys provision jane@example\.org`\./,
    ],
    [{ key: 'unavailable' }, /no custom integration/],
    [{ key: 'missing', uuid: null }, /row U-1 of ats.users is not linked to a user of Spark Hire \(yet\)/],
    [{ key: 'missing', state: 'gone' }, /not there any more.*name somebody else/],
    [{ key: 'refused' }, /does not accept the API key of jane@example\.org any more/],
    [{ key: 'refused', state: 'inactive' }, /is disabled in Spark Hire.*enable the user/],
    [{ key: 'unreadable' }, /SYNC_ENCRYPTION_KEY_PREVIOUS/],
  ] as const)('says what to do: %o', (over, sentence) => {
    const who = whoActs(jane(over), rules());
    expect(who).toMatchObject({ kind: 'wait', message: expect.stringMatching(sentence) });
  });

  it.each([
    ['a disabled user is enabled', { state: 'inactive' }, 'demand', 'enable', /enable the user there/],
    [
      'for one who is gone another is named',
      { state: 'gone' },
      'demand',
      'name_another',
      /: name somebody else\.$/,
    ],
    ['there is no encryption key', {}, 'never', 'encryption_key', /: set SYNC_ENCRYPTION_KEY \(`openssl/],
    [
      'the encryption key of what is stored is not set',
      { keysUnreadable: true },
      'never',
      'former_encryption_key',
      /: set SYNC_ENCRYPTION_KEY to the one that the stored keys/,
    ],
    ['theirs cannot be read', { key: 'unreadable' }, 'demand', 'former_encryption_key', /_PREVIOUS/],
    ['Spark Hire makes none for them', { key: 'unavailable' }, 'demand', 'set', /makes none .*keys set jane/],
    ['it makes none for the account', { noneMade: true }, 'command', 'set', /makes none .*keys set jane/],
    ['Spark Hire failed to make one', { key: 'failed', failure: 'x' }, 'demand', 'again', /tried again\.$/],
    ['keys are made by a command', {}, 'command', 'provision', /keys provision jane@example\.org/],
  ] as const)('names what ends it where %s', (_, over, provision, remedy, sentence) => {
    expect(whoActs(jane({ key: 'missing', ...over }), rules({ provision }))).toEqual({
      kind: 'wait',
      message: expect.stringMatching(sentence),
      remedy,
    });
  });

  it('is foreseen, where it is not asked, not to get a key that Spark Hire makes for nobody', () => {
    const user = jane({ key: 'missing', noneMade: true });
    const provision = 'demand';
    expect(kinds(user, { provision })).toBe('user');
    expect(whoActs(user, rules({ provision, foresees: true }))).toMatchObject({
      kind: 'wait',
      remedy: 'set',
    });
    expect(kinds(jane({ key: 'missing' }), { provision, foresees: true })).toBe('user');
  });
});

describe('a row whose person cannot act', () => {
  const actor = jane({ key: 'refused' });

  it('is held, whatever is to be done, and nothing is lost', () => {
    const wanted = interview({ requestedByAtsId: 'U-1', deadline: { at: '2027-04-01T12:00:00Z' } });
    const decision = decide(linked(wanted, seenInterview(), { actor }), policies);
    expect(decision).toMatchObject({
      state: 'held',
      next: 'held',
      action: null,
      issues: [{ code: 'UNKNOWN_REFERENCE', field: 'requested_by_ats_id' }],
      overwritten: [],
    });
    expect(decide(linked(wanted, seenInterview(), { actor: jane() }), policies).action).toMatchObject({
      action: 'update',
    });
  });

  it('is held when it is to be canceled, and when its job is to be closed', () => {
    expect(decide({ ...linked(interview(), seenInterview(), { actor }), row: null }, policies)).toMatchObject(
      {
        state: 'held',
        issues: [{ field: 'requested_by_ats_id' }],
      },
    );
    expect(decide({ ...linked(job(), seenJob(), { actor }), row: null }, policies)).toMatchObject({
      state: 'held',
      issues: [{ field: 'owner_ats_id' }],
    });
  });

  it('is settled where there is nothing to write', () => {
    expect(decide(linked(interview(), seenInterview(), { actor }), policies)).toMatchObject({
      state: 'synced',
      issues: [],
    });
  });

  it('adopts all the same: that writes nothing', () => {
    const found = unlinked(interview(), { actor, adoptable: [seenInterview()] });
    expect(decide(found, policies).action).toMatchObject({ action: 'adopt' });
  });
});

describe('who asked is kept with the link', () => {
  it('from the creation on, where somebody is named', () => {
    expect(
      decide(unlinked(interview({ requestedByAtsId: null })), policies).action!.settles,
    ).not.toHaveProperty('requested_by');
    const requestedBy = { atsId: 'U-1', known: true, uuid: 'user-a' };
    const named = unlinked(interview({ requestedByAtsId: 'U-1' }), { actor: jane() });
    const context = { ...named, parents: { ...named.parents, requestedBy } };
    expect(decide(context, policies).action!.settles.requested_by).toEqual({ ats: 'U-1', sparkhire: null });
  });

  it('and when it changes, once', () => {
    const context = linked(job({ ownerAtsId: 'U-1' }), seenJob(), { actor: jane() });
    const { settles, action } = decide(context, policies);
    expect([settles, action]).toEqual([{ owner: { ats: 'U-1', sparkhire: null } }, null]);
    const link = { ...context.link!, base: { ...context.link!.base, ...settles } };
    expect(decide({ ...context, link }, policies).settles).toEqual({});
    expect(decide(linked(job(), seenJob(), { link }), policies).settles).toEqual({
      owner: { ats: null, sparkhire: null },
    });
  });
});

describe('what a user was refused', () => {
  const no = { code: 'REMOTE_REJECTED', field: null, message: 'No.' } as const;
  const wanted = unlinked(job({ ownerAtsId: 'U-1' }), {
    actor: jane(),
    parents: { job: null, requestedBy: null, owner: { atsId: 'U-1', known: true, uuid: 'user-a' } },
  });

  it.each([
    ['that user', 'user-a', jane(), false],
    ['another user', 'user-b', jane(), true],
    ['the administrator, before there was a key', null, jane(), true],
    ['the user whose key is gone: the administrator now', 'user-a', jane({ key: 'own' }), true],
    ['the administrator', null, jane({ key: 'own' }), false],
  ])('was refused to %s', (_, to, actor, isSent) => {
    const { action, issues } = decide(refused({ ...wanted, actor }, no, to), policies);
    expect([action !== null, issues.length]).toEqual([isSent, isSent ? 0 : 1]);
  });

  it('waits for the key where that is what is missing now', () => {
    const context = { ...refused(wanted, no, 'user-a'), actor: jane({ key: 'refused' }) };
    expect(decide(context, policies)).toMatchObject({
      state: 'held',
      issues: [{ code: 'UNKNOWN_REFERENCE', field: 'owner_ats_id' }],
    });
  });

  it('for want of a slot is refused to everybody', () => {
    const context = refused(wanted, { ...no, code: 'PLAN_LIMIT' });
    expect(decide(context, policies)).toMatchObject({ action: null, state: 'held' });
  });

  it('or may do is shown by the plan with who acts', () => {
    const plan = makePlan([decide(wanted, policies)], {
      linked: { users: 0, jobs: 0, interviews: 0, share_links: 0 },
      policies,
    });
    expect(renderPlan(plan)).toMatch(/^\+ job .* as jane@example\.org/m);
    expect(planJson('default', plan).actions).toMatchObject([{ actor: 'jane@example.org' }]);
    const alone = makePlan([decide({ ...wanted, actor: null }, policies)], {
      linked: { users: 0, jobs: 0, interviews: 0, share_links: 0 },
      policies,
    });
    expect(alone.checksum).toBe(plan.checksum);
    expect(planJson('default', alone).actions[0]).not.toHaveProperty('actor');
  });
});
