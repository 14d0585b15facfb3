/** What is at the beginning of each chain of waiting rows. */
import { expect, it } from 'vitest';
import { heldWords } from '../../../src/reconcile/parents.js';
import {
  type AlikeRows,
  groupByCause,
  idOf,
  type NamedRow,
  type Reason,
  rootsOf,
  type Said,
  spoken,
} from '../../../src/story/causes.js';
import { remedyOf } from '../../../src/story/remedies.js';

const key = (resource: string, atsId: string) => ({ account: 'default', resource, atsId });
const needs = (resource: string, atsId: string, more: Partial<NamedRow> = {}): NamedRow => ({
  ...key(resource, atsId),
  isThere: true,
  isLinked: true,
  name: null,
  ...more,
});
const reason = (
  code: Reason['code'],
  field: string | null,
  message: string,
  ...named: NamedRow[]
): Reason => ({
  code,
  field,
  message,
  needs: named,
});
const row = (resource: string, atsId: string, reasons: Reason[], more: Partial<Said> = {}): Said => ({
  key: key(resource, atsId),
  state: 'held',
  name: null,
  reasons,
  conflicts: [],
  ...more,
});
const said = (...rows: Said[]) => new Map(rows.map((one) => [idOf(one.key), one]));
const alike = (one: Said, count: number, since: string): AlikeRows => ({
  ...one,
  count,
  since: new Date(since),
  rows: [
    { atsId: one.key.atsId, since: new Date(since), messages: one.reasons.map(({ message }) => message) },
  ],
});
const waitsForJob = (job: string) =>
  reason('UNKNOWN_REFERENCE', 'job_ats_id', `Job ${job} is held.`, needs('jobs', job));

const boss = row('users', 'U-1', [reason('UNMAPPED_ENUM', 'role', 'The role "boss" is not known.')], {
  state: 'rejected',
});
const owned = row('jobs', 'J-1', [
  reason('UNKNOWN_REFERENCE', 'owner_ats_id', 'User U-1 is rejected.', needs('users', 'U-1')),
]);

it('the end of a chain is the row that waits for no other', () => {
  const invitation = row('interviews', 'I-1', [waitsForJob('J-1')]);
  const [root, ...more] = rootsOf(invitation, said(boss, owned, invitation));
  expect(more).toEqual([]);
  expect(root).toMatchObject({ code: 'UNMAPPED_ENUM', row: key('users', 'U-1'), state: 'rejected' });
});

it('a question about a field of a job that is there keeps only the job, but whether it is open keeps its invitations', () => {
  const question = (field: string) => reason('DECISION_NEEDED', field, 'Changed on both sides.');
  const job = row('jobs', 'J-1', [question('title'), question('status')], { state: 'conflict' });
  const invitation = row('interviews', 'I-1', [waitsForJob('J-1')]);
  expect(rootsOf(invitation, said(job, invitation)).map(({ field }) => field)).toEqual(['status']);
  expect(rootsOf(job, said(job)).map(({ field }) => field)).toEqual(['title', 'status']);
  // One that is not in Spark Hire yet waits for each of them.
  const unmade = {
    ...invitation,
    reasons: [{ ...waitsForJob('J-1'), needs: [needs('jobs', 'J-1', { isLinked: false })] }],
  };
  expect(rootsOf(unmade, said(job, unmade))).toHaveLength(2);
});

it('a row that is named and is not there is the root, for all that name it', () => {
  const missing = needs('users', 'U-9', { isThere: false, isLinked: false });
  const message = 'There is no row U-9 in ats.users (yet): this row waits for that one.';
  const job = row('jobs', 'J-1', [reason('UNKNOWN_REFERENCE', 'owner_ats_id', message, missing)]);
  const invitation = row('interviews', 'I-1', [
    reason('UNKNOWN_REFERENCE', 'requested_by_ats_id', message, missing),
    waitsForJob('J-1'),
  ]);
  const groups = groupByCause(
    [alike(job, 1, '2026-01-01T00:00:00Z'), alike(invitation, 3000, '2026-01-02T00:00:00Z')],
    said(job, invitation),
  );
  expect(groups).toMatchObject([{ count: 3001, roots: 1, root: { row: key('users', 'U-9'), state: null } }]);
  expect(remedyOf(groups[0]!.root)).toEqual({
    text: 'Write row U-9 of ats.users, or name another in owner_ats_id.',
    waitsFor: 'itself',
  });
});

it('a row with two reasons is in the group of each root, and counted once in each', () => {
  const closed = row('jobs', 'J-2', [reason('DECISION_NEEDED', 'status', 'It is inactive.')], {
    state: 'conflict',
    conflicts: [{ id: 7, kind: 'field_diverged', field: 'status' }],
  });
  const byBoss = reason(
    'UNKNOWN_REFERENCE',
    'requested_by_ats_id',
    'User U-1 is rejected.',
    needs('users', 'U-1'),
  );
  const invitation = row('interviews', 'I-1', [waitsForJob('J-2'), byBoss]);
  const groups = groupByCause(
    [
      alike(boss, 1, '2026-01-03T00:00:00Z'),
      alike(closed, 1, '2026-01-02T00:00:00Z'),
      alike(invitation, 5, '2026-01-01T00:00:00Z'),
    ],
    said(boss, closed, invitation),
  );
  expect(groups.map(({ root, count, since }) => [root.row.atsId, count, since.getUTCDate()])).toEqual([
    ['J-2', 6, 1],
    ['U-1', 6, 1],
  ]);
  expect(remedyOf(groups[0]!.root).text).toBe(
    'Make it active in Spark Hire, close it in the ATS, or decide: `sparkhire-sync conflicts show 7`.',
  );
  expect(spoken(groups[0]!.root)).toBe('Job J-2 is inactive.');
  expect(spoken(groups[1]!.root)).toBe('The role "boss" is not known.');
});

it('rows that wait for each other have an end all the same', () => {
  const one = row('users', 'U-1', [
    reason('UNKNOWN_REFERENCE', null, 'Waits for row U-2.', needs('users', 'U-2')),
  ]);
  const two = row('users', 'U-2', [
    reason('UNKNOWN_REFERENCE', null, 'Waits for row U-1.', needs('users', 'U-1')),
  ]);
  expect(rootsOf(one, said(one, two))).toHaveLength(1);
});

it('values of their own that are wrong in one column are one cause, and each row says its own', () => {
  const bad = (atsId: string) =>
    row(
      'interviews',
      atsId,
      [reason('INVALID_FORMAT', 'candidate_email', `"${atsId}(at)x" is no address.`)],
      {
        state: 'rejected',
      },
    );
  const groups = groupByCause(
    [alike(bad('I-1'), 1, '2026-01-01T00:00:00Z'), alike(bad('I-2'), 1, '2026-01-02T00:00:00Z')],
    said(),
  );
  expect(groups).toMatchObject([
    {
      count: 2,
      roots: 2,
      rows: [
        { atsId: 'I-1', message: null },
        { atsId: 'I-2', message: '"I-2(at)x" is no address.' },
      ],
    },
  ]);
});

it('each question about a job is a cause of its own, whatever it says', () => {
  const asked = (atsId: string, id: number) =>
    row('jobs', atsId, [reason('DECISION_NEEDED', 'status', 'It is inactive.')], {
      state: 'conflict',
      conflicts: [{ id, kind: 'field_diverged', field: 'status' }],
    });
  const groups = groupByCause(
    [alike(asked('J-1', 1), 1, '2026-01-01T00:00:00Z'), alike(asked('J-2', 2), 1, '2026-01-01T00:00:00Z')],
    said(),
  );
  expect(groups).toHaveLength(2);
});

it('a held plan is one cause, whatever rows it keeps', () => {
  const message = heldWords.mass_change;
  const kept = (resource: string) =>
    row(resource, 'X-1', [reason('DECISION_NEEDED', null, message)], { state: 'pending' });
  const groups = groupByCause(
    [alike(kept('jobs'), 2, '2026-01-01T00:00:00Z'), alike(kept('interviews'), 30, '2026-01-01T00:00:00Z')],
    said(),
  );
  expect(groups).toMatchObject([{ count: 32, root: { row: { resource: 'plan' } } }]);
});
