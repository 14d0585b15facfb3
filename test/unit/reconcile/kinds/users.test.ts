import { describe, expect, it } from 'vitest';
import { createUser } from '../../../../src/push/send/payloads.js';
import { decide } from '../../../../src/reconcile/decide.js';
import type { RowContext } from '../../../../src/reconcile/types.js';
import {
  carriedOut,
  linked,
  policies,
  refused,
  seenUser,
  settledBase,
  unlinked,
  user,
  withdrawn,
} from '../../../support/reconcile-rows.js';

describe('users: first contact', () => {
  it('creates one with all three fields', () => {
    expect(decide(unlinked(user()), policies)).toEqual({
      resource: 'users',
      atsId: 'U-1',
      state: 'pending',
      next: 'synced',
      reason: null,
      issues: [],
      action: {
        resource: 'users',
        atsId: 'U-1',
        uuid: null,
        action: 'create',
        changes: [
          { field: 'name', from: null, to: 'Ida Moe' },
          { field: 'email', from: null, to: 'ida@example.com' },
          { field: 'role', from: null, to: 'standard' },
        ],
        reason: 'new in the ATS',
        priority: 0,
        arrived: 1,
        settles: settledBase.users,
        label: 'ida@example.com',
        room: 'takes',
      },
      conflicts: [],
      keeps: [],
      settles: {},
      overwritten: [],
      carriedOut: [],
      putAside: [],
      unlink: false,
      missesSet: false,
    });
  });

  it('adopts by e-mail, whatever its case', () => {
    const context = unlinked(user(), { adoptable: [seenUser({ email: 'IDA@example.com' })] });
    const decision = decide(context, policies);
    expect(decision).toMatchObject({
      next: 'synced',
      action: {
        action: 'adopt',
        uuid: 'user-a',
        changes: [],
        settles: {
          role: { ats: 'standard', sparkhire: null },
          name: { ats: 'Ida Moe', sparkhire: 'Ida Moe' },
          email: { ats: 'ida@example.com', sparkhire: 'IDA@example.com' },
        },
      },
    });
    expect(decide(carriedOut(context, decision), policies)).toMatchObject({
      state: 'synced',
      action: null,
      settles: {},
    });
  });

  it('overwrites no name of an adopted user: a conflict tells of the difference, before and after', () => {
    const context = unlinked(user(), { adoptable: [seenUser({ name: 'I. Moe' })] });
    const decision = decide(context, policies);
    expect(decision.action).toMatchObject({ action: 'adopt', settles: { email: {}, role: {} } });
    expect(decision.action!.settles).not.toHaveProperty('name');
    const conflict = {
      kind: 'field_diverged',
      uuid: 'user-a',
      field: 'name',
      base: null,
      ats: 'Ida Moe',
      sparkhire: 'I. Moe',
    };
    expect(decision).toMatchObject({ state: 'conflict', next: 'conflict', conflicts: [conflict] });
    expect(decide(carriedOut(context, decision), policies)).toMatchObject({
      action: null,
      conflicts: [conflict],
    });
  });

  it('writes after adopting where the ATS owns the field', () => {
    const owned = { ...policies, fields: { ...policies.fields, users: { name: 'ats' as const } } };
    const context = unlinked(user(), { adoptable: [seenUser({ name: 'I. Moe' })] });
    const decision = decide(context, owned);
    expect(decision).toMatchObject({ next: 'pending', conflicts: [], overwritten: [] });
    expect(decide(carriedOut(context, decision), owned)).toMatchObject({
      action: { action: 'update', changes: [{ field: 'name', from: 'I. Moe', to: 'Ida Moe' }] },
      overwritten: [{ field: 'name', sparkhire: 'I. Moe' }],
    });
  });

  it('adopts one who is disabled, unless another with the e-mail is active, and waits for a person', () => {
    const disabled = seenUser({ active: false });
    const context = unlinked(user(), { adoptable: [disabled] });
    const decision = decide(context, policies);
    const told = { state: 'held', next: 'held', issues: [{ code: 'DECISION_NEEDED', field: 'active' }] };
    expect(decision).toMatchObject({ ...told, action: { action: 'adopt', uuid: 'user-a' } });
    expect(decide(carriedOut(context, decision), policies)).toMatchObject({ ...told, action: null });
    const adoptable = [disabled, seenUser({ uuid: 'user-b' })];
    expect(decide({ ...context, adoptable }, policies).action).toMatchObject({ uuid: 'user-b' });
  });

  it.each([
    ['deleted', { deleted: true }],
    ['with another e-mail', { email: 'other@example.com' }],
    ['without an e-mail', { email: null }],
  ])('adopts no user that is %s', (_title, over) => {
    expect(decide(unlinked(user(), { adoptable: [seenUser(over)] }), policies).action?.action).toBe('create');
  });

  it('asks which one where several have the e-mail', () => {
    const adoptable = [seenUser({ uuid: 'b' }), seenUser({ uuid: 'a' })];
    expect(decide(unlinked(user(), { adoptable }), policies)).toMatchObject({
      state: 'conflict',
      action: null,
      conflicts: [{ kind: 'possible_duplicate', uuid: null, sparkhire: [{ uuid: 'a' }, { uuid: 'b' }] }],
    });
  });

  it('creates none that the ATS calls inactive, and none without a role', () => {
    expect(decide(unlinked(user({ active: false })), policies)).toMatchObject({
      state: 'held',
      action: null,
      issues: [],
    });
    expect(decide(unlinked(user({ role: null })), policies)).toMatchObject({
      state: 'rejected',
      action: null,
      issues: [{ code: 'REQUIRED_FIELD_MISSING', field: 'role' }],
    });
  });

  it('creates one without a role with the one that the settings give, and asks of an adopted one nothing', () => {
    const without = user({ role: null, roleOfNone: 'standard' });
    const { action } = decide(unlinked(without), policies);
    expect(action).toMatchObject({
      action: 'create',
      changes: [{ field: 'name' }, { field: 'email' }, { field: 'role', from: null, to: 'standard' }],
      settles: { role: { ats: 'standard', sparkhire: null } },
    });
    expect(createUser(without).role).toBe('standard');
    expect(decide(unlinked(without, { adoptable: [seenUser()] }), policies).action).toMatchObject({
      action: 'adopt',
      settles: { role: { ats: null, sparkhire: null } },
    });
  });

  it('tells of one without a role who was made as an administrator', () => {
    const role = { ats: 'standard', sparkhire: 'administrator' };
    const link = { uuid: 'user-a', base: { ...settledBase.users, role }, how: 'created' as const };
    const made = linked(user({ role: null, roleOfNone: 'standard' }), seenUser(), { link });
    expect(decide(made, policies).conflicts).toMatchObject([{ kind: 'field_diverged', field: 'role' }]);
    const agreed = linked(user({ role: null, roleOfNone: 'standard' }), seenUser());
    expect(decide(agreed, policies)).toMatchObject({ action: null, issues: [], conflicts: [] });
  });
});

describe('users: linked', () => {
  it('writes name and e-mail in one go', () => {
    const context = linked(user({ name: 'Ida Lie', email: 'lie@example.com' }), seenUser());
    expect(decide(context, policies).action).toMatchObject({
      action: 'update',
      uuid: 'user-a',
      label: 'ida@example.com',
      changes: [
        { field: 'name', from: 'Ida Moe', to: 'Ida Lie' },
        { field: 'email', from: 'ida@example.com', to: 'lie@example.com' },
      ],
    });
  });

  it('cannot carry over another role, says so, and writes the rest', () => {
    const context = linked(user({ role: 'administrator', name: 'Ida Lie' }), seenUser());
    const decision = decide(context, policies);
    expect(decision).toMatchObject({
      state: 'rejected',
      next: 'rejected',
      issues: [{ code: 'IMMUTABLE_AFTER_SEND', field: 'role' }],
      action: { action: 'update', changes: [{ field: 'name' }] },
    });
    const after = carriedOut(context, decision);
    expect(decide(after, policies)).toMatchObject({ state: 'rejected', action: null });
    // Set back, or changed there by hand where that can be seen.
    expect(
      decide({ ...after, row: { ...after.row!, values: user({ name: 'Ida Lie' }) } }, policies).issues,
    ).toEqual([]);
    const byHand = { ...after, observed: seenUser({ name: 'Ida Lie', role: 'administrator' }) };
    expect(decide(byHand, policies)).toMatchObject({
      state: 'synced',
      issues: [],
      settles: { role: { ats: 'administrator' } },
    });
  });

  it('only proposes what becomes of an inactive or withdrawn user', () => {
    expect(decide(linked(user({ active: false }), seenUser()), policies)).toMatchObject({
      state: 'synced',
      action: null,
      issues: [],
      reason: expect.stringContaining('only proposed'),
    });
    expect(decide(withdrawn(linked(user(), seenUser())), policies)).toMatchObject({
      state: 'gone',
      action: null,
      unlink: false,
      reason: expect.stringContaining('only proposed'),
    });
    expect(decide(linked(user({ active: true }), seenUser()), policies).reason).toBeNull();
  });
});

it('leaves a user whom somebody enables again after the ATS withdrew a disabled one, with the policy to delete', () => {
  const deleting = { ...policies, users: { ...policies.users, withdrawn: 'delete' as const } };
  const disabled = linked(user(), seenUser({ active: false }));
  const enabled = (context: RowContext) => ({ ...context, observed: seenUser({ active: true }) });
  for (const left of [
    { ...disabled, row: null },
    linked(user({ active: false }), seenUser({ active: false })),
  ]) {
    const gone = carriedOut(left, decide(left, deleting));
    expect(decide(gone, deleting).settles).toEqual({});
    expect(decide(enabled(gone), deleting)).toMatchObject({ state: 'gone', action: null });
    const wanted = { ...enabled(gone), row: disabled.row };
    const back = carriedOut(wanted, decide(wanted, deleting));
    expect(decide({ ...back, row: null }, deleting).action?.action).toBe('delete');
  }
});

it('asks for the address of a withdrawn user who is not listed any more, and waits where that is refused', () => {
  const addressHolder = { atsId: 'U-9', plans: 'withdrawn' as const };
  const issue = { code: 'REMOTE_REJECTED' as const, field: 'email', message: 'taken' };
  const decided = (more: Partial<RowContext>) =>
    decide(unlinked(user(), { addressHolder, ...more }), policies);
  const unlisted = { addressHolder: { ...addressHolder, unlisted: 'user-9' } };
  expect(decided({})).toMatchObject({ state: 'held', action: null });
  expect(decided(unlisted).action?.action).toBe('create');
  const waiting = decide(refused(unlinked(user(), unlisted), issue), policies);
  expect(waiting).toMatchObject({ state: 'held', action: null, reason: expect.stringContaining('U-9') });
});

describe('users: the key of one whose row was gone', () => {
  const ben = { name: 'Ben', email: 'ben@example.com' };
  it('makes another for somebody else, and remembers that until the row means its user again', () => {
    const back = linked(user(ben), seenUser(), { wasGone: true, isUsedAgain: true });
    expect(decide(back, policies)).toMatchObject({
      action: {
        action: 'create',
        uuid: null,
        reason: expect.stringContaining('under the key of a former user'),
      },
      settles: { gone: { ats: true } },
    });
    const row = {
      ...back.row!,
      issues: [{ code: 'INVALID_FORMAT', field: 'email', message: 'Write it.' }],
    } as const;
    const unusable = decide({ ...back, row: { ...row, issues: [...row.issues] } }, policies);
    expect(unusable).toMatchObject({ state: 'rejected', action: null, settles: { gone: { ats: true } } });
    const link = { ...back.link!, base: { ...back.link!.base, ...unusable.settles } };
    const herself = decide(linked(user(), seenUser(), { link }), policies);
    expect(herself).toMatchObject({ action: null, settles: { gone: { ats: false } } });
    expect(decide(linked(user(), seenUser(), { wasGone: true }), policies)).toMatchObject({
      action: null,
      settles: {},
    });
  });

  it('is somebody who is there already, and nobody is made where another row has the address', () => {
    const adoptable = [seenUser({ ...ben, uuid: 'user-b' })];
    const back = linked(user(ben), seenUser(), { wasGone: true, isUsedAgain: true, adoptable });
    expect(decide(back, policies).action).toMatchObject({ action: 'adopt', uuid: 'user-b' });
    expect(decide({ ...back, adoptable: [], twin: 'U-2' }, policies)).toMatchObject({
      action: null,
      issues: [{ code: 'DUPLICATE', field: 'email' }],
    });
  });
});
