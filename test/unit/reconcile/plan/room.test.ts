/** What becomes of rows for which the plan has no slot or seat. */
import { describe, expect, it } from 'vitest';
import { decide } from '../../../../src/reconcile/decide.js';
import type { Issue, Policies } from '../../../../src/reconcile/types.js';
import {
  activeJob,
  interview,
  job,
  linked,
  policies,
  refused,
  seenJob,
  seenUser,
  settledBase,
  unlinked,
  user,
  withdrawn,
} from '../../../support/reconcile-rows.js';

const noRoom = { message: 'No slot is free: close a job.', asks: true };
const limit = { code: 'PLAN_LIMIT', field: null, message: noRoom.message };
const since = Date.parse('2026-05-06T07:08:09.010Z');
const waits = {
  state: 'held',
  next: 'held',
  issues: [limit],
  conflicts: [
    {
      kind: 'plan_limit',
      uuid: null,
      field: null,
      ats: { since: '2026-05-06T07:08:09.010Z' },
      reason: noRoom.message,
    },
  ],
};
const inactive: Policies = { ...policies, jobs: { ...policies.jobs, withoutSlot: 'inactive' } };
const closedBase = { ...settledBase.jobs, status: { ats: 'inactive', sparkhire: 'inactive' } };
const open = { id: '7', kind: 'plan_limit', field: null, uuid: null } as const;

describe('without a slot', () => {
  it('a new job is not made; by policy it is made inactive, and goes on waiting', () => {
    const context = unlinked(job(), { noRoom, wishedAt: since });
    expect(decide(context, policies)).toMatchObject({ ...waits, action: null });
    const made = decide(context, inactive);
    expect(made).toMatchObject({ ...waits, action: { action: 'create', stillWaits: true } });
    expect(made.action!.changes).toContainEqual({ field: 'status', from: null, to: 'inactive' });
    expect(made.action!.settles.status).toEqual({ ats: 'inactive', sparkhire: 'inactive' });
    expect(made.action!.room).toBeUndefined();
    // Then it is activated like one that the ATS opens.
    const later = linked(job(), seenJob({ status: 'inactive' }), {
      link: { uuid: 'job-a', base: made.action!.settles, how: 'created' },
    });
    expect(decide({ ...later, noRoom, wishedAt: since }, inactive)).toMatchObject({ ...waits, action: null });
    expect(decide(later, inactive).action).toMatchObject({
      action: 'update',
      room: 'takes',
      changes: [{ field: 'status', from: 'inactive', to: 'active' }],
    });
  });

  it("a job whose first status alone is the ATS's is not made with another", () => {
    const first = { ...inactive, fields: { ...inactive.fields, jobs: { status: 'sparkhire' as const } } };
    expect(decide(unlinked(job(), { noRoom }), first)).toMatchObject({ state: 'held', action: null });
  });

  it('all else of a job is written', () => {
    const reopened = linked(job({ title: 'Cook' }), seenJob({ status: 'inactive' }), {
      link: { uuid: 'job-a', base: closedBase, how: 'created' },
      noRoom,
      wishedAt: since,
    });
    const decision = decide(reopened, policies);
    expect(decision).toMatchObject(waits);
    expect(decision.action).toMatchObject({
      action: 'update',
      stillWaits: true,
      changes: [{ field: 'title', from: 'Baker', to: 'Cook' }],
    });
    expect(decision.action!.settles).not.toHaveProperty('status');
  });

  it('what takes none goes on', () => {
    for (const context of [
      unlinked(job({ status: 'inactive' })),
      linked(job({ title: 'Cook' }), seenJob()),
      unlinked(job(), { adoptable: [seenJob()] }),
      unlinked(user(), { adoptable: [seenUser()] }),
    ]) {
      const decision = decide({ ...context, noRoom }, policies);
      expect(decision).toEqual(decide(context, policies));
      expect(decision.action?.room).toBeUndefined();
    }
  });

  it('a question that just could not be asked bothers nobody, and costs no place', () => {
    const unread = { message: 'It could not be read.', asks: false };
    expect(decide(unlinked(job(), { noRoom: unread, openConflicts: [open] }), policies)).toMatchObject({
      state: 'held',
      conflicts: [],
      keeps: ['7'],
      action: null,
    });
  });

  it('a row that gets its turn keeps its place until it was done; one that wants nothing any more does not', () => {
    expect(decide(unlinked(job(), { openConflicts: [open] }), policies).keeps).toEqual(['7']);
    expect(decide(unlinked(job({ status: 'inactive' }), { openConflicts: [open] }), policies).keeps).toEqual(
      [],
    );
    expect(decide(withdrawn(unlinked(job(), { openConflicts: [open] })), policies).keeps).toEqual([]);
  });

  it('a row that would not be sent, whatever the plan has, waits for no slot', () => {
    const waiting = { openConflicts: [open] };
    const issue = { code: 'INVALID_FORMAT', field: 'title', message: 'Give a title.' } as const;
    const context = unlinked(job(), waiting);
    const wrong = { ...context, row: { ...context.row!, values: null, issues: [issue] } };
    expect(decide(wrong, policies)).toMatchObject({ state: 'rejected', keeps: [] });
    const no = { code: 'REMOTE_REJECTED', field: null, message: 'No.' } as const;
    expect(decide(refused(context, no), policies)).toMatchObject({ state: 'rejected', keeps: [] });
    expect(decide(refused(context, limit as Issue), policies).keeps).toEqual([]);
  });

  it('what Spark Hire refused for want of one is the same: the rest is written', () => {
    const context = linked(job({ title: 'Cook' }), seenJob({ status: 'inactive' }), {
      link: { uuid: 'job-a', base: closedBase, how: 'created' },
    });
    const noSlot = refused(context, { ...limit, code: 'PLAN_LIMIT' } as Issue);
    expect(decide({ ...noSlot, wishedAt: since }, policies)).toMatchObject({
      ...waits,
      action: { changes: [{ field: 'title' }], stillWaits: true },
    });
    const other = { ...context, refused: { ...noSlot.refused!, fingerprint: 'another' } };
    expect(decide(other, policies).action).toMatchObject({ room: 'takes' });
  });

  it('an invitation says what its job waits for, unless that was withdrawn', () => {
    const parents = {
      job: { ...activeJob, uuid: null, willBeActive: false, withoutSlot: true },
      requestedBy: null,
      owner: null,
    };
    const context = unlinked(interview(), { parents });
    expect(decide(context, policies)).toMatchObject({
      state: 'held',
      action: null,
      issues: [{ code: 'PLAN_LIMIT', field: 'job_ats_id', message: expect.stringContaining('J-1') }],
    });
    const gone = { ...parents, job: { ...parents.job, wanted: false } };
    expect(decide({ ...context, parents: gone }, policies)).toMatchObject({ state: 'held', issues: [] });
  });
});

describe('a job that is closed', () => {
  it('leaves a slot for others of its plan only where it is closed before them', () => {
    const closed = linked(job({ status: 'inactive' }), seenJob());
    expect(decide(closed, policies).action).toMatchObject({ action: 'close', room: 'frees' });
    expect(decide(withdrawn(linked(job(), seenJob())), policies).action?.room).toBe('frees');
    const under = { ...policies, jobs: { ...policies.jobs, closeUnderInterviews: true } };
    const pending = decide({ ...closed, pendingInterviews: 2 }, under);
    expect(pending.action).toMatchObject({ action: 'close' });
    expect(pending.action!.room).toBeUndefined();
  });
});

describe('users, where withdrawn ones are deleted', () => {
  const deleting: Policies = { ...policies, users: { ...policies.users, withdrawn: 'delete' } };

  it('are deleted once they are withdrawn or not active, and only then', () => {
    for (const context of [
      withdrawn(linked(user(), seenUser())),
      linked(user({ active: false }), seenUser()),
      linked(user({ active: false, name: 'Another' }), seenUser()),
    ]) {
      expect(decide(context, deleting)).toMatchObject({
        next: 'gone',
        action: { action: 'delete', uuid: 'user-a', changes: [] },
      });
      expect(decide(context, policies).action?.action).not.toBe('delete');
    }
    expect(decide(linked(user({ active: true }), seenUser()), deleting)).toMatchObject({
      state: 'synced',
      action: null,
    });
    expect(decide(linked(user(), seenUser({ active: false })), deleting).action).toBeNull();
  });

  it('are never the one of the key, and never one that is linked to no row', () => {
    const key = withdrawn(linked(user(), seenUser(), { isKeyUser: true }));
    expect(decide(key, deleting)).toMatchObject({
      state: 'gone',
      action: null,
      reason: expect.stringContaining('never deleted'),
    });
    const stranger = unlinked(user({ active: false }), { adoptable: [seenUser()] });
    expect(decide(stranger, deleting)).toMatchObject({ state: 'gone', action: null });
  });

  it('are no question afterwards, however Spark Hire shows it', () => {
    for (const seen of [seenUser({ deleted: true }), seenUser({ active: false })]) {
      for (const context of [withdrawn(linked(user(), seen)), linked(user({ active: false }), seen)]) {
        expect(decide(context, deleting)).toMatchObject({ state: 'gone', action: null, conflicts: [] });
      }
    }
  });
});
