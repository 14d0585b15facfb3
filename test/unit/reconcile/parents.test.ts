/** Rows that others name: what is said where they cannot be used, and when the administrator acts instead. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/reconcile/decide.js';
import { rootOf, toldOf } from '../../../src/reconcile/parents.js';
import type { ParentJob, ParentUser } from '../../../src/reconcile/types.js';
import {
  activeJob,
  interview,
  job,
  linked,
  policies,
  seenInterview,
  unlinked,
} from '../../support/reconcile-rows.js';

const ida = (over: Partial<ParentUser> = {}): ParentUser => ({
  atsId: 'U-1',
  known: true,
  uuid: null,
  ...over,
});
const byAdministrator = { ...policies, keys: { ...policies.keys, absent: 'administrator' as const } };
const actor = {
  atsId: 'U-1',
  uuid: null,
  label: 'ida@example.com',
  state: 'active',
  key: 'missing',
} as const;
const wanting = (requestedBy: ParentUser | null, of: ParentJob = activeJob) =>
  unlinked(interview({ requestedByAtsId: 'U-1' }), { actor, parents: { job: of, requestedBy, owner: null } });

describe('a row that names a user', () => {
  it.each([
    ['no such row', null, 'There is no row U-1 in ats.users (yet): this row waits for that one.', false],
    [
      'no such row yet',
      ida({ known: false }),
      'There is no row U-1 in ats.users (yet): this row waits for that one.',
      false,
    ],
    [
      'rejected',
      ida({ state: 'rejected', why: 'No such role.' }),
      'User U-1 is rejected: No such role.',
      true,
    ],
    ['no seat', ida({ state: 'held', why: 'No seat is free.' }), 'User U-1 is held: No seat is free.', true],
    ['withdrawn', ida({ state: 'gone' }), 'User U-1 is withdrawn in the ATS, or gone from Spark Hire.', true],
    [
      'in conflict',
      ida({ state: 'conflict' }),
      'User U-1 waits for a person: `sparkhire-sync conflicts`.',
      false,
    ],
    [
      'reason unknown',
      ida({ state: 'held' }),
      'User U-1 is held; its own row of the view ats.user_sync says why.',
      true,
    ],
  ])('says why: %s', (_, user, message, isStuck) => {
    expect(decide(wanting(user), policies)).toMatchObject({
      state: 'held',
      action: null,
      issues: [{ code: 'UNKNOWN_REFERENCE', field: 'requested_by_ats_id', message }],
    });
    expect(decide(wanting(user), byAdministrator).action?.action).toBe(isStuck ? 'create' : undefined);
    const owned = unlinked(job({ ownerAtsId: 'U-1' }), {
      actor,
      parents: { job: null, requestedBy: null, owner: user },
    });
    expect(decide(owned, policies).issues).toMatchObject([{ field: 'owner_ats_id', message }]);
    expect(decide(owned, byAdministrator).action?.action).toBe(isStuck ? 'create' : undefined);
  });

  it.each(['pending', 'in_flight', null] as const)(
    'waits for one who is about to be made (%s), whatever the policy',
    (state) => {
      for (const rules of [policies, byAdministrator])
        expect(decide(wanting(ida({ state })), rules)).toMatchObject({
          state: 'held',
          issues: [],
          reason: 'waits for user U-1 to be in Spark Hire',
        });
    },
  );

  it('follows `refused`, not `absent`, for one who is disabled in Spark Hire, whatever their row', () => {
    const disabled = { ...actor, state: 'inactive' as const };
    const context = { ...wanting(ida({ state: 'rejected', why: 'No such role.' })), actor: disabled };
    for (const rules of [policies, byAdministrator])
      expect(decide(context, rules)).toMatchObject({
        state: 'held',
        action: null,
        issues: [
          { field: 'requested_by_ats_id', message: expect.stringMatching(/is disabled in Spark Hire/) },
        ],
      });
    const keys = { ...policies.keys, refused: 'administrator' as const };
    expect(decide(context, { ...policies, keys }).action?.action).toBe('create');
  });

  it('says why it cannot be changed as well', () => {
    const parents = {
      job: activeJob,
      requestedBy: ida({ state: 'rejected', why: 'No such role.' }),
      owner: null,
    };
    const moved = interview({ requestedByAtsId: 'U-1', deadline: { at: '2027-04-01T12:00:00Z' } });
    const context = linked(moved, seenInterview(), { actor, parents });
    expect(decide(context, policies)).toMatchObject({
      state: 'held',
      issues: [{ field: 'requested_by_ats_id', message: 'User U-1 is rejected: No such role.' }],
    });
    expect(decide(context, policies)).not.toHaveProperty('lacks');
    expect(decide(context, byAdministrator).action).toMatchObject({ action: 'update' });
  });
});

describe('what is told of a row', () => {
  it('is all of it: each column, and what it waits for', () => {
    const closed = { ...activeJob, wantedOpen: false, willBeActive: false };
    const decision = decide(wanting(ida({ state: 'rejected', why: 'No such role.' }), closed), policies);
    const waits =
      'Waits for job J-1 to be opened: the ATS has closed it, so nobody is invited to it any more.';
    expect(toldOf(decision).map(({ field, message }) => [field, message])).toEqual([
      ['requested_by_ats_id', 'User U-1 is rejected: No such role.'],
      [null, waits],
    ]);
    expect(rootOf(toldOf(decision))).toBe(`User U-1 is rejected: No such role. ${waits}`);
    const refused = { code: 'REMOTE_REJECTED', field: null, message: 'No.' } as const;
    expect(toldOf({ ...decision, issues: [refused] })).toEqual([{ ...refused, message: `No. ${waits}` }]);
  });

  it('is the question about a lost answer, which is open', () => {
    const openConflicts = [{ id: '7', kind: 'unknown_outcome' as const, field: null, uuid: null }];
    const openIntent = { id: '1', action: 'create', state: 'unknown' as const };
    for (const intent of [openIntent, null]) {
      const decision = decide(unlinked(interview(), { openConflicts, openIntent: intent }), policies);
      expect(decision.state).toBe('conflict');
      expect(toldOf(decision)).toMatchObject([
        {
          code: 'DECISION_NEEDED',
          field: null,
          message: expect.stringMatching(/^It was sent and the answer was lost/),
        },
      ]);
    }
  });

  it('is a missing key too, beside what else it waits for', () => {
    const closed = { ...activeJob, wantedOpen: false, willBeActive: false };
    const keyless = { ...wanting(ida({ uuid: 'user-a' }), closed), actor: { ...actor, uuid: 'user-a' } };
    const decision = decide(keyless, policies);
    expect(toldOf(decision).map(({ field }) => field)).toEqual(['requested_by_ats_id', null]);
    expect(decision).not.toHaveProperty('lacks');
    const alone = decide({ ...keyless, parents: { ...keyless.parents, job: activeJob } }, policies);
    expect(alone).toMatchObject({ state: 'held', lacks: 'provision' });
    // What the job waits for as well is the same key.
    const why = rootOf(alone.issues);
    const same = { ...activeJob, uuid: null, willBeActive: false, state: 'held', why } as const;
    const both = decide({ ...keyless, parents: { ...keyless.parents, job: same } }, policies);
    expect(both).toMatchObject({ state: 'held', lacks: 'provision', issues: [{ field: 'job_ats_id' }, {}] });
    const another = { ...same, why: 'No API key of tom@example.org is stored.' };
    expect(
      decide({ ...keyless, parents: { ...keyless.parents, job: another } }, policies),
    ).not.toHaveProperty('lacks');
  });

  it.each([
    ['No such role. Known: standard.', 'No such role.'],
    ['answered 500', 'answered 500'],
    ['Write ada@example.com. `keys set` gives one.', 'Write ada@example.com.'],
  ])('is repeated by others up to its first full stop: %s', (message, repeated) => {
    expect(rootOf([{ field: 'role', message }])).toBe(repeated);
  });

  it('names the root at the end of a chain', () => {
    const why = 'User U-1 is rejected: No such role.';
    const waiting = { ...activeJob, uuid: null, willBeActive: false, state: 'held', why } as const;
    expect(
      decide(unlinked(interview(), { parents: { job: waiting, requestedBy: null, owner: null } }), policies),
    ).toMatchObject({
      state: 'held',
      issues: [{ field: 'job_ats_id', message: `Job J-1 is held: ${why}` }],
    });
  });
});
